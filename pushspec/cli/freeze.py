"""``pushspec freeze``: stop every apply, a running one too, until somebody allows them again."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from pushspec.cli import options
from pushspec.language import say

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@click.argument("reason", type=options.Words())
@options.project
@options.environment
@click.option("--off", is_flag=True, help="Allow applies again; REASON says why.")
@click.option("--by", type=options.Words(), help="Who decides; default: your user name.")
def command(reason: str, folder: Path, environment: str | None, by: str | None, *, off: bool) -> None:
    """Stop every apply, or allow them again.

    The lockfile records REASON, and every plan shows it. A running apply stops before its next call.
    """
    from pushspec.api.notifying import tell_now
    from pushspec.api.operating import freeze, thaw
    from pushspec.api.project import load_project
    from pushspec.cli.output import show, warn
    from pushspec.cli.provenance import person
    from pushspec.clock import utc_now
    from pushspec.sanitize import printable
    from pushspec.views.commands import Typed
    from pushspec.views.run_text import stopping_text

    project = load_project(folder, environment=environment)
    name, who = project.environment_name, by or person()
    if off:
        released = thaw(project, by=who, why=reason)
        show(say("{name} is released: {reason}\n", name=name, reason=printable(reason)))
        warn(tell_now(project, os.environ, [released], now=utc_now))
        return
    frozen, run = freeze(project, by=who, why=reason, now=utc_now())
    show(say("{name} is frozen: {reason}\n", name=name, reason=printable(reason)))
    if run is not None:
        show(stopping_text(run))
    show(
        say('Nothing is sent until: {command} "WHY"\n', command=Typed(folder, name).about("freeze", "--off"))
    )
    warn(tell_now(project, os.environ, [frozen], now=utc_now))
