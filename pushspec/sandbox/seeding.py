"""Fill a sandbox with people: the accounts of the examples, generated crowds, and lists from a CSV file."""

from __future__ import annotations

import csv
import random
import uuid
from typing import TYPE_CHECKING

from pushspec.sandbox.store.accounts import REGISTRATION_ID
from pushspec.sandbox.store.database import writing
from pushspec.sandbox.store.devices import STATUSES
from pushspec.sandbox.store.newcomers import (
    NEWEST_SDK,
    TOKEN,
    NewAccount,
    NewDevice,
    define_attributes,
    insert,
)
from pushspec.sandbox.vendors import PHONES, VENDORS

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator

LEVEL, CITY = "会员等级", "city"
"""The attributes that a new sandbox defines."""

_LEVELS = ("普通会员", "白金会员", "超白金会员")
_CITIES = ("深圳", "北京", "上海", "Shenzhen", "Singapore", "Jakarta")
_TAGS = ("股票A", "股票B", "vip", "beta")
_LANGUAGES = ("zh-Hans", "zh-Hant", "en", "ja", "ko", "id", "ar", "de")
_SDKS = ("8.7.7201", "8.6.7040", "8.5.6870", "8.2.6325", "8.0.5895")
_LOST_SHARE, _TAG_SHARE = 0.03, 0.25
_STATUSES = ("push_online",) * 6 + ("online",) * 2 + ("offline",)


def seed_examples(connection: sqlite3.Connection, *, now: float, seed: int) -> None:
    """Add the accounts that the vendor's samples and our examples speak of, and a few dozen others."""
    chance = random.Random(seed)  # noqa: S311 - no secret hangs on it
    with writing(connection):
        define_attributes(connection, (LEVEL, CITY))
        insert(connection, (*_named(), *generated(40, chance), *_with_browsers()), now=now)


def generated(count: int, chance: random.Random, *, prefix: str = "guest") -> Iterator[NewAccount]:
    """Yield made-up people: the same ones for the same random numbers."""
    vendors = PHONES
    for number in range(1, count + 1):
        device = NewDevice(
            vendor=chance.choice(vendors),
            language=chance.choice(_LANGUAGES),
            status=chance.choice(_STATUSES),
            sdk=chance.choice(_SDKS),
            token=None if chance.random() < _LOST_SHARE else TOKEN,
            uninstalled=chance.random() < _LOST_SHARE,
            idle_days=chance.choice((0, 0, 1, 9, 40)),
        )
        yield NewAccount(
            f"{prefix}{number:03d}",
            devices=(device,),
            tags=tuple(tag for tag in _TAGS if chance.random() < _TAG_SHARE),
            attributes=((LEVEL, chance.choice(_LEVELS)), (CITY, chance.choice(_CITIES))),
        )


def from_csv(lines: Iterable[str]) -> Iterator[NewAccount]:
    """Yield the people of a CSV file with a header.

    Columns: ``account``, and at will ``nick``, ``vendor``, ``language``, ``status``, ``sdk``, ``tags``
    (separated by semicolons) and ``attribute.NAME``.

    Raises:
        ValueError: A column or value is unknown, with its line.
    """
    reader = csv.DictReader(lines)
    unknown = [name for name in reader.fieldnames or () if name not in _COLUMNS and not _attribute(name)]
    if unknown or "account" not in (reader.fieldnames or ()):
        raise ValueError(f"line 1: unknown column {unknown[0]}" if unknown else "line 1: no column account")
    for row in reader:
        vendor, status = row.get("vendor") or "apns", row.get("status") or "push_online"
        if not row["account"] or vendor not in VENDORS or status not in STATUSES:
            raise ValueError(f"line {reader.line_num}: account is empty, or vendor or status is unknown")
        device = NewDevice(vendor, row.get("language") or "en", status, row.get("sdk") or NEWEST_SDK)
        yield NewAccount(
            row["account"],
            row.get("nick") or "",
            (device,),
            tuple(tag for tag in (row.get("tags") or "").split(";") if tag),
            tuple((_attribute(name), value) for name, value in row.items() if _attribute(name) and value),
        )


_COLUMNS = ("account", "nick", "vendor", "language", "status", "sdk", "tags")


def attributes_of_csv(header: str) -> list[str]:
    """Return the attributes that the header of a CSV file names."""
    return [_attribute(name) for name in next(csv.reader([header]), []) if _attribute(name)]


def _attribute(column: str | None) -> str:
    return (column or "").removeprefix("attribute.") if (column or "").startswith("attribute.") else ""


def registration_id(name: str) -> str:
    """Return a RegistrationID of the shape the client SDK makes, the same one for the same name."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, name)).upper()


def _with_browsers() -> tuple[NewAccount, ...]:
    ada = (NewDevice("apns", "en"), NewDevice("web", "en", "online"))
    lin = (NewDevice("web"), NewDevice("xiaomi"))
    return (NewAccount("ada", "Ada", ada, ("beta",)), NewAccount("lin", "林", lin, ("vip", "beta")))


def _named() -> tuple[NewAccount, ...]:
    gold = ((LEVEL, "超白金会员"), (CITY, "深圳"))
    phone = NewDevice
    people = [
        NewAccount("layla", "ليلى", (phone("harmony", "ar"), phone("fcm", "ar")), ("beta",), gold),
        NewAccount("emiko", "えみこ 🌸", (phone("apns", "ja", foreground=True, status="online"),), ("vip",)),
        NewAccount("mei", "小梅", (phone("xiaomi"), phone("vivo"), phone("honor", "zh-Hant")), ("vip",)),
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
    vendors = PHONES
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
