"""``pushspec report``: what became of campaigns."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from pushspec.cli import options
from pushspec.language import phrase

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pushspec.api.project import LoadedProject
    from pushspec.api.report import Report
    from pushspec.cli.results import Report as File


@click.command()
@options.names
@options.project
@options.environment
@options.formats("text", "json", "markdown", "html", of="report")
@options.reports
@options.max_characters
@click.option(
    "--since",
    type=options.Duration("mhd"),
    metavar="TIME",
    help="Only campaigns begun within this time, such as 7d, the default without NAMES; a day is 24 hours.",
)
@click.option(
    "--wait",
    type=options.Duration("smh"),
    metavar="TIME",
    default="0s",
    show_default=True,
    help="Wait up to this long, such as 30m, while numbers still move.",
)
@click.option(
    "--user", metavar="ACCOUNT", help="Show how far one campaign came for this person, and why no further."
)
@click.option("--recorded", is_flag=True, help="Ask nobody: show the numbers that the lockfile holds.")
@click.option("--no-record", is_flag=True, help="Write no new numbers into the lockfile.")
def command(
    names: tuple[str, ...],
    folder: Path,
    environment: str | None,
    form: str,
    reports: tuple[File, ...],
    max_characters: int,
    since: float | None,
    wait: float,
    user: str | None,
    *,
    recorded: bool,
    no_record: bool,
) -> int:
    """Show how many people campaigns reached, and why not the others.

    NAMES are campaign names, globs or name@version; a name alone means its newest version. What the service
    does not tell stays not known. Sends nothing; new numbers go into the lockfile, so that they outlive the
    service's memory of 30 days.
    """
    from pushspec.api.project import load_project
    from pushspec.api.report import ReportOptions, make_report
    from pushspec.cli.output import tell, width
    from pushspec.cli.signals import stopped_unsent
    from pushspec.clock import SystemClock
    from pushspec.errors import UsageError

    if since == 0:
        raise UsageError(phrase("in no time no campaign can have begun"), hint="--since 7d")
    project = load_project(folder, environment=environment)
    if user is not None:
        return _person(project, names, user, form, reports)
    wanted = ReportOptions(
        names=names,
        since=timedelta(seconds=since) if since is not None else None,
        wait_s=wait,
        asks=not recorded,
        records=not no_record,
    )
    with stopped_unsent(phrase("Without --wait, report shows what is known now.")):
        made = make_report(project, wanted, clock=SystemClock(), environ=os.environ, telling=tell)
    return _deliver(
        lambda form: _render(made, form, width(), max_characters),
        form,
        reports,
        made.warnings,
        is_learnt=made.is_learnt,
    )


def _person(
    project: LoadedProject, names: tuple[str, ...], user: str, form: str, reports: tuple[File, ...]
) -> int:
    from pushspec.api.report_person import report_person
    from pushspec.cli.output import width
    from pushspec.clock import SystemClock
    from pushspec.errors import UsageError
    from pushspec.views.report_person import person_json, person_text

    if len(names) != 1 or not {form, *(it.form or form for it in reports)} <= {"text", "json"}:
        raise UsageError(
            phrase("--user takes one campaign, and text or json"), hint="pushspec report --user ACCOUNT NAME"
        )
    story = report_person(project, names[0], user, clock=SystemClock(), environ=os.environ)
    return _deliver(
        lambda form: person_json(story) if form == "json" else person_text(story, width=width()),
        form,
        reports,
        story.warnings if form == "json" else (),
        is_learnt=story.is_learnt,
    )


def _deliver(
    render: Callable[[str], str],
    form: str,
    files: tuple[File, ...],
    warnings: tuple[str, ...],
    *,
    is_learnt: bool,
) -> int:
    from pushspec.cli.output import show, show_toned, warn
    from pushspec.cli.results import write_reports
    from pushspec.exit_codes import ExitCode

    (show_toned if form == "text" else show)(render(form))
    write_reports(files, form, render)
    warn(warnings)
    return ExitCode.DONE if is_learnt else ExitCode.LOCKED


def _render(report: Report, form: str, width: int, max_characters: int) -> str:
    if form == "json":
        from pushspec.views.report_json import report_json

        return report_json(report)
    if form == "markdown":
        from pushspec.views.report_markdown import report_markdown

        return report_markdown(report, limit=max_characters)
    if form == "html":
        from pushspec.views.report_html import report_html

        return report_html(report)
    from pushspec.views.report_text import report_text

    return report_text(report, width=width)
