"""A lockfile as a story: one line a record, oldest first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushspec.disclosure import shown_address
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
from pushspec.sanitize import printable
from pushspec.text import counted
from pushspec.timestamps import in_zone, instant_text, zone_text, zoned_text
from pushspec.views.outcome_text import ids_text
from pushspec.views.people import taken_text
from pushspec.views.tasks import task_action_text, task_outcome_text
from pushspec.views.wrapping import hanging

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from pushspec.api.history import LogEntry
    from pushspec.api.project import LoadedProject
    from pushspec.lockfile.records import AnyRecord

_LONGEST_KIND = 8
_SHORT = dict.fromkeys(("recall_intent", "not_recalled", "recall_unknown"), "recall") | {
    "dispatched": "sent",
    **dict.fromkeys(
        ("task_intent", "scheduled", "rescheduled", "cancelled", "not_scheduled", "task_unknown"), "task"
    ),
}
"""Kinds that a line calls by a shorter name."""


def heading_text(project: LoadedProject, now: datetime, *, width: int = 100) -> str:
    """Return whose records they are, and in which zone their times are."""
    where = f"{project.environment_name} · {printable(project.shown_lock)}"
    heading = f"{where} · times in {zone_text(project.zone, now)}"
    return "".join(f"{line}\n" for line in [*hanging(heading, width), ""])


def entry_text(entry: LogEntry, zone: tzinfo | None = None, *, width: int = 100) -> str:
    """Return the line of a record, if it was asked for, and one for each call that it leaves in doubt."""
    told = [_told(entry.record, entry.accounts)] if entry.is_asked_for else []
    told += [("", f"{key}  IN DOUBT: its run ended without an outcome") for key in entry.doubts]
    when = zoned_text(entry.record.at, zone, seconds=True)
    lines = (
        line.rstrip()
        for kind, what in told
        for line in hanging(
            in_zone(printable(what), zone, is_named=False), width, first=f"{when}  {kind:<{_LONGEST_KIND}}  "
        )
    )
    return "".join(f"{line}\n" for line in lines)


def entry_json(entry: LogEntry) -> str:
    """Return a record as a line of JSON, if it was asked for."""
    return f"{entry.record.model_dump_json()}\n" if entry.is_asked_for else ""


def nothing_text(project: LoadedProject) -> str:
    """Say that there is nothing to show."""
    return f"Nothing was ever sent in {project.environment_name}: {project.shown_lock} holds no campaign."


def _told(record: AnyRecord, accounts: int) -> tuple[str, str]:
    """Return a record's kind and what it says; a call of which every account was refused sent nothing."""
    if isinstance(record, Sent) and 0 < accounts <= _refused(record):
        return "refused", f"{record.key}  {ids_text(ids_of(record))}: every account was refused"
    return _SHORT.get(record.record, record.record), _what(record)


def _what(record: AnyRecord) -> str:  # noqa: C901 - one case a kind
    match record:
        case Header():
            return f"app {record.sdk_app_id}, environment {record.environment}, lockfile {record.journal}"
        case Open():
            return f"{record.holder} took the lock to {record.purpose} (pushspec {record.tool})"
        case Begin():
            calls = counted(record.calls, "call")
            return f"{record.campaign}  {record.endpoint}  {record.audience}, {calls}, from {record.spec}"
        case Intent():
            again = f", attempt {record.attempt}" if record.attempt > 1 else ""
            return f"{record.key}  is about to be sent{again}"
        case Sent():
            return f"{record.key}  {_sent_text(record)}"
        case NotSent():
            how = "refused" if record.refused_by_service else "did not leave"
            code = f" ({record.code})" if record.code is not None else ""
            return f"{record.key}  {how}{code}: {record.text}"
        case Unknown():
            return f"{record.key}  IN DOUBT: {record.text}"
        case Resolved():
            return f"{record.key}  settled as {record.verdict.replace('_', ' ')} by {record.by}: {record.why}"
        case Conflict():
            return f"{record.key}  evidence against the record: {record.why}"
        case RecallIntent():
            again = f", attempt {record.attempt}" if record.attempt > 1 else ""
            return f"{record.key}  is about to be taken back{again}"
        case Recalled() | NotRecalled() | RecallUnknown():
            return f"{record.key}  {_recall_text(record)}"
        case Schedule():
            tasks = f"{counted(record.calls, 'task')} for {instant_text(record.due_at)}"
            return f"{record.campaign}  {record.audience}, {tasks}, from {record.spec}"
        case TaskIntent():
            return f"{record.key}  {task_action_text(record.action)}"
        case Scheduled() | Rescheduled() | Cancelled() | NotScheduled() | TaskUnknown():
            return f"{record.key}  {task_outcome_text(record)}"
        case Dispatched():
            became = f"task {record.task_id}" if record.task_id is not None else f"nothing: {record.text}"
            return f"{record.key}  the service sent {became}"
        case End():
            refused = (
                f", {counted(record.refused_accounts, 'account')} refused" if record.refused_accounts else ""
            )
            return f"{record.campaign}  finished: {record.sent} sent, {record.refused} refused{refused}"
        case Frozen():
            return f"{'frozen' if record.frozen else 'released'} by {record.by}: {record.why}"
        case Stats():
            return f"{record.key}  {_counts_text(record)}"
        case Gate():
            return f"{record.campaign}  {_gate_text(record)}: {record.why}"
        case Tried():
            return f"{record.key}  {_tried_text(record)}"
        case PeopleWritten():
            return f"by {record.by}: {_people_text(record)}"
        case Close():
            return f"released the lock: {record.why}"
        case Moved():
            return f"moved to {shown_address(record.to)} by {record.by}"
        case _:
            return ""


def _people_text(record: PeopleWritten) -> str:
    counts = record.model_dump(include={"tags_added", "tags_removed", "attributes_set", "attributes_removed"})
    left = {"refused": sum(record.refused.values()), "without an answer": record.unanswered}
    parts = [taken_text(counts | {"names_defined": len(record.names_defined)}) or "nothing written"]
    parts += [f"{count:,} of the people {how}" for how, count in left.items() if count]
    return ", ".join(parts)


def _counts_text(record: Stats) -> str:
    counts = {"sent": record.sent, "reached": record.reached, "opened": record.opened}
    told = [f"{name} {count:,}" for name, count in counts.items() if count is not None]
    return f"the service counts: {', '.join(told) or 'losses only'}"


def _gate_text(record: Gate) -> str:
    by = f" by {record.by}" if record.by else ""
    match record.verdict:
        case "opened":
            return f"stage {record.opens} opened{by}" if record.opens else f"goes on{by}"
        case "stopped":
            return f"stopped{by}" if record.by else f"stopped after stage {record.stage}"
        case _:
            return f"stage {record.opens} waits"


def _recall_text(record: Recalled | NotRecalled | RecallUnknown) -> str:
    words = {
        "recalled": "taken back",
        "not_recalled": "not taken back",
        "recall_unknown": "UNKNOWN if taken back",
    }
    reasons = ", ".join(f"{number} × {case}" for case, number in record.not_taken_back.items())
    return (
        words[record.record]
        + (f" ({reasons})" if reasons else "")
        + (f": {record.text}" if record.text else "")
    )


def _tried_text(record: Tried) -> str:
    match record.step:
        case "intended":
            return f"is about to be tried by {record.by} on {counted(record.accounts, 'tester')}"
        case "sent":
            return f"tried: {record.task_id or record.msg_key}"
        case "traced":
            return f"arrived on {record.reached} of {counted(record.devices or 0, 'device')}"
        case step:
            return (
                f"{'did not leave' if step == 'not_sent' else 'nobody knows whether it left'}: {record.text}"
            )


def _sent_text(record: Sent) -> str:
    refused = _refused(record)
    more = f", {counted(refused, 'account')} refused" if refused else ""
    return f"sent: {ids_text(ids_of(record))}{more}"


def _refused(record: Sent) -> int:
    return sum(len(accounts) for accounts in record.refused.values())
