"""A calendar as Markdown: one table a week."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushspec.language import said, say
from pushspec.timestamps import in_zone
from pushspec.views.calendar_text import day_text, entry_calls, quota_text, time_text
from pushspec.views.markdown import code
from pushspec.views.plan_rows import SYMBOLS
from pushspec.views.plan_states import state_name
from pushspec.views.recorded import audience_said

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pushspec.plan.calendar import Calendar, Day, Entry


def calendar_markdown(calendar: Calendar) -> str:
    """Return a calendar as Markdown."""
    quiet = say(" Quiet hours {hours}.", hours=calendar.quiet_hours) if calendar.quiet_hours else ""
    lines = [
        f"## {say('Pushes: {project}', project=code(calendar.project))} · {code(calendar.environment_name)}",
        "",
        say("Times in {zone}.", zone=calendar.zone_name) + quiet,
    ]
    if calendar.lock_note:
        lines += ["", f"**{code(calendar.lock_note)}**"]
    for week in calendar.weeks():
        rows = [row for day in week for row in _rows(day, calendar)]
        if rows:
            lines += ["", f"### {say('Week of {day:%Y-%m-%d}', day=week[0].date)}", ""]
            lines += [say("| day | time | push | who | |")]
            lines += ["| --- | --- | --- | --- | --- |", *rows]
    if not any(day.entries for day in calendar.days):
        lines += ["", say("Nothing in these weeks.")]
    return "\n".join(lines) + "\n"


def _rows(day: Day, calendar: Calendar) -> Iterator[str]:
    for entry in day.entries:
        yield _row(day_text(day.date), entry)
    if day.is_blackout:
        yield f"| {day_text(day.date)} | | {say('blackout date: nothing leaves')} | | |"
    for meeting in day.meetings:
        yield f"| {day_text(day.date)} | | | {code(in_zone(said(meeting), calendar.zone))} | {say('twice')} |"
    if day.entries and (day.pushes_used or day.pushes_planned):
        yield f"| {day_text(day.date)} | | | | {quota_text(day, calendar.pushes_per_day)} |"


def _row(day: str, entry: Entry) -> str:
    title = f" {code(entry.title)}" if entry.title else ""
    words = say("{state}, {calls}", state=state_name(entry.state), calls=entry_calls(entry))
    state = f"{SYMBOLS[entry.state]} {words}"
    who = code(audience_said(entry.audience))
    return f"| {day} | {time_text(entry)} | **{entry.key}**{title} | {who} | `{state}` |"
