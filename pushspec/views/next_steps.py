"""What to type next, ready to paste: after a plan, after a run, and where everything waits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushspec.language import say
from pushspec.lockfile.histories import CallState
from pushspec.plan.departure import leaving_at
from pushspec.plan.rollout import UNKNOWN
from pushspec.plan.states import CampaignState
from pushspec.spec.rollout import Measure
from pushspec.timestamps import zoned_text
from pushspec.views.commands import Typed
from pushspec.views.plan_rows import next_text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from datetime import datetime, tzinfo
    from pathlib import Path

    from pushspec.lockfile.records import Gate
    from pushspec.lockfile.status import CampaignStatus, Status
    from pushspec.plan.build import Plan
    from pushspec.plan.departure import Departure

_FEW = 3
"""How many campaigns a command names."""
_REPORTED = (Measure.LOST.value, Measure.REACHED.value)
"""What a report tells of a stage."""


def next_steps(plan: Plan, typed: Typed, *, saved: Path | None = None) -> Iterator[str]:
    """Yield the commands that come after a plan, ready to paste; none where nothing is left to type.

    Args:
        plan: The plan that was shown.
        typed: What was typed to see it.
        saved: Where the plan was saved.
    """
    if plan.is_in_doubt:
        yield typed.about("status")
    yield from acting_steps(plan, typed)
    apply = typed if saved is None else Typed(typed.folder, names=[str(saved)])
    if plan.has_work:
        yield apply.again("apply")
    else:
        yield from _waiting_steps(plan, typed, apply)


def acting_steps(plan: Plan, typed: Typed) -> Iterator[str]:
    """Yield the commands by which a person lets campaigns go that are held back.

    Args:
        plan: The plan that was shown.
        typed: What was typed to see it.
    """
    if plan.in_state(CampaignState.FROZEN):
        yield f'{typed.about("freeze", "--off")} "{say("WHY")}"'
    unapproved = [it.name for it in plan.in_state(CampaignState.BLOCKED) if it.waits_for_approval]
    if unapproved:
        yield typed.about("approve", *unapproved[:_FEW])
    for campaign in plan.in_state(CampaignState.BLOCKED):
        if campaign.progress.rollout.stop_text:
            yield _continue(campaign.name, typed)


def _waiting_steps(plan: Plan, typed: Typed, apply: Typed) -> Iterator[str]:
    """Yield what comes after a plan that only waits: for numbers, or for a moment."""
    waiting = plan.in_state(CampaignState.WAITING)
    rollouts = [(it.name, it.progress.rollout) for it in waiting]
    gates = {name: it.gate.why for name, it in rollouts if it.gate is not None and it.waits_for_numbers}
    yield from _closed_steps(gates, typed)
    moments = [*(it.opens_at for it in waiting), *(it.passes_at for it in plan.campaigns)]
    if opens := [moment for moment in moments if moment is not None and moment > plan.made_at]:
        yield _from(apply.again("apply"), next_text(min(opens), plan))


def _from(command: str, moment: str) -> str:
    """Return a command with the moment from which on it helps; a shell passes over what stands behind it."""
    return say("{command}   # from {moment}", command=command, moment=moment)


def next_lines(
    status: Status,
    typed: Typed,
    now: datetime,
    zone: tzinfo | None,
    *,
    opens_at: datetime | None = None,
    gone: Collection[str] = (),
    departures: Mapping[str, Departure] | None = None,
) -> Iterator[str]:
    """Yield the commands that let stopped and waiting campaigns go on, each once, and from when on.

    Args:
        status: The campaigns that were begun.
        typed: What was typed.
        now: This moment.
        zone: In which people read times; None for this machine's.
        opens_at: When the first of the others may leave; None where nobody knows of any.
        gone: Keys of the campaigns whose files are gone.
        departures: When the calls of campaigns may leave, by key, as far as that is known.
    """
    for campaign in status.campaigns:
        if campaign.stop is not None and not campaign.is_finished:
            yield from stopped_lines([campaign.stop], typed)
    waiting = [(it.history.begin.name, it.gate) for it in _waiting(status)]
    gates = {name: it.why for name, it in waiting if it is not None and it.why.endswith(UNKNOWN)}
    yield from (say("Next: {step}", step=step) for step in _closed_steps(gates, typed))
    known = departures or {}
    opens = {
        it.key: leaving_at(max(now, moment), known.get(it.key))
        for it in _waiting(status)
        if (moment := _opens_at(it, now)) is not None
    }
    # Whether more of these may leave, only a plan can tell: it knows the files, and how many may be refused.
    unsure = [it for it in _waiting(status) if it.key in opens and (it.key in gone or _had_refusals(it))]
    if unsure:
        names = [] if any(it.key in gone for it in unsure) else [it.history.begin.name for it in unsure]
        yield say("Next: {step}", step=typed.about("plan", *names[:_FEW]))
    moments = [moment for key, moment in opens.items() if key not in {it.key for it in unsure}]
    moments += [opens_at] if opens_at is not None else []
    if moments:
        first = min(moments)
        apply = typed.again("apply")
        yield say("Next: {step}", step=_from(apply, zoned_text(first, zone)) if first > now else apply)


def stopped_lines(stops: Sequence[Gate], typed: Typed) -> Iterator[str]:
    """Yield the commands that let stopped campaigns go on."""
    for stop in stops:
        name = stop.campaign.partition("@")[0]
        yield say("Next: {step}", step=_continue(name, typed))


def _continue(name: str, typed: Typed) -> str:
    return f'{typed.about("continue", name)} --why "{say("WHY")}"'


def _closed_steps(gates: Mapping[str, str], typed: Typed) -> Iterator[str]:
    """Yield what opens gates that wait for numbers, by what each says: a report, or else a person's word."""
    told = [name for name, why in gates.items() if _may_be_told(why)]
    if told:
        yield typed.about("report", *told[:_FEW])
    yield from (_continue(name, typed) for name in gates if name not in told)


def _may_be_told(why: str) -> bool:
    """Whether a report can tell a number that a gate waits for; of who opens a push, nothing can."""
    readings = why.removesuffix(f"; {UNKNOWN}").split(", ")
    missing = [it for it in readings if it.endswith((" not known", " must be known)"))]
    return any(it.startswith(_REPORTED) for it in missing)


def _waiting(status: Status) -> list[CampaignStatus]:
    return [it for it in status.campaigns if it.stop is None and it.conflict is None and not it.is_finished]


def _had_refusals(campaign: CampaignStatus) -> bool:
    """Whether the service refused people or a call of it, which a policy may take for a reason to stop."""
    return bool(campaign.refused_accounts) or CallState.REFUSED in campaign.counts


def _opens_at(campaign: CampaignStatus, now: datetime) -> datetime | None:
    """Return when something of it may leave, in the past where it may now; None where nothing will."""
    if campaign.gate is not None:
        why = campaign.gate.why
        return None if why.endswith(UNKNOWN) and not _may_be_told(why) else campaign.gate.opens_at
    if campaign.history.begin.hours:
        coming = campaign.next_hour(now)
        return coming.opens_at if coming is not None else None
    return now if campaign.left else None
