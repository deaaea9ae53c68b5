"""The phones of the app's people, and what their owners do with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pushspec.sandbox.store.newcomers import TOKEN

if TYPE_CHECKING:
    import sqlite3

STATUSES = {"online": "Online", "push_online": "PushOnline", "offline": "Offline"}
"""Our words for the states of https://tencentcloud.com/document/product/1047/35477, and its own."""

_OFFLINE_AFTER_S = 7 * 86_400
_SETTABLE = {
    "status",
    "foreground",
    "language",
    "sdk",
    "token",
    "has_certificate",
    "uninstalled",
    "last_active_at",
}


_OUT_OF_REACH_S = 365 * 86_400
_REACHABLE: dict[str, Any] = {"status": "push_online", "token": TOKEN, "has_certificate": 1, "uninstalled": 0}
LOSSES: dict[str, dict[str, Any]] = {
    "none": {},
    "no_certificate": {"has_certificate": 0},
    "no_token": {"token": None},
    "bad_registration": {"token": ""},
    "unregistered": {"uninstalled": 1},
    "out_of_reach": {"status": "offline"},
}
"""Why pushes to a person are lost, by the names of :class:`pushspec.sandbox.routing.Loss`."""


class Devices:
    """Phones, given by their numbers in the database."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def states(self, account: int, now: float) -> list[tuple[str, str]]:
        """Return platform and status of an account's devices; after 7 days unseen a device is offline."""
        rows = self._db.execute(
            "select vendor, status, last_active_at from devices where account = ? order by id", (account,)
        ).fetchall()
        return [
            (_platform(vendor), "Offline" if now - seen > _OFFLINE_AFTER_S else STATUSES[status])
            for vendor, status, seen in rows
        ]

    def change(self, device: int, values: dict[str, Any], now: float) -> int | None:
        """Set fields of a device.

        Args:
            device: Its number.
            values: New values; see :class:`pushspec.sandbox.seeding.NewDevice` for their meaning.
            now: Whoever comes online was active now.

        Returns:
            The account that is logged in, 0 for none; ``None`` when there is no such device.

        Raises:
            ValueError: A field cannot be set, or has no such value.
        """
        unknown = sorted(set(values) - _SETTABLE)
        if unknown:
            raise ValueError(f"a device has no {unknown[0]} to set")
        if values.get("status", "offline") not in STATUSES:
            raise ValueError(f"status is one of {', '.join(STATUSES)}")
        if not all(isinstance(value, str | int | float | None) for value in values.values()):
            raise ValueError("values are texts, numbers, true or false")
        if values.get("status") == "online":
            values = {"last_active_at": now, **values}
        for name, value in values.items():
            self._db.execute(f"update devices set {name} = ? where id = ?", (value, device))  # noqa: S608 - checked names
        row = self._db.execute("select coalesce(account, 0) from devices where id = ?", (device,)).fetchone()
        return None if row is None else int(row[0])

    def lose(self, account: int, reason: str, now: float) -> None:
        """Bring an account's devices into the state in which pushes to them are lost for a reason.

        Args:
            account: Its number.
            reason: A key of :data:`LOSSES`; ``none`` makes them reachable again.
            now: Since when a device is out of reach.

        Raises:
            ValueError: There is no such reason.
        """
        if reason not in LOSSES:
            raise ValueError(f"a reason is one of {', '.join(LOSSES)}")
        values = {**_REACHABLE, "last_active_at": now, **LOSSES[reason]}
        if reason == "out_of_reach":
            values["last_active_at"] = now - _OUT_OF_REACH_S
        for name, value in values.items():
            self._db.execute(f"update devices set {name} = ? where account = ?", (value, account))  # noqa: S608 - own names

    def log_out(self, account: int) -> None:
        """End every login of an account."""
        self._db.execute(
            "update devices set status = 'offline', foreground = 0 where account = ?", (account,)
        )

    def open_app(self, device: int) -> None:
        """The owner opens the app: it is in the foreground, everything is read, the badge is gone."""
        self._db.execute("update devices set foreground = 1, badge = 0 where id = ?", (device,))
        self._db.execute(
            "update accounts set unread = 0 where id = (select account from devices where id = ?)", (device,)
        )


def _platform(vendor: str) -> str:
    return {"apns": "iOS", "harmony": "Harmony"}.get(vendor, "Android")
