"""``pushspec sandbox``: run and inspect the local sandbox."""

from __future__ import annotations

from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any, TextIO

import click

from pushspec.cli import options
from pushspec.cli.output import show, show_fitted
from pushspec.cli.sandbox_serve import database_option, readable, serve
from pushspec.language import phrase, said, say

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pushspec.sandbox.sandbox import Sandbox

FORMAT_VERSION = 1


@click.group()
def command() -> None:
    """Run and inspect the local sandbox."""


command.add_command(serve)


@command.command()
@database_option
@click.option(
    "--csv", "csv_file", type=click.File(encoding="utf-8-sig"), help="People to add; see docs/sandbox.md."
)
@click.option("--count", type=click.IntRange(0, 5_000_000), default=0, help="How many people to generate.")
@click.option(
    "--seed", type=int, default=1, show_default=True, help="The same seed generates the same people."
)
@click.option("--prefix", default="crowd", show_default=True, help="Prefix of generated names.")
def seed(database: Path, csv_file: TextIO | None, count: int, seed: int, prefix: str) -> None:
    """Add accounts with devices, tags and attributes."""
    from pushspec.errors import UsageError
    from pushspec.text import counted

    with _opened(database) as sandbox:
        try:
            added = sandbox.seed(count, seed=seed, prefix=prefix) if count else 0
            if csv_file is not None:
                added += sandbox.seed_csv(list(csv_file))
        except ValueError as error:
            raise UsageError(str(error)) from error
    show(say("{accounts} added\n", accounts=counted(added, "account")))


@command.command()
@database_option
def reset(database: Path) -> None:
    """Reset the sandbox to its example accounts."""
    with _opened(database) as sandbox:
        sandbox.reset()
    show(say("sandbox reset\n"))


@command.command()
@click.argument("account")
@database_option
@options.formats("text", "json", of="sandbox_inbox")
def inbox(account: str, database: Path, form: str) -> None:
    """Show what an account received on its devices and in its chats."""
    from pushspec.errors import UsageError

    with _opened(database) as sandbox:
        found = sandbox.inbox(account)
    if found is None:
        raise UsageError(
            phrase("the sandbox has no account {account}", account=account),
            hint=phrase("add it with `pushspec sandbox seed`"),
        )
    if form == "json":
        from pushspec.views.json_text import json_text

        show(json_text({"format_version": FORMAT_VERSION, **found}))
    else:
        from pushspec.sanitize import printable

        show_fitted("".join(f"{printable(line)}\n" for line in _inbox_lines(found)))


def _state(name: str) -> str:
    """Return a state of the sandbox's in the language in force."""
    states = {
        "sent": phrase("sent"),
        "reached": phrase("reached"),
        "clicked": phrase("clicked"),
        "lost": phrase("lost"),
        "recalled": phrase("recalled"),
        "withdrawn": phrase("withdrawn"),
        "expired": phrase("expired"),
        "kept": phrase("kept"),
    }
    return said(states.get(name, name))


def _inbox_lines(inbox: dict[str, Any]) -> Iterator[str]:
    from rich.cells import set_cell_size

    from pushspec.sandbox.rendering import message_text

    labels = [*inbox["tags"], *(f"{name}={value}" for name, value in inbox["attributes"].items())]
    marks = ", ".join(labels) or say("no tags")
    unread = say("{number} unread", number=inbox["unread"])
    yield f"{inbox['account']} · {inbox['kind']} · {unread} · {marks}"
    for device in inbox["devices"]:
        yield f"  {device['vendor_name']} {device['model']} · {device['language']} · {device['status']}"
        for shown in device["notifications"]:
            state = _state("recalled" if shown.get("overwritten") else str(shown["state"]))
            yield f"    {set_cell_size(state, 9)} {shown.get('title', '')} | {shown.get('desc', '')}"
    for message in inbox["messages"]:
        sender = say("message from {sender}", sender=message["from"])
        yield f"  {sender} · {_state(message['state'])} · {message_text(message['body'])}"


@contextmanager
def _opened(database: Path) -> Iterator[Sandbox]:
    """Open the sandbox of a database.

    Raises:
        UsageError: The file is no such database, or the system refuses to read or write it.
    """
    from pushspec.sandbox.sandbox import Sandbox
    from pushspec.sandbox.settings import SandboxSettings

    with readable(database), closing(Sandbox(SandboxSettings(database=database))) as sandbox:
        yield sandbox
