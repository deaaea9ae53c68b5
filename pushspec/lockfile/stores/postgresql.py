"""A lockfile in PostgreSQL: one row a record, and the primary key is the lock."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import psycopg
from psycopg.errors import UniqueViolation

from pushspec.lockfile.stores import BrokenStoreError, SlotTakenError, StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_OPTIONS = "-c statement_timeout=20s -c lock_timeout=5s -c synchronous_commit=on"
_TABLE = """
    create table if not exists pushspec_lockfile (
        lockfile text not null, seq bigint not null, line bytea not null, primary key (lockfile, seq)
    )
"""
_INSERT = "insert into pushspec_lockfile (lockfile, seq, line) values (%s, %s, %s)"
_SELECT = "select line from pushspec_lockfile where lockfile = %s and seq >= %s order by seq"
_PROBE_SEQ = -1


class PostgresStore:
    """Slots are rows of the table ``pushspec_lockfile``; the URL's fragment names the lockfile."""

    def __init__(self, url: str) -> None:
        address, _, name = url.partition("#")
        parts = urlsplit(address)
        self._address = address
        self._lockfile = name or "default"
        self._where = f"{parts.scheme}://{parts.hostname or 'localhost'}{parts.path}#{self._lockfile}"
        self._connection: psycopg.Connection[tuple[bytes]] | None = None

    @property
    def where(self) -> str:
        """The URL, without credentials."""
        return self._where

    def read(self, first: int = 0) -> Iterator[bytes]:
        """Yield the rows of slot ``first`` and all later ones."""
        with self._connected("read") as connection:
            rows = connection.execute(_SELECT, (self._lockfile, first)).fetchall()
        for row in rows:
            yield bytes(row[0])

    def append(self, first: int, lines: Sequence[bytes]) -> None:
        """Insert the rows in one transaction; a row that is there refuses it."""
        with self._connected("written") as connection:
            try:
                with connection.transaction(), connection.cursor() as cursor:
                    rows = [(self._lockfile, seq, line) for seq, line in enumerate(lines, first)]
                    cursor.executemany(_INSERT, rows)
            except UniqueViolation:
                raise SlotTakenError(f"slot {first} is taken") from None

    def probe(self) -> None:
        """Insert the same row twice: the second time must be refused."""
        row = (self._lockfile, _PROBE_SEQ, b"")
        with (
            self._connected("written") as connection,
            suppress(UniqueViolation),
            connection.transaction(force_rollback=True),
        ):
            connection.execute(_INSERT, row)
            connection.execute(_INSERT, row)
            raise BrokenStoreError(f"the table pushspec_lockfile at {self._where} has no primary key")

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    @contextmanager
    def _connected(self, done: str) -> Iterator[psycopg.Connection[tuple[bytes]]]:
        try:
            if self._connection is None or self._connection.closed:
                self._connection = self._connect()
            yield self._connection
        except psycopg.Error as error:
            # After an error nobody knows what was committed. psycopg's own words hold host and user.
            self.close()
            raise StoreError(f"{self._where} cannot be {done}: {type(error).__name__}") from error

    def _connect(self) -> psycopg.Connection[tuple[bytes]]:
        connection = psycopg.connect(
            self._address, autocommit=True, connect_timeout=10, options=_OPTIONS, application_name="pushspec"
        )
        # Two first runs may both create the table; the loser's error says that it is there.
        with suppress(UniqueViolation):
            connection.execute(_TABLE)
        return connection
