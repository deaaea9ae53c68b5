"""``pushspec status``: what was sent in an environment, doubts first."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from pushspec.cli import options

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@options.project
@options.environment
@options.formats("text", "json", of="status")
@click.option("--offline", is_flag=True, help="Show the lockfile alone, without a look for evidence.")
def command(folder: Path, environment: str | None, form: str, *, offline: bool) -> int:
    """Show what was sent, what is in doubt, and who holds the lock.

    Of calls in doubt it looks at callbacks and asks the service, and settles as sent what both prove. Tasks
    in doubt it settles by what the service shows. Exits with 5 while a call or a task is in doubt, or while a
    recall is unknown that can be asked for again.
    """
    from pushspec.api.departures import departures
    from pushspec.api.evidence import read_status_with_evidence
    from pushspec.api.lockfile import read_status
    from pushspec.api.project import load_project
    from pushspec.api.recalling import recalls_to_offer, recalls_to_settle
    from pushspec.cli.output import note, paint, show, width
    from pushspec.clock import SystemClock, utc_now
    from pushspec.exit_codes import Ending, decide
    from pushspec.views.commands import Typed
    from pushspec.views.status import StatusStyle, status_text
    from pushspec.views.status_json import status_json

    project = load_project(folder, environment=environment)
    now, findings = utc_now(), None
    if offline:
        status = read_status(project, now=now)
    else:
        status, findings = read_status_with_evidence(project, clock=SystemClock(), environ=os.environ)
        note(findings.warnings)
    to_settle = recalls_to_settle(project, status, now=now)
    if form == "json":
        name = project.environment_name
        show(status_json(status, environment=name, lock=project.shown_lock, findings=findings))
    else:
        style = StatusStyle(
            typed=Typed(folder, project.environment_name),
            lock=project.shown_lock,
            now=now,
            to_settle=to_settle,
            recallable=recalls_to_offer(project, status, now=now),
            gone=status.gone_files(project.root),
            departures=departures(project, status),
            zone=project.zone,
            population=project.environment.population,
            width=width(),
            paint=paint,
        )
        show(status_text(status, style, findings))
    return decide(Ending(is_in_doubt=status.is_in_doubt or bool(to_settle)))
