"""A bare click program with as many commands as pushspec, and nothing behind them."""

from __future__ import annotations

import click

COMMANDS = (
    ("init", "Write a new project."),
    ("validate", "Check every file of the project."),
    ("plan", "Show what would be sent."),
    ("apply", "Send what the plan shows."),
    ("status", "Show what is sent and in doubt."),
    ("show", "Show one campaign."),
    ("log", "Show the records as a story."),
    ("resolve", "Settle a call in doubt."),
    ("freeze", "Stop every apply."),
    ("unlock", "Take the lock from a run that died."),
    ("lock", "Check a lockfile."),
    ("explain", "Say what an error code means."),
    ("schema", "Print a JSON Schema."),
    ("sandbox", "Run the service on this machine."),
)


@click.group()
@click.version_option("1.0.0")
def main() -> None:
    """A command line with nothing behind it."""


for name, summary in COMMANDS:
    main.command(name=name, help=summary)(click.argument("names", nargs=-1)(lambda names: None))
