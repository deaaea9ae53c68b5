"""A SQLite file that several processes share: transactions in turn, a log that stays short, plain reasons."""

from __future__ import annotations

import os
import sqlite3
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pushspec.files import keep_from_git
from pushspec.language import phrase
from pushspec.web.store import CallbackStoreError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_BUSY_MS = 1_500
"""How long a writer waits for another one; the service wants its answer within two seconds."""
_LOG_BYTES = 64 * 1024 * 1024
"""A write-ahead log longer than this is emptied as soon as nobody reads from it."""


class Database:
    """One connection to a file, shared by the threads of a process; every commit is synced to the disk.

    Raises:
        CallbackStoreError: The file cannot be opened, read or written; from every method.
    """

    def __init__(self, path: Path, schema: str) -> None:
        """Open a file, and make it and its tables where they are missing."""
        self._path = path
        self._log = path.with_name(f"{path.name}-wal")
        self._turn = threading.Lock()
        with self._reasons():
            path.parent.mkdir(parents=True, exist_ok=True)
            keep_from_git(path.parent)
            self._connection = sqlite3.connect(
                path, timeout=_BUSY_MS / 1_000, isolation_level=None, check_same_thread=False
            )
            self._connection.execute("pragma journal_mode = wal")
            # In WAL mode the default syncs at checkpoints only: a power cut would take what was acknowledged.
            self._connection.execute("pragma synchronous = full")
            self._connection.executescript(schema)
            _sync_folder(path.parent)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    @property
    def log_bytes(self) -> int:
        """The size of the write-ahead log."""
        return self._log.stat().st_size if self._log.exists() else 0

    @property
    def bytes_on_disk(self) -> int:
        """The size of the file and its log."""
        return self._path.stat().st_size + self.log_bytes

    def rows(self, query: str, values: Sequence[object] = ()) -> list[Any]:
        """Return all rows of a query; none keeps the log from being shortened."""
        with self._turn, self._reasons():
            return self._connection.execute(query, values).fetchall()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Yield the connection in a transaction that no other writer shares, and commit it durably."""
        with self._turn, self._reasons():
            self._connection.execute("begin immediate")
            try:
                yield self._connection
                self._connection.execute("commit")
            except BaseException:  # an open transaction would lock out every other writer; it goes on
                if self._connection.in_transaction:
                    self._connection.execute("rollback")
                raise
        self._shorten_log()

    def _shorten_log(self) -> None:
        if self.log_bytes > _LOG_BYTES:
            with self._turn, self._reasons():
                # A reader keeps the log as long as it reads; the next commit tries again.
                self._connection.execute("pragma busy_timeout = 0")
                try:
                    self._connection.execute("pragma wal_checkpoint(truncate)").fetchall()
                finally:
                    self._connection.execute(f"pragma busy_timeout = {_BUSY_MS}")

    @contextmanager
    def _reasons(self) -> Iterator[None]:
        """Say in plain words why SQLite could not."""
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            raise CallbackStoreError(
                phrase(
                    "the callbacks store {name} cannot be used: {reason}", name=self._path.name, reason=reason
                ),
                hint=phrase("make room and see that this user may write the file and its folder"),
            ) from error


def _sync_folder(folder: Path) -> None:
    """Make the names in a folder durable.

    SQLite takes a journal away when the file is made and does not sync that: one that came back after a power
    cut would undo everything that was acknowledged since.
    """
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
