"""Hand over the pushes that the service keeps for devices it could not reach (``OfflineStorageTime``).

Source: https://cloud.tencent.com/document/product/269/132325: what could not go by the maker's channel is
delivered when the user comes online.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushspec.sandbox.checks.sends import BATCH, PUSH
from pushspec.sandbox.delivery import Event
from pushspec.sandbox.routing import OFFLINE_PUSH, ONLINE_PUSH, Loss, Stage, shows_pushes_online
from pushspec.sandbox.vendors import VENDORS

if TYPE_CHECKING:
    import sqlite3

    from pushspec.sandbox.store.tasks import Tasks

_KEPT_FOR = (Loss.NO_CERTIFICATE, Loss.NO_TOKEN, Loss.OUT_OF_REACH)
_WAITING = """
select x.id, t.task_id, x.code, d.id, d.vendor, d.sdk
from deliveries x join devices d on d.id = x.device join tasks t on t.id = x.task
where d.account = ? and d.status = 'online' and not d.uninstalled and x.stage = 0 and x.code in (?, ?, ?)
  and t.endpoint in (?, ?) and not t.stored and t.revoked_at is null and t.expires_at >= ?
order by x.id
"""


def hand_over(connection: sqlite3.Connection, tasks: Tasks, account: int, now: float) -> list[Event]:
    """Deliver what is kept for an account's devices that are online, inside a transaction.

    Returns:
        What happened, for callbacks.
    """
    rows = connection.execute(_WAITING, (account, *_KEPT_FOR, PUSH, BATCH, now)).fetchall()
    events = []
    for delivery, task_id, code, device, vendor, sdk in rows:
        task = tasks.find(task_id)
        if task is None or not shows_pushes_online(sdk):
            continue
        connection.execute(
            "update deliveries set event = ?, stage = ?, code = 0, at = ? where id = ?",
            (ONLINE_PUSH, Stage.REACHED, now, delivery),
        )
        _count(connection, task.id, VENDORS[vendor].platform, code)
        events += [
            Event(task, account, device, vendor, ONLINE_PUSH, stage, now)
            for stage in (Stage.SENT, Stage.REACHED)
        ]
    return events


def _count(connection: sqlite3.Connection, task: int, platform: int, code: int) -> None:
    moved = connection.execute(
        "update counts set number = number - 1"
        " where task = ? and event = ? and platform = ? and stage = ? and code = ? and number > 0",
        (task, OFFLINE_PUSH, platform, Stage.LOST, code),
    )
    if moved.rowcount:
        connection.execute(
            "insert into counts values (?,?,0,?,0,1) on conflict do update set number = number + 1",
            (task, ONLINE_PUSH, Stage.REACHED),
        )
