"""Requests in the forms in which the vendor's pages show them, as they arrive from a copy.

Fields, their order and the places of comments are those of the page; texts, names and what comments say are
our own. All pages were read on 2026-11-29.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class PageRequest:
    """A request as it is copied from a page.

    Attributes:
        page: Where its like stands.
        text: What is copied.
        body: What it sends; None where no campaign can send it.
        refused: What the import names instead, as parts of its messages.
        arguments: Further arguments of the import.
        asks_to_compare: A comment without a line break hides where it ends, so a person has to look.
    """

    page: str
    text: str
    body: dict[str, Any] | None = None
    refused: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()
    asks_to_compare: bool = True


QUERY = "usersig=xxx&identifier=admin&sdkappid=88888888&random=99999999&contenttype=json"
PUSH, BATCH, LEGACY = (
    f"https://xxxxxx/v4/{name}?{QUERY}"
    for name in ("timpush/push", "timpush/batch", "all_member_push/im_push")
)
WEB, WEB_LISTED = (f"https://xxxxxx/v4/{name}?{QUERY}" for name in ("timpush/webpush", "timpush/webbatch"))
CHAT, SINGLE, LATER = (
    f"https://xxxxxx/v4/{name}?{QUERY}"
    for name in ("openim/batchsendmsg", "openim/sendmsg", "timpush/add_sched_task")
)
ALL = "https://www.tencentcloud.com/document/product/1047/60561"
OLDER = "https://tencentcloud.com/document/product/1047/60561"
LISTED = "https://www.tencentcloud.com/document/product/1047/67553"
FORMER = "https://tencentcloud.com/ko/document/product/1047/37166"
MESSAGES = "https://trtc.io/zh/document/34920"
TASKS = "https://www.tencentcloud.com/document/product/1047/78839"
BROWSERS = "https://trtc.io/zh/document/80440"
BROWSERS_LISTED = "https://trtc.io/zh/document/80441"
CLASSES = "https://cloud.tencent.com/document/product/269/132325"
NOTICE = "https://trtc.io/document/77715"
ELEMENTS = "https://trtc.io/document/74355"
FLAG = '"PushFlag": 0, // 0 shows it in the tray, 1 does not'
FAIR = {"PushFlag": 0, "Title": "Winter fair", "Desc": "Doors open at nine"}
FAIR_TEXT = f'"OfflinePushInfo": {{{FLAG}"Title": "Winter fair","Desc": "Doors open at nine"}}'
HELLO = [{"MsgType": "TIMTextElem", "MsgContent": {"Text": "good evening"}}]
HELLO_TEXT = '"MsgBody": [{"MsgType": "TIMTextElem","MsgContent": {"Text": "good evening"}}]'
HEAD = '"From_Account": "administrator","MsgRandom": 3674128'
ROAMS = (
    '"OnlineOnlyFlag": 0, // 0: kept and unread, at most 200 people a second;'
    "// 1: neither kept nor unread, at any speed."
)

REQUESTS: dict[str, PageRequest] = {
    "push to everyone": PageRequest(
        ALL, f"{PUSH}\n{{{HEAD},{FAIR_TEXT}}}", {"From_Account": "administrator", "OfflinePushInfo": FAIR}
    ),
    "data only": PageRequest(
        ALL,
        f'{PUSH}\n{{{HEAD},"OfflinePushInfo": {{"PushFlag": 1, // 1 hides it"Ext": "for the app"}}}}',
        {"From_Account": "administrator", "OfflinePushInfo": {"PushFlag": 1, "Ext": "for the app"}},
    ),
    "all of two tags": PageRequest(
        ALL,
        f'{PUSH} {{{HEAD},"Condition": {{"TagsAnd": ["Stock A","Stock B"]}},{FAIR_TEXT}}}',
        {
            "From_Account": "administrator",
            "Condition": {"TagsAnd": ["Stock A", "Stock B"]},
            "OfflinePushInfo": FAIR,
        },
    ),
    "any of two tags but not two others": PageRequest(
        ALL,
        f'{PUSH}\n{{{HEAD},"Condition": {{"TagsOr": ["Stock A","Stock B"],"TagsNot": ["Stock C","Stock D"]'
        f' // ("Stock A" or "Stock B") and not ("Stock C" and "Stock D")}},{FAIR_TEXT}}}',
        {
            "From_Account": "administrator",
            "Condition": {"TagsOr": ["Stock A", "Stock B"], "TagsNot": ["Stock C", "Stock D"]},
            "OfflinePushInfo": FAIR,
        },
    ),
    "all of two attributes": PageRequest(
        ALL,
        f'{PUSH}\n{{{HEAD},"Condition": {{"AttrsAnd": {{"level": "gold","city": "深圳"}}}},{FAIR_TEXT}}}',
        {
            "From_Account": "administrator",
            "Condition": {"AttrsAnd": {"level": "gold", "city": "深圳"}},
            "OfflinePushInfo": FAIR,
        },
    ),
    "any of two attributes, with its line breaks": PageRequest(
        "https://cloud.tencent.cn/document/product/269/100634",
        f"""请求包示例
{PUSH}
{{
"From_Account": "administrator",
"MsgRandom": 389475,
"Condition": {{
"AttrsOr": {{
"会员等级": "白金",
"city": "深圳"
}}
}},
"OfflinePushInfo": {{
"PushFlag": 0, // 0 表示展示，1 表示不展示
"Title": "开盘提醒",
"Desc": "九点开门"
}}
}}
""",
        {
            "From_Account": "administrator",
            "Condition": {"AttrsOr": {"会员等级": "白金", "city": "深圳"}},
            "OfflinePushInfo": {"PushFlag": 0, "Title": "开盘提醒", "Desc": "九点开门"},
        },
        asks_to_compare=False,
    ),
    "chat push, two comments in a row": PageRequest(
        OLDER,
        f"{PUSH}\n{{{HEAD},{ROAMS}{HELLO_TEXT},{FAIR_TEXT}}}",
        {
            "From_Account": "administrator",
            "OnlineOnlyFlag": 0,
            "MsgBody": HELLO,
            "OfflinePushInfo": FAIR,
        },
    ),
    "chat push, in the name of somebody whose name stands above": PageRequest(
        OLDER,
        f'{PUSH}\nlin\n:{{"From_Account": "lin","MsgRandom": 3674128,{ROAMS}{HELLO_TEXT}}}',
        {"From_Account": "lin", "OnlineOnlyFlag": 0, "MsgBody": HELLO},
    ),
    "listed accounts, brackets in a comment": PageRequest(
        LISTED,
        '{"From_Account": "administrator","To_Account": ["rong","ada"], // [1,500] of them"MsgRandom": 7,'
        f"{FAIR_TEXT}}}",
        {"From_Account": "administrator", "To_Account": ["rong", "ada"], "OfflinePushInfo": FAIR},
        arguments=("--endpoint", "timpush/batch"),
    ),
    "listed accounts, by curl": PageRequest(
        LISTED,
        f"""curl -X POST '{BATCH}' \\
  -H 'Content-Type: application/json' \\
  -d '{{"From_Account": "administrator", "To_Account": ["rong"], "MsgRandom": 7, "DataId": "order:1",
       "OfflinePushInfo": {{"Title": "Parcel", "Desc": "It is here"}}}}'
""",
        {
            "From_Account": "administrator",
            "To_Account": ["rong"],
            "DataId": "order:1",
            "OfflinePushInfo": {"Title": "Parcel", "Desc": "It is here"},
        },
        asks_to_compare=False,
    ),
    "former push, kept for two minutes": PageRequest(
        FORMER,
        f'{LEGACY}\n{{"From_Account": "admin","MsgRandom": 56512,"MsgLifeTime": 120,{HELLO_TEXT}}}',
        {"From_Account": "admin", "MsgLifeTime": 120, "MsgBody": HELLO},
        asks_to_compare=False,
    ),
    "former push, with a comment behind each field of Apple's": PageRequest(
        FORMER,
        f'{LEGACY}\n{{"From_Account": "lin","MsgRandom": 3674128,"MsgLifeTime": 120,{HELLO_TEXT},'
        '"OfflinePushInfo": {"PushFlag": 0,"Desc": "for the tray","Ext": "for the app",'
        '"AndroidInfo": {"Sound": "android.mp3"},"ApnsInfo": {"Sound": "apns.mp3",'
        '"BadgeMode": 1, // Left out or `0`: it counts. `1`: it does not."Title":"for Apple",'
        ' // its title"SubTitle":"below", // its subtitle'
        '"Image":"https://example.com/i.png" // its picture}}}',
        {
            "From_Account": "lin",
            "MsgLifeTime": 120,
            "MsgBody": HELLO,
            "OfflinePushInfo": {
                "PushFlag": 0,
                "Desc": "for the tray",
                "Ext": "for the app",
                "AndroidInfo": {"Sound": "android.mp3"},
                "ApnsInfo": {
                    "Sound": "apns.mp3",
                    "BadgeMode": 1,
                    "Title": "for Apple",
                    "SubTitle": "below",
                    "Image": "https://example.com/i.png",
                },
            },
        },
    ),
    "messages, comments behind brackets": PageRequest(
        MESSAGES,
        f'{CHAT}\n{{"SyncOtherMachine": 2, // not to its sender"To_Account": [ // to whom"bonnie","rong"],'
        '"MsgSeq": 28360, // its place"MsgRandom": 19901224, // any number"MsgBody": [ // what it says'
        '{"MsgType": "TIMTextElem", // a text"MsgContent": {"Text": "good evening" // the text}}],'
        '"CloudCustomData": "kept with it"}',
        {
            "SyncOtherMachine": 2,
            "To_Account": ["bonnie", "rong"],
            "MsgSeq": 28360,
            "MsgBody": HELLO,
            "CloudCustomData": "kept with it",
        },
    ),
    "messages, with a field that campaigns lack": PageRequest(
        MESSAGES,
        f'{CHAT}\n{{"SyncOtherMachine": 2,"To_Account": ["rong"],"MsgRandom": 1,{HELLO_TEXT},'
        '"SupportMessageExtension": 0}',
        refused=("SupportMessageExtension has no place in a campaign for openim/batchsendmsg",),
    ),
    "one message": PageRequest(
        "https://cloud.tencent.com/doc/product/269/2282",
        f'{SINGLE}\n{{"SyncOtherMachine": 2, // not to its sender"To_Account": "rong","MsgLifeTime":60,'
        f' // a minute"MsgRandom": 1287657,{HELLO_TEXT}}}',
        refused=("the request goes to openim/sendmsg, and no campaign does",),
    ),
    "a task at the service": PageRequest(
        TASKS,
        f'{LATER}\n{{"Sdkappid": 88888888,"Type": "All","SchedAt": "2025-06-01 10:00:00","Content": '
        '{"From_Account": "administrator","OfflinePushInfo": {"Title": "Winter fair","Desc": "at nine"}}}',
        refused=("the request goes to timpush/add_sched_task, and no campaign does",),
    ),
    "browser push to everyone": PageRequest(
        BROWSERS,
        f'{WEB}\n{{{HEAD},"WebInfo": {{"Title": "Winter fair", // its title"Desc": "Doors open at nine",'
        '"Ext": "{\\"entity\\":{\\"key1\\":\\"value1\\"}}", // for the page"URL": "https://example.com/fair"}}',
        {
            "From_Account": "administrator",
            "WebInfo": {
                "Title": "Winter fair",
                "Desc": "Doors open at nine",
                "Ext": '{"entity":{"key1":"value1"}}',
                "URL": "https://example.com/fair",
            },
        },
    ),
    "browser push to any of two tags, for open pages and others": PageRequest(
        BROWSERS,
        f"""{WEB}
{{
  "From_Account": "administrator",
  "MsgRandom": 3674128,
  "Condition": {{"TagsOr": ["Stock A", "Stock B"]}}, // one of them is enough
  "Message": {{"kind": "price", "count": 3}}, // to pages that are open
  "WebInfo": {{"Title": "Prices", "Desc": "Three of yours moved"}} // to the others
}}
""",
        {
            "From_Account": "administrator",
            "Condition": {"TagsOr": ["Stock A", "Stock B"]},
            "Message": {"kind": "price", "count": 3},
            "WebInfo": {"Title": "Prices", "Desc": "Three of yours moved"},
        },
        asks_to_compare=False,
    ),
    "browser push to attributes, which no page shows": PageRequest(
        BROWSERS,
        f'{WEB} {{{HEAD},"Condition": {{"AttrsAnd": {{"level": "gold"}} // both}},'
        '"WebInfo": {"Title": "Fair"}}',
        refused=("timpush/webpush cannot send to attributes",),
    ),
    "messages of many kinds, with a comment behind each": PageRequest(
        ELEMENTS,
        f'{CHAT}\n{{"To_Account": ["rong"],"MsgRandom": 7,"MsgBody": ['
        '{"MsgType": "TIMLocationElem", // a place"MsgContent": {"Desc": "store","Latitude": 22.54,'
        '"Longitude": 114.05}},'
        '{"MsgType": "TIMFaceElem","MsgContent": {"Index": 3, // its number"Data": "wave"}},'
        '{"MsgType": "TIMFileElem","MsgContent": {"Url": "https://example.com/a.pdf","UUID": "f-1",'
        '"FileSize": 1200,"FileName": "a.pdf","Download_Flag": 2 // always 2}}]}',
        {
            "To_Account": ["rong"],
            "MsgBody": [
                {
                    "MsgType": "TIMLocationElem",
                    "MsgContent": {"Desc": "store", "Latitude": 22.54, "Longitude": 114.05},
                },
                {"MsgType": "TIMFaceElem", "MsgContent": {"Index": 3, "Data": "wave"}},
                {
                    "MsgType": "TIMFileElem",
                    "MsgContent": {
                        "Url": "https://example.com/a.pdf",
                        "UUID": "f-1",
                        "FileSize": 1200,
                        "FileName": "a.pdf",
                        "Download_Flag": 2,
                    },
                },
            ],
        },
    ),
    "forwarded messages, which no endpoint lists": PageRequest(
        ELEMENTS,
        f'{CHAT}\n{{"To_Account": ["rong"],"MsgRandom": 7,"MsgBody": [{{"MsgType": "TIMRelayElem",'
        '"MsgContent": {"Title": "Two of them","MsgNum": 2,"CompatibleText": "see the app",'
        '"AbstractList": ["a","b"],"JsonMsgKey": "k"}}]}',
        refused=("TIMRelayElem",),
    ),
    "a live activity that ends, with comments": PageRequest(
        NOTICE,
        '{"From_Account": "administrator","To_Account": ["rong"],"MsgRandom": 7,"OfflinePushInfo": {'
        '"Title": "Parcel","ApnsInfo": {"LiveActivity": {"LaId": "order-7", // which one"Event": "end",'
        '"ContentState": {"km": 0},"DismissalDate": 1893456000 // when it goes away}}}}',
        {
            "From_Account": "administrator",
            "To_Account": ["rong"],
            "OfflinePushInfo": {
                "Title": "Parcel",
                "ApnsInfo": {
                    "LiveActivity": {
                        "LaId": "order-7",
                        "Event": "end",
                        "ContentState": {"km": 0},
                        "DismissalDate": 1893456000,
                    }
                },
            },
        },
        arguments=("--endpoint", "timpush/batch"),
    ),
    "a text of the console's": PageRequest(
        NOTICE,
        f'{PUSH}\n{{{HEAD},"OfflinePushInfo": {{"PushTemplateId": "1400000000-1", // made in the console'
        '"PushTemplateParam": {"city": "Oslo"}}}',
        {
            "From_Account": "administrator",
            "OfflinePushInfo": {"PushTemplateId": "1400000000-1", "PushTemplateParam": {"city": "Oslo"}},
        },
    ),
    "browser push to listed accounts": PageRequest(
        BROWSERS_LISTED,
        f'{WEB_LISTED}\n{{"From_Account": "administrator","To_Account": ["rong","ada"],"MsgRandom": 7,'
        '"DataId": "order:7", // at most 64 bytes"TaskName": "orders", // at most 20 bytes'
        '"WebInfo": {"Title": "Your order","Desc": "is on its way","URL": "https://example.com/7"}}',
        {
            "From_Account": "administrator",
            "To_Account": ["rong", "ada"],
            "DataId": "order:7",
            "TaskName": "orders",
            "WebInfo": {"Title": "Your order", "Desc": "is on its way", "URL": "https://example.com/7"},
        },
    ),
    "browser push to listed accounts, data only": PageRequest(
        BROWSERS_LISTED,
        '{"From_Account": "administrator","To_Account": ["rong"],"MsgRandom": 7,"Message": {"reload": true}}',
        {"From_Account": "administrator", "To_Account": ["rong"], "Message": {"reload": True}},
        arguments=("--endpoint", "timpush/webbatch"),
        asks_to_compare=False,
    ),
    "a marketing push that is kept for a day": PageRequest(
        CLASSES,
        f'{PUSH}\n{{{HEAD},"Classification": 1, // counted as marketing"OfflineStorageTime": 86400, // a day'
        f"{FAIR_TEXT}}}",
        {
            "From_Account": "administrator",
            "Classification": 1,
            "OfflineStorageTime": 86400,
            "OfflinePushInfo": FAIR,
        },
    ),
    "a named push to listed accounts that is kept": PageRequest(
        CLASSES,
        f'{BATCH}\n{{"From_Account": "administrator","To_Account": ["rong"],"MsgRandom": 7,'
        f'"Classification": 0,"OfflineStorageTime": 0,"TaskName": "orders",{FAIR_TEXT}}}',
        {
            "From_Account": "administrator",
            "To_Account": ["rong"],
            "Classification": 0,
            "OfflineStorageTime": 0,
            "TaskName": "orders",
            "OfflinePushInfo": FAIR,
        },
    ),
    "a push to a device that has no account": PageRequest(
        LISTED,
        f'{BATCH}\n{{"From_Account": "administrator","To_Account": ["0B4C9A1E-77F2-4A52-9D7E-2F0A9C5D1E33"],'
        f'"MsgRandom": 7,{FAIR_TEXT}}}',
        {
            "From_Account": "administrator",
            "To_Account": ["0B4C9A1E-77F2-4A52-9D7E-2F0A9C5D1E33"],
            "OfflinePushInfo": FAIR,
        },
    ),
    "none of two tags": PageRequest(
        ALL,
        f'{PUSH}\n{{{HEAD},"Condition": {{"TagsOr": ["Stock A"],"TagsNot": ["Stock C"]}},{FAIR_TEXT}}}',
        {
            "From_Account": "administrator",
            "Condition": {"TagsOr": ["Stock A"], "TagsNot": ["Stock C"]},
            "OfflinePushInfo": FAIR,
        },
    ),
    "chat push to any of two attributes, neither kept nor counted": PageRequest(
        OLDER,
        f'{PUSH}\n{{{HEAD},"OnlineOnlyFlag": 1,'
        f'"Condition": {{"AttrsOr": {{"level": "gold","city": "Oslo"}}}},{HELLO_TEXT}}}',
        {
            "From_Account": "administrator",
            "OnlineOnlyFlag": 1,
            "Condition": {"AttrsOr": {"level": "gold", "city": "Oslo"}},
            "MsgBody": HELLO,
        },
        asks_to_compare=False,
    ),
    "former push, both conditions on tags, for a week": PageRequest(
        FORMER,
        f'{LEGACY}\n{{{HEAD},"MsgLifeTime": 604800, // seven days"Condition": {{"TagsOr": ["Stock A"],'
        f'"TagsAnd": ["Stock B","Stock C"]}},{HELLO_TEXT}}}',
        {
            "From_Account": "administrator",
            "MsgLifeTime": 604800,
            "Condition": {"TagsOr": ["Stock A"], "TagsAnd": ["Stock B", "Stock C"]},
            "MsgBody": HELLO,
        },
    ),
    "former push, both conditions on attributes": PageRequest(
        FORMER,
        f'{LEGACY}\n{{{HEAD},"Condition": {{"AttrsOr": {{"level": "gold"}},"AttrsAnd": {{"city": "Oslo"}}}},'
        f"{HELLO_TEXT}}}",
        {
            "From_Account": "administrator",
            "Condition": {"AttrsOr": {"level": "gold"}, "AttrsAnd": {"city": "Oslo"}},
            "MsgBody": HELLO,
        },
        asks_to_compare=False,
    ),
    "messages with every option": PageRequest(
        MESSAGES,
        f'{CHAT}\n{{"SyncOtherMachine": 1,"From_Account": "lin","To_Account": ["rong"],"MsgSeq": 1,'
        f'"MsgRandom": 2,{HELLO_TEXT},"OnlineOnlyFlag": 0,"IsNeedReadReceipt": 1,"CloudCustomData": "kept",'
        f'"SendMsgControl": ["NoUnread","NoLastMsg","WithMuteNotifications","NoMsgCheck"],{FAIR_TEXT}}}',
        {
            "SyncOtherMachine": 1,
            "From_Account": "lin",
            "To_Account": ["rong"],
            "MsgSeq": 1,
            "MsgBody": HELLO,
            "OnlineOnlyFlag": 0,
            "IsNeedReadReceipt": 1,
            "CloudCustomData": "kept",
            "SendMsgControl": ["NoUnread", "NoLastMsg", "WithMuteNotifications", "NoMsgCheck"],
            "OfflinePushInfo": FAIR,
        },
    ),
}

NO_SENDS = {
    "timpush/modify_sched_task": (
        '{"Sdkappid": 88888888,"TaskID": 7,"Type": "All","SchedAt": "2025-06-01 10:00:00"}'
    ),
    "timpush/delete_sched_task": '{"Sdkappid": 88888888,"TaskID": 7,"Type": "All"}',
    "timpush/get_sched_task": '{"Sdkappid": 88888888,"TaskID": 7}',
    "timpush/list_sched_task": (
        '{"Sdkappid": 88888888,"Offset": 0,"Want": 20,"OrderBy": "createAt","Asc": true,"BeginTime"'
        ': "2025-06-01 00:00:00","EndTime": "2025-06-02 00:00:00"}'
    ),
    "timpush/revoke": '{"TaskId": "x_1_2","OfflinePushInfo": {"Title": "Sorry","Desc": "Nothing to see"}}',
    "openim/admin_msgwithdraw": '{"From_Account": "lin","To_Account": "rong","MsgKey": "1_2_3"}',
    "timpush/set_attr_name": '{"AttrNames": {"0": "level","1": "city"},"AttrTypes": {"0": 0}}',
    "timpush/get_attr_name": "{}",
    "timpush/get_attr": '{"To_Account": ["rong"]}',
    "timpush/set_attr": '{"UserAttrs": [{"To_Account": "rong","Attrs": {"level": "gold"}}]}',
    "timpush/remove_attr": '{"UserAttrs": [{"To_Account": "rong","Attrs": ["level"]}]}',
    "timpush/get_tag": '{"To_Account": ["rong"]}',
    "timpush/add_tag": '{"Replace": 0,"UserTags": [{"To_Account": "rong","Tags": ["a"]}]}',
    "timpush/remove_tag": '{"UserTags": [{"To_Account": "rong","Tags": ["a"]}]}',
    "timpush/clear_all_tags": '{"To_Account": ["rong"]}',
    "all_member_push/im_add_tag": '{"UserTags": [{"To_Account": "rong","Tags": ["a"]}]}',
    "all_member_push/im_set_attr": '{"UserAttrs": [{"To_Account": "rong","Attrs": {"level": "gold"}}]}',
    "im_open_login_svc/account_import": (
        '{"UserID": "rong","Nick": "R","FaceUrl": "https://example.com/r.png"}'
    ),
    "im_open_login_svc/multiaccount_import": '{"Accounts": ["rong","ada"]}',
    "im_open_login_svc/account_delete": '{"DeleteItem": [{"UserID": "rong"}]}',
    "im_open_login_svc/account_check": '{"CheckItem": [{"UserID": "rong"}]}',
    "im_open_login_svc/kick": '{"UserID": "rong"}',
    "openim/query_online_status": '{"To_Account": ["rong"],"IsNeedDetail": 1}',
    "timpush/all_member_push_statistics": '{"StartTime": 1,"EndTime": 2,"TaskID": ["x"]}',
    "timpush/all_member_push_loss": '{"StartTime": 1,"EndTime": 2,"TaskID": ["x"]}',
    "timpush/all_member_push_trace": '{"TaskID": "x","UserID": "rong"}',
    "timpush/normal_push_statistics": '{"StartTime": 1,"EndTime": 2}',
    "timpush/normal_push_loss": '{"StartTime": 1,"EndTime": 2}',
    "timpush/normal_push_trace": '{"PushID": "x"}',
}
"""Bodies of the endpoints that are no send of a campaign, in the forms of the vendor's pages, by endpoint."""
