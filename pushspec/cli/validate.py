"""``pushspec validate``: check every file, for every environment, and send nothing."""

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
@click.option("--all", "with_all", is_flag=True, help="Show all problems, not only the first 50.")
@options.formats("text", "json", "github", "sarif", of="validate")
def command(
    names: tuple[str, ...], folder: Path, environment: str | None, form: str, *, with_all: bool
) -> int:
    """Check every file of the project.

    NAMES are campaign names, globs, files or folders; without NAMES, all campaigns.
    """
    from pushspec.api.planning import check_project
    from pushspec.cli.output import line_width, paint, show
    from pushspec.cli.reports import REPORTS, render_problems
    from pushspec.exit_codes import ExitCode
    from pushspec.views.commands import Typed
    from pushspec.views.problems import problems_text, tally

    problems = check_project(folder, environment, names=names)
    if form in REPORTS:
        show(render_problems(problems, form), is_commands=True)
    elif form == "json":
        from pushspec.views.plan_json import problems_json

        show(problems_json(problems))
    else:
        again = Typed(folder, environment or "", names).again("validate", "--all")
        shown = problems_text(
            problems,
            command="" if with_all else again,
            with_all=with_all,
            paint=paint,
            width=line_width(),
        )
        show(shown + tally(problems) + "\n")
    return ExitCode.INVALID if any(problem.is_error for problem in problems) else ExitCode.DONE
