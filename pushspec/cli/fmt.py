"""``pushspec fmt``: every file in one form, with every comment, and no value changed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pushspec.cli import options

if TYPE_CHECKING:
    from pushspec.problems import Problem


@click.command()
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@options.project
@click.option("--check", is_flag=True, help="Change nothing; exit with 1 if a file is in another form.")
def command(files: tuple[Path, ...], folder: Path, *, check: bool) -> int:
    """Put every file in one form, comments kept.

    Keys stand in one order, and no blanks where none are seen. FILES are campaign or project files; none for
    all of the project. What would be sent never changes.
    """
    from pushspec.cli.output import show
    from pushspec.errors import SpecError, UsageError
    from pushspec.exit_codes import ExitCode
    from pushspec.files import write_file
    from pushspec.spec.fmt import format_file
    from pushspec.spec.load import campaign_files, find_project
    from pushspec.spec.project import PROJECT_FILE

    root = find_project(folder.resolve())
    if root is None:
        raise UsageError(f"there is no {PROJECT_FILE} here or above")
    names = [_relative(file, root) for file in files] or [PROJECT_FILE, *campaign_files(root)]
    problems: list[Problem] = []
    changed = []
    for name in names:
        before = _read(root, name)
        after, found = format_file(before, name)
        problems += found
        if after != before:
            changed.append(name)
            if not check:
                write_file(root / name, after.decode("utf-8"))
    show("".join(f"{'would change' if check else 'changed'}  {name}\n" for name in changed))
    if problems:
        raise SpecError(problems)
    return ExitCode.INVALID if check and changed else ExitCode.DONE


def _relative(file: Path, root: Path) -> str:
    from pushspec.errors import UsageError

    path = file.absolute()
    if not path.is_relative_to(root):
        path = path.resolve()
    if not path.is_relative_to(root):
        raise UsageError(f"{file} is not in the project")
    return path.relative_to(root).as_posix()


def _read(root: Path, name: str) -> bytes:
    from pushspec.paths import read_inside
    from pushspec.spec.source import MAX_BYTES

    return read_inside(root, name, max_bytes=MAX_BYTES)
