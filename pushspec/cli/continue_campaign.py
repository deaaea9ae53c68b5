"""``pushspec continue``: open the next gate of a campaign, also after a stop."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from pushspec.cli import completing, options
from pushspec.language import say

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@click.argument("name", shell_complete=completing.names)
@options.project
@options.environment
@click.option("--why", type=options.Words(), required=True, help="Why; the lockfile keeps it.")
@click.option("--by", type=options.Words(), help="Who decides; default: your user name.")
def command(name: str, folder: Path, environment: str | None, why: str, by: str | None) -> None:
    """Open the next gate of a campaign, also after a stop.

    Opens one gate of NAME, whatever its conditions say. Sends nothing now; the next apply sends the stage
    behind the gate.
    """
    from pushspec.api.notifying import tell_now
    from pushspec.api.project import load_project
    from pushspec.api.rollout import continue_campaign
    from pushspec.cli.output import show, warn
    from pushspec.cli.provenance import person
    from pushspec.clock import utc_now
    from pushspec.sanitize import printable
    from pushspec.views.commands import Typed

    project = load_project(folder, environment=environment)
    found = continue_campaign(project, name, by=by or person(), why=why, now=utc_now())
    if found.is_finished:
        show(say("{key} is no longer stopped: {why}\n", key=found.campaign_key, why=printable(why)))
        show(say("Nothing of it is left to send.\n"))
    else:
        what = (
            say("stage {opens} may leave", opens=found.opens)
            if found.opens
            else say("it is no longer stopped")
        )
        show(say("{key} goes on, {what}: {why}\n", key=found.campaign_key, what=what, why=printable(why)))
        step = Typed(folder, project.environment_name, [name]).again("apply")
        show(f"{say('Next: {step}', step=step)}\n")
    warn(tell_now(project, os.environ, [found.record], now=utc_now))
