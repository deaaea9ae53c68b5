"""Callbacks in a file of SQLite: what was acknowledged survives a power cut."""

from __future__ import annotations

import os
import sqlite3
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Self

from pushspec.web.rows import COLUMNS, STAGES, event_of, event_rows, post_row
from pushspec.web.store import CallbackStoreError, StoreStatus

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from pushspec.tencent.callbacks import CallbackEvent
    from pushspec.web.store import Post

_SCHEMA = """
    create table if not exists posts (
        id integer primary key, received_at real not null, sign text not null, body blob not null
    );
    create table if not exists events (
        identity blob primary key, command text not null, kind integer not null, task text not null,
        data_id text not null, account text not null, platform integer not null, stage integer not null,
        code integer not null, text text not null, at integer not null, task_at integer
    ) without rowid;
    create index if not exists events_of_task on events (task);
    create index if not exists events_of_data_id on events (data_id) where data_id <> '';
    create table if not exists progress (
        id integer primary key check (id = 1), read_to integer not null, repeats integer not null,
        odd integer not null, probed integer not null
    );
    insert or ignore into progress values (1, 0, 0, 0, 0);
"""
_INSERT_POST = "insert into posts (received_at, sign, body) values (?, ?, ?)"
_INSERT_EVENT = f"insert or ignore into events values ({', '.join('?' * len(COLUMNS))})"  # noqa: S608 - no input
_SELECT_EVENTS = f"select {', '.join(COLUMNS)} from events"  # noqa: S608 - names of our own
_PEOPLE = f"""
    select stage, count(*) from (
        select max(stage) as stage from events where task = ? and {STAGES} group by account
    ) as people group by stage
"""  # noqa: S608 - no input
_TASKS = """
    select task, min(account), min(task_at) from events
    where task_at between ? and ? group by task order by task
"""
_BUSY_MS = 1_500
"""How long a writer waits for another one; the service wants its answer within two seconds."""
_LOG_BYTES = 64 * 1024 * 1024
"""A write-ahead log longer than this is emptied as soon as nobody reads from it."""


class SqliteCallbackStore:
    """Posts are appended in one table; their events are read into another one later, each of them once."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._log = path.with_name(f"{path.name}-wal")
        self._turn = threading.Lock()
        with _reasons(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(
                path, timeout=_BUSY_MS / 1_000, isolation_level=None, check_same_thread=False
            )
            self._connection.execute("pragma journal_mode = wal")
            # In WAL mode the default syncs at checkpoints only: a power cut would take what was acknowledged.
            self._connection.execute("pragma synchronous = full")
            self._connection.executescript(_SCHEMA)
            _sync_folder(path.parent)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def append(self, posts: Sequence[Post]) -> None:
        """Keep posts in one transaction, synced to the disk."""
        rows = [post_row(post) for post in posts]
        with self._transaction() as connection:
            connection.executemany(_INSERT_POST, rows)
        self._shorten_log()

    def probe(self) -> None:
        """Write one row, synced to the disk."""
        with self._transaction() as connection:
            connection.execute("update progress set probed = probed + 1")

    def read_posts(self, most: int) -> int:
        """Read the events of posts that were not read yet, and remember that, in one transaction."""
        with self._transaction() as connection:
            (read_to,) = connection.execute("select read_to from progress").fetchone()
            found = connection.execute(
                "select id, body from posts where id > ? order by id limit ?", (read_to, most)
            ).fetchall()
            if not found:
                return 0
            repeats = odd = 0
            for _, body in found:
                rows, not_understood = event_rows(body)
                new = connection.executemany(_INSERT_EVENT, rows).rowcount if rows else 0
                repeats += len(rows) - new
                odd += not_understood
            connection.execute(
                "update progress set read_to = ?, repeats = repeats + ?, odd = odd + ?",
                (found[-1][0], repeats, odd),
            )
        self._shorten_log()
        return len(found)

    def status(self) -> StoreStatus:
        """Return what the store holds."""
        with self._turn, _reasons(self._path):
            one = self._connection.execute
            posts, newest_at = one("select count(*), max(received_at) from posts").fetchone()
            read_to, repeats, odd = one("select read_to, repeats, odd from progress").fetchone()
            (unread,) = one("select count(*) from posts where id > ?", (read_to,)).fetchone()
            (events,) = one("select count(*) from events").fetchone()
            (shared,) = one(
                "select count(*) from (select 1 from posts group by sign having count(distinct body) > 1)"
            ).fetchone()
        log = self._log.stat().st_size if self._log.exists() else 0
        return StoreStatus(
            posts=posts,
            events=events,
            repeats=repeats,
            odd=odd,
            unread=unread,
            newest_at=newest_at,
            shared_signs=shared,
            bytes_on_disk=self._path.stat().st_size + log,
            log_bytes=log,
        )

    def events(
        self, *, task: str = "", data_id: str = "", account: str = "", batch: int = 10_000
    ) -> Iterator[CallbackEvent]:
        """Yield events in the order of their identities; no slice keeps the log from being shortened."""
        asked = {"task": task, "data_id": data_id, "account": account}
        wanted = [f"{name} = ?" for name, value in asked.items() if value]
        values = [value for value in asked.values() if value]
        after = b""
        while True:
            where = " and ".join([*wanted, "identity > ?"])
            query = f"{_SELECT_EVENTS} where {where} order by identity limit ?"
            with self._turn, _reasons(self._path):
                rows = self._connection.execute(query, (*values, after, batch)).fetchall()
            for row in rows:
                yield event_of(row[1:])
            if len(rows) < batch:
                return
            after = rows[-1][0]

    def data_ids(self, task: str) -> frozenset[str]:
        """Return each ``DataId`` that events of a task carry, the empty one for those without."""
        with self._turn, _reasons(self._path):
            rows = self._connection.execute("select distinct data_id from events where task = ?", (task,))
            return frozenset(data_id for (data_id,) in rows)

    def tasks_begun(self, since: int, until: int) -> list[tuple[str, str, int]]:
        """Return the tasks that began in a span of Unix seconds, each with a person and its beginning."""
        with self._turn, _reasons(self._path):
            return self._connection.execute(_TASKS, (since, until)).fetchall()

    def people_by_stage(self, task: str) -> dict[int, int]:
        """Return how many people of a task came to which highest stage, failures left out."""
        with self._turn, _reasons(self._path):
            return dict(self._connection.execute(_PEOPLE, (task,)).fetchall())

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._turn, _reasons(self._path):
            self._connection.execute("begin immediate")
            try:
                yield self._connection
                self._connection.execute("commit")
            except BaseException:  # an open transaction would lock out every other writer; it goes on
                if self._connection.in_transaction:
                    self._connection.execute("rollback")
                raise

    def _shorten_log(self) -> None:
        if self._log.exists() and self._log.stat().st_size > _LOG_BYTES:
            with self._turn, _reasons(self._path):
                # A reader keeps the log as long as it reads; the next append tries again.
                self._connection.execute("pragma busy_timeout = 0")
                try:
                    self._connection.execute("pragma wal_checkpoint(truncate)").fetchall()
                finally:
                    self._connection.execute(f"pragma busy_timeout = {_BUSY_MS}")


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


@contextmanager
def _reasons(path: Path) -> Iterator[None]:
    """Say in plain words why SQLite could not."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise CallbackStoreError(
            f"the callbacks store {path.name} cannot be used: {reason}",
            hint="make room and see that this user may write the file and its folder",
        ) from error
