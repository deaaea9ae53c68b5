"""A calendar as people read it in a terminal: a week after the other, a line a campaign."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size

from pushspec.language import said, say
from pushspec.plan.states import CampaignState
from pushspec.sanitize import printable
from pushspec.text import counted
from pushspec.timestamps import clock_text, in_zone, weekday_text
from pushspec.views.estimates import estimate
from pushspec.views.plan_rows import SYMBOLS, legend, tone_of
from pushspec.views.plan_states import state_name
from pushspec.views.recorded import audience_said, said_anew
from pushspec.views.tones import Tone, toned, unpainted
from pushspec.views.wrapping import spaced, wrapped

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from pushspec.plan.calendar import Calendar, Day, Entry
    from pushspec.views.tones import Paint

_DATE, _TIME = 9, 14
"""Columns of a date and of a time; a window that ends on another day is ``21:00–周六 05``."""
_INDENT = 2 + _DATE + _TIME


def calendar_text(calendar: Calendar, *, width: int, paint: Paint = unpainted) -> str:
    """Return a calendar as text.

    Args:
        calendar: What to show.
        width: Columns of the terminal.
        paint: Colours a symbol by its tone.
    """
    return "\n".join([*_heading(calendar, width, paint), *_weeks(calendar, width, paint)]) + "\n"


def day_text(day: date) -> str:
    """Return a day of a week: ``Tue 08``."""
    return f"{said(weekday_text(day))} {day:%d}"


def _heading(calendar: Calendar, width: int, paint: Paint) -> Iterator[str]:
    zone = say("times in {zone}", zone=calendar.zone_name)
    yield from wrapped(f"{printable(calendar.project)} · {calendar.environment_name} · {zone}", width)
    if calendar.quiet_hours:
        yield from wrapped(say("quiet hours {hours}: nothing leaves", hours=calendar.quiet_hours), width)
    if calendar.lock_note:
        yield from wrapped(f"! {said(calendar.lock_note)}", width)
    today = [say("* today")] if any(calendar.made_at.date() == day.date for day in calendar.days) else []
    meanings = legend({entry.state for entry in calendar.entries()}) + today
    yield from (paint(line, Tone.DIM) for line in spaced(meanings, width))


def _weeks(calendar: Calendar, width: int, paint: Paint) -> Iterator[str]:
    today = calendar.made_at.date()
    for week in calendar.weeks():
        begins = week[0].date
        yield ""
        week_of = say("Week of {weekday} {day:%Y-%m-%d}", weekday=weekday_text(begins), day=begins)
        yield paint(week_of, Tone.BOLD)
        if not any(day.entries or day.is_blackout or day.date == today for day in week):
            yield f"  {say('nothing')}"
            continue
        for day in week:
            if day.entries or day.is_blackout or day.date == today:
                yield from _day_lines(day, calendar, width, paint)


def _day_lines(day: Day, calendar: Calendar, width: int, paint: Paint) -> Iterator[str]:
    mark = say(" *") if day.date == calendar.made_at.date() else ""
    head = set_cell_size(f"  {said(weekday_text(day.date))} {day.date:%d}{mark}", 2 + _DATE)
    notes = [say("blackout date: nothing leaves")] if day.is_blackout else []
    lines = [line for entry in day.entries for line in _entry_lines(entry, calendar, width, paint)]
    lines += [f"{'':{_TIME}}{line}" for note in notes for line in wrapped(note, width - _INDENT)]
    if not lines:
        lines = [say("today: nothing")]
    for line in lines:
        yield f"{head}{line}".rstrip()
        head = " " * (2 + _DATE)
    for meeting in day.meetings:
        twice = say("twice: {meeting}", meeting=printable(in_zone(said(meeting), calendar.zone)))
        yield from (toned(line, Tone.WARNING, paint) for line in _indented(twice, width))
    if day.pushes_used or day.pushes_planned:
        yield from _indented(quota_text(day, calendar.pushes_per_day), width)


def _indented(words: str, width: int) -> Iterator[str]:
    for line in wrapped(words, width - _INDENT):
        yield f"{'':{_INDENT}}{line}"


def _entry_lines(entry: Entry, calendar: Calendar, width: int, paint: Paint) -> Iterator[str]:
    symbol = SYMBOLS[entry.state]
    painted = paint(symbol, tone_of(entry.state))
    key = printable(entry.key)
    title = f"  {printable(entry.title)}" if entry.title else ""
    room = width - _INDENT - 2
    line = f"{key}{title}"
    time, shown = set_cell_size(time_text(entry), _TIME), line if cell_len(line) <= room else _cut(line, room)
    yield f"{time}{painted} {shown}"
    about = f"{printable(audience_said(entry.audience))} · {entry_calls(entry)}"
    if entry.reason:
        reason = printable(in_zone(said_anew(entry.reason), calendar.zone))
        about += f" · {say('{state}: {reason}', state=state_name(entry.state), reason=reason)}"
    for more in wrapped(about, room):
        yield f"{'':{_TIME + 2}}{toned(more, Tone.PLAIN, paint)}"


def _cut(line: str, room: int) -> str:
    return set_cell_size(line, room - 1).rstrip() + "…"


def entry_calls(entry: Entry) -> str:
    """Return how many calls a campaign is."""
    return estimate(counted(entry.calls, "call"), is_about=entry.is_about)


def time_text(entry: Entry) -> str:
    """Return when an entry goes or went, on the clocks of the calendar: ``10:00–12:00``, ``from 10:00``."""
    start = clock_text(entry.starts_at)
    is_past = entry.state is CampaignState.IN_DOUBT or entry.state.is_over
    if entry.state is CampaignState.SENT or (entry.ends_at is None and is_past):
        return start
    if entry.ends_at is None:
        return say("from {start}", start=start)
    if entry.ends_at.date() == entry.starts_at.date():
        return f"{start}–{clock_text(entry.ends_at)}"
    return f"{start}–{said(weekday_text(entry.ends_at))} {entry.ends_at:%d}"


def quota_text(day: Day, limit: int) -> str:
    """Return what a day takes from the quota: ``pushes: 1 used + 2 planned = 3 of 100``."""
    together = day.pushes_used + day.pushes_planned
    over = say(": more than the day has") if together > limit else ""
    return say(
        "pushes: {used} used + {planned} planned = {together} of {limit}{over}",
        used=day.pushes_used,
        planned=day.pushes_planned,
        together=together,
        limit=limit,
        over=over,
    )
