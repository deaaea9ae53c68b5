"""``pushspec preview``: what phones will show, as each vendor cuts it, in each language."""

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
    """Show what phones will show, in each language.

    Titles and texts are cut as each vendor cuts them. NAMES are campaign names, globs or files; none for all.
    Looks at no lockfile.
    """
    from pushspec.cli.output import show, width
    from pushspec.cli.workspace import open_workspace, read_specs
    from pushspec.errors import SpecError
    from pushspec.plan.compile import compile_campaigns
    from pushspec.plan.selection import select
    from pushspec.spec.templates import Renderer
    from pushspec.views.preview_text import preview_text

    workspace = open_workspace(folder, environment)
    with Renderer(workspace.spec.root) as renderer:
        renderer.start()
        specs, problems = read_specs(workspace)
        chosen = select(specs, names, selectors)
        compiled, found = compile_campaigns(workspace.spec, workspace.environment_name, chosen, renderer)
    wrong = [problem for problem in (*problems, *found) if problem.is_error]
    if wrong:
        raise SpecError(wrong)
    show(preview_text(compiled, workspace.environment.limits, width=width()))
    return 0
