"""``pushspec lock``: begin a lockfile, check it, or move it to another store."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pushspec.cli import options
from pushspec.language import say

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
    show(
        say(
            "The lockfile of {environment} begins at {lock}\n",
            environment=project.environment_name,
            lock=project.shown_lock,
        )
    )


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
    from pushspec.errors import MissingLockfileError
    from pushspec.text import counted

    project = load_project(folder, environment=environment)
    if read_lockfile(project).header is None and not project.environment.sandbox:
        raise MissingLockfileError(project.environment_name, project.shown_lock)
    kinds = Counter(record.record for record in read_lockfile_records(project))
    show(
        say("{lock} is whole: {records}\n", lock=project.shown_lock, records=counted(kinds.total(), "record"))
    )
    for kind, number in sorted(kinds.items()):
        show(f"  {number:>6,}  {kind}\n")


@command.command()
@click.argument("to")
@options.project
@options.environment
@click.option("--by", type=options.Words(), help="Who moves it; default: your user name.")
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
    show(
        say(
            "{records} moved from {lock} to {address}; ",
            records=counted(number, "record"),
            lock=project.shown_lock,
            address=shown_address(to),
        )
    )
    show(say("the old place is closed.\n"))
    show(
        say(
            "Now set in pushspec.yaml, environment {environment}:  lock: {address}\n",
            environment=project.environment_name,
            address=shown_address(to),
        )
    )
