"""The reference's eyes for each person's hour: zones of a column, and moments on people's own clocks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, available_timezones

from oracle.moments import closed_at, held_at, is_held_soon

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from oracle.wishes import Text, Wish

_zones = cache(available_timezones)


@dataclass(frozen=True)
class Hour:
    """When some people may get a text, in UTC."""

    opens: datetime
    closes: datetime


def zone_of(schedule: Mapping[str, Any], columns: Mapping[str, str]) -> str:
    """Return a person's zone: of their row, else the campaign's default; empty where nobody knows it."""
    return columns.get(schedule.get("timezone_column", ""), "") or schedule.get("default", "")


def faults_of_zones(spec: Mapping[str, Any], zones: Iterable[str]) -> Iterator[str]:
    """Yield why people cannot get a campaign at an hour of their own."""
    for zone in set(zones):
        if zone not in _zones():
            yield f"nobody knows the zone {zone!r}"
    if "rollout" in spec:
        yield "a stage would miss the hours"


def by_hour(schedule: Mapping[str, Any], zones: Mapping[str, str]) -> Iterator[tuple[Hour, list[str]]]:
    """Yield the people whose hour begins and ends at the same moments."""
    found: dict[Hour, list[str]] = {}
    for account, zone in zones.items():
        if zone in _zones():
            found.setdefault(_hour_in(schedule, zone), []).append(account)
    yield from found.items()


def _hour_in(schedule: Mapping[str, Any], zone: str) -> Hour:
    opens, until = schedule["local"], schedule.get("local_until")
    begin = datetime.fromisoformat(opens).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    if until is None:
        return Hour(begin, begin + timedelta(hours=1))
    return Hour(begin, datetime.fromisoformat(until).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC))


def text_closed_at(
    policy: Mapping[str, Any], wish: Wish, text: Text, people: Iterable[str], moment: datetime
) -> str:
    """Return why a text may not go to some people at a moment; empty where it may."""
    if text.hour is None:
        return closed_at(policy, wish, moment)
    if moment < text.hour.opens:
        return "before their hour"
    if moment > text.hour.closes:
        return "after their hour"
    zones = {text.zones[person] for person in people}
    return next(filter(None, (held_at(policy, wish, moment, zone) for zone in zones)), "")


def hours_held(policy: Mapping[str, Any], wish: Wish) -> str:
    """Return why somebody's hour would begin at night or on a black day; empty where none does."""
    found = (
        held_at(policy, wish, text.hour.opens, zone)
        for text in wish.texts
        if text.hour is not None
        for zone in set(text.zones.values())
    )
    return next(filter(None, found), "")


def are_hours_held_soon(policy: Mapping[str, Any], wish: Wish, now: datetime) -> bool:
    """Whether somebody's night begins near the beginning of their hour, or near now."""
    return any(
        is_held_soon(policy, wish, moment, zone)
        for text in wish.texts
        if text.hour is not None
        for zone in set(text.zones.values())
        for moment in (text.hour.opens, now)
    )


def are_over(wish: Wish, texts: Iterable[Text], now: datetime) -> bool:
    """Whether the campaign's window has closed, or the hour of each of these texts has passed."""
    if wish.closes is not None and now >= wish.closes:
        return True
    return all(text.hour is not None and now > text.hour.closes for text in texts)
