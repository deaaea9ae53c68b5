"""After the send: statistics, losses, traces, recall, withdrawal and scheduled pushes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pushspec.sandbox.settings import Readings
from pushspec.tencent.limits import Limits
from sandbox.kit import START, batch, batchsendmsg, im_push, push, text

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.kit import Body, Caller

NOW = int(START)
WEEK = {"StartTime": NOW - 3600, "EndTime": NOW + 3600}
OVERLAY = {"Title": "sorry", "Desc": "sent by mistake"}


# Statistics: https://www.tencentcloud.com/document/product/1047/71894


def test_counts_of_a_push(sandbox: Caller) -> None:
    """Total, sent, delivered, clicked; only the newest device of a user counts."""
    task = sandbox.send("timpush/batch", batch(To_Account=["rong", "bonnie"]))
    sandbox.app.sandbox.tick()
    assert sandbox.app.sandbox.click(sandbox.notifications("bonnie")[0]["id"])

    answer = sandbox.call("timpush/all_member_push_statistics", {**WEEK, "TaskID": [task]})

    (result,) = answer["Results"]
    counts = {name: result[name] for name in ("TotalCount", "SentCount", "DeliveredCount", "ClickCount")}
    assert counts == {"TotalCount": 2, "SentCount": 2, "DeliveredCount": 2, "ClickCount": 1}
    assert [(each["PushPlatform"], each["ClickCount"]) for each in result["PlatformStatistics"]] == [
        (1, 1),
        (6, 0),
    ]
    assert answer["ErrorInfo"], "the samples have a text here on success, so clients must not test it"


def test_losses_of_a_push(sandbox: Caller) -> None:
    """Codes are text here, and losses before and after sending stand apart (https://trtc.io/zh/document/71895)."""
    for account, change in (("bonnie", {"token": None}), ("tommy", {"uninstalled": 1})):
        sandbox.control("PATCH", f"devices/{sandbox.device(account)['id']}", change)
    task = sandbox.send("timpush/batch", batch(To_Account=["bonnie", "tommy"]))
    sandbox.app.sandbox.tick()

    (result,) = sandbox.call("timpush/all_member_push_loss", {**WEEK, "TaskID": [task]})["Results"]

    assert [(each["ErrCode"], each["ErrCount"]) for each in result["ReadyToSendLoss"]] == [("-2", 1)]
    assert [(each["ErrCode"], each["ErrCount"]) for each in result["PostSendDeliveredLoss"]] == [("410", 1)]
    assert result["PlatformReadyToSendLoss"][0]["PushPlatform"] == 1


def test_all_tasks_together_when_none_is_named(sandbox: Caller) -> None:
    """An empty TaskID means the app."""
    sandbox.send("timpush/batch", batch())
    sandbox.send("timpush/batch", batch(To_Account=["bonnie"], MsgRandom=2))
    sandbox.app.sandbox.tick()

    (result,) = sandbox.call("timpush/all_member_push_statistics", {**WEEK, "TaskID": []})["Results"]

    assert result["TotalCount"] == 2


def test_the_trace_of_a_push_to_a_user(sandbox: Caller) -> None:
    """Every device with its stages (https://www.tencentcloud.com/document/product/1047/71893)."""
    task = sandbox.send("timpush/batch", batch())
    sandbox.app.sandbox.tick()

    body = {"TaskID": task, "UserID": "rong"}
    oppo, apple = sandbox.call("timpush/all_member_push_trace", body)["InstanceTrace"]

    assert (oppo["PushPlatform"], apple["PushPlatform"]) == (6, 1)
    assert (oppo["last_active_terminal"], apple["last_active_terminal"]) == (1, 0)
    assert oppo["OfflinePushStat"]["DeviceStat"]["PushStatus"] == 1
    assert oppo["OfflinePushStat"]["DeviceStat"]["EventTime"] == "2027-01-15 08:00:02"
    sandbox.wait(8 * 86_400)
    assert sandbox.call("timpush/all_member_push_trace", body)["InstanceTrace"] == []


def test_counts_are_told_for_thirty_days_and_losses_for_seven(sandbox: Caller) -> None:
    """Whatever range is asked for (https://trtc.io/document/71894, https://trtc.io/document/71895)."""
    sandbox.control("PUT", "losses/bonnie", {"reason": "no_token"})
    task = sandbox.send("timpush/batch", batch(To_Account=["bonnie"]))
    sandbox.app.sandbox.tick()

    def told(name: str, days: int, *tasks: str) -> list[Body]:
        sandbox.wait(1.1)
        span = {"StartTime": NOW, "EndTime": NOW + days * 86_400}
        found: list[Body] = sandbox.call(f"timpush/all_member_push_{name}", span | {"TaskID": list(tasks)})[
            "Results"
        ]
        return found

    sandbox.wait(7 * 86_400 - 60)
    assert len(told("loss", 7, task)) == 1
    sandbox.wait(120)
    assert told("loss", 7, task) == []
    assert told("loss", 7)[0]["ReadyToSendLoss"] == []
    sandbox.wait(23 * 86_400 - 120)
    assert told("statistics", 30, task)[0]["TotalCount"] == 1
    sandbox.wait(120)
    assert told("statistics", 30, task) == []
    assert told("statistics", 30)[0]["TotalCount"] == 0


def test_chat_messages_are_forgotten_like_pushes(sandbox: Caller) -> None:
    """30 days of counts, 7 of losses (https://trtc.io/zh/document/71897)."""
    sandbox.control("PUT", "losses/bonnie", {"reason": "no_token"})
    sandbox.send("openim/batchsendmsg", batchsendmsg(To_Account=["bonnie"]))
    sandbox.app.sandbox.tick()

    sandbox.wait(7 * 86_400 + 60)
    assert sandbox.call("timpush/normal_push_loss", WEEK)["ReadyToSendLoss"] == []
    assert sandbox.call("timpush/normal_push_statistics", WEEK)["TotalCount"] == 1
    sandbox.wait(23 * 86_400)
    assert sandbox.call("timpush/normal_push_statistics", WEEK)["TotalCount"] == 0


def test_chat_messages_are_counted_apart(sandbox: Caller) -> None:
    """normal_push_* speak of chat messages only (https://trtc.io/zh/document/71897)."""
    sandbox.send("timpush/batch", batch())
    key = sandbox.send("openim/batchsendmsg", batchsendmsg(To_Account=["bonnie"]))
    sandbox.app.sandbox.tick()

    counts = sandbox.call("timpush/normal_push_statistics", WEEK)
    losses = sandbox.call("timpush/normal_push_loss", WEEK)
    trace = sandbox.call("timpush/normal_push_trace", {"PushID": f"{key}-{sandbox.device('bonnie')['id']}"})

    assert (counts["TotalCount"], losses["ReadyToSendLoss"]) == (1, [])
    assert [each["PushPlatform"] for each in trace["InstanceTrace"]] == [1]


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("all_member_push_statistics", {"StartTime": NOW, "EndTime": NOW + 31 * 86_400, "TaskID": []}),
        ("all_member_push_loss", {"StartTime": NOW, "EndTime": NOW + 8 * 86_400, "TaskID": []}),
        ("all_member_push_statistics", {"StartTime": NOW, "EndTime": NOW - 1, "TaskID": []}),
        ("all_member_push_statistics", {**WEEK, "TaskID": ["x"] * 6}),
        ("all_member_push_statistics", WEEK),
        ("all_member_push_trace", {"TaskID": "x"}),
        ("normal_push_trace", {}),
    ],
)
def test_wrong_questions_are_refused(sandbox: Caller, name: str, body: Body) -> None:
    """30 days of counts, 7 of losses, five tasks; the pages give no code of their own, so 90001."""
    assert sandbox.code(f"timpush/{name}", body) == 90001


def test_statistics_answer_once_a_second(sandbox: Caller) -> None:
    """https://cloud.tencent.com/document/product/269/137903."""
    sandbox.call("timpush/normal_push_loss", WEEK)

    assert sandbox.code("timpush/normal_push_loss", WEEK) == 60007


# Recall: https://cloud.tencent.com/document/product/269/105123


def test_a_recall_stops_overwrites_and_withdraws(sandbox: Caller) -> None:
    """The fan-out ends, vendors that allow it show the new text, the chat copy is gone."""
    sandbox.app.sandbox.seed(1000)
    task = sandbox.send("timpush/push", push(MsgBody=[text()]))
    sandbox.wait(1)

    assert sandbox.code("timpush/revoke", {"TaskId": task, "OfflinePushInfo": OVERLAY}) == 0

    sandbox.wait(60)
    oppo, apple = (sandbox.notifications("rong", device)[0] for device in (0, 1))
    assert (apple["title"], apple["overwritten"]) == ("sorry", True)
    assert oppo["title"] == "t", "OPPO's channel cannot overwrite"
    assert [message["state"] for message in sandbox.messages("rong")] == ["withdrawn"]
    inbox = sandbox.app.sandbox.inbox("rong")
    assert inbox is not None
    assert inbox["unread"] == 0
    assert sandbox.app.sandbox.snapshot()["pushes"][0]["reached"] < 500


def test_refused_recalls(sandbox: Caller) -> None:
    """90049 unknown, 90050 again, 90051 too often, 90052 too late, 90053 without the text that overwrites."""
    first = sandbox.send("timpush/push", push())
    second = sandbox.send("timpush/push", push(MsgRandom=2))
    third = sandbox.send("timpush/push", push(MsgRandom=3))

    assert sandbox.code("timpush/revoke", {"TaskId": "x", "OfflinePushInfo": OVERLAY}) == 90049
    assert sandbox.code("timpush/revoke", {"TaskId": first}) == 90053
    assert sandbox.code("timpush/revoke", {"TaskId": first, "OfflinePushInfo": OVERLAY}) == 0
    assert sandbox.code("timpush/revoke", {"TaskId": first, "OfflinePushInfo": OVERLAY}) == 90050
    assert sandbox.code("timpush/revoke", {"TaskId": second, "OfflinePushInfo": OVERLAY}) == 90051
    sandbox.wait(1.1)
    assert sandbox.code("timpush/revoke", {"TaskId": second, "OfflinePushInfo": OVERLAY}) == 0
    sandbox.wait(86_401)
    assert sandbox.code("timpush/revoke", {"TaskId": third, "OfflinePushInfo": OVERLAY}) == 90052
    assert sandbox.code("timpush/revoke", b"{") == 90001
    assert sandbox.code("timpush/revoke", {"TaskId": first}, identifier="rong") == 90009


def test_a_recall_covers_list_pushes_only_by_choice(sandbox_with: Callable[..., Caller]) -> None:
    """One page names push and tag tasks, the text of 90049 also UserID pushes: a reading chooses."""
    strict, wide = sandbox_with(), sandbox_with(readings=Readings(revoke_takes_batches=True))
    body = {"OfflinePushInfo": OVERLAY}

    assert strict.code("timpush/revoke", {**body, "TaskId": strict.send("timpush/batch", batch())}) == 90049
    assert wide.code("timpush/revoke", {**body, "TaskId": wide.send("timpush/batch", batch())}) == 0


def test_older_pages_need_the_text_only_for_unstored_pushes(sandbox_with: Callable[..., Caller]) -> None:
    """Pages of 2024 call OfflinePushInfo optional."""
    caller = sandbox_with(readings=Readings(revoke_needs_notification=False))
    stored = caller.send("timpush/push", push(MsgBody=[text()]))
    unstored = caller.send("timpush/push", push(MsgRandom=2))

    assert caller.code("timpush/revoke", {"TaskId": unstored}) == 90053
    assert caller.code("timpush/revoke", {"TaskId": stored}) == 0


# Withdrawal: https://trtc.io/document/35015


def test_a_withdrawn_message_is_gone_for_one_recipient(sandbox: Caller) -> None:
    """One message, one recipient a call."""
    key = sandbox.send(
        "openim/batchsendmsg", batchsendmsg(From_Account="jared", To_Account=["rong", "bonnie"])
    )
    sandbox.app.sandbox.tick()

    body = {"From_Account": "jared", "To_Account": "rong", "MsgKey": key}
    assert sandbox.code("openim/admin_msgwithdraw", body) == 0

    assert sandbox.messages("rong")[0]["state"] == "withdrawn"
    assert sandbox.messages("bonnie")[0]["state"] == "kept"
    assert sandbox.code("openim/admin_msgwithdraw", body) == 20023


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        (20022, {"MsgKey": "1_1_1"}),
        (20022, {"To_Account": "tommy"}),
        (20022, {"From_Account": "tommy"}),
        (90003, {"To_Account": "ghost"}),
        (90003, {"To_Account": ["rong"]}),
        (90008, {"From_Account": "ghost"}),
        (90054, {"MsgKey": "abc"}),
        (90054, {"MsgKey": f"{'1' * 49}_1_1"}),
        (90054, {"MsgKey": 5}),
    ],
)
def test_refused_withdrawals(sandbox: Caller, code: int, changes: Body) -> None:
    """Each fault of the page has its code."""
    key = sandbox.send("openim/batchsendmsg", batchsendmsg(From_Account="jared"))
    sandbox.app.sandbox.tick()

    body = {"From_Account": "jared", "To_Account": "rong", "MsgKey": key, **changes}

    assert sandbox.code("openim/admin_msgwithdraw", body) == code


# Scheduled pushes: https://www.tencentcloud.com/document/product/1047/78839 and after

APP = {"Sdkappid": 1400000000}
CONTENT = {"OfflinePushInfo": {"Title": "later", "Desc": "d"}}
CREATE = {**APP, "Type": "All", "SchedAt": "2027-01-15 09:00:00", "Content": CONTENT}
LIST = {
    **APP,
    "Offset": 0,
    "Want": 10,
    "OrderBy": "schedAt",
    "Asc": True,
    "BeginTime": "2027-01-15 00:00:00",
    "EndTime": "2027-01-16 00:00:00",
}


def get_task(caller: Caller, number: int) -> Body:
    """Return a scheduled task as the service tells it."""
    found: Body = caller.call("timpush/get_sched_task", {**APP, "TaskID": number})["TaskInfo"]
    return found


def test_a_scheduled_push_goes_out_when_it_is_due(sandbox: Caller) -> None:
    """Pending until its time, then dispatched with the TaskId that statistics and recall take."""
    number = sandbox.call("timpush/add_sched_task", CREATE)["TaskID"]
    assert (get_task(sandbox, number)["Status"], get_task(sandbox, number)["PushTaskID"]) == ("pending", "")

    sandbox.wait(3600)
    sandbox.app.sandbox.tick()

    task = get_task(sandbox, number)
    assert (task["Status"], task["DispatchSuccess"], task["Title"]) == ("dispatched", 1, "later")
    assert sandbox.notifications("rong")[0]["task_id"] == task["PushTaskID"]


def test_a_pending_task_can_be_changed_listed_and_deleted(sandbox: Caller) -> None:
    """And no longer once it was dispatched (90107)."""
    first = sandbox.call("timpush/add_sched_task", CREATE)["TaskID"]
    user = {**CREATE, "Type": "User", "Content": {**CONTENT, "To_Account": ["rong"]}}
    second = sandbox.call("timpush/add_sched_task", user)["TaskID"]
    later = {**APP, "TaskID": first, "Type": "All", "SchedAt": "2027-01-15 10:00:00"}
    assert sandbox.code("timpush/modify_sched_task", later) == 0

    listed = sandbox.call("timpush/list_sched_task", LIST)
    assert (listed["Total"], [task["TaskID"] for task in listed["Tasks"]]) == (2, [second, first])
    assert sandbox.call("timpush/list_sched_task", {**LIST, "Keyword": "nothing"})["Total"] == 0

    assert (
        sandbox.call("timpush/delete_sched_task", {**APP, "TaskID": second, "Type": "User"})["TaskID"]
        == second
    )
    sandbox.wait(7200)
    sandbox.app.sandbox.tick()
    assert sandbox.code("timpush/modify_sched_task", later) == 90107
    refused = sandbox.call("timpush/delete_sched_task", {**APP, "TaskID": first, "Type": "All"})
    assert (refused["ErrorCode"], refused["TaskID"]) == (90107, 0)


def test_two_tasks_of_one_moment_go_out_a_second_apart(sandbox: Caller) -> None:
    """The interval between pushes binds the service's own dispatch as well."""
    numbers = [sandbox.call("timpush/add_sched_task", CREATE)["TaskID"] for _ in range(2)]
    sandbox.wait(3600)
    sandbox.app.sandbox.tick()
    assert [get_task(sandbox, number)["Status"] for number in numbers] == ["dispatched", "pending"]

    sandbox.wait(2)
    sandbox.app.sandbox.tick()

    assert get_task(sandbox, numbers[1])["Status"] == "dispatched"


def test_a_task_that_the_quota_forbids_says_so(sandbox_with: Callable[..., Caller]) -> None:
    """The day's quota is spent at dispatch; what it forbids is noted, not lost."""
    caller = sandbox_with(limits=Limits().with_overrides({"push_calls_per_day": 1}))
    number = caller.call("timpush/add_sched_task", CREATE)["TaskID"]
    caller.send("all_member_push/im_push", im_push())

    caller.wait(3600)
    caller.app.sandbox.tick()

    task = get_task(caller, number)
    assert (task["DispatchSuccess"], task["DispatchErr"]) == (0, "90047: the day's 1 pushes are used up")
    (shown,) = caller.control("GET", "scheduled")["scheduled"]
    assert shown["error"] == task["DispatchErr"]


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("add", {**CREATE, "Sdkappid": 1}),
        ("add", {**CREATE, "Type": "Some"}),
        ("add", {**CREATE, "SchedAt": "2027-01-15 07:59:59"}),
        ("add", {**CREATE, "SchedAt": "tomorrow"}),
        ("add", {**CREATE, "Type": "Tag"}),
        ("add", {**CREATE, "Type": "User"}),
        ("add", {**CREATE, "Content": {"OfflinePushInfo": {"PushFlag": 7}}}),
        ("get", {**APP, "TaskID": 99}),
        ("get", {**APP, "TaskID": "1"}),
        ("modify", {**APP, "TaskID": 99, "Type": "All"}),
        ("list", {**LIST, "Want": 0}),
        ("list", {**LIST, "OrderBy": "title"}),
        ("list", {**LIST, "Asc": 1}),
        ("list", {**LIST, "Keyword": 5}),
    ],
)
def test_wrong_parameters_of_scheduled_pushes(sandbox: Caller, name: str, body: dict[str, Any]) -> None:
    """90104 (https://www.tencentcloud.com/document/product/1047/78839)."""
    assert sandbox.code(f"timpush/{name}_sched_task", body) == 90104


def test_the_type_of_a_scheduled_push_stays(sandbox: Caller) -> None:
    """A list push cannot become a push to everyone (90104)."""
    number = sandbox.call("timpush/add_sched_task", CREATE)["TaskID"]

    assert sandbox.code("timpush/modify_sched_task", {**APP, "TaskID": number, "Type": "User"}) == 90104
