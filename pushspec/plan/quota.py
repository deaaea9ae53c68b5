"""Compute what a plan costs: the day's pushes, their price, and the time that pacing takes."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from pushspec.language import phrase
from pushspec.lockfile.quota import QuotaWindow
from pushspec.tencent.bodies import is_stored
from pushspec.tencent.endpoints import Pace
from pushspec.tencent.limits import limits_for
from pushspec.tencent.rates import SPARE_S, rates_of
from pushspec.timestamps import instant_text

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from pushspec.lockfile.state import LockState
    from pushspec.plan.calls import CampaignCalls
    from pushspec.spec.project import Environment
    from pushspec.tencent.limits import Limits
    from pushspec.tencent.rates import Rate

_ALMOST_A_MINUTE = timedelta(seconds=59)
_EXTRA_CALL_PRICE = phrase("10 USD (20 CNY in China)")
"""A day's price of one more push a day (https://cloud.tencent.com/document/product/269/45933, 2025-11-03)."""


@dataclass(frozen=True, slots=True)
class QuotaImpact:
    """The pushes of a day, all endpoints that send to everyone, tags or attributes together.

    Attributes:
        used: Calls of the last 24 hours, or since the stated start of the day, refused ones included.
        planned: Calls that this plan makes now.
        limit: Calls allowed.
        included: Calls that the edition includes; what goes beyond is paid by the day.
    """

    used: int
    planned: int
    limit: int
    included: int

    @property
    def left(self) -> int:
        """Calls left after this plan."""
        return max(0, self.limit - self.used - self.planned)

    @property
    def paid_calls(self) -> int:
        """Calls of the day that are not included in the edition."""
        return max(0, min(self.used + self.planned, self.limit) - self.included)

    @property
    def price(self) -> str:
        """What the day costs beyond the edition, in words."""
        if self.paid_calls == 0:
            return phrase("no extra cost")
        return phrase(
            "{calls} beyond the included {included}, {price} a day each",
            calls=self.paid_calls,
            included=self.included,
            price=_EXTRA_CALL_PRICE,
        )


def quota_impact(environment: Environment, state: LockState, planned: int, now: datetime) -> QuotaImpact:
    """Return the day's quota with ``planned`` more calls."""
    day = _day_of(environment)
    return QuotaImpact(
        used=day.used(state, now),
        planned=planned,
        limit=day.limit,
        included=limits_for(environment.edition).push_calls_per_day.value,
    )


class DayBudget:
    """The day's pushes, as the campaigns of a plan take them in the order of sending."""

    def __init__(self, environment: Environment, state: LockState, now: datetime) -> None:
        self._environment, self._state, self._now = environment, state, now
        self._taken = quota_impact(environment, state, 0, now)
        self._tasks_at: list[datetime] = []

    @property
    def used(self) -> int:
        """Calls of the day so far, those that were taken here included."""
        return self._taken.used + self._taken.planned + self._tasks_on(self._now)

    def used_at(self, moment: datetime, campaign_key: str) -> int:
        """Return the calls of the day of a task, but for those of its own campaign."""
        day = _day_of(self._environment)
        sends = self._taken.planned if day.are_one_day(moment, self._now) else 0
        return day.used(self._state, moment, but=campaign_key) + sends + self._tasks_on(moment)

    def _tasks_on(self, moment: datetime) -> int:
        day = _day_of(self._environment)
        return sum(day.are_one_day(moment, due_at) for due_at in self._tasks_at)

    def take(self, need: int, *, of: CampaignCalls) -> str:
        """Take so many calls of the day on which a campaign leaves.

        Returns:
            Why they do not fit; an empty text where they do.
        """
        if of.due_at is not None:
            return self._take_at(need, of.due_at, of.campaign_key)
        if need > self._taken.left - self._tasks_on(self._now):
            room = room_text(self._environment, self._state, need, self._taken.planned, self._now)
            used = phrase(
                "{used} of {limit} calls of the day are used", used=self.used, limit=self._taken.limit
            )
            return phrase("quota ({used}, {need} needed; {room})", used=used, need=need, room=room)
        self._taken = replace(self._taken, planned=self._taken.planned + need)
        return ""

    def _take_at(self, need: int, due_at: datetime, campaign_key: str) -> str:
        used, limit = self.used_at(due_at, campaign_key), self._taken.limit
        if need and used + need > limit:
            return phrase(
                "quota ({used} of {limit} calls of that day are used, {need} needed)",
                used=used,
                limit=limit,
                need=need,
            )
        self._tasks_at += [due_at] * need
        return ""


def room_text(environment: Environment, state: LockState, need: int, planned: int, now: datetime) -> str:
    """Say when the day has room for ``need`` more pushes, after the ``planned`` ones that leave now."""
    day = _day_of(environment)
    free_at = day.free_at(state, now, need=need, planned=planned)
    if free_at is None:
        return phrase("no day has that many")
    zone = day.day_starts.tzinfo if day.day_starts is not None else UTC
    # Rounded up, so that nobody comes back some seconds early.
    return phrase(
        "room from {instant} on", instant=instant_text((free_at + _ALMOST_A_MINUTE).astimezone(zone))
    )


def _day_of(environment: Environment) -> QuotaWindow:
    return QuotaWindow(environment.limits.push_calls_per_day.value, environment.quota_day_start)


@dataclass(frozen=True, slots=True)
class Load:
    """Calls that want to leave.

    Attributes:
        pace: Whose rates bind them.
        calls: How many.
        accounts: How many accounts they name together.
    """

    pace: Pace
    calls: int
    accounts: int


def pacing_seconds(loads: Iterable[Load], limits: Limits) -> float:
    """Return how long the service's rates make these calls take, at least.

    The first period of a rate is free at once, and each further one that is begun must be waited for.
    """
    calls: Counter[Pace] = Counter()
    accounts: Counter[Pace] = Counter()
    for load in loads:
        calls[load.pace] += load.calls
        accounts[load.pace] += load.accounts
    return sum(
        max(
            _later_periods(accounts[pace] if rate.counts_users else calls[pace], rate)
            for rate in rates_of(pace, limits)
        )
        for pace in Pace
    )


def _later_periods(units: int, rate: Rate) -> float:
    return max(0, math.ceil(units / rate.capacity) - 1) * (rate.period_s + SPARE_S)


def fan_out_seconds(campaign: CampaignCalls, environment: Environment) -> float | None:
    """Return how long the service takes to deliver a push that it stores as history, at most.

    None where nothing is stored, or where the environment does not say how many users the app has.
    """
    content = next(iter(campaign.contents.values()), {})
    if not is_stored(content, campaign.endpoint.name) or environment.population is None:
        return None
    return environment.population / environment.limits.history_users_per_second.value
