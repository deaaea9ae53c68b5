"""``pushspec show``: show what the lockfile records about a campaign."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pushspec.cli import completing, options

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@click.argument("name", shell_complete=completing.names)
@options.project
@options.environment
@options.formats("text", "json", of="show")
def command(name: str, folder: Path, environment: str | None, form: str) -> None:
    """Show what the lockfile records about a campaign.

    NAME is a campaign, for its newest version, or name@version.
    """
    from pushspec.api.lockfile import read_lockfile, read_refused_accounts
    from pushspec.api.project import load_project
    from pushspec.cli.output import show
    from pushspec.clock import utc_now
    from pushspec.errors import UsageError
    from pushspec.suggest import did_you_mean
    from pushspec.views.campaign_history import history_json, history_text

    project = load_project(folder, environment=environment)
    state = read_lockfile(project)
    found = [key for key in state.campaigns if name in {key, key.split("@")[0]}]
    if not found:
        known = sorted({key.split("@")[0] for key in state.campaigns})
        raise UsageError(f"the lockfile has no campaign {name}", hint=did_you_mean(name, known))
    key = max(found, key=lambda known: state.campaigns[known].begin.version)
    doubted = {call.key: call for call in state.in_doubt(utc_now())}
    calls = [doubted.get(call.key, call) for call in state.calls_of(key)]
    refused = [
        account for account in read_refused_accounts(project) if state.calls[account.key].campaign == key
    ]
    view = history_json if form == "json" else history_text
    show(view(state.campaigns[key], calls, refused))
