"""Look, while a run is under way, whether somebody has written ``frozen:`` into the project file."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pushspec.language import phrase
from pushspec.spec.load import read_project
from pushspec.spec.project import PROJECT_FILE

if TYPE_CHECKING:
    from pathlib import Path

_GONE = phrase("{project_file} cannot be read any more", project_file=PROJECT_FILE)


class WrittenFreeze:
    """Returns why nothing may leave, or nothing; make it before the plan that is sent is made.

    It looks at the file's times before each call, and reads the file again only where they changed.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._read = self._stamp()
        self._reason = ""

    def __call__(self) -> str:
        """Return the reason in the file as it is now; a file that is wrong now stops the run, too."""
        stamp = self._stamp()
        if stamp != self._read:
            self._read = stamp
            spec, _ = read_project(self._root)
            self._reason = _GONE if spec is None else spec.project.frozen or ""
        return self._reason

    def _stamp(self) -> tuple[int, ...]:
        try:
            found = os.stat(self._root / PROJECT_FILE, follow_symlinks=False)  # noqa: PTH116 - a link is not followed
        except OSError:
            return ()
        return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
