"""Every kind of request that the vendor's pages show, written as a campaign, becomes that very body.

The shapes are those of the sample requests on the pages named beside each case; the texts are our own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from workbench import Project

SAMPLES: dict[str, tuple[str, dict[str, Any]]] = {
    # https://trtc.io/zh/document/80440 and 80441: pushes to browsers
    "browser push to everyone": (
        """
        endpoint: timpush/webpush
        from: administrator
        audience: {everyone: true}
        web:
          {title: Winter fair, desc: Doors open at nine, ext: {entity: {key1: value1}},
          url: "https://example.com/fair"}
        """,
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
    "browser push to all of two tags": (
        """
        endpoint: timpush/webpush
        from: administrator
        audience: {tags: {all: [股票A, 股票B]}}
        web: {title: 开盘提醒, desc: 两支股票即将开盘}
        """,
        {
            "From_Account": "administrator",
            "Condition": {"TagsAnd": ["股票A", "股票B"]},
            "WebInfo": {"Title": "开盘提醒", "Desc": "两支股票即将开盘"},
        },
    ),
    "message to open pages": (
        """
        endpoint: timpush/webpush
        audience: {tags: {any: [readers]}}
        vars: {count: 3}
        message: {Title: "{{ count }} new", Count: 3}
        """,
        {"Condition": {"TagsOr": ["readers"]}, "Message": {"Title": "3 new", "Count": 3}},
    ),
    "browser push to listed accounts": (
        """
        endpoint: timpush/webbatch
        from: administrator
        audience: {accounts: [user1, user2]}
        delivery: {data_id: order-7, task_name: orders}
        web: {title: Your order, desc: is on its way, url: "https://example.com/7"}
        """,
        {
            "From_Account": "administrator",
            "To_Account": ["user1", "user2"],
            "DataId": "order-7",
            "TaskName": "orders",
            "WebInfo": {"Title": "Your order", "Desc": "is on its way", "URL": "https://example.com/7"},
        },
    ),
    # https://www.tencentcloud.com/document/product/1047/60561: pushes without a message
    "push to everyone": (
        """
        endpoint: timpush/push
        from: administrator
        audience: {everyone: true}
        notification: {enabled: true, title: Winter fair, desc: Doors open at nine}
        """,
        {
            "From_Account": "administrator",
            "OfflinePushInfo": {"PushFlag": 0, "Title": "Winter fair", "Desc": "Doors open at nine"},
        },
    ),
    "data only, to devices that are online": (
        """
        endpoint: timpush/push
        from: administrator
        audience: {everyone: true}
        notification: {enabled: false, ext: refresh the shop window}
        """,
        {
            "From_Account": "administrator",
            "OfflinePushInfo": {"PushFlag": 1, "Ext": "refresh the shop window"},
        },
    ),
    "push to all of two tags": (
        """
        endpoint: timpush/push
        from: administrator
        audience: {tags: {all: [股票A, 股票B]}}
        notification: {enabled: true, title: 开盘提醒, desc: 两支股票即将开盘}
        """,
        {
            "From_Account": "administrator",
            "Condition": {"TagsAnd": ["股票A", "股票B"]},
            "OfflinePushInfo": {"PushFlag": 0, "Title": "开盘提醒", "Desc": "两支股票即将开盘"},
        },
    ),
    "push to any of two tags": (
        """
        endpoint: timpush/push
        audience: {tags: {any: [Stock A, Stock B]}}
        notification: {title: Market, desc: opens}
        """,
        {
            "Condition": {"TagsOr": ["Stock A", "Stock B"]},
            "OfflinePushInfo": {"Title": "Market", "Desc": "opens"},
        },
    ),
    "push to any of two tags, but not to both of two others": (
        """
        endpoint: timpush/push
        audience: {tags: {any: [Stock A, Stock B], not: [Stock C, Stock D]}}
        notification: {title: Market, desc: opens}
        """,
        {
            "Condition": {"TagsOr": ["Stock A", "Stock B"], "TagsNot": ["Stock C", "Stock D"]},
            "OfflinePushInfo": {"Title": "Market", "Desc": "opens"},
        },
    ),
    "push to all of two attributes": (
        """
        endpoint: timpush/push
        audience: {attributes: {all: {会员等级: 超白金会员, city: Shenzhen}}}
        notification: {title: Lounge, desc: opens}
        """,
        {
            "Condition": {"AttrsAnd": {"会员等级": "超白金会员", "city": "Shenzhen"}},
            "OfflinePushInfo": {"Title": "Lounge", "Desc": "opens"},
        },
    ),
    "push to any of two attributes": (
        """
        endpoint: timpush/push
        audience: {attributes: {any: {level: gold, city: Shenzhen}}}
        notification: {title: Lounge, desc: opens}
        """,
        {
            "Condition": {"AttrsOr": {"level": "gold", "city": "Shenzhen"}},
            "OfflinePushInfo": {"Title": "Lounge", "Desc": "opens"},
        },
    ),
    # https://cloud.tencent.com/document/product/269/45933: pushes with a message
    "chat push, stored": (
        """
        endpoint: timpush/push
        from: admin
        audience: {everyone: true}
        message: [text: good evening]
        """,
        {
            "From_Account": "admin",
            "MsgBody": [{"MsgType": "TIMTextElem", "MsgContent": {"Text": "good evening"}}],
        },
    ),
    "chat push, not stored, with a notification of its own": (
        """
        endpoint: timpush/push
        from: admin
        audience: {tags: {any: [readers]}}
        delivery: {history: false}
        message: [text: good evening]
        notification:
          enabled: true
          desc: A word to readers
          ext: pass this on
          android: {sound: bell.mp3}
          apns: {sound: bell.mp3, badge_mode: 1, title: Readers, sub_title: tonight, image: www.example.com}
        """,
        {
            "From_Account": "admin",
            "OnlineOnlyFlag": 1,
            "Condition": {"TagsOr": ["readers"]},
            "MsgBody": [{"MsgType": "TIMTextElem", "MsgContent": {"Text": "good evening"}}],
            "OfflinePushInfo": {
                "PushFlag": 0,
                "Desc": "A word to readers",
                "Ext": "pass this on",
                "AndroidInfo": {"Sound": "bell.mp3"},
                "ApnsInfo": {
                    "Sound": "bell.mp3",
                    "BadgeMode": 1,
                    "Title": "Readers",
                    "SubTitle": "tonight",
                    "Image": "www.example.com",
                },
            },
        },
    ),
    "chat push of several elements": (
        """
        endpoint: timpush/push
        audience: {attributes: {all: {city: 深圳}}}
        delivery: {history: true}
        message:
          - text: see you
          - face: {index: 1, data: wave}
          - custom: {data: {kind: invitation}, desc: an invitation, ext: www.example.com, sound: bell.aiff}
          - location: {desc: the hall, latitude: 22.54, longitude: 114.05}
        """,
        {
            "OnlineOnlyFlag": 0,
            "Condition": {"AttrsAnd": {"city": "深圳"}},
            "MsgBody": [
                {"MsgType": "TIMTextElem", "MsgContent": {"Text": "see you"}},
                {"MsgType": "TIMFaceElem", "MsgContent": {"Index": 1, "Data": "wave"}},
                {
                    "MsgType": "TIMCustomElem",
                    "MsgContent": {
                        "Data": '{"kind":"invitation"}',
                        "Desc": "an invitation",
                        "Ext": "www.example.com",
                        "Sound": "bell.aiff",
                    },
                },
                {
                    "MsgType": "TIMLocationElem",
                    "MsgContent": {"Desc": "the hall", "Latitude": 22.54, "Longitude": 114.05},
                },
            ],
        },
    ),
    # https://tencentcloud.com/jp/document/product/1047/37166: the legacy push
    "legacy push to everyone": (
        """
        endpoint: all_member_push/im_push
        from: xiaoming
        audience: {everyone: true}
        delivery: {lifetime: 120}
        message: [text: good evening]
        """,
        {
            "From_Account": "xiaoming",
            "MsgLifeTime": 120,
            "MsgBody": [{"MsgType": "TIMTextElem", "MsgContent": {"Text": "good evening"}}],
        },
    ),
    "legacy push, both conditions on tags": (
        """
        endpoint: all_member_push/im_push
        audience: {tags: {all: [a, b], any: [c, d]}}
        delivery: {lifetime: 7d}
        message: [text: good evening]
        """,
        {
            "MsgLifeTime": 604800,
            "Condition": {"TagsAnd": ["a", "b"], "TagsOr": ["c", "d"]},
            "MsgBody": [{"MsgType": "TIMTextElem", "MsgContent": {"Text": "good evening"}}],
        },
    ),
    "legacy push, both conditions on attributes, online only": (
        """
        endpoint: all_member_push/im_push
        audience: {attributes: {all: {level: gold}, any: {city: 深圳, age: "30"}}}
        delivery: {lifetime: 0}
        message: [text: good evening]
        notification: {enabled: false, desc: nothing shown}
        """,
        {
            "MsgLifeTime": 0,
            "Condition": {"AttrsAnd": {"level": "gold"}, "AttrsOr": {"city": "深圳", "age": "30"}},
            "MsgBody": [{"MsgType": "TIMTextElem", "MsgContent": {"Text": "good evening"}}],
            "OfflinePushInfo": {"PushFlag": 1, "Desc": "nothing shown"},
        },
    ),
    # https://www.tencentcloud.com/document/product/1047/67553: listed accounts
    "batch": (
        """
        endpoint: timpush/batch
        from: administrator
        audience: {accounts: [user1, user2]}
        notification: {enabled: true, title: Parcel, desc: has arrived}
        """,
        {
            "From_Account": "administrator",
            "To_Account": ["user1", "user2"],
            "DataId": "sample@1",
            "OfflinePushInfo": {"PushFlag": 0, "Title": "Parcel", "Desc": "has arrived"},
        },
    ),
    "batch to a RegistrationID": (
        """
        endpoint: timpush/batch
        from: 3F2504E0-4F89-11D3-9A0C-0305E82C3301
        audience: {accounts: [6B29FC40-CA47-1067-B31D-00DD010662DA]}
        notification: {title: Parcel, desc: has arrived}
        """,
        {
            "From_Account": "3F2504E0-4F89-11D3-9A0C-0305E82C3301",
            "To_Account": ["6B29FC40-CA47-1067-B31D-00DD010662DA"],
            "DataId": "sample@1",
            "OfflinePushInfo": {"Title": "Parcel", "Desc": "has arrived"},
        },
    ),
    # https://cloud.tencent.com/document/product/269/1612: one message to listed accounts
    "batchsendmsg, not shown to the sender": (
        """
        endpoint: openim/batchsendmsg
        audience: {accounts: [bonnie, rong]}
        delivery: {sync_to_sender: false, sequence: 28360}
        message: [text: good evening]
        """,
        {
            "SyncOtherMachine": 2,
            "To_Account": ["bonnie", "rong"],
            "MsgSeq": 28360,
            "MsgBody": [{"MsgType": "TIMTextElem", "MsgContent": {"Text": "good evening"}}],
        },
    ),
    "batchsendmsg with every option": (
        """
        endpoint: openim/batchsendmsg
        from: dramon1
        audience: {accounts: [bonnie, rong]}
        delivery:
          sync_to_sender: true
          history: false
          sequence: 0
          unread: false
          last_message: false
          respect_mute: true
          moderation: false
          read_receipt: true
          custom_data: kept with the message
        message: [text: good evening]
        notification: {enabled: false, title: Evening, desc: good, ext: {page: /evening}}
        """,
        {
            "SyncOtherMachine": 1,
            "From_Account": "dramon1",
            "To_Account": ["bonnie", "rong"],
            "MsgSeq": 0,
            "OnlineOnlyFlag": 1,
            "SendMsgControl": ["NoUnread", "NoLastMsg", "WithMuteNotifications", "NoMsgCheck"],
            "IsNeedReadReceipt": 1,
            "CloudCustomData": "kept with the message",
            "MsgBody": [{"MsgType": "TIMTextElem", "MsgContent": {"Text": "good evening"}}],
            "OfflinePushInfo": {
                "PushFlag": 1,
                "Title": "Evening",
                "Desc": "good",
                "Ext": '{"page":"/evening"}',
            },
        },
    ),
}

# https://trtc.io/document/77715 and https://cloud.tencent.com/document/product/269/133879
NOTIFICATIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "marketing": (
        """
        enabled: true
        title: Spring
        desc: Everything blooms
        ext: {entity: {page: /spring, from: push}}
        android:
          sound: bell
          xiaomi: {channel_id: mi-offers}
          oppo: {channel_id: oppo-offers, category: MARKETING}
          vivo: {category: MARKETING}
          huawei: {category: MARKETING}
          honor: {importance: LOW}
          meizu: {notice_msg_type: 0}
        apns:
          {sound: bell.mp3, badge_mode: 1, title: Blooms, sub_title: in town, image: www.example.com,
          mutable_content: 1}
        """,
        {
            "PushFlag": 0,
            "Title": "Spring",
            "Desc": "Everything blooms",
            "Ext": '{"entity":{"page":"/spring","from":"push"}}',
            "AndroidInfo": {
                "Sound": "bell",
                "XiaoMiChannelID": "mi-offers",
                "OPPOChannelID": "oppo-offers",
                "OPPOCategory": "MARKETING",
                "VIVOCategory": "MARKETING",
                "HuaWeiCategory": "MARKETING",
                "HonorImportance": "LOW",
                "MeiZuNoticeMsgType": 0,
            },
            "ApnsInfo": {
                "Sound": "bell.mp3",
                "BadgeMode": 1,
                "Title": "Blooms",
                "SubTitle": "in town",
                "Image": "www.example.com",
                "MutableContent": 1,
            },
        },
    ),
    "a private message": (
        """
        enabled: true
        title: Rong
        desc: are you there?
        ext: '{"entity":{"chat":"rong"}}'
        android:
          sound: bell
          xiaomi: {channel_id: mi-chat}
          oppo:
            channel_id: oppo-chat
            category: IM
            notify_level: 16
            private_msg_template_id: tpl-1
            private_title_parameters: {name: Rong}
            private_content_parameters: {text: are you there?}
          vivo: {category: IM}
          huawei: {category: IM}
          honor: {importance: NORMAL}
          meizu: {notice_msg_type: 1}
        apns: {sound: bell.mp3, badge_mode: 0, mutable_content: 1}
        """,
        {
            "PushFlag": 0,
            "Title": "Rong",
            "Desc": "are you there?",
            "Ext": '{"entity":{"chat":"rong"}}',
            "AndroidInfo": {
                "Sound": "bell",
                "XiaoMiChannelID": "mi-chat",
                "OPPOChannelID": "oppo-chat",
                "OPPOCategory": "IM",
                "OPPONotifyLevel": 16,
                "OPPOPrivateMsgTemplateId": "tpl-1",
                "OPPOPrivateTitleParameters": {"name": "Rong"},
                "OPPOPrivateContentParameters": {"text": "are you there?"},
                "VIVOCategory": "IM",
                "HuaWeiCategory": "IM",
                "HonorImportance": "NORMAL",
                "MeiZuNoticeMsgType": 1,
            },
            "ApnsInfo": {"Sound": "bell.mp3", "BadgeMode": 0, "MutableContent": 1},
        },
    ),
    "a call over VoIP": (
        """
        title: Rong
        desc: is calling
        ext: {call: "17"}
        apns: {is_voip_push: 1}
        """,
        {
            "Title": "Rong",
            "Desc": "is calling",
            "Ext": '{"call":"17"}',
            "ApnsInfo": {"IsVoipPush": 1},
        },
    ),
    "a live activity that goes on": (
        """
        title: Match
        apns:
          live_activity:
            la_id: match-17
            event: update
            content_state: {homeScore: 1, awayTeam: {name: 红队}, late_goals: [88, 90]}
        """,
        {
            "Title": "Match",
            "ApnsInfo": {
                "LiveActivity": {
                    "LaId": "match-17",
                    "Event": "update",
                    "ContentState": {"homeScore": 1, "awayTeam": {"name": "红队"}, "late_goals": [88, 90]},
                }
            },
        },
    ),
    "a live activity that ends": (
        """
        apns:
          live_activity: {la_id: match-17, event: end, content_state: {}, dismissal_date: 1790000000}
        """,
        {
            "ApnsInfo": {
                "LiveActivity": {
                    "LaId": "match-17",
                    "Event": "end",
                    "ContentState": {},
                    "DismissalDate": 1790000000,
                }
            }
        },
    ),
    "a silent push": (
        "{ext: {sync: inbox}, apns: {content_available: 1}}",
        {"Ext": '{"sync":"inbox"}', "ApnsInfo": {"ContentAvailable": 1}},
    ),
    "several languages": (
        """
        title: Hello
        desc: World
        languages:
          zh-hant: {title: 您好, desc: 世界}
          en: {title: Hi}
        """,
        {
            "Title": "Hello",
            "Desc": "World",
            "MultiLanguageContent": [
                {"Language": "zh-hant", "Title": "您好", "Desc": "世界"},
                {"Language": "en", "Title": "Hi"},
            ],
        },
    ),
    "a template of the console": (
        "{template: {id: 1400000000-1, params: {name: Rong, count: 3}}}",
        {"PushTemplateId": "1400000000-1", "PushTemplateParam": {"name": "Rong", "count": 3}},
    ),
    "a badge that counts on": ("{title: One more, badge: {add: 1}}", {"Title": "One more", "BadgeAddNum": 1}),
    "a badge that is set": ("{title: None left, badge: {set: 0}}", {"Title": "None left", "BadgeSetNum": 0}),
    "a sound on HarmonyOS": (
        """
        title: Spring
        harmony:
          {title: Harmony, category: MARKETING, image: "https://example.com/i.png", sound: bell.mp3,
          sound_duration: 5}
        """,
        {
            "Title": "Spring",
            "HarmonyInfo": {
                "Title": "Harmony",
                "Category": "MARKETING",
                "Image": "https://example.com/i.png",
                "Sound": "bell.mp3",
                "SoundDuration": 5,
            },
        },
    ),
}

HEAD = "apiVersion: pushspec/v1\nkind: Campaign\nname: sample\nversion: 1\n"


def _dedented(text: str, *, indent: int = 0) -> str:
    lines = [line for line in text.split("\n") if line.strip()]
    margin = min(len(line) - len(line.lstrip()) for line in lines)
    return "".join(f"{' ' * indent}{line[margin:]}\n" for line in lines)


@pytest.mark.parametrize(("campaign", "body"), SAMPLES.values(), ids=SAMPLES)
def test_a_sample_request_arrives_as_it_is_documented(
    project: Project, campaign: str, body: dict[str, Any]
) -> None:
    """Nothing is missing, nothing is added but the number that tells calls apart."""
    assert project.body(HEAD + _dedented(campaign)) == body


@pytest.mark.parametrize("endpoint", ["push", "chat push", "im_push", "batch", "batchsendmsg"])
@pytest.mark.parametrize(("notification", "info"), NOTIFICATIONS.values(), ids=NOTIFICATIONS)
def test_a_sample_notification_arrives_as_it_is_documented(
    project: Project, endpoint: str, notification: str, info: dict[str, Any]
) -> None:
    """All endpoints to phones carry the same ``OfflinePushInfo``."""
    around = {
        "push": "endpoint: timpush/push\naudience: {everyone: true}\n",
        "chat push": "endpoint: timpush/push\naudience: {everyone: true}\nmessage: [text: hi]\n",
        "im_push": "endpoint: all_member_push/im_push\naudience: {everyone: true}\nmessage: [text: hi]\n",
        "batch": "endpoint: timpush/batch\nfrom: admin\naudience: {accounts: [rong]}\n",
        "batchsendmsg": "endpoint: openim/batchsendmsg\naudience: {accounts: [rong]}\nmessage: [text: hi]\n",
    }[endpoint]

    body = project.body(f"{HEAD}{around}notification:\n{_dedented(notification, indent=2)}")

    assert body["OfflinePushInfo"] == info


def test_the_body_begins_with_who_sends_to_whom(project: Project) -> None:
    """People read bodies from the top: sender, receivers and numbers stand before the content."""
    body = project.body(HEAD + _dedented(SAMPLES["batch"][0]), without=())

    assert list(body) == ["From_Account", "To_Account", "MsgRandom", "DataId", "OfflinePushInfo"]


def test_texts_arrive_character_by_character(project: Project) -> None:
    """Emoji, quotes, line breaks and joiners are content, not syntax."""
    text = '👩‍🚀 "quoted"\n第二行 \\ / <b> &amp; café'
    written = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")

    around = "endpoint: timpush/push\naudience: {everyone: true}\n"

    body = project.body(f'{HEAD}{around}notification: {{title: T, desc: "{written}"}}\n')

    assert body["OfflinePushInfo"]["Desc"] == text
