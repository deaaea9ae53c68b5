"""Tasks at the service after they were made: drift, what status tells, and the TaskId once they are sent."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from task_desk import ADD, GET, TaskDesk, days_ahead, schedule_text

from cli.kit import SECRET
from pushspec.api.project import load_project
from pushspec.api.report import ReportOptions, make_report
from pushspec.clock import SystemClock, utc_now

if TYPE_CHECKING:
    from collections.abc import Callable

    from cli.kit import PushService, ServedProject

    CampaignText = Callable[..., str]


@pytest.fixture
def scheduled(project: ServedProject, desk: TaskDesk, campaign: CampaignText) -> ServedProject:
    """A project whose one campaign is at the service."""
    project.write({"campaigns/hello.yaml": campaign(schedule=schedule_text(days_ahead(3)))})
    project.apply().assert_ok()
    desk.asked.clear()
    return project


def _flat(text: str) -> str:
    return " ".join(text.split())


def test_a_plan_asks_nobody_unless_it_is_told_to(scheduled: ServedProject, desk: TaskDesk) -> None:
    """A stranger's pull request is planned without a secret and without the network."""
    scheduled.run("plan").assert_ok()

    assert desk.asked == []
    scheduled.run("plan", "--refresh").assert_ok()
    assert desk.asked == [GET]


@pytest.mark.parametrize("kind", ["edited", "deleted", "moved"])
def test_a_refreshed_plan_shows_what_somebody_did_and_keeps_its_digest(
    scheduled: ServedProject, desk: TaskDesk, kind: str
) -> None:
    """The pull request is red while it is cheap; the digest is over the files, so an approval stays good."""
    (task,) = desk.tasks
    edit: dict[str, dict[str, Any] | None] = {
        "edited": {"Content": {**task.content, "OfflinePushInfo": {"Title": "By hand", "Desc": "World"}}},
        "moved": {"SchedAt": "2030-01-01 00:00:00"},
        "deleted": None,
    }
    said = {
        "edited": "OfflinePushInfo.Title is By hand, not Hello from hello",
        "moved": "its time is 2030-01-01 00:00",
        "deleted": "task 1 (hello@1) was deleted in the console",
    }
    before = scheduled.plan_json()["digest"]
    desk.sandbox.edit_in_console(task.id, edit[kind])

    outcome = scheduled.run("plan", "--refresh")
    plan = scheduled.plan_json("--refresh")

    assert outcome.code == 6
    assert "# drifted" in outcome.out
    assert said[kind] in _flat(outcome.out)
    assert "raise version to replace it" in _flat(outcome.out)
    assert plan["digest"] == before
    assert plan["campaigns"][0]["state"] == "drifted"
    assert said[kind] in plan["campaigns"][0]["schedule"]["drift"][0]
    assert scheduled.states() == {"hello": "scheduled"}


@pytest.mark.parametrize("form", ["markdown", "html"])
def test_every_form_of_a_plan_shows_drift_and_cancellation(
    scheduled: ServedProject, desk: TaskDesk, campaign: CampaignText, form: str
) -> None:
    """Whoever approves reads the pull request, and not the terminal."""
    other = campaign("other", schedule=schedule_text(days_ahead(4)))
    scheduled.write({"campaigns/other.yaml": other})
    scheduled.apply().assert_ok()
    (scheduled.root / "campaigns/other.yaml").unlink()
    desk.sandbox.edit_in_console(1, None)

    shown = scheduled.run("plan", "--refresh", "--format", form).out

    assert "was deleted in the console" in shown
    assert "other@1" in shown
    assert "because its file is gone" in shown
    assert "The next apply cancels 1 campaign at the service." in shown


@pytest.mark.parametrize(
    "twist",
    [
        {"Content": {"From_Account": 14, "MsgRandom": 7}},
        {"Extra": 1, "Content": {"ReceiptId": "x", "OfflinePushInfo": {"PushFlag": 0, "AndroidInfo": {}}}},
        {"Content": {"MsgRandom": "7"}},
    ],
    ids=["a sender and another number", "fields of its own", "numbers as text"],
)
def test_what_the_service_adds_by_itself_is_no_drift(
    scheduled: ServedProject, desk: TaskDesk, twist: dict[str, Any]
) -> None:
    """A false alarm would block every change, and teach people to raise versions for nothing."""

    def added(path: str, answer: dict[str, Any]) -> dict[str, Any]:
        if path == GET:
            told, content = answer["TaskInfo"], answer["TaskInfo"]["Content"]
            extra = dict(twist.get("Content", {}))
            info = {**content["OfflinePushInfo"], **extra.pop("OfflinePushInfo", {})}
            told |= {**twist, "Content": {**content, **extra, "OfflinePushInfo": info}}
        return answer

    desk.twist = added

    assert scheduled.run("plan", "--refresh").code == 0


@pytest.mark.parametrize(
    "answer",
    [
        502,
        {},
        {"TaskInfo": {}},
        {"TaskInfo": {"TaskID": 7}},
        {"TaskInfo": {"TaskID": "1"}},
        {"TaskInfo": {"TaskID": 1, "Type": "All", "SchedAt": "soon", "Content": {}}},
        {"TaskInfo": {"TaskID": 1, "PushTaskID": 5}},
        {"TaskInfo": []},
    ],
    ids=["nothing", "empty", "half", "another task", "text", "no time", "another shape", "a list"],
)
def test_what_is_not_understood_changes_nothing(
    scheduled: ServedProject, desk: TaskDesk, answer: Any
) -> None:
    """A service that answers half or in another shape must not turn into drift, nor into a send."""
    plain = {"ActionStatus": "OK", "ErrorCode": 0, "ErrorInfo": ""}
    odd = answer if isinstance(answer, int) else {**plain, **answer}
    desk.twist = lambda path, told: odd if path == GET else told
    before = scheduled.kinds()

    status = scheduled.run("status")
    scheduled.run("plan", "--refresh")

    assert status.code == 0
    assert "note: " in status.err
    assert scheduled.kinds() == before
    assert scheduled.states() == {"hello": "scheduled"}


def test_status_says_until_when_it_can_be_changed(scheduled: ServedProject, desk: TaskDesk) -> None:
    """Whoever looks in the evening must see what will leave at night."""
    outcome = scheduled.run("status").assert_ok()
    (told,) = json.loads(scheduled.run("status", "--format", "json").out)["schedules"]

    assert ": at the service" in outcome.out
    assert ": hello@1 timpush/push everyone · for" in _flat(outcome.out)
    assert "can be changed until then" in _flat(outcome.out)
    assert "0 campaigns, 1 at the service, 0 calls in doubt" in outcome.out
    assert told["tasks"] == [{"key": "hello@1", "state": "scheduled", "number": 1, "text": ""}]
    assert desk.asked == [GET, GET]
    assert scheduled.run("status", "--offline").code == 0
    assert len(desk.asked) == 2


def test_status_ends_with_5_while_a_task_is_in_doubt(
    project: ServedProject, desk: TaskDesk, campaign: CampaignText
) -> None:
    """A scheduled job that watches `status` hears of it."""
    project.write({"campaigns/hello.yaml": campaign(schedule=schedule_text(days_ahead(3)))})
    desk.deaf = lambda path: path == ADD
    project.apply()

    outcome = project.run("status")

    assert outcome.code == 5
    assert "? hello@1" in _flat(outcome.out)
    assert "= hello@1 was in doubt and is settled" not in outcome.out
    assert "1 task in doubt" in outcome.out


def test_status_shows_drift(scheduled: ServedProject, desk: TaskDesk) -> None:
    """Somebody deleted it: nothing will leave, and nobody else would tell."""
    desk.sandbox.edit_in_console(1, None)

    outcome = scheduled.run("status").assert_ok()

    assert "# hello@1" in _flat(outcome.out)
    assert "was deleted in the console" in _flat(outcome.out)


def test_the_task_id_comes_into_the_lockfile_once_it_is_sent(
    project: ServedProject, desk: TaskDesk, campaign: CampaignText
) -> None:
    """From then on it is a campaign that was sent: reports, recalls and policies know it."""
    at = days_ahead(3)
    project.write({"campaigns/hello.yaml": campaign(schedule=schedule_text(at))})
    project.apply().assert_ok()
    desk.send_what_is_due(after=timedelta(days=4))

    project.run("status").assert_ok()
    project.run("status").assert_ok()

    assert project.kinds().count("dispatched") == 1
    record = next(it for it in project.lockfile() if it["record"] == "dispatched")
    assert record["task_id"]
    (planned,) = project.plan_json()["campaigns"]
    assert (planned["state"], planned["sent"][0]["task_id"]) == ("sent", record["task_id"])
    assert "= hello@1" in _flat(project.run("status").out)
    assert "hello@1" in project.run("recall", "hello").out
    project.write({"campaigns/hello.yaml": campaign(schedule=schedule_text(at), notification="{title: X}")})
    assert project.states() == {"hello": "changed"}


def test_a_report_asks_for_what_is_overdue(
    project: ServedProject, desk: TaskDesk, campaign: CampaignText
) -> None:
    """Whoever asks how it went must not have to know that `status` comes first."""
    project.write({"campaigns/hello.yaml": campaign(schedule=schedule_text(days_ahead(3)))})
    project.apply().assert_ok()
    desk.send_what_is_due(after=timedelta(days=4))
    later = SystemClock(read_wall=lambda: utc_now() + timedelta(days=4))

    report = make_report(
        load_project(project.root), ReportOptions(), clock=later, environ={"PUSH_SECRET": SECRET}
    )

    assert [it.key for it in report.campaigns] == ["hello@1"]
    assert project.kinds()[-1] in {"dispatched", "stats"}


def test_a_task_that_the_service_could_not_send_is_told_as_such(
    scheduled: ServedProject, desk: TaskDesk
) -> None:
    """Nothing went out, and only a raised version sends it."""

    def failed(path: str, answer: dict[str, Any]) -> dict[str, Any]:
        if path == GET:
            answer["TaskInfo"] |= {"Status": "dispatched", "DispatchSuccess": 0, "DispatchErr": "90045: off"}
        return answer

    desk.twist = failed

    outcome = scheduled.run("status").assert_ok()

    assert "! hello@1" in _flat(outcome.out)
    assert "hello@1 was not sent: 90045: off" in _flat(outcome.out)
    assert scheduled.kinds()[-1] == "dispatched"
    assert scheduled.lockfile()[-1].get("task_id") is None
    assert scheduled.states() == {"hello": "blocked"}
    asked = len(desk.asked)
    scheduled.apply()
    assert len(desk.asked) == asked


@pytest.fixture
def of_two_tasks(project: ServedProject, desk: TaskDesk, campaign: CampaignText) -> ServedProject:
    """A campaign to more people than one task takes, whose two tasks are made."""
    del desk  # it answers
    project.write({"people.txt": "".join(f"user-{place}\n" for place in range(600))})
    keys = {"endpoint": "timpush/batch", "from": "administrator", "audience": "{file: people.txt}"}
    project.write({"campaigns/hello.yaml": campaign(schedule=schedule_text(days_ahead(3)), **keys)})
    project.apply().assert_ok()
    return project


def test_apply_sends_no_part_of_what_the_service_sends(
    of_two_tasks: ServedProject, desk: TaskDesk, push_service: PushService
) -> None:
    """Of two tasks one is known to be sent: the other one is the service's, and never apply's."""

    def only_first(path: str, answer: dict[str, Any]) -> dict[str, Any]:
        if path == GET and answer["TaskInfo"]["TaskID"] == 1:
            answer["TaskInfo"] |= {"Status": "dispatched", "PushTaskID": "task-1"}
        return answer

    desk.twist = only_first
    of_two_tasks.run("status").assert_ok()

    said = of_two_tasks.run("plan", "--all").out
    of_two_tasks.apply()

    assert of_two_tasks.states() == {"hello": "scheduled"}
    assert "1 of 2 tasks is sent; status asks the service for the others" in _flat(said)
    assert not [it for it in push_service.received if it.path == "/v4/timpush/batch"]


def test_what_the_service_sent_in_part_needs_a_new_version(
    of_two_tasks: ServedProject, desk: TaskDesk, push_service: PushService
) -> None:
    """One of two tasks is sent, and the other one never will be: nobody gets it twice by a further apply."""

    def first_alone(path: str, answer: dict[str, Any]) -> dict[str, Any]:
        if path == GET and answer["TaskInfo"]["TaskID"] == 1:
            answer["TaskInfo"] |= {"Status": "dispatched", "PushTaskID": "task-1"}
        elif path == GET:
            answer["TaskInfo"] |= {"Status": "dispatched", "DispatchSuccess": 0, "DispatchErr": "90045: off"}
        return answer

    desk.twist = first_alone
    of_two_tasks.run("status").assert_ok()
    said = of_two_tasks.run("plan", "--all").out
    changes = list(desk.changes)
    of_two_tasks.apply()

    assert of_two_tasks.states() == {"hello": "blocked"}
    assert "1 of 2 tasks is sent; raise version to send it again" in _flat(said)
    assert desk.changes == changes
    assert not [it for it in push_service.received if it.path == "/v4/timpush/batch"]
