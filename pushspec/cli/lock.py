"""``pushspec lock``: begin a lockfile, check it, or move it to another store."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pushspec.cli import options

if TYPE_CHECKING:
    from pathlib import Path


@click.group()
def command() -> None:
    """Begin a lockfile, check it, or move it to another store."""


@command.command()
@options.project
@options.environment
def init(folder: Path, environment: str | None) -> None:
    """Begin the lockfile of an environment.

    Only for an environment from which nothing was ever sent: a missing lockfile may be a lost one, so no
    apply in a pipeline begins it. An existing one stays as it is.
    """
    from pushspec.api.lockfile import begin_lockfile
    from pushspec.api.project import load_project
    from pushspec.cli.output import show

    project = load_project(folder, environment=environment)
    begin_lockfile(project)
    show(f"The lockfile of {project.environment_name} begins at {project.shown_lock}\n")


@command.command()
@options.project
@options.environment
def check(folder: Path, environment: str | None) -> None:
    """Verify a lockfile, record by record.

    Checks each record against the one before it, so that it detects a change anywhere.
    """
    from collections import Counter

    from pushspec.api.lockfile import read_lockfile, read_lockfile_records
    from pushspec.api.project import load_project
    from pushspec.cli.output import show
    from pushspec.text import counted

    project = load_project(folder, environment=environment)
    read_lockfile(project)
    kinds = Counter(record.record for record in read_lockfile_records(project))
    show(f"{project.shown_lock} is whole: {counted(kinds.total(), 'record')}\n")
    for kind, number in sorted(kinds.items()):
        show(f"  {number:>6,}  {kind}\n")


@command.command()
@click.argument("to")
@options.project
@options.environment
@click.option("--by", help="Who moves it; default: your user name.")
def move(to: str, folder: Path, environment: str | None, by: str | None) -> None:
    """Move a lockfile to another store and close the old one.

    TO is a file, git+branch:NAME, s3://…, gs://…, az://…, cos://… or postgresql://…, as in the project
    file. The old lockfile accepts no more records; afterwards, set lock: to the new place.
    """
    from pushspec.api.operating import move_lockfile
    from pushspec.api.project import load_project
    from pushspec.cli.output import show
    from pushspec.cli.provenance import person
    from pushspec.disclosure import shown_address
    from pushspec.text import counted

    project = load_project(folder, environment=environment)
    number = move_lockfile(project, to, by=by or person())
    show(f"{counted(number, 'record')} moved from {project.shown_lock} to {shown_address(to)}; ")
    show("the old place is closed.\n")
    show(f"Now set in pushspec.yaml, environment {project.environment_name}:  lock: {shown_address(to)}\n")
