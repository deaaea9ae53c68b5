"""Each person's hour: the zones of a list by their distance from UTC, each with its own opening and end."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from pushspec.plan.departure import Departure, forbidden_times
from pushspec.zones import first_instant, offsets_between, zone_named

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from zoneinfo import ZoneInfo

    from pushspec.plan.departure import ForbiddenTimes
    from pushspec.spec.campaign import Campaign
    from pushspec.spec.local_time import LocalHours
    from pushspec.spec.policy import Policy
    from pushspec.zones import Offsets

_AN_HOUR = timedelta(hours=1)
_NO_TIME = timedelta(0)


@dataclass(frozen=True, slots=True)
class LocalHour:
    """People who get a push from one moment on and until another.

    Attributes:
        name: How far their clocks are from UTC, such as ``UTC+0800``; part of the calls' keys.
        zones: The names of their zones, in order.
        opens_at: When it begins, in UTC.
        closes_at: When it ends.
        departure: When their calls may leave: then, and outside the quiet hours of each of the zones.
    """

    name: str
    zones: tuple[str, ...]
    opens_at: datetime
    closes_at: datetime
    departure: Departure


def hours_of(campaign: Campaign, policy: Policy, names: Collection[str]) -> tuple[LocalHour, ...]:
    """Return the hours of a campaign, in the order in which they open; none without ``schedule.local``.

    Args:
        campaign: The campaign.
        policy: The project's, for quiet hours and blackout dates.
        names: The zones that its lists name; an empty one stands for the default.
    """
    schedule = campaign.schedule
    if schedule is None or schedule.local is None:
        return ()
    alike: dict[tuple[tuple[datetime, datetime], Offsets], list[ZoneInfo]] = {}
    for name in sorted({name or schedule.default or "" for name in names}):
        zone = zone_named(name)
        span = span_in(schedule, zone)
        # Clocks that agree at both ends may change at different moments between them.
        alike.setdefault((span, offsets_between(zone, *span)), []).append(zone)
    hours: list[LocalHour] = []
    taken: Counter[str] = Counter()
    for (span, _), zones in sorted(alike.items(), key=lambda item: (item[0][0], item[1][0].key)):
        name = _name(schedule, *span)
        taken[name] += 1
        departure = Departure(*span, tuple(_forbidden(campaign, policy, zones)))
        named = name if taken[name] == 1 else f"{name}~{taken[name]}"
        hours.append(LocalHour(named, tuple(zone.key for zone in zones), *span, departure))
    return tuple(hours)


def whole_departure(hours: Sequence[LocalHour]) -> Departure:
    """Return when anything of a campaign may leave: from the first opening to the last end."""
    return Departure(min(hour.opens_at for hour in hours), max(hour.closes_at for hour in hours))


def span_in(schedule: LocalHours, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return when the hours of a schedule begin and end in a zone, in UTC."""
    if schedule.local is None:
        raise ValueError("the schedule has no local hours")
    opens_at = first_instant(schedule.local, zone)
    until = schedule.local_until
    return opens_at, opens_at + _AN_HOUR if until is None else first_instant(until, zone)


def _name(schedule: LocalHours, opens_at: datetime, closes_at: datetime) -> str:
    """Return how far clocks that show the written times are from UTC, at both ends where that differs."""
    ends = [_offset_text(schedule.local, opens_at)]
    if schedule.local_until is not None:
        ends.append(_offset_text(schedule.local_until, closes_at))
    return "UTC" + "~".join(dict.fromkeys(ends))


def _offset_text(wall: datetime | None, moment: datetime) -> str:
    offset = (wall.replace(tzinfo=UTC) if wall is not None else moment) - moment
    seconds = int(abs(offset).total_seconds())
    text = f"{'-' if offset < _NO_TIME else '+'}{seconds // 3_600:02}{seconds // 60 % 60:02}"
    return text + (f"{seconds % 60:02}" if seconds % 60 else "")


def _forbidden(campaign: Campaign, policy: Policy, zones: Iterable[ZoneInfo]) -> Iterator[ForbiddenTimes]:
    """Yield the times that bind a campaign, on the clocks of each of the zones."""
    for times in forbidden_times(policy):
        if policy.binds(times.policy, campaign.exceptions):
            yield from in_zones(times, zones)


def in_zones(times: ForbiddenTimes, zones: Iterable[ZoneInfo]) -> Iterator[ForbiddenTimes]:
    """Yield forbidden times as the clocks of each zone show them."""
    yield from (replace(times, zone=zone) for zone in zones)
