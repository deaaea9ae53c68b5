"""What a plan leaves for later: campaigns that somebody must let go, and those that only wait."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pushspec.language import plural, said, say
from pushspec.plan.states import CampaignState
from pushspec.sanitize import printable
from pushspec.timestamps import in_zone
from pushspec.views.next_steps import acting_steps, next_steps
from pushspec.views.plan_totals import few_reasons, refusal_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from pushspec.plan.build import Plan
    from pushspec.plan.departure import Departure
    from pushspec.plan.planned import PlannedCampaign
    from pushspec.views.commands import Typed

_FEW = 3
"""How many campaigns a line names."""


@dataclass(frozen=True, slots=True)
class LeftOver:
    """What an apply of a plan does not send.

    Attributes:
        due: Keys of the campaigns that it sends.
        lines: What stays, and why, a line each.
        steps: Commands that let go what somebody holds back.
        opens_at: When the first campaign that was not begun may leave; None where none waits for a moment.
        departures: When the calls of each campaign may leave, by key; not where each person has an own hour.
    """

    due: frozenset[str] = frozenset()
    lines: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    opens_at: datetime | None = None
    departures: Mapping[str, Departure] = field(default_factory=dict)


def left_over(plan: Plan, typed: Typed) -> LeftOver:
    """Return what an apply of a plan does not send.

    Args:
        plan: The plan.
        typed: What was typed to apply it.
    """
    waiting = [it for it in plan.campaigns if _only_waits(it)]
    moments = [it.opens_at or it.passes_at for it in waiting]
    return LeftOver(
        due=frozenset(it.key for it in plan.due),
        lines=tuple(_lines(plan, len(waiting))),
        steps=tuple(acting_steps(plan, typed)) or tuple(_looking_steps(plan, typed)),
        departures={it.key: it.sending.departure for it in plan.campaigns if not it.progress.hours},
        opens_at=min((it for it in moments if it is not None and it > plan.made_at), default=None),
    )


def unsent_lines(plan: Plan, typed: Typed) -> Iterator[str]:
    """Yield what stays, why, and what to type next, where an apply sends nothing; nothing where all is sent.

    Args:
        plan: The plan, of which nothing is due.
        typed: What was typed to apply it.
    """
    left = left_over(plan, typed)
    yield from left.lines
    in_doubt = typed.about("status")  # said beside the doubt
    steps = [step for step in next_steps(plan, typed) if step != in_doubt]
    for step in dict.fromkeys((*left.steps, *steps)):
        yield say("Next: {step}", step=step)


def _only_waits(campaign: PlannedCampaign) -> bool:
    """Whether it waits for a moment, and nothing of it was begun: the lockfile does not know of it."""
    if campaign.progress.begun_digest:
        return False
    return campaign.state is CampaignState.WAITING or campaign.passes_by_itself


def _lines(plan: Plan, waiting: int) -> Iterator[str]:
    held = set(plan.held_back)
    reasons = [f"{printable(it.key)} {refusal_text(it)}" for it in plan.campaigns if it.key in held]
    if reasons:
        yield say("Not sent: {reasons}", reasons=in_zone(few_reasons(reasons), plan.zone, is_named=False))
    if waiting:
        yield said(
            plural(
                "{number:,} campaign waits for its window",
                "{number:,} campaigns wait for their windows",
                waiting,
            )
        )


def _looking_steps(plan: Plan, typed: Typed) -> Iterator[str]:
    """Yield the command that tells more of what a policy blocks or a person changed."""
    held = set(plan.held_back)
    names = [it.name for it in plan.campaigns if it.key in held]
    if names:
        yield typed.about("plan", *names[:_FEW])
