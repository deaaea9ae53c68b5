"""Bodies of the five ways to send: each documented fault has its documented code, and right bodies pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sandbox.kit import batch, batchsendmsg, im_push, push, text
from sandbox.provoked import FAULTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.kit import Body, Caller
    from sandbox.provoked import Fault


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.code} {fault.endpoint}: {fault.what}")
def test_a_fault_in_a_body_has_its_documented_code(sandbox: Caller, fault: Fault) -> None:
    """Clients decide by the code, so a fault must have the one of the page that ``fault.source`` names."""
    assert sandbox.code(fault.endpoint, fault.body) == fault.code


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.code} {fault.endpoint}: {fault.what}")
def test_a_refused_body_sends_nothing(sandbox: Caller, fault: Fault) -> None:
    """A refusal that reaches someone all the same would be the worst of lies."""
    sandbox.call(fault.endpoint, fault.body)

    assert sandbox.app.sandbox.snapshot()["pushes"] == []


FULL_NOTIFICATION: Body = {
    "PushFlag": 0,
    "Title": "t",
    "Desc": "d",
    "Ext": '{"page":"/sale"}',
    "MultiLanguageContent": [{"Language": "zh-hant", "Title": "t", "Desc": "d"}],
    "BadgeAddNum": 1,
    "PushTemplateId": "1400000000-1",
    "PushTemplateParam": {"name": "x"},
    "AndroidInfo": {
        "Sound": "a",
        "PushStyle": 1,
        "OPPOCategory": "IM",
        "OPPONotifyLevel": 16,
        "OPPOPrivateTitleParameters": {"a": "b"},
        "VIVOClassification": 1,
        "VIVONotifyType": "4",
        "HuaWeiImportance": "NORMAL",
        "ExtAsHuaweiIntentParam": 1,
        "GooglePriority": "high",
        "MeiZuNoticeMsgType": 1,
    },
    "ApnsInfo": {
        "BadgeMode": 1,
        "MutableContent": 1,
        "InterruptionLevel": "active",
        "LiveActivity": {"LaId": "x", "Event": "end", "ContentState": {"a": [1]}, "DismissalDate": 1},
    },
    "HarmonyInfo": {"Sound": "a.mp3", "SoundDuration": 60},
}
MEDIA: list[Body] = [
    text("sale starts at 9"),
    {"MsgType": "TIMLocationElem", "MsgContent": {"Desc": "store", "Latitude": 22.54, "Longitude": 114}},
    {"MsgType": "TIMFaceElem", "MsgContent": {"Index": 3, "Data": "wave"}},
    {"MsgType": "TIMCustomElem", "MsgContent": {"Data": "{}", "Desc": "d", "Ext": "e", "Sound": "s"}},
    {
        "MsgType": "TIMSoundElem",
        "MsgContent": {"Url": "u", "UUID": "a", "Size": 1, "Second": 2, "Download_Flag": 2},
    },
    {
        "MsgType": "TIMImageElem",
        "MsgContent": {
            "UUID": "i",
            "ImageFormat": 255,
            "ImageInfoArray": [{"Type": 1, "Size": 1, "Width": 0, "Height": 0, "URL": "u"}],
        },
    },
    {
        "MsgType": "TIMFileElem",
        "MsgContent": {"Url": "u", "UUID": "f", "FileSize": 1, "FileName": "a", "Download_Flag": 2},
    },
    {
        "MsgType": "TIMVideoFileElem",
        "MsgContent": {
            "VideoUrl": "u",
            "VideoUUID": "v",
            "VideoDownloadFlag": 2,
            "ThumbUrl": "u",
            "ThumbUUID": "t",
            "ThumbWidth": 72,
            "ThumbHeight": 128,
            "ThumbDownloadFlag": 2,
        },
    },
]
FULL_CHAT: Body = {
    "SyncOtherMachine": 2,
    "From_Account": "jared",
    "MsgSeq": 28360,
    "MsgBody": MEDIA,
    "OnlineOnlyFlag": 0,
    "CloudCustomData": "c",
    "SendMsgControl": ["NoUnread", "NoLastMsg", "WithMuteNotifications", "NoMsgCheck"],
    "OfflinePushInfo": FULL_NOTIFICATION,
    "IsNeedReadReceipt": 1,
}


@pytest.mark.parametrize(
    ("endpoint", "body"),
    [
        ("timpush/push", {"MsgRandom": 0}),
        ("timpush/push", push(MsgRandom=2**32 - 1, From_Account="nobody", OfflinePushInfo=FULL_NOTIFICATION)),
        ("timpush/push", push(MsgBody=MEDIA, OnlineOnlyFlag=1)),
        ("timpush/push", push(Condition={"TagsOr": ["股" * 16 + "ab"]})),
        ("timpush/push", push(Condition={"TagsOr": ["a", "b"], "TagsNot": ["c", "d"]})),
        ("timpush/push", push(Condition={"AttrsAnd": {"会员等级": "超白金会员", "city": "深圳"}})),
        ("all_member_push/im_push", im_push(MsgLifeTime=604800, MsgBody=MEDIA)),
        ("all_member_push/im_push", im_push(Condition={"TagsOr": ["a"], "TagsAnd": ["b"]})),
        ("all_member_push/im_push", im_push(Condition={"AttrsOr": {"city": "x"}, "AttrsAnd": {"city": "y"}})),
        ("timpush/batch", batch(DataId="x" * 64, OfflinePushInfo=FULL_NOTIFICATION)),
        ("timpush/batch", batch(To_Account=["rong"] + [f"u{n}" for n in range(499)])),
        ("openim/batchsendmsg", batchsendmsg(**FULL_CHAT)),
    ],
)
def test_what_the_pages_allow_goes_through(sandbox: Caller, endpoint: str, body: Body) -> None:
    """A sandbox that refuses right bodies is of no use; these sit on the edges of the rules."""
    assert sandbox.call(endpoint, body)["ErrorCode"] == 0


def test_unknown_fields_are_ignored_and_remarked_upon(sandbox: Caller) -> None:
    """A misspelt field changes nothing at the service; whoever watches should see that it was ignored."""
    sandbox.call("timpush/batch", batch(Dataid="x"))

    (call,) = sandbox.control("GET", "calls")["calls"]
    assert call["remark"] == "ignored: Dataid"


@pytest.mark.parametrize("endpoint", ["timpush/push", "all_member_push/im_push", "timpush/batch"])
def test_pushes_need_the_push_feature(sandbox_with: Callable[..., Caller], endpoint: str) -> None:
    """90045: an app without the Push service (https://cloud.tencent.com/document/product/269/100634)."""
    right = {"timpush/push": push(), "all_member_push/im_push": im_push(), "timpush/batch": batch()}[endpoint]

    caller = sandbox_with(push_enabled=False)

    assert caller.code(endpoint, right) == 90045


def test_a_reading_of_older_pages_can_be_chosen(sandbox_with: Callable[..., Caller]) -> None:
    """Where pages contradict each other a setting chooses; the stricter one is the default."""
    from pushspec.sandbox.settings import Readings

    both = push(Condition={"TagsOr": ["a"], "TagsAnd": ["b"]})

    older = sandbox_with(readings=Readings(conditions_combine=True, older_message_size=True))

    assert older.code("timpush/push", both) == 0
    assert older.code("openim/batchsendmsg", batchsendmsg(MsgBody=[text("x" * 8_192)])) == 93000
