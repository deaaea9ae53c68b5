"""``pushspec status``: what was sent in an environment, doubts first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pushspec.cli import options

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@options.project
@options.environment
@options.formats("text", "json", of="status")
def command(folder: Path, environment: str | None, form: str) -> int:
    """Show what was sent, what is in doubt, and who holds the lock.

    Exits with 5 while a call is in doubt.
    """
    from pushspec.api.lockfile import read_status
    from pushspec.api.project import load_project
    from pushspec.cli.output import show
    from pushspec.clock import utc_now
    from pushspec.exit_codes import Ending, decide
    from pushspec.views.commands import Typed
    from pushspec.views.status import status_json, status_text

    project = load_project(folder, environment=environment)
    status = read_status(project, now=utc_now())
    environment_name, lock = project.environment_name, project.lock
    if form == "json":
        show(status_json(status, environment=environment_name, lock=lock))
    else:
        population, typed = project.environment.population, Typed(folder, environment_name)
        show(status_text(status, typed=typed, lock=lock, population=population))
    return decide(Ending(is_in_doubt=status.is_in_doubt))
