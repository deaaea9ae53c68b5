"""``pushspec notify``: send a test to the environment's targets."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from pushspec.cli import options
from pushspec.language import phrase, said, say

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@options.project
@options.environment
@click.option("--test", "is_test", is_flag=True, required=True, help="Send a test to every target.")
def command(folder: Path, environment: str | None, *, is_test: bool) -> int:
    """Send a test notice to every target.

    Exits with 8 if a target refuses it. Reads addresses from the environment variables that the project
    file names, and never shows them.
    """
    from pushspec.api.notifying import test_targets
    from pushspec.api.project import load_project
    from pushspec.cli.output import show
    from pushspec.clock import utc_now
    from pushspec.errors import UsageError
    from pushspec.exit_codes import ExitCode
    from pushspec.sanitize import printable

    del is_test
    project = load_project(folder, environment=environment)
    if not project.environment.notify:
        hint = phrase("add notify: [{{url: {{env: NAME}}}}] to it in pushspec.yaml")
        raise UsageError(
            phrase("environment {name} has no targets", name=project.environment_name), hint=hint
        )
    results = test_targets(project, os.environ, now=utc_now())
    for name, why in results:
        show(f"  {'!' if why else '='} {name}: {printable(said(why)) or say('taken')}\n")
    return ExitCode.LOCKED if any(why for _, why in results) else ExitCode.DONE
