"""What a device shows of a push: the text in its language, cut by its vendor, with image and style.

Source: https://trtc.io/document/77715.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from pushspec.sandbox.vendors import VENDORS, cut

if TYPE_CHECKING:
    from pushspec.sandbox.answers import Body
    from pushspec.tencent.limits import Limits

ONLINE = "online"
"""Stands in for a vendor where a push came over the long connection: nothing is cut there."""

_LANGUAGES_SINCE = (8, 5, 6870)
_PLACEHOLDERS = {
    "TIMLocationElem": "[Location]",
    "TIMFaceElem": "[Face]",
    "TIMSoundElem": "[Voice]",
    "TIMImageElem": "[Image]",
    "TIMFileElem": "[File]",
    "TIMVideoFileElem": "[Video]",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A notification on a lock screen.

    Attributes:
        title: As cut.
        desc: As cut.
        title_cut: The title did not fit.
        desc_cut: The text did not fit.
        sub_title: iPhones only.
        image: URL of the picture; empty for none.
        big_text: Unfolds to several lines.
        level: ``InterruptionLevel``, ``OPPONotifyLevel`` and the like, in words.
        silent: A background push: nothing is shown.
        ext: What the app gets when the notification is tapped.
    """

    title: str
    desc: str
    title_cut: bool = False
    desc_cut: bool = False
    sub_title: str = ""
    image: str = ""
    big_text: bool = False
    level: str = ""
    silent: bool = False
    ext: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to show."""
        return not self.title and not self.desc and not self.silent

    def to_json(self) -> str:
        """Return it for storing."""
        return json.dumps({name: getattr(self, name) for name in self.__slots__})


@lru_cache(maxsize=64)
def parse_sdk(version: str) -> tuple[int, ...]:
    """Return an SDK version as numbers that compare."""
    return tuple(int(part) for part in version.split(".") if part.isdigit())


def rendered_language(notification: Body, language: str, sdk: str) -> str:
    """Return which language of a notification a device shows; empty for ``Title`` and ``Desc`` themselves."""
    if not notification.get("MultiLanguageContent") or parse_sdk(sdk) < _LANGUAGES_SINCE:
        return ""
    offered: dict[str, str] = {
        item["Language"].lower(): item["Language"] for item in notification["MultiLanguageContent"]
    }
    wanted = language.lower()
    while wanted not in offered and "-" in wanted:
        wanted = wanted.rpartition("-")[0]
    return offered.get(wanted, "")


def render(body: Body, *, vendor: str, language: str, sender: str, limits: Limits) -> Shown:
    """Return what one vendor's device shows.

    Args:
        body: The request, without accounts.
        vendor: A name of :data:`~pushspec.sandbox.vendors.VENDORS`, or :data:`ONLINE`.
        language: From :func:`rendered_language`.
        sender: Stands in for the title of a chat message that has none.
        limits: Where vendors cut.
    """
    if "WebInfo" in body or "Message" in body:
        return _render_web(body, online=vendor == ONLINE)
    notification = body.get("OfflinePushInfo", {})
    android = notification.get("AndroidInfo", {})
    apns = notification.get("ApnsInfo", {})
    title, desc = _texts(body, notification, vendor, language, sender)
    known = VENDORS.get(vendor)
    big_text = known is not None and known.big_text and android.get("PushStyle") == 1
    cut_title = cut(title, vendor, "title", limits, big_text=big_text)
    cut_desc = cut(desc, vendor, "desc", limits, big_text=big_text)
    return Shown(
        cut_title,
        cut_desc,
        title_cut=cut_title != title,
        desc_cut=cut_desc != desc,
        sub_title=apns.get("SubTitle", "") if vendor == "apns" else "",
        image=_image(notification, vendor),
        big_text=big_text,
        level=_level(notification, vendor),
        silent=vendor == "apns" and apns.get("ContentAvailable") == 1,
        ext=notification.get("Ext", ""),
    )


def _render_web(body: Body, *, online: bool) -> Shown:
    shown = body["Message"] if online and "Message" in body else body.get("WebInfo", {})
    elements = shown.get("MsgBody")
    text = message_text(elements) if isinstance(elements, list) else json.dumps(shown, ensure_ascii=False)
    title, desc = shown.get("Title", ""), shown.get("Desc", "")
    ext = shown.get("Ext") or shown.get("URL") or ""
    return Shown(str(title), str(desc) if title or desc else text, ext=str(ext))


def apns_packet_bytes(notification: Body, shown: Shown) -> int:
    """Return about how large the packet for an iPhone is, in bytes; the service allows 4K."""
    packet = {"aps": {"alert": {"title": shown.title, "body": shown.desc, "subtitle": shown.sub_title}}}
    return len(json.dumps({**packet, "ext": notification.get("Ext", "")}, ensure_ascii=False).encode())


def message_text(message: list[Body]) -> str:
    """Return the parts of a chat message as one text, joined with nothing between, as the service does."""
    return "".join(_element_text(element["MsgType"], element["MsgContent"]) for element in message)


def _element_text(kind: str, content: Body) -> str:
    if kind == "TIMTextElem":
        return str(content["Text"])
    if kind == "TIMCustomElem":
        return str(content.get("Desc", ""))
    return _PLACEHOLDERS[kind]


def _texts(body: Body, notification: Body, vendor: str, language: str, sender: str) -> tuple[str, str]:
    block = {"apns": "ApnsInfo", "harmony": "HarmonyInfo"}.get(vendor, "")
    title = notification.get(block, {}).get("Title") or notification.get("Title", "")
    desc = notification.get("Desc", "")
    for item in notification.get("MultiLanguageContent", ()):
        if item["Language"] == language:
            title, desc = item.get("Title", title), item.get("Desc", desc)
    if "MsgBody" in body:
        desc = desc or message_text(body["MsgBody"])
        title = title or (sender if desc else "")
    return title, desc


def _image(notification: Body, vendor: str) -> str:
    known = VENDORS.get(vendor)
    if known is None or known.image_field is None:
        return ""
    block, field = known.image_field
    values = notification.get(block, {})
    if vendor == "apns" and values.get("MutableContent") != 1:
        return ""
    return str(values.get(field, ""))


def _level(notification: Body, vendor: str) -> str:
    android = notification.get("AndroidInfo", {})
    names = {
        "apns": notification.get("ApnsInfo", {}).get("InterruptionLevel"),
        "oppo": android.get("OPPONotifyLevel"),
        "huawei": android.get("HuaWeiImportance"),
        "honor": android.get("HonorImportance"),
        "fcm": android.get("GooglePriority"),
    }
    return str(names.get(vendor) or "")
