"""Format instants for people, such as ``2026-11-02 10:00 +08:00``; machines read RFC 3339."""

from __future__ import annotations

import re
import time as system_time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from pushspec.language import Phrase, phrase

if TYPE_CHECKING:
    from datetime import date, time, tzinfo

_INSTANT = re.compile(r"\b(\d{4}-\d\d-\d\d \d\d:\d\d(?::\d\d)?) (UTC|[+-]\d\d:\d\d)(?![\w:])")
"""What ``instant_text`` writes."""


def instant_text(instant: datetime, *, seconds: bool = False) -> str:
    """Return an instant in the zone that it carries, such as the one that an author wrote.

    Args:
        instant: Aware.
        seconds: Show them.

    Returns:
        Date, time and offset; ``UTC`` instead of an offset of zero.
    """
    offset = instant.strftime("%z")
    zone = f"{offset[:3]}:{offset[3:5]}" if instant.utcoffset() != timedelta(0) else "UTC"
    return f"{instant:%Y-%m-%d %H:%M}{f':{instant:%S}' if seconds else ''} {zone}"


def local_text(instant: datetime, zone: tzinfo | None = None, *, seconds: bool = False) -> str:
    """Return what a machine wrote down as ``instant_text`` does, in a zone or in this machine's."""
    return instant_text(instant.astimezone(zone), seconds=seconds)


_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400


def span_text(seconds: float) -> Phrase:
    """Return a time in the two units that fit: ``3 s``, ``2 min``, ``1 h 40 min``, ``9 d 14 h``."""
    if seconds < _MINUTE:
        return phrase("{seconds:.0f} s", seconds=seconds)
    minutes = round(seconds / _MINUTE)
    if minutes * _MINUTE < _HOUR:
        return phrase("{minutes} min", minutes=minutes)
    if minutes * _MINUTE < _DAY:
        return phrase("{hours} h {minutes} min", hours=minutes // 60, minutes=minutes % 60)
    hours = round(seconds / _HOUR)
    return phrase("{days} d {hours} h", days=hours // 24, hours=hours % 24)


def zoned_text(instant: datetime, zone: tzinfo | None, *, seconds: bool = False) -> str:
    """Return date and time in a zone, or in this machine's; a view names the zone once, above."""
    return f"{instant.astimezone(zone):%Y-%m-%d %H:%M{':%S' if seconds else ''}}"


def in_zone(text: str, zone: tzinfo | None, *, is_named: bool = True) -> str:
    """Return a text with its instants in a zone.

    Args:
        text: Words in which ``instant_text`` may have written instants.
        zone: The zone of the view; None for this machine's.
        is_named: The view names the zone, so that no instant has to.
    """

    def moved(found: re.Match[str]) -> str:
        try:
            instant = datetime.fromisoformat(found[1] + ("+00:00" if found[2] == "UTC" else found[2]))
        except ValueError:  # somebody's own words, such as the 31st of February
            return found[0]
        seconds = found[1].count(":") > 1
        return (zoned_text if is_named else local_text)(instant, zone, seconds=seconds)

    return _INSTANT.sub(moved, text)


def zone_text(zone: tzinfo | None, now: datetime) -> str:
    """Return the name of a view's zone: ``Asia/Shanghai``, or this machine's as ``+08:00``, ``CET/CEST``."""
    if zone is not None:
        return str(zone)
    if system_time.daylight:  # each day of a view has the offset of its own season
        return "/".join(system_time.tzname)
    offset = now.astimezone().strftime("%z")
    return "UTC" if offset == "+0000" else f"{offset[:3]}:{offset[3:5]}"


def how_far_text(done: int, total: int, noun: str, elapsed_s: float) -> Phrase:
    """Return how far a long work is: ``3,300 of 10,000 people, 550 a second, 12 s left``.

    Args:
        done: How much of it is done.
        total: How much there is; 0 where nobody knows.
        noun: What is counted, in the plural.
        elapsed_s: Since when, in seconds.
    """
    if total:
        text = phrase("{done:,} of {total:,} {noun}", done=done, total=total, noun=noun)
    else:
        text = phrase("{done:,} {noun}", done=done, noun=noun)
    if not done or elapsed_s <= 0:
        return text
    rate = done / elapsed_s
    text = phrase("{text}, {rate:,.0f} a second", text=text, rate=rate)
    if done >= total:
        return text
    return phrase("{text}, {span} left", text=text, span=span_text((total - done) / rate))


_WEEKDAYS = (
    phrase("Mon"),
    phrase("Tue"),
    phrase("Wed"),
    phrase("Thu"),
    phrase("Fri"),
    phrase("Sat"),
    phrase("Sun"),
)


def weekday_text(day: date) -> Phrase:
    """Return the weekday of a day: ``Tue``."""
    return _WEEKDAYS[day.weekday()]


def clock_text(moment: time | datetime) -> str:
    """Return a time of day as ``10:00``, on the clock that the moment carries."""
    return f"{moment:%H:%M}"


def rfc3339_text(instant: datetime) -> str:
    """Return an instant in UTC as ``2026-12-01T10:00:00Z``, for files that people sign."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
