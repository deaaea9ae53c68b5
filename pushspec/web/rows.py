"""Posts and events as rows of a database, the same in every store."""

from __future__ import annotations

import hashlib
import zlib
from typing import TYPE_CHECKING

from pushspec.tencent.callbacks import CallbackEvent, MalformedPostError, read_event, read_events

if TYPE_CHECKING:
    from pushspec.web.store import Post

COLUMNS = (
    "identity",
    "command",
    "kind",
    "task",
    "data_id",
    "account",
    "platform",
    "stage",
    "code",
    "text",
    "at",
    "task_at",
)
"""Columns of an event, in the order of :func:`event_row`."""

STAGES = "stage between 1 and 3 and code = 0"
"""Which events say how far a push came: no failures, and no numbers that no page lists."""

PostRow = tuple[float, str, bytes]
EventRow = tuple[bytes, str, int, str, str, str, int, int, int, str, int, int | None]

_IDENTITY_BYTES = 16
_FAST = 1


def post_row(post: Post) -> PostRow:
    """Return a post as a row; its body is compressed, for names repeat in every event."""
    return post.received_at, post.sign, zlib.compress(post.body, _FAST)


def event_rows(compressed: bytes) -> tuple[list[EventRow], int]:
    """Return the events of a post that was kept, and how many were not understood."""
    try:
        raw = read_events(zlib.decompress(compressed))
    except MalformedPostError:
        return [], 1
    events = [read_event(event) for event in raw]
    rows = [_event_row(event) for event in events if event is not None]
    return rows, len(events) - len(rows)


def _event_row(event: CallbackEvent) -> EventRow:
    identity = "\x1f".join(map(str, event.identity)).encode("utf-8", "surrogatepass")
    return (
        hashlib.blake2b(identity, digest_size=_IDENTITY_BYTES).digest(),
        event.command,
        event.kind,
        event.task,
        event.data_id,
        event.account,
        event.platform,
        event.stage,
        event.code,
        event.text,
        event.at,
        event.task_at,
    )


def event_of(row: tuple[str, int, str, str, str, int, int, int, str, int, int | None]) -> CallbackEvent:
    """Return the event of a row without its identity."""
    return CallbackEvent(*row)
