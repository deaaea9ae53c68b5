"""``pushspec approvals``: who approved which campaign, and whether it counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pushspec.cli import options

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@options.names
@options.project
@options.environment
@options.formats("text", "json", of="approvals")
def command(names: tuple[str, ...], folder: Path, environment: str | None, form: str) -> None:
    """Show who approved which campaign, and whether it counts.

    NAMES are campaign names, globs or files; without NAMES, all campaigns that need approval.
    """
    from pushspec.api.approve import approvals_asked
    from pushspec.api.project import load_project
    from pushspec.cli.output import show, show_fitted
    from pushspec.clock import utc_now
    from pushspec.views.approvals import approvals_json, approvals_text

    project = load_project(folder, environment=environment)
    found = approvals_asked(project, now=utc_now(), names=names)
    if form == "json":
        show(approvals_json(found, environment=project.environment_name))
    else:
        show_fitted(approvals_text(found, zone=project.zone))
