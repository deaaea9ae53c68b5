"""``pushspec new``: write a campaign file to fill in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pushspec.cli import options
from pushspec.language import phrase, say

if TYPE_CHECKING:
    from pathlib import Path

    from pushspec.serialization import Json


@click.command()
@click.argument("name")
@options.project
@click.option("--tag", "tags", multiple=True, help="To those with this tag; repeat it for any of several.")
@click.option("--account", "accounts", multiple=True, help="To this account; repeat it for several.")
@click.option(
    "--file", "file", metavar="PATH", help="To the accounts in a file, named from the project folder."
)
@click.option("--everyone", is_flag=True, help="To all users of the app.")
@click.option("--owner", default="", help="Whose campaign it is; default: your user name.")
@click.option("--title", default="TODO: title", help="Title of the notification.")
@click.option("--desc", default="TODO: text", help="Text of the notification.")
def command(
    name: str,
    folder: Path,
    tags: tuple[str, ...],
    accounts: tuple[str, ...],
    file: str | None,
    owner: str,
    title: str,
    desc: str,
    *,
    everyone: bool,
) -> None:
    """Write a campaign file to fill in.

    NAME becomes campaigns/NAME.yaml. Say who gets it with one of --tag, --account, --file and --everyone:
    nobody is never everybody. The plan blocks a campaign until its TODO texts are written.
    """
    from pushspec.api.new_campaign import write_campaign
    from pushspec.cli.output import show
    from pushspec.cli.provenance import person
    from pushspec.errors import UsageError
    from pushspec.views.commands import Typed

    given: dict[str, Json] = {
        "tags": {"any": list(tags)} if tags else None,
        "accounts": list(accounts) or None,
        "file": file,
        "everyone": everyone or None,
    }
    audience = {kind: value for kind, value in given.items() if value is not None}
    if len(audience) != 1:
        raise UsageError(
            phrase("say who gets it, in one way"),
            hint=phrase("give one of --tag, --account, --file and --everyone"),
        )
    path = write_campaign(folder, name, audience, owner=owner or person(), title=title, desc=desc)
    show(
        say(
            "  wrote  {path}\nNext: fill in its texts, then {command}\n",
            path=path,
            command=Typed(folder, names=[name]).again("plan"),
        )
    )
