"""The vendors' channels: their numbers, what they can show, where they cut, and how they count badges.

Source: https://trtc.io/document/77715 (limits, images, badges), https://trtc.io/document/67551 (numbers).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pushspec.sandbox.answers import Body
    from pushspec.tencent.limits import Limits

_ELLIPSIS = "..."
_COUNTS, _DOES_NOT_COUNT = 0, 1


@dataclass(frozen=True, slots=True)
class Vendor:
    """One push channel.

    Attributes:
        name: As the sandbox and the page call it.
        title: Its name for people.
        platform: ``PushPlatform`` in callbacks and statistics.
        image_field: Where ``OfflinePushInfo`` names its picture: block and field.
        counts_badge: It shows a number at the app's icon.
        big_text: ``PushStyle`` 1 is known to it.
        overwrites: A recall can replace what it shows (https://cloud.tencent.com/document/product/269/105123).
    """

    name: str
    title: str
    platform: int
    image_field: tuple[str, str] | None = None
    counts_badge: bool = False
    big_text: bool = False
    overwrites: bool = False


VENDORS: dict[str, Vendor] = {
    vendor.name: vendor
    for vendor in (
        Vendor("apns", "iPhone", 1, ("ApnsInfo", "Image"), counts_badge=True, overwrites=True),
        Vendor("xiaomi", "Xiaomi", 2),
        Vendor(
            "huawei",
            "Huawei",
            3,
            ("AndroidInfo", "HuaWeiImage"),
            counts_badge=True,
            big_text=True,
            overwrites=True,
        ),
        Vendor("fcm", "Google", 4, ("AndroidInfo", "GoogleImage"), overwrites=True),
        Vendor("meizu", "Meizu", 5),
        Vendor("oppo", "OPPO", 6, big_text=True),
        Vendor("vivo", "vivo", 7),
        Vendor(
            "honor",
            "Honor",
            8,
            ("AndroidInfo", "HonorImage"),
            counts_badge=True,
            big_text=True,
            overwrites=True,
        ),
        # The vendor's list of numbers has none for Harmony; 0 is its "unknown".
        Vendor("harmony", "HarmonyOS", 0, ("HarmonyInfo", "Image"), counts_badge=True),
        # Nor has it one for browsers, which only web pushes reach.
        Vendor("web", "Browser", 0),
    )
}

WEB = "web"
PHONES = tuple(name for name in VENDORS if name != WEB)
"""The makers of phones, without the browsers."""


def cut(text: str, vendor: str, field: str, limits: Limits, *, big_text: bool) -> str:
    """Return a title or text as the service cuts it: three units below the limit, and three dots.

    Args:
        text: What was sent.
        vendor: A name of :data:`VENDORS`.
        field: ``title`` or ``desc``.
        limits: Where the limits stand, in UTF-16 units.
        big_text: ``PushStyle`` 1 was asked for.
    """
    name = f"{vendor}_{field}"
    if big_text and hasattr(limits, f"{name}_big_text"):
        name += "_big_text"
    limit = getattr(limits, name, None)
    if limit is None or not limit.exceeded_by(text):
        return text
    units = text.encode("utf-16-le", "surrogatepass")[: 2 * (limit.value - len(_ELLIPSIS))]
    return units.decode("utf-16-le", "ignore") + _ELLIPSIS


def badge_after(
    notification: Body, *, vendor: str, before: int, unread: int, chat: bool, limits: Limits
) -> int:
    """Return the number at an app's icon after a push over a vendor's channel.

    ``BadgeSetNum`` wins over ``BadgeAddNum``; without both, an iPhone follows ``BadgeMode`` and the
    others add one.

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
