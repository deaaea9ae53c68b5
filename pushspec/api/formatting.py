"""Format the files of a project, keeping every comment and value."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pushspec.api.project import find_root
from pushspec.api.unread_folders import unread_folders
from pushspec.errors import UsageError
from pushspec.files import write_file
from pushspec.language import phrase
from pushspec.paths import read_inside
from pushspec.spec.fmt import format_file
from pushspec.spec.load import campaign_files
from pushspec.spec.project import PROJECT_FILE
from pushspec.spec.source import MAX_BYTES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pushspec.problems import Problem


class Formatted(NamedTuple):
    """What formatting did.

    Attributes:
        changed: Files that were, or would be, written in another form; relative to the project.
        problems: Why a file was left as it is.
    """

    changed: Sequence[str]
    problems: Sequence[Problem]


def format_files(folder: Path, files: Sequence[Path] = (), *, check: bool = False) -> Formatted:
    """Format campaign and project files.

    Args:
        folder: The project folder, or one below it.
        files: Which; none for all of the project.
        check: Write nothing.

    Raises:
        UsageError: There is no project, or a file is not in it.
    """
    root = find_root(folder)
    names = [_relative(file, root) for file in files] or [PROJECT_FILE, *campaign_files(root)]
    changed: list[str] = []
    problems: list[Problem] = [] if files else unread_folders(root)
    for name in names:
        before = read_inside(root, name, max_bytes=MAX_BYTES)
        after, found = format_file(before, name)
        problems += found
        if after != before:
            changed.append(name)
            if not check:
                write_file(root / name, after.decode("utf-8"))
    return Formatted(changed, problems)


def _relative(file: Path, root: Path) -> str:
    path = file.absolute()
    if not path.is_relative_to(root):
        path = path.resolve()
    if not path.is_relative_to(root):
        raise UsageError(phrase("{file} is not in the project", file=file))
    return path.relative_to(root).as_posix()
