"""Carry accepted pushes to devices: the fan-out, the way to each device, what it shows, what is lost.

History is stored at 200 users a second (https://cloud.tencent.com/document/product/269/45933), so a push to
many is under way for a while. Nothing runs in the background: whoever asks first brings all up to date.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pushspec.sandbox import makers
from pushspec.sandbox.rendering import ONLINE, Shown, apns_packet_bytes
from pushspec.sandbox.routing import ONLINE_PUSH, Device, Loss, Route, Stage, route, route_web
from pushspec.sandbox.store.database import writing
from pushspec.sandbox.store.renderings import Renderings
from pushspec.sandbox.store.statistics import Statistics
from pushspec.sandbox.vendors import VENDORS, badge_after

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable, Sequence

    from pushspec.sandbox.store.messages import Messages
    from pushspec.sandbox.store.tasks import Task, Tasks
    from pushspec.tencent.limits import Limits

_DAY_S = 86_400
_CHUNK = 500
_PART = 5_000
_DEVICE_COLUMNS = """d.id, coalesce(d.account, d.registration), d.vendor, d.sdk, d.language, d.status,
  d.foreground, d.token, d.has_certificate, d.uninstalled, d.badge, d.last_active_at"""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a push on a device, as callbacks report it."""

    task: Task
    account: int
    device: int
    vendor: str
    event: int
    stage: Stage
    at: float
    loss: Loss = Loss.NONE


@dataclass(slots=True)
class _Batch:
    """What serving one part of a fan-out writes."""

    rows: list[tuple[Any, ...]] = field(default_factory=list)
    badges: list[tuple[int, int]] = field(default_factory=list)
    counts: Counter[tuple[Any, ...]] = field(default_factory=Counter)
    events: list[Event] = field(default_factory=list)


class Delivery:
    """Serves the accounts of the tasks that are under way."""

    def __init__(
        self, connection: sqlite3.Connection, tasks: Tasks, messages: Messages, limits: Limits
    ) -> None:
        self._db = connection
        self._tasks = tasks
        self._messages = messages
        self._statistics = Statistics(connection)
        self._limits = limits
        self._renderings = Renderings(connection, limits)
        self._untold: list[Event] = []
        self.listeners: list[Callable[[Sequence[Event]], None]] = []

    def forget(self) -> None:
        """Drop what is kept of renderings that no longer exist."""
        self._renderings.forget()

    def advance(self, now: float, *, accounts: int | None = None) -> bool:
        """Serve what is due.

        Args:
            now: The sandbox's time, in Unix seconds.
            accounts: Serve about so many at most; without it, all.

        Returns:
            Whether something that is due is left.
        """
        left = accounts
        self._tell_untold()
        while self._tasks.any_under_way():
            served = self._advance_part(now, _PART if left is None else min(left, _PART))
            if served == 0:
                return False
            left = None if left is None else left - served
            if left is not None and left <= 0:
                return True
        return False

    def _advance_part(self, now: float, accounts: int) -> int:
        served = 0
        # Another process may serve the same tasks, so how far they are is read under the lock.
        with writing(self._db):
            for task in self._tasks.under_way():
                served += self.advance_task(task, now, accounts=accounts - served)
                if served >= accounts:
                    break
        self._tell_untold()
        return served

    def _tell_untold(self) -> None:
        if self._untold:
            told, self._untold = self._untold, []
            self.tell(told)

    def advance_task(self, task: Task, now: float, *, accounts: int | None = None) -> int:
        """Serve what is due of one task, inside a transaction, and return how many accounts that were."""
        first, due = task.done, task.due(now)
        if accounts is not None:
            due = min(due, first + accounts)
        for start in range(first, due, _CHUNK):
            count = min(_CHUNK, due - start)
            reached_at = task.started_at + (start // task.per_second if task.per_second else 0)
            self._serve(task, self._tasks.recipients(task, start, count), min(now, reached_at))
            self._tasks.advance(task, start + count)
        return max(0, due - first)

    def serve_at_once(self, task: Task, accounts: Sequence[int]) -> None:
        """Serve a task that is for a few accounts only, inside the transaction of its call."""
        self._serve(task, accounts, task.started_at)

    def click(self, delivery: int, at: float) -> bool:
        """Tap a notification; ``False`` when it never arrived, or was tapped before."""
        row = self._db.execute(
            "select t.task_id, x.account, x.device, d.vendor, x.event from deliveries x"
            " join tasks t on t.id = x.task join devices d on d.id = x.device where x.id = ?",
            (delivery,),
        ).fetchone()
        with writing(self._db):
            clicked = row is not None and self._statistics.click(delivery, at)
        if clicked:
            task_id, account, device, vendor, event = row
            task = self._tasks.find(task_id)
            if task is not None:
                self.tell([Event(task, account, device, vendor, event, Stage.CLICKED, at)])
        return clicked

    def tell(self, events: Sequence[Event]) -> None:
        """Let those who listen know what happened."""
        for listener in self.listeners:
            listener(events)

    def _serve(self, task: Task, ids: Sequence[int], at: float) -> None:
        batch = _Batch()
        devices = self._devices(ids, web=task.is_web)
        if task.is_chat and task.stored:
            online = {number for number, own in devices.items() if any(d.status == "online" for d in own)}
            self._messages.store(task.id, ids, at=at, online=online, counted=task.counts_unread)
        self._reach_devices(task, ids, devices, at, batch)
        self._write(task, batch)
        self._untold += batch.events

    def _reach_devices(
        self, task: Task, ids: Sequence[int], devices: dict[int, list[Device]], at: float, batch: _Batch
    ) -> None:
        unread = self._unread(ids) if task.is_chat else {}
        shown_today = self._marketing_today(devices, at) if task.is_marketing else {}
        for account, own in devices.items():
            newest = max(own, key=lambda device: device.last_active_at)
            for device in own:
                room = makers.has_room(device.vendor, shown_today.get(device.id, 0), self._limits)
                self._reach(
                    task, device, at, unread.get(account, 0), batch, counted=device is newest, room=room
                )

    def _reach(
        self,
        task: Task,
        device: Device,
        at: float,
        unread: int,
        batch: _Batch,
        *,
        counted: bool,
        room: bool,
    ) -> None:
        way = self._way(task, device, at)
        rendering, shown = self._renderings.of(
            task,
            vendor=ONLINE if way.event == ONLINE_PUSH else device.vendor,
            language=device.language,
            sdk=device.sdk,
        )
        way = _with_content(way, shown, device, task, self._limits)
        if not room and way.event != ONLINE_PUSH and way.stage >= Stage.SENT:
            way = Route(way.event, Stage.LOST, Loss.OVER_DAILY_CAP)
        badge = None
        if way.event != ONLINE_PUSH and way.stage >= Stage.REACHED:
            badge = badge_after(
                task.notification,
                vendor=device.vendor,
                before=device.badge,
                unread=unread,
                chat=task.is_chat,
                limits=self._limits,
            )
            if badge != device.badge:
                batch.badges.append((badge, device.id))
        batch.rows.append(
            (task.id, device.account, device.id, at, way.event, way.stage, way.loss, rendering, badge)
        )
        if counted:
            batch.counts[way.event, _platform(way, device), way.stage, way.loss] += 1
        if self.listeners:
            batch.events += _events(task, device, way, at)

    def _way(self, task: Task, device: Device, at: float) -> Route:
        if task.is_web:
            return route_web(device, has_message="Message" in task.body, has_info="WebInfo" in task.body)
        return route(
            device,
            chat=task.is_chat,
            offline_wanted=not task.online_only and task.notification.get("PushFlag", 0) == 0,
            idle_s=at - device.last_active_at,
            reach_s=self._limits.push_reach_s.value,
        )

    def _write(self, task: Task, batch: _Batch) -> None:
        self._db.executemany(
            "insert into deliveries(task, account, device, at, event, stage, code, rendering, badge)"
            " values (?,?,?,?,?,?,?,?,?)",
            batch.rows,
        )
        if batch.badges:
            self._db.executemany("update devices set badge = ? where id = ?", batch.badges)
        self._db.executemany(
            "insert into counts values (?,?,?,?,?,?)"
            " on conflict do update set number = number + excluded.number",
            [(task.id, *key, number) for key, number in batch.counts.items()],
        )

    def _marketing_today(self, devices: dict[int, list[Device]], at: float) -> dict[int, int]:
        numbers = [device.id for own in devices.values() for device in own]
        return self._statistics.marketing(numbers, since=at - _DAY_S)

    def _unread(self, ids: Sequence[int]) -> dict[int, int]:
        rows = self._db.execute(
            f"select id, unread from accounts where id in ({_marks(ids)})",  # noqa: S608 - marks only
            ids,
        )
        return dict(rows.fetchall())

    def _devices(self, ids: Sequence[int], *, web: bool) -> dict[int, list[Device]]:
        marks = _marks(ids)
        rows = self._db.execute(
            f"select {_DEVICE_COLUMNS}, d.account from devices d where d.account in ({marks})"  # noqa: S608 - marks only
            f" and (d.vendor = 'web') = ? union all select {_DEVICE_COLUMNS}, d.registration from devices d"
            f" where d.registration in ({marks}) and (d.vendor = 'web') = ?",
            [*ids, web, *ids, web],
        )
        found: dict[int, list[Device]] = {}
        for *columns, account in rows.fetchall():
            found.setdefault(account, []).append(Device(*columns))
        return found


def _with_content(way: Route, shown: Shown, device: Device, task: Task, limits: Limits) -> Route:
    if way.event == ONLINE_PUSH or way.stage < Stage.REACHED:
        return way
    if shown.is_empty:
        return Route(way.event, Stage.LOST, Loss.NOTHING_TO_SHOW)
    if device.vendor == "xiaomi" and not makers.takes_template(task.notification, limits):
        return Route(way.event, Stage.SENT, Loss.BAD_TEMPLATE_VALUE)
    if device.vendor == "apns":
        size = apns_packet_bytes(task.notification, shown)
        return Route(way.event, Stage.SENT, Loss.TOO_LARGE) if size > limits.apns_packet_bytes.value else way
    return way


def _platform(way: Route, device: Device) -> int:
    return 0 if way.event == ONLINE_PUSH else VENDORS[device.vendor].platform


def _events(task: Task, device: Device, way: Route, at: float) -> Iterable[Event]:
    for stage in (Stage.SENT, Stage.REACHED):
        if way.stage >= stage:
            failed = way.loss if stage == way.stage else Loss.NONE
            yield Event(task, device.account, device.id, device.vendor, way.event, stage, at, failed)


def _marks(ids: Sequence[int]) -> str:
    return ",".join("?" * len(ids))
