"""A lockfile as a story: one line a record, oldest first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushspec.lockfile.records import (
    Begin,
    Close,
    Conflict,
    End,
    Frozen,
    Header,
    Intent,
    Moved,
    NotSent,
    Open,
    Resolved,
    Sent,
    Unknown,
)
from pushspec.sanitize import printable
from pushspec.text import counted
from pushspec.timestamps import local_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pushspec.lockfile.records import AnyRecord

_LONGEST_KIND = 8


def record_line(record: AnyRecord) -> str:
    """Return one record as ``when  kind  what``."""
    when = local_text(record.at, seconds=True)
    return f"{when}  {record.record:<{_LONGEST_KIND}}  {printable(_what(record))}".rstrip()


def left_behind(records: Iterable[AnyRecord]) -> Iterator[tuple[AnyRecord, Sequence[str]]]:
    """Yield each record with the calls that it leaves in doubt: their run ended before their outcome came."""
    under_way: dict[str, None] = {}
    for record in records:
        left: list[str] = []
        match record:
            case Intent():
                under_way[record.key] = None
            case Sent() | NotSent() | Unknown():
                under_way.pop(record.key, None)
            case Open() | Close():
                left = list(under_way)
                under_way.clear()
        yield record, left


def doubt_line(record: AnyRecord, key: str) -> str:
    """Return the line of a call that a record left without an outcome."""
    when = local_text(record.at, seconds=True)
    return f"{when}  {'':{_LONGEST_KIND}}  {printable(key)}  IN DOUBT: its run ended without an outcome"


def _what(record: AnyRecord) -> str:  # noqa: C901 - one case a kind
    match record:
        case Header():
            return f"app {record.sdk_app_id}, environment {record.environment}, lockfile {record.journal}"
        case Open():
            return f"{record.holder} took the lock to {record.purpose} (pushspec {record.tool})"
        case Begin():
            calls = counted(record.calls, "call")
            return f"{record.campaign}  {record.endpoint}  {record.audience}, {calls}, from {record.spec}"
        case Intent():
            again = f", attempt {record.attempt}" if record.attempt > 1 else ""
            return f"{record.key}  is about to be called{again}"
        case Sent():
            return f"{record.key}  {_sent_text(record)}"
        case NotSent():
            how = "refused" if record.refused_by_service else "did not leave"
            code = f" ({record.code})" if record.code is not None else ""
            return f"{record.key}  {how}{code}: {record.text}"
        case Unknown():
            return f"{record.key}  IN DOUBT: {record.text}"
        case Resolved():
            return f"{record.key}  settled as {record.verdict.replace('_', ' ')} by {record.by}: {record.why}"
        case Conflict():
            return f"{record.key}  evidence against the record: {record.why}"
        case End():
            refused = (
                f", {counted(record.refused_accounts, 'account')} refused" if record.refused_accounts else ""
            )
            return f"{record.campaign}  finished: {record.sent} sent, {record.refused} refused{refused}"
        case Frozen():
            return f"{'frozen' if record.frozen else 'released'} by {record.by}: {record.why}"
        case Close():
            return f"left the lock: {record.why}"
        case Moved():
            return f"moved to {record.to} by {record.by}"
        case _:
            return ""


def _sent_text(record: Sent) -> str:
    name = f"task {record.task_id}" if record.task_id else f"message {record.msg_key}, id {record.msg_id}"
    refused = sum(len(accounts) for accounts in record.refused.values())
    return f"sent: {name}" + (f", {counted(refused, 'account')} refused" if refused else "")
