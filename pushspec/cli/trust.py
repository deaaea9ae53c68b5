"""``pushspec trust``: trust the remote lockfile that a project names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pushspec.cli import options
from pushspec.language import say

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@options.project
@options.environment
@click.option("--list", "is_list", is_flag=True, help="List the folders and places that you trust.")
@click.option("--revoke", "is_revoke", is_flag=True, help="Withdraw the trust for this folder.")
def command(folder: Path, environment: str | None, *, is_list: bool, is_revoke: bool) -> None:
    """Trust the remote lockfile that this project names.

    Plans then read it. The trust applies to you, this folder and this place; a new place must be trusted
    again. It is stored in your state folder, and no file of the project can grant it.
    """
    from pushspec.api.project import load_project, shown_place
    from pushspec.api.trust import grant, read_trusted, revoke
    from pushspec.cli.output import show
    from pushspec.sanitize import printable
    from pushspec.text import counted

    if is_list:
        entries = [f"{entry.project}  {shown_place(entry.place)}" for entry in read_trusted()]
        show("".join(f"{printable(entry)}\n" for entry in entries) or f"{say('Nothing is trusted.')}\n")
        return
    project = load_project(folder, environment=environment)
    if is_revoke:
        show(
            say(
                "{places} of {root} no longer trusted.\n",
                places=counted(revoke(project), "place"),
                root=project.root,
            )
        )
        return
    entry = grant(project)
    show(
        say(
            "Plans of {project} now read {lock}.\n",
            project=printable(entry.project),
            lock=printable(project.shown_lock),
        )
    )
