"""What a callbacks store holds, as text and JSON."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pushspec.language import said, say
from pushspec.text import counted
from pushspec.timestamps import local_text
from pushspec.views.json_text import json_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import tzinfo

    from pushspec.web.store import StoreStatus

FORMAT_VERSION = 1
_MEGABYTE = 1_000_000


def callbacks_text(status: StoreStatus, *, now: datetime, zone: tzinfo | None = None) -> str:
    """Return what a store holds, a line a fact."""
    return "\n".join(_lines(status, now, zone)) + "\n"


def _lines(status: StoreStatus, now: datetime, zone: tzinfo | None) -> Iterator[str]:
    yield say(", ").join([said(counted(status.posts, "post")), said(counted(status.events, "event"))])
    yield say("  {events} came more than once and count once", events=counted(status.repeats, "event"))
    if status.odd:
        yield say(
            "  {events} not understood; the posts keep them as they came", events=counted(status.odd, "event")
        )
    if status.newest_at is None:
        yield say("no post yet: check that the callback is on in the console and that its URL leads here")
    else:
        newest = datetime.fromtimestamp(status.newest_at, UTC)
        minutes = max(0, round((now - newest).total_seconds() / 60))
        yield say(
            "newest post {newest}, {minutes} ago",
            newest=local_text(newest, zone, seconds=True),
            minutes=counted(minutes, "minute"),
        )
    if status.shared_signs:
        yield say(
            "{signatures} came with more than one body", signatures=counted(status.shared_signs, "signature")
        )
        yield say("  normal for posts of one second; otherwise someone may have read a URL in a log")
    if status.bytes_on_disk is not None:
        log = say(", {size} of it the log", size=_size(status.log_bytes)) if status.log_bytes else ""
        yield say("store {size}{log}", size=_size(status.bytes_on_disk), log=log)


def _size(count: int | None) -> str:
    return f"{(count or 0) / _MEGABYTE:,.1f} MB"


def callbacks_json(status: StoreStatus) -> str:
    """Return what a store holds as JSON; what the store does not say is null."""
    newest = datetime.fromtimestamp(status.newest_at, UTC) if status.newest_at is not None else None
    facts = asdict(status) | {"newest_at": newest.isoformat() if newest is not None else None}
    return json_text({"format_version": FORMAT_VERSION, **facts})
