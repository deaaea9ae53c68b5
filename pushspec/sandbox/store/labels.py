"""Tags and attributes of accounts, and the attributes that the app defines."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping


class Labels:
    """What accounts are marked with; accounts are given by their numbers in the database."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    # Attributes of the app

    def slots(self) -> dict[int, tuple[str, int]]:
        """Return name and kind of account of each defined slot."""
        rows = self._db.execute("select slot, name, kind from attribute_names order by slot")
        return {slot: (name, kind) for slot, name, kind in rows}

    def define(self, slot: int, name: str, kind: int) -> None:
        """Name a slot; values that accounts have there stay."""
        self._db.execute(
            "insert into attribute_names values (?, ?, ?)"
            " on conflict(slot) do update set name = excluded.name",
            (slot, name, kind),
        )

    # Attributes of accounts

    def attributes(self, account: int) -> dict[str, str]:
        """Return an account's attributes by name."""
        sql = (
            "select n.name, a.value from account_attributes a join attribute_names n on n.slot = a.slot"
            " where a.account = ? order by n.slot"
        )
        return dict(self._db.execute(sql, (account,)).fetchall())

    def set_attributes(self, account: int, values: Mapping[int, str]) -> None:
        """Give an account attributes, by slot."""
        self.remove_attributes(account, values)
        self._db.executemany(
            "insert into account_attributes(slot, value, account) values (?, ?, ?)",
            [(slot, value, account) for slot, value in values.items()],
        )

    def remove_attributes(self, account: int, slots: Iterable[int]) -> None:
        """Take attributes from an account, by slot."""
        self._db.executemany(
            "delete from account_attributes where account = ? and slot = ?",
            [(account, slot) for slot in slots],
        )

    # Tags

    def tags(self, account: int) -> list[str]:
        """Return an account's tags in the order of their names."""
        sql = "select t.name from account_tags a join tags t on t.id = a.tag where a.account = ? order by 1"
        return [row[0] for row in self._db.execute(sql, (account,))]

    def tag_kinds(self, names: Iterable[str]) -> dict[str, int]:
        """Return for which kind of account known tags are."""
        wanted = tuple(names)
        marks = ",".join("?" * len(wanted))
        rows = self._db.execute(f"select name, kind from tags where name in ({marks})", wanted)  # noqa: S608 - marks only
        return dict(rows.fetchall())

    def tag_count(self) -> int:
        """Return how many tags the app has."""
        count: int = self._db.execute("select count(*) from tags").fetchone()[0]
        return count

    def add_tags(self, account: int, names: Iterable[str], kind: int) -> None:
        """Give an account tags; a new tag is for the kind of account that gets it first."""
        wanted = tuple(names)
        self._db.executemany(
            "insert or ignore into tags(name, kind) values (?, ?)", [(n, kind) for n in wanted]
        )
        self._db.executemany(
            "insert or ignore into account_tags(tag, account) select id, ? from tags where name = ?",
            [(account, name) for name in wanted],
        )

    def remove_tags(self, account: int, names: Iterable[str]) -> None:
        """Take tags from an account."""
        self._db.executemany(
            "delete from account_tags where account = ? and tag = (select id from tags where name = ?)",
            [(account, name) for name in names],
        )

    def clear_tags(self, account: int) -> None:
        """Take all tags from an account."""
        self._db.execute("delete from account_tags where account = ?", (account,))
