"""Make a folder for what an engine cannot hold in memory: accounts, so it is private and goes away."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_NAME = re.compile(r"pushspec-spill-(\d+)-.+")


@contextmanager
def spill_folder() -> Iterator[Path]:
    """Return a folder that only this user can enter; a killed run's folder is removed by the next run."""
    _sweep(Path(tempfile.gettempdir()))
    folder = Path(tempfile.mkdtemp(prefix=f"pushspec-spill-{os.getpid()}-"))  # mkdtemp makes it 0700
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _sweep(parent: Path) -> None:
    """Remove folders of processes that are gone."""
    for folder in parent.glob("pushspec-spill-*"):
        match = _NAME.fullmatch(folder.name)
        if match and not folder.is_symlink() and not _is_alive(int(match[1])):
            shutil.rmtree(folder, ignore_errors=True)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True
