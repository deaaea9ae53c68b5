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
}
