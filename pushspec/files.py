"""Write files and make folders that a person names, and say what is wrong where the system refuses."""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress
from typing import TYPE_CHECKING

from pushspec.errors import UsageError
from pushspec.language import phrase

if TYPE_CHECKING:
    from pathlib import Path

_HINTS = {
    errno.ENOENT: phrase("make the folder first"),
    errno.ENOTDIR: phrase("a part of the path is a file"),
    errno.EEXIST: phrase("a part of the path is a file"),
    errno.EACCES: phrase("this user lacks permission: change it, or choose another place"),
    errno.EPERM: phrase("this user lacks permission: change it, or choose another place"),
    errno.EROFS: phrase("the file system is read-only: choose another place"),
    errno.ENOSPC: phrase("the disk is full: make room, or choose another place"),
    errno.EDQUOT: phrase("this user's share of the disk is full: make room, or choose another place"),
    errno.EFBIG: phrase("the file has reached the limit on file sizes: raise it"),
    errno.EMFILE: phrase("raise the limit on open files (`ulimit -n`)"),
    errno.ENFILE: phrase("the system has too many open files"),
    errno.ENOMEM: phrase("the machine is out of memory"),
    errno.ENAMETOOLONG: phrase("choose a shorter name"),
}
OWN_FOLDER = ".pushspec"
"""Of a project: what is fetched, made again or private. Schemas for editors are the part that git takes."""
_OWN = """\
# By pushspec: what lies here names people, or can be made again.
*
!*.schema.json
"""
_OTHER = """\
# By pushspec: such files in this folder name people.
{names}
.gitignore
"""
_STREAMS = ("/dev/", "/proc/")
"""Below these a link leads to one's own streams, such as ``/dev/stdout``."""


class FileAccessError(UsageError):
    """The system refused to open, read or write a file."""

    def __init__(self, what: str, done: str, error: OSError) -> None:
        reason = (error.strerror or type(error).__name__).lower()
        super().__init__(
            phrase("{what} cannot be {done}: {reason}", what=what, done=done, reason=reason),
            hint=hint_for(error),
        )


def hint_for(error: OSError) -> str:
    """Return what to do about an error of the system; empty where that is unknown."""
    return _HINTS.get(error.errno or 0, "")


def write_file(path: Path, text: str) -> None:
    """Write a file whole or not at all, with the folders above it; write through a device or a pipe.

    Raises:
        UsageError: It is a link or a folder, or the system refuses.
    """
    data = text.encode("utf-8", "surrogateescape")
    try:
        if _is_stream(path):
            _write_through(path, data)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            _replace(path, data)
    except OSError as error:
        raise FileAccessError(str(path), phrase("written"), error) from None


def write_new_file(path: Path, text: str) -> None:
    """Write a file that does not exist yet, with the folders above it.

    Raises:
        UsageError: There is something under that name, or the system refuses.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # The system itself refuses a name that is taken, also by a link that leads nowhere.
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
    except FileExistsError as error:
        if error.filename != str(path):
            raise FileAccessError(str(path), phrase("written"), error) from None
        raise UsageError(
            phrase("{path} exists already", path=path), hint=phrase("choose another file with --out")
        ) from None
    except OSError as error:
        raise FileAccessError(str(path), phrase("written"), error) from None
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(text.encode("utf-8"))
    except OSError as error:
        path.unlink(missing_ok=True)
        raise FileAccessError(str(path), phrase("written"), error) from None


def make_folder(folder: Path) -> None:
    """Make a folder and those above it, each synced into the one above, so that no power cut takes it.

    Raises:
        UsageError: The system refuses.
    """
    missing = [path for path in (folder, *folder.parents) if not path.is_dir()]
    try:
        for path in reversed(missing):
            path.mkdir(exist_ok=True)
            _sync(path.parent)
    except OSError as error:
        raise FileAccessError(str(folder), phrase("made"), error) from None


def keep_from_git(folder: Path, names: str = "") -> None:
    """Let git ignore what names people, because ``git add -A`` takes all that it finds.

    In pushspec's own folder that is all but the schemas. A .gitignore that is there is somebody's own.

    Args:
        folder: It is there.
        names: Of the files, as a pattern; without it, another folder than our own is left alone.
    """
    own = next((place for place in (folder, folder.parent) if place.name == OWN_FOLDER), None)
    if own is None and not names:
        return
    with suppress(OSError), ((own or folder) / ".gitignore").open("x", encoding="utf-8") as file:
        file.write(_OWN if own else _OTHER.format(names=names))


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _is_stream(path: Path) -> bool:
    """Whether bytes pass through: a device, a pipe, or one's own output.

    Raises:
        UsageError: It is a link or a folder.
    """
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return False
    if stat.S_ISLNK(mode):
        if str(path.absolute()).startswith(_STREAMS):
            return True
        raise UsageError(
            phrase("{path} is a symbolic link", path=path),
            hint=phrase("name the file itself, or remove the link"),
        )
    if stat.S_ISDIR(mode):
        raise UsageError(phrase("{path} is a folder", path=path), hint=phrase("name a file in it"))
    return not stat.S_ISREG(mode)


def _write_through(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_NOCTTY | os.O_CLOEXEC)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(data)


def _replace(path: Path, data: bytes) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        # Not through a link that somebody left under that name.
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
