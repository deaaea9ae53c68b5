"""``pushspec version``: the same as ``--version``, for whoever types the word."""

from __future__ import annotations

import click


@click.command()
def command() -> None:
    """Show the version of pushspec."""
    from pushspec import __version__
    from pushspec.cli.output import show

    show(f"pushspec, version {__version__}\n")
