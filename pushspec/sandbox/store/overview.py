"""What the page lists: people, groups of devices, and pushes with their progress."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pushspec.sandbox.routing import Loss, Stage
from pushspec.sandbox.vendors import VENDORS

if TYPE_CHECKING:
    import sqlite3

_PEOPLE = """
select a.id, a.name, a.nick, a.kind, a.unread, max(x.at), count(distinct x.id)
from accounts a left join devices d on d.account = a.id or (a.kind = 1 and d.registration = a.id)
left join deliveries x on x.device = d.id
where a.id in (select value from json_each(?)) group by a.id order by a.id
"""
_TASKS = """
select id, task_id, endpoint, sender, started_at, stored, total, done, revoked_at,
  coalesce(json_extract(body, '$.OfflinePushInfo.Title'), json_extract(body, '$.WebInfo.Title'),
    json_extract(body, '$.Message.Title'), json_extract(body, '$.MsgBody[0].MsgContent.Text')),
  json_extract(body, '$.Condition'), json_extract(overlay, '$.Title')
from tasks order by id desc limit ?
"""
_GOT_MOST = """
select a.name from (
  select account, count(*) as got, max(id) as newest
  from (select account, id from deliveries order by id desc limit 100000) group by account
) x join accounts a on a.id = x.account
where a.deleted_at is null order by x.got desc, a.kind, x.newest desc limit 1
"""


class Overview:
    """Lists for people to look at."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection
        self._counted: tuple[tuple[int, int], dict[str, Any]] | None = None

    def people(self, search: str, limit: int) -> list[dict[str, Any]]:
        """Return accounts whose name or nick holds a text, those that got something lately first.

        Args:
            search: Part of a name; empty for all.
            limit: How many at most.
        """
        numbers = self._recent(limit) if not search else self._named(search, limit)
        rows = self._db.execute(_PEOPLE, (str(numbers),)).fetchall()
        vendors = self._vendors(numbers)
        people = {
            number: {
                "account": name,
                "nick": nick,
                "kind": "RegistrationID" if kind else "UserID",
                "unread": unread,
                "last_at": last_at,
                "received": received,
                "vendors": vendors.get(number, []),
            }
            for number, name, nick, kind, unread, last_at, received in rows
        }
        return [people[number] for number in numbers]

    def got_most(self) -> str:
        """Return the account that got most of late, one with a name before a device; empty without any."""
        found = self._db.execute(_GOT_MOST).fetchone()
        return str(found[0]) if found else ""

    def population(self) -> dict[str, Any]:
        """Return how many accounts there are, and how many devices each vendor's channel serves.

        Counting a million takes a while, so it is done again only when someone came; see :meth:`forget`.
        """
        newest = self._db.execute(
            "select (select max(id) from accounts), (select max(id) from devices)"
        ).fetchone()
        if self._counted is None or self._counted[0] != newest:
            self._counted = (newest, self._count())
        return self._counted[1]

    def forget(self) -> None:
        """Count again next time, because someone left."""
        self._counted = None

    def accounts_with(self, vendor: str, limit: int) -> list[str]:
        """Return accounts with a device of a vendor, those that got something lately first."""
        recent = self._db.execute(
            "select coalesce(d.account, d.registration)"
            " from (select device, id from deliveries order by id desc limit 5000) x"
            " join devices d on d.id = x.device where d.vendor = ?"
            " group by 1 order by max(x.id) desc limit ?",
            (vendor, limit),
        )
        first = self._db.execute(
            "select coalesce(account, registration) from devices where vendor = ? order by id limit ?",
            (vendor, limit),
        )
        numbers = list(dict.fromkeys(row[0] for rows in (recent, first) for row in rows))[:limit]
        names = dict(
            self._db.execute(
                "select id, name from accounts where id in (select value from json_each(?))", (str(numbers),)
            ).fetchall()
        )
        return [names[number] for number in numbers]

    def tasks(self, limit: int) -> list[dict[str, Any]]:
        """Return the newest pushes with their progress and counts."""
        return [self._task(row) for row in self._db.execute(_TASKS, (limit,)).fetchall()]

    def marks(self) -> dict[str, int]:
        """Return numbers that grow whenever there is something new to see."""
        return {
            name: self._db.execute(f"select coalesce(max(id), 0) from {name}").fetchone()[0]  # noqa: S608 - own names
            for name in ("calls", "deliveries", "messages", "tasks")
        }

    def _count(self) -> dict[str, Any]:
        devices = dict(self._db.execute("select vendor, count(*) from devices group by vendor").fetchall())
        accounts = self._db.execute("select count(*) from accounts where deleted_at is null").fetchone()[0]
        groups = [
            {"vendor": vendor.name, "name": vendor.title, "devices": devices.get(vendor.name, 0)}
            for vendor in VENDORS.values()
        ]
        return {"accounts": accounts, "groups": groups}

    def _recent(self, limit: int) -> list[int]:
        recent = self._db.execute(
            "select account from (select account, id from deliveries order by id desc limit 2000)"
            " group by account order by max(id) desc limit ?",
            (limit,),
        )
        first = self._db.execute(
            "select id from accounts where deleted_at is null order by id limit ?", (limit,)
        )
        return list(dict.fromkeys(row[0] for rows in (recent, first) for row in rows))[:limit]

    def _named(self, search: str, limit: int) -> list[int]:
        rows = self._db.execute(
            "select id from accounts where deleted_at is null"
            " and (instr(lower(name), ?1) or instr(lower(nick), ?1)) order by id limit ?2",
            (search.lower(), limit),
        )
        return [row[0] for row in rows]

    def _vendors(self, numbers: list[int]) -> dict[int, list[str]]:
        rows = self._db.execute(
            "select coalesce(account, registration), vendor from devices"
            " where account in (select value from json_each(?1))"
            " or (account is null and registration in (select value from json_each(?1))) order by id",
            (str(numbers),),
        )
        found: dict[int, list[str]] = {}
        for number, vendor in rows:
            found.setdefault(number, []).append(vendor)
        return found

    def _losses(self, task: int) -> list[dict[str, Any]]:
        rows = self._db.execute(
            "select code, sum(number) from counts where task = ? and code <> 0 group by 1 order by 2 desc",
            (task,),
        )
        return [{"info": Loss(code).text, "count": number} for code, number in rows]

    def _task(self, row: tuple[Any, ...]) -> dict[str, Any]:
        (
            number,
            task_id,
            endpoint,
            sender,
            started_at,
            stored,
            total,
            done,
            revoked_at,
            title,
            condition,
            overlay,
        ) = row
        counts = self._db.execute(
            "select sum(number) filter (where stage >= ?2), sum(number) filter (where code <> 0),"
            " sum(number) filter (where stage >= ?3) from counts where task = ?1",
            (number, Stage.REACHED, Stage.CLICKED),
        ).fetchone()
        reached, lost, clicked = (count or 0 for count in counts)
        return {
            "task_id": task_id,
            "endpoint": endpoint,
            "from": sender,
            "started_at": started_at,
            "stored": bool(stored),
            "total": total,
            "done": done,
            "reached": reached,
            "lost": lost,
            "clicked": clicked,
            "revoked_at": revoked_at,
            "losses": self._losses(number),
            "replaced_by": overlay or "",
            "title": title or "",
            "condition": condition or "",
        }
