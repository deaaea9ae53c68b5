"""Open project files that a spec names, and only those: descriptor by descriptor, through no link."""

from __future__ import annotations

import errno
import os
import re
import stat
from typing import TYPE_CHECKING, BinaryIO

from pushspec.disclosure import shown_address
from pushspec.errors import PushspecError
from pushspec.exit_codes import ExitCode
from pushspec.language import phrase
from pushspec.sanitize import hidden_in, printable

if TYPE_CHECKING:
    from pathlib import Path

_PATH_BYTES = 1_024
_PART_BYTES = 255  # what the usual file systems allow for one name

_INSIDE = phrase("write it relative to the project folder, with forward slashes")
_GIT_FOLDER = re.compile(r"(?i)(\A|/)(\.git|git~\d)(/|\Z)")
_REFUSED_NAMES = (
    (re.compile(r"\A\Z"), phrase("it is empty"), _INSIDE),
    (re.compile(r"\0"), phrase("it holds a NUL"), _INSIDE),
    (
        re.compile(r"\A[A-Za-z][A-Za-z0-9+.-]*:/"),
        phrase("it is a URL"),
        phrase("commit the file and name it by its path"),
    ),
    (re.compile(r"\\"), phrase("it holds a backslash"), phrase("use forward slashes")),
    (re.compile(r"\A/"), phrase("it is absolute"), _INSIDE),
    (re.compile(r"\A~"), phrase("it begins with ~"), _INSIDE),
    (re.compile(r"//|/\Z"), phrase("it has an empty part"), phrase("remove the doubled or last slash")),
    (re.compile(r"(\A|/)\.\.(/|\Z)"), phrase("it leaves its folder with .."), _INSIDE),
    (re.compile(r"(\A|/)\.(/|\Z)"), phrase("it has a . part"), phrase("remove the ./")),
    (
        re.compile(r"%[0-9A-Fa-f]{2}"),
        phrase("it is percent-encoded"),
        phrase("write the characters themselves"),
    ),
    (
        re.compile(r":"),
        phrase("it holds a colon, which other systems read as a drive or a stream"),
        phrase("rename the file"),
    ),
    (
        re.compile(r"[. ](/|\Z)"),
        phrase("a part ends in a dot or a space, which Windows drops"),
        phrase("rename it"),
    ),
    (_GIT_FOLDER, phrase("it is inside .git"), phrase("keep spec files outside .git")),
    (
        re.compile(r"(?i)(\A|/)(con|prn|aux|nul|com\d|lpt\d)(\.[^/]*)?(/|\Z)"),
        phrase("it is a device on Windows"),
        phrase("rename it"),
    ),
)

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# O_NONBLOCK: a FIFO put there between the look and the opening must not hold the run.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


_SAFELY = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_NEVER_OPENED = phrase("a pipe, socket or device is never opened")


class PathRefusedError(PushspecError):
    """A path in a spec that pushspec does not open.

    Attributes:
        path: As it was written; for showing, pass it through ``printable``.
        reason: Why, in words that follow the path: "it is absolute".
    """

    exit_code = ExitCode.INVALID

    def __init__(self, path: str, reason: str, *, hint: str = "") -> None:
        super().__init__(
            phrase(
                '"{path}" cannot be read: {reason}',
                path=printable(shown_address(path), limit=100),
                reason=reason,
            ),
            hint=hint,
        )
        self.path = path
        self.reason = reason


def check_relative(relative: str) -> tuple[str, ...]:
    """Return the parts of a path as a spec may write it, without looking at the disk.

    Raises:
        PathRefusedError: It is not a plain path below the project folder, the same on every system.
    """
    for pattern, reason, hint in _REFUSED_NAMES:
        if pattern.search(relative):
            raise PathRefusedError(relative, reason, hint=hint)
    if (
        hidden := hidden_in(relative)
        or [phrase("a line break")] * ("\n" in relative)
        or [phrase("a tab")] * ("\t" in relative)
    ):
        raise PathRefusedError(
            relative, phrase("it holds {hidden}", hidden=hidden[0]), hint=phrase("rename the file")
        )
    parts = tuple(relative.split("/"))
    if max(map(_byte_length, parts)) > _PART_BYTES or _byte_length(relative) > _PATH_BYTES:
        raise PathRefusedError(
            relative,
            phrase(
                "a name ends at {part_bytes} bytes, a path at {path_bytes}",
                part_bytes=_PART_BYTES,
                path_bytes=_PATH_BYTES,
            ),
        )
    return parts


def is_plain_path(relative: str) -> bool:
    """Whether a path is one that any system takes; one with a blank behind a folder's name is not."""
    try:
        check_relative(relative)
    except PathRefusedError:
        return False
    return True


def open_inside(root: Path, relative: str, *, max_bytes: int | None = None) -> BinaryIO:
    """Open a regular file below ``root`` for reading; the caller closes it.

    Hard links are read like any file: git cannot carry one, so no pull request brings one, and whoever can
    make one on this machine could have copied the file. Refusing them would break checkouts that are linked
    from a cache.

    Args:
        root: The project folder; a link is followed here, since the user chose it.
        relative: The path as the spec has it.
        max_bytes: How large the file may be.

    Raises:
        PathRefusedError: The path, or what lies there, is not a plain file inside ``root``, or too large.
    """
    *folders, name = check_relative(relative)
    try:
        descriptor = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        for folder in folders:
            descriptor = _step(descriptor, folder, _FOLDER, relative)
        file = os.fdopen(_step(descriptor, name, _FILE, relative), "rb")
    except OSError as error:
        raise PathRefusedError(relative, _reason(error)) from None
    if max_bytes is not None and os.fstat(file.fileno()).st_size > max_bytes:
        file.close()
        raise _too_large(relative, max_bytes)
    return file


def read_inside(root: Path, relative: str, *, max_bytes: int) -> bytes:
    """Return the content of a file below ``root`` (see :func:`open_inside`).

    Raises:
        PathRefusedError: Also when the file holds more than ``max_bytes``; no more than that is ever read.
    """
    with open_inside(root, relative, max_bytes=max_bytes) as file:
        try:
            content = file.read(max_bytes + 1)
        except OSError as error:
            raise PathRefusedError(relative, _reason(error)) from None
    if len(content) > max_bytes:  # it grew
        raise _too_large(relative, max_bytes)
    return content


def open_plain(path: Path, flags: int = os.O_RDONLY) -> int:
    """Open a regular file, through no link in its last part, and return its descriptor.

    For what lies beside a spec: lockfiles, saved plans, evidence. A folder above it may be a link: whoever
    runs pushspec has chosen that.

    Args:
        path: The file.
        flags: As of ``os.open``; what it makes gets the usual rights.

    Raises:
        PathRefusedError: It is a link, a folder, a device, a pipe or a socket.
        OSError: It cannot be opened.
    """
    try:
        descriptor = os.open(path, flags | _SAFELY, 0o666)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise PathRefusedError(
                str(path), phrase("it is a symbolic link"), hint=phrase("name the file itself")
            ) from None
        if error.errno == errno.ENXIO:  # a socket, or a pipe that nobody reads
            raise PathRefusedError(str(path), phrase("it is no regular file"), hint=_NEVER_OPENED) from None
        raise
    try:
        _check_kind(os.fstat(descriptor).st_mode, str(path), wants_folder=False)
    except PathRefusedError:
        os.close(descriptor)
        raise
    return descriptor


def is_inside_git(path: str) -> bool:
    """Whether a path leads into a ``.git``, whose files git reads and runs; however its letters are cased."""
    return _GIT_FOLDER.search(path) is not None


def check_no_link(root: Path, relative: str) -> None:
    """Refuse a path below ``root`` of which a part is a symbolic link; what is missing is no link.

    Raises:
        PathRefusedError: It goes through one.
    """
    place = root
    for part in relative.split("/"):
        place = place / part
        if place.is_symlink():
            raise PathRefusedError(
                relative, phrase("it goes through a symbolic link"), hint=phrase("commit the file itself")
            )


def _too_large(relative: str, max_bytes: int) -> PathRefusedError:
    return PathRefusedError(
        relative,
        phrase("it is larger than {max_bytes:,} bytes", max_bytes=max_bytes),
        hint=phrase("split the file"),
    )


def _step(parent: int, name: str, flags: int, path: str) -> int:
    """Open ``name`` in the folder ``parent``, which is closed whatever happens."""
    wants_folder = flags == _FOLDER
    try:
        _check_kind(
            os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode, path, wants_folder=wants_folder
        )
        child = os.open(name, flags, dir_fd=parent)
    finally:
        os.close(parent)
    try:
        _check_kind(os.fstat(child).st_mode, path, wants_folder=wants_folder)
    except PathRefusedError:
        os.close(child)
        raise
    return child


def _check_kind(mode: int, path: str, *, wants_folder: bool) -> None:
    if stat.S_ISLNK(mode):
        raise PathRefusedError(
            path, phrase("it goes through a symbolic link"), hint=phrase("commit the file itself")
        )
    if wants_folder and not stat.S_ISDIR(mode):
        raise PathRefusedError(path, phrase("a part of it is no folder"))
    if not wants_folder and stat.S_ISDIR(mode):
        raise PathRefusedError(path, phrase("it is a folder"), hint=phrase("name a file in it"))
    if not wants_folder and not stat.S_ISREG(mode):
        raise PathRefusedError(path, phrase("it is no regular file"), hint=_NEVER_OPENED)


def _reason(error: OSError) -> str:
    return (
        phrase("there is no such file")
        if isinstance(error, FileNotFoundError)
        else (error.strerror or "error").lower()
    )


def _byte_length(text: str) -> int:
    return len(os.fsencode(text))
