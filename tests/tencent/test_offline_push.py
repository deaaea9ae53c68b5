"""Every field of the vendor's list has its place under ``notification``, and arrives under its own name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from pydantic import TypeAdapter, ValidationError

from pushspec.tencent.offline_push import Notification

if TYPE_CHECKING:
    from collections.abc import Iterator

NOTIFICATION: TypeAdapter[Notification] = TypeAdapter(Notification)

# Where it is written, where it arrives, a value; the list is that of https://trtc.io/document/77715.
FIELDS: list[tuple[str, str, Any]] = [
    ("title", "Title", "Spring"),
    ("desc", "Desc", "blooms"),
    ("ext", "Ext", '{"a":1}'),
    ("badge.add", "BadgeAddNum", 1),
    ("badge.add", "BadgeAddNum", 99),
    ("badge.set", "BadgeSetNum", 0),
    ("badge.set", "BadgeSetNum", 999),
    ("template.id", "PushTemplateId", "1400000000-1"),
    ("android.sound", "AndroidInfo.Sound", "bell"),
    ("android.style", "AndroidInfo.PushStyle", 0),
    ("android.style", "AndroidInfo.PushStyle", 1),
    ("android.xiaomi.channel_id", "AndroidInfo.XiaoMiChannelID", "c"),
    ("android.oppo.channel_id", "AndroidInfo.OPPOChannelID", "c"),
    ("android.oppo.category", "AndroidInfo.OPPOCategory", "IM"),
    ("android.oppo.notify_level", "AndroidInfo.OPPONotifyLevel", 16),
    ("android.oppo.private_msg_template_id", "AndroidInfo.OPPOPrivateMsgTemplateId", "t"),
    ("android.oppo.private_title_parameters", "AndroidInfo.OPPOPrivateTitleParameters", {"a": "b"}),
    ("android.oppo.private_content_parameters", "AndroidInfo.OPPOPrivateContentParameters", {"a": "b"}),
    ("android.vivo.classification", "AndroidInfo.VIVOClassification", 0),
    ("android.vivo.category", "AndroidInfo.VIVOCategory", "MARKETING"),
    ("android.vivo.notify_type", "AndroidInfo.VIVONotifyType", 4),
    ("android.vivo.notify_type", "AndroidInfo.VIVONotifyType", "4"),
    ("android.huawei.importance", "AndroidInfo.HuaWeiImportance", "LOW"),
    ("android.huawei.category", "AndroidInfo.HuaWeiCategory", "IM"),
    ("android.huawei.channel_id", "AndroidInfo.HuaWeiChannelID", "c"),
    ("android.huawei.image", "AndroidInfo.HuaWeiImage", "https://example.com/i.png"),
    ("android.huawei.ext_as_huawei_intent_param", "AndroidInfo.ExtAsHuaweiIntentParam", 1),
    ("android.honor.importance", "AndroidInfo.HonorImportance", "NORMAL"),
    ("android.honor.image", "AndroidInfo.HonorImage", "https://example.com/i.png"),
    ("android.google.channel_id", "AndroidInfo.GoogleChannelID", "c"),
    ("android.google.image", "AndroidInfo.GoogleImage", "https://example.com/i.png"),
    ("android.google.priority", "AndroidInfo.GooglePriority", "high"),
    ("android.meizu.notice_msg_type", "AndroidInfo.MeiZuNoticeMsgType", 0),
    ("apns.sound", "ApnsInfo.Sound", "bell.mp3"),
    ("apns.badge_mode", "ApnsInfo.BadgeMode", 0),
    ("apns.title", "ApnsInfo.Title", "Spring"),
    ("apns.sub_title", "ApnsInfo.SubTitle", "in town"),
    ("apns.image", "ApnsInfo.Image", "https://example.com/i.png"),
    ("apns.mutable_content", "ApnsInfo.MutableContent", 1),
    ("apns.interruption_level", "ApnsInfo.InterruptionLevel", "time-sensitive"),
    ("apns.content_available", "ApnsInfo.ContentAvailable", 1),
    ("apns.is_voip_push", "ApnsInfo.IsVoipPush", 1),
    ("harmony.title", "HarmonyInfo.Title", "Spring"),
    ("harmony.category", "HarmonyInfo.Category", "MARKETING"),
    ("harmony.image", "HarmonyInfo.Image", "https://example.com/i.png"),
    ("harmony.sound", "HarmonyInfo.Sound", "bell.mp3"),
    ("harmony.sound_duration", "HarmonyInfo.SoundDuration", 60),
]
MADE_OF_SEVERAL = {
    "enabled",
    "languages.title",
    "languages.desc",
    "template.params",
    *(f"apns.live_activity.{key}" for key in ("la_id", "event", "content_state", "dismissal_date")),
}
"""Fields that a test of their own covers below."""


def _nested(path: str, value: Any) -> dict[str, Any]:
    first, _, rest = path.partition(".")
    return {first: _nested(rest, value) if rest else value}


def _wire(written: dict[str, Any]) -> dict[str, Any]:
    wire: dict[str, Any] = NOTIFICATION.validate_python(written).to_wire()
    return wire


@pytest.mark.parametrize(("written", "arrives", "value"), FIELDS)
def test_a_field_arrives_alone_under_the_name_of_the_service(written: str, arrives: str, value: Any) -> None:
    """What the author did not write must not be in the body: the service's default stays its own."""
    assert _wire(_nested(written, value)) == _nested(arrives, value)


@pytest.mark.parametrize(("enabled", "flag"), [(True, 0), (False, 1)])
def test_enabled_is_the_push_flag_the_other_way_round(*, enabled: bool, flag: int) -> None:
    """The service's 1 switches pushes off; nobody should have to remember that."""
    assert _wire({"enabled": enabled}) == {"PushFlag": flag}


def test_languages_arrive_in_the_order_written() -> None:
    """Title and text by language are a list on the wire, a mapping in the file."""
    assert _wire({"languages": {"zh-hant": {"title": "春"}, "en": {"desc": "spring"}}}) == {
        "MultiLanguageContent": [{"Language": "zh-hant", "Title": "春"}, {"Language": "en", "Desc": "spring"}]
    }


def test_template_parameters_arrive_as_they_are() -> None:
    """Their names are the app's own."""
    template = {"id": "1400000000-1", "params": {"userName": "Rong", "n": 3, "list": ["a"]}}

    assert _wire({"template": template}) == {
        "PushTemplateId": "1400000000-1",
        "PushTemplateParam": {"userName": "Rong", "n": 3, "list": ["a"]},
    }


def test_a_live_activity_keeps_its_state_untouched() -> None:
    """The keys below ``content_state`` are read by the app's Swift code, letter by letter."""
    state = {"home_score": 1, "Away": {"x": [None, 1.5, True]}}
    activity = {"la_id": "m", "event": "end", "content_state": state, "dismissal_date": 5}

    assert _wire({"apns": {"live_activity": activity}}) == {
        "ApnsInfo": {"LiveActivity": {"LaId": "m", "Event": "end", "ContentState": state, "DismissalDate": 5}}
    }


def test_a_mapping_as_ext_becomes_compact_json() -> None:
    """The service takes a text; the order of its keys is the author's."""
    assert _wire({"ext": {"页": "/春", "a": [1, 2.5, True]}}) == {"Ext": '{"页":"/春","a":[1,2.5,true]}'}


def test_vendor_blocks_lie_side_by_side_on_the_wire() -> None:
    """``AndroidInfo`` is flat, and an empty block adds nothing."""
    android = {"xiaomi": {"channel_id": "m"}, "vivo": {"category": "IM"}, "meizu": {}}

    assert _wire({"android": android}) == {"AndroidInfo": {"XiaoMiChannelID": "m", "VIVOCategory": "IM"}}


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("badge.add", 0),
        ("badge.add", 100),
        ("badge.set", -1),
        ("badge.set", 1000),
        ("badge.set", True),
        ("android.style", 2),
        ("android.oppo.notify_level", 3),
        ("android.vivo.classification", 2),
        ("android.vivo.notify_type", 5),
        ("android.huawei.importance", "HIGH"),
        ("android.honor.importance", "low"),
        ("android.google.priority", "HIGH"),
        ("android.meizu.notice_msg_type", 2),
        ("apns.badge_mode", 2),
        ("apns.mutable_content", 2),
        ("apns.interruption_level", "timeSensitive"),
        ("apns.content_available", 0),
        ("apns.is_voip_push", 0),
        ("harmony.sound_duration", 0),
        ("harmony.sound_duration", 61),
        ("title", 5),
        ("title", None),
        ("ext", 5),
        ("enabled", "no"),
        ("languages.en.text", "x"),
        ("android.style", True),
        ("android.style", 1.0),
        ("enabled", 1),
        ("apns.live_activity", {"la_id": "m", "event": "begin", "content_state": {}}),
        ("apns.live_activity", {"la_id": "m", "event": "end"}),
        ("template", {"params": {}}),
    ],
)
def test_a_value_that_the_service_does_not_know_is_refused(written: str, value: Any) -> None:
    """The service would drop it silently, or fail after people were told."""
    with pytest.raises(ValidationError):
        NOTIFICATION.validate_python(_nested(written, value))


def test_every_field_of_the_models_is_tested_here() -> None:
    """A new field brings its line in the table above."""
    covered = {written for written, _, _ in FIELDS} | MADE_OF_SEVERAL

    assert set(_leaves(Notification, "")) == covered


def _leaves(model: Any, prefix: str) -> Iterator[str]:
    from pushspec.spec.validation import model_in

    for name, field in model.model_fields.items():
        inner = model_in(field.annotation)
        yield from [f"{prefix}{name}"] if inner is None else _leaves(inner, f"{prefix}{name}.")
