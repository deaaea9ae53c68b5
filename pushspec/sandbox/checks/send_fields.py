"""The fields that bodies of several ways to send have in common.

Sources: the pages of :mod:`pushspec.sandbox.checks.sends`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pushspec.sandbox.answers import Body, Refusal
from pushspec.sandbox.checks import fields
from pushspec.sandbox.checks.conditions import Condition, check_condition
from pushspec.sandbox.checks.messages import check_message
from pushspec.sandbox.checks.offline_push import check_offline_push

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from pushspec.sandbox.settings import Readings
    from pushspec.tencent.limits import Limits

_BAD_BODY = 90001
_CONTROLS = frozenset({"NoUnread", "NoLastMsg", "WithMuteNotifications", "NoMsgCheck"})


@dataclass(frozen=True, slots=True)
class Rules:
    """What the checks need to know of the app."""

    limits: Limits
    readings: Readings
    attribute_names: Callable[[], Collection[str]]
    read: Callable[[bytes, int], Body]


def msg_random(body: Body, code: int) -> int:
    """Return ``MsgRandom``."""
    value = body.get("MsgRandom")
    if not fields.is_uint32(value):
        raise Refusal(code, "MsgRandom is missing or not an integer from 0 to 4294967295")
    return int(value)  # type: ignore[arg-type] # is_uint32 has looked at it


def sender(body: Body) -> str:
    """Return ``From_Account``; empty when it is left out."""
    return fields.text(body, "From_Account", 60015) or ""


def condition(body: Body, rules: Rules, *, pairs: bool, tags_not: bool) -> Condition | None:
    """Return whom a push is narrowed down to; ``None`` for everyone."""
    if "Condition" not in body:
        return None
    return check_condition(
        body["Condition"],
        limits=rules.limits,
        attribute_names=rules.attribute_names(),
        readings=rules.readings,
        pairs=pairs,
        tags_not=tags_not,
    )


def message(body: Body, limits: Limits) -> list[Body]:
    """Return ``MsgBody``, which must be there."""
    if "MsgBody" not in body:
        raise Refusal(90002, "MsgBody is missing")
    return check_message(body["MsgBody"], limits)


def notification(body: Body, limits: Limits, *, code: int) -> Body | None:
    """Return ``OfflinePushInfo``, if there is one."""
    if "OfflinePushInfo" not in body:
        return None
    return check_offline_push(body["OfflinePushInfo"], limits, code=code)


def lifetime(body: Body, limits: Limits) -> int | None:
    """Return ``MsgLifeTime`` in seconds, if it is there."""
    lifetime_s = fields.integer(body, "MsgLifeTime", 90044)
    if lifetime_s is not None and not 0 <= lifetime_s <= limits.lifetime_s.value:
        raise Refusal(90026, f"MsgLifeTime must lie between 0 and {limits.lifetime_s.value} seconds")
    return lifetime_s


def timpush(body: Body, limits: Limits) -> tuple[int | None, bool]:
    """Return how long the service keeps what it cannot deliver, in seconds, and whether it is marketing."""
    kept_s = fields.integer(body, "OfflineStorageTime", _BAD_BODY)
    if kept_s is not None and not 0 <= kept_s <= limits.lifetime_s.value:
        raise Refusal(90026, f"OfflineStorageTime must lie between 0 and {limits.lifetime_s.value} seconds")
    return kept_s, fields.choice(body, "Classification", _BAD_BODY, (0, 1)) == 1


def task_name(body: Body, limits: Limits) -> None:
    """Check ``TaskName``."""
    name = fields.text(body, "TaskName", _BAD_BODY) or ""
    if limits.task_name_bytes.exceeded_by(name):
        raise Refusal(_BAD_BODY, f"TaskName is over {limits.task_name_bytes.value} bytes")


def accounts(body: Body, limits: Limits, *, not_a_list: int, empty: int, too_many: int) -> tuple[str, ...]:
    """Return ``To_Account`` of an endpoint that takes a list."""
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


def controls(body: Body) -> frozenset[str]:
    """Return ``SendMsgControl``."""
    value = body.get("SendMsgControl", [])
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise Refusal(_BAD_BODY, "SendMsgControl is not an array of strings")
    unknown = sorted(set(value) - _CONTROLS)
    if unknown:
        raise Refusal(_BAD_BODY, f"SendMsgControl does not know {unknown[0]}")
    return frozenset(value)
