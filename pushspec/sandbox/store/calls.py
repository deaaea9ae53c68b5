"""The stream of calls: what came in, what was answered, and how long it took."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import sqlite3

_KEPT = 5_000
_TRIM_EVERY = 500
_SHOWN_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One call of the REST interface.

    Attributes:
        at: When it came, in Unix seconds of the sandbox.
        path: The path without ``/v4/``.
        identifier: Who called, as far as known.
        request: The body as text.
        answer: The answer as text; empty when none was given.
        code: ``ErrorCode``; ``None`` when no answer was given.
        ms: How long the work took.
        remark: What a person should know: a fault that was played, a field that was ignored.
    """

    at: float
    path: str
    identifier: str
    request: str
    answer: str
    code: int | None
    ms: float
    remark: str = ""


class Calls:
    """The newest calls."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def add(self, call: CallRecord) -> int:
        """Keep a call and return its number."""
        cursor = self._db.execute(
            "insert into calls(at, path, identifier, request, answer, code, ms, remark)"
            " values (?,?,?,?,?,?,?,?)",
            (
                call.at,
                call.path,
                call.identifier,
                call.request[:_SHOWN_BYTES],
                call.answer[:_SHOWN_BYTES],
                call.code,
                call.ms,
                call.remark,
            ),
        )
        number = int(cursor.lastrowid or 0)
        if number % _TRIM_EVERY == 0:
            self._db.execute("delete from calls where id <= ?", (number - _KEPT,))
        return number

    def since(self, number: int, limit: int) -> list[dict[str, Any]]:
        """Return the newest calls after a number, oldest first."""
        cursor = self._db.execute(
            "select * from calls where id > ? order by id desc limit ?", (number, limit)
        )
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in reversed(cursor.fetchall())]

    def count_since(self, paths: tuple[str, ...], since: float) -> int:
        """Return how many calls of these paths were answered at ``since`` or later."""
        marks = ",".join("?" * len(paths))
        found: int = self._db.execute(
            f"select count(*) from calls where path in ({marks}) and at >= ? and code is not null",  # noqa: S608 - marks only
            (*paths, since),
        ).fetchone()[0]
        return found
