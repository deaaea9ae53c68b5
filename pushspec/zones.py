"""Time zones from the data that comes with the install, so that every machine agrees on a person's hour."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from importlib import resources
from zoneinfo import ZoneInfo

_SECOND = timedelta(seconds=1)
_LONG = timedelta(hours=6)
"""No clocks change twice within it."""

Offsets = tuple[tuple[datetime, timedelta], ...]
"""Distances from UTC, each after the moment since when it holds."""


def zone_data_version() -> str:
    """Return the release of the zone data, such as ``2026f`` (https://www.iana.org/time-zones)."""
    import tzdata

    return str(tzdata.IANA_VERSION)


def package_version(release: str) -> str:
    """Return the version of the package ``tzdata`` that holds a release: ``2026.6`` for ``2026f``."""
    return f"{release[:-1]}.{ord(release[-1]) - ord('a') + 1}"


@cache
def zone_names() -> frozenset[str]:
    """Return the names of all zones."""
    return frozenset(resources.files("tzdata").joinpath("zones").read_text(encoding="utf-8").split())


@cache
def zone_of(name: str) -> ZoneInfo | None:
    """Return a zone by its IANA name; None where there is none of that very name."""
    if name not in zone_names():
        return None
    with resources.files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as file:
        return ZoneInfo.from_file(file, key=name)


def zone_named(name: str) -> ZoneInfo:
    """Return a zone by its IANA name, which was checked before.

    Raises:
        KeyError: There is none of that very name.
    """
    zone = zone_of(name)
    if zone is None:
        raise KeyError(name)
    return zone


def first_instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """Return the first moment, in UTC, at which the clocks of a zone show a time or a later one.

    A time that comes twice is the first of the two. One that the clocks skip is the moment at which they do:
    where they go from 02:00 to 03:00, 02:30 is 03:00.

    Args:
        wall: A time without a zone.
        zone: Whose clocks.
    """
    moment = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == wall:
        return moment
    # Inside a gap, fold 0 counts with the offset before it and fold 1 with the one after, so that the clocks
    # change after the one moment and not after the other; Python's own answer is 03:30.
    return _change(zone, wall.replace(tzinfo=zone, fold=1).astimezone(UTC), moment)


def offsets_between(zone: ZoneInfo, begins: datetime, ends: datetime) -> Offsets:
    """Return each distance of a zone from UTC between two moments, and since when it holds in that time."""
    found = [(begins, _offset(zone, begins))]
    before = begins
    while before < ends:
        after = min(before + _LONG, ends)
        if _offset(zone, after) != found[-1][1]:
            found.append((_change(zone, before, after), _offset(zone, after)))
        before = after
    return tuple(found)


def _change(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """Return the second at which the clocks of a zone change between two moments."""
    offset = _offset(zone, after)
    while after - before > _SECOND:
        middle = (before + (after - before) // 2).replace(microsecond=0)
        before, after = (before, middle) if _offset(zone, middle) == offset else (middle, after)
    return after


def _offset(zone: ZoneInfo, moment: datetime) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta(0)
