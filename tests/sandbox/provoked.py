"""Every private code of the service with a way to provoke it and the page that documents it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox.kit import batch, batchsendmsg, im_push, push, sendmsg, text, webbatch, webpush

if TYPE_CHECKING:
    from collections.abc import Callable

PUSH = "https://cloud.tencent.com/document/product/269/100634"
PUSH_CHAT = "https://cloud.tencent.com/document/product/269/45933"
IM_PUSH = "https://tencentcloud.com/jp/document/product/1047/37166"
BATCH = "https://www.tencentcloud.com/document/product/1047/67553"
BATCHSENDMSG = "https://cloud.tencent.com/document/product/269/1612"
CODES = "https://trtc.io/document/34348"
PUSH_CODES = "https://www.tencentcloud.com/document/product/1047/74196"
MESSAGES = "https://trtc.io/document/74355"
OFFLINE_PUSH = "https://trtc.io/document/77715"
TIMPUSH_FIELDS = "https://cloud.tencent.com/document/product/269/132325"
SENDMSG = "https://cloud.tencent.com/doc/product/269/2282"
WEB_PUSH = "https://trtc.io/zh/document/80440"
WEB_BATCH = "https://trtc.io/zh/document/80441"
TAGS_NOT = "https://www.tencentcloud.com/document/product/1047/60561"

_PUSHES = ("timpush/push", "all_member_push/im_push")
_CHATS = ("timpush/push", "all_member_push/im_push", "openim/batchsendmsg")
_RIGHT: dict[str, Callable[..., dict[str, Any]]] = {
    "timpush/push": push,
    "all_member_push/im_push": im_push,
    "timpush/batch": batch,
    "openim/batchsendmsg": batchsendmsg,
    "openim/sendmsg": sendmsg,
    "timpush/webpush": webpush,
    "timpush/webbatch": webbatch,
}


@dataclass(frozen=True)
class Fault:
    """A body with one fault.

    Attributes:
        code: What the service answers.
        endpoint: Its path without ``v4/``.
        body: The body: JSON, or raw bytes.
        source: The page that documents the code for this fault.
        what: The fault in a few words; the test's name.
    """

    code: int
    endpoint: str
    body: dict[str, Any] | bytes
    source: str
    what: str


def _fault(code: int, endpoint: str, source: str, what: str, **fields: Any) -> Fault:
    return Fault(code, endpoint, _RIGHT[endpoint](**fields), source, what)


def _conditions(code: int, what: str, condition: Any) -> list[Fault]:
    sources = {"timpush/push": PUSH, "all_member_push/im_push": IM_PUSH}
    return [_fault(code, each, sources[each], what, Condition=condition) for each in _PUSHES]


def _messages(code: int, what: str, body: Any) -> list[Fault]:
    return [_fault(code, each, MESSAGES, what, MsgBody=body) for each in _CHATS]


def _element(kind: str, **content: Any) -> list[dict[str, Any]]:
    return [{"MsgType": kind, "MsgContent": content}]


FAULTS: list[Fault] = [
    *(
        Fault(90001, endpoint, body, CODES, f"body {body[:12]!r}")
        for endpoint in _RIGHT
        for body in (b"", b"[]", b"{", b'{"MsgRandom": NaN}', b"\xff", b"[" * 5000)
    ),
    *(
        _fault(90005, endpoint, PUSH, f"MsgRandom {value!r}", MsgRandom=value)
        for endpoint in _PUSHES
        for value in (None, "1", 1.0, True, -1, 2**32)
    ),
    *(
        _fault(90001, "timpush/batch", BATCH, f"MsgRandom {value!r}", MsgRandom=value)
        for value in (None, "1", -1)
    ),
    _fault(90001, "openim/batchsendmsg", BATCHSENDMSG, "MsgRandom missing", MsgRandom=None),
    *(_fault(60015, endpoint, CODES, "From_Account is a number", From_Account=5) for endpoint in _PUSHES),
    # Conditions
    *_conditions(90020, "51 bytes of Chinese", {"TagsOr": ["股" * 17]}),
    *_conditions(90022, "a tag in both lists", {"TagsOr": ["a"], "TagsAnd": ["a"]}),
    *_conditions(90032, "eleven tags", {"TagsOr": [str(n) for n in range(11)]}),
    *_conditions(90033, "an undefined attribute", {"AttrsOr": {"shoe": "42"}}),
    *_conditions(90033, "an attribute's value is empty", {"AttrsAnd": {"city": ""}}),
    *_conditions(90033, "an attribute's value is not a text", {"AttrsAnd": {"city": 1}}),
    *_conditions(90033, "an attribute's value is too long", {"AttrsAnd": {"city": "深" * 17}}),
    *_conditions(90039, "tags with attributes", {"TagsOr": ["a"], "AttrsOr": {"city": "x"}}),
    *_conditions(90040, "an empty tag", {"TagsAnd": ["a", ""]}),
    *_conditions(90001, "tags are no list", {"TagsOr": "a"}),
    *_conditions(90001, "a tag is not a text", {"TagsOr": [1]}),
    *_conditions(90001, "no tag", {"TagsOr": []}),
    *_conditions(90001, "no condition at all", {}),
    *_conditions(90001, "the condition is a list", []),
    *_conditions(90001, "a condition nobody knows", {"TagsXor": ["a"]}),
    *_conditions(90001, "attributes are a list", {"AttrsOr": ["city"]}),
    _fault(90001, "timpush/push", PUSH, "two kinds", Condition={"TagsOr": ["a"], "TagsAnd": ["b"]}),
    _fault(90001, "timpush/push", TAGS_NOT, "TagsNot alone", Condition={"TagsNot": ["a"]}),
    # Messages
    *_messages(90007, "MsgBody is an object", {"MsgType": "TIMTextElem"}),
    *_messages(90002, "MsgBody is empty", []),
    *_messages(90010, "an element is a string", ["hi"]),
    *_messages(90010, "an unknown element", _element("TIMDanceElem", Title="t")),
    *_messages(90010, "a merged message", _element("TIMRelayElem", Title="t")),
    *_messages(90010, "no content", [{"MsgType": "TIMTextElem"}]),
    *_messages(90010, "two custom elements", _element("TIMCustomElem") * 2),
    *_messages(90002, "no text", _element("TIMTextElem")),
    *_messages(90002, "a text is a number", _element("TIMTextElem", Text=1)),
    *_messages(90002, "URL for Url", _element("TIMSoundElem", URL="u", UUID="1", Download_Flag=2)),
    *_messages(90002, "wrong download flag", _element("TIMFileElem", Url="u", UUID="1", Download_Flag=1)),
    *_messages(90002, "no picture", _element("TIMImageElem", UUID="1", ImageInfoArray=[])),
    *_messages(
        90002,
        "a picture of type 4",
        _element(
            "TIMImageElem",
            UUID="1",
            ImageInfoArray=[{"Type": 4, "Size": 1, "Width": 1, "Height": 1, "URL": "u"}],
        ),
    ),
    *_messages(
        90002, "no thumbnail", _element("TIMVideoFileElem", VideoUrl="u", VideoUUID="1", VideoDownloadFlag=2)
    ),
    _fault(90002, "all_member_push/im_push", IM_PUSH, "MsgBody missing", MsgBody=None),
    _fault(90002, "openim/batchsendmsg", BATCHSENDMSG, "MsgBody missing", MsgBody=None),
    # Time in store
    *(_fault(90026, each, BATCHSENDMSG, "over 7 days", MsgLifeTime=604801) for each in _CHATS),
    _fault(90044, "all_member_push/im_push", CODES, "MsgLifeTime is text", MsgLifeTime="60"),
    *(
        _fault(code, each, TIMPUSH_FIELDS, f"{name} {value!r}", **{name: value})
        for each in ("timpush/push", "timpush/batch")
        for code, name, value in (
            (90026, "OfflineStorageTime", 604_801),
            (90026, "OfflineStorageTime", -1),
            (90001, "OfflineStorageTime", "86400"),
            (90001, "Classification", 2),
            (90001, "Classification", "1"),
            (90001, "Classification", True),
        )
    ),
    _fault(90001, "timpush/batch", WEB_BATCH, "TaskName of 21 bytes", TaskName="春" * 7),
    _fault(90001, "timpush/batch", WEB_BATCH, "TaskName is a number", TaskName=7),
    # Browsers
    *(
        _fault(90001, each, source, what, **fields)
        for each, source in (("timpush/webpush", WEB_PUSH), ("timpush/webbatch", WEB_BATCH))
        for what, fields in (
            ("neither WebInfo nor Message", {"WebInfo": None}),
            ("WebInfo is text", {"WebInfo": "t"}),
            ("Message is a list", {"Message": []}),
            ("a URL is a number", {"WebInfo": {"URL": 1}}),
        )
    ),
    _fault(90005, "timpush/webpush", WEB_PUSH, "no MsgRandom", MsgRandom=None),
    _fault(90001, "timpush/webpush", WEB_PUSH, "an attribute", Condition={"AttrsOr": {"city": "深圳"}}),
    _fault(90001, "timpush/webpush", WEB_PUSH, "two kinds", Condition={"TagsOr": ["a"], "TagsAnd": ["b"]}),
    _fault(90001, "timpush/webbatch", WEB_BATCH, "no sender", From_Account=None),
    _fault(90001, "timpush/webbatch", WEB_BATCH, "no receiver", To_Account=[]),
    _fault(90018, "timpush/webbatch", PUSH_CODES, "501 accounts", To_Account=[f"u{n}" for n in range(501)]),
    _fault(90057, "timpush/webbatch", WEB_BATCH, "DataId of 65 bytes", DataId="x" * 65),
    _fault(90001, "timpush/webbatch", WEB_BATCH, "TaskName of 21 bytes", TaskName="x" * 21),
    # One receiver
    _fault(90003, "openim/sendmsg", SENDMSG, "no receiver", To_Account=None),
    _fault(90003, "openim/sendmsg", SENDMSG, "an empty receiver", To_Account=""),
    _fault(90003, "openim/sendmsg", SENDMSG, "a list of receivers", To_Account=["rong"]),
    _fault(90003, "openim/sendmsg", SENDMSG, "an unknown receiver", To_Account="nobody"),
    _fault(90006, "openim/sendmsg", CODES, "MsgTimeStamp is text", MsgTimeStamp="1"),
    _fault(90008, "openim/sendmsg", SENDMSG, "an unknown sender", From_Account="nobody"),
    _fault(93000, "openim/sendmsg", SENDMSG, "over 12K", MsgBody=[text("x" * 12_288)]),
    # Sizes
    _fault(90056, "timpush/push", PUSH_CODES, "over 10K", OfflinePushInfo={"Desc": "x" * 10_240}),
    _fault(93000, "openim/batchsendmsg", BATCHSENDMSG, "over 12K", MsgBody=[text("x" * 12_288)]),
    # Lists of accounts
    _fault(90001, "timpush/batch", BATCH, "no From_Account", From_Account=None),
    _fault(90001, "timpush/batch", BATCH, "no To_Account", To_Account=None),
    _fault(90001, "timpush/batch", BATCH, "empty To_Account", To_Account=[]),
    _fault(90018, "timpush/batch", PUSH_CODES, "501 accounts", To_Account=[f"u{n}" for n in range(501)]),
    _fault(90001, "timpush/batch", BATCH, "no OfflinePushInfo", OfflinePushInfo=None),
    _fault(90057, "timpush/batch", BATCH, "DataId of 65 bytes", DataId="x" * 65),
    _fault(90028, "openim/batchsendmsg", CODES, "To_Account is text", To_Account="rong"),
    _fault(90029, "openim/batchsendmsg", CODES, "To_Account is empty", To_Account=[]),
    _fault(
        90011, "openim/batchsendmsg", BATCHSENDMSG, "501 accounts", To_Account=[f"u{n}" for n in range(501)]
    ),
    _fault(60015, "openim/batchsendmsg", CODES, "an account is a number", To_Account=[5]),
    _fault(90012, "openim/batchsendmsg", BATCHSENDMSG, "nobody exists", To_Account=["nobody", "noone"]),
    _fault(90008, "openim/batchsendmsg", BATCHSENDMSG, "unknown sender", From_Account="nobody"),
    _fault(90008, "openim/batchsendmsg", BATCHSENDMSG, "empty sender", From_Account=""),
    _fault(90004, "openim/batchsendmsg", BATCHSENDMSG, "MsgSeq is text", MsgSeq="1"),
    _fault(90031, "openim/batchsendmsg", CODES, "SyncOtherMachine is text", SyncOtherMachine="1"),
    _fault(90031, "openim/batchsendmsg", CODES, "SyncOtherMachine 3", SyncOtherMachine=3),
    _fault(
        90001, "openim/batchsendmsg", BATCHSENDMSG, "an unknown control", SendMsgControl=["NoUnread", "x"]
    ),
    _fault(90001, "openim/batchsendmsg", BATCHSENDMSG, "OnlineOnlyFlag 2", OnlineOnlyFlag=2),
    # Notifications
    *(
        _fault(90043, "openim/batchsendmsg", CODES, f"notification {number}", OfflinePushInfo=info)
        for number, info in enumerate(
            (
                "text",
                {"Title": 1},
                {"PushFlag": 2},
                {"PushFlag": True},
                {"BadgeAddNum": 0},
                {"BadgeAddNum": 100},
                {"BadgeSetNum": 1000},
                {"MultiLanguageContent": [{"Title": "no language"}]},
                {"PushTemplateParam": {"timTitle": "x"}},
                {"AndroidInfo": {"OPPONotifyLevel": 16}},
                {"AndroidInfo": {"HuaWeiImportance": "HIGH"}},
                {"ApnsInfo": {"InterruptionLevel": "loud"}},
                {"ApnsInfo": {"LiveActivity": {"LaId": "x", "Event": "update"}}},
                {"ApnsInfo": {"LiveActivity": {"LaId": "x" * 65, "Event": "end", "ContentState": {}}}},
                {
                    "ApnsInfo": {
                        "LiveActivity": {
                            "LaId": "x",
                            "Event": "update",
                            "ContentState": {},
                            "DismissalDate": 1,
                        }
                    }
                },
                {"HarmonyInfo": {"SoundDuration": 5}},
                {"HarmonyInfo": {"Sound": "a.mp3", "SoundDuration": 61}},
            )
        )
    ),
    _fault(90001, "timpush/push", OFFLINE_PUSH, "a wrong notification", OfflinePushInfo={"PushFlag": "0"}),
]
"""Faults that one body alone has."""
