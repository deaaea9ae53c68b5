"""Find lockfiles of an app by what they hold, whatever their names: two histories of one app send twice."""

from __future__ import annotations

import os
import re
import stat
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from pushspec.errors import LockError
from pushspec.lockfile.reading import read_lock
from pushspec.lockfile.stores.file import FileStore
from pushspec.paths import PathRefusedError, open_plain

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from pathlib import Path

_HEAD_BYTES = 8_192
"""Enough for a header behind a conflict marker, a byte order mark or a line of an editor."""
_HEADER = re.compile(rb'"record":"header"[^\n]*?"sdk_app_id":(\d+)[^\n]*?"environment":"([^"\n]{1,64})"')
_RECORD = re.compile(rb'"record":"[a-z_]*","seq":\d+,"journal":"[0-9a-f]{16}"')
"""How every line begins that pushspec writes."""
_SET_ASIDE = re.compile(r"\.torn-\d+\Z")
_OWN_NAME = re.compile(r"\Apushspec\.[\w-]+\.lock")


class Stray(NamedTuple):
    """A lockfile of the app that no environment of it names."""

    path: Path
    environment: str
    """Of its header; empty where the file is too damaged to tell."""


def stray_lockfiles(
    folders: Iterable[Path], *, own: Collection[Path], others: Collection[Path], sdk_app_id: int
) -> Iterator[Stray]:
    """Yield the lockfiles of an app that lie in some folders and are not its own ones.

    A copy counts, older or longer, and so does one that is damaged, whosever it is: it may know of sends that
    the lockfile in use does not. One that says where it moved to is closed and does not count.

    Args:
        folders: Where to look; not below them.
        own: The lockfiles of the app's environments.
        others: Those of the project's other environments, whose damage is theirs.
        sdk_app_id: The app.
    """
    known, foreign = ({path.resolve() for path in paths} for paths in (own, others))
    for folder in sorted(set(folders)):
        for path in _files(folder):
            if path.resolve() in known or _SET_ASIDE.search(path.name):
                continue
            # UTF-16, as a redirect of PowerShell writes it, is the same text with zeros between.
            head = _head(path).replace(b"\0", b"")
            header = _HEADER.search(head)
            if header is not None and int(header[1]) != sdk_app_id:
                continue
            is_damaged = header is None and (_RECORD.search(head) is not None or _is_zeroed(path))
            if header is None and not (is_damaged and path.resolve() not in foreign):
                continue
            if not _has_moved(path):
                yield Stray(path, header[2].decode("ascii", "replace") if header is not None else "")


def _files(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if stat.S_ISREG(path.lstat().st_mode))
    except OSError:
        return []


def _head(path: Path) -> bytes:
    try:
        with os.fdopen(open_plain(path), "rb") as file:
            return file.read(_HEAD_BYTES)
    except (OSError, PathRefusedError):
        return b""


def _is_zeroed(path: Path) -> bool:
    """Whether it has a lockfile's name and begins with zeros, as after a power cut."""
    return _OWN_NAME.match(path.name) is not None and _head(path).startswith(b"\0")


def _has_moved(path: Path) -> bool:
    with suppress(LockError):
        return bool(read_lock(FileStore(path)).moved_to)
    return False
