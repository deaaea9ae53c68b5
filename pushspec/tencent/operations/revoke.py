"""Take back what was sent: a push task whole, a chat message one person at a time.

Pages: https://cloud.tencent.com/document/product/269/105123 (revoke, read 2025-12-24),
https://trtc.io/document/35015 (withdraw, read 2026-05-18).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from pushspec.language import phrase
from pushspec.tencent.codes import meaning_of
from pushspec.tencent.endpoints import EndpointName
from pushspec.tencent.limits import REVOKE as REVOKE_PAGE
from pushspec.tencent.operations.changing import Became, ChangeRequest, Reply, change, is_turned_away
from pushspec.tencent.operations.operation import Operation

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pushspec.errors import OperationRefusedError
    from pushspec.serialization import Json
    from pushspec.tencent.operations.asking import Asker

REVOKE = Operation("timpush/revoke", "revoke_interval_s", REVOKE_PAGE)
WITHDRAW = Operation(
    "openim/admin_msgwithdraw", "withdraw_calls_per_second", "https://trtc.io/document/35015"
)

TOO_SOON = 90051
"""Less than a second since the last recall; the same request may be made again."""

NOT_FOUND = 20022
"""The service has no such message to this person: asking again changes nothing."""

_DONE_BEFORE = {REVOKE.path: {90050}, WITHDRAW.path: {20023}}
_REFUSED = {
    REVOKE.path: {90001, 90049, TOO_SOON, 90052, 90053},
    WITHDRAW.path: {90001, 90003, 90008, 90054, NOT_FOUND},
}
"""Checked before anything is taken back; every other code leaves open what happened."""


@dataclass(frozen=True, slots=True)
class RecallFacts:
    """What the vendor's pages say of taking back what one endpoint sent.

    Attributes:
        operation: How it is taken back.
        is_certain: Whether the pages say that it can be taken back; they contradict each other or are silent.
        effects: What the service does, one sentence each.
        stays: What it cannot undo.
        unknown: What no page says, one sentence each.
    """

    operation: Operation
    is_certain: bool
    effects: tuple[str, ...]
    stays: str
    unknown: tuple[str, ...]


_TASK = (
    phrase("people who did not get it yet no longer get it"),
    phrase("iPhone, Google (notification messages), Huawei and Honor replace it, unless the app is open"),
)
_STAYS = phrase("Xiaomi, OPPO, vivo, Meizu, Google (data messages) and all others keep showing it")
_QUOTA = phrase("whether the service gives the day's push back")

_TO_BROWSERS = RecallFacts(
    operation=REVOKE,
    is_certain=False,
    effects=(phrase("people who did not get it yet may no longer get it"),),
    stays=phrase("a browser keeps showing what it shows"),
    unknown=(phrase("whether the service takes back a push to browsers: no page speaks of it"),),
)

RECALLS: dict[EndpointName, RecallFacts] = {
    EndpointName.PUSH: RecallFacts(
        operation=REVOKE, is_certain=True, effects=_TASK, stays=_STAYS, unknown=(_QUOTA,)
    ),
    EndpointName.IM_PUSH: RecallFacts(
        operation=REVOKE,
        is_certain=False,
        effects=_TASK,
        stays=_STAYS,
        unknown=(phrase("whether the service takes back a push of this older endpoint"), _QUOTA),
    ),
    EndpointName.BATCH: RecallFacts(
        operation=REVOKE,
        is_certain=False,
        effects=_TASK,
        stays=_STAYS,
        unknown=(phrase("whether the service takes back a push to listed accounts: two pages disagree"),),
    ),
    EndpointName.BATCHSENDMSG: RecallFacts(
        operation=WITHDRAW,
        is_certain=True,
        effects=(phrase("the message leaves the chat of both sides, for good"),),
        stays=phrase("no text takes its place"),
        unknown=(phrase("whether a notification that a phone shows already goes away"),),
    ),
    EndpointName.WEBPUSH: _TO_BROWSERS,
    EndpointName.WEBBATCH: _TO_BROWSERS,
}
"""How each endpoint's sends are taken back."""

CHAT_EFFECT = phrase("the unread message and its copy in the history are withdrawn")
"""What a revoked task does beside its notification, where it carried a message."""


def revoke_request(task_id: str, notification: Mapping[str, Json]) -> ChangeRequest:
    """Return the request that takes back a task.

    Args:
        task_id: As the service named it.
        notification: What phones show instead, from :func:`replacement` or :func:`own_notification`. It is
            always sent: newer copies of the page require it, and 90053 answers where it is missing.
    """
    return ChangeRequest(REVOKE, {"TaskId": task_id, "OfflinePushInfo": dict(notification)})


def withdraw_request(sender: str, account: str, msg_key: str) -> ChangeRequest:
    """Return the request that takes a message out of one person's chat."""
    return ChangeRequest(WITHDRAW, {"From_Account": sender, "To_Account": account, "MsgKey": msg_key})


def replacement(title: str, desc: str | None) -> dict[str, Json]:
    """Return the notification that replaces what was sent."""
    return {"Title": title} | ({"Desc": desc} if desc is not None else {})


def own_notification(content: Mapping[str, Json]) -> dict[str, Json]:
    """Return the notification of a content that was sent; empty where it had none."""
    return dict(content.get("OfflinePushInfo") or {})


def carries_message(content: Mapping[str, Json]) -> bool:
    """Whether a content put a message into the chat."""
    return "MsgBody" in content


def shown_text(notification: Mapping[str, Json]) -> tuple[str, str]:
    """Return title and text of a notification; empty where it has none."""
    return str(notification.get("Title", "")), str(notification.get("Desc", ""))


def sender_of(content: Mapping[str, Json], default: str) -> str:
    """Return who sent a content; the administrator who made the call where it names nobody."""
    return str(content.get("From_Account") or default)


async def take_back(asker: Asker, request: ChangeRequest, *, check: Callable[[], None]) -> Reply:
    """Make a request that takes something back, and say what became of it.

    Args:
        asker: The way to the service, which keeps its rate.
        request: What to take back.
        check: The last check on the open connection; raises ``GateClosedError`` when it may not leave.
    """
    return await change(asker, request, check=check, refused=partial(_of_code, request.operation))


def _of_code(operation: Operation, error: OperationRefusedError) -> Reply:
    code = error.code
    row = meaning_of(code, operation.path)
    text = row.meaning if row is not None else phrase("a code that the vendor does not document")
    if code in _DONE_BEFORE[operation.path]:
        return Reply(Became.DONE, str(code), text)
    if code in _REFUSED[operation.path] or is_turned_away(code):
        return Reply(Became.NOT_DONE, str(code), text, may_be_repeated=code == TOO_SOON)
    return Reply(Became.UNKNOWN, str(code), text)
