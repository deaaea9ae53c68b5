"""Records of the lockfile itself and of the runs that hold it."""

from __future__ import annotations

from typing import ClassVar, Literal

from pushspec.lockfile.records.base import Instant, Record

LOCKFILE_VERSION = 1
"""Raised when a record changes its meaning; a newer file is refused by older tools."""


class Header(Record):
    """The first record: binds the lockfile to one app and environment."""

    record: Literal["header"] = "header"
    version: int = LOCKFILE_VERSION
    sdk_app_id: int
    environment: str


class Open(Record):
    """A run took the lock; every earlier owner can no longer write."""

    record: Literal["open"] = "open"
    holder: str
    purpose: str = "apply"
    plan_digest: str = ""
    lease_end: Instant
    tool: str
    process: str | None = None


class Renew(Record):
    """The run lives and holds the lock for longer."""

    record: Literal["renew"] = "renew"
    lease_end: Instant


class Close(Record):
    """The run left the lock."""

    record: Literal["close"] = "close"
    why: str = "done"
    sent: int = 0
    refused: int = 0
    not_sent: int = 0
    in_doubt: int = 0


class Frozen(Record):
    """A person stopped every apply, or let them go on again."""

    is_note: ClassVar[bool] = True
    record: Literal["frozen"] = "frozen"
    frozen: bool
    by: str
    why: str


class Moved(Record):
    """The lockfile lives elsewhere now; nothing follows this record."""

    record: Literal["moved"] = "moved"
    to: str
    by: str
