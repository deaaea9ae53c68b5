"""A lockfile in one file of this machine: appended under a file lock, synced before anything relies on it."""

from __future__ import annotations

import errno
import fcntl
import io
import os
from contextlib import contextmanager
from dataclasses import dataclass
from shlex import quote
from typing import TYPE_CHECKING, BinaryIO

from pushspec.errors import DamagedLockfileError, message_of
from pushspec.language import phrase
from pushspec.lockfile.lines import RESTORE, crc_of, damage, goes_on, is_cut_off, is_whole
from pushspec.lockfile.stores import BrokenStoreError, HollowLockfileError, SlotTakenError, StoreError
from pushspec.paths import PathRefusedError, open_plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

MAX_LINE_BYTES = 64 << 20
"""More than any record holds: a campaign's texts, or the refused accounts of one call."""
_HINTS = {
    errno.EACCES: phrase("allow this user to write there, or set `lock` to another place"),
    errno.EPERM: phrase("allow this user to write there, or set `lock` to another place"),
    errno.EROFS: phrase("the file system is read-only: mount it for writing, or set `lock` to another place"),
    errno.ENOSPC: phrase("the disk is full: make room and apply again"),
    errno.EDQUOT: phrase("this user's disk quota is full: make room and apply again"),
    errno.EFBIG: phrase("the file has reached the limit on file sizes: raise it and apply again"),
}


@dataclass(frozen=True, slots=True)
class _Tail:
    """The end of the whole lines: the next slot, its place in the file, and the CRC of the line before."""

    seq: int = 0
    offset: int = 0
    crc: int = 0

    def after(self, line: bytes, file: str = "") -> _Tail:
        return _Tail(self.seq + 1, self.offset + len(line), crc_of(line, seq=self.seq, file=file))


class FileStore:
    """Slots are the lines of a file.

    The bytes after the last whole line are those of a write that was cut off and never acknowledged: readers
    pass over them, and the next writer sets them aside in a file of their own. What no such write leaves is
    damage: a disk that lost bytes may have lost acknowledged ones, too.
    """

    def __init__(self, path: Path, *, environment: str = "") -> None:
        self._path = path
        self._environment = environment
        self._tail = _Tail()
        self._is_name_synced = False
        self._broken = ""

    @property
    def where(self) -> str:
        """The file's path."""
        return str(self._path)

    def read(self, first: int = 0) -> Iterator[bytes]:
        """Yield the lines of slot ``first`` and all later ones, remembering where they end."""
        self._check_trust()
        try:
            with os.fdopen(open_plain(self._path), "rb") as file:
                yield from self._read_from(file, first)
            if self._environment and not self._tail.seq:
                raise HollowLockfileError(self.where, self._environment)
        except PathRefusedError as refused:
            raise BrokenStoreError(str(refused), hint=refused.hint) from None
        except FileNotFoundError:
            if self._tail.seq:
                raise DamagedLockfileError(phrase("{where} has disappeared", where=self.where)) from None
        except OSError as error:
            raise self._failure(phrase("read"), error) from error

    def append(self, first: int, lines: Sequence[bytes]) -> None:
        """Write the lines behind the tail that was read, and sync them."""
        self._check_trust()
        with self._locked() as descriptor:
            self._check_tail(descriptor, first)
            self._write(descriptor, b"".join(lines))
        for line in lines:
            self._tail = self._tail.after(line)

    def probe(self) -> None:
        """Show that this file system keeps file locks: a second one must be refused."""
        probe = self._path.with_name(f".{self._path.name}.probe-{os.getpid()}")
        try:
            try:
                is_kept = _refuses_second_lock(probe)
            finally:
                probe.unlink(missing_ok=True)
        except OSError as error:
            raise self._failure(phrase("locked"), error) from error
        if not is_kept:
            raise BrokenStoreError(
                phrase("the file system of {where} does not keep file locks", where=self.where),
                hint=phrase("use a local disk or another store: here, two runs could write at once"),
            )

    def close(self) -> None:
        """Nothing is kept open between two calls."""

    def _check_trust(self) -> None:
        if self._broken:
            raise BrokenStoreError(self._broken)

    def _read_from(self, file: BinaryIO, first: int) -> Iterator[bytes]:
        tail = self._tail if self._tail.seq == first else _Tail()
        file.seek(tail.offset)
        for line, after in self._whole_lines(file, tail):
            if tail.seq >= first:
                yield line
            tail = after
        self._tail = tail

    def _whole_lines(self, file: BinaryIO, tail: _Tail) -> Iterator[tuple[bytes, _Tail]]:
        while line := file.readline(MAX_LINE_BYTES + 1):
            if len(line) > MAX_LINE_BYTES:
                raise DamagedLockfileError(
                    phrase(
                        "line {seq} is longer than {max_line_bytes:,} bytes, which no record is",
                        seq=tail.seq + 1,
                        max_line_bytes=MAX_LINE_BYTES,
                    ),
                    hint=phrase("restore the file from its newest copy; an older one would send again"),
                )
            whole = line if line.endswith(b"\n") else line + b"\n"
            if whole is not line and not is_whole(whole, previous_crc=tail.crc):
                if is_cut_off(line):
                    return
                raise self._damaged_end(line, tail)
            tail = tail.after(whole, self.where)
            yield whole, tail

    def _damaged_end(self, line: bytes, tail: _Tail) -> DamagedLockfileError:
        error = damage(line, tail.seq, self.where)
        if tail.seq == 0 or error.hint != RESTORE or goes_on(line):
            return error
        cut = f"truncate -s {tail.offset} {quote(self.where)}"
        hint = phrase(
            "{restore}. Without one, compare it with the console's push tasks, "
            "then cut the line off: `{cut}`",
            restore=RESTORE,
            cut=cut,
        )
        return DamagedLockfileError(message_of(error), hint=hint)

    @contextmanager
    def _locked(self) -> Iterator[int]:
        try:
            if self._tail.seq and not self._path.exists():
                raise self._distrust(phrase("{where} has disappeared", where=self.where))
            with _appending(self._path) as descriptor:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if os.fstat(descriptor).st_ino != self._path.stat().st_ino:
                    raise StoreError(phrase("{where} was replaced while it was opened", where=self.where))
                if not self._is_name_synced:
                    # Whoever made the file, a checkout or an editor, may have left its name to chance.
                    self._sync_folder()
                    self._is_name_synced = True
                yield descriptor
        except BlockingIOError:
            raise StoreError(phrase("another process is writing {where}", where=self.where)) from None
        except PathRefusedError as refused:
            raise BrokenStoreError(str(refused), hint=refused.hint) from None
        except OSError as error:
            raise self._failure(phrase("written"), error) from error

    def _check_tail(self, descriptor: int, first: int) -> None:
        """Make sure that the file ends where it was read to, and with the line that was read last."""
        tail, size = self._tail, os.fstat(descriptor).st_size
        if tail.seq > first:
            raise SlotTakenError(phrase("slot {first} is taken", first=first))
        if tail.seq < first:
            raise StoreError(phrase("{where} was read to slot {seq} only", where=self.where, seq=tail.seq))
        if not self._ends_as_read(descriptor):
            raise self._distrust(
                phrase("{where} is not the file that was read: it was changed or put back", where=self.where)
            )
        behind = os.pread(descriptor, max(0, size - tail.offset), tail.offset)
        if any(True for _ in self._whole_lines(io.BytesIO(behind), tail)):
            raise SlotTakenError(phrase("slot {first} is taken", first=first))
        if behind:
            self._set_aside(descriptor, behind)

    def _ends_as_read(self, descriptor: int) -> bool:
        if self._tail.seq == 0:
            return True
        seal = b'"crc":"%08x"}' % self._tail.crc
        end = os.pread(descriptor, len(seal) + 1, self._tail.offset - len(seal) - 1)
        if end == seal:  # somebody's editor took the last line feed
            os.write(descriptor, b"\n")
        return end in {seal, seal + b"\n"}

    def _set_aside(self, descriptor: int, torn: bytes) -> None:
        aside = self._path.with_name(f"{self._path.name}.torn-{self._tail.seq}")
        with _appending(aside) as copy:
            _write_all(copy, torn + b"\n")
            os.fsync(copy)
        self._sync_folder()
        os.ftruncate(descriptor, self._tail.offset)
        self._sync(descriptor)  # or a power cut could leave the end of these bytes behind the next record

    def _write(self, descriptor: int, data: bytes) -> None:
        try:
            _write_all(descriptor, data)
        except OSError:
            os.ftruncate(descriptor, self._tail.offset)
            if not self._tail.seq:  # or one that was never begun would look like one that lost its records
                self._path.unlink(missing_ok=True)
            raise
        self._sync(descriptor)

    def _failure(self, done: str, error: OSError) -> StoreError:
        hint = _HINTS.get(error.errno or 0, "")
        return StoreError(
            phrase(
                "{where} cannot be {done}: {strerror}", where=self.where, done=done, strerror=error.strerror
            ),
            hint=hint,
        )

    def _distrust(self, why: str) -> BrokenStoreError:
        self._broken = why
        return BrokenStoreError(why)

    def _sync_folder(self) -> None:
        folder = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            self._sync(folder)
        finally:
            os.close(folder)

    def _sync(self, descriptor: int) -> None:
        try:
            os.fsync(descriptor)
        except OSError as error:
            # The kernel may drop the pages now and report success later, so reading back proves nothing.
            raise self._distrust(
                phrase("{where} could not be synced: {strerror}", where=self.where, strerror=error.strerror)
            ) from error


@contextmanager
def _appending(path: Path) -> Iterator[int]:
    """Open a file for reading and appending; made if it is not there."""
    descriptor = open_plain(path, os.O_RDWR | os.O_APPEND | os.O_CREAT)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _refuses_second_lock(path: Path) -> bool:
    with _appending(path) as one, _appending(path) as two:
        fcntl.flock(one, fcntl.LOCK_EX | fcntl.LOCK_NB)
        try:
            fcntl.flock(two, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _write_all(descriptor: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
