"""``pushspec schema``: the JSON Schema of a file format, for editors and for programs that read plans."""

from __future__ import annotations

import click

from pushspec.api.schemas import NAMES


@click.command()
@click.argument("name", type=click.Choice(NAMES), metavar="|".join(NAMES))
def command(name: str) -> None:
    """Print the JSON Schema of a file format.

    Editors use the schemas of campaign, project and people files; programs use those of a plan
    and of a report in JSON.
    """
    from pushspec.api.schemas import schema_text
    from pushspec.cli.output import show

    show(schema_text(name))
