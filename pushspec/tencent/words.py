"""The service's words for what people write: each with the keys that it is written under in a campaign."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushspec.language import phrase
from pushspec.tencent.delivery import Carried
from pushspec.tencent.messages import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic.fields import FieldInfo

COMPOSED: dict[str, tuple[str, ...]] = {
    "From_Account": ("from",),
    "To_Account": ("audience", "accounts"),
    "Condition": ("audience",),
    "OfflinePushInfo": ("notification",),
    "PushFlag": ("notification", "enabled"),
    "MultiLanguageContent": ("notification", "languages"),
    "AndroidInfo": ("notification", "android"),
    "ApnsInfo": ("notification", "apns"),
    "HarmonyInfo": ("notification", "harmony"),
    "MsgBody": ("message",),
    "WebInfo": ("web",),
    **{str(word): ("message", str(kind)) for word, kind in KINDS.items()},
}
"""Words that no model names, because a body is put together from what lies under these keys."""

_ELEMENT = phrase("write each element under its kind, such as {{text: Hello}}")
WITHOUT_KEY: dict[str, str] = {
    "MsgRandom": phrase("leave it out: pushspec gives each call its own"),
    "MsgType": _ELEMENT,
    "MsgContent": _ELEMENT,
    "Language": phrase("write the language as the key: languages: {{en: {{title: Hello}}}}"),
}
"""Words for which a campaign has no key, and what to do instead."""


def words_of(field: FieldInfo) -> Iterator[str]:
    """Yield the service's words for a field of a model."""
    if field.serialization_alias is not None:
        yield field.serialization_alias
    for carried in field.metadata:
        if isinstance(carried, Carried):
            yield carried.name
            if carried.word is not None:
                yield carried.word
