"""``pushspec log``: the lockfile, record by record."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pushspec.cli import options

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@click.argument("name", required=False)
@options.project
@options.environment
@options.formats("text", "json", of="log")
def command(name: str | None, folder: Path, environment: str | None, form: str) -> None:
    """Show the lockfile as a story, newest last.

    NAME is a campaign, or name@version, to see only its records; without it all are shown.
    """
    from pushspec.cli.output import show
    from pushspec.cli.workspace import open_workspace
    from pushspec.lockfile.reading import read_records
    from pushspec.views.log_text import record_line

    workspace = open_workspace(folder, environment)
    for record in read_records(workspace.store()):
        subject = getattr(record, "campaign", None) or getattr(record, "key", None)
        if name is not None and not _is_about(subject, name):
            continue
        show((record.model_dump_json() if form == "json" else record_line(record)) + "\n")


def _is_about(subject: str | None, name: str) -> bool:
    """Whether a campaign or call key belongs to a name or ``name@version``."""
    if subject is None:
        return False
    campaign_key = subject.split("#")[0].split("/")[0]
    return name in {campaign_key, campaign_key.split("@")[0]}
