"""A calendar as one page: a week is a row of seven days, on a phone a list of them."""

from __future__ import annotations

import re
from importlib import resources
from typing import TYPE_CHECKING

from pushspec.language import phrase, said, say
from pushspec.timestamps import in_zone
from pushspec.views.calendar_text import day_text, entry_calls, quota_text, time_text
from pushspec.views.html import Html, join, page, prose, tag, text
from pushspec.views.plan_states import state_name
from pushspec.views.recorded import audience_said, said_anew

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pushspec.plan.calendar import Calendar, Day, Entry

_MOST_SHOWN = 8
"""So many campaigns of a day are open on the page."""


def calendar_html(calendar: Calendar) -> str:
    """Return a calendar as one self-contained page; it runs no script and asks no server for anything."""
    style = resources.files("pushspec.views").joinpath("calendar.css").read_text(encoding="utf-8")
    title = say("Pushes of {environment}", environment=calendar.environment_name)
    zone = say("times in {zone}", zone=calendar.zone_name)
    quiet = say(" · quiet hours {hours}", hours=calendar.quiet_hours) if calendar.quiet_hours else ""
    head = tag(
        "header",
        tag("h1", title),
        tag("p", text(calendar.project), f" · {zone}{quiet}", class_="soft"),
    )
    if calendar.lock_note:
        head = join([head, tag("p", prose(calendar.lock_note), class_="stop")])
    weeks = [_week(week, calendar) for week in calendar.weeks()]
    return page(title, style, tag("main", join([head, *weeks])))


def _week(week: Sequence[Day], calendar: Calendar) -> Html:
    heading = tag("h2", phrase("Week of {day:%Y-%m-%d}", day=week[0].date))
    notes = [list(_notes(day, calendar)) for day in week]
    if not any(notes) and calendar.made_at.date() not in {day.date for day in week}:
        return tag("section", heading, tag("p", say("nothing"), class_="soft"))
    days = [_day(day, told, calendar) for day, told in zip(week, notes, strict=True)]
    return tag("section", heading, tag("div", *days, class_="week"))


def _day(day: Day, notes: Sequence[Html], calendar: Calendar) -> Html:
    classes = ["day"]
    if day.date == calendar.made_at.date():
        classes.append("today")
    if not notes:
        classes.append("empty")
    return tag("article", tag("h3", day_text(day.date)), *notes, class_=" ".join(classes))


def _notes(day: Day, calendar: Calendar) -> Iterator[Html]:
    if day.is_blackout:
        yield tag("p", phrase("blackout date: nothing leaves"), class_="stop")
    yield from _folded([_entry(entry, calendar) for entry in day.entries])
    meetings = (
        say("twice: {meeting}", meeting=in_zone(said(meeting), calendar.zone)) for meeting in day.meetings
    )
    yield from _folded([tag("p", text(meeting), class_="warn") for meeting in meetings])
    if day.pushes_used or day.pushes_planned:
        yield tag("p", quota_text(day, calendar.pushes_per_day), class_="soft")


def _folded(parts: Sequence[Html]) -> Iterator[Html]:
    """Yield the first parts of a day, and the rest behind a line that opens; a full day hides no others."""
    shown = parts if len(parts) <= _MOST_SHOWN + 1 else parts[:_MOST_SHOWN]
    yield from shown
    if rest := parts[len(shown) :]:
        yield tag("details", tag("summary", phrase("and {more:,} more", more=len(rest))), *rest)


def _entry(entry: Entry, calendar: Calendar) -> Html:
    state = state_name(entry.state)
    calls = entry_calls(entry).replace(" ", "\u00a0")  # a narrow day parted "1" from "call"
    if entry.reason:
        reason = in_zone(said_anew(entry.reason), calendar.zone)
        state = say("{state}: {reason}", state=state, reason=reason)
    return tag(
        "div",
        tag("b", text(entry.title or entry.key)),
        tag("span", time_text(entry), class_="time"),
        tag("span", text(entry.key if entry.title else ""), class_="soft"),
        tag("span", _audience(entry), f" · {calls}", class_="soft"),
        tag("span", prose(state), class_="state"),
        class_=f"entry {entry.state.value.replace(' ', '-')}",
    )


def _audience(entry: Entry) -> Html:
    """Return who gets it; everyone is red, as in every view."""
    is_everyone, who = re.search(r"\beveryone\b", entry.audience) is not None, audience_said(entry.audience)
    return tag("span", text(who), class_="everyone") if is_everyone else text(who)
