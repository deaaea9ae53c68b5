"""Write a command's result to the file that somebody names, and never over what a project is made of."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from pushspec.errors import UsageError
from pushspec.files import write_file
from pushspec.language import phrase
from pushspec.paths import PathRefusedError, open_plain

if TYPE_CHECKING:
    from pathlib import Path

_LOCKFILE = b'{"record":'
_SPECS = (".yaml", ".yml")


def write_result(path: Path, text: str) -> None:
    """Write a plan or a view of one to a file, in place of an earlier one.

    Raises:
        UsageError: A lockfile, a campaign or another file of a project is there, or the system refuses.
    """
    begins = _beginning(path)
    hint = phrase("it is not replaced; name another file")
    if begins == _LOCKFILE:
        raise UsageError(phrase("{path} is a lockfile", path=path), hint=hint)
    if begins is not None and path.name.lower().endswith(_SPECS):
        raise UsageError(phrase("{path} is a file of a project", path=path), hint=hint)
    write_file(path, text)


def _beginning(path: Path) -> bytes | None:
    """Return the first bytes of a file; None where there is none that could be replaced."""
    try:
        if not stat.S_ISREG(path.lstat().st_mode):  # a pipe is for its own reader
            return None
        with os.fdopen(open_plain(path), "rb") as file:
            return file.read(len(_LOCKFILE))
    except (OSError, PathRefusedError):  # whoever writes it says what is wrong
        return None
