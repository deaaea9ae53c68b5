"""Rules on what Xiaomi's channel shows: a registered channel, and template values that it takes.

Sources: https://dev.mi.com/xiaomihyperos/documentation/detail?pId=2314 (2026-06-02) for templates. They are
warnings, because the phones of other makers show the push all the same.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from pushspec.language import phrase

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pushspec.problems import Problem
    from pushspec.serialization import Json
    from pushspec.spec.rules.context import Rule, RuleContext
    from pushspec.tencent.offline_push import Android

_NO_LETTERS = {
    "So": phrase("an emoji or another symbol"),
    "Sk": phrase("an emoji or another symbol"),
    "Co": phrase("a private character"),
    "Cn": phrase("a character that Unicode does not define"),
}
"""Unicode categories that a value may not hold, in words."""


def xiaomi_template(context: RuleContext) -> Iterator[Problem]:
    """Xiaomi shows a template only if every value is a short text without symbols, and there are few."""
    notification = context.content.notification
    template = notification.template if notification is not None else None
    params = (template.params if template is not None else None) or {}
    path, most = (
        (*context.content.notification_path, "template", "params"),
        context.limits.xiaomi_template_values,
    )
    if len(params) > most.value:
        yield context.warning(
            path,
            "xiaomi-template",
            phrase(
                "params has {params} values; a template of Xiaomi takes {limit}",
                params=len(params),
                limit=most.value,
            ),
            phrase("use a template with fewer variables: phones of Xiaomi show nothing of this one"),
            key=True,
        )
    for name, value in params.items():
        fault = _fault(value, context.limits.xiaomi_template_value_chars.value)
        if fault:
            yield context.warning(
                (*path, name),
                "xiaomi-template",
                phrase("{name} {fault}, which Xiaomi does not take", name=name, fault=fault),
                phrase(
                    "write a text of letters, digits and punctuation: "
                    "phones of Xiaomi show nothing of this one"
                ),
            )


def _fault(value: Json, most: int) -> str:
    if not isinstance(value, str):
        return phrase("is not a text")
    if not value.strip():
        return phrase("is empty")
    if len(value) > most:
        return phrase("has {length} characters, more than {most}", length=len(value), most=most)
    held = (_NO_LETTERS.get(unicodedata.category(character)) for character in value)
    found = next(filter(None, held), "")
    return phrase("holds {found}", found=found) if found else ""


def xiaomi_channel(context: RuleContext) -> Iterator[Problem]:
    """Since November 2024 Xiaomi's phones show nothing without a channel; the console may have a default."""
    notification = context.content.notification
    android = notification.android if notification is not None else None
    has_one = android is not None and android.xiaomi is not None and android.xiaomi.channel_id
    if android is not None and _names_a_channel(android) and not has_one:
        yield context.warning(
            (*context.content.notification_path, "android"),
            "xiaomi-channel",
            phrase("other makers get a channel, and Xiaomi's phones show nothing without one"),
            phrase("add xiaomi: {{channel_id: ...}}, unless the console has a default channel for Xiaomi"),
            key=True,
        )


def _names_a_channel(android: Android) -> bool:
    blocks = (android.oppo, android.huawei, android.google)
    return any(block is not None and block.channel_id for block in blocks)


RULES: tuple[Rule, ...] = (xiaomi_template, xiaomi_channel)
