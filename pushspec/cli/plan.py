"""``pushspec plan``: show what an apply would send, byte for byte, and what it costs."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pushspec.cli import options
from pushspec.language import say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pushspec import Plan
    from pushspec.api.project import LoadedProject
    from pushspec.cli.results import Report
    from pushspec.views.commands import Typed
    from pushspec.views.tones import Paint


@click.command()
@options.names
@options.project
@options.environment
@options.selectors
@options.formats("text", "json", "markdown", "html", "github", "sarif", of="plan")
@options.reports
@options.max_characters
@options.changed_since
@click.option(
    "-o",
    "--save",
    "save_as",
    envvar="PUSHSPEC_PLAN_FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Save the plan for `pushspec apply FILE`.",
)
@options.online
@click.option("--offline", is_flag=True, help="Do not read remote lockfiles, not even trusted ones.")
@click.option("--refresh", is_flag=True, help="Ask the service how its tasks differ; requires the secret.")
@click.option("--bodies", is_flag=True, help="Show the exact bodies of all campaigns.")
@click.option(
    "--all",
    "with_settled",
    is_flag=True,
    help="Also list campaigns that were sent, have expired or were abandoned.",
)
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 4 if anything would be sent.")
def command(
    names: tuple[str, ...],
    folder: Path,
    environment: str | None,
    selectors: tuple[str, ...],
    form: str,
    reports: tuple[Report, ...],
    max_characters: int,
    changed_since: str | None,
    save_as: Path | None,
    *,
    online: bool,
    offline: bool,
    refresh: bool,
    bodies: bool,
    with_settled: bool,
    detailed_exitcode: bool,
) -> int:
    """Show every call that apply would make, and what it costs.

    NAMES are campaign names, globs, files or folders; without NAMES, all campaigns. The plan shows the
    bodies of campaigns that you name, and with --bodies of all. Sends nothing, and needs neither
    a secret nor the network without --refresh. Exits with 6 if a policy blocks a campaign or one changed
    after it was sent, with 5 if a call is in doubt, and with 8 if a lockfile that it was to read is out of
    reach.
    """
    from pushspec.api.approval import saved_plan
    from pushspec.api.changes import changed_campaigns
    from pushspec.api.planning import build_plan
    from pushspec.api.project import load_project
    from pushspec.cli.output import paint, show, tell, width
    from pushspec.cli.reading_progress import told_of_fetches
    from pushspec.cli.reports import REPORTS
    from pushspec.cli.results import write_reports, write_result
    from pushspec.clock import utc_now
    from pushspec.views.commands import Typed
    from pushspec.views.next_steps import next_steps
    from pushspec.views.plan_text import plan_text
    from pushspec.views.tones import unpainted

    now = utc_now()
    project = load_project(folder, environment=environment, reads_campaigns=True)
    files = changed_campaigns(project, changed_since) if changed_since is not None else None
    with _problems_shown(form), told_of_fetches() as on_bytes:
        plan = build_plan(
            project,
            now=now,
            names=names,
            selectors=selectors,
            files=files,
            online=online and not offline,
            trusted=not offline,
            on_bytes=on_bytes,
        )
    plan = _refreshed(project, plan) if refresh else plan
    if form in {"text", "json"}:
        _tell_warnings(plan, folder)
    if files is not None:
        names = tuple(campaign.path for campaign in plan.campaigns)
    if save_as is not None:
        write_result(save_as, saved_plan(plan, made_at=now, names=names, selectors=selectors))
    typed = Typed(folder, plan.environment_name, names, selectors)
    is_named = bool(names) and len(plan.campaigns) <= len(names)

    nothing = _nothing(project, plan, typed)

    def render(form: str, paint: Paint = unpainted) -> str:
        if form != "text":
            return _render(plan, form, max_characters, nothing)
        return plan_text(
            plan,
            width=width(),
            paint=paint,
            with_bodies=bodies or is_named,
            with_settled=with_settled or is_named,
            next_steps=list(next_steps(plan, typed, saved=save_as)),
            nothing=nothing,
            folder=folder,
        )

    show(render(form, paint), is_commands=form in REPORTS)
    write_reports(reports, form, render)
    if save_as is not None and form != "text":
        again = Typed(folder, names=[str(save_as)]).again("apply")
        tell(say("Saved. Send it with: {command}", command=again))
    return _end(plan, typed, detailed_exitcode=detailed_exitcode)


@contextmanager
def _problems_shown(form: str) -> Iterator[None]:
    """Show what is wrong with the files in the form of a report, where the plan was to be one."""
    from pushspec.cli.output import show
    from pushspec.cli.reports import REPORTS, render_problems
    from pushspec.errors import SpecError

    try:
        yield
    except SpecError as error:
        if form in REPORTS:
            show(render_problems(error.problems, form), is_commands=True)
        raise


def _tell_warnings(plan: Plan, folder: Path) -> None:
    from pushspec.cli.output import paint_told, tell, told_width
    from pushspec.views.commands import Typed
    from pushspec.views.problems import few_of_each_text

    if plan.warnings:
        validate = Typed(folder, plan.environment_name).about("validate", "--all")
        few = few_of_each_text(plan.warnings, command=validate, paint=paint_told, width=told_width())
        tell(few.rstrip("\n"))


def _nothing(project: LoadedProject, plan: Plan, typed: Typed) -> str:
    """Say that campaigns are there and none in the state that was asked for; empty where that is not why."""
    from pushspec.api.planning import in_any_state
    from pushspec.views.plan_states import none_text

    if plan.campaigns or not typed.selectors:
        return ""
    states, campaigns = in_any_state(project, typed.names, typed.selectors)
    return none_text(states, campaigns) if states else ""


def _refreshed(project: LoadedProject, plan: Plan) -> Plan:
    """Return the plan with what the service says of its tasks."""
    from pushspec.api.tasks import refresh_plan
    from pushspec.cli.output import note
    from pushspec.clock import SystemClock

    plan, notes = refresh_plan(project, plan, clock=SystemClock(), environ=os.environ)
    note(notes)
    return plan


def _end(plan: Plan, typed: Typed, *, detailed_exitcode: bool) -> int:
    """Say why the exit code is not 0, and return it."""
    from pushspec.cli.output import tell
    from pushspec.exit_codes import Ending, decide
    from pushspec.views.plan_totals import ending_text

    if why := ending_text(plan, typed, is_detailed=detailed_exitcode):
        tell(why)
    return decide(
        Ending(
            is_in_doubt=plan.is_in_doubt,
            is_locked_out=plan.is_lockfile_lost,
            is_incomplete=bool(plan.refused),
            is_pending=detailed_exitcode and plan.has_work,
        )
    )


def _render(plan: Plan, form: str, max_characters: int, nothing: str) -> str:
    if form == "json":
        from pushspec.views.plan_json import plan_json

        return plan_json(plan)
    if form == "markdown":
        from pushspec.views.plan_markdown import plan_markdown

        return plan_markdown(plan, limit=max_characters, nothing=nothing)
    if form == "html":
        from pushspec.views.plan_html import plan_html

        return plan_html(plan, nothing=nothing)
    from pushspec.cli.reports import render_problems
    from pushspec.views.plan_problems import plan_problems

    return render_problems(plan_problems(plan), form)
