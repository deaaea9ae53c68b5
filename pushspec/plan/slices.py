"""Who is in which stage: people cut by share or by their hour, a condition cut by a tag."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pushspec.audience.arms import cut_accounts
from pushspec.audience.shares import Cut, rollout_salt
from pushspec.audience.unlisted import together
from pushspec.spec.shares import share_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from decimal import Decimal

    from pushspec.plan.local_hours import LocalHour
    from pushspec.spec.campaign import Audience, Campaign
    from pushspec.spec.rollout import Stage
    from pushspec.tencent.conditions import AudienceCondition


@dataclass(frozen=True, slots=True)
class Slice:
    """The part of a variant's people that one stage reaches.

    Attributes:
        stage: The number of the stage or the hour, from 0; 0 without any.
        name: Its name; None without any.
        accounts: Who, where the audience lists accounts.
        condition: Who, where it is a condition.
    """

    stage: int
    name: str | None
    accounts: Sequence[str]
    condition: AudienceCondition | None


def hour_slices(
    hours: Sequence[LocalHour], zones: Mapping[str, Sequence[str]], default: str
) -> Iterator[Slice]:
    """Yield people who get the same content by their hour, with the number of the hour as that of the stage.

    Args:
        hours: The campaign's hours.
        zones: The people by zone; those without one under an empty name.
        default: The zone of those.
    """
    for number, hour in enumerate(hours):
        people = together(accounts for zone, accounts in zones.items() if (zone or default) in hour.zones)
        if people:
            yield Slice(number, hour.name, people, None)


def slices(campaign: Campaign, audience: Audience, accounts: Sequence[str]) -> Iterator[Slice]:
    """Yield the stages of people who get the same content; a stage that none of them is in is left out."""
    stages = campaign.rollout
    if stages is None:
        yield Slice(0, None, accounts, audience.condition)
    elif audience.lists_accounts:
        cut = Cut(rollout_salt(campaign.split_salt), _shares(stages))
        for number, people in enumerate(cut_accounts(accounts, cut, len(stages))):
            if people:
                yield Slice(number, stages[number].stage, people, None)
    else:
        conditions = audience.tags.cut_by(stages[0].tag or "") if audience.tags is not None else ()
        for number, condition in enumerate(conditions):
            yield Slice(number, stages[number].stage, (), condition)


def _shares(stages: Sequence[Stage]) -> list[Decimal]:
    return [share_of(stage.share) for stage in stages if stage.share is not None]
