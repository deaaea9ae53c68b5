"""What an apply says at its end and when somebody stops it: how it went, what is left, what to type next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushspec.apply.result import Stop
from pushspec.lockfile.histories import CallState
from pushspec.lockfile.status import status_of
from pushspec.sanitize import printable
from pushspec.text import counted
from pushspec.timestamps import in_zone, local_text
from pushspec.views.doubt import trouble_lines
from pushspec.views.gates import gate_lines
from pushspec.views.wrapping import PROSE, fitted

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from datetime import datetime, tzinfo

    from pushspec.api.project import LoadedProject
    from pushspec.apply.result import RunResult
    from pushspec.lockfile.histories import CallHistory
    from pushspec.lockfile.journal import Journal
    from pushspec.lockfile.state import LockState
    from pushspec.lockfile.status import Status
    from pushspec.views.commands import Typed

_SHOWN_KEYS = 5


def run_text(
    result: RunResult, state: LockState | None, project: LoadedProject, now: datetime, typed: Typed
) -> str:
    """Return the end of an apply.

    Args:
        result: What the run did.
        state: The lockfile as it is now; ``None`` where it cannot be read.
        project: The project, at the environment.
        now: This moment.
        typed: What was typed to start it.
    """
    return "\n".join(_lines(result, state, project, now, typed)) + "\n"


def _lines(
    result: RunResult, state: LockState | None, project: LoadedProject, now: datetime, typed: Typed
) -> Iterator[str]:
    yield ""
    yield f"Applied: {_counts(result)}. Recorded in {printable(project.shown_lock)}"
    if result.stop is Stop.INTERRUPTED:
        yield f"Stopped on request{'; the lock is free' if result.error is None else ''}."
    elif result.text:
        yield f"Stopped: {in_zone(printable(result.text), project.zone, is_named=False)}"
    if result.error is not None:
        yield in_zone(f"error: {printable(str(result.error))}", project.zone, is_named=False)
        if result.error.hint:
            yield in_zone(f"hint: {printable(result.error.hint)}", project.zone, is_named=False)
    yield from (f"warning: {printable(failure)}" for failure in result.untold)
    status = status_of(state, now) if state is not None else None
    if status is not None and status.is_in_doubt:
        yield ""
        yield from trouble_lines(
            status, typed=typed, population=project.environment.population, zone=project.zone
        )
        yield ""
    if status is not None:
        yield from _stages(result, status, now, project.zone)
    yield from _next(result, typed, status)
    if result.sent and project.environment.sandbox:
        yield f"See the phones: {typed.phones()}"


def _stages(result: RunResult, status: Status, now: datetime, zone: tzinfo | None) -> Iterator[str]:
    """Say which stages and hours wait, and what stopped campaigns of this run."""
    for campaign in status.campaigns:
        is_coming = campaign.gate is not None or campaign.next_hour(now) is not None
        if is_coming or campaign.key in result.stopped:
            yield from (f"{campaign.key}: {printable(line)}" for line in gate_lines(campaign, now, zone))


def _counts(result: RunResult) -> str:
    counts = [f"{counted(result.sent, 'call')} sent"]
    counts += [
        f"{number} {word}"
        for number, word in (
            (result.made, "scheduled"),
            (result.rescheduled, "changed at the service"),
            (result.cancelled, "cancelled at the service"),
            (result.refused, "refused"),
            (result.not_sent, "not sent"),
            (result.left, "left"),
            (result.in_doubt, "in doubt"),
        )
        if number
    ]
    refused = f" · {counted(result.refused_accounts, 'account')} refused" if result.refused_accounts else ""
    return ", ".join(counts) + refused


def _next(result: RunResult, typed: Typed, status: Status | None) -> Iterator[str]:
    apply = typed.again("apply")
    if status is None:
        yield f"Next: {typed.about('status')}   (once the lockfile can be read again)"
    elif result.left and status.frozen_reason:
        yield f'Next: {typed.about("freeze", "--off")} "WHY", then {apply}'
    elif result.left and result.stop is Stop.FROZEN:
        yield f"Next: delete `frozen:` in pushspec.yaml, then {apply}"
    elif result.left and result.doubts:
        yield f"Next: {apply}   (campaigns in doubt wait until settled)"
    elif result.stopped:
        key, name = result.stopped[0], result.stopped[0].partition("@")[0]
        yield f"Next: {typed.about('show', key)}   (what went out, and who was refused)"
        yield f'      To go on all the same: {typed.about("continue", name)} --why "WHY"'
        yield f"      To take back what went out: {typed.about('recall', name)}"
    elif result.left and result.mostly_refused:
        yield f"Next: {typed.about('show', result.mostly_refused[0])}   (the refused accounts)"
        yield (
            "      To send it to the rest all the same, add to its file, and apply again:\n"
            '      exceptions: [{policy: max-refused, reason: "WHY"}]'
        )
    elif result.left or result.open_tasks:
        yield f"Next: {apply}   (sends what is left, and nothing twice)"


def first_text(name: str, under_way: Collection[str]) -> str:
    """Return the text for the moment when somebody stops a run.

    Args:
        name: What stops it, such as ``Ctrl-C``.
        under_way: Keys whose intent is durable and whose outcome is not yet.
    """
    what = f"the answer to {_few(under_way)}" if under_way else "the lockfile"
    return (
        f"Stopping ({name}): no new calls. Waiting for {what}, at most 7 seconds. "
        "A second signal stops at once."
    )


def last_text(
    why: str,
    journal: Journal,
    typed: Typed,
    *,
    sent: int,
    under_way: Collection[str],
    zone: tzinfo | None = None,
) -> str:
    """Return the text for a run that ends without waiting for calls under way: the state that it leaves.

    Args:
        why: Why it does not wait.
        journal: The run's lockfile.
        typed: What was typed to start it.
        sent: How many calls were sent, and that is durable.
        under_way: Keys whose intent is durable and whose outcome is not yet.
        zone: In which people read times; None for this machine's.
    """
    state = journal.state
    lines = [f"{why}: {sent} sent in this run."]
    begun = [key for key in state.under_way if key not in under_way]
    if under_way:
        lines.append(
            f"? {_few(under_way)} was under way: sent once, or not at all. Its intent is in the "
            "lockfile without an outcome, so the next run shows it as in doubt."
        )
    if begun:
        lines.append(
            f"? {_few(begun)} had not left. If its intent reached the lockfile, it shows as in doubt."
        )
    if state.run is not None and state.run.run_id == journal.run_id:
        until = local_text(state.run.lease_end, zone, seconds=True)
        elsewhere = "" if state.run.process is None else ", or on this machine until the process ends"
        lines.append(f"The lock is held until {until}{elsewhere}; `pushspec unlock` frees it sooner.")
    lines.append(f"Next: {typed.about('status')}")
    return fitted("\n".join(lines), PROSE)


def settled_text(
    call: CallHistory, by: str, doubted: Sequence[str], project: LoadedProject, typed: Typed
) -> str:
    """Return the text for a settled doubt: what that means, and what is still in doubt."""
    means = {
        CallState.SENT: "It is never sent again.",
        CallState.NOT_SENT: f"The next apply sends it: {typed.about('apply')}",
        CallState.ABANDONED: "It is never sent.",
    }
    still = f"Still in doubt: {_few(doubted)}" if doubted else "Nothing else is in doubt."
    recorded = f"{printable(by)} recorded {call.key} as {call.state} in {printable(project.shown_lock)}."
    return f"{recorded}\n{means[call.state]}\n{still}\n"


def _few(keys: Iterable[str]) -> str:
    first, more = list(keys)[:_SHOWN_KEYS], len(list(keys)) - _SHOWN_KEYS
    return ", ".join(first) + (f" and {more} more" if more > 0 else "")
