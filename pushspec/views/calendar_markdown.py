"""A calendar as Markdown: one table a week."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushspec.text import counted
from pushspec.views.calendar_text import quota_text, time_text
from pushspec.views.markdown import code
from pushspec.views.plan_rows import SYMBOLS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pushspec.plan.calendar import Calendar, Day, Entry


def calendar_markdown(calendar: Calendar) -> str:
    """Return a calendar as Markdown."""
    quiet = f" Quiet hours {calendar.quiet_hours}." if calendar.quiet_hours else ""
    lines = [
        f"## Pushes: {code(calendar.project)} · {code(calendar.environment_name)}",
        "",
        f"Times in {calendar.zone_name}.{quiet}",
    ]
    if calendar.lock_note:
        lines += ["", f"**{code(calendar.lock_note)}**"]
    for week in calendar.weeks():
        rows = [row for day in week for row in _rows(day, calendar)]
        if rows:
            lines += ["", f"### Week of {week[0].date:%Y-%m-%d}", "", "| day | time | push | who | |"]
            lines += ["| --- | --- | --- | --- | --- |", *rows]
    if not any(day.entries for day in calendar.days):
        lines += ["", "Nothing in these weeks."]
    return "\n".join(lines) + "\n"


def _rows(day: Day, calendar: Calendar) -> Iterator[str]:
    for entry in day.entries:
        yield _row(f"{day.date:%a %d}", entry)
    if day.is_blackout:
        yield f"| {day.date:%a %d} | | blackout date: nothing leaves | | |"
    for meeting in day.meetings:
        yield f"| {day.date:%a %d} | | | {code(meeting)} | twice |"
    if day.entries and (day.pushes_used or day.pushes_planned):
        yield f"| {day.date:%a %d} | | | | {quota_text(day, calendar.pushes_per_day)} |"


def _row(day: str, entry: Entry) -> str:
    title = f" {code(entry.title)}" if entry.title else ""
    state = f"{SYMBOLS[entry.state]} {entry.state.value}, {counted(entry.calls, 'call')}"
    return f"| {day} | {time_text(entry)} | **{entry.key}**{title} | {code(entry.audience)} | `{state}` |"
