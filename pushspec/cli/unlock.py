"""``pushspec unlock``: take the lock from a run that died."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pushspec.cli import options

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@options.project
@options.environment
@click.option("--why", required=True, help="Why it is taken; it stands in the lockfile.")
@click.option("--by", help="Who takes it; default: who you are here.")
def command(folder: Path, environment: str | None, why: str, by: str | None) -> int:
    """Take the lock from a run that died.

    It is always safe: a run that lives after all can no longer send. What it had under way becomes in doubt.
    """
    from pushspec.cli.journal import open_journal
    from pushspec.cli.output import show
    from pushspec.cli.provenance import person
    from pushspec.cli.workspace import open_workspace
    from pushspec.errors import InDoubtError
    from pushspec.operate.unlock import unlock

    workspace = open_workspace(folder, environment)
    doubted = unlock(open_journal(workspace), by=by or person(), why=why)
    show(f"The lock of {workspace.environment_name} is free.\n")
    for call in doubted:
        show(f"? {call.key} is in doubt; `pushspec status` says what to do\n")
    return InDoubtError.exit_code if doubted else 0
