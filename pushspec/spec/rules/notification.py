"""Rules on the notification: what vendors cut, what they drop, and what goes only together.

Source: https://trtc.io/document/77715 (copies of 2026).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pushspec.language import phrase
from pushspec.tencent.cutting import cuts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pushspec.problems import Problem
    from pushspec.spec.rules.context import Rule, RuleContext
    from pushspec.spec.validation import KeyPath
    from pushspec.tencent.offline_push import Notification

_FILLED_BY_SERVER = frozenset({"timTitle", "timDesc", "timSenderNick", "timGroupName"})


def text_cut(context: RuleContext) -> Iterator[Problem]:
    """A title or text that a vendor cuts is shown as that vendor will show it."""
    notification = context.content.notification
    if notification is None:
        return
    big_text = notification.android is not None and notification.android.style == 1
    for path, field, text in _shown_texts(notification, context.content.notification_path):
        found = cuts(context.limits, field, text, big_text=big_text)
        if found:
            narrowest = found[0]
            vendors = ", ".join(f"{cut.maker} ({cut.limit})" for cut in found)
            yield context.warning(
                path,
                f"{field}-cut",
                phrase(
                    "{field} is {units} characters and is cut by {vendors}",
                    field=field,
                    units=narrowest.units,
                    vendors=vendors,
                ),
                phrase("{vendor} shows: {shown}", vendor=narrowest.maker, shown=narrowest.shown),
            )


def _shown_texts(notification: Notification, base: KeyPath) -> Iterator[tuple[KeyPath, str, str]]:
    for field in ("title", "desc"):
        text = getattr(notification, field)
        if text is not None:
            yield (*base, field), field, text
        for language, own in (notification.languages or {}).items():
            text = getattr(own, field)
            if text is not None:
                yield (*base, "languages", language, field), field, text


def notification_silent(context: RuleContext) -> Iterator[Problem]:
    """A push without a message has no text to fall back to."""
    notification = context.content.notification
    if notification is None or context.content.message is not None or notification.enabled is False:
        return
    apns = notification.apns
    if notification.title or notification.desc or notification.template or notification.languages:
        return
    if apns is not None and (apns.live_activity or apns.content_available or apns.title):
        return
    yield context.warning(
        context.content.notification_path,
        "notification-silent",
        phrase("the notification has neither title nor desc"),
        phrase("offline phones would show nothing; write enabled: false if you intend that"),
    )


def ext_form(context: RuleContext) -> Iterator[Problem]:
    """Some vendors drop a push whose ext is no JSON, and long ones do not travel well."""
    notification, limits = context.content.notification, context.limits
    if notification is None or notification.ext is None:
        return
    path = (*context.content.notification_path, "ext")
    if not is_json(notification.ext):
        yield context.warning(
            path,
            "ext-not-json",
            phrase("ext is not JSON; some vendors drop the push"),
            phrase("write a mapping"),
        )
    if limits.ext_bytes.exceeded_by(notification.ext):
        yield context.warning(
            path,
            "ext-bytes",
            phrase(
                "ext is {size:,} bytes; the advice is {limit:,}",
                size=limits.ext_bytes.measure(notification.ext),
                limit=limits.ext_bytes.value,
            ),
            phrase("carry an id in it, and let the app load the rest"),
        )


def is_json(text: str) -> bool:
    """Whether a text is JSON."""
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def notification_bytes(context: RuleContext) -> Iterator[Problem]:
    """What Apple's channel must carry fits into one of its packets."""
    notification, limits = context.content.notification, context.limits
    if notification is None:
        return
    path = context.content.notification_path
    desc_and_ext = limits.desc_and_ext_bytes.measure((notification.desc or "") + (notification.ext or ""))
    title = (notification.apns.title if notification.apns else None) or notification.title or ""
    packet = desc_and_ext + limits.apns_packet_bytes.measure(title)
    if packet > limits.apns_packet_bytes.value:
        yield context.problem(
            path,
            "apns-packet-bytes",
            phrase(
                "title, desc and ext are {packet:,} bytes; an iPhone takes {limit:,}",
                packet=packet,
                limit=limits.apns_packet_bytes.value,
            ),
            phrase("shorten the desc or move data out of ext"),
            key=True,
        )
    elif desc_and_ext > limits.desc_and_ext_bytes.value:
        yield context.warning(
            path,
            "desc-and-ext-bytes",
            phrase(
                "desc and ext are {desc_and_ext:,} bytes; {limit:,} is advised",
                desc_and_ext=desc_and_ext,
                limit=limits.desc_and_ext_bytes.value,
            ),
        )


def badge_range(context: RuleContext) -> Iterator[Problem]:
    """Only iPhones show numbers of three digits."""
    notification, limit = context.content.notification, context.limits.badge_set_android
    badge = notification.badge if notification is not None else None
    if badge is not None and badge.set is not None and badge.set > limit.value:
        yield context.warning(
            (*context.content.notification_path, "badge", "set"),
            "badge-range",
            phrase("Huawei, Honor and Harmony show a badge up to {limit}", limit=limit.value),
        )


def template_reserved(context: RuleContext) -> Iterator[Problem]:
    """The service fills some template variables itself and refuses them from outside."""
    notification = context.content.notification
    template = notification.template if notification is not None else None
    params = template.params if template is not None else None
    for name in params or ():
        if name in _FILLED_BY_SERVER:
            yield context.problem(
                (*context.content.notification_path, "template", "params", name),
                "template-reserved",
                phrase("the service fills {name} itself", name=name),
                phrase("leave it out"),
                key=True,
            )


def together(context: RuleContext) -> Iterator[Problem]:
    """Some fields do nothing without another."""
    notification, base = context.content.notification, context.content.notification_path
    if notification is None:
        return
    oppo = notification.android.oppo if notification.android is not None else None
    if oppo is not None and oppo.notify_level is not None and oppo.category is None:
        yield context.problem(
            (*base, "android", "oppo", "notify_level"),
            "needs-another",
            phrase("notify_level needs category"),
        )
    harmony = notification.harmony
    if harmony is not None and harmony.sound_duration is not None and harmony.sound is None:
        yield context.problem(
            (*base, "harmony", "sound_duration"), "needs-another", phrase("sound_duration needs sound")
        )


def live_activity(context: RuleContext) -> Iterator[Problem]:
    """A live activity has a short id, and a dismissal date only at its end."""
    notification, limit = context.content.notification, context.limits.live_activity_id_bytes
    apns = notification.apns if notification is not None else None
    activity = apns.live_activity if apns is not None else None
    if activity is None:
        return
    path = (*context.content.notification_path, "apns", "live_activity")
    if not activity.la_id or limit.exceeded_by(activity.la_id):
        yield context.problem(
            (*path, "la_id"),
            "live-activity-id",
            phrase(
                "la_id is {size} bytes; it must have 1 to {limit}",
                size=limit.measure(activity.la_id),
                limit=limit.value,
            ),
        )
    if activity.dismissal_date is not None and activity.event != "end":
        yield context.problem(
            (*path, "dismissal_date"), "needs-another", phrase("dismissal_date goes only with event: end")
        )


RULES: tuple[Rule, ...] = (
    text_cut,
    notification_silent,
    ext_form,
    notification_bytes,
    badge_range,
    template_reserved,
    together,
    live_activity,
)
