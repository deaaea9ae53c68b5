"""``pushspec calendar``: week by week, what went and what goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pushspec.cli import options

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from pushspec.api.calendar import Calendar
    from pushspec.cli.results import Report
    from pushspec.views.tones import Paint


class _Day(click.DateTime):
    """A day, as people write it."""

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Return its midnight, or refuse it by an example; click names the codes of its format."""
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter:
            self.fail(f"{value!r} is not a day such as 2026-12-01", param, ctx)


@click.command()
@options.project
@options.environment
@options.formats("text", "markdown", "html", "ics", of="calendar")
@options.reports
@options.online
@click.option(
    "--from",
    "first",
    type=_Day(["%Y-%m-%d"]),
    metavar="DATE",
    help="Begin with the week of this day; default: last week.",
)
@click.option("--weeks", type=click.IntRange(1, 53), default=5, show_default=True, help="How many weeks.")
def command(
    folder: Path,
    environment: str | None,
    form: str,
    reports: tuple[Report, ...],
    first: datetime | None,
    weeks: int,
    *,
    online: bool,
) -> int:
    """Show sent and planned campaigns, week by week.

    Each day lists its pushes with their windows, what they take from the day's quota, and who gets more
    than one. Needs no secret and sends nothing. Exits with 8 if a lockfile that it was to read is out
    of reach.
    """
    from pushspec.api.calendar import calendar_of
    from pushspec.api.project import load_project
    from pushspec.cli.output import paint, show, width
    from pushspec.cli.results import write_reports
    from pushspec.clock import utc_now
    from pushspec.exit_codes import ExitCode
    from pushspec.views.tones import unpainted

    project = load_project(folder, environment=environment)
    day = first.date() if first is not None else None
    calendar = calendar_of(project, now=utc_now(), first=day, weeks=weeks, online=online)
    show(_render(calendar, form, width(), paint))
    write_reports(reports, form, lambda form: _render(calendar, form, width(), unpainted))
    return ExitCode.LOCKED if calendar.is_lockfile_lost else ExitCode.DONE


def _render(calendar: Calendar, form: str, width: int, paint: Paint) -> str:
    if form == "markdown":
        from pushspec.views.calendar_markdown import calendar_markdown

        return calendar_markdown(calendar)
    if form == "html":
        from pushspec.views.calendar_html import calendar_html

        return calendar_html(calendar)
    if form == "ics":
        from pushspec.views.calendar_ics import calendar_ics

        return calendar_ics(calendar)
    from pushspec.views.calendar_text import calendar_text

    return calendar_text(calendar, width=width, paint=paint)
