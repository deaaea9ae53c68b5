"""Keep callbacks in PostgreSQL, for receivers on several machines."""

from __future__ import annotations

import threading
from contextlib import contextmanager, suppress
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

import psycopg

from pushspec.language import phrase
from pushspec.web.rows import COLUMNS, STAGES, event_of, event_rows, post_row
from pushspec.web.store import CallbackStoreError, StoreStatus

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pushspec.tencent.callbacks import CallbackEvent
    from pushspec.web.rows import EventRow
    from pushspec.web.store import Connecting, Post

_SCHEMA = """
    create table if not exists pushspec_callback_posts (
        id bigint generated always as identity primary key, received_at double precision not null,
        sign text not null, body bytea not null, is_read boolean not null default false
    );
    create index if not exists pushspec_callback_posts_unread
        on pushspec_callback_posts (id) where not is_read;
    create table if not exists pushspec_callback_events (
        identity bytea primary key, command text not null, kind bigint not null, task text not null,
        data_id text not null, account text not null, platform bigint not null, stage bigint not null,
        code bigint not null, text text not null, at bigint not null, task_at bigint
    );
    create index if not exists pushspec_callback_events_of_task on pushspec_callback_events (task);
    create index if not exists pushspec_callback_events_of_data_id
        on pushspec_callback_events (data_id) where data_id <> '';
    create table if not exists pushspec_callback_progress (
        id int primary key check (id = 1),
        repeats bigint not null, odd bigint not null, probed bigint not null
    );
    insert into pushspec_callback_progress values (1, 0, 0, 0) on conflict do nothing
"""
_LOCK_SCHEMA = "select pg_advisory_xact_lock(5066549580)"
"""Two receivers that start together must not both create the tables; any fixed number serves."""
_OPTIONS = "-c statement_timeout=10s -c lock_timeout=1500ms -c synchronous_commit=on"
_INSERT_POST = "insert into pushspec_callback_posts (received_at, sign, body) values (%s, %s, %s)"
_VALUES = ", ".join(["%s"] * len(COLUMNS))
_INSERT_EVENT = (
    f"insert into pushspec_callback_events values ({_VALUES})"  # noqa: S608 - no input
    " on conflict do nothing"
)
_TAKE = """
    select id, body from pushspec_callback_posts where not is_read
    order by id limit %s for update skip locked
"""
_SELECT_EVENTS = f"select {', '.join(COLUMNS)} from pushspec_callback_events"  # noqa: S608 - names of our own
_PEOPLE = f"""
    select stage, count(*) from (
        select max(stage) as stage from pushspec_callback_events where task = %s and {STAGES} group by account
    ) as people group by stage
"""  # noqa: S608 - no input
_TASKS = b"""
    select task, min(account), min(task_at) from pushspec_callback_events
    where task_at between %s and %s group by task order by task
"""


class PostgresCallbackStore:
    """Like the store in a file, with each post marked as read, for posts may become visible out of order."""

    def __init__(self, url: str, connecting: Connecting) -> None:
        self._url = url
        self._connecting = connecting
        parts = urlsplit(url)
        self._where = f"{parts.hostname or 'localhost'}{parts.path}"
        self._turn = threading.Lock()
        self._connection: psycopg.Connection[Any] | None = None
        with self._transaction():
            pass

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def append(self, posts: Sequence[Post]) -> None:
        """Keep posts in one transaction, committed to the disk."""
        rows = [post_row(post) for post in posts]
        with self._transaction() as connection, connection.cursor() as cursor:
            cursor.executemany(_INSERT_POST, rows)

    def probe(self) -> None:
        """Write one row, committed to the disk."""
        with self._transaction() as connection:
            connection.execute("update pushspec_callback_progress set probed = probed + 1")

    def read_posts(self, most: int) -> int:
        """Read the events of posts that were not read yet, and mark them, in one transaction."""
        with self._transaction() as connection, connection.cursor() as cursor:
            found = cursor.execute(_TAKE, (most,)).fetchall()
            if not found:
                return 0
            read = [event_rows(bytes(body)) for _, body in found]
            # In one order, so that two readers of the same events cannot wait for each other.
            rows = sorted((_storable(row) for rows, _ in read for row in rows), key=itemgetter(0))
            cursor.executemany(_INSERT_EVENT, rows)
            repeats = len(rows) - cursor.rowcount if rows else 0
            odd = sum(not_understood for _, not_understood in read)
            cursor.execute(
                "update pushspec_callback_posts set is_read = true where id = any(%s)",
                ([number for number, _ in found],),
            )
            cursor.execute(
                "update pushspec_callback_progress set repeats = repeats + %s, odd = odd + %s", (repeats, odd)
            )
        return len(found)

    def status(self) -> StoreStatus:
        """Return what the store holds."""
        with self._transaction() as connection:
            row: Any = connection.execute("""
                select (select count(*) from pushspec_callback_posts),
                    (select count(*) from pushspec_callback_events),
                    repeats, odd,
                    (select count(*) from pushspec_callback_posts where not is_read),
                    (select max(received_at) from pushspec_callback_posts),
                    (select count(*) from (select 1 from pushspec_callback_posts group by sign
                        having count(distinct body) > 1) as shared),
                    pg_total_relation_size('pushspec_callback_posts')
                        + pg_total_relation_size('pushspec_callback_events')
                from pushspec_callback_progress
            """).fetchone()
        return StoreStatus(*row)

    def events(
        self, *, task: str = "", data_id: str = "", account: str = "", batch: int = 10_000
    ) -> Iterator[CallbackEvent]:
        """Yield events in the order of their identities."""
        asked = {"task": task, "data_id": data_id, "account": account}
        wanted = [f"{name} = %s" for name, value in asked.items() if value]
        values = [value for value in asked.values() if value]
        where = " and ".join([*wanted, "identity > %s"])
        after = b""
        while True:
            with self._transaction() as connection:
                query = f"{_SELECT_EVENTS} where {where} order by identity limit %s"
                rows = connection.execute(query.encode(), (*values, after, batch)).fetchall()
            for row in rows:
                yield event_of(row[1:])
            if len(rows) < batch:
                return
            after = bytes(rows[-1][0])

    def data_ids(self, task: str) -> frozenset[str]:
        """Return each ``DataId`` that events of a task carry, the empty one for those without."""
        query = b"select distinct data_id from pushspec_callback_events where task = %s"
        with self._transaction() as connection:
            return frozenset(data_id for (data_id,) in connection.execute(query, (task,)).fetchall())

    def tasks_begun(self, since: int, until: int) -> list[tuple[str, str, int]]:
        """Return the tasks that began in a span of Unix seconds, each with a person and its beginning."""
        with self._transaction() as connection:
            rows: list[tuple[str, str, int]] = connection.execute(_TASKS, (since, until)).fetchall()
        return rows

    def people_by_stage(self, task: str) -> dict[int, int]:
        """Return how many people of a task came to which highest stage, failures left out."""
        with self._transaction() as connection:
            return dict(connection.execute(_PEOPLE.encode(), (task,)).fetchall())

    @contextmanager
    def _transaction(self) -> Iterator[psycopg.Connection[Any]]:
        with self._turn:
            try:
                connection = self._connected()
                with connection.transaction():
                    yield connection
            except (psycopg.Error, OSError) as error:
                self._close()
                reason, hint = self._told(error)
                raise CallbackStoreError(
                    phrase(
                        "the callbacks store at {where} cannot be used: {reason}",
                        where=self._where,
                        reason=reason,
                    ),
                    hint=hint,
                ) from error

    def _connected(self) -> psycopg.Connection[Any]:
        if self._connection is None:
            self._connection = psycopg.connect(
                self._connecting.conninfo(self._url, _OPTIONS), autocommit=True, connect_timeout=5
            )
            with self._connection.transaction():
                self._connection.execute(_LOCK_SCHEMA)
                self._connection.execute(_SCHEMA)
        return self._connection

    def _told(self, error: Exception) -> tuple[str, str]:
        """Return what went wrong and what to do, without what libpq adds of host and user."""
        diagnosed = error.diag.message_primary if isinstance(error, psycopg.Error) else None
        unreached = None if diagnosed else self._connecting.why_not(str(error))
        return unreached or (
            diagnosed or type(error).__name__,
            phrase("see that the server is up and that this role may create and write its tables"),
        )

    def _close(self) -> None:
        if self._connection is not None:
            with suppress(psycopg.Error):
                self._connection.close()
            self._connection = None


def _storable(row: EventRow) -> list[bytes | str | int | None]:
    """Return a row without NUL, which a text of PostgreSQL cannot hold."""
    return [part.replace("\0", "") if isinstance(part, str) else part for part in row]
