"""What stands below the file store where a disk is full, mounted for reading, or keeps no locks."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


class ReadOnlyDisk:
    """``os`` on a file system that is mounted for reading only; tests may run as root, whom no mode stops."""

    def __getattr__(self, name: str) -> Any:
        return getattr(os, name)

    def open(self, path: Path, flags: int, mode: int = 0o777, **more: Any) -> int:
        if flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))
        return os.open(path, flags, mode, **more)


class FullDisk:
    """``os`` on a disk that takes a few more bytes and then no more."""

    def __init__(self) -> None:
        self._left = 20

    def __getattr__(self, name: str) -> Any:
        return getattr(os, name)

    def write(self, descriptor: int, data: bytes) -> int:
        if self._left == 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        count = os.write(descriptor, bytes(data)[: self._left])
        self._left -= count
        return count


class NoLocks:
    """``fcntl`` on a file system where every lock is granted, as on some network mounts."""

    def __getattr__(self, name: str) -> Any:
        import fcntl

        return getattr(fcntl, name)

    def flock(self, _descriptor: int, _operation: int) -> None:
        """Grant it."""
