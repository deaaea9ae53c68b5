"""``pushspec log``: show the lockfile, record by record."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pushspec.cli import completing, options

if TYPE_CHECKING:
    from pathlib import Path

    from pushspec.api.project import LoadedProject


@click.command()
@click.argument("name", required=False, shell_complete=completing.names)
@options.project
@options.environment
@options.formats("text", "json", of="log")
def command(name: str | None, folder: Path, environment: str | None, form: str) -> None:
    """Show the lockfile's records, newest last.

    NAME is a campaign, or name@version. Without NAME, all records are shown.
    """
    from pushspec.api.lockfile import read_lockfile_records
    from pushspec.api.project import load_project
    from pushspec.cli.output import show, tell
    from pushspec.views.log_text import doubt_line, left_behind, record_line

    project = load_project(folder, environment=environment)
    shown, names = 0, set[str]()
    for record, left, accounts in left_behind(read_lockfile_records(project)):
        subject = getattr(record, "campaign", None) or getattr(record, "key", None)
        names |= {subject.split("@")[0]} if subject is not None else set()
        if name is None or _is_about(subject, name):
            show((record.model_dump_json() if form == "json" else record_line(record, accounts)) + "\n")
            shown += 1
        for key in left if form == "text" else ():
            if name is None or _is_about(key, name):
                show(doubt_line(record, key) + "\n")
    if not shown and not names:
        tell(f"Nothing was ever sent in {project.environment_name}: {project.lock} holds no campaign.")
    elif not shown:
        _refuse(name or "", sorted(names), project)


def _refuse(name: str, names: list[str], project: LoadedProject) -> None:
    from pushspec.errors import UsageError
    from pushspec.suggest import did_you_mean

    raise UsageError(f"{project.lock} has no record of {name}", hint=did_you_mean(name, names))


def _is_about(subject: str | None, name: str) -> bool:
    """Whether a campaign or call key belongs to a name or ``name@version``."""
    if subject is None:
        return False
    campaign_key = subject.split("#")[0].split("/")[0]
    return name in {campaign_key, campaign_key.split("@")[0]}
