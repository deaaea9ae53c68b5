"""The number at an app's icon after a push.

Source: https://trtc.io/document/77715: ``BadgeSetNum`` wins over ``BadgeAddNum``; without both an iPhone
follows ``BadgeMode`` and the others add one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushspec.sandbox.vendors import VENDORS

if TYPE_CHECKING:
    from pushspec.sandbox.answers import Body
    from pushspec.tencent.limits import Limits

_COUNTS, _DOES_NOT_COUNT = 0, 1


def badge_after(
    notification: Body, *, vendor: str, before: int, unread: int, chat: bool, limits: Limits
) -> int:
    """Return the number after a push over a vendor's channel.

    Args:
        notification: ``OfflinePushInfo``.
        vendor: Whose channel.
        before: The number until now.
        unread: Unread messages of the account, this one included.
        chat: It is a chat message, for which ``BadgeMode`` counts by default.
        limits: The largest numbers.
    """
    if not VENDORS[vendor].counts_badge:
        return before
    top = limits.badge_set_apns.value if vendor == "apns" else limits.badge_set_android.value
    if "BadgeSetNum" in notification:
        return min(int(notification["BadgeSetNum"]), top)
    if "BadgeAddNum" in notification:
        return min(before + int(notification["BadgeAddNum"]), top)
    if vendor != "apns":
        return min(before + 1, top)
    default = _COUNTS if chat else _DOES_NOT_COUNT
    if notification.get("ApnsInfo", {}).get("BadgeMode", default) == _DOES_NOT_COUNT:
        return before
    return min(max(unread, before + 1) if not chat else unread, top)
