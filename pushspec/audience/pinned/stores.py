"""Where lists lie, behind one small interface: a folder, or a bucket."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from pushspec.errors import RefusedError
from pushspec.files import FileAccessError, keep_from_git, make_folder
from pushspec.language import phrase
from pushspec.paths import check_no_link

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pushspec.audience.pinned.pin import Pin

ENDING = ".list.gz"
CACHE = ".pushspec/lists"
"""Where fetched lists are kept, below the project; `audience prune` empties it."""


class ListMissingError(RefusedError):
    """A store does not hold the list that a pin names; nothing was sent."""


OnBytes = Callable[[str, int, int], None]
"""Takes an audience, how many more bytes of its list were fetched, and how many there are to fetch."""


def untold(_audience: str, _more: int, _whole: int) -> None:
    """Tell nobody how a fetch comes on."""


@dataclass(frozen=True, slots=True)
class StoredList:
    """One list in a store.

    Attributes:
        rows_sha256: What names it.
        file_bytes: Its size as it lies there.
    """

    rows_sha256: str
    file_bytes: int


class ListStore(Protocol):
    """Keeps lists by the hash of their content; a list that is there never changes."""

    @property
    def where(self) -> str:
        """The place, without credentials."""

    def put(self, rows_sha256: str, file: Path) -> bool:
        """Keep a list and return once it is durable; False where one of that name is there already.

        Raises:
            StoreError: The store cannot be reached.
            UsageError: The system refuses.
        """

    def local(self, pin: Pin, cache: Path, on_bytes: OnBytes = untold) -> Path:
        """Return a file on this machine that should hold a list; its content is for the caller to check.

        Args:
            pin: Names the list.
            cache: A private folder for what has to be fetched; what an earlier run left there is used.
            on_bytes: Is told how the fetch comes on.

        Raises:
            ListMissingError: The list is not there.
            StoreError: The store cannot be reached.
        """

    def lists(self) -> Iterator[StoredList]:
        """Yield what is there, in the order of the names."""

    def remove(self, rows_sha256: str) -> None:
        """Remove a list."""


def cached(pin: Pin, cache: Path) -> Path | None:
    """Return the whole file of a list that was fetched before; None where there is none."""
    path = cache / f"{pin.rows_sha256}{ENDING}"
    if not is_plain(path):
        return None
    try:
        with path.open("rb") as file:
            is_whole = hashlib.file_digest(file, "sha256").hexdigest() == pin.file_sha256
    except OSError:
        return None
    return path if is_whole else None


def cache_of(root: Path) -> Path:
    """Return the folder of fetched lists in a project.

    Raises:
        PathRefusedError: A part of it is a link, as a tree may carry one.
    """
    check_no_link(root, CACHE)
    return root / CACHE


def is_plain(path: Path) -> bool:
    """Whether a list may be read there: a regular file, not a link or a device that a tree carries."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False


def missing(pin: Pin, where: str) -> ListMissingError:
    """Return the error that a list is not in its store."""
    return ListMissingError(
        phrase(
            "{where} does not hold the list of {audience} that its pin names",
            where=where,
            audience=pin.audience,
        ),
        hint=phrase(
            "run `pushspec audience pull {audience} -e {environment}`, or bring the list back",
            audience=pin.audience,
            environment=pin.environment,
        ),
    )


class FolderLists:
    """A folder that only this user can enter; each list is one file."""

    def __init__(self, folder: Path, where: str) -> None:
        self._folder = folder
        self._where = where

    @property
    def where(self) -> str:
        """The folder as the project file names it."""
        return self._where

    def put(self, rows_sha256: str, file: Path) -> bool:
        """Copy a list into the folder."""
        target = self.path(rows_sha256)
        if is_plain(target):
            return False
        make_folder(self._folder)
        keep_from_git(self._folder, f"*{ENDING}*")
        temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
        try:
            self._folder.chmod(0o700)
            shutil.copyfile(file, temporary)
            temporary.chmod(0o600)
            _sync(temporary)
            temporary.replace(target)
            _sync(self._folder)
        except OSError as error:
            raise FileAccessError(str(target), phrase("written"), error) from None
        finally:
            temporary.unlink(missing_ok=True)
        return True

    def local(self, pin: Pin, cache: Path, on_bytes: OnBytes = untold) -> Path:
        """Return the file itself."""
        del cache, on_bytes
        path = self.path(pin.rows_sha256)
        if not is_plain(path):
            raise missing(pin, self._where)
        return path

    def lists(self) -> Iterator[StoredList]:
        """Yield the files."""
        for path in sorted(self._folder.glob(f"*{ENDING}")):
            if is_plain(path) and not path.name.startswith("."):
                yield StoredList(path.name.removesuffix(ENDING), path.stat().st_size)

    def remove(self, rows_sha256: str) -> None:
        """Remove the file."""
        self.path(rows_sha256).unlink(missing_ok=True)

    def path(self, rows_sha256: str) -> Path:
        """Return where a list lies, or would lie."""
        return self._folder / f"{rows_sha256}{ENDING}"


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
