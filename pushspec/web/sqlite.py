"""Callbacks in two files of SQLite: posts as they came, and the events in them.

SQLite lets one writer at a time into a file. Posts have one of their own, so that no reader of events keeps
the receiver waiting. The events can be made from the posts at any time.
"""

from __future__ import annotations

import hashlib
from functools import cached_property
from typing import TYPE_CHECKING, Self

from pushspec.web.database import Database
from pushspec.web.rows import COLUMNS, STAGES, event_of, event_rows, post_row
from pushspec.web.store import StoreStatus

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from pushspec.tencent.callbacks import CallbackEvent
    from pushspec.web.store import Post

_POSTS = """
    create table if not exists posts (
        id integer primary key, received_at real not null, sign text not null, body blob not null
    );
    create table if not exists checks (id integer primary key check (id = 1), filling blob not null);
"""
_PROBE_BYTES = 64 * 1024
"""As large as a post of some hundred events: a disk may have room for a row, and not for that."""
_EVENTS = """
    create table if not exists events (
        identity blob primary key, command text not null, kind integer not null, task text not null,
        data_id text not null, account text not null, platform integer not null, stage integer not null,
        code integer not null, text text not null, at integer not null, task_at integer
    ) without rowid;
    create index if not exists events_of_task on events (task);
    create index if not exists events_of_data_id on events (data_id) where data_id <> '';
    create table if not exists progress (
        id integer primary key check (id = 1), read_to integer not null, last blob not null,
        repeats integer not null, odd integer not null
    );
    insert or ignore into progress values (1, 0, x'', 0, 0);
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
_SHARED = "select count(*) from (select 1 from posts group by sign having count(distinct body) > 1)"


class SqliteCallbackStore:
    """Posts are appended in one file; their events are read into another one later, each of them once."""

    def __init__(self, path: Path) -> None:
        self._events_path = path.with_name(f"{path.stem}.events{path.suffix}")
        self._posts = Database(path, _POSTS)

    @cached_property
    def _events(self) -> Database:
        return Database(self._events_path, _EVENTS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._posts.close()
        if "_events" in self.__dict__:  # the receiver never opens them
            self._events.close()

    def append(self, posts: Sequence[Post]) -> None:
        """Keep posts in one transaction, synced to the disk."""
        rows = [post_row(post) for post in posts]
        with self._posts.transaction() as connection:
            connection.executemany(_INSERT_POST, rows)

    def probe(self) -> None:
        """Write as much as a post takes over what the last probe wrote, synced to the disk."""
        with self._posts.transaction() as connection:
            connection.execute("replace into checks values (1, randomblob(?))", (_PROBE_BYTES,))

    def read_posts(self, most: int) -> int:
        """Read the events of posts that were not read yet, and remember that, in one transaction."""
        with self._events.transaction() as connection:
            read_to = self._read_to(connection)
            found = self._posts.rows(
                "select id, body from posts where id > ? order by id limit ?", (read_to, most)
            )
            if not found:
                return 0
            repeats = odd = 0
            for _, body in found:
                rows, not_understood = event_rows(body)
                new = connection.executemany(_INSERT_EVENT, rows).rowcount if rows else 0
                repeats += len(rows) - new
                odd += not_understood
            last, body = found[-1]
            connection.execute(
                "update progress set read_to = ?, last = ?, repeats = repeats + ?, odd = odd + ?",
                (last, _hash(body), repeats, odd),
            )
        return len(found)

    def _read_to(self, connection: sqlite3.Connection) -> int:
        """Return the last post that was read; 0 where the posts are not those that were read."""
        read_to, last = connection.execute("select read_to, last from progress").fetchone()
        bodies = self._posts.rows("select body from posts where id = ?", (read_to,))
        if read_to and [_hash(body) for (body,) in bodies] != [last]:
            connection.execute("delete from events")
            connection.execute("update progress set read_to = 0, repeats = 0, odd = 0")
            return 0
        return int(read_to)

    def status(self) -> StoreStatus:
        """Return what the store holds."""
        ((posts, newest_at),) = self._posts.rows("select count(*), max(received_at) from posts")
        ((shared,),) = self._posts.rows(_SHARED)
        ((read_to, repeats, odd),) = self._events.rows("select read_to, repeats, odd from progress")
        ((unread,),) = self._posts.rows("select count(*) from posts where id > ?", (read_to,))
        ((events,),) = self._events.rows("select count(*) from events")
        return StoreStatus(
            posts=posts,
            events=events,
            repeats=repeats,
            odd=odd,
            unread=unread,
            newest_at=newest_at,
            shared_signs=shared,
            bytes_on_disk=self._posts.bytes_on_disk + self._events.bytes_on_disk,
            log_bytes=self._posts.log_bytes + self._events.log_bytes,
        )

    def events(
        self, *, task: str = "", data_id: str = "", account: str = "", batch: int = 10_000
    ) -> Iterator[CallbackEvent]:
        """Yield events in the order of their identities."""
        asked = {"task": task, "data_id": data_id, "account": account}
        wanted = [f"{name} = ?" for name, value in asked.items() if value]
        values = [value for value in asked.values() if value]
        after = b""
        while True:
            where = " and ".join([*wanted, "identity > ?"])
            query = f"{_SELECT_EVENTS} where {where} order by identity limit ?"
            rows = self._events.rows(query, (*values, after, batch))
            for row in rows:
                yield event_of(row[1:])
            if len(rows) < batch:
                return
            after = rows[-1][0]

    def data_ids(self, task: str) -> frozenset[str]:
        """Return each ``DataId`` that events of a task carry, the empty one for those without."""
        rows = self._events.rows("select distinct data_id from events where task = ?", (task,))
        return frozenset(data_id for (data_id,) in rows)

    def tasks_begun(self, since: int, until: int) -> list[tuple[str, str, int]]:
        """Return the tasks that began in a span of Unix seconds, each with a person and its beginning."""
        return self._events.rows(_TASKS, (since, until))

    def people_by_stage(self, task: str) -> dict[int, int]:
        """Return how many people of a task came to which highest stage, failures left out."""
        return dict(self._events.rows(_PEOPLE, (task,)))


def _hash(body: bytes) -> bytes:
    return hashlib.blake2b(body, digest_size=16).digest()
