"""``pushspec init``: a new project that plans and applies on the sandbox at once."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterator

_FILES = {
    "pushspec.yaml": "pushspec.yaml",
    "campaigns/welcome.yaml": "campaigns/welcome.yaml",
    "campaigns/vip-news.yaml": "campaigns/vip-news.yaml",
    ".gitignore": "gitignore",
    ".gitattributes": "gitattributes",
    ".github/workflows/pushspec.yml": "workflow.yml",
    ".github/workflows/pushspec-comment.yml": "comment.yml",
}
"""A project's files, and the templates they are copied from."""
_SCHEMAS = ("campaign", "project")


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default=".", metavar="DIR")
def command(folder: Path) -> None:
    """Create a project that runs on the sandbox.

    Creates DIR if it is missing. Keeps files that already exist.
    """
    from pushspec.api.project import PROJECT_FILE
    from pushspec.cli.output import show
    from pushspec.errors import UsageError
    from pushspec.files import write_file

    if (folder / PROJECT_FILE).exists():
        raise UsageError(f"{folder / PROJECT_FILE} already exists", hint="choose another folder")
    for name, text in _texts():
        path = folder / name
        if path.exists() or path.is_symlink():
            show(f"  kept   {name}\n")
            continue
        write_file(path, text)
        show(f"  wrote  {name}\n")
    where = "" if folder == Path() else f"cd {folder} && "
    show(f"\nNext: {where}pushspec plan, then pushspec apply\n")


def _texts() -> Iterator[tuple[str, str]]:
    from pushspec.api.schemas import schema_text

    templates = resources.files("pushspec.cli") / "templates" / "init"
    for name, template in _FILES.items():
        yield name, (templates / template).read_text(encoding="utf-8")
    for schema in _SCHEMAS:
        yield f".pushspec/{schema}.schema.json", schema_text(schema)
