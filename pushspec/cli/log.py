"""``pushspec log``: show the lockfile, record by record."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pushspec.cli import completing, options

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@click.argument("name", required=False, shell_complete=completing.names)
@options.project
@options.environment
@options.formats("text", "json", of="log")
def command(name: str | None, folder: Path, environment: str | None, form: str) -> None:
    """Show the lockfile's records, newest last.

    NAME is a campaign, or name@version. Without NAME, shows all records.
    """
    from pushspec.api.history import read_log
    from pushspec.api.project import load_project
    from pushspec.cli.output import line_width, show, show_toned, tell
    from pushspec.clock import utc_now
    from pushspec.views.log_text import entry_json, entry_text, heading_text, nothing_text

    project, is_empty = load_project(folder, environment=environment), True
    for entry in read_log(project, name):
        if form == "json":
            show(entry_json(entry))
        else:
            heading = heading_text(project, utc_now(), width=line_width()) if is_empty else ""
            show_toned(heading + entry_text(entry, project.zone, width=line_width()))
        is_empty = False
    if is_empty:
        tell(nothing_text(project))
