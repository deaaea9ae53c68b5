"""The notification: each field under the name people write and the name the service reads.

Source: https://trtc.io/document/77715 (copies of 2026), the vendor's full field list of ``OfflinePushInfo``.
To add a field, add a line to its block; the JSON Schema, the checks and the body follow from it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Self

from pydantic import Field, model_validator

from pushspec.language import phrase
from pushspec.serialization import Json  # noqa: TC001 - pydantic reads it at run time
from pushspec.tencent.model import JsonText, WireModel, read_whole, refusal, required, wire

if TYPE_CHECKING:
    from pushspec.tencent.fields import Fields


class LanguageText(WireModel):
    """Title and text for devices set to one language."""

    title: str | None = wire("Title")
    desc: str | None = wire("Desc")


class Badge(WireModel):
    """The number on the app's icon: add to it, or set it."""

    add: int | None = wire("BadgeAddNum", "Add this to the number shown, 1 to 99.", ge=1, le=99)
    set: int | None = wire(
        "BadgeSetNum", "Show this number, 0 to 999 on iPhones, to 99 elsewhere.", ge=0, le=999
    )

    @model_validator(mode="after")
    def _add_or_set(self) -> Self:
        if len(self.model_fields_set) != 1:
            raise refusal("badge-choice", phrase("needs either add or set"))
        return self


class Template(WireModel):
    """A template made in the vendor's console."""

    id: str = required("PushTemplateId", "Such as 1400000000-1.")
    params: dict[str, Json] | None = wire("PushTemplateParam", "Values of its custom variables.")


class Xiaomi(WireModel):
    """What only Xiaomi's channel reads."""

    channel_id: str | None = wire("XiaoMiChannelID", "Android 8 and later show nothing without one.")


class Oppo(WireModel):
    """What only OPPO's channel reads."""

    channel_id: str | None = wire("OPPOChannelID", "Channel on Android 8 and later.")
    category: str | None = wire("OPPOCategory", "Such as IM or MARKETING.")
    notify_level: Literal[1, 2, 16] | None = wire(
        "OPPONotifyLevel", "1 bar, 2 and lock screen, 16 and banner, vibration, sound; needs category."
    )
    private_msg_template_id: str | None = wire("OPPOPrivateMsgTemplateId")
    private_title_parameters: dict[str, str] | None = wire("OPPOPrivateTitleParameters")
    private_content_parameters: dict[str, str] | None = wire("OPPOPrivateContentParameters")


class Vivo(WireModel):
    """What only vivo's channel reads."""

    classification: Literal[0, 1] | None = wire(
        "VIVOClassification", "0 operational, 1 system; category replaces it."
    )
    category: str | None = wire("VIVOCategory", "Such as IM or MARKETING.")
    # The field list says String, the vendor's own SDKs send a number: both are taken, and sent as written.
    notify_type: Literal[1, 2, 3, 4, "1", "2", "3", "4"] | None = wire(
        "VIVONotifyType", "1 silent, 2 ring, 3 vibrate, 4 both."
    )


class Huawei(WireModel):
    """What only Huawei's channel reads."""

    importance: Literal["LOW", "NORMAL"] | None = wire("HuaWeiImportance")
    category: str | None = wire("HuaWeiCategory", "Such as IM or MARKETING.")
    channel_id: str | None = wire("HuaWeiChannelID", "Channel on EMUI 10 and later.")
    image: str | None = wire("HuaWeiImage", "https address of a picture under 512 KB.")
    ext_as_huawei_intent_param: Literal[0, 1] | None = wire(
        "ExtAsHuaweiIntentParam", "0 ext goes to the action, 1 to the intent; older apps only."
    )


class Honor(WireModel):
    """What only Honor's channel reads."""

    importance: Literal["LOW", "NORMAL"] | None = wire("HonorImportance")
    image: str | None = wire("HonorImage", "https address of a picture under 512 KB.")


class Google(WireModel):
    """What only FCM reads."""

    channel_id: str | None = wire("GoogleChannelID", "Channel on Android 8 and later.")
    image: str | None = wire("GoogleImage", "https address of a JPG or PNG up to 1 MB.")
    priority: Literal["normal", "high"] | None = wire("GooglePriority")


class Meizu(WireModel):
    """What only Meizu's channel reads."""

    notice_msg_type: Literal[0, 1] | None = wire("MeiZuNoticeMsgType", "0 public, 1 private.")


class Android(WireModel):
    """``AndroidInfo``: a block a vendor, flat on the wire."""

    sound: str | None = wire("Sound", "File in res/raw, without its suffix.")
    style: Literal[0, 1] | None = wire("PushStyle", "0 default, 1 big text; Huawei, Honor and OPPO.")
    xiaomi: Xiaomi | None = None
    oppo: Oppo | None = None
    vivo: Vivo | None = None
    huawei: Huawei | None = None
    honor: Honor | None = None
    google: Google | None = None
    meizu: Meizu | None = None

    def to_wire(self) -> dict[str, Json]:
        """Return ``AndroidInfo``, the vendors' fields side by side."""
        fields = super().to_wire()
        for vendor in ANDROID_VENDORS:
            fields |= fields.pop(vendor, {})
        return fields


ANDROID_VENDORS = ("xiaomi", "oppo", "vivo", "huawei", "honor", "google", "meizu")


class LiveActivity(WireModel):
    """An update or the end of an iOS live activity."""

    la_id: str = required("LaId", "At most 64 bytes.")
    event: Literal["update", "end"] = required("Event")
    content_state: dict[str, Json] = required("ContentState", "Goes to the app as it is.")
    dismissal_date: int | None = wire("DismissalDate", "Unix seconds; only with end, at once when left out.")


class Apns(WireModel):
    """``ApnsInfo``: what only iPhones and iPads read."""

    sound: str | None = wire("Sound", "File with its suffix, at most 30 seconds.")
    badge_mode: Literal[0, 1] | None = wire("BadgeMode", "0 counts on the badge, 1 does not.")
    title: str | None = wire("Title", "Instead of the common title.")
    sub_title: str | None = wire("SubTitle")
    image: str | None = wire("Image", "Address of a picture; needs mutable_content.")
    mutable_content: Literal[0, 1] | None = wire("MutableContent")
    interruption_level: Literal["active", "critical", "passive", "time-sensitive"] | None = wire(
        "InterruptionLevel"
    )
    content_available: Literal[1] | None = wire(
        "ContentAvailable", "1: a silent push, three an hour at most."
    )
    is_voip_push: Literal[1] | None = wire("IsVoipPush")
    live_activity: LiveActivity | None = wire("LiveActivity")


class Harmony(WireModel):
    """``HarmonyInfo``: what only HarmonyOS reads."""

    title: str | None = wire("Title", "Instead of the common title.")
    category: str | None = wire("Category")
    image: str | None = wire("Image", "https address of a picture.")
    sound: str | None = wire("Sound", "File in resources/rawfile.")
    sound_duration: int | None = wire("SoundDuration", "Seconds, 1 to 60; needs sound.", ge=1, le=60)


class Notification(WireModel):
    """``OfflinePushInfo``: what the notification bar shows, and how each vendor treats it."""

    reads_itself = frozenset({"enabled", "languages", "android", "apns", "harmony"})

    enabled: bool | None = Field(default=None, description="false: nothing for devices that are not online.")
    title: str | None = wire("Title")
    desc: str | None = wire("Desc")
    ext: JsonText | None = wire("Ext", "Data for the app, best as a mapping.")
    languages: dict[str, LanguageText] | None = Field(
        default=None, description="Title and text by device language, such as zh-hant."
    )
    badge: Badge | None = None
    template: Template | None = None
    android: Android | None = None
    apns: Apns | None = None
    harmony: Harmony | None = None

    def to_wire(self) -> dict[str, Json]:
        """Return ``OfflinePushInfo``."""
        info: dict[str, Json] = {} if self.enabled is None else {"PushFlag": 0 if self.enabled else 1}
        info |= {
            name: value
            for name, value in (("Title", self.title), ("Desc", self.desc), ("Ext", self.ext))
            if value is not None
        }
        if self.languages is not None:
            info["MultiLanguageContent"] = [
                {"Language": language, **text.to_wire()} for language, text in self.languages.items()
            ]
        for flat in (self.badge, self.template):
            info |= flat.to_wire() if flat is not None else {}
        for name, key, _ in _BLOCKS:
            block: WireModel | None = getattr(self, key)
            if block is not None:
                info[name] = block.to_wire()
        return info

    @classmethod
    def from_wire(cls, fields: Fields) -> dict[str, Json]:
        """Return what people would write to get these fields."""
        enabled = fields.choose("PushFlag", {0: True, 1: False})
        languages = _languages(fields) if "MultiLanguageContent" in fields else None
        texts = super().from_wire(fields)
        blocks = {
            key: read_whole(model, below)
            for name, key, model in _BLOCKS
            if (below := fields.below(name)) is not None
        }
        own = {"enabled": enabled, **texts, "languages": languages, **blocks}
        return {name: value for name, value in own.items() if value is not None}


_BLOCKS: tuple[tuple[str, str, type[WireModel]], ...] = (
    ("AndroidInfo", "android", Android),
    ("ApnsInfo", "apns", Apns),
    ("HarmonyInfo", "harmony", Harmony),
)
"""What lies in an object of its own: the service's name, the key, the model."""


def _languages(fields: Fields) -> dict[str, Json]:
    written: dict[str, Json] = {}
    for item in fields.each("MultiLanguageContent"):
        language = item.take("Language")
        if not isinstance(language, str) or language in written:
            item.refuse("Language", phrase("is missing, or comes twice"))
        else:
            written[language] = read_whole(LanguageText, item)
    return written
