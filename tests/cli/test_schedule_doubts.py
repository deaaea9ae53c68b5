"""Tasks at the service of which an answer was lost: the service settles them first, and a person second."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from task_desk import ADD, DELETE, GET, LIST, MODIFY, TaskDesk, days_ahead, schedule_text

from pushspec.api.lockfile import open_journal
from pushspec.api.project import load_project

if TYPE_CHECKING:
    from collections.abc import Callable

    from cli.kit import Machine, ServedProject

    CampaignText = Callable[..., str]

PATHS = {"create": ADD, "change": MODIFY, "cancel": DELETE}
DONE = {"create": ["Until noon"], "change": ["Until two"], "cancel": []}
BEFORE = {"create": [], "change": ["Until noon"], "cancel": ["Until noon"]}
WHY = ("--why", "the console shows it")


@pytest.fixture
def leave_doubt(
    project: ServedProject, desk: TaskDesk, campaign: CampaignText, machine: Machine
) -> Callable[..., None]:
    """Return a function that applies up to a request whose answer is lost, or which never arrives."""

    def left(action: str, *, is_done: bool, minutes_ago: float = 0) -> None:
        text = campaign(schedule=schedule_text(days_ahead(3)), notification="{title: T, desc: Until noon}")
        project.write({"campaigns/hello.yaml": text})
        if action != "create":
            project.apply().assert_ok()
        if action == "change":
            project.write({"campaigns/hello.yaml": text.replace("Until noon", "Until two")})
        if action == "cancel":
            (project.root / "campaigns/hello.yaml").unlink()
        if is_done:
            desk.lose = lambda path: path == PATHS[action]
        else:
            desk.deaf = lambda path: path == PATHS[action]
        assert project.apply().code == 5
        desk.lose = desk.deaf = lambda _: False
        desk.asked.clear()
        machine.wait(minutes=minutes_ago)

    return left


def _flat(text: str) -> str:
    return " ".join(text.split())


def _texts(desk: TaskDesk) -> list[str]:
    return [task.desc for task in desk.tasks]


def _comes_to_rest(project: ServedProject, desk: TaskDesk, action: str) -> None:
    """Apply until the service has what the file says; then a plan has nothing left."""
    project.apply().assert_ok()
    assert _texts(desk) == DONE[action]
    assert desk.most_at_once == 1
    asked = len(desk.asked)
    assert project.run("apply", "--confirm", "0" * 32).out.endswith("Nothing to send.\n")
    assert len(desk.asked) == asked


@pytest.mark.parametrize("action", PATHS)
def test_status_settles_what_the_service_shows_as_done(
    project: ServedProject, desk: TaskDesk, leave_doubt: Callable[..., None], action: str
) -> None:
    """Whoever looks must not have to apply to learn that all is well."""
    leave_doubt(action, is_done=True)

    outcome = project.run("status").assert_ok()

    assert "= hello@1 was in doubt and is settled" in outcome.out
    assert not set(desk.asked) & set(PATHS.values())
    assert project.kinds()[-3:] == [
        "open",
        {"create": "scheduled", "change": "rescheduled", "cancel": "cancelled"}[action],
        "close",
    ]
    assert project.run("status", "--offline").code == 0
    _comes_to_rest(project, desk, action)
    assert not set(desk.asked) & set(PATHS.values())


def test_unlock_names_the_task_in_doubt(project: ServedProject, leave_doubt: Callable[..., None]) -> None:
    """Exit code 5 without a word sends people looking for what is wrong."""
    leave_doubt("create", is_done=True)
    open_journal(load_project(project.root)).take(holder="eve", purpose="apply")

    unlocked = project.run("unlock", "--why", "it died")

    assert "hello@1" in unlocked.out
    assert "pushspec resolve hello@1" in _flat(unlocked.out)
    assert unlocked.code == 5


@pytest.mark.parametrize("action", PATHS)
def test_what_the_service_does_not_show_settles_only_when_it_can_no_longer_come(
    project: ServedProject, desk: TaskDesk, leave_doubt: Callable[..., None], action: str
) -> None:
    """Seventeen minutes after its intent no request can arrive any more; then an apply makes it again."""
    leave_doubt(action, is_done=False, minutes_ago=17)

    told = json.loads(project.run("status", "--format", "json").assert_ok().out)

    assert told["tasks_in_doubt"] == []
    assert told["tasks_settled"]["hello@1"].startswith("nothing changed at the service")
    assert project.kinds()[-2:] == ["not_scheduled", "close"]
    assert _texts(desk) == BEFORE[action]
    _comes_to_rest(project, desk, action)
    assert desk.asked.count(PATHS[action]) == 1


def test_a_doubt_that_is_settled_makes_nothing_that_a_policy_forbids_by_now(
    project: ServedProject, desk: TaskDesk, leave_doubt: Callable[..., None]
) -> None:
    """The service is asked what became of it; the task is not made again for that."""
    leave_doubt("create", is_done=False, minutes_ago=17)
    text = (project.root / "pushspec.yaml").read_text()
    project.write({"pushspec.yaml": f"{text}policy: {{require: [owner]}}\n"})

    outcome = project.apply()

    assert outcome.code == 6
    assert "require (owner is missing)" in outcome.out
    assert (desk.tasks, desk.asked.count(PATHS["create"])) == ([], 0)


@pytest.mark.parametrize(
    ("action", "shown"),
    [("create", "does not list it"), ("change", "still has it as it was"), ("cancel", "still has it")],
)
def test_status_explains_a_task_that_stays_in_doubt(
    project: ServedProject, desk: TaskDesk, leave_doubt: Callable[..., None], action: str, shown: str
) -> None:
    """A person must see what is known, when it settles by itself, and what they may say."""
    leave_doubt(action, is_done=False)
    before = project.kinds()

    outcome = project.run("status")
    told = json.loads(project.run("status", "--format", "json").out)

    said = _flat(outcome.out)
    past = {"create": "made", "change": "changed", "cancel": "cancelled"}[action]
    assert outcome.code == 5
    assert f"? hello@1 is IN DOUBT: whether its task was {past}" in said
    assert f"service {shown}; the request may arrive until" in said
    assert "finds out for certain" in said
    number = " --task-id NUMBER" if action == "create" else ""
    assert f'it was {past} pushspec resolve hello@1 -e test --as done{number} --why "HOW YOU KNOW"' in said
    assert 'pushspec resolve hello@1 -e test --as not-done --why "HOW YOU KNOW"' in said
    (doubt,) = told["tasks_in_doubt"]
    assert (doubt["key"], doubt["action"]) == ("hello@1", action)
    assert doubt["told"].startswith(shown)
    assert project.kinds() == before


@pytest.mark.parametrize("action", PATHS)
def test_a_persons_word_counts_where_nobody_is_asked(
    project: ServedProject, desk: TaskDesk, leave_doubt: Callable[..., None], action: str
) -> None:
    """The service may be out of reach for whoever looked into the console."""
    leave_doubt(action, is_done=True)
    number = ["--task-id", "1"] if action == "create" else []

    outcome = project.run("resolve", "hello@1", "--as", "done", *number, "--by", "eve", *WHY, "--offline")

    outcome.assert_ok()
    assert "eve settled hello@1: its task" in outcome.out
    assert "Nothing else is in doubt." in outcome.out
    assert desk.asked == []
    assert (project.lockfile()[-2]["by"], project.lockfile()[-2]["found"]) == ("eve", WHY[1])
    assert f"(eve: {WHY[1]})" in _flat(project.run("log").out)
    _comes_to_rest(project, desk, action)


@pytest.mark.parametrize("action", PATHS)
def test_the_services_word_comes_before_the_persons(
    project: ServedProject, desk: TaskDesk, leave_doubt: Callable[..., None], action: str
) -> None:
    """Who says that nothing was done, of what was done, would have it done twice."""
    leave_doubt(action, is_done=True, minutes_ago=17)

    outcome = project.run("resolve", "hello@1", "--as", "not-done", "--why", "nothing in the console")

    assert outcome.code == 2
    assert "hello@1 is not in doubt: its task is" in _flat(outcome.err)
    assert "not_scheduled" not in project.kinds()
    _comes_to_rest(project, desk, action)


def test_a_person_and_the_service_may_agree(
    project: ServedProject, leave_doubt: Callable[..., None], desk: TaskDesk
) -> None:
    """Then the number comes from the service, whatever the person typed."""
    leave_doubt("create", is_done=True)

    outcome = project.run("resolve", "hello@1", "--as", "done", "--task-id", "9", *WHY).assert_ok()

    assert "the service's word settled hello@1: its task 1 is scheduled." in outcome.out
    _comes_to_rest(project, desk, "create")


@pytest.mark.parametrize("offline", [[], ["--offline"]], ids=["asked", "offline"])
@pytest.mark.parametrize("action", PATHS)
def test_nobody_may_call_it_not_done_while_it_may_arrive(
    project: ServedProject, leave_doubt: Callable[..., None], action: str, offline: list[str]
) -> None:
    """Too early is the one mistake that makes two tasks: a request may take a quarter of an hour."""
    leave_doubt(action, is_done=False, minutes_ago=15.2)
    before = project.kinds()

    outcome = project.run("resolve", "hello@1", "--as", "not-done", "--why", "not listed", *offline)

    assert outcome.code == 6
    assert "may still arrive at the service" in outcome.err
    assert "try again after" in outcome.err
    assert project.kinds() == before


def test_a_person_may_say_not_done_once_nothing_can_arrive(
    project: ServedProject, desk: TaskDesk, leave_doubt: Callable[..., None]
) -> None:
    """Then the next apply makes it."""
    leave_doubt("create", is_done=False, minutes_ago=17)

    project.run("resolve", "hello@1", "--as", "not-done", *WHY, "--offline").assert_ok()

    assert project.states() == {"hello": "schedule"}
    assert "nothing changed at the service: " in _flat(project.run("log").out)
    _comes_to_rest(project, desk, "create")


@pytest.mark.parametrize("action", ["change", "cancel"])
def test_nobody_may_call_done_what_the_service_has_as_it_was(
    project: ServedProject, desk: TaskDesk, leave_doubt: Callable[..., None], action: str
) -> None:
    """A task that is believed to be cancelled would send what nobody expects any more."""
    leave_doubt(action, is_done=False)
    before = project.kinds()

    outcome = project.run("resolve", "hello@1", "--as", "done", *WHY)

    assert outcome.code == 6
    assert "the service still has it" in outcome.err
    assert project.kinds() == before
    assert _texts(desk) == BEFORE[action]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--as", "done"], "which task was made?"),
        (["--as", "done", "--task-id", "seven"], "a task that was made has a number, and 'seven' is none"),
        (["--as", "done", "--task-id", "0"], "'0' is none"),
        (["--as", "done", "--task-id", "9" * 19], "is none"),
        (["--as", "not-done", "--task-id", "7"], "an id from the service goes with sent or done alone"),
        (["--as", "sent"], "hello@1 is a task at the service"),
        (["--as", "abandoned"], "hello@1 is a task at the service"),
        (["--as", "done", "--task-id", "7", "--why", " . "], "' . ' is no reason"),
    ],
)
def test_a_statement_that_says_too_little_is_refused(
    project: ServedProject, leave_doubt: Callable[..., None], arguments: list[str], said: str
) -> None:
    """Nothing is written, and the error says what to type."""
    leave_doubt("create", is_done=False, minutes_ago=17)
    before = project.kinds()

    outcome = project.run("resolve", "hello@1", *WHY, *arguments, "--offline")

    assert outcome.code == 2
    assert said in outcome.err
    assert "hint: " in outcome.err
    assert project.kinds() == before


@pytest.mark.parametrize(
    ("key", "verdict", "said"),
    [
        ("hello@1", "done", "is not in doubt: its task is scheduled"),
        ("hello@1", "sent", "the lockfile has no call hello@1"),
        ("other@1", "not-done", "the lockfile has no task other@1"),
    ],
)
def test_what_nobody_doubts_is_not_settled(
    project: ServedProject, desk: TaskDesk, campaign: CampaignText, key: str, verdict: str, said: str
) -> None:
    """A wrong key must not change what is known."""
    project.write({"campaigns/hello.yaml": campaign(schedule=schedule_text(days_ahead(3)))})
    project.apply().assert_ok()
    before = project.kinds()

    outcome = project.run("resolve", key, "--as", verdict, *WHY)

    assert outcome.code == 2
    assert said in outcome.err
    assert project.kinds() == before
    assert desk.changes == ["add"]


def test_the_number_of_another_task_is_refused(
    project: ServedProject, desk: TaskDesk, campaign: CampaignText, leave_doubt: Callable[..., None]
) -> None:
    """Two campaigns with one task would cancel each other's push."""
    project.write({"campaigns/other.yaml": campaign("other", schedule=schedule_text(days_ahead(4)))})
    project.apply().assert_ok()
    leave_doubt("create", is_done=False)

    outcome = project.run("resolve", "hello@1", "--as", "done", "--task-id", "1", *WHY, "--offline")

    assert outcome.code == 2
    assert "task 1 is known to be another one" in outcome.err


@pytest.mark.parametrize("odd", [502, {}, {"Total": 3, "Tasks": []}], ids=["nothing", "empty", "half"])
def test_a_list_that_is_not_whole_settles_nothing(
    project: ServedProject, desk: TaskDesk, leave_doubt: Callable[..., None], odd: Any
) -> None:
    """An empty list and no list are not the same; a task made twice rings twice."""
    leave_doubt("create", is_done=True, minutes_ago=17)
    plain = {"ActionStatus": "OK", "ErrorCode": 0, "ErrorInfo": ""}
    answer = odd if isinstance(odd, int) else plain | odd
    desk.twist = lambda path, told: answer if path in {LIST, GET} else told
    before = project.kinds()

    outcome = project.run("status")

    assert outcome.code == 5
    assert "note: the service could not be asked about tasks in doubt" in _flat(outcome.err)
    assert project.kinds() == before


def test_two_tasks_like_it_settle_nothing_and_are_named(
    project: ServedProject, desk: TaskDesk, leave_doubt: Callable[..., None]
) -> None:
    """Somebody may have copied it in the console; which one is ours only a person can tell."""
    leave_doubt("create", is_done=True)

    def doubled(path: str, answer: dict[str, Any]) -> dict[str, Any]:
        if path == LIST:
            answer["Tasks"] += [{**task, "TaskID": 8} for task in answer["Tasks"]]
            answer["Total"] = 2
        return answer

    desk.twist = doubled

    outcome = project.run("status")

    assert outcome.code == 5
    assert "service the service has 1 and 8 like hello@1" in _flat(outcome.out)


def test_what_a_run_at_work_may_still_write_is_left_to_it(
    project: ServedProject, leave_doubt: Callable[..., None]
) -> None:
    """The lock is its own; the next look settles what is left."""
    leave_doubt("create", is_done=True)
    journal = open_journal(load_project(project.root))
    journal.take(holder="ada@build-7")

    outcome = project.run("status")

    assert outcome.code == 5
    assert "was not recorded: " in _flat(outcome.err)
    assert project.kinds()[-1] == "open"


def test_several_tasks_are_settled_one_by_one(
    project: ServedProject, desk: TaskDesk, campaign: CampaignText
) -> None:
    """The service's word settles those that it shows; the others stay, and one text explains them all."""
    for name in ("here", "there"):
        project.write({f"campaigns/{name}.yaml": campaign(name, schedule=schedule_text(days_ahead(3)))})
    desk.lose = lambda path: path == ADD and desk.asked.count(ADD) == 1
    desk.deaf = lambda path: path == ADD and desk.asked.count(ADD) == 2
    project.apply()
    desk.lose = desk.deaf = lambda _: False

    outcome = project.run("status")

    said = _flat(outcome.out)
    assert outcome.code == 5
    assert "= here@1 was in doubt and is settled: the service keeps task 1" in said
    assert "? there@1 is IN DOUBT" in said
    assert said.count("What to do: nothing, if you can wait") == 1
    assert "resolve there@1 -e test --as done" in said


def test_a_task_that_was_made_late_and_moved_by_hand_is_found(
    project: ServedProject, desk: TaskDesk, leave_doubt: Callable[..., None]
) -> None:
    """It is listed neither around its time nor around its intent; missed, it would be made a second time."""
    desk.clock.advance(14 * 60)
    leave_doubt("create", is_done=True, minutes_ago=17)
    desk.sandbox.edit_in_console(1, {"SchedAt": "2030-01-01 00:00:00"})

    outcome = project.run("status").assert_ok()

    assert "= hello@1 was in doubt and is settled: the service keeps task 1" in outcome.out
    assert "# drifted" in outcome.out
    project.apply()
    assert len(desk.tasks) == 1


def test_a_change_that_never_reached_the_service_is_not_taken_for_what_was_sent(
    project: ServedProject, desk: TaskDesk, leave_doubt: Callable[..., None], machine: Machine
) -> None:
    """Its time came before the doubt was settled: the earlier text went out, and the file has another."""
    leave_doubt("change", is_done=False)
    desk.send_what_is_due(after=timedelta(days=4))
    machine.wait(days=4)

    project.run("status").assert_ok()

    assert project.states() == {"hello": "changed"}
    assert "Until noon" in json.dumps(project.plan_json()["campaigns"][0]["since"])
