"""A calendar as iCalendar (RFC 5545), for the calendars of people who do not open a terminal."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from pushspec.sanitize import printable
from pushspec.serialization import sha256_hex
from pushspec.text import counted
from pushspec.timestamps import in_zone

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from pushspec.plan.calendar import Calendar, Entry

_MOST_BYTES = 75
_SHORTEST = timedelta(minutes=15)


def calendar_ics(calendar: Calendar) -> str:
    """Return a calendar with one event a campaign; the same campaign keeps its event in every version."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//pushspec//calendar//EN",
        "CALSCALE:GREGORIAN",
        f"X-WR-CALNAME:{_escaped(f'{calendar.project} {calendar.environment_name} pushes')}",
    ]
    for entry in calendar.entries():
        lines += _event(entry, calendar)
    lines.append("END:VCALENDAR")
    return "".join(f"{folded}\r\n" for line in lines for folded in _folded(line))


def _event(entry: Entry, calendar: Calendar) -> Iterator[str]:
    ends_at = entry.ends_at or entry.starts_at + _SHORTEST
    identity = sha256_hex(f"{calendar.project}\n{calendar.environment_name}\n{entry.key}".encode())
    reason = in_zone(entry.reason, calendar.zone, is_named=False)
    calls = f"{'about ' if entry.is_about else ''}{counted(entry.calls, 'call')}"
    about = [entry.audience, calls, f"{entry.state.value} {reason}".strip()]
    yield "BEGIN:VEVENT"
    yield f"UID:{identity[:32]}@pushspec"
    yield f"DTSTAMP:{_instant(calendar.made_at)}"
    yield f"DTSTART:{_instant(entry.starts_at)}"
    yield f"DTEND:{_instant(max(ends_at, entry.starts_at + _SHORTEST))}"
    yield f"SUMMARY:{_escaped(f'{entry.key} {entry.title}'.strip())}"
    yield f"DESCRIPTION:{_escaped('; '.join(about))}"
    yield f"STATUS:{'CONFIRMED' if entry.state.is_pending or entry.state.value == 'sent' else 'TENTATIVE'}"
    yield "TRANSP:TRANSPARENT"
    yield "END:VEVENT"


def _instant(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _escaped(text: str) -> str:
    text = printable(text).replace("\\", "\\\\")
    return text.replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def _folded(line: str) -> Iterator[str]:
    """Cut a line into pieces of at most 75 bytes, never inside a character."""
    piece = ""
    for character in line:
        if len(f"{piece}{character}".encode()) > _MOST_BYTES:
            yield piece
            piece = " "
        piece += character
    yield piece
