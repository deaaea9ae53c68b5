"""``pushspec unlock``: take the lock from a run that died."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pushspec.cli import options
from pushspec.language import say

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@options.project
@options.environment
@click.option("--why", required=True, help="Why you take it; the lockfile keeps it.")
@click.option("--by", help="Who takes it; default: your user name.")
def command(folder: Path, environment: str | None, why: str, by: str | None) -> int:
    """Take the lock from a run that died.

    This is always safe: a run that is still alive can no longer send. Its calls under way become in
    doubt.
    """
    from pushspec.api.operating import unlock
    from pushspec.api.project import load_project
    from pushspec.cli.output import show, show_prose
    from pushspec.cli.provenance import person
    from pushspec.clock import utc_now
    from pushspec.exit_codes import ExitCode
    from pushspec.sanitize import printable
    from pushspec.timestamps import local_text
    from pushspec.views.commands import Typed
    from pushspec.views.doubt import trouble_lines
    from pushspec.views.recorded import purpose_said

    project = load_project(folder, environment=environment)
    name = project.environment_name
    run, status = unlock(project, by=by or person(), why=why, now=utc_now())
    until = local_text(run.lease_end, project.zone, seconds=True)
    show(
        say(
            "The lock of {name} is free.\n{holder} held it ({purpose}); ",
            name=name,
            holder=printable(run.holder),
            purpose=printable(purpose_said(run.purpose)),
        )
    )
    if run.lease_end > utc_now():
        show(
            say(
                "its lease runs until {until}.\nIf that run is still alive, it can no longer send.\n",
                until=until,
            )
        )
    else:
        show(say("its lease ended {until}.\n", until=until))
    if not status.is_in_doubt:
        return 0
    trouble = trouble_lines(
        status,
        typed=Typed(folder, name),
        population=project.environment.population,
        zone=project.zone,
    )
    show_prose("\n" + "".join(f"{line}\n" for line in trouble))
    return ExitCode.IN_DOUBT
