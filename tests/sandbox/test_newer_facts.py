"""What the vendor's pages of 2026 added: storage, marketing, names of tasks, one receiver, nulls, logins."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pushspec.sandbox.settings import Readings
from sandbox.kit import batch, im_push, push, sendmsg, text
from sandbox.test_callbacks import receiver

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.kit import Body, Caller


def remark(caller: Caller) -> str:
    """Return what the stream of calls says of the newest call."""
    found: str = caller.control("GET", "calls")["calls"][-1]["remark"]
    return found


def outcome(caller: Caller, account: str, device: int = 0) -> tuple[str, int]:
    """Return state and code of the newest notification of a device."""
    newest = caller.notifications(account, device)[0]
    return newest["state"], newest["code"]


# Classification: https://cloud.tencent.com/document/product/269/132325


@pytest.mark.parametrize(("account", "maker", "cap"), [("mei", 0, 5), ("mei", 1, 2), ("tommy", 0, 2)])
def test_a_maker_shows_so_many_marketing_pushes_a_day(
    sandbox: Caller, account: str, maker: int, cap: int
) -> None:
    """Xiaomi 5, vivo and Huawei 2 (https://cloud.tencent.com/document/product/269/130977) in 24 hours."""
    for number in range(cap + 1):
        sandbox.send("timpush/batch", batch(To_Account=[account], MsgRandom=number, Classification=1))
    states = [each["state"] for each in sandbox.notifications(account, maker)]
    assert states == ["lost"] + ["reached"] * cap
    assert outcome(sandbox, account, maker) == ("lost", -105)

    sandbox.wait(86_400)
    sandbox.send("timpush/batch", batch(To_Account=[account], MsgRandom=99, Classification=1))

    assert outcome(sandbox, account, maker) == ("reached", 0)


@pytest.mark.parametrize("fields", [{}, {"Classification": 0}])
def test_other_pushes_have_no_cap(sandbox: Caller, fields: Body) -> None:
    """Only Classification 1 asks the service to apply the makers' caps."""
    for number in range(4):
        sandbox.send("timpush/batch", batch(To_Account=["tommy"], MsgRandom=number, **fields))

    assert outcome(sandbox, "tommy") == ("reached", 0)


def test_chat_does_not_know_the_newer_fields(sandbox: Caller) -> None:
    """The same path with a MsgBody is a chat send, whose page lists neither field."""
    sandbox.send("timpush/push", push(MsgBody=[text()], Classification=1, OfflineStorageTime=60))
    assert remark(sandbox) == "ignored: Classification, OfflineStorageTime"

    sandbox.send("timpush/push", push(MsgRandom=2, Classification=1, OfflineStorageTime=60))
    assert remark(sandbox) == ""


def test_a_tasks_name_is_known_to_list_pushes_alone(sandbox: Caller) -> None:
    """On timpush/push nobody has seen it; 20 bytes fit."""
    sandbox.send("timpush/batch", batch(TaskName="x" * 20))
    assert remark(sandbox) == ""

    sandbox.send("timpush/push", push(TaskName="x"))
    assert remark(sandbox) == "ignored: TaskName"


# OfflineStorageTime: https://cloud.tencent.com/document/product/269/132325


def lose_then_come_online(caller: Caller, *, after_s: float, **fields: Body | int) -> str:
    """Send to a phone without a token, let it come online later, and return what became of the push."""
    phone = caller.device("bonnie")["id"]
    caller.control("PATCH", f"devices/{phone}", {"token": None})
    caller.send("timpush/batch", batch(To_Account=["bonnie"], **fields))
    assert outcome(caller, "bonnie") == ("lost", -2)
    caller.wait(after_s)
    caller.control("PATCH", f"devices/{phone}", {"status": "online"})
    return outcome(caller, "bonnie")[0]


@pytest.mark.parametrize(
    ("fields", "after_s", "state"),
    [
        ({"OfflineStorageTime": 3600}, 3600, "reached"),
        ({"OfflineStorageTime": 3600}, 3601, "lost"),
        ({"OfflineStorageTime": 0}, 1, "lost"),
        ({}, 1, "lost"),
    ],
)
def test_what_is_kept_arrives_when_the_user_comes_online(
    sandbox: Caller, fields: Body, after_s: float, state: str
) -> None:
    """As long as it was to be kept, and no longer; so a push can arrive after its campaign's window."""
    assert lose_then_come_online(sandbox, after_s=after_s, **fields) == state


def test_what_was_kept_is_counted_as_reached(sandbox_with: Callable[..., Caller]) -> None:
    """The loss becomes a delivery, once, and the callbacks say so."""
    with receiver() as (url, received):
        caller = sandbox_with(callback_url=url)
        lose_then_come_online(caller, after_s=5, OfflineStorageTime=60)
        phone = caller.device("bonnie")["id"]
        caller.control("PATCH", f"devices/{phone}", {"status": "online"})
        caller.app.sandbox.state.callbacks.close()

    pushed = caller.app.sandbox.snapshot()["pushes"][0]
    assert (pushed["reached"], pushed["lost"]) == (1, 0)
    assert [(event["EventType"], event["PushStage"]) for _, body in received for event in body["Events"]] == [
        (2, 1),
        (2, 2),
    ]


# Xiaomi's templates: https://dev.mi.com/xiaomihyperos/documentation/detail?pId=2314


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"name": "满 100 减 20"}, 0),
        ({"name": "x" * 128}, 0),
        ({f"v{number}": "x" for number in range(9)}, 0),
        ({"name": "x" * 129}, -106),
        ({"name": ""}, -106),
        ({"name": "  "}, -106),
        ({"name": "sale 🌸"}, -106),
        ({"name": "tap →★"}, -106),
        ({"name": chr(0x0378)}, -106),
        ({f"v{number}": "x" for number in range(10)}, -106),
    ],
)
def test_xiaomi_refuses_values_that_break_its_template(
    sandbox: Caller, values: dict[str, str], code: int
) -> None:
    """Only Xiaomi's phone loses the push; the call itself succeeds."""
    info = {"Title": "t", "Desc": "d", "PushTemplateId": "1400000000-1", "PushTemplateParam": values}

    sandbox.send("timpush/batch", batch(To_Account=["mei"], OfflinePushInfo=info))

    assert outcome(sandbox, "mei", 0)[1] == code
    assert outcome(sandbox, "mei", 1) == ("reached", 0)


# TagsNot


def people_of(caller: Caller, condition: Body) -> int:
    """Return how many accounts a push under a condition is for."""
    caller.send("timpush/push", push(MsgRandom=7, Condition=condition))
    total: int = caller.app.sandbox.snapshot()["pushes"][0]["total"]
    return total


def test_two_tags_can_be_left_out_in_two_ways(sandbox_with: Callable[..., Caller]) -> None:
    """One sample says not both, a client says neither; rong has 股票A and 股票B, bonnie only 股票A."""
    condition = {"TagsOr": ["股票A"], "TagsNot": ["股票A", "股票B"]}
    both, neither = sandbox_with(), sandbox_with(readings=Readings(tags_not="none"))

    assert people_of(both, condition) > 0
    assert people_of(neither, condition) == 0
    assert "reading tags_not" in remark(both)
    one = {"TagsOr": ["股票A"], "TagsNot": ["股票B"]}
    assert people_of(both, one) == people_of(neither, one)


def test_tags_not_goes_with_tags_and(sandbox: Caller) -> None:
    """Who has all the tags, less those of a canary stage."""
    everyone = people_of(sandbox, {"TagsAnd": ["vip"]})

    assert 0 < people_of(sandbox, {"TagsAnd": ["vip"], "TagsNot": ["股票B"]}) < everyone


def test_tags_not_stands_alone_by_choice(sandbox_with: Callable[..., Caller]) -> None:
    """Clients allow it, no page shows it."""
    strict, lenient = sandbox_with(), sandbox_with(readings=Readings(tags_not_alone=True))

    assert strict.code("timpush/push", push(Condition={"TagsNot": ["vip"]})) == 90001
    assert 0 < people_of(lenient, {"TagsNot": ["vip"]}) < lenient.app.sandbox.state.accounts.count()


# Null


def test_null_reads_as_absent(sandbox: Caller) -> None:
    """Go and Java clients send null for what they leave out; whoever watches should know."""
    body = {**push(), "From_Account": None, "OfflinePushInfo": {"Title": "t", "Desc": "d", "Ext": None}}

    assert sandbox.code("timpush/push", body) == 0
    assert remark(sandbox) == "null, read as absent: OfflinePushInfo.Ext, From_Account"
    assert sandbox.code("im_open_login_svc/account_import", {"UserID": "zoë", "Nick": None}) == 0


def test_null_is_a_value_by_choice(sandbox_with: Callable[..., Caller]) -> None:
    """No page speaks of null, so a service that minds it can be rehearsed."""
    strict = sandbox_with(readings=Readings(null_is_absent=False))

    assert strict.code("timpush/push", {**push(), "From_Account": None}) == 60015


def test_a_live_activitys_own_keys_keep_their_nulls(sandbox: Caller) -> None:
    """What lies below ContentState is the app's."""
    activity = {"LaId": "x", "Event": "update", "ContentState": {"gate": None}}
    info = {"Title": "t", "Desc": "d", "ApnsInfo": {"LiveActivity": activity}}

    sandbox.send("timpush/batch", batch(OfflinePushInfo=info))

    assert remark(sandbox) == ""


# openim/sendmsg: https://cloud.tencent.com/doc/product/269/2282


def test_one_message_to_one_account(sandbox: Caller) -> None:
    """Answered with the time and the key that a withdrawal takes."""
    answer = sandbox.call("openim/sendmsg", sendmsg(From_Account="jared", MsgSeq=5, MsgRandom=6))

    assert answer == {
        "ActionStatus": "OK",
        "ErrorInfo": "",
        "ErrorCode": 0,
        "MsgTime": 1_800_000_000,
        "MsgKey": "5_6_1800000000",
    }
    assert sandbox.messages("rong")[0]["from"] == "jared"
    taken = {"From_Account": "jared", "To_Account": "rong", "MsgKey": answer["MsgKey"]}
    assert sandbox.code("openim/admin_msgwithdraw", taken) == 0


def test_the_same_message_within_two_minutes_is_sent_once(sandbox: Caller) -> None:
    """Sender, MsgSeq, MsgRandom and content name it, for 120 s and no longer."""
    body = sendmsg(MsgSeq=5)
    first = sandbox.call("openim/sendmsg", body)
    sandbox.wait(119)
    assert sandbox.call("openim/sendmsg", body) == first
    sandbox.call("openim/sendmsg", {**body, "MsgBody": [text("another")]})
    assert len(sandbox.messages("rong")) == 2

    sandbox.wait(2)
    sandbox.call("openim/sendmsg", body)

    assert len(sandbox.messages("rong")) == 3


# Accounts


def test_the_older_name_of_a_user_is_taken(sandbox: Caller) -> None:
    """Most public SDKs still write Identifier."""
    assert sandbox.code("im_open_login_svc/account_import", {"Identifier": "zoë"}) == 0
    many = {"AccountList": [{"Identifier": "åsa", "Nick": "Åsa"}]}
    assert sandbox.call("im_open_login_svc/multiaccount_import", many)["FailAccounts"] == []

    assert remark(sandbox) == "Identifier is the older name of UserID"
    assert sandbox.app.sandbox.inbox("zoë") is not None
    assert sandbox.app.sandbox.inbox("åsa") is not None


def test_a_kick_ends_every_login(sandbox: Caller) -> None:
    """https://trtc.io/document/34957: one account a call."""
    assert sandbox.code("im_open_login_svc/kick", {"UserID": "jared"}) == 0

    assert sandbox.device("jared")["status"] == "offline"
    assert sandbox.code("im_open_login_svc/kick", {"UserID": "nobody"}) == 70107
    assert sandbox.code("im_open_login_svc/kick", {}) == 70402


# Paths


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("POST", "/v5/timpush/push", 404), ("GET", "/metrics", 404), ("DELETE", "/sandbox/state", 405)],
)
def test_an_unknown_path_is_answered_in_json(sandbox: Caller, method: str, path: str, status: int) -> None:
    """A client with a wrong prefix must not stumble over a page of HTML."""
    answer = sandbox.request(method, path)

    assert (answer.status_code, answer.json()["ErrorCode"]) == (status, 60009)
    assert f"{method} {path}" in answer.json()["ErrorInfo"]


def test_the_older_push_keeps_its_own_storage_field(sandbox: Caller) -> None:
    """im_push has MsgLifeTime and knows nothing of OfflineStorageTime."""
    sandbox.send("all_member_push/im_push", im_push(OfflineStorageTime=5))

    assert remark(sandbox) == "ignored: OfflineStorageTime"
