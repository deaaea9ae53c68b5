"""``pushspec fmt``: every file in one form, with every comment, and no value changed."""

from __future__ import annotations

from pathlib import Path

import click

from pushspec.cli import options


@click.command()
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@options.project
@click.option("--check", is_flag=True, help="Change nothing; exit with 1 if a file is in another form.")
def command(files: tuple[Path, ...], folder: Path, *, check: bool) -> int:
    """Put every file in one form, comments kept.

    Keys stand in one order, and no blanks where none are seen. FILES are campaign or project files; none for
    all of the project. What would be sent never changes.
    """
    from pushspec.api.formatting import format_files
    from pushspec.cli.output import show
    from pushspec.errors import SpecError
    from pushspec.exit_codes import ExitCode

    formatted = format_files(folder, files, check=check)
    verb = "would change" if check else "changed"
    show("".join(f"{verb}  {name}\n" for name in formatted.changed))
    if formatted.problems:
        raise SpecError(formatted.problems)
    return ExitCode.INVALID if check and formatted.changed else ExitCode.DONE
