"""``pushspec approve``: sign what a campaign would send."""

from __future__ import annotations

import os
import shlex
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pushspec.cli import completing, options
from pushspec.language import phrase, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pushspec.api.approve import Asked

_SIGN_ELSEWHERE = "ssh-keygen -Y sign -n pushspec -f KEY < statement.json > YOUR-ADDRESS.sig"


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
    from pushspec.cli.output import tell, warn
    from pushspec.clock import utc_now
    from pushspec.errors import UsageError
    from pushspec.timestamps import local_text

    project = load_project(folder, environment=environment)
    counts_for = timedelta(seconds=expires) if expires is not None else None
    asked = approvals_asked(project, now=utc_now(), names=names, expires=counts_for)
    if not asked:
        raise UsageError(
            phrase("none of these campaigns needs an approval now"),
            hint=phrase("`pushspec approvals` lists them"),
        )
    for one in asked:
        if one.shared_until is not None:
            told = say(
                "{key} was signed already until {moment}; the same statement is signed",
                key=one.campaign.key,
                moment=local_text(one.shared_until, project.zone),
            )
            warn([told])
    if is_printed:
        _print(asked)
        return
    counts = False
    for one in asked:
        principal, path = approve(project, one, key_file=key_file, environ=os.environ)
        shown = path.relative_to(project.root)
        tell(
            say(
                "{principal} signed {key} for {environment} until {moment}: {file}",
                principal=principal,
                key=one.campaign.key,
                environment=project.environment_name,
                moment=local_text(one.expires_at, project.zone),
                file=shown,
            )
        )
        is_author = principal in one.approvals.barred
        counts = counts or not is_author
        if is_author:
            warn(
                [
                    say(
                        "{principal} is an author of the change, so this signature does not count",
                        principal=principal,
                    )
                ]
            )
    if not counts:
        return
    tell(say("It counts once it is in the commit that is applied."))
    git = f"git -C {shlex.quote(str(folder))}" if folder.parts else "git"
    tell(say("Next: {step}", step=f"{git} add approvals && {git} commit -m Approve"))


def _print(asked: Sequence[Asked]) -> None:
    """Print one statement, and say what makes an approval of it.

    Raises:
        UsageError: There are several: a signature is over one.
    """
    from pushspec.cli.output import show, tell
    from pushspec.errors import UsageError

    if len(asked) > 1:
        names = ", ".join(one.campaign.name for one in asked)
        raise UsageError(
            phrase(
                "a signature is over one statement, and these are {count}: {names}",
                count=len(asked),
                names=names,
            ),
            hint=phrase("name one campaign with --print"),
        )
    show(asked[0].statement.decode())
    tell(say("Sign exactly these bytes: {command}", command=_SIGN_ELSEWHERE))
    tell(say("Next: commit both as {folder}/statement.json and YOUR-ADDRESS.sig", folder=asked[0].folder))
