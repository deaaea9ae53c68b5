"""``pushspec approve``: sign what a campaign would send."""

from __future__ import annotations

import os
import shlex
from datetime import timedelta
from pathlib import Path

import click

from pushspec.cli import completing, options
from pushspec.language import phrase, say


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
@click.option(
    "--expires",
    type=options.Duration("smhd", least_s=1),
    metavar="TIME",
    help="How long it counts, such as 24h; never longer than the project allows.",
)
@click.option("--print", "is_printed", is_flag=True, help="Print the statement, to sign it elsewhere.")
def command(
    names: tuple[str, ...],
    folder: Path,
    environment: str | None,
    key_file: Path | None,
    expires: float | None,
    *,
    is_printed: bool,
) -> None:
    """Sign what a campaign would send.

    NAMES are campaign names, globs or files. Writes a readable statement and your signature over it below
    approvals/; commit both. The approval counts for exactly these bytes and people, until it expires.
    """
    from pushspec.api.approve import approvals_asked, approve
    from pushspec.api.project import load_project
    from pushspec.cli.output import show, tell, warn
    from pushspec.clock import utc_now
    from pushspec.errors import UsageError

    project = load_project(folder, environment=environment)
    counts_for = timedelta(seconds=expires) if expires is not None else None
    asked = approvals_asked(project, now=utc_now(), names=names, expires=counts_for)
    if not asked:
        raise UsageError(
            phrase("none of these campaigns needs an approval now"),
            hint=phrase("`pushspec approvals` lists them"),
        )
    for one in asked:
        if is_printed:
            show(one.statement.decode())
            continue
        principal, path = approve(project, one, key_file=key_file, environ=os.environ)
        shown = path.relative_to(project.root)
        tell(
            say(
                "{principal} signed {key} for {environment}: {file}",
                principal=principal,
                key=one.campaign.key,
                environment=project.environment_name,
                file=shown,
            )
        )
        if principal in one.approvals.barred:
            warn(
                [
                    say(
                        "{principal} is an author of the change, so this signature does not count",
                        principal=principal,
                    )
                ]
            )
    if not is_printed:
        tell(say("It counts once it is in the commit that is applied."))
        git = f"git -C {shlex.quote(str(folder))}" if folder.parts else "git"
        tell(say("Next: {step}", step=f"{git} add approvals && {git} commit -m Approve"))
