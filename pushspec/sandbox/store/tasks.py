"""Pushes that were accepted: what was asked, for whom, and how far the fan-out has come."""

from __future__ import annotations

import json
from array import array
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from pushspec.sandbox.answers import Body

_ID_BYTES = 4
# Lone surrogates are legal in JSON and illegal in SQLite's text, so everything is escaped.
_ENCODER = json.JSONEncoder(separators=(",", ":"))
_COLUMNS = """id, task_id, endpoint, sender, data_id, body, started_at, stored, online_only, counts_unread,
  expires_at, per_second, total, done, revoked_at, overlay"""


@dataclass(frozen=True)
class Task:
    """An accepted push.

    Attributes:
        id: Its number in the database.
        task_id: ``TaskId``, or ``MsgKey`` of ``openim/batchsendmsg``.
        endpoint: Its path without ``v4/``.
        sender: ``From_Account``, or the caller.
        data_id: Comes back in callbacks.
        body: The request without ``To_Account``.
        started_at: Unix seconds.
        stored: It becomes chat history.
        online_only: Nothing goes over the vendors' channels.
        counts_unread: It counts as unread.
        expires_at: After this an account that was offline no longer gets it.
        per_second: How many users a second the fan-out reaches; 0 for all at once.
        total: How many accounts it is for.
        done: How many of them were served.
        revoked_at: When it was recalled.
        overlay: The ``OfflinePushInfo`` that replaced it.
    """

    id: int
    task_id: str
    endpoint: str
    sender: str
    data_id: str
    body: Body
    started_at: float
    stored: bool
    online_only: bool
    counts_unread: bool
    expires_at: float | None
    per_second: int
    total: int
    done: int
    revoked_at: float | None
    overlay: Body | None

    @cached_property
    def content_key(self) -> str:
        """What two tasks have in common that show the same on every device."""
        return _ENCODER.encode([self.notification, self.body.get("MsgBody"), self.body.get("Message")])

    @property
    def is_web(self) -> bool:
        """Whether it goes to browsers."""
        return "WebInfo" in self.body or "Message" in self.body

    @property
    def is_chat(self) -> bool:
        """Whether it is a chat message rather than a notification alone."""
        return "MsgBody" in self.body

    @property
    def is_marketing(self) -> bool:
        """Whether the daily caps of the phone makers apply (``Classification`` 1)."""
        return not self.is_chat and self.body.get("Classification") == 1

    @property
    def notification(self) -> Body:
        """``OfflinePushInfo`` or ``WebInfo``, empty where there is none."""
        found: Body = self.body.get("OfflinePushInfo") or self.body.get("WebInfo") or {}
        return found

    def due(self, now: float) -> int:
        """Return how many accounts the fan-out has reached by ``now``."""
        if self.per_second == 0:
            return self.total
        return min(self.total, self.per_second * (1 + int(now - self.started_at)))


class Tasks:
    """The pushes of the app."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def next_number(self) -> int:
        """Return the number that the next task will have; ask inside the transaction that adds it."""
        number: int = self._db.execute("select coalesce(max(id), 0) + 1 from tasks").fetchone()[0]
        return number

    def add(self, task: Task, *, msg_random: int, answer: Body, waiting: array[int] | None = None) -> None:
        """Keep a new task.

        Args:
            task: What was accepted.
            msg_random: ``MsgRandom``.
            answer: What was answered, for whoever repeats the call.
            waiting: The accounts it is for, in the order of the fan-out; none when they are served already.
        """
        row = (
            task.id,
            task.task_id,
            task.endpoint,
            msg_random,
            task.sender,
            task.data_id,
            _dump(task.body),
            _dump(answer),
            task.started_at,
            task.stored,
            task.online_only,
            task.counts_unread,
            task.expires_at,
            task.per_second,
            task.total,
            task.done,
        )
        self._db.execute(
            "insert into tasks(id, task_id, endpoint, msg_random, sender, data_id, body, answer, started_at,"
            " stored, online_only, counts_unread, expires_at, per_second, total, done)"
            " values (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
            row,
        )
        if waiting is not None:
            self._db.execute("insert into recipients values (?, ?)", (task.id, waiting.tobytes()))

    def repeated(self, endpoint: str, msg_random: int, msg_seq: int | None, since: float) -> Body | None:
        """Return the answer to the same ``MsgRandom`` and ``MsgSeq`` on an endpoint since then, if any."""
        row = self._db.execute(
            "select answer from tasks where endpoint = ? and msg_random = ? and started_at >= ?"
            " and json_extract(body, '$.MsgSeq') is ? order by id limit 1",
            (endpoint, msg_random, since, msg_seq),
        ).fetchone()
        return None if row is None else json.loads(row[0])

    def last_start(self, endpoints: Sequence[str]) -> float | None:
        """Return when the newest task of these endpoints began."""
        starts = [
            self._db.execute("select max(started_at) from tasks where endpoint = ?", (endpoint,)).fetchone()[
                0
            ]
            for endpoint in endpoints
        ]
        return max((start for start in starts if start is not None), default=None)

    def count_since(self, endpoints: Sequence[str], since: float) -> int:
        """Return how many tasks of these endpoints began at ``since`` or later."""
        counts = (
            self._db.execute(
                "select count(*) from tasks where endpoint = ? and started_at >= ?", (endpoint, since)
            ).fetchone()[0]
            for endpoint in endpoints
        )
        return sum(counts)

    def find(self, task_id: str) -> Task | None:
        """Return the task with this ``TaskId`` or ``MsgKey``."""
        row = self._db.execute(f"select {_COLUMNS} from tasks where task_id = ?", (task_id,)).fetchone()  # noqa: S608 - own columns
        return None if row is None else _task(row)

    def any_under_way(self) -> bool:
        """Whether the fan-out of some task is not over."""
        return self._db.execute("select 1 from tasks where done < total limit 1").fetchone() is not None

    def under_way(self) -> list[Task]:
        """Return the tasks whose fan-out is not over."""
        rows = self._db.execute(f"select {_COLUMNS} from tasks where done < total order by id")  # noqa: S608 - own columns
        return [_task(row) for row in rows.fetchall()]

    def recipients(self, task: Task, first: int, count: int) -> list[int]:
        """Return the ids of ``count`` accounts of a task, from place ``first``."""
        blob = self._db.execute(
            "select substr(accounts, ?, ?) from recipients where task = ?",
            (first * _ID_BYTES + 1, count * _ID_BYTES, task.id),
        ).fetchone()[0]
        ids = array("I")
        ids.frombytes(blob)
        return ids.tolist()

    def advance(self, task: Task, done: int) -> None:
        """Note how far the fan-out has come, and forget the list of accounts when it is over."""
        self._db.execute("update tasks set done = ? where id = ?", (done, task.id))
        if done >= task.total:
            self._db.execute("delete from recipients where task = ?", (task.id,))

    def last_revocation(self) -> float | None:
        """Return when a task was recalled last."""
        found: float | None = self._db.execute("select max(revoked_at) from tasks").fetchone()[0]
        return found

    def revoke(self, task: Task, at: float, overlay: Body | None) -> None:
        """Recall a task: what was not dispatched stays so."""
        self._db.execute(
            "update tasks set revoked_at = ?, overlay = ?, done = total where id = ?",
            (at, None if overlay is None else _dump(overlay), task.id),
        )
        self._db.execute("delete from recipients where task = ?", (task.id,))


def _task(row: tuple[Any, ...]) -> Task:
    number, task_id, endpoint, sender, data_id, body, started_at, *rest = row
    stored, online_only, counts_unread, expires_at, per_second, total, done, revoked_at, overlay = rest
    return Task(
        number,
        task_id,
        endpoint,
        sender,
        data_id,
        json.loads(body),
        started_at,
        bool(stored),
        bool(online_only),
        bool(counts_unread),
        expires_at,
        per_second,
        total,
        done,
        revoked_at,
        None if overlay is None else json.loads(overlay),
    )


def _dump(value: Body) -> str:
    return _ENCODER.encode(value)
