"""``pushspec preview``: show campaigns as each vendor's phones display them, in each language."""

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
@options.selectors
def command(names: tuple[str, ...], folder: Path, environment: str | None, selectors: tuple[str, ...]) -> int:
    """Show campaigns as phones display them, in each language.

    Cuts titles and texts as each vendor does. NAMES are campaign names, globs or files; without NAMES,
    all campaigns. Does not read the lockfile.
    """
    from pushspec.api.planning import compile_project
    from pushspec.api.project import load_project
    from pushspec.cli.output import show, width
    from pushspec.views.preview_text import preview_text

    project = load_project(folder, environment=environment, reads_campaigns=True)
    compiled = compile_project(project, names=names, selectors=selectors)
    show(preview_text(compiled, project.environment.limits, width=width()))
    return 0
