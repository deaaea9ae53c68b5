"""After the send as it really goes: losses by person, late statistics, double callbacks, edited tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pushspec.sandbox.delays import Delays
from sandbox.kit import START, batch
from sandbox.test_afterwards import APP, CREATE, get_task
from sandbox.test_callbacks import receiver

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.kit import Body, Caller

SPAN = {"StartTime": int(START) - 60, "EndTime": int(START) + 3600}
PEOPLE = ["bonnie", "rong", "tommy", "mei"]


def counts(caller: Caller, task: str) -> tuple[int, int, int]:
    """Return how many a push was for, was sent to and reached."""
    caller.wait(1.1)
    body = {**SPAN, "TaskID": [task]}
    (result,) = caller.call("timpush/all_member_push_statistics", body)["Results"]
    return result["TotalCount"], result["SentCount"], result["DeliveredCount"]


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        ("no_certificate", -1),
        ("no_token", -2),
        ("bad_registration", 1),
        ("unregistered", 410),
        ("out_of_reach", -102),
    ],
)
def test_a_persons_pushes_are_lost_for_a_reason(sandbox: Caller, reason: str, code: int) -> None:
    """Report and trace can be rehearsed for each reason; then the person is reachable again."""
    assert sandbox.control("PUT", "losses/mei", {"reason": reason}) == {"done": True}
    task = sandbox.send("timpush/batch", batch(To_Account=["mei", "bonnie"]))
    assert {each[0]["code"] for each in (sandbox.notifications("mei", place) for place in range(3))} == {code}
    assert counts(sandbox, task)[2] == 1

    sandbox.control("PUT", "losses/mei", {"reason": "none"})
    sandbox.send("timpush/batch", batch(To_Account=["mei"], MsgRandom=2))

    assert sandbox.notifications("mei")[0]["state"] == "reached"


def test_an_unknown_reason_changes_nothing(sandbox: Caller) -> None:
    """The answer names the reasons there are."""
    assert "no_token" in sandbox.control("PUT", "losses/mei", {"reason": "bad luck"})["error"]
    assert sandbox.control("PUT", "losses/nobody", {"reason": "none"})["error"] == "no such account"


def test_statistics_settle_over_time(sandbox_with: Callable[..., Caller]) -> None:
    """The total is known at once; what was sent, reached and lost grows until it is complete."""
    caller = sandbox_with(delays=Delays(statistics_s=100))
    caller.control("PUT", "losses/tommy", {"reason": "no_token"})
    task = caller.send("timpush/batch", batch(To_Account=PEOPLE))

    early = counts(caller, task)
    caller.wait(100)
    late = counts(caller, task)

    assert (early[0], early[2]) == (4, 0)
    assert late == (4, 3, 3)


def test_losses_settle_with_the_rest(sandbox: Caller) -> None:
    """A loss that is not known yet is told by nothing."""
    sandbox.control("PUT", "delays", {"statistics_s": 100})
    sandbox.control("PUT", "losses/bonnie", {"reason": "no_token"})
    task = sandbox.send("timpush/batch", batch(To_Account=["bonnie"]))

    def lost() -> list[Body]:
        body = {**SPAN, "TaskID": [task]}
        (result,) = sandbox.call("timpush/all_member_push_loss", body)["Results"]
        found: list[Body] = result["ReadyToSendLoss"]
        return found

    assert lost() == []
    sandbox.wait(100)
    assert [each["ErrCode"] for each in lost()] == ["-2"]


def test_callbacks_come_late_and_twice(sandbox_with: Callable[..., Caller]) -> None:
    """The service promises neither that they come soon nor that each comes once."""
    with receiver() as (url, received):
        caller = sandbox_with(callback_url=url, delays=Delays(callbacks_s=60, callback_copies=2))
        caller.send("timpush/batch", batch(To_Account=["bonnie"]))
        caller.wait(59)
        caller.app.sandbox.tick()
        assert not caller.app.sandbox.state.callbacks.posted

        caller.wait(1)
        caller.app.sandbox.tick()
        caller.app.sandbox.state.callbacks.close()

    first, second = (body["Events"] for _, body in received)
    assert first == second
    assert [event["PushStage"] for event in first] == [1, 2]


@pytest.mark.parametrize(
    "wrong", [{"statistics": 5}, {"statistics_s": -1}, {"callbacks_s": "5"}, {"callback_copies": 0}]
)
def test_a_wrong_delay_is_refused(sandbox: Caller, wrong: Body) -> None:
    """With what is wrong."""
    assert "error" in sandbox.control("PUT", "delays", wrong)
    assert sandbox.control("GET", "delays") == {"statistics_s": 0, "callbacks_s": 0, "callback_copies": 1}


def test_a_task_is_edited_in_the_console(sandbox: Caller) -> None:
    """Behind the back of who made it: the stream of calls shows nothing, the service tells the new text."""
    number = sandbox.call("timpush/add_sched_task", CREATE)["TaskID"]
    content = {"OfflinePushInfo": {"Title": "edited", "Desc": "d"}}

    answer = sandbox.control("PATCH", f"scheduled/{number}", {"Content": content})

    assert answer == {"done": True}
    assert get_task(sandbox, number)["Title"] == "edited"
    assert [each["title"] for each in sandbox.control("GET", "scheduled")["scheduled"]] == ["edited"]
    paths = [call["path"] for call in sandbox.control("GET", "calls")["calls"]]
    assert paths == ["timpush/add_sched_task", "timpush/get_sched_task"]


def test_a_task_is_deleted_in_the_console(sandbox: Caller) -> None:
    """The service then knows no such task."""
    number = sandbox.call("timpush/add_sched_task", CREATE)["TaskID"]

    assert sandbox.control("DELETE", f"scheduled/{number}") == {"done": True}

    assert sandbox.code("timpush/get_sched_task", {**APP, "TaskID": number}) == 90104
    assert "no scheduled push" in sandbox.control("DELETE", f"scheduled/{number}")["error"]


def test_the_console_checks_what_is_edited(sandbox: Caller) -> None:
    """A wrong change is refused and leaves the task as it was; so does one that comes too late."""
    number = sandbox.call("timpush/add_sched_task", CREATE)["TaskID"]
    assert (
        "SchedAt"
        in sandbox.control("PATCH", f"scheduled/{number}", {"SchedAt": "2020-01-01 00:00:00"})["error"]
    )
    assert get_task(sandbox, number)["SchedAt"] == CREATE["SchedAt"]

    sandbox.wait(3600)
    sandbox.app.sandbox.tick()

    assert sandbox.control("DELETE", f"scheduled/{number}")["error"] == "the task is dispatched"
