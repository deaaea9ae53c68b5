"""What the service posts about pushes that it sent: how a post is signed, and the events it carries.

Sources: https://trtc.io/document/67551 (``Push.AllMemberPush``), https://trtc.io/document/67552
(``Push.OfflinePush``), https://trtc.io/document/34354 (signature and timing), all read 2026-11-28.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode

from pydantic_core import from_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pushspec.serialization import Json

MAX_AGE_S = 300
"""How old or how far ahead a post's time may be. The pages name no window, so this one is ours."""

_HEX_DIGEST = re.compile(rb"[0-9a-f]{64}")
_SECONDS = re.compile(r"[0-9]{1,12}")


class Stage(IntEnum):
    """How far a push came for one person."""

    SENT = 1
    REACHED = 2
    OPENED = 3


class StrangerError(Exception):
    """The post does not prove that the service sent it."""


class MalformedPostError(Exception):
    """The post is not a list of events."""


@dataclass(frozen=True, slots=True)
class PostQuery:
    """The query of a post's URL.

    Attributes:
        sdk_app_id: The app, as text.
        sign: The signature, as it came.
        request_time: When the service signed it, in Unix seconds, as text.
    """

    sdk_app_id: str
    sign: str
    request_time: str


@dataclass(frozen=True, slots=True)
class CallbackEvent:
    """What happened to one push on its way to one person.

    Attributes:
        command: Which kind of callback it is.
        kind: ``EventType``; its meaning depends on the command.
        task: The task, or the message where a chat message was pushed.
        data_id: What the sender put beside a call of ``timpush/batch``; empty without one.
        account: The person.
        platform: The phone maker's number; 0 for a push to a running app.
        stage: How far the push came; numbers that no page lists are kept.
        code: The service's error code; 0 where nothing went wrong.
        text: What it says about the code.
        at: When it happened, in Unix seconds.
        task_at: When the task began, in Unix seconds; None where the post does not say.
    """

    command: str
    kind: int
    task: str
    data_id: str
    account: str
    platform: int
    stage: int
    code: int
    text: str
    at: int
    task_at: int | None

    @property
    def identity(self) -> tuple[str | int, ...]:
        """What is the same in every repetition of the event; the service gives it no id of its own."""
        return (self.command, self.task, self.account, self.kind, self.platform, self.stage, self.at)


def read_query(text: str) -> PostQuery:
    """Read the query of a post's URL; what is missing is empty."""
    found = dict(parse_qsl(text, keep_blank_values=True))
    return PostQuery(found.get("SdkAppid", ""), found.get("Sign", ""), found.get("RequestTime", ""))


def check_sender(query: PostQuery, *, token: str, sdk_app_id: int, now_s: float) -> None:
    """Check that a post comes from the service, as far as its URL can prove it.

    The signature covers the token and a time, and not the body: whoever reads one URL in a log can post
    events for :data:`MAX_AGE_S`. So events are hints and never proof.

    Raises:
        StrangerError: It does not.
    """
    given = query.sign.encode("utf-8", "surrogateescape")
    wanted = _signature(token, query.request_time)
    is_signed = _HEX_DIGEST.fullmatch(given) is not None and hmac.compare_digest(given, wanted.encode())
    if not is_signed or not _SECONDS.fullmatch(query.request_time):
        raise StrangerError("the signature is missing or wrong")
    age_s = now_s - int(query.request_time)
    if age_s > MAX_AGE_S:
        raise StrangerError("the signature is too old")
    if age_s < -MAX_AGE_S:
        raise StrangerError(
            f"the signature is from the future: the clocks differ by {-age_s:.0f} s, "
            f"{MAX_AGE_S} s are allowed"
        )
    if query.sdk_app_id != str(sdk_app_id):
        raise StrangerError("the post is for another app")


def _signature(token: str, request_time: str) -> str:
    return hashlib.sha256(f"{token}{request_time}".encode("utf-8", "surrogateescape")).hexdigest()


def probe_query(*, token: str, sdk_app_id: int, now_s: float) -> str:
    """Return the query of a post as the service would sign it; with ``{}`` as its body it keeps nothing."""
    time = str(int(now_s))
    return urlencode({"SdkAppid": sdk_app_id, "RequestTime": time, "Sign": _signature(token, time)})


def read_events(body: bytes) -> Sequence[Json]:
    """Return the events of a post as they came; what they hold is looked at later.

    Raises:
        MalformedPostError: The body is not a JSON object with a list of at least one event.
    """
    try:
        document = from_json(body, allow_inf_nan=False, cache_strings="keys")
    except ValueError:
        raise MalformedPostError("the body is not JSON") from None
    events = document.get("Events") if isinstance(document, dict) else None
    if not isinstance(events, list) or not events:
        raise MalformedPostError("the body holds no list of events")
    return events


def read_event(event: Json) -> CallbackEvent | None:
    """Return an event, or None where it is not understood and only its text can be kept."""
    if not isinstance(event, dict):
        return None
    task = _text(event, "TaskId") or _text(event, "PushID") or _text(event, "MsgKey")
    account = _text(event, "To_Account")
    numbers = [_number(event, name) for name in ("EventType", "PushStage", "EventTime")]
    kind, stage, at = numbers
    if not task or not account or kind is None or stage is None or at is None:
        return None
    return CallbackEvent(
        command=_text(event, "CallbackCommand"),
        kind=kind,
        task=task,
        data_id=_text(event, "DataId"),
        account=account,
        platform=_number(event, "PushPlatform") or 0,
        stage=stage,
        code=_number(event, "ErrCode") or 0,
        text=_text(event, "ErrInfo"),
        at=at,
        task_at=_number(event, "TaskTime") or _number(event, "MsgTime"),
    )


def _text(event: Mapping[str, Json], name: str) -> str:
    value = event.get(name)
    return value if isinstance(value, str) else ""


def _number(event: Mapping[str, Json], name: str) -> int | None:
    value = event.get(name)
    is_number = isinstance(value, int) and not isinstance(value, bool) and abs(value) < 1 << 63
    return value if is_number else None


def reply(error: str = "") -> dict[str, Json]:
    """Return what the service expects in answer to a post."""
    return {"ActionStatus": "FAIL" if error else "OK", "ErrorCode": 1 if error else 0, "ErrorInfo": error}
