"""``pushspec init``: a new project that plans and applies on the sandbox at once."""

from __future__ import annotations

import json
import re
import shlex
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pushspec.language import phrase, said, say

if TYPE_CHECKING:
    from collections.abc import Iterator

_PROJECT = {
    "pushspec.yaml": "pushspec.yaml",
    "campaigns/welcome.yaml": "campaigns/welcome.yaml",
    "campaigns/vip-news.yaml": "campaigns/vip-news.yaml",
    ".github/workflows/pushspec.yml": "workflow.yml",
    ".github/workflows/pushspec-comment.yml": "comment.yml",
}
"""Files of a new project, and the templates they are copied from; a folder that has a project gets none."""
_AROUND = {
    ".gitignore": "gitignore",
    ".gitattributes": "gitattributes",
    ".vscode/settings.json": "vscode-settings.json",
}
"""What git and an editor need; a folder that has a project gets those that it lacks."""
_SCHEMAS = ("campaign", "project")
_NAME = "my-pushes"
_ARCHIVE = "${{ vars.PUSHSPEC_ARCHIVE }}"


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default=".", metavar="DIR")
def command(folder: Path) -> None:
    """Create a project that runs on the sandbox.

    Creates DIR if it is missing, and names the project after it. Keeps files that already exist: in a
    folder that has a project, it adds only what git and an editor lack, and renews the JSON Schemas.
    """
    from rich.cells import set_cell_size

    from pushspec.api.project import PROJECT_FILE
    from pushspec.cli.output import show
    from pushspec.paths import check_no_link

    is_new = not (folder / PROJECT_FILE).exists()
    texts = dict(_texts(folder, is_new=is_new))
    for below in sorted({name.rpartition("/")[0] for name in texts} - {""}):
        # A folder that came with the repository may lead anywhere on this machine.
        check_no_link(folder, below)
    for name, text in texts.items():
        done = said(_written(folder / name, text, is_ours=name.endswith(".schema.json")))
        show(f"  {set_cell_size(done, 7)}  {name}\n")
    if not is_new:
        there = folder / PROJECT_FILE
        show(f"\n{say('{file} was there: the project and its campaigns are as they were.', file=there)}\n")
    show(f"\n{_next(folder, is_new=is_new)}")


def _texts(folder: Path, *, is_new: bool) -> Iterator[tuple[str, str]]:
    from pushspec.api.schemas import schema_text
    from pushspec.cli.install_source import install_source

    templates = resources.files("pushspec.cli") / "templates" / "init"
    address = install_source().address if is_new else ""
    for name, template in ((_PROJECT | _AROUND) if is_new else _AROUND).items():
        text = (templates / template).read_text(encoding="utf-8")
        if name == "pushspec.yaml":
            text = text.replace(f"name: {_NAME}", f"name: {_project_name(folder)}")
        if address:
            text = text.replace(_ARCHIVE, f"${{{{ vars.PUSHSPEC_ARCHIVE || '{address}' }}}}")
        yield name, text
    for schema in _SCHEMAS:
        yield f".pushspec/{schema}.schema.json", schema_text(schema)


def _project_name(folder: Path) -> str:
    """Return the name of a folder as YAML, quoted where it could be anything but a text."""
    from pushspec.sanitize import printable

    name = printable(folder.resolve().name)[:80].strip() or _NAME
    is_plain = re.fullmatch("[A-Za-z][A-Za-z0-9_-]*", name) and name.lower() not in {"true", "false", "null"}
    return name if is_plain else json.dumps(name, ensure_ascii=False)


def _written(path: Path, text: str, *, is_ours: bool) -> str:
    """Write a file that is missing, or one of ours that differs; return what was done."""
    from pushspec.files import write_file

    if path.is_symlink() or (path.exists() and not is_ours):
        return phrase("kept")
    is_there = path.exists()
    if is_there and path.read_bytes() == text.encode():
        return phrase("kept")
    write_file(path, text)
    return phrase("renewed") if is_there else phrase("wrote")


def _next(folder: Path, *, is_new: bool) -> str:
    from pushspec.cli.install_source import install_source
    from pushspec.cli.output import line_width
    from pushspec.views.wrapping import wrapped

    into = "" if folder == Path() else f"cd {shlex.quote(str(folder))} && "
    if not is_new:
        return f"{say('Next: {step}', step=f'{into}pushspec plan')}\n"
    hint = install_source().hint
    before = say("Before the workflows run: {hint}", hint=hint) if hint else ""
    steps = (
        say("Next: {step}", step=f"{into}pushspec plan"),
        say("Then: {step}", step="pushspec apply"),
        say("See the phones: {phones}", phones="pushspec sandbox serve"),
    )
    return "\n".join([*steps, "", *wrapped(before, line_width()), ""]) if before else "\n".join([*steps, ""])
