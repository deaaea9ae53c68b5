"""Compare a lockfile with every copy that git knows: a longer one knows of sends that this one forgot."""

from __future__ import annotations

import hashlib
import os
import re
from itertools import takewhile
from shlex import quote
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from pushspec.errors import DamagedLockfileError, LockError
from pushspec.git import GitError, NoRepositoryError, read_git
from pushspec.language import phrase
from pushspec.paths import open_plain
from pushspec.sanitize import printable
from pushspec.text import listed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Set as AbstractSet
    from pathlib import Path

_HEADER = re.compile(rb'"record":"header"[^\n]*?"sdk_app_id":(\d+)')
_MOVED = re.compile(rb'"record":"moved"[^\n]*\n?\Z')
_CAMPAIGN = re.compile(rb'"(?:campaign|key)":"([^"\\/#\s]+@\d+)')
_CHUNK_BYTES = 1 << 20


class _Copy(NamedTuple):
    """A copy of the file in some commit: git's hash of its content, and its size in bytes."""

    blob: str
    size: int


def check_git_history(root: Path, lock: str, *, sdk_app_id: int) -> None:
    """Refuse a lockfile that is unmerged, or of which git knows a copy that is longer or another.

    Where there is no repository, or no copy, there is nothing to compare with.

    Args:
        root: The project folder.
        lock: The lockfile, relative to it.
        sdk_app_id: The app; copies of another one do not count.

    Raises:
        DamagedLockfileError: It is unmerged, shorter than a copy, or tells another history.
        LockError: There is a repository, and git cannot tell what it knows.
    """
    folder, name = _place(root / lock)
    try:
        staged = _staged(folder, name)
        copies = list(_copies(folder, name, {blob for blob, _ in staged}))
    except NoRepositoryError:
        return
    except GitError as error:
        # An older copy that git put back looks like the newest one to whoever cannot ask git.
        raise LockError(
            phrase(
                "git cannot be asked for other copies of {lock}: {reason}", lock=lock, reason=error.reason
            ),
            hint=error.hint or phrase("make `git log -- {path}` work here", path=quote(lock)),
        ) from None
    if any(stage != b"0" for _, stage in staged):
        raise DamagedLockfileError(
            phrase("{lock} is unmerged in git: two histories of one app, and both may have sent", lock=lock),
            hint=phrase(
                "take one side whole, `git checkout --ours -- {path}` or `--theirs`, then `git add {path}`; "
                "if the other one sent, too, pushspec then names what",
                path=quote(lock),
            ),
        )
    unlike = _unlike(root / lock, copies)
    for copy in unlike:
        content = read_git(folder, "cat-file", "blob", copy.blob)
        lines, there = _whole_lines(root / lock), content.splitlines(keepends=True)
        if not _counts(content, sdk_app_id, lines):
            continue
        if _campaigns(_beyond(lines, there)):
            # To restore the copy would forget what this file alone knows.
            others = (read_git(folder, "cat-file", "blob", other.blob) for other in unlike)
            missed = {
                name
                for other in others
                if _counts(other, sdk_app_id, lines)
                for name in _campaigns(_beyond(other.splitlines(keepends=True), lines))
            }
            raise _both_sent(lock, copy.blob, sorted(missed))
        raise DamagedLockfileError(
            phrase(
                "git knows a copy of {lock} with records that this file lacks: it was replaced", lock=lock
            ),
            hint=phrase(
                "restore it: `git cat-file blob {blob} > {path}`; "
                "its commit is in `git log --all --reflog --find-object={blob} -- {path}`",
                blob=copy.blob,
                path=quote(lock),
            ),
        )


def _place(path: Path) -> tuple[Path, str]:
    """Return a folder that is there, and the file as git spells it from there.

    git compares paths as texts, and the file may lie in another repository than the project.
    """
    folder = path.parent.resolve()
    missing = [path.name]
    while not folder.is_dir():
        missing.insert(0, folder.name)
        folder = folder.parent
    return folder, "/".join(missing)


def _counts(content: bytes, sdk_app_id: int, lines: list[bytes]) -> bool:
    """Whether a copy is a lockfile of the app that may know more than these lines.

    One that was closed by a move knows no more than a file that came back to the place and went on since. It
    counts against any other: a file from before the move forgets what was sent at the other place.
    """
    header = _HEADER.search(content)
    if header is None or int(header[1]) != sdk_app_id:
        return False
    carried = content.splitlines(keepends=True)[:-1]
    is_back = len(lines) > len(carried) and lines[: len(carried)] == carried
    return not (_MOVED.search(content) and is_back)


def _whole_lines(path: Path) -> list[bytes]:
    try:
        with os.fdopen(open_plain(path), "rb") as file:
            return file.read().splitlines(keepends=True)
    except FileNotFoundError:
        return []


def _beyond(lines: list[bytes], others: list[bytes]) -> list[bytes]:
    """Return the lines of a lockfile from the first one on that another does not share."""
    shared = takewhile(lambda pair: pair[0] == pair[1], zip(lines, others, strict=False))
    return lines[sum(1 for _ in shared) :]


def _campaigns(lines: list[bytes]) -> set[str]:
    """Return the campaigns that records tell of."""
    return {printable(name.decode("utf-8", "replace")) for line in lines for name in _CAMPAIGN.findall(line)}


def _both_sent(lock: str, blob: str, missed: list[str]) -> DamagedLockfileError:
    """Return the error about two copies of which neither is whole: each forgets what the other sent."""
    message = phrase(
        "{lock} and a copy that git knows, {blob}, each hold records that the other lacks: "
        "neither knows all that was sent",
        lock=lock,
        blob=blob,
    )
    if not missed:
        return DamagedLockfileError(
            message,
            hint=phrase(
                "the copy tells of no campaign that this file lacks: rename the file with `git mv`, and set "
                "`lock` to its new name; see docs/lockfile.md#when-both-sides-sent"
            ),
        )
    return DamagedLockfileError(
        message,
        hint=phrase(
            "restore neither over the other. First remove the files of {campaigns} for good: "
            "an apply from here would send them again. Only then rename the lockfile with `git mv`, "
            "and set `lock` to its new name; see docs/lockfile.md#when-both-sides-sent",
            campaigns=listed(missed),
        ),
    )


def _staged(folder: Path, name: str) -> list[tuple[bytes, bytes]]:
    """Return what the index holds of the file: git's hash of the content, and the stage of a merge."""
    entries = read_git(folder, "ls-files", "-s", "-z", "--", name).split(b"\0")
    described = (entry.partition(b"\t")[0].split() for entry in entries if entry)
    return [(blob, stage) for _, blob, stage in described]


def _copies(folder: Path, name: str, staged: AbstractSet[bytes]) -> Iterator[_Copy]:
    """Yield every copy in the index, and in a commit that a ref names now or named lately."""
    prefix = read_git(folder, "rev-parse", "--show-prefix").removesuffix(b"\n")
    path = prefix + os.fsencode(name)
    # --full-history: a copy that a merge left behind is the very one that is looked for.
    listed = read_git(folder, "rev-list", "--all", "--reflog", "--full-history", "--objects", "--", name)
    named = (line.partition(b" ") for line in listed.splitlines())
    blobs = sorted(staged | {blob for blob, _, where in named if where == path})
    if not blobs:
        return
    sizes = read_git(
        folder, "cat-file", "--batch-check=%(objectname) %(objecttype) %(objectsize)", data=b"\n".join(blobs)
    )
    for line in sizes.splitlines():
        blob, kind, size = line.split()
        if kind == b"blob":
            yield _Copy(blob.decode(), int(size))


def _unlike(path: Path, copies: list[_Copy]) -> list[_Copy]:
    """Return the copies that are not how the file began, the longest first."""
    try:
        with os.fdopen(open_plain(path), "rb") as file:
            size = os.fstat(file.fileno()).st_size
            fitting = {
                copy.blob for copy in copies if copy.size <= size and _hash_of(file, copy) == copy.blob
            }
    except FileNotFoundError:
        fitting = set()
    return sorted((copy for copy in copies if copy.blob not in fitting), key=lambda copy: -copy.size)


def _hash_of(file: BinaryIO, copy: _Copy) -> str:
    """Return git's hash of the file's beginning, as long as a copy is."""
    is_sha256 = len(copy.blob) == hashlib.sha256().digest_size * 2
    digest = hashlib.sha256() if is_sha256 else hashlib.sha1()  # noqa: S324 - git's own name of an object
    digest.update(b"blob %d\0" % copy.size)
    file.seek(0)
    left = copy.size
    while left and (chunk := file.read(min(left, _CHUNK_BYTES))):
        digest.update(chunk)
        left -= len(chunk)
    return digest.hexdigest()
