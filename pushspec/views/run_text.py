"""What an apply says at its end and when somebody stops it: how it went, what is left, what to type next."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pushspec.api.call_keys import name_of
from pushspec.apply.result import Stop
from pushspec.language import said, say
from pushspec.lockfile.histories import CallState
from pushspec.lockfile.status import status_of
from pushspec.sanitize import printable
from pushspec.text import counted, listed
from pushspec.timestamps import in_zone, local_text
from pushspec.views.doubt import trouble_lines
from pushspec.views.gates import gate_lines
from pushspec.views.left_over import LeftOver
from pushspec.views.next_steps import next_lines
from pushspec.views.outcome_text import call_state_name, people_text
from pushspec.views.recorded import purpose_said, said_anew
from pushspec.views.wrapping import PROSE, fitted

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime, tzinfo

    from pushspec.api.project import LoadedProject
    from pushspec.apply.result import RunResult
    from pushspec.lockfile.histories import CallHistory
    from pushspec.lockfile.journal import Journal
    from pushspec.lockfile.state import LockState, Run
    from pushspec.lockfile.status import Status
    from pushspec.plan.departure import Departure
    from pushspec.views.commands import Typed

_SHOWN_KEYS = 5
_SHOWN_REFUSED = 3
"""Of how many campaigns with refusals a run ends with a command."""


def run_text(
    result: RunResult,
    state: LockState | None,
    project: LoadedProject,
    now: datetime,
    typed: Typed,
    applied: Collection[str] | None = None,
    left: LeftOver | None = None,
) -> str:
    """Return the end of an apply.

    Args:
        result: What the run did.
        state: The lockfile as it is now; ``None`` where it cannot be read.
        project: The project, at the environment.
        now: This moment.
        typed: What was typed to start it.
        applied: Names of the campaigns that it was for; None for all of them.
        left: What the plan left for later; None where nobody asked.
    """
    return "\n".join(_lines(result, state, project, now, typed, applied, left or LeftOver())) + "\n"


def _lines(
    result: RunResult,
    state: LockState | None,
    project: LoadedProject,
    now: datetime,
    typed: Typed,
    applied: Collection[str] | None,
    left: LeftOver,
) -> Iterator[str]:
    yield ""
    yield say(
        "Applied: {counts}. Recorded in {lock}", counts=_counts(result), lock=printable(project.shown_lock)
    )
    if result.stop is Stop.INTERRUPTED:
        yield (
            say("Stopped on request; the lock is free.")
            if result.error is None
            else say("Stopped on request.")
        )
    elif result.text:
        yield say(
            "Stopped: {text}", text=in_zone(printable(said_anew(result.text)), project.zone, is_named=False)
        )
    if result.error is not None:
        message = in_zone(printable(said_anew(result.error.message)), project.zone, is_named=False)
        yield say("error: {message}", message=message)
        if result.error.hint:
            hint = in_zone(printable(said_anew(result.error.hint)), project.zone, is_named=False)
            yield say("hint: {hint}", hint=hint)
    yield from (say("warning: {warning}", warning=printable(said(failure))) for failure in result.untold)
    status = status_of(state, now) if state is not None else None
    if status is not None and status.is_in_doubt:
        yield ""
        yield from _trouble(status, project, typed, applied)
        yield ""
    own = _of_run(status, applied) if status is not None else None
    if own is not None:
        yield from _stages(result, own, now, project.zone, left.departures)
    yield from left.lines
    following = list(_next(result, typed, status))
    if own is not None and not (following or (status is not None and status.is_in_doubt)):
        following += _refused_steps(result, own, typed, left.due)
        following += [say("Next: {step}", step=step) for step in left.steps]
        following += next_lines(
            own,
            typed,
            now,
            project.zone,
            opens_at=left.opens_at,
            gone=own.gone_files(project.root),
            departures=left.departures,
        )
    yield from dict.fromkeys(following)
    if result.sent and project.environment.sandbox:
        yield say("See the phones: {phones}", phones=typed.phones())


def _trouble(
    status: Status, project: LoadedProject, typed: Typed, applied: Collection[str] | None
) -> Iterator[str]:
    """Yield what has to be settled of the campaigns of this run, and of others only which they are."""

    own = _of_run(status, applied)
    yield from trouble_lines(own, typed=typed, population=project.environment.population, zone=project.zone)
    others = [it.call.key for it in status.doubts if not _is_of_run(it.call.key, applied)]
    others += [
        it.key for it in status.campaigns if it.conflict is not None and not _is_of_run(it.key, applied)
    ]
    if others:
        yield say(
            "Not of this run, and still to be settled: {keys}; {command} says more",
            keys=_few(others),
            command=typed.about("status"),
        )


def _of_run(status: Status, applied: Collection[str] | None) -> Status:
    """Return the status of the campaigns that a run was for."""
    return replace(
        status,
        campaigns=tuple(it for it in status.campaigns if _is_of_run(it.key, applied)),
        doubts=tuple(it for it in status.doubts if _is_of_run(it.call.key, applied)),
    )


def _is_of_run(key: str, applied: Collection[str] | None) -> bool:
    return applied is None or name_of(key) in applied


def _stages(
    result: RunResult,
    status: Status,
    now: datetime,
    zone: tzinfo | None,
    departures: Mapping[str, Departure],
) -> Iterator[str]:
    """Say which stages and hours wait, and what stopped campaigns of this run."""
    for campaign in status.campaigns:
        is_coming = campaign.gate is not None or campaign.next_hour(now) is not None
        if is_coming or campaign.key in result.stopped:
            lines = gate_lines(campaign, now, zone, departures.get(campaign.key))
            yield from (say("{name}: {words}", name=campaign.key, words=printable(line)) for line in lines)


def _counts(result: RunResult) -> str:
    counts = [say("{calls} sent", calls=counted(result.sent, "call"))]
    counts += [
        say("{number:,} {word}", number=number, word=word)
        for number, word in (
            (result.made, say("scheduled")),
            (result.rescheduled, say("changed at the service")),
            (result.cancelled, say("cancelled at the service")),
            (result.refused, say("refused")),
            (result.not_sent, say("not sent")),
            (result.left, say("left")),
            (result.in_doubt, say("in doubt")),
        )
        if number
    ]
    refused = (
        say(" · {people} refused", people=people_text(result.refused_accounts))
        if result.refused_accounts
        else ""
    )
    return say(", ").join(counts) + refused


def _next(result: RunResult, typed: Typed, status: Status | None) -> Iterator[str]:
    apply = typed.again("apply")
    if status is None:
        yield say("Next: {command}   # once the lockfile can be read again", command=typed.about("status"))
    elif result.left and status.frozen_reason:
        yield say('Next: {command} "WHY", then {apply}', command=typed.about("freeze", "--off"), apply=apply)
    elif result.left and result.stop is Stop.FROZEN:
        yield say("Next: delete `frozen:` in pushspec.yaml, then {apply}", apply=apply)
    elif result.left and result.doubts:
        yield say("Next: {command}   # campaigns in doubt wait until settled", command=apply)
    elif result.stopped:
        key, name = result.stopped[0], name_of(result.stopped[0])
        yield say("Next: {command}   # what went out, and who was refused", command=typed.about("show", key))
        yield say('      To go on all the same: {command} --why "WHY"', command=typed.about("continue", name))
        yield say("      To take back what went out: {command}", command=typed.about("recall", name))
    elif result.left and result.mostly_refused:
        step = typed.about("show", result.mostly_refused[0], "--accounts")
        yield say("Next: {command}   # who was refused", command=step)
        yield say("      To send it to the rest all the same, add to its file, and apply again:")
        yield '      exceptions: [{policy: max-refused, reason: "WHY"}]'
    elif result.left or result.open_tasks:
        yield say("Next: {command}   # sends what is left, and nothing twice", command=apply)


def _refused_steps(result: RunResult, status: Status, typed: Typed, due: Collection[str]) -> Iterator[str]:
    """Yield the commands that show who or what was refused in this run; others were told of in theirs."""
    if not (result.refused or result.refused_accounts):
        return
    found = [it for it in status.campaigns if it.key in due]
    people = [it.key for it in found if it.refused_accounts]
    calls = [it.key for it in found if CallState.REFUSED in it.counts and not it.refused_accounts]
    for key in people[:_SHOWN_REFUSED]:
        step = typed.about("show", key, "--accounts")
        yield say("Next: {command}   # who was refused", command=step)
    for key in calls[: _SHOWN_REFUSED - len(people[:_SHOWN_REFUSED])]:
        yield say("Next: {command}   # what was refused", command=typed.about("show", key))


def stopping_text(run: Run) -> str:
    """Return the line for somebody who stops an environment or a campaign while a run is at work."""
    return say(
        "{holder} is running ({purpose}); it stops before its next call.\n",
        holder=printable(run.holder),
        purpose=printable(purpose_said(run.purpose)),
    )


def first_text(name: str, under_way: Collection[str]) -> str:
    """Return the text for the moment when somebody stops a run.

    Args:
        name: What stops it, such as ``Ctrl-C``.
        under_way: Keys whose intent is durable and whose outcome is not yet.
    """
    what = say("the answer to {keys}", keys=_few(under_way)) if under_way else say("the lockfile")
    return say(
        "Stopping ({name}): no new calls. Waiting for {what}, at most 7 seconds. "
        "A second signal stops at once.",
        name=name,
        what=what,
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
    lines = [say("{why}: {sent} sent in this run.", why=why, sent=sent)]
    begun = [key for key in state.under_way if key not in under_way]
    if under_way:
        lines.append(
            say(
                "? {keys} was under way: sent once, or not at all. Its intent is in the "
                "lockfile without an outcome, so the next run shows it as in doubt.",
                keys=_few(under_way),
            )
        )
    if begun:
        lines.append(
            say(
                "? {keys} had not left. If its intent reached the lockfile, it shows as in doubt.",
                keys=_few(begun),
            )
        )
    if state.run is not None and state.run.run_id == journal.run_id:
        until = local_text(state.run.lease_end, zone, seconds=True)
        elsewhere = "" if state.run.process is None else say(", or on this machine until the process ends")
        lines.append(
            say(
                "The lock is held until {until}{elsewhere}; `pushspec unlock` frees it sooner.",
                until=until,
                elsewhere=elsewhere,
            )
        )
    lines.append(say("Next: {step}", step=typed.about("status")))
    return fitted("\n".join(lines), PROSE)


def settled_text(
    call: CallHistory, by: str, doubted: Sequence[str], project: LoadedProject, typed: Typed
) -> str:
    """Return the text for a settled doubt: what that means, and what is still in doubt."""
    means = {
        CallState.SENT: say("It is never sent again."),
        CallState.NOT_SENT: say("The next apply sends it: {apply}", apply=typed.about("apply")),
        CallState.ABANDONED: say("It is never sent."),
    }
    still = say("Still in doubt: {keys}", keys=_few(doubted)) if doubted else say("Nothing else is in doubt.")
    recorded = say(
        "{by} recorded {key} as {state} in {lock}.",
        by=printable(by),
        key=call.key,
        state=call_state_name(call.state),
        lock=printable(project.shown_lock),
    )
    return f"{recorded}\n{means[call.state]}\n{still}\n"


def _few(keys: Iterable[str]) -> str:
    first, more = list(keys)[:_SHOWN_KEYS], len(list(keys)) - _SHOWN_KEYS
    names = said(listed(first))
    return say("{names} and {more:,} more", names=names, more=more) if more > 0 else names
