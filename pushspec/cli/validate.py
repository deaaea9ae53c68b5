"""``pushspec validate``: check every file, for every environment, and send nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pushspec.cli import options

if TYPE_CHECKING:
    from pathlib import Path

    from pushspec.problems import Problem


@click.command()
@options.project
@options.environment
@options.formats("text", "json", "github", "sarif", of="validate")
def command(folder: Path, environment: str | None, form: str) -> int:
    """Check every file of the project."""
    from pushspec.cli.output import show
    from pushspec.cli.reports import REPORTS, render_problems
    from pushspec.errors import SpecError
    from pushspec.views.problems import problems_text, tally

    problems = _problems(folder, environment)
    if form in REPORTS:
        show(render_problems(problems, form), is_commands=True)
    elif form == "json":
        import json

        from pushspec.views.plan_json import FORMAT_VERSION, problem_view

        views = [problem_view(problem).model_dump() for problem in problems]
        show(
            json.dumps({"format_version": FORMAT_VERSION, "problems": views}, ensure_ascii=False, indent=2)
            + "\n"
        )
    else:
        show(problems_text(problems) + tally(problems) + "\n")
    return SpecError.exit_code if any(problem.is_error for problem in problems) else 0


def _problems(folder: Path, environment: str | None) -> list[Problem]:
    """Return the problems of every environment, each said once."""
    from pushspec.cli.workspace import open_workspace, read_specs
    from pushspec.plan.compile import compile_campaigns
    from pushspec.spec.load import find_project, read_project
    from pushspec.spec.templates import Renderer

    root = find_project(folder.resolve())
    if root is not None:
        spec, problems = read_project(root)
        if spec is None:
            return problems
        environment = environment or next(iter(spec.project.environments))
    workspace = open_workspace(folder, environment)
    with Renderer(workspace.spec.root) as renderer:
        renderer.start()
        specs, problems = read_specs(workspace)
        for name in workspace.spec.project.environments:
            _, found = compile_campaigns(workspace.spec, name, specs, renderer)
            problems += found
    return sorted(dict.fromkeys(problems), key=lambda problem: problem.sort_key)
