"""``OfflinePushInfo``: what the notification says and how each vendor shows it.

Source: https://trtc.io/document/77715 (full field list, copies of 2026); older fields from the message
format pages. No page gives these fields a code of their own outside chat, so the caller names it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pushspec.sandbox.answers import Body, Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from pushspec.tencent.limits import Limits


def _text(value: object) -> bool:
    return isinstance(value, str)


def _whole(value: object) -> bool:
    return type(value) is int


def _object(value: object) -> bool:
    return isinstance(value, dict)


def _texts(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(item, str) for item in value.values())


def _list(value: object) -> bool:
    return isinstance(value, list)


def _one_of(*allowed: object) -> Callable[[Any], bool]:
    return lambda value: type(value) in {type(item) for item in allowed} and value in allowed


def _between(low: int, high: int) -> Callable[[Any], bool]:
    return lambda value: type(value) is int and low <= value <= high


_SERVER_FILLS = ("timTitle", "timDesc", "timSenderNick", "timGroupName")

_TOP: dict[str, Callable[[Any], bool]] = {
    "PushFlag": _one_of(0, 1),
    "Title": _text,
    "Desc": _text,
    "MultiLanguageContent": _list,
    "Ext": _text,
    "BadgeAddNum": _whole,
    "BadgeSetNum": _whole,
    "PushTemplateId": _text,
    "PushTemplateParam": _object,
    "AndroidInfo": _object,
    "ApnsInfo": _object,
    "HarmonyInfo": _object,
}
_LANGUAGE: dict[str, Callable[[Any], bool]] = {"Language": _text, "Title": _text, "Desc": _text}
_ANDROID: dict[str, Callable[[Any], bool]] = {
    "Sound": _text,
    "PushStyle": _one_of(0, 1),
    "XiaoMiChannelID": _text,
    "OPPOChannelID": _text,
    "OPPOCategory": _text,
    "OPPONotifyLevel": _one_of(1, 2, 16),
    "OPPOPrivateMsgTemplateId": _text,
    "OPPOPrivateTitleParameters": _texts,
    "OPPOPrivateContentParameters": _texts,
    "VIVOClassification": _one_of(0, 1),
    "VIVOCategory": _text,
    # The field list calls it a string, the vendor's SDKs write an integer: both are taken.
    "VIVONotifyType": _one_of("1", "2", "3", "4", 1, 2, 3, 4),
    "HuaWeiImportance": _one_of("LOW", "NORMAL"),
    "HuaWeiCategory": _text,
    "HuaWeiChannelID": _text,
    "HuaWeiImage": _text,
    "ExtAsHuaweiIntentParam": _one_of(0, 1),
    "HonorImportance": _one_of("LOW", "NORMAL"),
    "HonorImage": _text,
    "GoogleChannelID": _text,
    "GoogleImage": _text,
    "GooglePriority": _one_of("normal", "high"),
    "MeiZuNoticeMsgType": _one_of(0, 1),
}
_APNS: dict[str, Callable[[Any], bool]] = {
    "Sound": _text,
    "BadgeMode": _one_of(0, 1),
    "Title": _text,
    "SubTitle": _text,
    "Image": _text,
    "MutableContent": _one_of(0, 1),
    "InterruptionLevel": _one_of("active", "critical", "passive", "time-sensitive"),
    "ContentAvailable": _one_of(1),
    "IsVoipPush": _one_of(1),
    "LiveActivity": _object,
}
_LIVE_ACTIVITY: dict[str, Callable[[Any], bool]] = {
    "LaId": _text,
    "Event": _one_of("update", "end"),
    "ContentState": _object,
    "DismissalDate": _whole,
}
_HARMONY: dict[str, Callable[[Any], bool]] = {
    "Title": _text,
    "Category": _text,
    "Image": _text,
    "Sound": _text,
    "SoundDuration": _between(1, 60),
}


def check_offline_push(value: object, limits: Limits, *, code: int) -> Body:
    """Read an ``OfflinePushInfo``.

    Args:
        value: The field's JSON value.
        limits: Ranges of badges and ids.
        code: What a fault is called: 90043 in chat, 90001 elsewhere.

    Raises:
        Refusal: ``code``, a field has the wrong type, value or company.
    """
    if not isinstance(value, dict):
        raise Refusal(code, "OfflinePushInfo is not an object")
    _check(value, _TOP, "OfflinePushInfo", code)
    _check_badge(value, limits, code)
    for number, item in enumerate(value.get("MultiLanguageContent", ())):
        _check_language(item, f"OfflinePushInfo.MultiLanguageContent[{number}]", code)
    filled = sorted(set(_SERVER_FILLS) & set(value.get("PushTemplateParam", {})))
    if filled:
        raise Refusal(code, f"PushTemplateParam.{filled[0]} is filled by the service")
    android = value.get("AndroidInfo", {})
    _check(android, _ANDROID, "OfflinePushInfo.AndroidInfo", code)
    if "OPPONotifyLevel" in android and "OPPOCategory" not in android:
        raise Refusal(code, "OPPONotifyLevel needs OPPOCategory beside it")
    _check_apns(value.get("ApnsInfo", {}), limits, code)
    harmony = value.get("HarmonyInfo", {})
    _check(harmony, _HARMONY, "OfflinePushInfo.HarmonyInfo", code)
    if "SoundDuration" in harmony and "Sound" not in harmony:
        raise Refusal(code, "HarmonyInfo.SoundDuration needs Sound beside it")
    return value


def _check(value: Body, rules: dict[str, Callable[[Any], bool]], where: str, code: int) -> None:
    for name, fits in rules.items():
        if name in value and not fits(value[name]):
            raise Refusal(code, f"{where}.{name} has the wrong type or value")


def _check_badge(value: Body, limits: Limits, code: int) -> None:
    if "BadgeAddNum" in value and not 1 <= value["BadgeAddNum"] <= limits.badge_add.value:
        raise Refusal(code, f"BadgeAddNum must lie between 1 and {limits.badge_add.value}")
    if "BadgeSetNum" in value and not 0 <= value["BadgeSetNum"] <= limits.badge_set_apns.value:
        raise Refusal(code, f"BadgeSetNum must lie between 0 and {limits.badge_set_apns.value}")


def _check_language(item: object, where: str, code: int) -> None:
    if not isinstance(item, dict) or not item.get("Language"):
        raise Refusal(code, f"{where} is not an object with a Language")
    _check(item, _LANGUAGE, where, code)


def _check_apns(apns: Body, limits: Limits, code: int) -> None:
    _check(apns, _APNS, "OfflinePushInfo.ApnsInfo", code)
    activity = apns.get("LiveActivity")
    if activity is None:
        return
    where = "OfflinePushInfo.ApnsInfo.LiveActivity"
    _check(activity, _LIVE_ACTIVITY, where, code)
    for name in ("LaId", "Event", "ContentState"):
        if name not in activity:
            raise Refusal(code, f"{where}.{name} is missing")
    if limits.live_activity_id_bytes.exceeded_by(activity["LaId"]):
        raise Refusal(code, f"{where}.LaId is over {limits.live_activity_id_bytes.value} bytes")
    if "DismissalDate" in activity and activity["Event"] != "end":
        raise Refusal(code, f"{where}.DismissalDate goes with the event end only")
