"""The control path: time, devices, people, calls and what a foreign web page may not do."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from pushspec.sandbox.clock import Clock
from sandbox.kit import batch, push

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sandbox.kit import Caller


def test_a_day_of_quota_is_over_in_a_moment(sandbox: Caller) -> None:
    """The clock is moved over HTTP, and the sandbox's time with it."""
    before = sandbox.control("GET", "clock")["now"]

    after = sandbox.control("POST", "clock", {"advance": 86_400})

    assert after == {"now": before + 86_400, "speed": 0}


def test_time_runs_faster_and_stops() -> None:
    """Speed changes keep the time that has passed."""
    machine = [100.0]
    clock = Clock(speed=60, source=lambda: machine[0])
    machine[0] += 2
    assert clock.now() == 220

    clock.run_at(0)
    machine[0] += 1000

    assert (clock.now(), clock.wall()) == (220, 1102)


@pytest.mark.parametrize("body", [{"advance": -1}, {"speed": -1}, {"advance": "much"}])
def test_time_does_not_go_back(sandbox: Caller, body: dict[str, object]) -> None:
    """A quota that came back to life would confuse everyone."""
    answer = sandbox.request("POST", "/sandbox/clock", content=json.dumps(body))

    assert answer.status_code == 400


def test_signatures_go_by_the_machines_time(sandbox: Caller) -> None:
    """A client signs by its own clock, however far the sandbox's was moved."""
    sandbox.wait(365 * 86_400)

    assert sandbox.code("timpush/push", push()) == 0


def test_calls_come_with_the_meaning_of_their_code(sandbox: Caller) -> None:
    """In both languages, with advice and the vendor's page; 90057 means another thing elsewhere."""
    sandbox.call("timpush/batch", batch(DataId="x" * 65))

    (call,) = sandbox.control("GET", "calls")["calls"]

    assert (call["code"], call["meaning"], call["meaning_zh"]) == (
        90057,
        "the DataId is over 64 bytes",
        "DataId 超过 64 字节",
    )
    assert call["source"].startswith("https://")


def test_a_refused_recall_is_not_told_to_send_again(sandbox: Caller) -> None:
    """Raising a version sends; and of a push that may have gone out the advice is to look first."""
    sandbox.call("timpush/revoke", {"TaskId": "none", "OfflinePushInfo": {"Title": "t", "Desc": "d"}})
    sandbox.control("PUT", "faults", {"faults": [{"kind": "error", "code": 91000}]})
    sandbox.call("timpush/batch", batch())

    recall, send = sandbox.control("GET", "calls")["calls"]

    assert (recall["meaning"] != "", recall["advice"], recall["advice_zh"]) == (True, "", "")
    assert "may have gone out" in send["advice"]
    assert "可能已发出" in send["advice_zh"]


def test_who_got_most_is_found_among_any_number(sandbox: Caller) -> None:
    """A push to hundreds of people later, those who got it last fill the list."""
    assert sandbox.control("GET", "most") == {"account": ""}
    for number in range(3):
        sandbox.call("timpush/batch", batch(To_Account=["user3"], MsgRandom=number))
    sandbox.app.sandbox.seed(500, seed=1, prefix="crowd")
    sandbox.call("timpush/push", push(MsgRandom=9))
    sandbox.app.sandbox.tick()
    listed = sandbox.control("GET", "accounts?limit=200")["accounts"]

    assert "user3" not in {each["account"] for each in listed}
    assert sandbox.control("GET", "most") == {"account": "user3"}


def test_a_recall_is_seen_after_a_run_of_many_pushes(sandbox: Caller) -> None:
    """A run of fifty campaigns must not hide what was taken back before it."""
    task = sandbox.call("timpush/push", push())["TaskId"]
    sandbox.call("timpush/revoke", {"TaskId": task, "OfflinePushInfo": {"Title": "t", "Desc": "d"}})
    for number in range(50):
        sandbox.call("timpush/batch", batch(MsgRandom=number))
        sandbox.wait(1)

    pushes = sandbox.control("GET", "state")["pushes"]

    assert [each["task_id"] for each in pushes if each["revoked_at"]] == [task]


def test_calls_can_be_asked_for_from_a_number_on(sandbox: Caller) -> None:
    """The page asks only for what is new."""
    for number in range(3):
        sandbox.call("timpush/batch", batch(MsgRandom=number))
    first = sandbox.control("GET", "calls")["calls"][0]["id"]

    assert len(sandbox.control("GET", f"calls?after={first}")["calls"]) == 2


def test_accounts_are_found_by_part_of_a_name(sandbox: Caller) -> None:
    """By UserID or nick, in any script."""
    found = sandbox.control("GET", "accounts?search=阿")["accounts"]

    assert [each["account"] for each in found] == ["rong"]
    assert found[0]["vendors"] == ["oppo", "apns"]


def test_who_got_something_lately_stands_first(sandbox: Caller) -> None:
    """What one looks for after a send is who got it."""
    sandbox.call("timpush/batch", batch(To_Account=["user3"]))
    sandbox.app.sandbox.tick()

    assert sandbox.control("GET", "accounts")["accounts"][0]["account"] == "user3"


def test_a_group_shows_the_devices_of_one_vendor(sandbox: Caller) -> None:
    """How a push looks on OPPO, whoever has one."""
    sandbox.call("timpush/batch", batch())

    devices = sandbox.control("GET", "groups/oppo?limit=5")["devices"]

    assert {device["vendor"] for device in devices} == {"oppo"}
    assert (devices[0]["account"], devices[0]["notifications"][0]["title"]) == ("rong", "t")


def test_unknown_things_are_not_found(sandbox: Caller) -> None:
    """And say what is missing."""
    for method, path in (
        ("GET", "inbox/ghost"),
        ("PATCH", "devices/999999"),
        ("POST", "notifications/999999/click"),
    ):
        answer = sandbox.request(method, f"/sandbox/{path}", content="{}")
        assert (answer.status_code, answer.json()["error"][:7]) == (404, "no such")


@pytest.mark.parametrize("change", [{"id": 5}, {"status": "asleep"}, {"sdk": ["x"]}])
def test_a_device_takes_only_sensible_changes(sandbox: Caller, change: dict[str, object]) -> None:
    """No field of the database can be reached but those meant to be."""
    device = sandbox.device("rong")["id"]

    assert "error" in sandbox.control("PATCH", f"devices/{device}", change)


def test_made_up_people_are_the_same_for_the_same_seed(sandbox: Caller) -> None:
    """So that a team's test can name them; asking again adds nobody."""
    assert sandbox.control("POST", "seed", {"count": 50, "prefix": "p"})["added"] == 50
    first = sandbox.app.sandbox.inbox("p017")
    assert sandbox.control("POST", "seed", {"count": 50, "prefix": "p"})["added"] == 0

    sandbox.control("POST", "reset", {})
    sandbox.control("POST", "seed", {"count": 50, "prefix": "p"})

    assert sandbox.app.sandbox.inbox("p017") == first


def test_reset_forgets_everything(sandbox: Caller) -> None:
    """Pushes, calls, rates and people."""
    sandbox.call("timpush/push", push())

    sandbox.control("POST", "reset", {})

    assert sandbox.control("GET", "state")["pushes"] == []
    assert sandbox.code("timpush/push", push(MsgRandom=2)) == 0
    assert len(sandbox.notifications("rong")) == 1


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Host": "evil.example"}, {"Origin": "null"}]
)
def test_a_foreign_web_page_may_do_nothing(sandbox: Caller, headers: dict[str, str]) -> None:
    """A page open in the same browser must neither reset a sandbox nor read its inbox, rebinding included."""
    for method, path in (("POST", "reset"), ("GET", "state"), ("GET", "inbox/rong")):
        answer = sandbox.request(method, f"/sandbox/{path}", content="{}", headers=headers)
        assert answer.status_code == 403


def test_the_state_shows_the_key_only_where_everyone_may_know_it(sandbox_with: Callable[..., Caller]) -> None:
    """A team's own key must not appear on a page."""
    public, private = sandbox_with(), sandbox_with(secret_key="our own")

    assert public.app.sandbox.snapshot()["app"]["secret_key"]
    assert private.app.sandbox.snapshot()["app"]["secret_key"] == ""
    assert "our own" not in repr(private.settings)


def test_the_database_of_another_version_is_replaced(
    sandbox_with: Callable[..., Caller], tmp_path: Path
) -> None:
    """After an upgrade a sandbox must work; what it held was never precious."""
    database = tmp_path / "sandbox.db"
    with closing(sqlite3.connect(database)) as other:
        other.executescript("create table accounts(x); create table gone(y); pragma user_version = 99;")

    caller = sandbox_with(database=database)

    assert caller.code("timpush/batch", batch()) == 0
