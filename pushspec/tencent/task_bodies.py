"""Bodies of tasks at the service: what one is made of, and what of it reads back otherwise than written.

Pages: https://www.tencentcloud.com/document/product/1047/78839 (create, read 2026-04-13),
https://www.tencentcloud.com/document/product/1047/78840 (modify) and those behind them. Times are UTC.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pushspec.language import phrase
from pushspec.serialization import canonical_json, sha256_hex
from pushspec.tencent.delivery import Delivery
from pushspec.tencent.endpoints import ENDPOINTS, EndpointName

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pushspec.serialization import Json

SCHEDULABLE = (EndpointName.PUSH, EndpointName.BATCH)
"""The endpoints whose pushes the service keeps until their time."""

_TIME = "%Y-%m-%d %H:%M:%S"
_SENDER, _DATA_ID = "From_Account", "DataId"
_EMPTY: tuple[Json, ...] = (None, "", 0, {}, [], ())
_SHOWN_CHARS = 40


def task_type(endpoint: str, content: Mapping[str, Json]) -> str:
    """Return the ``Type`` of the task that sends a content; a task never changes it."""
    if ENDPOINTS[EndpointName(endpoint)].to_accounts:
        return "User"
    return "Tag" if "Condition" in content else "All"


def task_time(moment: datetime) -> str:
    """Return a moment as the service writes it, in UTC."""
    return moment.astimezone(UTC).strftime(_TIME)


def read_task_time(text: str) -> datetime | None:
    """Return the moment of a time that the service wrote; None where it is none."""
    try:
        return datetime.strptime(text, _TIME).replace(tzinfo=UTC)
    except ValueError:
        return None


def task_sha256(kind: str, due_at: datetime, content: Mapping[str, Json]) -> str:
    """Return the hash over all that a task says: type, time and whole content."""
    return sha256_hex(canonical_json([kind, task_time(due_at), dict(content)]))


def content_differences(
    content: Mapping[str, Json], told: Mapping[str, Json], *, data_id: str | None
) -> Iterator[str]:
    """Yield what differs between a content that was written and the one that the service tells, in words.

    Who gets it is compared by its hash elsewhere. No page says whether a task keeps the ``MsgRandom`` that it
    was made with, so another one is no difference. The service may add who sends it, write a number as text,
    and fill in what is empty: none of that is one, nor are fields that no send has.
    """
    written = dict(content) if data_id is None else {**content, _DATA_ID: data_id}
    for name in sorted(written.keys() | (told.keys() & _SENT_FIELDS)):
        if name != _SENDER or name in written:
            yield from _differences(written.get(name), told.get(name), name)


_SENT_FIELDS = frozenset({"Condition", "MsgBody", "OfflinePushInfo"}).union(
    *(Delivery.fields_on(name) for name in SCHEDULABLE)
)
"""What changes what people get; the service may keep other things beside it."""


def _differences(written: Json, told: Json, path: str) -> Iterator[str]:
    if isinstance(written, dict) and isinstance(told, dict):
        for name in sorted(written.keys() | told.keys()):
            yield from _differences(written.get(name), told.get(name), f"{path}.{name}")
    elif isinstance(written, list | tuple) and isinstance(told, list | tuple) and len(written) == len(told):
        for number, (ours, theirs) in enumerate(zip(written, told, strict=True)):
            yield from _differences(ours, theirs, f"{path}[{number}]")
    elif _bare(written) != _bare(told):
        yield phrase("{path} is {told}, not {written}", path=path, told=_shown(told), written=_shown(written))


def _bare(value: Json) -> Json:
    """Return a value without what services write in more than one way."""
    if value in _EMPTY:
        return None
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _shown(value: Json) -> str:
    text = "nothing" if _bare(value) is None else str(value)
    return text if len(text) <= _SHOWN_CHARS else text[: _SHOWN_CHARS - 1] + "…"
