"""Open the sandbox's SQLite file and write to it in transactions."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from pushspec.files import keep_from_git

if TYPE_CHECKING:
    from collections.abc import Iterator

_VERSION = 1
_BUSY_MS = 10_000


def connect(database: Path | str) -> sqlite3.Connection:
    """Open a database and lay out its tables where it is new.

    Args:
        database: The file, made with its folder when absent, or ``:memory:``.

    Returns:
        A connection without implicit transactions; use :func:`writing`.

    Raises:
        sqlite3.Error: It is no database, or cannot be written.
    """
    if str(database) != ":memory:":
        folder = Path(database).parent
        folder.mkdir(parents=True, exist_ok=True)
        keep_from_git(folder)
    connection = sqlite3.connect(database, isolation_level=None, check_same_thread=False)
    connection.execute(f"pragma busy_timeout = {_BUSY_MS}")
    connection.execute("pragma journal_mode = wal")
    # What a sandbox forgets in a power cut is no loss; a process that dies loses nothing in this mode.
    connection.execute("pragma synchronous = off")
    version = connection.execute("pragma user_version").fetchone()[0]
    if version != _VERSION:
        _lay_out(connection, drop=version != 0)
    # Written again, since SQLite opens what it can only read without a word, and the first call would fail.
    connection.execute(f"pragma user_version = {_VERSION}")
    return connection


@contextmanager
def writing(connection: sqlite3.Connection) -> Iterator[None]:
    """Do several writes as one; inside another such block they are part of it.

    A second process that writes waits for its turn.
    """
    if connection.in_transaction:
        yield
        return
    connection.execute("begin immediate")
    try:
        yield
    except BaseException:  # nothing of it is kept, whatever broke it off; it goes on
        connection.execute("rollback")
        raise
    connection.execute("commit")


def clear(connection: sqlite3.Connection) -> None:
    """Remove everything that is in a database."""
    with writing(connection):
        for name in _tables(connection):
            connection.execute(f"delete from {name}")  # noqa: S608 - names of our own tables


def _tables(connection: sqlite3.Connection) -> list[str]:
    rows = connection.execute(
        "select name from sqlite_schema where type = 'table' and name not like 'sqlite_%'"
    )
    return [row[0] for row in rows.fetchall()]


def _lay_out(connection: sqlite3.Connection, *, drop: bool) -> None:
    # What another version of the sandbox left is dropped: nothing in a sandbox is worth a migration.
    drops = "".join(f"drop table {name};\n" for name in _tables(connection)) if drop else ""
    script = files("pushspec.sandbox.store").joinpath("schema.sql").read_text(encoding="utf-8")
    connection.executescript(f"begin immediate;\n{drops}{script}\npragma user_version = {_VERSION};\ncommit;")
