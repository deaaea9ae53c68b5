"""``pushspec freeze``: stop every apply, also one under way, until somebody lets them go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pushspec.cli import options

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@click.argument("reason")
@options.project
@options.environment
@click.option("--off", is_flag=True, help="Let applies go on again; REASON says why.")
@click.option("--by", help="Who says so; default: who you are here.")
def command(reason: str, folder: Path, environment: str | None, by: str | None, *, off: bool) -> None:
    """Stop every apply, or let them go on.

    REASON stands in the lockfile and in every plan. A run under way stops before its next call.
    """
    from pushspec.api.lockfile import open_journal
    from pushspec.api.project import load_project
    from pushspec.cli.output import show
    from pushspec.cli.provenance import person
    from pushspec.clock import utc_now
    from pushspec.operate.freeze import freeze, thaw
    from pushspec.sanitize import printable

    project = load_project(folder, environment=environment)
    name, journal = project.environment_name, open_journal(project)
    change = thaw if off else freeze
    change(journal, by=by or person(), why=reason)
    show(f"{name} is {'released' if off else 'frozen'}: {printable(reason)}\n")
    if off:
        return
    run = journal.state.live_run(utc_now())
    if run is not None:
        show(f"{printable(run.holder)} is at work ({run.purpose}); it stops before its next call.\n")
    show(f'Nothing is sent until: pushspec freeze --off -e {name} "WHY"\n')
