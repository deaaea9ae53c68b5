"""What a push looks like on each vendor's phone and in a browser: title and text as cut, in each language."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pushspec.tencent.cutting import VENDORS, cut, cuts, vendor_limit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pushspec.spec.content import Content
    from pushspec.tencent.limits import Limits
    from pushspec.tencent.offline_push import Notification

_DEFAULT_LANGUAGE = ""
_UNLIMITED = ("google", "harmony")
"""Like iPhones, channels whose cuts the vendor's page gives no figures for."""
BROWSER = "browser"
"""The ``vendor`` of a browser push; no page gives a limit for what browsers show."""


@dataclass(frozen=True, slots=True)
class Preview:
    """A lock screen in words.

    Attributes:
        vendor: Whose channel; ``apns`` for iPhones, which the vendor's page gives no limit for;
            ``browser`` for browsers.
        language: The device's language; empty for those without a text of their own.
        title: As shown.
        desc: As shown.
        is_cut: Whether something is missing at the end.
    """

    vendor: str
    language: str
    title: str
    desc: str
    is_cut: bool


def previews(content: Content, limits: Limits) -> Iterator[Preview]:
    """Yield what each vendor shows; nothing where devices show nothing."""
    if content.web is not None:
        yield Preview(
            BROWSER, _DEFAULT_LANGUAGE, content.web.title or "", content.web.desc or "", is_cut=False
        )
    notification = content.notification
    if notification is None or notification.enabled is False:
        return
    for language, title, desc in _texts(notification):
        apns_title = notification.apns.title if notification.apns is not None else None
        yield Preview("apns", language, apns_title or title, desc, is_cut=False)
        for vendor in VENDORS:
            yield _on(vendor, language, title, desc, notification, limits)
        for vendor in _UNLIMITED:
            yield Preview(vendor, language, title, desc, is_cut=False)


def alike(found: Iterable[Preview]) -> list[tuple[Preview, list[str]]]:
    """Return previews that differ, in order, each with all the vendors that show just that."""
    vendors: dict[Preview, list[str]] = defaultdict(list)
    for preview in found:
        vendors[replace(preview, vendor="")].append(preview.vendor)
    return [(replace(shown, vendor=names[0]), names) for shown, names in vendors.items()]


def cut_previews(content: Content, limits: Limits) -> Iterator[Preview]:
    """Yield only the previews of which something is missing; finds quickly that there is none."""
    notification = content.notification
    if notification is None or notification.enabled is False:
        return
    for language, title, desc in _texts(notification):
        if cuts(limits, "title", title) or cuts(limits, "desc", desc):
            shown = (_on(vendor, language, title, desc, notification, limits) for vendor in VENDORS)
            yield from (preview for preview in shown if preview.is_cut)


def _texts(notification: Notification) -> Iterator[tuple[str, str, str]]:
    title, desc = notification.title or "", notification.desc or ""
    if title or desc:
        yield _DEFAULT_LANGUAGE, title, desc
    for language, own in (notification.languages or {}).items():
        yield language, own.title or title, own.desc or desc


def _on(
    vendor: str, language: str, title: str, desc: str, notification: Notification, limits: Limits
) -> Preview:
    big_text = notification.android is not None and notification.android.style == 1
    shown_title = cut(title, vendor_limit(limits, vendor, "title"))
    shown_desc = cut(desc, vendor_limit(limits, vendor, "desc", big_text=big_text))
    return Preview(
        vendor, language, shown_title, shown_desc, is_cut=(shown_title, shown_desc) != (title, desc)
    )
