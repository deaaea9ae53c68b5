"""Look at what accounts got: notifications on their devices, and chat history."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pushspec.sandbox.routing import ONLINE_PUSH, Loss, Stage
from pushspec.sandbox.store.labels import Labels
from pushspec.sandbox.vendors import VENDORS

if TYPE_CHECKING:
    import sqlite3

_NOTIFICATIONS = """
select x.id, x.at, x.event, x.stage, x.code, x.badge, x.clicked_at, r.shown, t.task_id, t.endpoint,
  t.sender, t.revoked_at, t.overlay
from deliveries x join tasks t on t.id = x.task left join renderings r on r.id = x.rendering
where x.device = ? order by x.id desc limit ?
"""
_MESSAGES = """
select m.id, m.at, m.received_at, m.withdrawn_at, t.task_id, t.endpoint, t.sender, t.body, t.expires_at,
  t.revoked_at
from messages m join tasks t on t.id = m.task where m.account = ? order by m.id desc limit ?
"""


class Inbox:
    """What is on the screens and in the chats of the app's people."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection
        self._labels = Labels(connection)

    def of(self, name: str, *, now: float, limit: int = 100) -> dict[str, Any] | None:
        """Return all there is of an account; ``None`` when there is no such account.

        Args:
            name: A UserID or RegistrationID.
            now: The sandbox's time, by which stored messages expire.
            limit: How many of the newest notifications a device, and messages, to return.
        """
        row = self._db.execute(
            "select id, name, kind, nick, unread from accounts where name = ? and deleted_at is null", (name,)
        ).fetchone()
        if row is None:
            return None
        number, account, kind, nick, unread = row
        return {
            "account": account,
            "kind": "RegistrationID" if kind else "UserID",
            "nick": nick,
            "unread": unread,
            "tags": self._labels.tags(number),
            "attributes": self._labels.attributes(number),
            "devices": [self._device(device, limit) for device in self._devices(number)],
            "messages": self.messages(number, now=now, limit=limit),
        }

    def messages(self, account: int, *, now: float, limit: int) -> list[dict[str, Any]]:
        """Return the newest chat messages of an account, newest first, each with its state."""
        return [_message(row, now) for row in self._db.execute(_MESSAGES, (account, limit))]

    def _devices(self, account: int) -> list[dict[str, Any]]:
        cursor = self._db.execute(
            "select d.*, g.name as registration_id from devices d"
            " left join accounts g on g.id = d.registration"
            " where d.account = ? or d.registration = ? order by d.id",
            (account, account),
        )
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def _device(self, device: dict[str, Any], limit: int) -> dict[str, Any]:
        vendor = VENDORS[device["vendor"]]
        kept = (
            "id",
            "vendor",
            "model",
            "system_version",
            "sdk",
            "language",
            "status",
            "badge",
            "registration_id",
        )
        rows = self._db.execute(_NOTIFICATIONS, (device["id"], limit))
        return {
            **{name: device[name] for name in kept},
            "vendor_name": vendor.title,
            "foreground": bool(device["foreground"]),
            "uninstalled": bool(device["uninstalled"]),
            "notifications": [_notification(row, overwrites=vendor.overwrites) for row in rows],
        }


def _notification(row: tuple[Any, ...], *, overwrites: bool) -> dict[str, Any]:
    number, at, event, stage, code, badge, clicked_at, shown, *task = row
    task_id, endpoint, sender, revoked_at, overlay = task
    recalled = revoked_at is not None and event != ONLINE_PUSH and overwrites
    return {
        "id": number,
        "at": at,
        "task_id": task_id,
        "endpoint": endpoint,
        "from": sender,
        "channel": "online" if event == ONLINE_PUSH else "vendor",
        "state": "lost" if code != Loss.NONE else Stage(stage).name.lower(),
        "code": code,
        "info": Loss(code).text,
        "badge": badge,
        "clicked_at": clicked_at,
        "revoked_at": revoked_at,
        **(json.loads(shown) if shown else {}),
        **(_overlay(overlay) if recalled else {}),
    }


def _overlay(overlay: str | None) -> dict[str, Any]:
    replacement = json.loads(overlay) if overlay else {}
    return {"title": replacement.get("Title", ""), "desc": replacement.get("Desc", ""), "overwritten": True}


def _message(row: tuple[Any, ...], now: float) -> dict[str, Any]:
    number, at, received_at, withdrawn_at, task_id, endpoint, sender, body, expires_at, revoked_at = row
    withdrawn = withdrawn_at is not None or revoked_at is not None
    expired = received_at is None and expires_at is not None and now > expires_at
    return {
        "id": number,
        "at": at,
        "id_of_send": task_id,
        "endpoint": endpoint,
        "from": sender,
        "state": "withdrawn" if withdrawn else "expired" if expired else "kept",
        "expires_at": expires_at,
        "body": [] if withdrawn or expired else json.loads(body).get("MsgBody", []),
    }
