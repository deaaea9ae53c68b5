"""Campaigns whose time the service keeps: what a person reads, what the service gets, what is recorded."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from task_desk import ADD, DELETE, GET, LIST, MODIFY, TaskDesk, days_ahead, schedule_text

from cli.kit import SECRET
from pushspec.api.project import load_project
from pushspec.api.running import apply_plan
from pushspec.clock import SystemClock, utc_now

if TYPE_CHECKING:
    from collections.abc import Callable

    from cli.kit import PushService, ServedProject

    CampaignText = Callable[..., str]

LISTED = {"endpoint": "timpush/batch", "from": "administrator"}


@pytest.fixture
def at() -> datetime:
    """When the service is to send it."""
    return days_ahead(3)


@pytest.fixture
def write(project: ServedProject, campaign: CampaignText, at: datetime) -> Callable[..., None]:
    """Return a function that writes the campaign, with other keys where a test asks for them."""

    def written(**keys: str | None) -> None:
        text = campaign(**{"schedule": schedule_text(at), **keys})
        project.write({"campaigns/hello.yaml": text})

    return written


@pytest.fixture
def scheduled(project: ServedProject, desk: TaskDesk, write: Callable[..., None]) -> ServedProject:
    """A project whose one campaign is at the service."""
    write()
    project.apply().assert_ok()
    desk.asked.clear()
    return project


def _settled(project: ServedProject) -> None:
    """Plan again: nothing is left to do, nor to compare."""
    assert [(it["state"], it["since"]) for it in project.plan_json()["campaigns"]] == [("scheduled", None)]
    assert project.run("apply", "--confirm", "0" * 32).out.endswith("Nothing to send.\n")


def test_people_hear_of_tasks_that_were_made_changed_and_cancelled(
    project: ServedProject,
    desk: TaskDesk,
    write: Callable[..., None],
    at: datetime,
    push_service: PushService,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The service sends them by itself, so a team hears when one is there and when it no longer is."""
    monkeypatch.setenv("HOOK", f"{push_service.url}/hook?token=x")
    project.configure("notify: [{url: {env: HOOK}, on: [schedule]}]")
    push_service.answer = lambda request: {} if request.path == "/hook" else desk.answer(request)
    write()
    project.apply().assert_ok()
    write(notification="{title: Another, desc: World}")
    project.apply().assert_ok()
    (project.root / "campaigns/hello.yaml").unlink()
    project.apply().assert_ok()

    heard = [request.body for request in push_service.received if request.path == "/hook"]

    when = at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
    assert [event["text"] for event in heard] == [
        f"hello@1, for {when}: 1 task {done} at the service" for done in ("made", "changed", "cancelled")
    ]
    assert {(event["event"], event["format_version"]) for event in heard} == {("schedule", 1)}


def test_a_task_is_made_with_the_body_that_the_plan_shows(
    project: ServedProject, desk: TaskDesk, write: Callable[..., None], at: datetime
) -> None:
    """No pipeline has to wake up: the service holds exactly what was reviewed, for exactly that moment."""
    write()
    (planned,) = project.plan_json()["campaigns"]
    said = " ".join(project.run("plan").out.split())

    outcome = project.apply().assert_ok()

    assert planned["state"] == "schedule"
    assert planned["schedule"]["steps"] == [{"key": "hello@1", "action": "create"}]
    assert "@ to schedule" in said
    assert "its people are fixed when its tasks are made" in said
    (task,) = desk.tasks
    assert {**task.content} == planned["calls"][0]["body"]
    assert datetime.fromtimestamp(task.due_at, UTC) == at
    assert desk.changes == ["add"]
    assert "@ hello@1 task 1 made for" in " ".join(outcome.out.split())
    assert "Applied: 0 calls sent, 1 scheduled" in outcome.out
    assert project.kinds() == ["header", "open", "schedule", "task_intent", "scheduled", "close"]
    _settled(project)


def test_the_intent_is_durable_before_the_request_leaves(
    project: ServedProject, desk: TaskDesk, write: Callable[..., None]
) -> None:
    """Whatever happens to the process then, the next run knows that there may be a task."""
    write()
    kinds: list[list[str]] = []

    def look(_: str, answer: dict[str, Any]) -> dict[str, Any]:
        kinds.append(project.kinds())
        return answer

    desk.twist = look
    project.apply().assert_ok()

    assert kinds[0][-1] == "task_intent"


def test_another_text_and_time_change_the_task_field_by_field(
    scheduled: ServedProject, desk: TaskDesk, write: Callable[..., None], at: datetime
) -> None:
    """Before it is sent a correction needs no new version, and the plan shows what differs."""
    later = at + timedelta(hours=1)
    write(schedule=schedule_text(later), notification="{title: Hello from hello, desc: Universe}")
    said = " ".join(scheduled.run("plan").out.split())
    (planned,) = scheduled.plan_json()["campaigns"]

    outcome = scheduled.apply().assert_ok()

    assert planned["state"] == "reschedule"
    assert [change["field"] for change in planned["since"]["changes"]] == ["at", "OfflinePushInfo.Desc"]
    assert "since hello@1 was scheduled:" in said
    assert "OfflinePushInfo.Desc World → Universe" in said
    (task,) = desk.tasks
    assert (task.id, task.desc, task.due_at) == (1, "Universe", later.timestamp())
    assert desk.asked == [GET, MODIFY]
    assert "1 changed at the service" in outcome.out
    assert scheduled.kinds()[-4:] == ["schedule", "task_intent", "rescheduled", "close"]
    _settled(scheduled)


def test_another_task_of_the_same_name_is_cancelled_by_another_plan(
    scheduled: ServedProject, write: Callable[..., None], desk: TaskDesk
) -> None:
    """What somebody confirmed was about the task that they saw, and not about the one that came after it."""
    file = scheduled.root / "campaigns/hello.yaml"
    file.unlink()
    confirmed = scheduled.plan_json()["digest"]
    write(notification="{title: Another, desc: World}")
    scheduled.apply().assert_ok()
    file.unlink()

    assert scheduled.plan_json()["digest"] != confirmed
    assert scheduled.run("apply", "--confirm", confirmed).code == 6
    assert len(desk.tasks) == 1


def test_a_file_that_leaves_the_tree_cancels_its_task(scheduled: ServedProject, desk: TaskDesk) -> None:
    """A push that nobody wants any more must not depend on somebody who remembers the console."""
    (scheduled.root / "campaigns/hello.yaml").unlink()
    said = " ".join(scheduled.run("plan").out.split())
    plan = scheduled.plan_json()

    outcome = scheduled.apply().assert_ok()

    assert "- to cancel at the service - hello@1 cancel 1 task for" in said
    assert "because its file is gone" in said
    assert [it["key"] for it in plan["cancellations"]] == ["hello@1"]
    assert (desk.tasks, desk.asked) == ([], [GET, DELETE])
    assert "1 cancelled at the service" in outcome.out
    log = " ".join(scheduled.run("log").out.split())
    assert "task hello@1 its task is about to be made" in log
    assert "task hello@1 the service keeps task 1" in log
    assert "task hello@1 its task is cancelled" in log
    assert scheduled.kinds()[-3:] == ["task_intent", "cancelled", "close"]
    assert scheduled.plan_json()["cancellations"] == []


def test_a_plan_of_some_campaigns_cancels_no_others(
    scheduled: ServedProject, desk: TaskDesk, campaign: CampaignText
) -> None:
    """Whoever applies one campaign by name must not take another one away."""
    (scheduled.root / "campaigns/hello.yaml").unlink()
    scheduled.write({"campaigns/other.yaml": campaign("other")})

    digest = scheduled.plan_json("other")["digest"]
    scheduled.run("apply", "other", "--confirm", digest).assert_ok()

    assert len(desk.tasks) == 1


def test_a_raised_version_replaces_the_task(
    scheduled: ServedProject, desk: TaskDesk, write: Callable[..., None]
) -> None:
    """The earlier one goes first: two tasks of one campaign would be two pushes."""
    write(version="2")

    scheduled.apply().assert_ok()

    assert desk.changes == ["delete", "add"]
    assert [task.id for task in desk.tasks] == [2]
    _settled(scheduled)


def test_a_task_that_cannot_be_cancelled_keeps_its_successor_from_being_made(
    scheduled: ServedProject, desk: TaskDesk, write: Callable[..., None]
) -> None:
    """Two versions at the service would be two pushes."""
    write(version="2")
    desk.refuse = lambda path: path == DELETE

    outcome = scheduled.apply()

    assert outcome.code == 6
    assert "the tasks of hello@1 are not cancelled" in " ".join(outcome.out.split())
    assert set(desk.changes) == {"delete"}
    assert [task.id for task in desk.tasks] == [1]
    desk.refuse = lambda _: False
    scheduled.apply().assert_ok()
    _settled(scheduled)


def test_what_the_task_would_send_is_not_sent_beside_it(
    scheduled: ServedProject, desk: TaskDesk, write: Callable[..., None], push_service: PushService
) -> None:
    """A campaign that apply is to send after all loses its task first."""
    write(schedule=None)
    desk.deaf = lambda path: path == DELETE

    outcome = scheduled.apply()

    assert outcome.code == 5
    assert not [it for it in push_service.received if it.path == "/v4/timpush/push"]
    assert "hello@1 is scheduled at the service, and not known to be sent or cancelled" in outcome.out


@pytest.mark.parametrize("number", [1, 501])
def test_many_accounts_are_several_tasks_that_are_made_and_cancelled_as_one(
    project: ServedProject, desk: TaskDesk, write: Callable[..., None], number: int
) -> None:
    """A call lists at most 500, and a campaign of which half is sent is none."""
    accounts = "\n".join(f"user-{place}" for place in range(number))
    project.write({"people.txt": accounts + "\n"})
    desk.sandbox.seed(1)
    write(audience="{file: people.txt}", **LISTED)

    project.apply().assert_ok()
    listed = [account for task in desk.tasks for account in task.content["To_Account"]]
    (project.root / "campaigns/hello.yaml").unlink()
    project.apply().assert_ok()

    assert listed == accounts.split("\n")
    assert desk.changes.count("add") == desk.changes.count("delete") == (1 if number == 1 else 2)
    assert desk.tasks == []
    assert "user-" not in json.dumps(project.lockfile())


def test_people_that_move_between_tasks_are_cancelled_before_they_are_listed_again(
    project: ServedProject, desk: TaskDesk, write: Callable[..., None]
) -> None:
    """A run that dies between two changes would leave somebody in both tasks, who would get two pushes."""
    project.write({"people.txt": "".join(f"user-{place}\n" for place in range(600))})
    write(audience="{file: people.txt}", **LISTED)
    project.apply().assert_ok()
    project.write({"people.txt": "".join(f"user-{place}\n" for place in range(1, 600))})
    desk.asked.clear()

    project.apply().assert_ok()

    assert desk.changes == ["delete", "delete", "add", "add"]
    _settled(project)


def test_a_task_that_is_refused_takes_the_others_along(
    project: ServedProject, desk: TaskDesk, write: Callable[..., None]
) -> None:
    """Made as one: half of the people would otherwise get it without anybody having decided that."""
    project.write({"people.txt": "".join(f"user-{place}\n" for place in range(600))})
    write(audience="{file: people.txt}", **LISTED)
    desk.refuse = lambda path: path == ADD and len(desk.tasks) == 1

    outcome = project.apply()

    assert outcome.code == 6
    assert "hello@1#2 was not made" in outcome.out
    assert (desk.changes, desk.tasks) == (["add", "add", "delete"], [])
    assert project.plan_json()["campaigns"][0]["since"] is None, "nothing is kept that it could differ from"
    desk.refuse = lambda _: False
    project.apply().assert_ok()
    _settled(project)


def test_a_lost_answer_is_settled_by_the_list(
    project: ServedProject, desk: TaskDesk, write: Callable[..., None]
) -> None:
    """It is never made again on the word of a timeout: the service itself says that it has it."""
    write()
    desk.lose = lambda path: path == ADD
    first = project.apply()

    assert first.code == 5
    assert "whether hello@1 was made is not known" in first.out
    assert project.kinds()[-2:] == ["task_unknown", "close"]
    assert project.run("plan").code == 5
    assert "apply asks the service first" in " ".join(project.run("plan").out.split())

    desk.lose = lambda _: False
    second = project.apply().assert_ok()

    assert "Applied: 0 calls sent" in second.out
    assert desk.changes == ["add"]
    assert project.lockfile()[-2]["found"] == "the service lists it"
    _settled(project)


def test_an_empty_list_proves_nothing_while_the_request_may_arrive(
    project: ServedProject, desk: TaskDesk, write: Callable[..., None]
) -> None:
    """The request may still be on its way, and a second one would be a second push."""
    write()
    desk.deaf = lambda path: path == ADD
    project.apply()
    desk.deaf = lambda _: False

    again = project.apply()

    assert again.code == 5
    assert "whether hello@1 was made is not known yet; apply again from" in again.out
    assert (desk.changes, desk.tasks) == (["add"], [])
    assert LIST in desk.asked


@pytest.mark.parametrize(
    "answer",
    [
        502,
        {"Tasks": []},
        {"Total": 0},
        {"Total": 7, "Tasks": []},
        {"Total": "0", "Tasks": []},
        {"Total": 0, "Tasks": {}},
        {"ErrorCode": 91000},
        {"ErrorCode": 90104},
    ],
    ids=["nothing", "no total", "no tasks", "half", "text", "another shape", "internal", "refused"],
)
def test_a_list_that_is_not_whole_settles_nothing(
    project: ServedProject, desk: TaskDesk, write: Callable[..., None], answer: Any
) -> None:
    """A service that answers nothing, half or in another shape changes nothing of what is known."""
    write()
    desk.lose = lambda path: path == ADD
    project.apply()
    desk.lose = lambda _: False
    plain = {"ActionStatus": "OK", "ErrorCode": 0, "ErrorInfo": ""}
    odd = answer if isinstance(answer, int) else {**plain, **answer}
    desk.twist = lambda path, told: odd if path == LIST else told

    again = project.apply()

    assert again.code == 5
    assert desk.changes == ["add"]
    assert project.kinds()[-2:] == ["open", "close"]


def test_a_list_that_is_not_whole_never_proves_that_nothing_was_made(
    project: ServedProject, desk: TaskDesk, write: Callable[..., None]
) -> None:
    """When the request can no longer arrive, an empty list counts; one that leaves tasks out does not."""
    write()
    desk.lose = lambda path: path == ADD
    project.apply()
    desk.lose = lambda _: False
    half = {"ActionStatus": "OK", "ErrorCode": 0, "Total": 7, "Tasks": []}
    desk.twist = lambda path, told: half if path == LIST else told
    later = SystemClock(lambda: utc_now() + timedelta(minutes=20))

    result = apply_plan(
        load_project(project.root),
        approval=project.plan_json()["digest"],
        clock=later,
        environ={"PUSH_SECRET": SECRET},
    )

    assert result.exit_code == 5
    assert desk.changes == ["add"]


@pytest.mark.parametrize("kind", ["edited", "deleted"])
def test_what_somebody_did_in_the_console_is_not_overwritten(
    scheduled: ServedProject, desk: TaskDesk, write: Callable[..., None], kind: str
) -> None:
    """Whoever edited it had a reason; a raised version says that the file wins."""
    (task,) = desk.tasks
    content = {**task.content, "OfflinePushInfo": {"Title": "By hand", "Desc": "World"}}
    desk.sandbox.edit_in_console(task.id, {"Content": content} if kind == "edited" else None)
    write(notification="{title: Hello from hello, desc: Universe}")

    outcome = scheduled.apply()

    assert outcome.code == 6
    assert f"was {kind} in the console" in outcome.out
    assert "raise version to replace it" in outcome.out
    assert desk.changes == []

    write(version="2", notification="{title: Hello from hello, desc: Universe}")
    scheduled.apply().assert_ok()
    assert [it.desc for it in desk.tasks] == ["Universe"]
    _settled(scheduled)


def test_a_task_that_was_deleted_by_hand_needs_no_cancelling(
    scheduled: ServedProject, desk: TaskDesk
) -> None:
    """File and console agree that it is gone."""
    desk.sandbox.edit_in_console(1, None)
    (scheduled.root / "campaigns/hello.yaml").unlink()

    scheduled.apply().assert_ok()

    assert desk.changes == []
    assert scheduled.plan_json()["cancellations"] == []


@pytest.mark.parametrize("state", ["sent", "being sent"])
def test_a_task_that_is_over_is_neither_changed_nor_cancelled(
    scheduled: ServedProject, desk: TaskDesk, write: Callable[..., None], state: str
) -> None:
    """Its clock is the service's: it may be ahead of ours, and what is sent is sent."""
    if state == "sent":
        desk.send_what_is_due(after=timedelta(days=4))
    else:
        task = {"TaskID": 1, "Type": "All", "SchedAt": "2026-12-01 00:00:00", "Content": {}, "PushTaskID": ""}
        told = {"ActionStatus": "OK", "ErrorCode": 0, "TaskInfo": {**task, "Status": "dispatching"}}
        desk.twist = lambda path, answer: told if path == GET else answer
    write(notification="{title: Hello from hello, desc: Universe}")

    outcome = scheduled.apply()

    assert outcome.code == 6
    assert "the service has sent hello@1, or is about to" in outcome.out
    assert desk.changes == []
    assert ("dispatched" in scheduled.kinds()) is (state == "sent")


def test_a_freeze_blocks_making_and_not_cancelling(
    project: ServedProject, desk: TaskDesk, write: Callable[..., None]
) -> None:
    """In an incident nothing new may leave, and what waits must be easy to stop."""
    write()
    project.apply().assert_ok()
    project.run("freeze", "incident", "--by", "ada").assert_ok()
    write(notification="{title: Other, desc: World}")
    assert project.states() == {"hello": "frozen"}
    (project.root / "campaigns/hello.yaml").unlink()

    project.apply().assert_ok()

    assert (desk.changes, desk.tasks) == (["add", "delete"], [])


def test_a_freeze_holds_for_what_is_under_way(
    scheduled: ServedProject, desk: TaskDesk, write: Callable[..., None]
) -> None:
    """Somebody freezes everything while apply still reads: the change no longer leaves."""
    write(notification="{title: Other, desc: World}")

    def freeze(path: str, answer: dict[str, Any]) -> dict[str, Any]:
        if path == GET:
            scheduled.run("freeze", "incident", "--by", "ada").assert_ok()
        return answer

    desk.twist = freeze

    outcome = scheduled.apply()

    assert outcome.code == 6
    assert "frozen: incident" in outcome.out
    assert desk.changes == []


def test_the_day_of_at_has_room_for_it(
    project: ServedProject, desk: TaskDesk, campaign: CampaignText, at: datetime
) -> None:
    """Two tasks of one day take two of that day's pushes, and today's are untouched."""
    text = (project.root / "pushspec.yaml").read_text()
    limited = text.replace("    secret_key", "    limits: {push_calls_per_day: 1}\n    secret_key")
    project.write(
        {
            "pushspec.yaml": limited,
            "campaigns/a.yaml": campaign("a", schedule=schedule_text(at)),
            "campaigns/b.yaml": campaign("b", schedule=schedule_text(at + timedelta(hours=2))),
            "campaigns/c.yaml": campaign("c", schedule=schedule_text(at + timedelta(days=2))),
        }
    )
    plan = project.plan_json()

    assert project.states() == {"a": "schedule", "b": "blocked", "c": "schedule"}
    assert "quota (1 of 1 calls of that day are used, 1 needed)" in plan["campaigns"][1]["reason"]
    project.apply()
    assert project.states() == {"a": "scheduled", "b": "blocked", "c": "scheduled"}
    assert project.plan_json()["quota"]["used"] == 0


def test_quiet_hours_are_judged_for_at(
    project: ServedProject, desk: TaskDesk, campaign: CampaignText, at: datetime
) -> None:
    """It is made by day and leaves by night: what counts is when phones ring."""
    hours = f"{{from: '{at:%H}:00', to: '{at + timedelta(hours=1):%H}:00', timezone: UTC}}"
    text = (project.root / "pushspec.yaml").read_text()
    project.write(
        {
            "pushspec.yaml": f"{text}policy: {{quiet_hours: {hours}}}\n",
            "campaigns/hello.yaml": campaign(schedule=schedule_text(at)),
        }
    )

    (planned,) = project.plan_json()["campaigns"]

    assert planned["state"] == "blocked"
    assert "quiet-hours" in planned["reason"]
    assert project.apply().code == 6
    assert desk.asked == []


def test_what_must_be_tried_is_tried_before_its_task_is_made_or_changed(
    project: ServedProject, desk: TaskDesk, write: Callable[..., None]
) -> None:
    """A task leaves by itself, so its text is on a phone first, and again where the text changes."""
    project.configure("testers: {accounts: [guest001]}")
    text = (project.root / "pushspec.yaml").read_text()
    project.write({"pushspec.yaml": f"{text}policy: {{require: [tried]}}\n"})
    write()
    assert project.states() == {"hello": "blocked"}
    assert (project.apply().code, desk.changes) == (6, [])

    _try(project)
    project.apply().assert_ok()
    _settled(project)
    write(notification="{title: Other, desc: World}")
    assert project.states() == {"hello": "blocked"}
    assert (project.apply().code, desk.changes) == (6, ["add"])

    _try(project)
    project.apply().assert_ok()
    assert desk.changes == ["add", "modify"]
    _settled(project)


def _try(project: ServedProject) -> None:
    asked = project.run("try", "hello")
    digest = asked.err.rpartition("--confirm ")[2].strip()
    project.run("try", "hello", "--no-trace", "--confirm", digest).assert_ok()


def test_a_time_that_has_passed_makes_no_task(
    project: ServedProject, desk: TaskDesk, campaign: CampaignText
) -> None:
    """Nobody knows what the service does with a time in the past, and nobody should find out."""
    project.write({"campaigns/hello.yaml": campaign(schedule=schedule_text(days_ahead(-1)))})

    assert project.states() == {"hello": "expired"}
    project.apply()
    assert desk.asked == []


def test_a_time_that_was_moved_into_the_past_leaves_the_task_as_it_is(
    scheduled: ServedProject, desk: TaskDesk, write: Callable[..., None]
) -> None:
    """The task still goes out at its old time, which whoever made the mistake has to hear."""
    write(schedule=schedule_text(days_ahead(-1)))
    (planned,) = scheduled.plan_json()["campaigns"]

    scheduled.apply()

    assert planned["state"] == "blocked"
    assert re.fullmatch(r"its time passed .+; its task of .+ is still kept", planned["reason"])
    assert desk.changes == []


def test_no_pace_of_the_project_holds_a_task(project: ServedProject, write: Callable[..., None]) -> None:
    """Whoever spares their own servers must learn that the service does not."""
    text = (project.root / "pushspec.yaml").read_text()
    paced = text.replace("    secret_key", "    pace: {users_per_second: 200}\n    secret_key")
    project.write({"pushspec.yaml": paced})
    write(audience="{accounts: [bonnie]}", **LISTED)

    outcome = project.run("validate")

    assert outcome.code == 1
    assert "the service sends all accounts at once" in outcome.out


@pytest.mark.parametrize(
    ("keys", "rule", "place"),
    [
        (
            {"schedule": '{at: "2026-12-01T10:00:00Z", by: service, local: "2026-12-01T10:00"}'},
            "schedule-choice",
            "7:16",
        ),
        ({"schedule": '{at: "2026-12-01T10:00:00+08:00"}'}, "schedule-by-service", "7:11"),
        ({"schedule": "{by: service}"}, "schedule-by-service", "7:11"),
        ({"schedule": '{at: "2026-12-01T10:00:00.5+08:00", by: service}'}, "schedule-by-service", "7:11"),
        (
            {"schedule": '{at: "2026-12-01T10:00:00Z", by: service, not_after: "2026-12-01T09:00:00Z"}'},
            "schedule-order",
            "7:11",
        ),
        ({"schedule": '{at: "2026-12-01T10:00:00", by: service}'}, "schedule-time", "7:16"),
        (
            {
                "schedule": '{at: "2026-12-01T10:00:00Z", by: service}',
                "endpoint": "openim/batchsendmsg",
                "message": "[{text: hi}]",
                "notification": None,
                "audience": "{accounts: [bonnie]}",
                "from": "administrator",
            },
            "schedule-by-service",
            "7:40",
        ),
        (
            {
                "schedule": '{at: "2026-12-01T10:00:00Z", by: service}',
                "rollout": "[{stage: a, share: 5%}, {stage: b}]",
                "audience": "{accounts: [bonnie]}",
                **LISTED,
            },
            "schedule-by-service",
            "8:1",
        ),
    ],
    ids=["local", "no by", "no at", "fraction", "outside", "no offset", "endpoint", "rollout"],
)
def test_what_no_task_can_hold_is_an_error_with_its_place(
    project: ServedProject, campaign: CampaignText, keys: dict[str, str | None], rule: str, place: str
) -> None:
    """The reason comes in the editor and the pull request, not from the service at night."""
    head = {"audience": "{everyone: true}", "notification": None}
    text = campaign(**{**head, "notification": "{title: a, desc: b}", **keys})
    lines = text.splitlines()
    order = ["apiVersion", "kind", "name", "version", "endpoint", "audience", "schedule", "rollout"]
    known = {line.partition(":")[0]: line for line in lines}
    rest = [line for name, line in known.items() if name not in order]
    project.write(
        {"campaigns/hello.yaml": "\n".join([*(known[it] for it in order if it in known), *rest]) + "\n"}
    )

    outcome = project.run("validate")

    assert outcome.code == 1
    assert f"campaigns/hello.yaml:{place}: error[{rule}]" in outcome.out + outcome.err


def test_a_status_lists_campaigns_in_the_order_of_a_plan(
    scheduled: ServedProject, campaign: CampaignText
) -> None:
    """What somebody has to look at stands above what goes by itself."""
    scheduled.write({"campaigns/other.yaml": campaign(name="other")})
    scheduled.run("stop", "other", "--why", "wrong price").assert_ok()

    rows = re.findall(r"^  ([!:]) (\w+)@1 ", scheduled.run("status").out, flags=re.MULTILINE)
    assert rows == [("!", "other"), (":", "hello")]


def test_show_says_that_the_service_is_to_send_it(scheduled: ServedProject) -> None:
    """It denied that anything was known of a task, and led to a plan that shows nothing more."""
    shown = scheduled.run("show", "hello")

    assert shown.code == 2
    assert shown.err == (
        "error: nothing of hello@1 was sent yet: the service is to send it\nhint: pushspec status says when\n"
    )
