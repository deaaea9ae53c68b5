"""Counts and traces of deliveries."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pushspec.sandbox.routing import OFFLINE_PUSH, ONLINE_PUSH, Stage
from pushspec.sandbox.vendors import VENDORS

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator, Sequence


@dataclass(frozen=True, slots=True)
class Count:
    """How many users a push reached in one way."""

    event: int
    platform: int
    stage: int
    code: int
    number: int


@dataclass(frozen=True, slots=True)
class Trace:
    """The way of one push to one device."""

    device: int
    at: float
    event: int
    stage: int
    code: int
    vendor: str
    model: str
    system_version: str
    sdk: str
    token: str | None
    has_certificate: bool
    last_active: bool

    @property
    def platform(self) -> int:
        """``PushPlatform``; 0 for what came online."""
        return 0 if self.event == ONLINE_PUSH else VENDORS[self.vendor].platform


def _known(count: Count, share: float) -> Iterator[Count]:
    """Split a count: what is not known yet is in the total, and neither sent nor lost."""
    known = int(count.number * share)
    yield replace(count, number=known)
    yield replace(count, stage=Stage.LOST, code=0, number=count.number - known)


_TRACE = """
select d.id, x.at, x.event, x.stage, x.code, d.vendor, d.model, d.system_version, d.sdk, d.token,
  d.has_certificate, d.last_active_at =
  (select max(o.last_active_at) from devices o where o.account = d.account)
from deliveries x join devices d on d.id = x.device join tasks t on t.id = x.task
"""
_OF_USER = """
where t.task_id = ? and x.at >= ? and d.account = (select id from accounts where name = ?) order by d.id
"""


class Statistics:
    """What became of pushes; tasks are given by their numbers in the database."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def started(self, endpoints: Sequence[str], start: float, end: float) -> list[int]:
        """Return the tasks of these endpoints that began in a range of time."""
        marks = ",".join("?" * len(endpoints))  # so the text below holds no value
        rows = self._db.execute(
            f"select id from tasks where endpoint in ({marks}) and started_at >= ? and started_at < ?",  # noqa: S608
            (*endpoints, start, end + 1),
        )
        return [row[0] for row in rows]

    def settled(self, tasks: Sequence[int], share_at: Callable[[float], float]) -> list[Count]:
        """Return the counts of some tasks together, as far as they are known.

        Args:
            tasks: Numbers of tasks.
            share_at: How much is known of a push that began at a moment, from 0 to 1.
        """
        found = []
        for number in tasks:
            begun = self._db.execute("select started_at from tasks where id = ?", (number,)).fetchone()[0]
            found += [part for count in self.counts([number]) for part in _known(count, share_at(begun))]
        return found

    def counts(self, tasks: Sequence[int]) -> list[Count]:
        """Return the counts of some tasks together."""
        rows = self._db.execute(
            "select event, platform, stage, code, sum(number) from counts"
            " where task in (select value from json_each(?)) group by 1, 2, 3, 4 order by 1, 2, 3, 4",
            (str(list(tasks)),),
        )
        return [Count(*row) for row in rows]

    def marketing(self, devices: Sequence[int], *, since: float) -> dict[int, int]:
        """Return how many marketing pushes the makers' channels took for devices since a moment."""
        rows = self._db.execute(
            "select x.device, count(*) from deliveries x join tasks t on t.id = x.task"
            " where x.device in (select value from json_each(?)) and x.at > ? and x.stage >= ?"
            " and x.event = ? and json_extract(t.body, '$.Classification') = 1 group by 1",
            (str(list(devices)), since, Stage.SENT, OFFLINE_PUSH),
        )
        return dict(rows.fetchall())

    def traces(self, task_id: str, user: str, since: float) -> list[Trace]:
        """Return the ways of a push to all devices of a user."""
        rows = self._db.execute(
            _TRACE + _OF_USER,
            (task_id, since, user),
        )
        return [Trace(*row) for row in rows]

    def trace_of(self, push_id: str, since: float) -> list[Trace]:
        """Return the way of a chat message's notification, by its ``PushID``."""
        task_id, _, device = push_id.rpartition("-")
        rows = self._db.execute(
            _TRACE + " where t.task_id = ? and x.device = ? and x.at >= ?", (task_id, device, since)
        )
        return [Trace(*row) for row in rows]

    def click(self, delivery: int, at: float) -> bool:
        """Note that someone tapped a notification; ``False`` when it never arrived or was tapped before."""
        row = self._db.execute(
            "select x.task, x.event, x.stage, d.vendor"
            " from deliveries x join devices d on d.id = x.device where x.id = ?",
            (delivery,),
        ).fetchone()
        if row is None or row[2] != Stage.REACHED:
            return False
        task, event, _, vendor = row
        platform = 0 if event == ONLINE_PUSH else VENDORS[vendor].platform
        self._db.execute(
            "update deliveries set stage = ?, clicked_at = ? where id = ?", (Stage.CLICKED, at, delivery)
        )
        self._count_click(task, event, platform)
        return True

    def _count_click(self, task: int, event: int, platform: int) -> None:
        moved = self._db.execute(
            "update counts set number = number - 1"
            " where task = ? and event = ? and platform = ? and stage = ? and code = 0 and number > 0",
            (task, event, platform, Stage.REACHED),
        )
        if moved.rowcount:
            self._db.execute(
                "insert into counts values (?,?,?,?,0,1) on conflict do update set number = number + 1",
                (task, event, platform, Stage.CLICKED),
            )
