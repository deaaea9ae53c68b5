"""Accounts with their tags and attributes, and which of them a push is meant for."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence

    from pushspec.sandbox.checks.conditions import Condition

USER_ID = 0
REGISTRATION_ID = 1


class Accounts:
    """The people of the app."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def count(self) -> int:
        """Return how many accounts there are."""
        number: int = self._db.execute("select count(*) from accounts where deleted_at is null").fetchone()[0]
        return number

    def is_empty(self) -> bool:
        """Whether nobody was ever added."""
        return self._db.execute("select 1 from accounts limit 1").fetchone() is None

    def find(self, names: Sequence[str]) -> dict[str, int]:
        """Return the ids of those names that exist."""
        marks = ",".join("?" * len(names))
        rows = self._db.execute(
            f"select name, id from accounts where name in ({marks}) and deleted_at is null",  # noqa: S608 - marks only
            names,
        )
        return dict(rows.fetchall())

    def find_with_kind(self, names: Sequence[str]) -> dict[str, tuple[int, int]]:
        """Return number and kind of those names that exist."""
        marks = ",".join("?" * len(names))
        rows = self._db.execute(
            f"select name, id, kind from accounts where name in ({marks}) and deleted_at is null",  # noqa: S608 - marks only
            names,
        )
        return {name: (number, kind) for name, number, kind in rows}

    def name_of(self, number: int) -> str:
        """Return the name of an account."""
        name: str = self._db.execute("select name from accounts where id = ?", (number,)).fetchone()[0]
        return name

    def deleted_at(self, name: str) -> float | None:
        """Return when an account was deleted."""
        row = self._db.execute("select deleted_at from accounts where name = ?", (name,)).fetchone()
        return None if row is None else row[0]

    def put(self, name: str, *, nick: str | None, face_url: str | None, now: float) -> None:
        """Add an account or refresh its nick and face; it comes back without tags if it was deleted."""
        self._db.execute(
            "insert into accounts(name, nick, face_url, created_at)"
            " values (?1, coalesce(?2, ''), coalesce(?3, ''), ?4)"
            " on conflict(name) do update set nick = coalesce(?2, nick), face_url = coalesce(?3, face_url),"
            " deleted_at = null",
            (name, nick, face_url, now),
        )

    def delete(self, number: int, now: float) -> None:
        """Delete an account with all that belongs to it; its name stays taken for a while."""
        self._db.execute("update accounts set deleted_at = ?, unread = 0 where id = ?", (now, number))
        for table in ("account_tags", "account_attributes", "devices", "messages"):
            self._db.execute(f"delete from {table} where account = ?", (number,))  # noqa: S608 - table names above

    def attribute_slots(self) -> dict[str, int]:
        """Return the slots of the attributes that the app defines, by name."""
        return dict(self._db.execute("select name, slot from attribute_names").fetchall())

    def matching(self, condition: Condition | None) -> array[int]:
        """Return the ids of everyone a push is meant for, in rising order.

        Without a condition that is every UserID, and every device that nobody has logged in to.
        """
        sql, values = (_EVERYONE, []) if condition is None else self._query(condition)
        return array("I", (row[0] for row in self._db.execute(sql, values)))

    def _tag_ids(self, names: Iterable[str]) -> list[int]:
        wanted = tuple(dict.fromkeys(names))
        marks = ",".join("?" * len(wanted))
        rows = self._db.execute(f"select name, id from tags where name in ({marks})", wanted)  # noqa: S608 - marks only
        found = dict(rows.fetchall())
        return [found.get(name, _NO_TAG) for name in wanted]

    def _parts(self, condition: Condition) -> list[tuple[str, list[int | str]]]:
        slots = self.attribute_slots()
        parts = []
        if condition.tags_or:
            parts.append(_with_any(self._tag_ids(condition.tags_or)))
        parts += [_with_any([tag]) for tag in self._tag_ids(condition.tags_and)]
        if condition.attrs_or:
            parts.append(_joined([_with_value(slots[n], v) for n, v in condition.attrs_or], " union "))
        parts += [_with_value(slots[name], value) for name, value in condition.attrs_and]
        return parts

    def _query(self, condition: Condition) -> tuple[str, list[int | str]]:
        sql, values = _joined(self._parts(condition) or [(_EVERYONE, [])], " intersect ")
        if condition.tags_not:
            word = " union " if condition.not_any else " intersect "
            left_out, ids = _joined([_with_any([tag]) for tag in self._tag_ids(condition.tags_not)], word)
            sql, values = f"{sql} except {left_out}", values + ids
        return sql, values


_NO_TAG = -1
_EVERYONE = """
select id from accounts where deleted_at is null and kind = 0
union all
select registration from devices where account is null and registration is not null
order by 1
"""


def _with_any(tags: list[int]) -> tuple[str, list[int | str]]:
    marks = ",".join("?" * len(tags))
    return f"select distinct account from account_tags where tag in ({marks})", list(tags)  # noqa: S608 - marks only


def _with_value(slot: int, value: str) -> tuple[str, list[int | str]]:
    return "select account from account_attributes where slot = ? and value = ?", [slot, value]


def _joined(parts: list[tuple[str, list[int | str]]], word: str) -> tuple[str, list[int | str]]:
    # SQLite knows no brackets around the parts of a compound select, so each becomes a table.
    sql = word.join(f"select * from ({part})" for part, _ in parts)  # noqa: S608 - parts of this module
    return f"select * from ({sql})", [value for _, values in parts for value in values]  # noqa: S608 - see above
