"""A recall in a terminal: what is in doubt first, then its plan, what became of it, and what to type next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushspec.sanitize import printable
from pushspec.tencent.operations.revoke import CHAT_EFFECT, WITHDRAW, shown_text
from pushspec.text import counted, few_text
from pushspec.timestamps import local_text, span_text
from pushspec.views.apply_question import YES, Question

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime, tzinfo

    from pushspec.api.project import LoadedProject
    from pushspec.lockfile.histories import CallHistory
    from pushspec.operate.recall import AnyRecallOutcome, RecallResult
    from pushspec.plan.recall import RecallPlan, RecallStep
    from pushspec.views.commands import Typed

_LABEL = 14
_SHOWN_KEYS = 5
_OUTCOMES = {
    "recalled": ("-", "accepted by the service"),
    "not_recalled": ("!", "not taken back"),
    "recall_unknown": ("?", "UNKNOWN"),
}


def recall_plan_text(plan: RecallPlan, project: LoadedProject, typed: Typed, now: datetime) -> str:
    """Return what a recall can undo, what it cannot, and what nobody knows."""
    return "\n".join(_plan_lines(plan, project, typed, now)) + "\n"


def _plan_lines(plan: RecallPlan, project: LoadedProject, typed: Typed, now: datetime) -> Iterator[str]:
    begin, environment = plan.begin, project.environment
    where = f"{project.environment_name} · app {environment.app_id} · {environment.location}"
    yield f"recall {plan.key} · {where}"
    yield f"  sent to {printable(begin.audience)}, by {begin.endpoint}"
    yield ""
    if plan.doubted:
        yield from _doubts(plan, typed)
        yield ""
    yield _fact("takes back", _takes_back(plan, project.zone, now))
    if plan.steps:
        yield from _text_lines(plan)
        for effect in (*plan.facts.effects, *([CHAT_EFFECT] if plan.withdraws_chat else [])):
            yield _fact("does", effect)
        yield _fact("stays", plan.facts.stays)
        for unknown in plan.facts.unknown:
            yield _fact("unknown", unknown)
        time = f", at least {span_text(plan.pacing_s)}" if plan.pacing_s >= 1 else ""
        yield _fact("requests", f"{plan.request_count:,}{time}")
    yield from _left_out(plan)
    yield ""
    yield f"digest {plan.short_digest}"


def _takes_back(plan: RecallPlan, zone: tzinfo | None, now: datetime) -> str:
    words = counted(len(plan.steps), "call") if plan.steps else "nothing"
    if plan.until is not None:
        left_s = (plan.until - now).total_seconds()
        words += f", possible until {local_text(plan.until, zone)} ({span_text(left_s)})"
    settled = sum(step.settles for step in plan.steps)
    if settled:
        words += f"; {settled:,} of them settle an earlier recall whose answer was lost"
    return words


def _text_lines(plan: RecallPlan) -> Iterator[str]:
    """Say what takes the notification's place."""
    if plan.facts.operation is WITHDRAW:
        return
    title, desc = map(printable, shown_text(plan.steps[0].shows))
    text = " | ".join(filter(None, (title, desc)))
    if plan.begin.recall is not None:
        yield _fact("shows", f"{text} (the recall text that was reviewed with the campaign)")
    elif text:
        yield _fact("shows", f"{text} (the campaign has no recall text, so its own goes along)")
    else:
        yield _fact("shows", "no text, for the campaign has none; what phones make of that is unknown")


def _left_out(plan: RecallPlan) -> Iterator[str]:
    if plan.taken_back:
        yield _fact("done", f"{counted(len(plan.taken_back), 'call')} taken back before")
    if plan.unsettled:
        keys = few_text([it.key for it in plan.unsettled[:_SHOWN_KEYS]], len(plan.unsettled))
        yield _fact("unknown", f"whether {keys} was taken back; it is too late to ask")
    if plan.too_late:
        yield _fact("too late", f"{_calls(plan.too_late)}: sent more than 24 hours ago, not tried")
    if plan.unnamed:
        yield _fact("no id", f"{_calls(plan.unnamed)}: settled as sent without the id of the service")
    if plan.unsent:
        yield _fact("not sent", f"{counted(plan.unsent, 'call')}; a recall keeps them from being sent")


def _doubts(plan: RecallPlan, typed: Typed) -> Iterator[str]:
    yield f"? {_calls(plan.doubted)} may be out and cannot be taken back: nobody knows the id."
    key = plan.doubted[0].key if len(plan.doubted) == 1 else "KEY"
    name = ("--msg-key", "MSGKEY") if plan.facts.operation is WITHDRAW else ("--task-id", "TASKID")
    yield "  Find it in the console or in a callback, then recall again:"
    yield f'    {typed.about("resolve", key, "--as", "sent", *name)} --why "HOW YOU KNOW"'


def _calls(calls: Sequence[CallHistory]) -> str:
    return few_text([call.key for call in calls[:_SHOWN_KEYS]], len(calls))


def recall_question(plan: RecallPlan, environment: str) -> Question:
    """Return what is asked on a terminal before a recall."""
    requests = counted(plan.request_count, "request")
    return Question(f"Take back {plan.key} from {environment} by {requests}? [y/N]: ", YES)


def recall_step_text(step: RecallStep, outcome: AnyRecallOutcome) -> str:
    """Return what became of one call, with a line feed."""
    reasons = ", ".join(f"{number} × {case}" for case, number in outcome.not_taken_back.items())
    why = (f" ({reasons})" if reasons else "") + (f": {printable(outcome.text)}" if outcome.text else "")
    symbol, words = _OUTCOMES[outcome.record]
    return f"  {symbol} {step.call.key}  {words}{why}\n"


def recall_result_text(result: RecallResult, plan: RecallPlan, project: LoadedProject, typed: Typed) -> str:
    """Return the end of a recall: the three counts, and what to type next."""
    return "\n".join(_result_lines(result, plan, project, typed)) + "\n"


def _result_lines(
    result: RecallResult, plan: RecallPlan, project: LoadedProject, typed: Typed
) -> Iterator[str]:
    yield (
        f"Recalled {plan.key}: {counted(result.taken_back, 'call')} accepted by the service, "
        f"{result.not_taken_back:,} not taken back, {result.unknown:,} unknown. "
        f"Recorded in {printable(project.shown_lock)}"
    )
    if result.stopped:
        yield f"Stopped: {printable(result.stopped)}"
    elif result.is_interrupted:
        yield "Stopped on request."
    if result.error is not None and result.error.hint:
        yield f"hint: {printable(result.error.hint)}"
    again = typed.again("recall")
    if result.unknown:
        yield f"Next: {again}   (settles what is unknown: the service says if it was taken back before)"
    elif result.not_taken_back:
        yield f"Next: {again}   (shows what can still be taken back)"


def _fact(label: str, text: str) -> str:
    return f"  {label:<{_LABEL - 2}}{text}"
