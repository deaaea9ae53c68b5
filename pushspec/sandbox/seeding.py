"""Fill a sandbox with people: the accounts of the examples, generated crowds, and lists from a CSV file."""

from __future__ import annotations

import random
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pushspec.sandbox.store.accounts import REGISTRATION_ID, USER_ID
from pushspec.sandbox.store.database import writing
from pushspec.sandbox.vendors import VENDORS

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator

_DAY_S = 86_400
_CHUNK = 5_000

LEVEL, CITY = "会员等级", "city"
"""The attributes that a new sandbox defines."""

_LEVELS = ("普通会员", "白金会员", "超白金会员")
_CITIES = ("深圳", "北京", "上海", "Shenzhen", "Singapore", "Jakarta")
_TAGS = ("股票A", "股票B", "vip", "beta")
_LANGUAGES = ("zh-Hans", "zh-Hant", "en", "ja", "ko", "id", "ar", "de")
_MODELS = {
    "apns": ("iPhone 16", "iOS 18.4"),
    "huawei": ("Mate 60", "EMUI 14"),
    "honor": ("Magic 6", "MagicOS 9"),
    "xiaomi": ("Xiaomi 15", "HyperOS 2"),
    "oppo": ("Find X8", "ColorOS 15"),
    "vivo": ("X200", "OriginOS 5"),
    "meizu": ("21 Pro", "Flyme 11"),
    "fcm": ("Pixel 9", "Android 15"),
    "harmony": ("Pura 80", "HarmonyOS 5"),
}
_SDKS = ("8.7.7201", "8.6.7040", "8.5.6870", "8.2.6325", "8.0.5895")
_STATUSES = ("push_online",) * 6 + ("online",) * 2 + ("offline",)


@dataclass(frozen=True, slots=True)
class NewDevice:
    """A phone to be added; see :mod:`pushspec.sandbox.routing` for what each field does."""

    vendor: str
    language: str = "zh-Hans"
    status: str = "push_online"
    sdk: str = _SDKS[0]
    foreground: bool = False
    token: str | None = "token"
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


def seed_examples(connection: sqlite3.Connection, *, now: float, seed: int) -> None:
    """Add the accounts that the vendor's samples and our examples speak of, and a few dozen others."""
    chance = random.Random(seed)  # noqa: S311 - no secret hangs on it
    with writing(connection):
        define_attributes(connection, (LEVEL, CITY))
        insert(connection, (*_named(), *generated(40, chance)), now=now)


def generated(count: int, chance: random.Random, *, prefix: str = "guest") -> Iterator[NewAccount]:
    """Yield made-up people: the same ones for the same random numbers."""
    vendors = tuple(VENDORS)
    for number in range(1, count + 1):
        device = NewDevice(
            vendor=chance.choice(vendors),
            language=chance.choice(_LANGUAGES),
            status=chance.choice(_STATUSES),
            sdk=chance.choice(_SDKS),
            token=None if chance.random() < _LOST_SHARE else "token",
            uninstalled=chance.random() < _LOST_SHARE,
            idle_days=chance.choice((0, 0, 1, 9, 40)),
        )
        yield NewAccount(
            f"{prefix}{number:03d}",
            devices=(device,),
            tags=tuple(tag for tag in _TAGS if chance.random() < _TAG_SHARE),
            attributes=((LEVEL, chance.choice(_LEVELS)), (CITY, chance.choice(_CITIES))),
        )


_LOST_SHARE, _TAG_SHARE = 0.03, 0.25


def define_attributes(connection: sqlite3.Connection, names: Iterable[str], kind: int = USER_ID) -> None:
    """Give the app's attribute slots names, from slot 0 on."""
    rows = [(slot, name, kind) for slot, name in enumerate(names)]
    connection.executemany("insert or ignore into attribute_names values (?, ?, ?)", rows)


def insert(connection: sqlite3.Connection, accounts: Iterable[NewAccount], *, now: float) -> int:
    """Add people, leaving out names that exist; call it inside a transaction.

    Returns:
        How many were added.
    """
    existing = {row[0] for row in connection.execute("select name from accounts limit 200000")}
    slots = dict(connection.execute("select name, slot from attribute_names").fetchall())
    next_id: int = connection.execute("select coalesce(max(id), 0) + 1 from accounts").fetchone()[0]
    writer = _Writer(connection, slots, now, next_id)
    added = 0
    for account in accounts:
        if account.name in existing:
            continue
        existing.add(account.name)
        writer.add(account)
        added += 1
    writer.flush()
    return added


class _Writer:
    """Collects rows, so that a million people take seconds."""

    def __init__(
        self, connection: sqlite3.Connection, slots: dict[str, int], now: float, next_id: int
    ) -> None:
        self._db, self._slots, self._now, self._next_id = connection, slots, now, next_id
        self._tag_ids = dict(connection.execute("select name, id from tags").fetchall())
        self._accounts: list[tuple[object, ...]] = []
        self._devices: list[tuple[object, ...]] = []
        self._tags: list[tuple[int, int]] = []
        self._attributes: list[tuple[int, str, int]] = []

    def add(self, account: NewAccount) -> None:
        number = self._new_account(account.name, account.kind, account.nick or account.name)
        for device in account.devices:
            self._add_device(device, number, account.kind)
        self._tags += [(self._tag_id(tag, account.kind), number) for tag in account.tags]
        self._attributes += [(self._slots[name], value, number) for name, value in account.attributes]
        if len(self._accounts) >= _CHUNK:
            self.flush()

    def flush(self) -> None:
        write = self._db.executemany
        write("insert into accounts(id, name, kind, nick, created_at) values (?,?,?,?,?)", self._accounts)
        write(
            "insert into devices(account, registration, vendor, model, system_version, sdk, language, status, foreground,"
            " token, has_certificate, uninstalled, last_active_at) values (?,?,?,?,?,?,?,?,?,?,?,?,?)",
            self._devices,
        )
        write("insert or ignore into account_tags values (?, ?)", self._tags)
        write("insert or ignore into account_attributes values (?, ?, ?)", self._attributes)
        for rows in (self._accounts, self._devices, self._tags, self._attributes):
            rows.clear()

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
                self._now - device.idle_days * _DAY_S,
            )
        )

    def _tag_id(self, name: str, kind: int) -> int:
        if name not in self._tag_ids:
            cursor = self._db.execute("insert into tags(name, kind) values (?, ?)", (name, kind))
            self._tag_ids[name] = int(cursor.lastrowid or 0)
        return self._tag_ids[name]


def registration_id(name: str) -> str:
    """Return a RegistrationID of the shape the client SDK makes, the same one for the same name."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, name)).upper()


def _named() -> tuple[NewAccount, ...]:
    gold = ((LEVEL, "超白金会员"), (CITY, "深圳"))
    phone = NewDevice
    people = [
        NewAccount(
            "bonnie",
            "Bonnie",
            (phone("apns", "en", registration_id=registration_id("bonnie")),),
            ("vip", "股票A"),
            gold,
        ),
        NewAccount("rong", "阿榕", (phone("oppo"), phone("apns", idle_days=2)), ("股票A", "股票B"), gold),
        NewAccount(
            "jared", "Jared", (phone("fcm", "en", status="online"),), ("beta",), ((CITY, "Singapore"),)
        ),
        NewAccount("tommy", "Tommy", (phone("huawei", "zh-Hant"),), ("vip", "股票B"), ((LEVEL, "白金会员"),)),
        NewAccount(
            registration_id("visitor"),
            "",
            (phone("vivo"),),
            kind=REGISTRATION_ID,
        ),
    ]
    vendors = tuple(VENDORS)
    for group in ("lumotuwe", "user", "user_"):
        for number in range(1, 6):
            device = phone(vendors[number % len(vendors)], _LANGUAGES[number % len(_LANGUAGES)])
            attributes = ((LEVEL, _LEVELS[number % len(_LEVELS)]), (CITY, _CITIES[number % len(_CITIES)]))
            people.append(
                NewAccount(
                    f"{group}{number}",
                    devices=(device,),
                    tags=(_TAGS[number % len(_TAGS)],),
                    attributes=attributes,
                )
            )
    return tuple(people)
