"""Keep on disk what memory should not hold: accounts, so it is private and goes away."""

from __future__ import annotations

import errno
import os
import re
import shutil
import tempfile
import weakref
from array import array
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from zlib import crc32

from pushspec.files import FileAccessError
from pushspec.language import phrase

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

IN_MEMORY = 1 << 20
"""So many bytes are kept in memory before a file is made."""
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


@contextmanager
def spill_file() -> Iterator[BinaryIO]:
    """Return a file without a name, that only this process has: it goes away with the process.

    Raises:
        FileAccessError: The system refuses it, or another file that the block works on.
    """
    try:
        with tempfile.TemporaryFile() as file:
            yield file
    except OSError as error:
        raise _refused(phrase("written"), error) from None


def _refused(done: str, error: OSError) -> FileAccessError:
    """Return what a person is told; only a file with a name is named by the system."""
    unnamed = phrase("a temporary file in {folder}", folder=tempfile.gettempdir())
    return FileAccessError(str(error.filename) if error.filename else unnamed, done, error)


class Spill:
    """Numbered blocks of bytes: few stay in memory, many go to a file without a name.

    Nobody else can open that file, so nothing changes a block that was added. What the disk itself changes
    is an error when the block is read.
    """

    __slots__ = ("__weakref__", "_crcs", "_ends", "_file", "_memory")

    def __init__(self) -> None:
        self._memory = bytearray()
        self._file: BinaryIO | None = None
        self._ends = array("Q", [0])
        self._crcs = array("I")

    def add(self, block: bytes) -> int:
        """Keep a block, and return its number.

        Raises:
            FileAccessError: The system refuses.
        """
        if self._file is None and len(self._memory) + len(block) > IN_MEMORY:
            self._leave_memory()
        if self._file is None:
            self._memory += block
        else:
            self._write(self._file, block)
        self._ends.append(self._ends[-1] + len(block))
        self._crcs.append(crc32(block))
        return len(self._crcs) - 1

    def block(self, number: int) -> bytes:
        """Return a block as it was added.

        Raises:
            FileAccessError: It cannot be read, or comes back different.
        """
        start, end = self._ends[number], self._ends[number + 1]
        if self._file is None:
            return bytes(self._memory[start:end])
        try:
            block = os.pread(self._file.fileno(), end - start, start)
        except OSError as error:
            raise _refused(phrase("read"), error) from None
        if crc32(block) != self._crcs[number]:
            raise _refused(phrase("read"), OSError(errno.EIO, os.strerror(errno.EIO)))
        return block

    def _leave_memory(self) -> None:
        try:
            self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - closed with the last reference
        except OSError as error:
            raise _refused(phrase("made"), error) from None
        weakref.finalize(self, self._file.close)
        self._write(self._file, self._memory)
        self._memory = bytearray()

    def _write(self, file: BinaryIO, data: bytes | bytearray) -> None:
        """Write behind what is there; the system may take less at once than it is given."""
        left = memoryview(data)
        try:
            while left:
                left = left[file.write(left) :]
        except OSError as error:
            raise _refused(phrase("written"), error) from None
