"""Add people with their phones, tags and attributes, a million of them in seconds."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from pushspec.sandbox.store.accounts import REGISTRATION_ID, USER_ID
from pushspec.sandbox.store.database import writing

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

DAY_S = 86_400
TOKEN = "0f1e2d3c"  # noqa: S105 - of a phone that does not exist
NEWEST_SDK = "8.7.7201"
_CHUNK = 500
_PART = 20_000

_MODELS = {
    "apns": ("iPhone 16", "iOS 18.4"),
    "huawei": ("Mate 60", "EMUI 14"),
    "honor": ("Magic 6", "MagicOS 9"),
    "xiaomi": ("Xiaomi 15", "HyperOS 2"),
    "oppo": ("Find X8", "ColorOS 15"),
    "vivo": ("X200", "OriginOS 5"),
    "meizu": ("21 Pro", "Flyme 11"),
    "fcm": ("Pixel 9", "Android 15"),
    "web": ("Chrome 142", "Windows 11"),
    "harmony": ("Pura 80", "HarmonyOS 5"),
}


@dataclass(frozen=True, slots=True)
class NewDevice:
    """A phone to be added; see :mod:`pushspec.sandbox.routing` for what each field does."""

    vendor: str
    language: str = "zh-Hans"
    status: str = "push_online"
    sdk: str = NEWEST_SDK
    foreground: bool = False
    token: str | None = TOKEN
    has_certificate: bool = True
    uninstalled: bool = False
    idle_days: float = 0.0
    registration_id: str = ""


@dataclass(frozen=True, slots=True)
class NewAccount:
    """A person to be added, with phones, tags and attributes."""

    name: str
    nick: str = ""
    devices: tuple[NewDevice, ...] = ()
    tags: tuple[str, ...] = ()
    attributes: tuple[tuple[str, str], ...] = ()
    kind: int = USER_ID


def define_attributes(connection: sqlite3.Connection, names: Iterable[str], kind: int = USER_ID) -> None:
    """Give free attribute slots of the app names; names that exist stay where they are."""
    known = dict(connection.execute("select name, slot from attribute_names").fetchall())
    free = iter(sorted(set(range(len(known) + 100)) - set(known.values())))
    rows = [(next(free), name, kind) for name in names if name not in known]
    connection.executemany("insert into attribute_names values (?, ?, ?)", rows)


def insert(connection: sqlite3.Connection, accounts: Iterable[NewAccount], *, now: float) -> int:
    """Add people, leaving out names that exist; each part in a transaction of its own, so others get a turn.

    Returns:
        How many were added.
    """
    remaining = iter(accounts)
    added = 0
    while part := list(islice(remaining, _PART)):
        with writing(connection):
            writer = _Writer(connection, now)
            for first in range(0, len(part), _CHUNK):
                added += writer.write(_new(connection, part[first : first + _CHUNK]))
    return added


def _new(connection: sqlite3.Connection, accounts: Iterable[NewAccount]) -> list[NewAccount]:
    by_name = {account.name: account for account in accounts}
    marks = ",".join("?" * len(by_name))
    rows = connection.execute(f"select name from accounts where name in ({marks})", tuple(by_name))  # noqa: S608 - marks only
    for (name,) in rows.fetchall():
        del by_name[name]
    return list(by_name.values())


class _Writer:
    """Turns people into rows, part by part."""

    def __init__(self, connection: sqlite3.Connection, now: float) -> None:
        self._db, self._now = connection, now
        self._slots: dict[str, int] = dict(connection.execute("select name, slot from attribute_names"))
        self._tag_ids: dict[str, int] = dict(connection.execute("select name, id from tags"))
        self._next_id: int = connection.execute("select coalesce(max(id), 0) + 1 from accounts").fetchone()[0]
        self._accounts: list[tuple[object, ...]] = []
        self._devices: list[tuple[object, ...]] = []
        self._tags: list[tuple[int, int]] = []
        self._attributes: list[tuple[int, str, int]] = []

    def write(self, accounts: list[NewAccount]) -> int:
        for account in accounts:
            self._add(account)
        write = self._db.executemany
        write("insert into accounts(id, name, kind, nick, created_at) values (?,?,?,?,?)", self._accounts)
        write(
            "insert into devices(account, registration, vendor, model, system_version, sdk, language, status,"
            " foreground, token, has_certificate, uninstalled, last_active_at)"
            " values (?,?,?,?,?,?,?,?,?,?,?,?,?)",
            self._devices,
        )
        write("insert or ignore into account_tags values (?, ?)", self._tags)
        write("insert or ignore into account_attributes values (?, ?, ?)", self._attributes)
        for rows in (self._accounts, self._devices, self._tags, self._attributes):
            rows.clear()
        return len(accounts)

    def _add(self, account: NewAccount) -> None:
        number = self._new_account(account.name, account.kind, account.nick or account.name)
        for device in account.devices:
            self._add_device(device, number, account.kind)
        self._tags += [(self._tag_id(tag, account.kind), number) for tag in account.tags]
        self._attributes += [(self._slots[name], value, number) for name, value in account.attributes]

    def _new_account(self, name: str, kind: int, nick: str) -> int:
        number = self._next_id
        self._next_id += 1
        self._accounts.append((number, name, kind, nick, self._now))
        return number

    def _add_device(self, device: NewDevice, number: int, kind: int) -> None:
        model, system = _MODELS[device.vendor]
        registration = number if kind == REGISTRATION_ID else None
        if device.registration_id:
            registration = self._new_account(device.registration_id, REGISTRATION_ID, "")
        self._devices.append(
            (
                None if kind == REGISTRATION_ID else number,
                registration,
                device.vendor,
                model,
                system,
                device.sdk,
                device.language,
                device.status,
                device.foreground,
                device.token,
                device.has_certificate,
                device.uninstalled,
                self._now - device.idle_days * DAY_S,
            )
        )

    def _tag_id(self, name: str, kind: int) -> int:
        if name not in self._tag_ids:
            cursor = self._db.execute("insert into tags(name, kind) values (?, ?)", (name, kind))
            self._tag_ids[name] = int(cursor.lastrowid or 0)
        return self._tag_ids[name]
