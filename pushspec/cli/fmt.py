"""``pushspec fmt``: format files, keeping every comment and value."""

from __future__ import annotations

from pathlib import Path

import click

from pushspec.cli import options
from pushspec.language import say


@click.command()
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@options.project
@click.option("--check", is_flag=True, help="Change nothing; exit with 1 if a file would change.")
def command(files: tuple[Path, ...], folder: Path, *, check: bool) -> int:
    """Format files, keeping comments.

    Sorts keys and removes trailing blanks. FILES are campaign or project files; without FILES, all files
    of the project. What would be sent never changes.
    """
    from pushspec.api.formatting import format_files
    from pushspec.cli.output import show
    from pushspec.errors import SpecError
    from pushspec.exit_codes import ExitCode

    formatted = format_files(folder, files, check=check)
    verb = say("would change") if check else say("changed")
    show("".join(f"{verb}  {name}\n" for name in formatted.changed))
    if formatted.problems:
        raise SpecError(formatted.problems)
    return ExitCode.INVALID if check and formatted.changed else ExitCode.DONE
