"""A recall in a terminal: what is in doubt first, then its plan, what became of it, and what to type next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import set_cell_size

from pushspec.language import phrase, plural, said, say
from pushspec.sanitize import printable
from pushspec.tencent.operations.revoke import CHAT_EFFECT, WITHDRAW, shown_text
from pushspec.text import counted, few_text
from pushspec.timestamps import span_text, zone_text, zoned_text
from pushspec.views.apply_question import YES, Question
from pushspec.views.plan_totals import app_text
from pushspec.views.recall_reasons import recall_why
from pushspec.views.recorded import audience_said

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime, tzinfo

    from pushspec.api.project import LoadedProject
    from pushspec.lockfile.histories import CallHistory
    from pushspec.operate.recall import RecallResult
    from pushspec.operate.recall_outcome import AnyRecallOutcome
    from pushspec.plan.recall import RecallPlan
    from pushspec.plan.recall_steps import RecallStep
    from pushspec.views.commands import Typed

_LABEL = 14
_SHOWN_KEYS = 5
_OUTCOMES = {
    "recalled": ("-", phrase("accepted by the service")),
    "not_recalled": ("!", phrase("not taken back")),
    "recall_unknown": ("?", phrase("UNKNOWN")),
}
_STILL_UNKNOWN = ("?", phrase("UNKNOWN: not by this request, and an earlier one may have done it"))
"""Of a refusal behind an attempt whose answer was lost: it proves nothing of that one."""


def recall_plan_text(plan: RecallPlan, project: LoadedProject, typed: Typed, now: datetime) -> str:
    """Return what a recall can undo, what it cannot, and what nobody knows."""
    return "\n".join(_plan_lines(plan, project, typed, now)) + "\n"


def _plan_lines(plan: RecallPlan, project: LoadedProject, typed: Typed, now: datetime) -> Iterator[str]:
    begin, environment = plan.begin, project.environment
    app = app_text(environment, project.environment_name)
    zone = say("times in {zone}", zone=zone_text(project.zone, now))
    yield f"{say('recall {key}', key=plan.key)} · {project.environment_name} · {app} · {zone}"
    yield say(
        "  sent to {audience}, by {endpoint}",
        audience=printable(audience_said(begin.audience)),
        endpoint=begin.endpoint,
    )
    yield ""
    if plan.doubted:
        yield from _doubts(plan, typed)
        yield ""
    yield _fact(say("takes back"), _takes_back(plan, project.zone, now))
    if plan.steps:
        yield from _text_lines(plan)
        for effect in (*plan.facts.effects, *([CHAT_EFFECT] if plan.withdraws_chat else [])):
            yield _fact(say("does"), said(effect))
        yield _fact(say("stays"), said(plan.facts.stays))
        for unknown in plan.facts.unknown:
            yield _fact(say("unknown"), said(unknown))
        time = say(", at least {span}", span=span_text(plan.pacing_s)) if plan.pacing_s >= 1 else ""
        yield _fact(say("requests"), f"{plan.request_count:,}{time}")
    yield from _left_out(plan)
    yield ""
    yield say("digest {digest}", digest=plan.short_digest)


def _takes_back(plan: RecallPlan, zone: tzinfo | None, now: datetime) -> str:
    words = said(counted(len(plan.steps), "call")) if plan.steps else say("nothing")
    if plan.until is not None:
        left_s = (plan.until - now).total_seconds()
        words += say(
            ", possible until {until} ({span})", until=zoned_text(plan.until, zone), span=span_text(left_s)
        )
    settled = sum(step.settles for step in plan.steps)
    if settled:
        again = plural(
            "{number:,} of them settles an earlier recall whose answer was lost",
            "{number:,} of them settle an earlier recall whose answer was lost",
            settled,
        )
        words += say("; {words}", words=again)
    return words


def _text_lines(plan: RecallPlan) -> Iterator[str]:
    """Say what takes the notification's place."""
    if plan.facts.operation is WITHDRAW:
        return
    title, desc = map(printable, shown_text(plan.steps[0].shows))
    text = " | ".join(filter(None, (title, desc)))
    if plan.begin.recall is not None:
        yield _fact(
            say("shows"), say("{text} (the recall text that was reviewed with the campaign)", text=text)
        )
    elif text:
        yield _fact(
            say("shows"), say("{text} (the campaign has no recall text, so its own goes along)", text=text)
        )
    else:
        yield _fact(
            say("shows"), say("no text, for the campaign has none; what phones make of that is unknown")
        )


def _left_out(plan: RecallPlan) -> Iterator[str]:
    if plan.taken_back:
        yield _fact(
            say("done"), say("{calls} taken back before", calls=counted(len(plan.taken_back), "call"))
        )
    if plan.unsettled:
        keys = few_text([it.key for it in plan.unsettled[:_SHOWN_KEYS]], len(plan.unsettled))
        yield _fact(say("unknown"), say("whether {keys} was taken back; it is too late to ask", keys=keys))
    if plan.too_late:
        yield _fact(
            say("too late"),
            say("{calls}: sent more than 24 hours ago, not tried", calls=_calls(plan.too_late)),
        )
    if plan.unnamed:
        yield _fact(
            say("no id"),
            say("{calls}: settled as sent without the id of the service", calls=_calls(plan.unnamed)),
        )
    if plan.unsent:
        yield _fact(
            say("not sent"),
            say("{calls}; a recall keeps them from being sent", calls=counted(plan.unsent, "call")),
        )


def _doubts(plan: RecallPlan, typed: Typed) -> Iterator[str]:
    yield say(
        "? {calls} may be out and cannot be taken back: nobody knows the id.", calls=_calls(plan.doubted)
    )
    key = plan.doubted[0].key if len(plan.doubted) == 1 else "KEY"
    name = ("--msg-key", "MSGKEY") if plan.facts.operation is WITHDRAW else ("--task-id", "TASKID")
    yield say("  Find it in the console or in a callback, then recall again:")
    yield f'    {typed.about("resolve", key, "--as", "sent", *name)} --why "{say("HOW YOU KNOW")}"'


def _calls(calls: Sequence[CallHistory]) -> str:
    return said(few_text([call.key for call in calls[:_SHOWN_KEYS]], len(calls)))


def recall_question(plan: RecallPlan, environment: str) -> Question:
    """Return what is asked on a terminal before a recall."""
    requests = counted(plan.request_count, "request")
    return Question(
        say(
            "Take back {key} from {environment} by {requests}? [y/N]: ",
            key=plan.key,
            environment=environment,
            requests=requests,
        ),
        YES,
    )


def recall_step_text(step: RecallStep, outcome: AnyRecallOutcome) -> str:
    """Return what became of one call, with a line feed."""
    leaves_doubt = step.settles and outcome.record == "not_recalled"
    symbol, words = _STILL_UNKNOWN if leaves_doubt else _OUTCOMES[outcome.record]
    accepted = (
        say(
            " · {accepted:,} of {requests} accepted by the service",
            accepted=outcome.taken_back,
            requests=counted(step.request_count, "request"),
        )
        if outcome.taken_back and outcome.record != "recalled"
        else ""
    )
    return f"  {symbol} {step.call.key}  {said(words)}{accepted}{recall_why(outcome)}\n"


def recall_result_text(result: RecallResult, plan: RecallPlan, project: LoadedProject, typed: Typed) -> str:
    """Return the end of a recall: the three counts, and what to type next."""
    return "\n".join(_result_lines(result, plan, project, typed)) + "\n"


def _result_lines(
    result: RecallResult, plan: RecallPlan, project: LoadedProject, typed: Typed
) -> Iterator[str]:
    yield (
        say(
            "Recalled {key}: {calls} accepted by the service, {not_taken_back:,} not taken back, "
            "{unknown:,} unknown. Recorded in {lock}",
            key=plan.key,
            calls=counted(result.taken_back, "call"),
            not_taken_back=result.not_taken_back,
            unknown=result.unknown,
            lock=printable(project.shown_lock),
        )
    )
    if result.stopped:
        yield say("Stopped: {text}", text=printable(said(result.stopped)))
    elif result.is_interrupted:
        yield say("Stopped on request.")
    if result.error is not None and result.error.hint:
        yield say("hint: {hint}", hint=printable(said(result.error.hint)))
    again = typed.again("recall")
    if result.unknown:
        yield say(
            "Next: {command}   # settles what is unknown: the service says if it was taken back before",
            command=again,
        )
    elif result.not_taken_back:
        yield say("Next: {command}   # shows what can still be taken back", command=again)


def _fact(label: str, text: str) -> str:
    return f"  {set_cell_size(label, _LABEL - 2)}{text}"
