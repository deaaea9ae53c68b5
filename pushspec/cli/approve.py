"""``pushspec approve``: sign what a campaign would send."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pushspec.cli import completing, options

if TYPE_CHECKING:
    from datetime import timedelta

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def _duration(context: click.Context, parameter: click.Parameter, value: str | None) -> timedelta | None:
    from datetime import timedelta

    if value is None:
        return None
    match = re.fullmatch(r"([1-9][0-9]{0,5})([smhd])", value)
    if match is None:
        raise click.BadParameter(f"{value!r} is not a duration such as 90m, 24h or 7d", context, parameter)
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


@click.command()
@click.argument("names", nargs=-1, required=True, shell_complete=completing.names)
@options.project
@options.environment
@click.option(
    "--key",
    "key_file",
    envvar="PUSHSPEC_APPROVE_KEY",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Private key file; default: the key of the SSH agent that the signers file lists.",
)
@click.option("--expires", callback=_duration, metavar="TIME", help="How long it counts, such as 24h.")
@click.option("--print", "is_printed", is_flag=True, help="Print the statement, to sign it elsewhere.")
def command(
    names: tuple[str, ...],
    folder: Path,
    environment: str | None,
    key_file: Path | None,
    expires: timedelta | None,
    *,
    is_printed: bool,
) -> None:
    """Sign what a campaign would send.

    NAMES are campaign names, globs or files. Writes a readable statement and your signature over it below
    approvals/; commit both. The approval counts for exactly these bytes and people, until it expires.
    """
    from pushspec.api.approve import approvals_asked, approve
    from pushspec.api.project import load_project
    from pushspec.cli.output import show, tell
    from pushspec.clock import utc_now
    from pushspec.errors import UsageError

    project = load_project(folder, environment=environment)
    asked = approvals_asked(project, now=utc_now(), names=names, expires=expires)
    if not asked:
        raise UsageError(
            "none of these campaigns needs an approval now", hint="`pushspec approvals` lists them"
        )
    for one in asked:
        if is_printed:
            show(one.statement.decode())
            continue
        principal, path = approve(project, one, key_file=key_file, environ=os.environ)
        tell(f"{principal} approved {one.campaign.key} for {project.environment_name}: {path}")
    if not is_printed:
        tell("Commit it: an approval counts once it is in the commit that is applied.")
