"""Steps around the system calls of a run: files, git, sockets, PostgreSQL."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpcore

from pushspec.lockfile.stores.scratch_repository import ScratchRepository
from simulation.crashpoints import CrashPoint
from simulation.fate import Moment, current

if TYPE_CHECKING:
    from simulation.fate import Fate


def make_mortal(fate: Fate, *, with_sql: bool) -> None:
    """Put steps around the system calls of this process and in the middle of its writes."""
    _make_files_mortal(fate)
    _make_git_mortal(fate)
    _make_sockets_mortal(fate)
    if with_sql:
        _make_sql_mortal(fate)


def _make_files_mortal(fate: Fate) -> None:
    write, fsync, truncate, unlink = os.write, os.fsync, os.ftruncate, os.unlink
    opened, opened_path = os.open, Path.open

    def torn(descriptor: int, data: bytes) -> int:
        what = current()
        if what is None or not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return write(descriptor, data)
        fate.step("before the write", Moment.BEFORE, can_fail=True)
        half = write(descriptor, bytes(data)[: len(data) // 2])
        what.has_begun = True
        fate.step("half written", Moment.PART, can_fail=True)
        return half + write(descriptor, bytes(data)[half:])

    def synced(descriptor: int) -> None:
        has_begun = getattr(current(), "has_begun", False)
        early, late = (Moment.UNSYNCED, Moment.DURABLE) if has_begun else (Moment.BEFORE, Moment.BEFORE)
        fate.step("before the sync", early, can_fail=True)
        fsync(descriptor)
        fate.step("synced", late)

    def truncated(descriptor: int, length: int) -> None:
        fate.step("before the truncation", Moment.BEFORE, can_fail=True)
        truncate(descriptor, length)
        fate.step("truncated", Moment.BEFORE)

    def unlinked(path: str, **options: Any) -> None:
        fate.step("before the unlink", Moment.BEFORE, can_fail=True)
        unlink(path, **options)

    def opening(path: str, flags: int, *arguments: Any, **options: Any) -> int:
        if flags & (os.O_WRONLY | os.O_RDWR) and current() is not None:
            fate.step("before the file is opened", Moment.BEFORE, can_fail=True)
        return opened(path, flags, *arguments, **options)

    def opening_path(path: Path, mode: str = "r", *arguments: Any, **options: Any) -> Any:
        if "a" in mode and current() is not None:
            fate.step("before the file is opened", Moment.BEFORE, can_fail=True)
        return opened_path(path, mode, *arguments, **options)

    os.write, os.fsync, os.ftruncate, os.unlink = torn, synced, truncated, unlinked  # type: ignore[assignment] # as they are called here
    os.open, Path.open = opening, opening_path  # type: ignore[method-assign,assignment] # as it is called here


def _make_git_mortal(fate: Fate) -> None:
    run = ScratchRepository.run

    def stepping(
        repository: ScratchRepository, *arguments: str, data: bytes = b""
    ) -> subprocess.CompletedProcess[bytes]:
        name = arguments[0]
        try:
            fate.step(f"before git {name}", _git_point(name), can_fail=True)
            done = run(repository, *arguments, data=data)
            fate.step(f"after git {name}", _git_point(name, is_over=True), can_fail=True)
        except OSError as error:
            return subprocess.CompletedProcess(arguments, 128, b"", f"fatal: {error.strerror}".encode())
        return done

    ScratchRepository.run = stepping  # type: ignore[method-assign,assignment] # a step on each side


def _git_point(name: str, *, is_over: bool = False) -> CrashPoint | int:
    """Nothing is in the remote before the push: until the commit its parts, then a commit that nobody has."""
    match name, is_over:
        case "push", True:
            return Moment.DURABLE
        case ("push", False) | ("commit-tree", True):
            return CrashPoint.C21
        case ("hash-object", True) | ("mktree", _) | ("commit-tree", False):
            return CrashPoint.C20
        case _:
            return Moment.BEFORE


def _make_sockets_mortal(fate: Fate) -> None:
    connect = httpcore.AnyIOBackend.connect_tcp

    async def connect_slowly(*arguments: Any, **options: Any) -> httpcore.AsyncNetworkStream:
        stream = await connect(*arguments, **options)
        fate.step("connected", CrashPoint.C10)
        return MortalStream(stream, fate)

    httpcore.AnyIOBackend.connect_tcp = connect_slowly  # type: ignore[method-assign] # a step behind it


def _make_sql_mortal(fate: Fate) -> None:
    import psycopg

    refusals = {
        errno.ENOSPC: psycopg.errors.DiskFull,
        errno.EROFS: psycopg.errors.ReadOnlySqlTransaction,
        errno.EIO: psycopg.errors.IoError,
    }

    def step(when: str, moment: int) -> None:
        try:
            fate.step(when, moment, can_fail=True)
        except OSError as error:
            raise refusals[error.errno or 0](str(error)) from None

    def around(owner: type, name: str, early: tuple[str, int] | None, late: tuple[str, int]) -> None:
        function = getattr(owner, name)

        def stepping(*arguments: Any, **options: Any) -> Any:
            if early is not None:
                step(*early)
            result = function(*arguments, **options)
            step(*late)
            return result

        setattr(owner, name, stepping)

    around(psycopg.Connection, "execute", ("before the query", Moment.BEFORE), ("query over", Moment.BEFORE))
    around(psycopg.Cursor, "executemany", ("before the insert", Moment.BEFORE), ("inserted", Moment.PART))
    around(psycopg.Transaction, "__exit__", None, ("committed", Moment.DURABLE))


class MortalStream(httpcore.AsyncNetworkStream):
    """A connection whose request leaves in two halves, and whose answer comes in three pieces."""

    def __init__(self, stream: httpcore.AsyncNetworkStream, fate: Fate) -> None:
        self._stream = stream
        self._fate = fate
        self._pieces: deque[tuple[bytes, str, CrashPoint]] = deque()
        self._behind: tuple[str, CrashPoint] | None = None
        self._has_read = False
        self.aclose = stream.aclose  # type: ignore[method-assign] # nothing happens there
        self.get_extra_info = stream.get_extra_info  # type: ignore[method-assign] # nothing happens there
        self.start_tls = stream.start_tls  # type: ignore[method-assign] # nothing happens there

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109 - httpcore's signature
        middle = buffer.index(b"\r\n\r\n") + 4 if b"\r\n\r\n" in buffer else len(buffer) // 2
        middle += (len(buffer) - middle) // 2
        await self._stream.write(buffer[:middle], timeout)
        self._fate.step("half sent", CrashPoint.C11)
        await self._stream.write(buffer[middle:], timeout)
        self._fate.step("all sent", CrashPoint.C12)

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109 - httpcore's signature
        if self._behind is not None:
            self._fate.step(*self._behind)
            self._behind = None
        if not self._has_read:
            self._pieces.extend(_pieces(await self._stream.read(max_bytes, timeout)))
            self._has_read = True
        if not self._pieces:
            return await self._stream.read(max_bytes, timeout)
        piece, when, point = self._pieces.popleft()
        self._behind = (when, point)
        return piece


def _pieces(data: bytes) -> list[tuple[bytes, str, CrashPoint]]:
    status_end = data.find(b"\n") + 1
    body_start = max(data.find(b"\r\n\r\n") + 4, status_end)
    middle = body_start + (len(data) - body_start) // 2
    pieces = [
        (data[:status_end], "status line read", CrashPoint.C13),
        (data[status_end:middle], "half the body read", CrashPoint.C14),
        (data[middle:], "the rest read", CrashPoint.C15),
    ]
    # An empty piece would be the end of the connection.
    return [piece for piece in pieces if piece[0]]
