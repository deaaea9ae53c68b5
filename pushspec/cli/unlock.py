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
@click.option("--why", type=options.Words(), required=True, help="Why you take it; the lockfile keeps it.")
@click.option("--by", type=options.Words(), help="Who takes it; default: your user name.")
def command(folder: Path, environment: str | None, why: str, by: str | None) -> int:
    """Take the lock from a run that died.

    This is always safe: a run that is still alive can no longer send. Its calls under way become in
    doubt. Exits with 5 while a call or a task is in doubt, or while a recall is unknown that can be asked
    for again.
    """
    from pushspec.api.operating import unlock
    from pushspec.api.project import load_project
    from pushspec.api.recalling import recalls_to_settle
    from pushspec.cli.output import show, show_prose
    from pushspec.cli.provenance import person
    from pushspec.clock import utc_now
    from pushspec.exit_codes import ExitCode
    from pushspec.sanitize import printable
    from pushspec.timestamps import local_text
    from pushspec.views.commands import Typed
    from pushspec.views.recorded import purpose_said
    from pushspec.views.status import StatusStyle, doubt_lines

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
    now = utc_now()
    to_settle = recalls_to_settle(project, status, now=now)
    if not status.is_in_doubt and not to_settle:
        return 0
    style = StatusStyle(
        typed=Typed(folder, name),
        lock=project.shown_lock,
        now=now,
        zone=project.zone,
        population=project.environment.population,
        to_settle=to_settle,
    )
    show_prose("\n" + "".join(f"{line}\n" for line in doubt_lines(status, style)))
    return ExitCode.IN_DOUBT
