"""``pushspec people``: bring tags and attributes of people to what files declare."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from pushspec.cli import completing, options
from pushspec.cli.asking import confirmed
from pushspec.language import say

if TYPE_CHECKING:
    from pathlib import Path

    from pushspec.api.people import PeoplePlan, Surroundings, Written


@click.group()
def command() -> None:
    """Bring tags and attributes of people to what files declare."""


@command.command()
@options.project
@options.environment
@options.formats("text", "json", of="people_plan")
def plan(folder: Path, environment: str | None, form: str) -> int:
    """Compare the people files with the service.

    Writes nothing. Exits with 6 if more would be taken from people than max_removals allows.
    """
    from pushspec.api.approval import LEAST_DIGITS
    from pushspec.api.people import plan_people
    from pushspec.api.project import load_project
    from pushspec.cli.output import show
    from pushspec.exit_codes import ExitCode
    from pushspec.views.commands import Typed
    from pushspec.views.people import plan_json, plan_text

    project = load_project(folder, environment=environment)
    made = plan_people(project, _surroundings())
    show(plan_json(made) if form == "json" else plan_text(made))
    most = project.spec.project.policy.max_removals
    if form == "text" and not made.is_empty and made.removals <= most:
        typed = Typed(folder, project.environment_name)
        step = typed.again("people apply", "--confirm", made.digest[:LEAST_DIGITS])
        show(f"\n{say('Next: {step}', step=step)}\n")
    if made.removals > most:
        _tell_blocked(made, most)
        return ExitCode.REFUSED
    return ExitCode.DONE


@command.command()
@options.project
@options.environment
@click.option("--confirm", metavar="DIGEST", help="Write without asking, if the plan still has this digest.")
@options.formats("text", "json", of="people_apply")
def apply(folder: Path, environment: str | None, confirm: str | None, form: str) -> int:
    """Write what people lack.

    Shows the plan first. On a terminal it asks; elsewhere it requires --confirm. Writes only differences;
    run it again to continue after a stop. Exits with 7 if the service did not take all of it.
    """
    from pushspec.api.people import apply_people, plan_people, require_few_removals
    from pushspec.api.project import load_project
    from pushspec.cli.output import show
    from pushspec.cli.provenance import person
    from pushspec.exit_codes import ExitCode
    from pushspec.views.commands import Typed
    from pushspec.views.people import plan_json, plan_text, question_before_writing, written_text

    project = load_project(folder, environment=environment)
    made = plan_people(project, _surroundings())
    if form == "text":
        show(plan_text(made))
    if made.is_empty:
        show(plan_json(made) if form == "json" else f"{say('Nothing to write.')}\n")
        return ExitCode.DONE
    require_few_removals(made, project.spec.project.policy.max_removals)
    question = question_before_writing(made)
    typed = Typed(folder, project.environment_name)
    confirmed(made, question, command="people apply", typed=typed, digits=confirm)
    written = apply_people(project, made, _surroundings(), by=person())
    show(plan_json(made, written=written) if form == "json" else written_text(written))
    return _ending(written)


@command.command()
@click.argument("name", shell_complete=completing.names)
@options.project
@options.environment
@options.formats("text", "json", of="people_check")
def check(name: str, folder: Path, environment: str | None, form: str) -> int:
    """Show which accounts of a campaign the service does not know.

    NAME is a campaign that lists accounts. Exits with 1 if some are not known. RegistrationIDs cannot be
    checked: the service answers for UserIDs only.
    """
    from pushspec.api.people import check_people
    from pushspec.api.project import load_project
    from pushspec.cli.output import show
    from pushspec.exit_codes import ExitCode
    from pushspec.views.people import checked_json, checked_text

    project = load_project(folder, environment=environment)
    checked = check_people(project, name, _surroundings())
    show(checked_json(checked) if form == "json" else checked_text(checked))
    return ExitCode.INVALID if checked.unknown else ExitCode.DONE


def _surroundings() -> Surroundings:
    from pushspec.api.people import Surroundings
    from pushspec.cli.output import tell
    from pushspec.clock import SystemClock

    return Surroundings(SystemClock(), os.environ, tell)


def _tell_blocked(plan: PeoplePlan, most: int) -> None:
    from pushspec.cli.output import tell

    tell(
        say(
            "Exit code 6: {removals:,} removals, and max_removals allows {most:,}",
            removals=plan.removals,
            most=most,
        )
    )


def _ending(written: Written) -> int:
    from pushspec.exit_codes import ExitCode

    if written.error is not None and not written.counts:
        return written.error.exit_code
    return ExitCode.DONE if written.is_complete else ExitCode.PARTIAL
