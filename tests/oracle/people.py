"""The people of the apps: who they are, and whom a condition means, told by plain sets."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Person:
    """One account with its tags and city."""

    account: str
    tags: tuple[str, ...] = ()
    city: str = ""


PEOPLE = (
    Person("ada", ("vip", "beta"), "深圳"),
    Person("bonnie", ("vip",), "Singapore"),
    Person("lin", ("beta",), "深圳"),
    Person("rong", (), "Singapore"),
    Person("0012", ("vip", "股票A"), ""),
    Person("12", ("股票A",), "深圳"),
    Person("user-5", ("beta", "股票A"), ""),
    Person("user_6", ("vip",), "深圳"),
    Person("Ada", (), "Singapore"),
    Person("10086", ("beta",), ""),
)
