"""What reaches whom: audience, channel, text as each vendor shows it, badges, history, losses, fan-out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sandbox.kit import batch, batchsendmsg, im_push, push, text

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.kit import Caller

PEOPLE = """\
account,vendor,language,status,sdk,tags,attribute.city,attribute.team
oppo,oppo,zh-Hans,push_online,,a;b,深圳,x
huawei,huawei,zh-Hant-HK,push_online,,a,北京,x
iphone,apns,en-US,push_online,8.5.6869,b,深圳,y
talker,fcm,en,online,8.2.6325,c,深圳,y
oldtalker,vivo,en,online,8.2.6324,,北京,
away,honor,en,offline,,,,
"""


@pytest.fixture
def town(sandbox: Caller) -> Caller:
    """A sandbox with a few people more, each with one phone."""
    sandbox.app.sandbox.seed_csv(PEOPLE.splitlines(keepends=True))
    return sandbox


def reached(caller: Caller, names: str) -> set[str]:
    """Return which of some accounts got a notification."""
    return {name for name in names.split() if any(n["state"] != "lost" for n in caller.notifications(name))}


ALL = "oppo huawei iphone talker oldtalker away"


@pytest.mark.parametrize(
    ("condition", "wanted"),
    [
        ({"TagsOr": ["a", "c"]}, "oppo huawei talker"),
        ({"TagsAnd": ["a", "b"]}, "oppo"),
        ({"TagsOr": ["a", "b"], "TagsNot": ["a", "b"]}, "huawei iphone"),
        ({"AttrsOr": {"city": "北京", "team": "y"}}, "huawei oldtalker iphone talker"),
        ({"AttrsAnd": {"city": "深圳", "team": "y"}}, "iphone talker"),
        ({"TagsOr": ["nobody has this"]}, ""),
    ],
)
def test_a_condition_chooses_its_people(town: Caller, condition: dict[str, Any], wanted: str) -> None:
    """A push to the wrong people is the failure everything here exists to prevent."""
    town.send("timpush/push", push(Condition=condition))

    assert reached(town, ALL) == set(wanted.split())


def test_pairs_of_conditions_must_both_hold(town: Caller) -> None:
    """im_push takes TagsOr with TagsAnd (https://tencentcloud.com/jp/document/product/1047/37166)."""
    town.send("all_member_push/im_push", im_push(Condition={"TagsOr": ["a", "c"], "TagsAnd": ["b"]}))

    assert reached(town, ALL) == {"oppo"}


def test_everyone_includes_devices_that_nobody_logged_in_to(sandbox: Caller) -> None:
    """A RegistrationID can be pushed to before the first login (https://trtc.io/document/60565)."""
    from pushspec.sandbox.seeding import registration_id

    sandbox.send("timpush/push", push())

    assert len(sandbox.notifications(registration_id("visitor"))) == 1


def test_a_registration_id_reaches_one_device(sandbox: Caller) -> None:
    """timpush/batch takes RegistrationIDs beside UserIDs (https://www.tencentcloud.com/document/product/1047/67553)."""
    device = sandbox.device("bonnie")["registration_id"]

    sandbox.send("timpush/batch", batch(To_Account=[device]))

    assert len(sandbox.notifications("bonnie")) == 1


def test_an_account_named_twice_gets_one_push(sandbox: Caller) -> None:
    """Doubles in To_Account are one recipient."""
    sandbox.send("timpush/batch", batch(To_Account=["rong", "rong"]))

    assert len(sandbox.notifications("rong")) == 1


def test_vendors_cut_in_utf16_units_and_never_inside_a_pair(town: Caller) -> None:
    """OPPO shows 50 units: 47 and three dots (https://trtc.io/document/77715); an emoji counts two."""
    town.send(
        "timpush/batch", batch(To_Account=["oppo"], OfflinePushInfo={"Title": "x" * 50, "Desc": "👍" * 26})
    )

    (shown,) = town.notifications("oppo")
    assert (shown["title"], shown["title_cut"]) == ("x" * 50, False)
    assert (shown["desc"], shown["desc_cut"]) == ("👍" * 23 + "...", True)


def test_big_text_shows_more(town: Caller) -> None:
    """PushStyle 1 gives OPPO 128 units of text."""
    info = {"Title": "t", "Desc": "x" * 128, "AndroidInfo": {"PushStyle": 1}}

    town.send("timpush/batch", batch(To_Account=["oppo"], OfflinePushInfo=info))

    assert town.notifications("oppo")[0]["desc"] == "x" * 128


LANGUAGES = {
    "Title": "plain",
    "Desc": "d",
    "MultiLanguageContent": [
        {"Language": "zh-hant", "Title": "繁體", "Desc": "d"},
        {"Language": "en", "Title": "English", "Desc": "d"},
    ],
}


def test_a_device_shows_its_own_language_from_an_sdk_on(town: Caller) -> None:
    """SDK 8.5.6870 and newer choose (https://trtc.io/document/77715); others show Title and Desc."""
    town.send("timpush/batch", batch(To_Account=["huawei", "iphone", "oppo"], OfflinePushInfo=LANGUAGES))

    assert town.notifications("huawei")[0]["title"] == "繁體"
    assert town.notifications("iphone")[0]["title"] == "plain"
    assert town.notifications("oppo")[0]["title"] == "plain"


def test_vendor_blocks_change_what_their_devices_show(town: Caller) -> None:
    """ApnsInfo.Title overrides the title, pictures are named vendor by vendor."""
    info = {
        "Title": "t",
        "Desc": "d",
        "ApnsInfo": {
            "Title": "for Apple",
            "SubTitle": "s",
            "Image": "https://e.com/a.png",
            "MutableContent": 1,
        },
        "AndroidInfo": {"HuaWeiImage": "https://e.com/h.png"},
    }

    town.send("timpush/batch", batch(To_Account=["iphone", "huawei"], OfflinePushInfo=info))

    apple, huawei = town.notifications("iphone")[0], town.notifications("huawei")[0]
    assert (apple["title"], apple["sub_title"], apple["image"]) == ("for Apple", "s", "https://e.com/a.png")
    assert (huawei["title"], huawei["image"]) == ("t", "https://e.com/h.png")


def test_online_devices_get_it_over_the_long_connection(town: Caller) -> None:
    """Online push of a notification needs SDK 8.2.6325; an older one gets the vendor's."""
    town.send("timpush/batch", batch(To_Account=["talker", "oldtalker", "oppo"]))

    channels = {name: town.notifications(name)[0]["channel"] for name in ("talker", "oldtalker", "oppo")}
    assert channels == {"talker": "online", "oldtalker": "vendor", "oppo": "vendor"}


def test_push_flag_1_is_for_whoever_is_online(town: Caller) -> None:
    """PushFlag 1: no offline push (https://trtc.io/document/77715)."""
    town.send("timpush/push", push(OfflinePushInfo={"PushFlag": 1, "Title": "t", "Desc": "d"}))

    assert reached(town, ALL) == {"talker"}


def test_a_message_for_online_users_only_leaves_no_trace_elsewhere(town: Caller) -> None:
    """OnlineOnlyFlag 1 of batchsendmsg: not stored, nobody offline gets it."""
    town.send("openim/batchsendmsg", batchsendmsg(To_Account=["talker", "oppo"], OnlineOnlyFlag=1))

    assert reached(town, ALL) == {"talker"}
    assert town.messages("oppo") == town.messages("talker") == []


def test_a_chat_message_without_a_title_shows_sender_and_text(town: Caller) -> None:
    """The text of a mixed message is its parts joined with nothing between (https://trtc.io/document/74355)."""
    body = batchsendmsg(From_Account="rong", To_Account=["oppo"], MsgBody=[text("a"), text("b")])

    town.send("openim/batchsendmsg", body)

    shown = town.notifications("oppo")[0]
    assert (shown["title"], shown["desc"]) == ("rong", "ab")


def test_a_lone_custom_element_shows_nothing(town: Caller) -> None:
    """It needs OfflinePushInfo.Desc to be pushed offline (https://trtc.io/document/74355)."""
    custom = [{"MsgType": "TIMCustomElem", "MsgContent": {"Data": "{}"}}]

    town.send("openim/batchsendmsg", batchsendmsg(To_Account=["oppo"], MsgBody=custom))

    shown = town.notifications("oppo")[0]
    assert (shown["state"], shown["info"]) == ("lost", "the notification has neither title nor text")
    assert town.messages("oppo")[0]["body"] == custom


@pytest.mark.parametrize(
    ("account", "info", "badge"),
    [
        ("huawei", {}, 1),
        ("huawei", {"BadgeAddNum": 5}, 5),
        ("huawei", {"BadgeAddNum": 5, "BadgeSetNum": 9}, 9),
        ("huawei", {"BadgeSetNum": 500}, 99),
        ("iphone", {}, 0),
        ("iphone", {"ApnsInfo": {"BadgeMode": 0}}, 1),
        ("iphone", {"BadgeSetNum": 500}, 500),
        ("oppo", {"BadgeAddNum": 5}, 0),
    ],
)
def test_badges_follow_the_vendors_rules(
    town: Caller, account: str, info: dict[str, Any], badge: int
) -> None:
    """https://trtc.io/document/77715: Set wins over Add; without both, Huawei adds one, an iPhone nothing."""
    town.send(
        "timpush/batch", batch(To_Account=[account], OfflinePushInfo={"Title": "t", "Desc": "d", **info})
    )

    assert town.device(account)["badge"] == badge


def test_in_chat_an_iphone_counts_unread_messages(town: Caller) -> None:
    """BadgeMode is 0 by default in chat; NoUnread takes a message out of the count."""
    town.send("openim/batchsendmsg", batchsendmsg(To_Account=["iphone"]))
    town.send("openim/batchsendmsg", batchsendmsg(To_Account=["iphone"], MsgRandom=2))
    town.send(
        "openim/batchsendmsg", batchsendmsg(To_Account=["iphone"], MsgRandom=3, SendMsgControl=["NoUnread"])
    )

    assert town.device("iphone")["badge"] == 2


def test_a_stored_push_reaches_200_users_a_second(town: Caller) -> None:
    """History is stored at 200 users a second (https://cloud.tencent.com/document/product/269/45933)."""
    town.app.sandbox.seed(1000)
    town.send("timpush/push", push(MsgBody=[text()]))

    progress = []
    for _ in range(4):
        progress.append(town.control("GET", "state")["pushes"][0]["done"])
        town.wait(1)

    assert progress == [200, 400, 600, 800]


def test_an_unstored_push_has_no_such_brake(town: Caller) -> None:
    """OnlineOnlyFlag 1 stores nothing, and so is not slowed down."""
    town.app.sandbox.seed(1000)

    town.send("timpush/push", push(MsgBody=[text()], OnlineOnlyFlag=1))

    town.app.sandbox.tick()
    assert town.app.sandbox.snapshot()["pushes"][0]["done"] > 1000
    assert town.messages("oppo") == []


def test_a_kept_message_waits_for_whoever_is_away_and_expires(town: Caller) -> None:
    """MsgLifeTime (https://tencentcloud.com/jp/document/product/1047/37166)."""
    town.send("all_member_push/im_push", im_push(MsgLifeTime=3600))
    device = town.device("away")["id"]

    town.wait(1800)
    town.control("PATCH", f"devices/{device}", {"status": "online"})
    town.wait(3600)

    assert town.messages("away")[0]["state"] == "kept"
    assert town.messages("huawei")[0]["state"] == "expired"
    assert town.messages("huawei")[0]["body"] == []


def test_losses_have_their_reasons(town: Caller) -> None:
    """No certificate, no token, a removed app: https://trtc.io/zh/document/71895."""
    device = town.device("oppo")["id"]
    found = {}
    for change in (
        {"has_certificate": 0},
        {"has_certificate": 1, "token": None},
        {"token": "x", "uninstalled": 1},
    ):
        town.control("PATCH", f"devices/{device}", change)
        town.send("timpush/batch", batch(To_Account=["oppo"]))
        newest = town.notifications("oppo")[0]
        found[newest["code"]] = newest["info"]

    assert found == {
        -1: "no certificate id set",
        -2: "device token never uploaded",
        410: "unregistered device",
    }


def test_a_device_unseen_for_30_days_is_out_of_reach(town: Caller) -> None:
    """The Push service reaches 30 days, chat reaches no offline device (https://tencentcloud.com/document/product/1047/33525)."""
    town.send("timpush/batch", batch(To_Account=["away"]))
    town.send("openim/batchsendmsg", batchsendmsg(To_Account=["away"]))
    town.wait(31 * 86_400)
    town.send("timpush/batch", batch(To_Account=["away"]))

    assert [shown["state"] for shown in town.notifications("away")] == ["lost", "lost", "reached"]


def test_opening_the_app_reads_everything(town: Caller) -> None:
    """Unread and badge go to zero when the owner looks."""
    town.send("openim/batchsendmsg", batchsendmsg(To_Account=["huawei"]))
    device = town.device("huawei")

    town.control("POST", f"devices/{device['id']}/open")

    inbox = town.app.sandbox.inbox("huawei")
    assert inbox is not None
    assert (device["badge"], town.device("huawei")["badge"], inbox["unread"]) == (1, 0, 0)


def test_an_iphones_packet_has_a_size(town: Caller) -> None:
    """4K in total (https://trtc.io/document/77715)."""
    town.send(
        "timpush/batch", batch(To_Account=["iphone"], OfflinePushInfo={"Title": "t", "Desc": "x" * 4096})
    )

    assert town.notifications("iphone")[0]["info"] == "the packet is larger than the vendor takes"


def test_another_process_sees_what_was_delivered(town: Caller, tmp_path: Path) -> None:
    """`pushspec sandbox inbox` looks at what an apply sent; what was under way goes on."""
    from pushspec.sandbox.app import create_app
    from pushspec.sandbox.clock import Clock
    from pushspec.sandbox.sandbox import Sandbox
    from pushspec.sandbox.settings import SandboxSettings
    from sandbox.kit import START, Caller

    settings = SandboxSettings(database=tmp_path / "s.db", clock=Clock(speed=0, source=lambda: START))
    first, second = create_app(settings), Sandbox(settings)
    Caller(first, settings).call("timpush/push", push())

    found = second.inbox("rong")

    assert found is not None
    assert found["devices"][0]["notifications"][0]["title"] == "t"
    first.close()
    second.close()
