"""Every number the vendor sets, with its unit, its page and the day that page was read.

Nothing elsewhere in pushspec writes such a number down. Each one can be set by its name under an
environment's ``limits``, because the vendor sells higher ones and its pages do not always agree; where they
disagree, this holds the stricter figure and the note names the other.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import date
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

PUSH = "https://cloud.tencent.com/document/product/269/100634"
PUSH_CHAT = "https://cloud.tencent.com/document/product/269/45933"
BATCH = "https://www.tencentcloud.com/document/product/1047/67553"
BATCHSENDMSG = "https://cloud.tencent.com/document/product/269/1612"
IM_PUSH = "https://tencentcloud.com/jp/document/product/1047/37166"
RATES = "https://cloud.tencent.com/document/product/269/137903"
API_RATES = "https://cloud.tencent.com/document/product/269/93324"
USAGE = "https://cloud.tencent.com/document/product/269/9346"
TAGS = "https://trtc.io/document/60563"
OFFLINE_PUSH = "https://trtc.io/document/77715"
CATEGORIES = "https://cloud.tencent.com/document/product/269/130977"
ERROR_CODES = "https://trtc.io/document/34348"
REST = "https://trtc.io/document/34620"
REVOKE = "https://cloud.tencent.com/document/product/269/105123"
SCHEDULED = "https://www.tencentcloud.com/document/product/1047/78839"
WEB_PUSH = "https://trtc.io/zh/document/80440"
WEB_BATCH = "https://trtc.io/zh/document/80441"
XIAOMI = "https://dev.mi.com/xiaomihyperos/documentation/detail?pId=2314"
STATISTICS = "https://www.tencentcloud.com/document/product/1047/71894"


class Unit(StrEnum):
    """What a limit counts."""

    UTF8_BYTES = "UTF-8 bytes"
    UTF16_UNITS = "UTF-16 units"
    ITEMS = "items"
    SECONDS = "seconds"
    CALLS_PER_SECOND = "calls per second"
    USERS_PER_SECOND = "users per second"
    MESSAGES_PER_MINUTE = "messages per minute"
    CALLS_PER_DAY = "calls per day"
    PUSHES_PER_DEVICE_AND_DAY = "pushes per device and day"
    NUMBER = "number"


class Confidence(StrEnum):
    """How well a figure is founded."""

    DOCUMENTED = "documented"
    DERIVED = "derived"
    UNKNOWN = "unknown"


class Edition(StrEnum):
    """What an app has bought; it sets the rates and the daily quota."""

    FREE = "free"
    STANDARD = "standard"
    ADVANCED = "advanced"


@dataclass(frozen=True, slots=True)
class Limit:
    """One figure of the vendor.

    Attributes:
        value: The largest value allowed (for ``push_interval_s`` the smallest wait).
        unit: What is counted.
        source: The vendor's page.
        verified: The day of the copy of that page that was read last.
        confidence: Documented, derived from other figures, or unknown to the vendor's pages.
        note: What a reader should know, such as the other figure where two pages disagree.
    """

    value: int
    unit: Unit
    source: str
    verified: date
    confidence: Confidence = Confidence.DOCUMENTED
    note: str = ""

    def measure(self, text: str) -> int:
        """Return the length of ``text`` in this limit's own unit."""
        if self.unit is Unit.UTF8_BYTES:
            return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
        if self.unit is Unit.UTF16_UNITS:
            return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2
        raise ValueError(f"a text has no length in {self.unit}")

    def exceeded_by(self, text: str) -> bool:
        """Whether ``text`` is longer than this limit allows."""
        return self.measure(text) > self.value


def _limit(
    value: int,
    unit: Unit,
    source: str,
    verified: str,
    *,
    confidence: Confidence = Confidence.DOCUMENTED,
    note: str = "",
) -> Limit:
    return Limit(value, unit, source, date.fromisoformat(verified), confidence, note)


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits in force for one environment; the defaults are those of the standard edition."""

    # Requests
    push_body_bytes: Limit = _limit(
        10_240,
        Unit.UTF8_BYTES,
        "https://www.tencentcloud.com/document/product/1047/74196",
        "2026-03-10",
        note="timpush/push answers 90056 above it; written as 10K",
    )
    im_push_body_bytes: Limit = _limit(
        10_240,
        Unit.UTF8_BYTES,
        IM_PUSH,
        "2024-07-16",
        confidence=Confidence.UNKNOWN,
        note="the page gives no figure; that of timpush/push is used",
    )
    batch_content_bytes: Limit = _limit(
        10_240,
        Unit.UTF8_BYTES,
        BATCH,
        "2025-10-27",
        confidence=Confidence.UNKNOWN,
        note="the page gives no figure; that of timpush/push is used, without To_Account",
    )
    webpush_body_bytes: Limit = _limit(
        10_240,
        Unit.UTF8_BYTES,
        WEB_PUSH,
        "2026-11-28",
        confidence=Confidence.UNKNOWN,
        note="the page gives no figure; that of timpush/push is used",
    )
    webbatch_content_bytes: Limit = _limit(
        10_240,
        Unit.UTF8_BYTES,
        WEB_BATCH,
        "2026-11-28",
        confidence=Confidence.UNKNOWN,
        note="the page gives no figure; that of timpush/push is used, without To_Account",
    )
    batchsendmsg_body_bytes: Limit = _limit(
        12_288,
        Unit.UTF8_BYTES,
        BATCHSENDMSG,
        "2026-02-04",
        note="93000 above it; written as 12K, 8K until about 2022; a call takes fewer accounts to stay below",
    )
    message_bytes: Limit = _limit(
        12_288,
        Unit.UTF8_BYTES,
        USAGE,
        "2025-11-04",
        note="a whole message; 8000 bytes until about 2022",
    )
    accounts_per_call: Limit = _limit(
        500, Unit.ITEMS, BATCH, "2025-10-27", note="the same for batchsendmsg and webbatch"
    )
    data_id_bytes: Limit = _limit(64, Unit.UTF8_BYTES, BATCH, "2025-10-27", note="90057 above it")
    task_name_bytes: Limit = _limit(20, Unit.UTF8_BYTES, WEB_BATCH, "2026-11-28")
    user_id_bytes: Limit = _limit(
        32,
        Unit.UTF8_BYTES,
        USAGE,
        "2025-11-04",
        note="of a UserID; timpush/batch also takes RegistrationIDs, which may be longer",
    )
    registration_id_bytes: Limit = _limit(
        128,
        Unit.UTF8_BYTES,
        TAGS,
        "2022-12-31",
        confidence=Confidence.UNKNOWN,
        note="generated ones have 36 characters, apps may set their own; this only stops nonsense",
    )
    lifetime_s: Limit = _limit(
        604_800, Unit.SECONDS, IM_PUSH, "2024-07-16", note="MsgLifeTime; 90026 above it"
    )

    # Conditions
    tags_per_condition: Limit = _limit(10, Unit.ITEMS, PUSH, "2026-01-20", note="90032 above it")
    attributes_per_condition: Limit = _limit(
        10,
        Unit.ITEMS,
        TAGS,
        "2022-12-31",
        confidence=Confidence.DERIVED,
        note="an app has ten attributes in all",
    )
    tag_bytes: Limit = _limit(50, Unit.UTF8_BYTES, PUSH, "2026-01-20", note="90020 above it")
    attribute_name_bytes: Limit = _limit(50, Unit.UTF8_BYTES, TAGS, "2022-12-31")
    attribute_value_bytes: Limit = _limit(50, Unit.UTF8_BYTES, TAGS, "2022-12-31")

    # Content
    custom_elements: Limit = _limit(
        1,
        Unit.ITEMS,
        "https://trtc.io/document/74355",
        "2026-05-18",
        note="TIMCustomElem in one MsgBody",
    )
    apns_packet_bytes: Limit = _limit(4_096, Unit.UTF8_BYTES, OFFLINE_PUSH, "2026-05-18")
    desc_and_ext_bytes: Limit = _limit(
        3_072, Unit.UTF8_BYTES, OFFLINE_PUSH, "2026-05-18", note="advice of the vendor"
    )
    ext_bytes: Limit = _limit(
        1_024,
        Unit.UTF8_BYTES,
        "https://cloud.tencent.com/document/product/269/133879",
        "2026-07-16",
        note="advice of the vendor",
    )
    live_activity_id_bytes: Limit = _limit(64, Unit.UTF8_BYTES, OFFLINE_PUSH, "2026-05-18")
    badge_add: Limit = _limit(99, Unit.NUMBER, OFFLINE_PUSH, "2026-05-18", note="1 at least")
    badge_set_apns: Limit = _limit(999, Unit.NUMBER, OFFLINE_PUSH, "2026-05-18")
    badge_set_android: Limit = _limit(
        99, Unit.NUMBER, OFFLINE_PUSH, "2026-05-18", note="Huawei, Honor and Harmony"
    )

    # Titles and texts as the vendors cut them
    huawei_title: Limit = _limit(60, Unit.UTF16_UNITS, OFFLINE_PUSH, "2026-05-18")
    huawei_desc: Limit = _limit(600, Unit.UTF16_UNITS, OFFLINE_PUSH, "2026-05-18")
    honor_title: Limit = _limit(50, Unit.UTF16_UNITS, OFFLINE_PUSH, "2026-05-18")
    honor_desc: Limit = _limit(400, Unit.UTF16_UNITS, OFFLINE_PUSH, "2026-05-18")
    xiaomi_title: Limit = _limit(50, Unit.UTF16_UNITS, OFFLINE_PUSH, "2026-05-18")
    xiaomi_desc: Limit = _limit(128, Unit.UTF16_UNITS, OFFLINE_PUSH, "2026-05-18")
    oppo_title: Limit = _limit(50, Unit.UTF16_UNITS, OFFLINE_PUSH, "2026-05-18")
    oppo_desc: Limit = _limit(50, Unit.UTF16_UNITS, OFFLINE_PUSH, "2026-05-18")
    oppo_desc_big_text: Limit = _limit(
        128, Unit.UTF16_UNITS, OFFLINE_PUSH, "2026-05-18", note="with PushStyle 1"
    )
    vivo_title: Limit = _limit(40, Unit.UTF16_UNITS, OFFLINE_PUSH, "2026-05-18")
    vivo_desc: Limit = _limit(100, Unit.UTF16_UNITS, OFFLINE_PUSH, "2026-05-18")
    meizu_title: Limit = _limit(32, Unit.UTF16_UNITS, OFFLINE_PUSH, "2026-05-18")
    meizu_desc: Limit = _limit(100, Unit.UTF16_UNITS, OFFLINE_PUSH, "2026-05-18")

    xiaomi_template_values: Limit = _limit(
        9, Unit.ITEMS, XIAOMI, "2026-06-02", note="variables of one message template"
    )
    xiaomi_template_value_chars: Limit = _limit(
        128, Unit.NUMBER, XIAOMI, "2026-06-02", note="characters of one variable's value, 1 at least"
    )

    # Marketing pushes of one app that a vendor shows on one device in a day
    huawei_marketing: Limit = _limit(
        2, Unit.PUSHES_PER_DEVICE_AND_DAY, CATEGORIES, "2026-05-14", note="5 for news apps"
    )
    honor_marketing: Limit = _limit(
        2, Unit.PUSHES_PER_DEVICE_AND_DAY, CATEGORIES, "2026-05-14", note="5 for news apps"
    )
    oppo_marketing: Limit = _limit(
        2, Unit.PUSHES_PER_DEVICE_AND_DAY, CATEGORIES, "2026-05-14", note="5 for news apps"
    )
    vivo_marketing: Limit = _limit(
        2,
        Unit.PUSHES_PER_DEVICE_AND_DAY,
        CATEGORIES,
        "2026-05-14",
        confidence=Confidence.DERIVED,
        note="from other push services' pages; 5 for news apps. The vendor's page gives a total: twice the "
        "users of the app, 3 times for news apps",
    )
    meizu_marketing: Limit = _limit(
        3, Unit.PUSHES_PER_DEVICE_AND_DAY, CATEGORIES, "2026-05-14", note="5 for news apps"
    )
    xiaomi_marketing: Limit = _limit(
        5,
        Unit.PUSHES_PER_DEVICE_AND_DAY,
        CATEGORIES,
        "2026-05-14",
        confidence=Confidence.DERIVED,
        note="from other push services' pages; 8 for news apps. The vendor's page gives a total: 2 to 3 "
        "times the users of the app",
    )

    # Rates and quotas
    push_interval_s: Limit = _limit(
        1,
        Unit.SECONDS,
        PUSH,
        "2026-01-20",
        note="strictly more than this between two pushes; 90024 below it",
    )
    push_calls_per_day: Limit = _limit(
        100,
        Unit.CALLS_PER_DAY,
        RATES,
        "2026-05-18",
        note="everyone, tag and attribute pushes together, those to browsers too; "
        "older pages: 100 for every edition; 90047",
    )
    batch_calls_per_second: Limit = _limit(
        30,
        Unit.CALLS_PER_SECOND,
        BATCH,
        "2025-10-27",
        note="another copy: 10, 30 and 40 by edition",
    )
    batch_users_per_second: Limit = _limit(
        500,
        Unit.USERS_PER_SECOND,
        RATES,
        "2026-05-18",
        note="the newest reading; both readings are obeyed",
    )
    webbatch_users_per_second: Limit = _limit(
        500, Unit.USERS_PER_SECOND, WEB_BATCH, "2026-11-28", note="30 in the trial edition"
    )
    sendmsg_calls_per_second: Limit = _limit(200, Unit.CALLS_PER_SECOND, API_RATES, "2025-07-08")
    batchsendmsg_calls_per_second: Limit = _limit(200, Unit.CALLS_PER_SECOND, BATCHSENDMSG, "2026-02-04")
    batchsendmsg_messages_per_minute: Limit = _limit(
        12_000,
        Unit.MESSAGES_PER_MINUTE,
        API_RATES,
        "2025-07-08",
        note="each account counts one",
    )
    history_users_per_second: Limit = _limit(
        200,
        Unit.USERS_PER_SECOND,
        PUSH_CHAT,
        "2025-11-03",
        note="fan-out of a push that is stored as history",
    )

    # Around the sends
    accounts_per_tag_call: Limit = _limit(100, Unit.ITEMS, TAGS, "2026-05-18", note="90018 above it")
    tags_added_per_user: Limit = _limit(
        10, Unit.ITEMS, TAGS, "2026-05-18", note="in one call; 90032 above it; a call that replaces takes 100"
    )
    tags_per_user: Limit = _limit(100, Unit.ITEMS, TAGS, "2026-05-18")
    tags_per_app: Limit = _limit(1_000, Unit.ITEMS, "https://trtc.io/document/67821", "2026-05-18")
    attributes_per_app: Limit = _limit(10, Unit.ITEMS, TAGS, "2026-05-18", note='the slots "0" to "9"')
    tag_calls_per_second: Limit = _limit(100, Unit.CALLS_PER_SECOND, RATES, "2026-05-18")
    accounts_per_account_call: Limit = _limit(
        100, Unit.ITEMS, "https://tencentcloud.com/document/product/1047/34954", "2026-05-18"
    )
    account_calls_per_second: Limit = _limit(
        100, Unit.CALLS_PER_SECOND, "https://cloud.tencent.com/document/product/269/38417", "2026-05-18"
    )
    reimport_block_s: Limit = _limit(
        90 * 86_400,
        Unit.SECONDS,
        "https://tencentcloud.com/document/product/1047/34955",
        "2026-05-18",
        note="of a deleted account, stated as three months for paid editions; 70399 before",
    )
    accounts_per_status_call: Limit = _limit(
        500, Unit.ITEMS, "https://tencentcloud.com/document/product/1047/35477", "2026-05-18"
    )
    status_calls_per_second: Limit = _limit(200, Unit.CALLS_PER_SECOND, API_RATES, "2025-07-08")
    kick_calls_per_second: Limit = _limit(
        200, Unit.CALLS_PER_SECOND, "https://trtc.io/document/34957", "2024-02-07"
    )
    withdraw_calls_per_second: Limit = _limit(200, Unit.CALLS_PER_SECOND, API_RATES, "2025-07-08")
    msg_key_chars: Limit = _limit(50, Unit.NUMBER, "https://trtc.io/document/35015", "2026-05-18")
    revoke_interval_s: Limit = _limit(1, Unit.SECONDS, REVOKE, "2025-12-24", note="90051 below it")
    revoke_window_s: Limit = _limit(
        86_400, Unit.SECONDS, REVOKE, "2025-12-24", note="from the task's start; 90052 above it"
    )
    statistics_calls_per_second: Limit = _limit(1, Unit.CALLS_PER_SECOND, RATES, "2026-05-18")
    statistics_tasks_per_call: Limit = _limit(5, Unit.ITEMS, STATISTICS, "2025-07-17")
    statistics_range_s: Limit = _limit(30 * 86_400, Unit.SECONDS, STATISTICS, "2025-07-17")
    loss_range_s: Limit = _limit(
        7 * 86_400,
        Unit.SECONDS,
        "https://trtc.io/zh/document/71895",
        "2026-05-18",
        note="of losses and traces",
    )
    scheduled_calls_per_second: Limit = _limit(5, Unit.CALLS_PER_SECOND, RATES, "2026-05-18")
    callback_events: Limit = _limit(
        100, Unit.ITEMS, "https://trtc.io/document/67551", "2026-05-18", note="in one callback"
    )
    callback_answer_s: Limit = _limit(2, Unit.SECONDS, "https://trtc.io/document/34354", "2026-05-18")
    push_reach_s: Limit = _limit(
        30 * 86_400,
        Unit.SECONDS,
        "https://tencentcloud.com/document/product/1047/33525",
        "2025-03-26",
        note="a device not seen for longer gets no push; 7 days in chat",
    )

    users_per_second: int | None = None
    """The project's own, for listed accounts, to spare its own servers; None without one."""

    def with_overrides(self, overrides: Mapping[str, int]) -> Limits:
        """Return these limits with other values for some names.

        Raises:
            KeyError: A name is not a limit.
        """
        unknown = sorted(set(overrides) - set(LIMIT_NAMES))
        if unknown:
            raise KeyError(unknown[0])
        return replace(
            self, **{name: replace(getattr(self, name), value=value) for name, value in overrides.items()}
        )


LIMIT_NAMES: tuple[str, ...] = tuple(it.name for it in fields(Limits) if isinstance(it.default, Limit))

_BY_EDITION: dict[Edition, dict[str, int]] = {
    Edition.FREE: {
        "push_calls_per_day": 10,
        "batch_calls_per_second": 10,
        "batch_users_per_second": 30,
        "webbatch_users_per_second": 30,
    },
    Edition.STANDARD: {
        "push_calls_per_day": 100,
        "batch_calls_per_second": 30,
        "batch_users_per_second": 500,
    },
    Edition.ADVANCED: {
        "push_calls_per_day": 100,
        "batch_calls_per_second": 40,
        "batch_users_per_second": 800,
    },
}
"""What differs by edition (the vendor's push rate table, ``RATES``, and the batch page, ``BATCH``)."""


def limits_for(
    edition: Edition, overrides: Mapping[str, int] | None = None, *, users_per_second: int | None = None
) -> Limits:
    """Return the limits of an edition with an environment's own figures on top.

    Args:
        edition: What the app has bought.
        overrides: Other figures of the vendor, by name.
        users_per_second: The project's own pace for listed accounts.

    Raises:
        KeyError: An override names no limit.
    """
    limits = _limits_of(edition).with_overrides(overrides or {})
    return replace(limits, users_per_second=users_per_second)


@cache  # a plan asks for them some times for each campaign
def _limits_of(edition: Edition) -> Limits:
    return Limits().with_overrides(_BY_EDITION[edition])
