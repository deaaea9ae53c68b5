"""``pushspec apply``: send what the plan shows, each call once."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from pushspec.cli import options
from pushspec.cli.asking import ask, confirmed, is_seen
from pushspec.clock import utc_now
from pushspec.language import phrase, say

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pushspec import Plan
    from pushspec.api.project import LoadedProject
    from pushspec.views.commands import Typed


class _RunDuration(options.Duration):
    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        from pushspec.api.running import LONGEST_CALL_S

        text, seconds = str(value), super().convert(value, param, ctx)
        if seconds <= LONGEST_CALL_S:
            least = LONGEST_CALL_S
            why = say("{text!r} is too short: one call alone may take {least:g} s", text=text, least=least)
            self.fail(why, param, ctx)
        return seconds


@click.command()
@options.names
@options.project
@options.environment
@options.selectors
@click.option(
    "--approved", is_flag=True, help="Send without asking what has the approvals that a rule asks for."
)
@click.option("--confirm", metavar="DIGEST", help="Send without asking, if the plan still has this digest.")
@click.option(
    "--lock-timeout",
    type=options.Duration("smh"),
    default="0s",
    show_default=True,
    help="Wait this long, such as 2m, for another run to leave the lock.",
)
@click.option(
    "--max-duration", type=_RunDuration("smh"), help="Start no new calls after this long, such as 5h."
)
@click.option(
    "--max-in-doubt",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="For listed accounts: number of calls of a campaign that may be in doubt before it stops.",
)
@click.option("-v", "--verbose", is_flag=True, help="Show every call with its task id.")
def command(
    names: tuple[str, ...],
    folder: Path,
    environment: str | None,
    selectors: tuple[str, ...],
    confirm: str | None,
    lock_timeout: float,
    max_duration: float | None,
    max_in_doubt: int,
    *,
    approved: bool,
    verbose: bool,
) -> int:
    """Send what the plan shows, each call once.

    NAMES are campaign names, globs or files, or one saved plan; without NAMES, all campaigns. On a
    terminal it asks first; elsewhere it requires a saved plan, --confirm or --approved. Running it again
    sends nothing twice.
    """
    from pushspec.api.approval import given_approval, saved_plan_among
    from pushspec.api.project import load_project
    from pushspec.cli.signals import stopped_unsent
    from pushspec.views.apply_question import question_before
    from pushspec.views.commands import Typed
    from pushspec.views.left_over import left_over

    typed_names, saved = names, saved_plan_among(names, now=utc_now())
    if saved is not None:
        environment, names, selectors = environment or saved.environment, saved.names, saved.selectors
    project = load_project(folder, environment=environment, reads_campaigns=True)
    _warn_of_ci(project)
    typed = Typed(folder, project.environment_name, typed_names, () if saved is not None else selectors)
    with stopped_unsent():
        plan = _planned(project, names, selectors)
        _show_plan(plan, folder, is_named=bool(names) and len(plan.campaigns) <= len(names))
        approval = given_approval(plan, saved=saved, is_signed=approved)
        if not plan.has_work:
            return _end_unsent(project, plan, typed, names, selectors)
        if approval is None:
            approval = confirmed(
                plan,
                question_before(plan),
                command="apply",
                typed=typed,
                digits=confirm,
                instead=phrase("apply a saved plan, or"),
            )
        from pushspec.cli.live import can_draw
        from pushspec.cli.progress import LiveProgress, ProgressLines
        from pushspec.cli.run import run_approved

        progress = (
            LiveProgress(plan.due, zone=project.zone)
            if can_draw() and not verbose
            else ProgressLines(plan.due, is_verbose=verbose, zone=project.zone)
        )
    applied = frozenset(it.name for it in plan.campaigns) if names or selectors else None
    left = left_over(plan, typed)
    del plan  # with its people on disk: the run plans again, and keeps those of its own plan
    return run_approved(
        project,
        approval=approval,
        names=names,
        selectors=selectors,
        typed=typed,
        max_duration_s=max_duration,
        max_in_doubt=max_in_doubt,
        lock_timeout_s=lock_timeout,
        progress=progress,
        applied=applied,
        left=left,
    ).exit_code


def _show_plan(plan: Plan, folder: Path, *, is_named: bool) -> None:
    """Show what would be sent, with the bodies of campaigns that were named."""
    from pushspec.cli.output import paint, show, width
    from pushspec.views.plan_text import plan_text

    show(plan_text(plan, width=width(), paint=paint, with_bodies=is_named, folder=folder))


def _end_unsent(
    project: LoadedProject, plan: Plan, typed: Typed, names: Sequence[str], selectors: Sequence[str]
) -> int:
    """Say that there is nothing to send, write down what gates say all the same, and return the exit code."""
    from pushspec.api.notifying import tell_now
    from pushspec.api.rollout import record_verdicts
    from pushspec.cli.output import show_prose, warn
    from pushspec.cli.provenance import provenance
    from pushspec.exit_codes import Ending, decide
    from pushspec.views.left_over import unsent_lines

    doubt = say(" For what is in doubt: {command}", command=typed.about("status")) if plan.is_in_doubt else ""
    lines = [f"{say('Nothing to send.')}{doubt}", *unsent_lines(plan, typed)]
    show_prose("".join(f"{line}\n" for line in lines))
    if plan.verdicts:
        holder = provenance(project.root).holder
        gates = record_verdicts(project, holder=holder, now=utc_now(), names=names, selectors=selectors)
        warn(tell_now(project, os.environ, gates, now=utc_now))
    return decide(Ending(is_in_doubt=plan.is_in_doubt, is_incomplete=bool(plan.held_back)))


def _warn_of_ci(project: LoadedProject) -> None:
    """Say that a runner takes a file with it when it dies."""
    from pushspec.cli.output import tell

    if os.environ.get("CI") == "true" and project.keeps_lock_in_file and not project.environment.sandbox:
        tell(
            say(
                "warning: {lock} is a file, and a CI job that dies after a send takes its record along",
                lock=project.shown_lock,
            )
        )
        tell(say("hint: set lock: to git+branch:NAME or another store that outlives the job"))


def _planned(project: LoadedProject, names: Sequence[str], selectors: Sequence[str]) -> Plan:
    """Plan by the lockfile; on a terminal a missing one is begun if somebody says so."""
    from pushspec.api.lockfile import begin_lockfile
    from pushspec.api.planning import build_plan
    from pushspec.cli.reading_progress import told_of_fetches
    from pushspec.errors import MissingLockfileError
    from pushspec.views.apply_question import question_to_begin

    def planned() -> Plan:
        with told_of_fetches() as on_bytes:
            return build_plan(
                project, names=names, selectors=selectors, state_required=True, on_bytes=on_bytes
            )

    try:
        return planned()
    except MissingLockfileError as missing:
        if not is_seen():
            raise
        ask(question_to_begin(missing))
    begin_lockfile(project)
    return planned()
