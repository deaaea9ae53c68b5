"""Pushes that wait for their time."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import sqlite3

    from pushspec.sandbox.answers import Body

PENDING, DISPATCHED = "pending", "dispatched"
_COLUMNS = "id, type, created_at, due_at, content, status, push_task_id, success, error"


@dataclass(frozen=True, slots=True)
class Scheduled:
    """One scheduled push; see the page of ``get_sched_task``."""

    id: int
    type: str
    created_at: float
    due_at: float
    content: Body
    status: str
    push_task_id: str
    success: int
    error: str

    @property
    def title(self) -> str:
        """The notification's title."""
        return str(self.content.get("OfflinePushInfo", {}).get("Title", ""))

    @property
    def desc(self) -> str:
        """The notification's text."""
        return str(self.content.get("OfflinePushInfo", {}).get("Desc", ""))


class ScheduledTasks:
    """The scheduled pushes of the app."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def add(self, kind: str, *, created_at: float, due_at: float, content: Body) -> int:
        """Keep a new one and return its ``TaskID``."""
        cursor = self._db.execute(
            "insert into scheduled(type, created_at, due_at, content, status) values (?, ?, ?, ?, ?)",
            (kind, created_at, due_at, json.dumps(content), PENDING),
        )
        return int(cursor.lastrowid or 0)

    def find(self, number: int) -> Scheduled | None:
        """Return one by its ``TaskID``."""
        found = self._select("where id = ?", (number,))
        return found[0] if found else None

    def change(self, number: int, *, due_at: float, content: Body) -> None:
        """Give one another time or content."""
        self._db.execute(
            "update scheduled set due_at = ?, content = ? where id = ?", (due_at, json.dumps(content), number)
        )

    def delete(self, number: int) -> None:
        """Forget one."""
        self._db.execute("delete from scheduled where id = ?", (number,))

    def due(self, now: float) -> list[Scheduled]:
        """Return those whose time has come, in order."""
        return self._select("where status = 'pending' and due_at <= ? order by due_at, id", (now,))

    def pending(self) -> list[Scheduled]:
        """Return those that still wait, in order."""
        return self._select("where status = 'pending' order by due_at, id", ())

    def pending_and_failed(self) -> list[Scheduled]:
        """Return those that still wait, and those of which nothing was sent, in order."""
        return self._select("where status = 'pending' or error <> '' order by due_at, id", ())

    def between(self, column: str, begin: float, end: float, *, ascending: bool) -> list[Scheduled]:
        """Return those created (``created_at``) or due (``due_at``) in a range of time."""
        order = "asc" if ascending else "desc"
        return self._select(
            f"where {column} between ? and ? order by {column} {order}, id {order}", (begin, end)
        )

    def finish(self, number: int, *, push_task_id: str, error: str) -> None:
        """Note what became of one that was dispatched."""
        self._db.execute(
            "update scheduled set status = ?, push_task_id = ?, success = ?, error = ? where id = ?",
            (DISPATCHED, push_task_id, int(not error), error, number),
        )

    def _select(self, rest: str, values: tuple[Any, ...]) -> list[Scheduled]:
        rows = self._db.execute(f"select {_COLUMNS} from scheduled {rest}", values)  # noqa: S608 - own columns
        return [_scheduled(row) for row in rows.fetchall()]


def _scheduled(row: tuple[Any, ...]) -> Scheduled:
    number, kind, created_at, due_at, content, *rest = row
    status, push_task_id, success, error = rest
    return Scheduled(
        number, kind, created_at, due_at, json.loads(content), status, push_task_id, success, error
    )
