"""``pushspec doctor``: look at an environment before its first send."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pushspec.cli import options

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@options.project
@options.environment
@options.formats("text", "json", of="doctor")
def command(folder: Path, environment: str | None, form: str) -> int:
    """Check an environment before its first send.

    Looks at host, clock, signature, administrator, product, lockfile, quota, audience store, sources and
    callbacks. Sends no push. Exits with 1 if something is wrong.
    """
    import os

    from pushspec.api.doctor import examine, is_well
    from pushspec.api.project import load_project
    from pushspec.cli.output import line_width, paint, show
    from pushspec.clock import utc_now
    from pushspec.exit_codes import ExitCode
    from pushspec.views.doctor import doctor_json, doctor_text

    project = load_project(folder, environment=environment)
    findings = examine(project, now=utc_now, environ=os.environ)
    name = project.environment_name
    if form == "json":
        show(doctor_json(findings, environment=name))
    else:
        show(doctor_text(findings, environment=name, folder=folder, width=line_width(), paint=paint))
    return ExitCode.DONE if is_well(findings) else ExitCode.INVALID
