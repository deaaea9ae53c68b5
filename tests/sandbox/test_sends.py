"""What the sends answer: shapes, partial failures, dedupe, rates and the day's quota."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from pushspec.sandbox.settings import Readings
from pushspec.tencent.limits import Edition, Limits, limits_for
from sandbox.kit import batch, batchsendmsg, im_push, push

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.kit import Caller


def test_task_ids_have_the_documented_shapes(sandbox: Caller) -> None:
    """Clients must take them as opaque, but samples show these forms (53724e00 is the app in hex)."""
    assert re.fullmatch(r"53724e00_\d+_\d+_\d+", sandbox.send("timpush/push", push()))
    assert re.fullmatch(
        r"53724e00_\d+_\d+_\d+", sandbox.send("all_member_push/im_push", im_push(MsgRandom=2))
    )
    assert re.fullmatch(r"batch_[0-9a-f]+_53724e00_[0-9a-f_]+", sandbox.send("timpush/batch", batch()))


def test_a_message_key_names_sequence_number_and_second(sandbox: Caller) -> None:
    """``{MsgSeq}_{MsgRandom}_{seconds}``, at most 50 characters (https://cloud.tencent.com/document/product/269/1612)."""
    answer = sandbox.call("openim/batchsendmsg", batchsendmsg(MsgSeq=28360, MsgRandom=7))

    assert answer["MsgKey"] == "28360_7_1800000000"
    assert answer["MsgId"]
    assert list(answer) == ["ActionStatus", "ErrorInfo", "ErrorCode", "MsgKey", "MsgId"]


def test_batch_says_ok_although_some_accounts_failed(sandbox: Caller) -> None:
    """One of two forms of a partial failure (https://www.tencentcloud.com/document/product/1047/67553)."""
    answer = sandbox.call("timpush/batch", batch(To_Account=["rong", "ghost"]))

    assert (answer["ActionStatus"], answer["ErrorCode"]) == ("OK", 0)
    assert [(each["To_Account"], each["ErrorCode"]) for each in answer["ErrorList"]] == [("ghost", 70107)]
    assert len(sandbox.notifications("rong")) == 1


def test_batchsendmsg_says_some_error_when_some_accounts_failed(sandbox: Caller) -> None:
    """The other form (https://cloud.tencent.com/document/product/269/1612)."""
    answer = sandbox.call("openim/batchsendmsg", batchsendmsg(To_Account=["ghost", "rong"]))

    assert (answer["ActionStatus"], answer["ErrorCode"]) == ("SomeError", 0)
    assert answer["ErrorList"] == [{"To_Account": "ghost", "ErrorCode": 70107}]
    assert len(sandbox.messages("rong")) == 1


def test_the_code_of_an_unknown_account_can_be_chosen(sandbox_with: Callable[..., Caller]) -> None:
    """90048 is listed beside 70107 for the same thing."""
    caller = sandbox_with(readings=Readings(unknown_account_code=90048))

    answer = caller.call("openim/batchsendmsg", batchsendmsg(To_Account=["ghost", "rong"]))

    assert answer["ErrorList"][0]["ErrorCode"] == 90048


def test_no_error_list_when_all_went_well(sandbox: Caller) -> None:
    """An empty list would be one more form for clients to know."""
    assert "ErrorList" not in sandbox.call("timpush/batch", batch())


@pytest.mark.parametrize(
    ("endpoint", "body"),
    [
        ("timpush/push", push()),
        ("all_member_push/im_push", im_push()),
        ("timpush/batch", batch()),
        ("openim/batchsendmsg", batchsendmsg()),
    ],
)
def test_an_equal_number_in_the_same_second_is_the_same_send(
    sandbox: Caller, endpoint: str, body: dict[str, object]
) -> None:
    """The service drops a repeat within its second, and only then."""
    first = sandbox.call(endpoint, body)

    assert sandbox.call(endpoint, body) == first
    assert len(sandbox.app.sandbox.snapshot()["pushes"]) == 1


def test_an_equal_number_in_the_next_second_sends_again(sandbox: Caller) -> None:
    """MsgRandom protects nobody who tries again a second later."""
    sandbox.call("timpush/batch", batch())
    sandbox.wait(1)
    sandbox.call("timpush/batch", batch())

    assert len(sandbox.notifications("rong")) == 2


def test_another_sequence_makes_another_message(sandbox: Caller) -> None:
    """MsgSeq takes part in the dedupe of batchsendmsg."""
    sandbox.call("openim/batchsendmsg", batchsendmsg(MsgSeq=1))
    sandbox.call("openim/batchsendmsg", batchsendmsg(MsgSeq=2))

    assert len(sandbox.messages("rong")) == 2


def test_older_pages_remember_a_number_for_a_week(sandbox_with: Callable[..., Caller]) -> None:
    """The older text of im_push takes an equal number for the same task for 7 days."""
    caller = sandbox_with(readings=Readings(im_push_repeats_for_days=7))
    first = caller.call("all_member_push/im_push", im_push())

    caller.wait(6 * 86_400)

    assert caller.call("all_member_push/im_push", im_push()) == first


@pytest.mark.parametrize("second", ["timpush/push", "all_member_push/im_push"])
def test_pushes_must_be_more_than_a_second_apart(sandbox: Caller, second: str) -> None:
    """90024 up to and including one second, whichever of the endpoints was first."""
    body = {"timpush/push": push(MsgRandom=2), "all_member_push/im_push": im_push(MsgRandom=2)}[second]
    sandbox.call("timpush/push", push())

    sandbox.wait(1)
    assert sandbox.code(second, body) == 90024

    sandbox.wait(0.01)
    assert sandbox.code(second, body) == 0


def test_a_refused_push_does_not_restart_the_second(sandbox: Caller) -> None:
    """Else a client that knocks steadily would never get in."""
    sandbox.call("timpush/push", push())
    sandbox.wait(0.9)
    assert sandbox.code("timpush/push", push(MsgRandom=2)) == 90024

    sandbox.wait(0.2)

    assert sandbox.code("timpush/push", push(MsgRandom=2)) == 0


def test_the_day_has_so_many_pushes(sandbox_with: Callable[..., Caller]) -> None:
    """90047 after the quota, all endpoints counted together, until the first is a day old."""
    caller = sandbox_with(limits=Limits().with_overrides({"push_calls_per_day": 2}))
    caller.send("timpush/push", push())
    caller.send("all_member_push/im_push", im_push())

    caller.wait(2)
    assert caller.code("timpush/push", push(MsgRandom=3)) == 90047

    caller.wait(86_400)
    assert caller.code("timpush/push", push(MsgRandom=3)) == 0


def test_the_quotas_day_can_begin_at_an_hour(sandbox_with: Callable[..., Caller]) -> None:
    """The reset hour is not documented; a setting takes a calendar day, here that of UTC+8 from 16:00 on."""
    caller = sandbox_with(
        limits=Limits().with_overrides({"push_calls_per_day": 1}), readings=Readings(quota_day_offset_h=8)
    )
    caller.send("timpush/push", push())

    caller.wait(7 * 3600)
    assert caller.code("timpush/push", push(MsgRandom=2)) == 90047

    caller.wait(3600)
    assert caller.code("timpush/push", push(MsgRandom=2)) == 0


def test_refused_pushes_may_count_too(sandbox_with: Callable[..., Caller]) -> None:
    """Whether they do is not documented; the setting shows the worse case."""
    caller = sandbox_with(
        limits=Limits().with_overrides({"push_calls_per_day": 1}),
        readings=Readings(refused_calls_spend_quota=True),
    )
    caller.call("timpush/push", b"{")

    assert caller.code("timpush/push", push()) == 90047


def test_batch_has_calls_and_users_a_second(sandbox_with: Callable[..., Caller]) -> None:
    """Both readings of the rate hold at once (https://cloud.tencent.com/document/product/269/137903)."""
    caller = sandbox_with(limits=limits_for(Edition.FREE))

    codes = [caller.code("timpush/batch", batch(MsgRandom=n)) for n in range(11)]

    assert codes == [0] * 10 + [60007]
    caller.wait(1)
    assert caller.code("timpush/batch", batch(MsgRandom=20, To_Account=["rong"] * 30)) == 0
    assert caller.code("timpush/batch", batch(MsgRandom=21)) == 60007


def test_a_call_larger_than_the_rate_blocks_for_as_long_as_its_size(
    sandbox_with: Callable[..., Caller],
) -> None:
    """500 accounts at 30 users a second take about 17 seconds."""
    caller = sandbox_with(limits=limits_for(Edition.FREE))
    everyone = [f"u{n}" for n in range(499)] + ["rong"]
    assert caller.code("timpush/batch", batch(To_Account=everyone)) == 0

    caller.wait(16)
    assert caller.code("timpush/batch", batch(MsgRandom=2)) == 60007

    caller.wait(1)
    assert caller.code("timpush/batch", batch(MsgRandom=2)) == 0


def test_batchsendmsg_counts_each_recipient_of_a_minute(sandbox_with: Callable[..., Caller]) -> None:
    """90057 here means the rate (https://trtc.io/document/34348); on timpush/batch it means DataId."""
    caller = sandbox_with(limits=Limits().with_overrides({"batchsendmsg_messages_per_minute": 3}))
    assert caller.code("openim/batchsendmsg", batchsendmsg(To_Account=["rong", "jared"])) == 0

    assert (
        caller.code("openim/batchsendmsg", batchsendmsg(To_Account=["rong", "jared"], MsgRandom=2)) == 90057
    )
    assert caller.code("openim/batchsendmsg", batchsendmsg(MsgRandom=3)) == 0

    caller.wait(60)
    assert caller.code("openim/batchsendmsg", batchsendmsg(To_Account=["rong", "jared"], MsgRandom=4)) == 0


def test_the_quota_survives_a_restart(sandbox_with: Callable[..., Caller], tmp_path: object) -> None:
    """An apply is a new process each time; the day's quota must not start over with it."""
    database = f"{tmp_path}/sandbox.db"
    first = sandbox_with(database=database)
    first.call("timpush/push", push())

    second = sandbox_with(database=database)

    assert second.code("timpush/push", push(MsgRandom=2)) == 90024
