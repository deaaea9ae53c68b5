"""``pushspec diff``: two commits compared by what would be sent."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click

from pushspec.cli import options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pushspec.cli.workspace import Workspace
    from pushspec.plan.diff import CampaignDiff
    from pushspec.plan.snapshots import Snapshot

EXIT_CHANGED = 4


@click.command()
@options.names
@options.project
@options.environment
@options.selectors
@click.option("--base", required=True, metavar="REF", help="The commit, branch or tag to compare with.")
@click.option("--head", metavar="REF", help="The other commit; default: the files as they are now.")
@options.formats("text", "markdown", "json", of="diff")
@options.out
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
    out: Path | None,
    max_characters: int,
    *,
    detailed_exitcode: bool,
) -> int:
    """Compare two commits by what would be sent.

    NAMES are campaign names, globs or files; none for all. Compares who gets it, the exact bodies and the
    window. Looks at no lockfile: what was sent already is compared too.
    """
    from pushspec.cli.output import show, write_file
    from pushspec.cli.workspace import open_workspace
    from pushspec.plan.diff import Kind, diff_all

    workspace = open_workspace(folder, environment)
    before, note = _at(workspace, base, names, selectors)
    after, broken = (
        (_snapshots(workspace, names, selectors), "")
        if head is None
        else _at(workspace, head, names, selectors)
    )
    diffs = diff_all(before, after)
    shown = f"{base} → {head or 'the files here'}"
    text = _render(diffs, form, workspace, shown, note or broken, max_characters)
    show(text)
    if out is not None:
        write_file(out, text)
    return EXIT_CHANGED if detailed_exitcode and any(diff.kind is not Kind.SAME for diff in diffs) else 0


def _render(
    diffs: Sequence[CampaignDiff], form: str, workspace: Workspace, shown: str, note: str, max_characters: int
) -> str:
    if form == "json":
        from pushspec.views.diff_json import diff_json

        return diff_json(diffs, base=shown, environment=workspace.environment_name)
    title = f"{workspace.spec.project.name} · {workspace.environment_name} · {shown}"
    title += f"\nnote: {note}" if note else ""
    if form == "markdown":
        from pushspec.views.diff_markdown import diff_markdown

        return diff_markdown(diffs, title=title, limit=max_characters)
    from pushspec.views.diff_text import diff_text

    return diff_text(diffs, title=title)


def _at(
    workspace: Workspace, ref: str, names: Sequence[str], selectors: Sequence[str]
) -> tuple[list[Snapshot], str]:
    """Return what a commit would send, and why that is not known where its files are wrong."""
    from pushspec.cli.git_tree import write_tree
    from pushspec.cli.workspace import open_workspace
    from pushspec.errors import PushspecError, UsageError

    with TemporaryDirectory(prefix="pushspec-") as folder:
        if not write_tree(workspace.spec.root, ref, Path(folder)):
            return [], f"{ref} has no project yet"
        try:
            return _snapshots(open_workspace(Path(folder), workspace.environment_name), names, selectors), ""
        except UsageError:
            return [], f"{ref} has no such project, environment or campaign"
        except PushspecError as error:
            return [], f"{ref} cannot be planned ({error}), so everything shows as new"


def _snapshots(workspace: Workspace, names: Sequence[str], selectors: Sequence[str]) -> list[Snapshot]:
    from pushspec.cli.workspace import read_specs
    from pushspec.errors import SpecError
    from pushspec.plan.compile import compile_campaigns
    from pushspec.plan.selection import select
    from pushspec.plan.snapshots import snapshot_of
    from pushspec.spec.templates import Renderer

    with Renderer(workspace.spec.root) as renderer:
        renderer.start()
        specs, problems = read_specs(workspace)
        chosen = select(specs, names, selectors) if specs else []
        compiled, found = compile_campaigns(workspace.spec, workspace.environment_name, chosen, renderer)
    problems += found
    if any(problem.is_error for problem in problems):
        raise SpecError(problems)
    return [snapshot_of(campaign.calls) for campaign in compiled]
