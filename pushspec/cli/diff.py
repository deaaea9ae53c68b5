"""``pushspec diff``: compare what two commits would send."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pushspec.cli import options
from pushspec.language import said, say

if TYPE_CHECKING:
    from pathlib import Path

    from pushspec.api.comparison import Comparison
    from pushspec.api.project import LoadedProject
    from pushspec.cli.results import Report


@click.command()
@options.names
@options.project
@options.environment
@options.selectors
@click.option("--base", required=True, metavar="REF", help="The commit, branch or tag to compare with.")
@click.option("--head", metavar="REF", help="The other commit; default: the files as they are now.")
@options.formats("text", "markdown", "json", of="diff")
@options.reports
@options.max_characters
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 4 if what would be sent differs.")
def command(
    names: tuple[str, ...],
    folder: Path,
    environment: str | None,
    selectors: tuple[str, ...],
    base: str,
    head: str | None,
    form: str,
    reports: tuple[Report, ...],
    max_characters: int,
    *,
    detailed_exitcode: bool,
) -> int:
    """Compare what two commits would send.

    NAMES are campaign names, globs or files; without NAMES, all campaigns. Compares audiences, exact
    bodies and windows. Does not read the lockfile, so campaigns that were already sent are compared too.
    """
    from pushspec.api.comparison import compare_commits
    from pushspec.api.project import load_project
    from pushspec.cli.output import show, tell
    from pushspec.cli.results import write_reports
    from pushspec.exit_codes import Ending, decide
    from pushspec.language import say

    project = load_project(folder, environment=environment, reads_campaigns=True)
    compared = compare_commits(project, base, head, names=names, selectors=selectors)

    def render(form: str) -> str:
        shown = f"{base} → {head or say('the files here')}"
        return _render(compared, form, project, shown, max_characters)

    show(render(form))
    write_reports(reports, form, render)
    is_pending = detailed_exitcode and compared.differs
    if is_pending:
        tell(say("Exit code 4: what would be sent differs"))
    return decide(Ending(is_pending=is_pending))


def _render(
    compared: Comparison,
    form: str,
    project: LoadedProject,
    shown: str,
    max_characters: int,
) -> str:
    if form == "json":
        from pushspec.views.diff_json import diff_json

        return diff_json(compared.campaigns, base=shown, environment=project.environment_name)
    title = f"{project.name} · {project.environment_name} · {shown}"
    title += f"\n{say('note: {note}', note=said(compared.note))}" if compared.note else ""
    if form == "markdown":
        from pushspec.views.diff_markdown import diff_markdown

        return diff_markdown(compared.campaigns, title=title, limit=max_characters)
    from pushspec.views.diff_text import diff_text

    return diff_text(compared.campaigns, title=title)
