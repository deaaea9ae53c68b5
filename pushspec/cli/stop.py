"""``pushspec stop``: let no more calls of one campaign leave, a running apply's too."""

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
@click.option(
    "--why", type=options.Words(), required=True, help="Why; the lockfile keeps it, and every plan shows it."
)
@click.option("--by", type=options.Words(), help="Who decides; default: your user name.")
def command(name: str, folder: Path, environment: str | None, why: str, by: str | None) -> None:
    """Stop one campaign until somebody continues it.

    No more calls of NAME leave. A running apply stops before its next call.
    """
    from pushspec.api.notifying import tell_now
    from pushspec.api.project import load_project
    from pushspec.api.rollout import stop_campaign
    from pushspec.cli.output import show, warn
    from pushspec.cli.provenance import person
    from pushspec.clock import utc_now
    from pushspec.sanitize import printable
    from pushspec.views.commands import Typed
    from pushspec.views.run_text import stopping_text

    project = load_project(folder, environment=environment)
    stopped = stop_campaign(project, name, by=by or person(), why=why, now=utc_now())
    show(say("{key} is stopped: {why}\n", key=stopped.campaign_key, why=printable(why)))
    if stopped.run is not None:
        show(stopping_text(stopped.run))
    typed = Typed(folder, project.environment_name)
    if stopped.is_finished:
        show(say("Nothing of it was left to send.\n"))
    else:
        command = typed.about("continue", name)
        show(say('Nothing of it is sent until: {command} --why "WHY"\n', command=command))
    if stopped.has_sent:
        show(say("To take back what was sent: {command}\n", command=typed.about("recall", name)))
    warn(tell_now(project, os.environ, [stopped.record], now=utc_now))
