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
@click.option(
    "--accounts",
    "with_accounts",
    envvar="PUSHSPEC_SHOW_ACCOUNTS",
    is_flag=True,
    help="List the refused accounts, too.",
)
def command(name: str, folder: Path, environment: str | None, form: str, *, with_accounts: bool) -> None:
    """Show what the lockfile records about a campaign.

    NAME is a campaign, for its newest version, or name@version.
    """
    from pushspec.api.history import recorded_campaign, with_names
    from pushspec.api.project import load_project
    from pushspec.cli.output import line_width, paint, show
    from pushspec.clock import utc_now
    from pushspec.views.campaign_history import history_json, history_text

    project = load_project(folder, environment=environment)
    campaign = recorded_campaign(project, name, now=utc_now())
    if with_accounts:
        campaign = with_names(project, campaign)
    if form == "json":
        show(history_json(campaign))
    else:
        shown = history_text(
            campaign, zone=project.zone, with_accounts=with_accounts, width=line_width(), paint=paint
        )
        show(shown)
