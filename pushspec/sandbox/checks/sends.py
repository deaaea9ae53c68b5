"""The bodies of the ways to send, field by field.

Sources: https://cloud.tencent.com/document/product/269/100634 and /45933 (timpush/push),
https://tencentcloud.com/jp/document/product/1047/37166 (im_push),
https://www.tencentcloud.com/document/product/1047/67553 (timpush/batch),
https://cloud.tencent.com/document/product/269/1612 (batchsendmsg),
https://cloud.tencent.com/doc/product/269/2282 (sendmsg),
https://trtc.io/zh/document/80440 (webpush), https://trtc.io/zh/document/80441 (webbatch),
https://cloud.tencent.com/document/product/269/132325 (Classification and OfflineStorageTime).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pushspec.sandbox.answers import Body, Refusal, encode
from pushspec.sandbox.checks import fields, send_fields
from pushspec.sandbox.checks.messages import check_message
from pushspec.sandbox.checks.web import check_content, tag_condition

if TYPE_CHECKING:
    from pushspec.sandbox.checks.conditions import Condition
    from pushspec.sandbox.checks.send_fields import Rules
    from pushspec.tencent.limits import Limits

PUSH = "timpush/push"
IM_PUSH = "all_member_push/im_push"
BATCH = "timpush/batch"
BATCHSENDMSG = "openim/batchsendmsg"
SENDMSG = "openim/sendmsg"
WEBPUSH = "timpush/webpush"
WEBBATCH = "timpush/webbatch"
CHATS = (BATCHSENDMSG, SENDMSG)
"""What sends a chat message to named people; answered with a ``MsgKey``."""

_BAD_BODY = 90001
_MESSAGE_TOO_LONG = 93000
_OLDER_MESSAGE_BYTES = 8 * 1024

_PUSH_FIELDS = frozenset({"From_Account", "MsgRandom", "Condition", "OfflinePushInfo"})
_TIMPUSH_FIELDS = frozenset({"Classification", "OfflineStorageTime"})
_CHAT_FIELDS = frozenset(
    {
        "SyncOtherMachine",
        "From_Account",
        "To_Account",
        "MsgSeq",
        "MsgRandom",
        "MsgBody",
        "OnlineOnlyFlag",
        "CloudCustomData",
        "SendMsgControl",
        "OfflinePushInfo",
        "IsNeedReadReceipt",
        "MsgLifeTime",
    }
)
KNOWN_FIELDS = {
    PUSH: _PUSH_FIELDS | _TIMPUSH_FIELDS | {"MsgBody", "OnlineOnlyFlag"},
    IM_PUSH: _PUSH_FIELDS | {"MsgBody", "MsgLifeTime"},
    BATCH: _TIMPUSH_FIELDS
    | {"From_Account", "To_Account", "MsgRandom", "OfflinePushInfo", "DataId", "TaskName"},
    BATCHSENDMSG: _CHAT_FIELDS,
    SENDMSG: _CHAT_FIELDS | {"MsgTimeStamp", "ForbidCallbackControl"},
    WEBPUSH: frozenset({"From_Account", "MsgRandom", "Condition", "WebInfo", "Message"}),
    WEBBATCH: frozenset(
        {"From_Account", "To_Account", "MsgRandom", "WebInfo", "Message", "DataId", "TaskName"}
    ),
}


def unknown_fields(endpoint: str, body: Body) -> list[str]:
    """Return the fields that the endpoint's page does not list; the service ignores them."""
    known = KNOWN_FIELDS[endpoint] - (_TIMPUSH_FIELDS if "MsgBody" in body else frozenset())
    return sorted(set(body) - known)


@dataclass(frozen=True, slots=True)
class Send:
    """A body that holds to every rule.

    Attributes:
        endpoint: Its path without ``v4/``.
        msg_random: The number that names the send for a second.
        sender: ``From_Account``; empty stands for the caller.
        condition: Whom a push is narrowed down to; ``None`` is everyone.
        accounts: ``To_Account``.
        message: ``MsgBody``; ``None`` for a notification alone.
        notification: ``OfflinePushInfo``.
        stored: The message becomes history.
        online_only: Only accounts that are online get it.
        lifetime_s: How long ``im_push`` keeps it for those who are offline.
        counts_unread: It counts as unread.
        data_id: Comes back in callbacks.
        msg_seq: Orders messages of one second.
        marketing: The daily caps of the phone makers apply.
    """

    endpoint: str
    msg_random: int
    sender: str = ""
    condition: Condition | None = None
    accounts: tuple[str, ...] = ()
    message: list[Body] | None = None
    notification: Body | None = None
    stored: bool = False
    online_only: bool = False
    lifetime_s: int | None = None
    counts_unread: bool = False
    data_id: str = ""
    msg_seq: int | None = None
    marketing: bool = False


def check_send(endpoint: str, raw: bytes, rules: Rules) -> tuple[Send, Body]:
    """Read a request of one of the send endpoints.

    Args:
        endpoint: Its path without ``v4/``.
        raw: The bytes of the body.
        rules: The app's limits, readings and attributes.

    Returns:
        What it asks for, and its JSON.

    Raises:
        Refusal: With the documented code of the first fault.
    """
    _check_size(endpoint, raw, rules)
    body = rules.read(raw, _BAD_BODY)
    if endpoint == BATCH and len(raw) > rules.limits.batch_content_bytes.value:
        _check_content_size(body, rules.limits)
    return _READERS[endpoint](body, rules), body


def _check_size(endpoint: str, raw: bytes, rules: Rules) -> None:
    limits = rules.limits
    code, most = {
        PUSH: (90056, limits.push_body_bytes.value),
        IM_PUSH: (90056, limits.im_push_body_bytes.value),
        BATCHSENDMSG: (_MESSAGE_TOO_LONG, limits.batchsendmsg_body_bytes.value),
        SENDMSG: (_MESSAGE_TOO_LONG, limits.batchsendmsg_body_bytes.value),
    }.get(endpoint, (0, len(raw)))
    if code == _MESSAGE_TOO_LONG and rules.readings.older_message_size:
        most = _OLDER_MESSAGE_BYTES
    if len(raw) > most:
        raise Refusal(code, f"the body has {len(raw)} bytes; {most} are allowed")


def _push(body: Body, rules: Rules) -> Send:
    flag = fields.choice(body, "OnlineOnlyFlag", _BAD_BODY, (0, 1))
    message = check_message(body["MsgBody"], rules.limits) if "MsgBody" in body else None
    stored = message is not None and not flag
    send_fields.lifetime(body, rules.limits)
    kept_s, marketing = (None, False) if message is not None else send_fields.timpush(body, rules.limits)
    return Send(
        PUSH,
        send_fields.msg_random(body, 90005),
        sender=send_fields.sender(body),
        condition=send_fields.condition(
            body, rules, pairs=rules.readings.conditions_combine, tags_not=message is None
        ),
        message=message,
        notification=send_fields.notification(body, rules.limits, code=_BAD_BODY),
        stored=stored,
        lifetime_s=kept_s,
        counts_unread=stored,
        marketing=marketing,
    )


def _im_push(body: Body, rules: Rules) -> Send:
    lifetime_s = send_fields.lifetime(body, rules.limits) or 0
    return Send(
        IM_PUSH,
        send_fields.msg_random(body, 90005),
        sender=send_fields.sender(body),
        condition=send_fields.condition(body, rules, pairs=True, tags_not=False),
        message=send_fields.message(body, rules.limits),
        notification=send_fields.notification(body, rules.limits, code=_BAD_BODY),
        stored=lifetime_s > 0,
        online_only=lifetime_s == 0,
        lifetime_s=lifetime_s,
        counts_unread=lifetime_s > 0,
    )


def _webpush(body: Body, rules: Rules) -> Send:
    check_content(body)
    return Send(
        WEBPUSH,
        send_fields.msg_random(body, 90005),
        sender=send_fields.sender(body),
        condition=tag_condition(body, rules),
    )


def _webbatch(body: Body, rules: Rules) -> Send:
    send = _list(WEBBATCH, body, rules.limits)
    check_content(body)
    return send


def _list(endpoint: str, body: Body, limits: Limits) -> Send:
    random = send_fields.msg_random(body, _BAD_BODY)
    if not fields.text(body, "From_Account", _BAD_BODY, needed=True):
        raise Refusal(_BAD_BODY, "From_Account is empty")
    accounts = send_fields.accounts(body, limits, not_a_list=_BAD_BODY, empty=_BAD_BODY, too_many=90018)
    data_id = fields.text(body, "DataId", _BAD_BODY) or ""
    if limits.data_id_bytes.exceeded_by(data_id):
        raise Refusal(90057, f"DataId is over {limits.data_id_bytes.value} bytes")
    send_fields.task_name(body, limits)
    return Send(endpoint, random, sender=body["From_Account"], accounts=accounts, data_id=data_id)


def _batch(body: Body, rules: Rules) -> Send:
    limits = rules.limits
    send = _list(BATCH, body, limits)
    if "OfflinePushInfo" not in body:
        raise Refusal(_BAD_BODY, "OfflinePushInfo is missing")
    kept_s, marketing = send_fields.timpush(body, limits)
    return replace(
        send,
        notification=send_fields.notification(body, limits, code=_BAD_BODY),
        lifetime_s=kept_s,
        marketing=marketing,
    )


def _check_content_size(body: Body, limits: Limits) -> None:
    # No page gives timpush/batch a size, and 500 accounts alone would pass that of timpush/push.
    size = len(encode({name: value for name, value in body.items() if name != "To_Account"}))
    if size > limits.batch_content_bytes.value:
        raise Refusal(
            90056, f"the body has {size} bytes besides To_Account, over {limits.batch_content_bytes.value}"
        )


def _batchsendmsg(body: Body, rules: Rules) -> Send:
    accounts = send_fields.accounts(body, rules.limits, not_a_list=90028, empty=90029, too_many=90011)
    return _chat(BATCHSENDMSG, body, accounts, rules)


def _sendmsg(body: Body, rules: Rules) -> Send:
    receiver = fields.text(body, "To_Account", 90003, needed=True)
    if not receiver:
        raise Refusal(90003, "To_Account is empty")
    fields.integer(body, "MsgTimeStamp", 90006)
    return _chat(SENDMSG, body, (receiver,), rules)


def _chat(endpoint: str, body: Body, accounts: tuple[str, ...], rules: Rules) -> Send:
    fields.choice(body, "SyncOtherMachine", 90031, (1, 2))
    if "From_Account" in body and not fields.text(body, "From_Account", 90008):
        raise Refusal(90008, "From_Account is empty")
    if "MsgSeq" in body and not fields.is_uint32(body["MsgSeq"]):
        raise Refusal(90004, "MsgSeq is not an integer from 0 to 4294967295")
    random = send_fields.msg_random(body, _BAD_BODY)
    message = send_fields.message(body, rules.limits)
    stored = not fields.choice(body, "OnlineOnlyFlag", _BAD_BODY, (0, 1))
    fields.text(body, "CloudCustomData", _BAD_BODY)
    controls = send_fields.controls(body)
    fields.choice(body, "IsNeedReadReceipt", _BAD_BODY, (0, 1))
    send_fields.lifetime(body, rules.limits)
    return Send(
        endpoint,
        random,
        sender=body.get("From_Account", ""),
        accounts=accounts,
        message=message,
        notification=send_fields.notification(body, rules.limits, code=90043),
        stored=stored,
        online_only=not stored,
        counts_unread=stored and "NoUnread" not in controls,
        msg_seq=body.get("MsgSeq"),
    )


_READERS = {
    PUSH: _push,
    IM_PUSH: _im_push,
    BATCH: _batch,
    BATCHSENDMSG: _batchsendmsg,
    SENDMSG: _sendmsg,
    WEBPUSH: _webpush,
    WEBBATCH: _webbatch,
}
