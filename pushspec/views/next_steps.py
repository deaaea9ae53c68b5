"""What to type next, ready to paste: after a plan, after a run, and where everything waits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushspec.language import say
from pushspec.plan.rollout import UNKNOWN
from pushspec.plan.states import CampaignState
from pushspec.timestamps import zoned_text
from pushspec.views.commands import Typed
from pushspec.views.plan_rows import next_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime, tzinfo
    from pathlib import Path

    from pushspec.lockfile.records import Gate
    from pushspec.lockfile.status import CampaignStatus, Status
    from pushspec.plan.build import Plan

_FEW = 3
"""How many campaigns a command names."""


def next_steps(plan: Plan, typed: Typed, *, saved: Path | None = None) -> Iterator[str]:
    """Yield the commands that come after a plan, ready to paste; none where nothing is left to type.

    Args:
        plan: The plan that was shown.
        typed: What was typed to see it.
        saved: Where the plan was saved.
    """
    if plan.is_in_doubt:
        yield typed.about("status")
    if plan.in_state(CampaignState.FROZEN):
        yield f'{typed.about("freeze", "--off")} "{say("WHY")}"'
    unapproved = [it.name for it in plan.in_state(CampaignState.BLOCKED) if it.waits_for_approval]
    if unapproved:
        yield typed.about("approve", *unapproved[:_FEW])
    for campaign in plan.in_state(CampaignState.BLOCKED):
        if campaign.progress.rollout.stop_text:
            yield f'{typed.about("continue", campaign.name)} --why "{say("WHY")}"'
    apply = typed if saved is None else Typed(typed.folder, names=[str(saved)])
    if plan.has_work:
        yield apply.again("apply")
    else:
        yield from _waiting_steps(plan, typed, apply)


def _waiting_steps(plan: Plan, typed: Typed, apply: Typed) -> Iterator[str]:
    """Yield what comes after a plan that only waits: for numbers, or for a moment."""
    waiting = plan.in_state(CampaignState.WAITING)
    unknown = [it.name for it in waiting if it.progress.rollout.waits_for_numbers]
    if unknown:
        yield typed.about("report", *unknown[:_FEW])
    moments = [*(it.opens_at for it in waiting), *(it.passes_at for it in plan.campaigns)]
    if opens := [moment for moment in moments if moment is not None and moment > plan.made_at]:
        yield _from(apply.again("apply"), next_text(min(opens), plan))


def _from(command: str, moment: str) -> str:
    """Return a command with the moment from which on it helps; a shell passes over what stands behind it."""
    return say("{command}   # from {moment}", command=command, moment=moment)


def next_lines(status: Status, typed: Typed, now: datetime, zone: tzinfo | None) -> Iterator[str]:
    """Yield the commands that let stopped and waiting campaigns go on, each once, and from when on."""
    for campaign in status.campaigns:
        if campaign.stop is not None and not campaign.is_finished:
            yield from stopped_lines([campaign.stop], typed)
    unknown = [it for it in _waiting(status) if it.gate is not None and it.gate.why.endswith(UNKNOWN)]
    if unknown:
        names = (it.history.begin.name for it in unknown[:_FEW])
        yield say("Next: {step}", step=typed.about("report", *names))
    moments = [it for campaign in _waiting(status) if (it := _opens_at(campaign, now)) is not None]
    if moments:
        first = min(moments)
        apply = typed.again("apply")
        yield say("Next: {step}", step=_from(apply, zoned_text(first, zone)) if first > now else apply)


def stopped_lines(stops: Sequence[Gate], typed: Typed) -> Iterator[str]:
    """Yield the commands that let stopped campaigns go on."""
    for stop in stops:
        name = stop.campaign.partition("@")[0]
        yield say("Next: {step}", step=f'{typed.about("continue", name)} --why "{say("WHY")}"')


def _waiting(status: Status) -> list[CampaignStatus]:
    return [it for it in status.campaigns if it.stop is None and it.conflict is None and not it.is_finished]


def _opens_at(campaign: CampaignStatus, now: datetime) -> datetime | None:
    """Return when something of it may leave, in the past where it may now; None where nothing will."""
    if campaign.gate is not None:
        return campaign.gate.opens_at
    if campaign.history.begin.hours:
        coming = campaign.next_hour(now)
        return coming.opens_at if coming is not None else None
    return now if campaign.left else None
