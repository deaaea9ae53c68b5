"""Pushes to browsers: whom they reach, what an open and a closed page get, rates, TaskIds and counts.

Sources: https://trtc.io/zh/document/80440 (everyone, tags), 80441 (listed accounts).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from pushspec.tencent.limits import Edition, Limits, limits_for
from sandbox.kit import START, batch, push, webbatch, webpush

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.kit import Body, Caller

MESSAGE = {"Title": "m", "Desc": "in the page"}
APP, BROWSER = 0, 1
"""Places of ada's devices; her page is open. Lin's browser comes first, and no page is open there."""


def test_task_ids_have_the_documented_shapes(sandbox: Caller) -> None:
    """Those of list pushes begin with wbat@1_; what those of all begin with, no page says."""
    assert re.fullmatch(r"wbat@1_[0-9a-f]+_53724e00_[0-9a-f_]+", sandbox.send("timpush/webbatch", webbatch()))
    assert sandbox.send("timpush/webpush", webpush(MsgRandom=2))


@pytest.mark.parametrize("endpoint", ["timpush/webpush", "timpush/webbatch"])
def test_only_browsers_get_browser_pushes(sandbox: Caller, endpoint: str) -> None:
    """A phone of the same person stays silent, and the other way round."""
    sandbox.send(endpoint, {"timpush/webpush": webpush(), "timpush/webbatch": webbatch()}[endpoint])
    assert [len(sandbox.notifications("ada", place)) for place in (APP, BROWSER)] == [0, 1]

    sandbox.send("timpush/batch", batch(To_Account=["ada"], MsgRandom=2))
    assert [len(sandbox.notifications("ada", place)) for place in (APP, BROWSER)] == [1, 1]


@pytest.mark.parametrize(
    ("fields", "page_open", "page_closed"),
    [
        ({}, ("vendor", "t"), ("vendor", "t")),
        ({"Message": MESSAGE}, ("online", "m"), ("vendor", "t")),
        ({"Message": MESSAGE, "WebInfo": None}, ("online", "m"), None),
    ],
    ids=["WebInfo", "both", "Message"],
)
def test_an_open_page_gets_the_message_and_a_closed_one_the_notification(
    sandbox: Caller, fields: Body, page_open: tuple[str, str], page_closed: tuple[str, str] | None
) -> None:
    """Both together: Message where the page is open, WebInfo where it is not."""
    sandbox.send("timpush/webbatch", webbatch(To_Account=["ada", "lin"], **fields))

    ada, lin = sandbox.notifications("ada", BROWSER)[0], sandbox.notifications("lin")[0]
    assert (ada["channel"], ada["title"]) == page_open
    assert (None if lin["state"] == "lost" else (lin["channel"], lin["title"])) == page_closed


def test_a_browser_without_a_subscription_gets_nothing(sandbox: Caller) -> None:
    """The loss has the reason that statistics give."""
    browser = sandbox.device("lin")["id"]
    sandbox.control("PATCH", f"devices/{browser}", {"token": None})

    sandbox.send("timpush/webbatch", webbatch(To_Account=["lin"]))

    assert sandbox.notifications("lin")[0]["code"] == -2


def test_tags_narrow_a_browser_push(sandbox: Caller) -> None:
    """Lin is vip, ada is not."""
    sandbox.send("timpush/webpush", webpush(Condition={"TagsAnd": ["vip", "beta"]}))

    assert len(sandbox.notifications("lin")) == 1
    assert sandbox.notifications("ada", BROWSER) == []


def test_unknown_accounts_are_listed(sandbox: Caller) -> None:
    """As timpush/batch does, with ActionStatus OK."""
    answer = sandbox.call("timpush/webbatch", webbatch(To_Account=["ada", "ghost"]))

    assert (answer["ActionStatus"], [each["To_Account"] for each in answer["ErrorList"]]) == ("OK", ["ghost"])


def test_browser_pushes_must_be_more_than_a_second_apart(sandbox: Caller) -> None:
    """Among each other; a push to phones is another endpoint."""
    assert sandbox.code("timpush/webpush", webpush()) == 0
    assert sandbox.code("timpush/push", push()) == 0
    sandbox.wait(1)
    assert sandbox.code("timpush/webpush", webpush(MsgRandom=2)) == 90024
    sandbox.wait(0.1)
    assert sandbox.code("timpush/webpush", webpush(MsgRandom=2)) == 0


def test_the_day_has_so_many_browser_pushes(sandbox_with: Callable[..., Caller]) -> None:
    """10 in the trial edition, 100 in the others; pushes to phones are counted apart."""
    caller = sandbox_with(limits=Limits().with_overrides({"push_calls_per_day": 1}))
    caller.send("timpush/push", push())
    caller.send("timpush/webpush", webpush())
    caller.wait(2)

    assert caller.code("timpush/webpush", webpush(MsgRandom=2)) == 90047


def test_a_trial_app_reaches_thirty_users_a_second(sandbox_with: Callable[..., Caller]) -> None:
    """500 in the standard edition."""
    caller = sandbox_with(limits=limits_for(Edition.FREE))
    accounts = [f"user{number}" for number in range(30)]

    assert caller.code("timpush/webbatch", webbatch(To_Account=accounts)) == 0
    assert caller.code("timpush/webbatch", webbatch(MsgRandom=2)) == 60007


def test_browser_pushes_are_counted(sandbox: Caller) -> None:
    """By the same statistics as other pushes."""
    task = sandbox.send("timpush/webbatch", webbatch(To_Account=["ada", "lin"]))
    span = {"StartTime": int(START) - 60, "EndTime": int(START) + 60}

    (result,) = sandbox.call("timpush/all_member_push_statistics", {**span, "TaskID": [task]})["Results"]

    assert (result["TotalCount"], result["DeliveredCount"]) == (2, 2)
