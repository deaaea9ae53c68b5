"""What a record of the lockfile says, in a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushspec.disclosure import shown_address
from pushspec.language import say
from pushspec.lockfile.histories import CallState
from pushspec.lockfile.records import (
    Begin,
    Cancelled,
    Close,
    Conflict,
    Dispatched,
    End,
    Frozen,
    Gate,
    Header,
    Intent,
    Moved,
    NotRecalled,
    NotScheduled,
    NotSent,
    Open,
    PeopleWritten,
    Recalled,
    RecallIntent,
    RecallUnknown,
    Rescheduled,
    Resolved,
    Schedule,
    Scheduled,
    Sent,
    Stats,
    TaskIntent,
    TaskUnknown,
    Tried,
    Unknown,
    ids_of,
)
from pushspec.text import counted
from pushspec.timestamps import instant_text
from pushspec.views.outcome_text import call_state_name, ids_text, people_text
from pushspec.views.people import taken_text
from pushspec.views.recall_reasons import recall_why
from pushspec.views.recorded import (
    audience_said,
    end_said,
    gate_said,
    outcome_said,
    purpose_said,
    resolved_said,
)
from pushspec.views.tasks import task_action_text, task_outcome_text

if TYPE_CHECKING:
    from pushspec.lockfile.records import AnyRecord

    _OfTask = (
        Schedule | TaskIntent | Scheduled | Rescheduled | Cancelled | NotScheduled | TaskUnknown | Dispatched
    )


def record_text(record: AnyRecord) -> str:
    """Return what a record says; one that only renews the lock says nothing."""
    match record:
        case Header() | Open() | Close() | Frozen() | Moved():
            return _run_text(record)
        case Begin() | End() | Gate():
            return _campaign_text(record)
        case Intent() | Sent() | NotSent() | Unknown() | Resolved() | Conflict() | Stats() | Tried():
            return _call_text(record)
        case RecallIntent() | Recalled() | NotRecalled() | RecallUnknown():
            return _recall_text(record)
        case Schedule() | TaskIntent() | Dispatched():
            return _task_text(record)
        case Scheduled() | Rescheduled() | Cancelled() | NotScheduled() | TaskUnknown():
            return _task_text(record)
        case PeopleWritten():
            return say("by {by}: {people}", by=record.by, people=_people_text(record))
        case _:
            return ""


def refused_count(record: Sent) -> int:
    """Return how many accounts the service refused."""
    return sum(len(accounts) for accounts in record.refused.values())


def _run_text(record: Header | Open | Close | Frozen | Moved) -> str:
    match record:
        case Header():
            return say(
                "app {app_id}, environment {environment}, lockfile {journal}",
                app_id=record.sdk_app_id,
                environment=record.environment,
                journal=record.journal,
            )
        case Open():
            return say(
                "{holder} took the lock to {purpose} (pushspec {tool})",
                holder=record.holder,
                purpose=purpose_said(record.purpose),
                tool=record.tool,
            )
        case Close():
            return say("released the lock: {why}", why=end_said(record.why))
        case Frozen():
            if record.frozen:
                return say("frozen by {by}: {why}", by=record.by, why=record.why)
            return say("released by {by}: {why}", by=record.by, why=record.why)
        case Moved():
            return say("moved to {address} by {by}", address=shown_address(record.to), by=record.by)


def _campaign_text(record: Begin | End | Gate) -> str:
    match record:
        case Begin():
            calls = counted(record.calls, "call")
            return say(
                "{campaign}  {endpoint}  {audience}, {calls}, from {spec}",
                campaign=record.campaign,
                endpoint=record.endpoint,
                audience=audience_said(record.audience),
                calls=calls,
                spec=record.spec,
            )
        case End():
            refused = (
                say(", {people} refused", people=people_text(record.refused_accounts))
                if record.refused_accounts
                else ""
            )
            return say(
                "{campaign}  finished: {sent} sent, {refused} refused{accounts}",
                campaign=record.campaign,
                sent=record.sent,
                refused=record.refused,
                accounts=refused,
            )
        case Gate():
            gate = say("{name}: {words}", name=gate_text(record), words=gate_said(record))
            return f"{record.campaign}  {gate}"


def _call_text(record: Intent | Sent | NotSent | Unknown | Resolved | Conflict | Stats | Tried) -> str:
    match record:
        case Intent():
            again = say(", attempt {attempt}", attempt=record.attempt) if record.attempt > 1 else ""
            return say("{key}  is about to be sent{again}", key=record.key, again=again)
        case Sent():
            return f"{record.key}  {_sent_text(record)}"
        case NotSent():
            how = say("refused") if record.refused_by_service else say("did not leave")
            code = f" ({record.code})" if record.code is not None else ""
            return say(
                "{key}  {how}{code}: {text}",
                key=record.key,
                how=how,
                code=code,
                text=outcome_said(record.text, record.code),
            )
        case Unknown():
            return say("{key}  IN DOUBT: {text}", key=record.key, text=outcome_said(record.text))
        case Resolved():
            return say(
                "{key}  settled as {verdict} by {by}: {why}",
                key=record.key,
                verdict=call_state_name(CallState(record.verdict.replace("_", " "))),
                by=record.by,
                why=resolved_said(record),
            )
        case Conflict():
            why = resolved_said(record)
            return say("{key}  evidence against the record: {why}", key=record.key, why=why)
        case Stats():
            return f"{record.key}  {_counts_text(record)}"
        case Tried():
            return f"{record.key}  {_tried_text(record)}"


def _task_text(record: _OfTask) -> str:
    match record:
        case Schedule():
            tasks = say(
                "{tasks} for {instant}",
                tasks=counted(record.calls, "task"),
                instant=instant_text(record.due_at),
            )
            return say(
                "{campaign}  {audience}, {tasks}, from {spec}",
                campaign=record.campaign,
                audience=audience_said(record.audience),
                tasks=tasks,
                spec=record.spec,
            )
        case TaskIntent():
            return f"{record.key}  {task_action_text(record.action)}"
        case Scheduled() | Rescheduled() | Cancelled() | NotScheduled() | TaskUnknown():
            return f"{record.key}  {task_outcome_text(record)}"
        case Dispatched():
            became = (
                say("task {task_id}", task_id=record.task_id)
                if record.task_id is not None
                else say("nothing: {text}", text=record.text)
            )
            return say("{key}  the service sent {became}", key=record.key, became=became)


def _recall_text(record: RecallIntent | Recalled | NotRecalled | RecallUnknown) -> str:
    if isinstance(record, RecallIntent):
        again = say(", attempt {attempt}", attempt=record.attempt) if record.attempt > 1 else ""
        return say("{key}  is about to be taken back{again}", key=record.key, again=again)
    return f"{record.key}  {_recalled_text(record)}"


def _people_text(record: PeopleWritten) -> str:
    counts = record.model_dump(include={"tags_added", "tags_removed", "attributes_set", "attributes_removed"})
    left = {say("refused"): sum(record.refused.values()), say("without an answer"): record.unanswered}
    parts = [taken_text(counts | {"names_defined": len(record.names_defined)}) or say("nothing written")]
    parts += [
        say("{count:,} of the people {how}", count=count, how=how) for how, count in left.items() if count
    ]
    return say(", ").join(parts)


def _counts_text(record: Stats) -> str:
    counts = {say("sent"): record.sent, say("reached"): record.reached, say("opened"): record.opened}
    told = [f"{name} {count:,}" for name, count in counts.items() if count is not None]
    return say("the service counts: {told}", told=say(", ").join(told) or say("losses only"))


def gate_text(record: Gate) -> str:
    """Return what a gate or a person decided, without the reason: ``stage half opened by ada``."""
    by = say(" by {by}", by=record.by) if record.by else ""
    match record.verdict:
        case "opened":
            return (
                say("stage {opens} opened{by}", opens=record.opens, by=by)
                if record.opens
                else say("goes on{by}", by=by)
            )
        case "stopped":
            return (
                say("stopped{by}", by=by)
                if record.by
                else say("stopped after stage {stage}", stage=record.stage)
            )
        case _:
            return say("stage {opens} waits", opens=record.opens)


def _recalled_text(record: Recalled | NotRecalled | RecallUnknown) -> str:
    words = {
        "recalled": say("taken back"),
        "not_recalled": say("not taken back"),
        "recall_unknown": say("UNKNOWN if taken back"),
    }
    return words[record.record] + recall_why(record)


def _tried_text(record: Tried) -> str:
    match record.step:
        case "intended":
            return say(
                "is about to be tried by {by} on {testers}",
                by=record.by,
                testers=counted(record.accounts, "tester"),
            )
        case "sent":
            return say("tried: {id}", id=record.task_id or record.msg_key)
        case "traced":
            return say(
                "arrived on {reached} of {devices}",
                reached=record.reached,
                devices=counted(record.devices or 0, "device"),
            )
        case "not_sent":
            return say("did not leave: {text}", text=outcome_said(record.text))
        case _:
            return say("nobody knows whether it left: {text}", text=outcome_said(record.text))


def _sent_text(record: Sent) -> str:
    refused = refused_count(record)
    more = say(", {people} refused", people=people_text(refused)) if refused else ""
    return say("sent: {ids}{more}", ids=ids_text(ids_of(record)), more=more)
