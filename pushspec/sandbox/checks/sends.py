"""The bodies of the five ways to send, field by field.

Sources: https://cloud.tencent.com/document/product/269/100634 and /45933 (timpush/push),
https://tencentcloud.com/jp/document/product/1047/37166 (im_push),
https://www.tencentcloud.com/document/product/1047/67553 (timpush/batch),
https://cloud.tencent.com/document/product/269/1612 (batchsendmsg).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pushspec.sandbox.answers import Body, Refusal, encode
from pushspec.sandbox.checks import fields
from pushspec.sandbox.checks.conditions import Condition, check_condition
from pushspec.sandbox.checks.messages import check_message
from pushspec.sandbox.checks.offline_push import check_offline_push

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from pushspec.sandbox.settings import Readings
    from pushspec.tencent.limits import Limits

PUSH = "timpush/push"
IM_PUSH = "all_member_push/im_push"
BATCH = "timpush/batch"
BATCHSENDMSG = "openim/batchsendmsg"

_BAD_BODY = 90001
_MESSAGE_TOO_LONG = 93000
_CONTROLS = frozenset({"NoUnread", "NoLastMsg", "WithMuteNotifications", "NoMsgCheck"})
_OLDER_MESSAGE_BYTES = 8 * 1024

_PUSH_FIELDS = frozenset({"From_Account", "MsgRandom", "Condition", "OfflinePushInfo"})
KNOWN_FIELDS = {
    PUSH: _PUSH_FIELDS | {"MsgBody", "OnlineOnlyFlag"},
    IM_PUSH: _PUSH_FIELDS | {"MsgBody", "MsgLifeTime"},
    BATCH: frozenset({"From_Account", "To_Account", "MsgRandom", "OfflinePushInfo", "DataId"}),
    BATCHSENDMSG: frozenset(
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
    ),
}
"""What each endpoint's page lists; anything else in a body is ignored, and the call stream says so."""


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


@dataclass(frozen=True, slots=True)
class Rules:
    """What the checks need to know of the app."""

    limits: Limits
    readings: Readings
    attribute_names: Callable[[], Collection[str]]


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
    body = fields.parse_object(raw, _BAD_BODY)
    if endpoint == BATCH and len(raw) > rules.limits.batch_content_bytes.value:
        _check_content_size(body, rules.limits)
    return _READERS[endpoint](body, rules), body


def _check_size(endpoint: str, raw: bytes, rules: Rules) -> None:
    limits = rules.limits
    code, most = {
        PUSH: (90056, limits.push_body_bytes.value),
        IM_PUSH: (90056, limits.im_push_body_bytes.value),
        BATCHSENDMSG: (_MESSAGE_TOO_LONG, limits.batchsendmsg_body_bytes.value),
    }.get(endpoint, (0, len(raw)))
    if code == _MESSAGE_TOO_LONG and rules.readings.older_message_size:
        most = _OLDER_MESSAGE_BYTES
    if len(raw) > most:
        raise Refusal(code, f"the body has {len(raw)} bytes; {most} are allowed")


def _push(body: Body, rules: Rules) -> Send:
    flag = fields.choice(body, "OnlineOnlyFlag", _BAD_BODY, (0, 1))
    message = check_message(body["MsgBody"], rules.limits) if "MsgBody" in body else None
    stored = message is not None and not flag
    _lifetime(body, rules.limits)
    return Send(
        PUSH,
        _msg_random(body, 90005),
        sender=_sender(body),
        condition=_condition(body, rules, pairs=rules.readings.conditions_combine, tags_not=message is None),
        message=message,
        notification=_notification(body, rules.limits, code=_BAD_BODY),
        stored=stored,
        counts_unread=stored,
    )


def _im_push(body: Body, rules: Rules) -> Send:
    lifetime_s = _lifetime(body, rules.limits) or 0
    return Send(
        IM_PUSH,
        _msg_random(body, 90005),
        sender=_sender(body),
        condition=_condition(body, rules, pairs=True, tags_not=False),
        message=_message(body, rules.limits),
        notification=_notification(body, rules.limits, code=_BAD_BODY),
        stored=lifetime_s > 0,
        online_only=lifetime_s == 0,
        lifetime_s=lifetime_s,
        counts_unread=lifetime_s > 0,
    )


def _batch(body: Body, rules: Rules) -> Send:
    limits = rules.limits
    random = _msg_random(body, _BAD_BODY)
    if not fields.text(body, "From_Account", _BAD_BODY, needed=True):
        raise Refusal(_BAD_BODY, "From_Account is empty")
    accounts = _accounts(body, limits, not_a_list=_BAD_BODY, empty=_BAD_BODY, too_many=90018)
    if "OfflinePushInfo" not in body:
        raise Refusal(_BAD_BODY, "OfflinePushInfo is missing")
    data_id = fields.text(body, "DataId", _BAD_BODY) or ""
    if limits.data_id_bytes.exceeded_by(data_id):
        raise Refusal(90057, f"DataId is over {limits.data_id_bytes.value} bytes")
    return Send(
        BATCH,
        random,
        sender=body["From_Account"],
        accounts=accounts,
        notification=_notification(body, limits, code=_BAD_BODY),
        data_id=data_id,
    )


def _check_content_size(body: Body, limits: Limits) -> None:
    # No page gives timpush/batch a size, and 500 accounts alone would pass that of timpush/push.
    size = len(encode({name: value for name, value in body.items() if name != "To_Account"}))
    if size > limits.batch_content_bytes.value:
        raise Refusal(
            90056, f"the body has {size} bytes besides To_Account, over {limits.batch_content_bytes.value}"
        )


def _batchsendmsg(body: Body, rules: Rules) -> Send:
    fields.choice(body, "SyncOtherMachine", 90031, (1, 2))
    if "From_Account" in body and not fields.text(body, "From_Account", 90008):
        raise Refusal(90008, "From_Account is empty")
    accounts = _accounts(body, rules.limits, not_a_list=90028, empty=90029, too_many=90011)
    if "MsgSeq" in body and not fields.is_uint32(body["MsgSeq"]):
        raise Refusal(90004, "MsgSeq is not an integer from 0 to 4294967295")
    random = _msg_random(body, _BAD_BODY)
    message = _message(body, rules.limits)
    stored = not fields.choice(body, "OnlineOnlyFlag", _BAD_BODY, (0, 1))
    fields.text(body, "CloudCustomData", _BAD_BODY)
    controls = _controls(body)
    fields.choice(body, "IsNeedReadReceipt", _BAD_BODY, (0, 1))
    _lifetime(body, rules.limits)
    return Send(
        BATCHSENDMSG,
        random,
        sender=body.get("From_Account", ""),
        accounts=accounts,
        message=message,
        notification=_notification(body, rules.limits, code=90043),
        stored=stored,
        online_only=not stored,
        counts_unread=stored and "NoUnread" not in controls,
        msg_seq=body.get("MsgSeq"),
    )


_READERS = {PUSH: _push, IM_PUSH: _im_push, BATCH: _batch, BATCHSENDMSG: _batchsendmsg}


def _msg_random(body: Body, code: int) -> int:
    value = body.get("MsgRandom")
    if not fields.is_uint32(value):
        raise Refusal(code, "MsgRandom is missing or not an integer from 0 to 4294967295")
    return int(value)  # type: ignore[arg-type] # is_uint32 has looked at it


def _sender(body: Body) -> str:
    return fields.text(body, "From_Account", 60015) or ""


def _condition(body: Body, rules: Rules, *, pairs: bool, tags_not: bool) -> Condition | None:
    if "Condition" not in body:
        return None
    return check_condition(
        body["Condition"],
        limits=rules.limits,
        attribute_names=rules.attribute_names(),
        pairs=pairs,
        tags_not=tags_not,
    )


def _message(body: Body, limits: Limits) -> list[Body]:
    if "MsgBody" not in body:
        raise Refusal(90002, "MsgBody is missing")
    return check_message(body["MsgBody"], limits)


def _notification(body: Body, limits: Limits, *, code: int) -> Body | None:
    if "OfflinePushInfo" not in body:
        return None
    return check_offline_push(body["OfflinePushInfo"], limits, code=code)


def _lifetime(body: Body, limits: Limits) -> int | None:
    lifetime_s = fields.integer(body, "MsgLifeTime", 90044)
    if lifetime_s is not None and not 0 <= lifetime_s <= limits.lifetime_s.value:
        raise Refusal(90026, f"MsgLifeTime must lie between 0 and {limits.lifetime_s.value} seconds")
    return lifetime_s


def _accounts(body: Body, limits: Limits, *, not_a_list: int, empty: int, too_many: int) -> tuple[str, ...]:
    value = body.get("To_Account")
    if not isinstance(value, list):
        raise Refusal(not_a_list, "To_Account is missing or not an array")
    if not value:
        raise Refusal(empty, "To_Account is empty")
    if len(value) > limits.accounts_per_call.value:
        raise Refusal(
            too_many, f"To_Account has {len(value)} accounts; {limits.accounts_per_call.value} are allowed"
        )
    if not all(isinstance(account, str) for account in value):
        raise Refusal(60015, "an account of To_Account is not a string")
    return tuple(value)


def _controls(body: Body) -> frozenset[str]:
    value = body.get("SendMsgControl", [])
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise Refusal(_BAD_BODY, "SendMsgControl is not an array of strings")
    unknown = sorted(set(value) - _CONTROLS)
    if unknown:
        raise Refusal(_BAD_BODY, f"SendMsgControl does not know {unknown[0]}")
    return frozenset(value)
