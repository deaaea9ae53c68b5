"""What is known of a doubt before a person has to decide, and the one case that needs no person."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from pushspec.api.lockfile import open_journal
from pushspec.api.operating import Resolution, Statement, resolve
from pushspec.api.project import load_project
from pushspec.clock import utc_now
from pushspec.lockfile.records import Close
from pushspec.web.sqlite import SqliteCallbackStore
from pushspec.web.store import Post

if TYPE_CHECKING:
    from collections.abc import Callable

    from cli.kit import Machine, PushService, Received, ServedProject

    CampaignText = Callable[..., str]

TASK = "task-whose-answer-was-lost"
COUNTS, TRACE = (f"/v4/timpush/all_member_push_{name}" for name in ("statistics", "trace"))


@dataclass
class World:
    """A service that takes a call and loses its answer, and tells what a test says about tasks.

    Attributes:
        project: The project.
        service: The service.
        knows: Tasks in its statistics.
        people: How many people it counts for each of them.
        traces: Tasks that it traces.
        phones: People whose phones it knows; everybody's where it is empty.
    """

    project: ServedProject
    service: PushService
    knows: set[str] = field(default_factory=lambda: {TASK})
    people: int | None = 2
    traces: set[str] = field(default_factory=set)
    phones: set[str] = field(default_factory=set)

    def answer(self, request: Received) -> dict[str, Any] | int:
        """Lose the answer of what sends, and tell what is known of tasks."""
        if request.path == COUNTS:
            tasks = request.body["TaskID"] or [""]
            counts = {"TotalCount": self.people, "DeliveredCount": 2}
            told = [{"TaskID": task} | counts for task in tasks if task in self.knows | {""}]
            return {"Results": told}
        if request.path == TRACE:
            is_phone = not self.phones or request.body["UserID"] in self.phones
            is_traced = is_phone and request.body["TaskID"] in self.traces
            return {"InstanceTrace": [{"PushPlatform": 1}] if is_traced else []}
        return 502

    def intent(self) -> dict[str, Any]:
        """Return the last intent."""
        return [record for record in self.project.lockfile() if record["record"] == "intent"][-1]

    def call_back(self, **changes: Any) -> None:
        """Post a callback of the lost call, changed by a test."""
        began = int(_seconds(self.intent()["at"])) + 1
        event = {
            "TaskId": TASK,
            "DataId": self.intent()["data_id"],
            "To_Account": "rong",
            "EventType": 1,
            "PushStage": 2,
            "PushPlatform": 3,
            "EventTime": began + 1,
            "TaskTime": began,
        } | changes
        event = {name: value for name, value in event.items() if value is not None}
        with SqliteCallbackStore(self.project.root / ".pushspec" / "callbacks.db") as store:
            store.append([Post(7.5, "ab" * 32, json.dumps({"Events": [event]}).encode())])

    def state(self) -> str:
        """Return what a plan says of the campaign."""
        return self.project.states()["hello"]


def plain(text: str) -> str:
    """Return a text without its line breaks."""
    return " ".join(text.split())


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


@pytest.fixture(autouse=True)
def _callbacks(project: ServedProject) -> None:
    project.configure("limits: {statistics_calls_per_second: 1000}", "callbacks: {token: {env: TOKEN}}")


@pytest.fixture
def doubted(
    project: ServedProject, push_service: PushService, campaign: CampaignText, machine: Machine
) -> World:
    """Leave a call to two people in doubt for a while: the service took it, and its answer was killed."""
    world = World(project, push_service)
    listed = campaign(endpoint="timpush/batch", audience="{accounts: [bonnie, rong]}", **{"from": "x"})
    project.write({"campaigns/hello.yaml": listed})
    push_service.answer = world.answer
    assert project.apply().code == 5
    machine.wait(minutes=6)
    return world


def test_a_killed_answer_is_settled_by_its_callback_and_the_services_word(doubted: World) -> None:
    """All six hold: its DataId alone, in every callback; a person, the time and the people; some patience."""
    doubted.call_back()

    first, second = doubted.project.run("status"), doubted.project.run("status")

    assert (first.code, second.code) == (0, 0)
    assert f"= hello@1 was in doubt and is settled as sent: task {TASK}" in first.out
    assert "settled as" not in second.out
    assert doubted.state() == "sent"
    (settled,) = [record for record in doubted.project.lockfile() if record["record"] == "resolved"]
    assert (settled["verdict"], settled["by"], settled["task_id"]) == ("sent", "pushspec", TASK)
    assert len(settled["evidence_sha256"]) == 64
    assert "Nothing to send." in doubted.project.apply().out
    assert len(doubted.service.received) == 1


def test_nothing_is_settled_before_the_services_own_callbacks_have_come(
    doubted: World, machine: Machine
) -> None:
    """A forged one may be the first; those of the push whose task it names come some seconds later."""
    machine.wait(minutes=-2)
    doubted.call_back()

    early = doubted.project.run("status")

    assert early.code == 5
    assert "no proof: it is not shown that five minutes have passed since the call's deadline" in plain(
        early.out
    )
    (moment,) = re.findall(r"; look again from (\S+ \S+) on", plain(early.out))
    (call,) = [record for record in doubted.project.lockfile() if record["record"] == "intent"]
    waited = datetime.fromisoformat(call["not_after"]) + timedelta(minutes=5)
    assert (
        timedelta() < datetime.strptime(f"{moment}+0000", "%Y-%m-%d %H:%M%z") - waited <= timedelta(minutes=1)
    )
    machine.wait(minutes=2)
    assert doubted.project.run("status").code == 0


def test_a_trace_is_a_hint_for_a_person_and_no_proof(doubted: World) -> None:
    """A push that somebody made in the console, to one person of the call, is traced as well."""
    doubted.knows.clear()
    doubted.traces.add(TASK)
    doubted.call_back()

    outcome = doubted.project.run("status")

    assert outcome.code == 5
    assert "the service traces it to the person of that callback" in outcome.out
    assert doubted.state() == "in doubt"


def test_a_testers_trace_is_asked_for_as_well(doubted: World) -> None:
    """The person of the callback may have no phone left; a tester whom the call named has one."""
    doubted.knows.clear()
    doubted.traces.add(TASK)
    doubted.phones.add("bonnie")
    doubted.call_back()
    assert "the service traces it" not in doubted.project.run("status").out
    doubted.project.configure("testers: {accounts: [ada, bonnie]}")

    outcome = doubted.project.run("status")

    assert outcome.code == 5
    assert "the service traces it to a tester whom the call may have reached" in outcome.out
    assert "bonnie" not in outcome.out + outcome.err


def test_a_tester_whom_the_call_did_not_name_proves_nothing(doubted: World) -> None:
    """Somebody else's push reached that phone."""
    doubted.knows.clear()
    doubted.traces.add(TASK)
    doubted.phones.add("ada")
    doubted.project.configure("testers: {accounts: [ada]}")
    doubted.call_back()

    assert doubted.project.run("status").code == 5
    assert {request.body.get("UserID") for request in doubted.service.asked} == {None, "rong"}


def test_a_try_proves_no_send(doubted: World) -> None:
    """Whoever saw the task of a try may forge a callback that gives it to the call in doubt."""
    doubted.project.configure("testers: {accounts: [bonnie]}")
    doubted.service.answer = lambda _: {"TaskId": "task-of-a-try"}
    digest = doubted.project.run("try", "hello").err.rpartition("--confirm ")[2].strip()
    doubted.project.run("try", "hello", "--no-trace", "--confirm", digest).assert_ok()
    doubted.service.answer = doubted.answer
    doubted.knows = doubted.traces = {"task-of-a-try"}
    doubted.call_back(TaskId="task-of-a-try")

    assert doubted.project.run("status").code == 5
    assert doubted.state() == "in doubt"


LACKING: dict[str, tuple[dict[str, Any], str]] = {
    "a DataId of nobody": ({"DataId": "hello@9"}, ""),
    "a person whom the call did not name": (
        {"To_Account": "lin"},
        "that the files prove that the call named",
    ),
    "a time before the intent": ({"TaskTime": 1_000_000_000}, "that it began between intent and deadline"),
    "a time after the deadline": ({"TaskTime": 4_000_000_000}, "that it began between intent and deadline"),
    "no time": ({"TaskTime": None}, "that it began between intent and deadline"),
    "a task that the service does not know": ({"TaskId": "forged"}, "that the service counts as many people"),
    "a time that no calendar has": ({"TaskTime": 9_000_000_000_000}, "that it began between"),
}


@pytest.mark.parametrize("case", LACKING)
def test_a_forged_or_stray_callback_settles_nothing(doubted: World, case: str) -> None:
    """Whoever reads one URL in a log can post for some minutes; three of four is a hint."""
    changes, lack = LACKING[case]
    before = doubted.project.lockfile()
    doubted.call_back(**changes)

    outcome = doubted.project.run("status")

    assert outcome.code == 5
    assert lack in plain(outcome.out)
    assert doubted.project.lockfile() == before
    assert doubted.state() == "in doubt"


@pytest.mark.parametrize(("moment", "beside_s"), [("at", -1), ("not_after", 1)])
def test_a_task_that_began_a_second_too_early_or_too_late_is_another_one(
    doubted: World, moment: str, beside_s: int
) -> None:
    """The service would count people for it, too."""
    doubted.call_back(TaskTime=int(_seconds(doubted.intent()[moment])) + beside_s)

    outcome = doubted.project.run("status")

    assert outcome.code == 5
    assert "that it began between intent and deadline" in plain(outcome.out)
    assert doubted.state() == "in doubt"


@pytest.mark.parametrize("people", [1, 3, None])
def test_a_task_of_other_people_settles_nothing(doubted: World, people: int | None) -> None:
    """Somebody pushed to one of its people, or to everyone, and a callback gives that task to the call."""
    doubted.people = people
    doubted.call_back()

    outcome = doubted.project.run("status")

    assert outcome.code == 5
    assert "that the service counts as many people for the task as the call named" in plain(outcome.out)
    if people is not None:
        assert f"the service counts {people} for it; the call named 2" in outcome.out


@pytest.mark.parametrize("data_id", [None, "order:1"])
def test_a_task_whose_callbacks_disagree_settles_nothing(doubted: World, data_id: str | None) -> None:
    """The service's own callbacks of that task carry no DataId, or the one of whoever sent it."""
    doubted.call_back()
    doubted.call_back(DataId=data_id, To_Account="bonnie")

    outcome = doubted.project.run("status")

    assert outcome.code == 5
    assert "that all callbacks of the task carry it" in plain(outcome.out)


def test_a_task_of_another_call_settles_nothing(doubted: World, campaign: CampaignText) -> None:
    """The lockfile knows whose it is."""
    doubted.service.answer = lambda _: {"TaskId": TASK}
    other = campaign("other", endpoint="timpush/batch", audience="{accounts: [a]}", **{"from": "x"})
    doubted.project.write({"campaigns/other.yaml": other})
    digest = doubted.project.plan_json("other")["digest"]
    doubted.project.run("apply", "other", "--confirm", digest)
    assert doubted.project.states()["other"] == "sent"
    doubted.service.answer = doubted.answer
    data_id = next(
        record["data_id"]
        for record in doubted.project.lockfile()
        if record["record"] == "intent" and record["key"] == "hello@1"
    )
    doubted.call_back(DataId=data_id)

    assert doubted.project.run("status").code == 5
    assert doubted.state() == "in doubt"


def test_a_data_id_that_two_calls_share_settles_nothing(
    project: ServedProject, push_service: PushService, campaign: CampaignText, machine: Machine
) -> None:
    """An author's own id may stand on many calls, and then it says nothing of one."""
    world = World(project, push_service, people=1)
    keys = {"endpoint": "timpush/batch", "delivery": "{data_id: ours}", "from": "x"}
    for name, account in (("first", "lin"), ("hello", "rong")):
        text = campaign(name, audience=f"{{accounts: [{account}]}}", **keys)
        project.write({f"campaigns/{name}.yaml": text})
        push_service.answer = world.answer if name == "hello" else lambda _: {}
        project.run("apply", name, "--confirm", project.plan_json(name)["digest"])
        (project.root / "campaigns" / "first.yaml").unlink(missing_ok=True)
    assert project.states() == {"hello": "in doubt"}
    machine.wait(minutes=6)
    world.call_back()

    outcome = project.run("status")

    assert outcome.code == 5
    assert "that its DataId belongs to this call alone" in plain(outcome.out)


def test_files_that_changed_prove_no_person(doubted: World, campaign: CampaignText) -> None:
    """Another list makes other bytes, and then nobody knows whom the call named."""
    listed = campaign(endpoint="timpush/batch", audience="{accounts: [rong, lin]}", **{"from": "x"})
    doubted.project.write({"campaigns/hello.yaml": listed})
    doubted.call_back()

    assert doubted.project.run("status").code == 5


def test_two_tasks_of_one_call_are_left_to_a_person(doubted: World) -> None:
    """It may have gone out twice; no rule of ours may choose one."""
    doubted.knows.add("another")
    doubted.call_back()
    doubted.call_back(TaskId="another")

    outcome = doubted.project.run("status")

    assert outcome.code == 5
    assert "it may have gone out more than once" in outcome.out
    assert doubted.state() == "in doubt"


@pytest.mark.parametrize("verdict", ["not_sent", "abandoned"])
def test_a_proof_against_the_record_is_a_conflict(doubted: World, verdict: str) -> None:
    """A person said that nothing went out; now both are recorded, and nothing of it is sent again."""
    statement = Statement("hello@1", Resolution(verdict), by="ada", why="support said so")
    resolve(load_project(doubted.project.root), statement, now=utc_now() + timedelta(hours=1))
    doubted.call_back()

    first, second = doubted.project.run("status"), doubted.project.run("status")

    assert (first.code, second.code) == (5, 5)
    assert "! hello@1 is blocked: EVIDENCE AGAINST THE RECORD" in first.out
    assert doubted.project.kinds().count("conflict") == 1
    said = json.loads(doubted.project.run("report", "hello", "--format", "json").out)
    assert said["campaigns"][0]["sent"] is None
    assert doubted.project.apply().code == 5
    assert len(doubted.service.received) == 1
    doubted.project.run("resolve", "hello@1", "--as", "abandoned", "--why", "seen both").assert_ok()
    assert doubted.project.run("status").code == 0
    assert doubted.project.kinds().count("conflict") == 1


def test_resolve_shows_what_is_known_before_it_records_a_statement(doubted: World) -> None:
    """Three of four is what a person may want to think about."""
    doubted.call_back(TaskId="forged")

    outcome = doubted.project.run("resolve", "hello@1", "--as", "sent", "--why", "seen", "--task-id", "t")

    assert outcome.code == 0
    assert "a callback tells of task forged" in outcome.err
    assert "ada recorded" not in outcome.out


def test_resolve_as_sent_takes_the_proof_for_it(doubted: World) -> None:
    """The task comes from the evidence, and the person need not type it."""
    doubted.call_back()

    outcome = doubted.project.run("resolve", "hello@1", "--as", "sent", "--why", "seen").assert_ok()

    assert f"settled as sent: task {TASK}" in outcome.out
    assert doubted.state() == "sent"


def test_resolve_as_not_sent_does_not_pass_a_proof(doubted: World) -> None:
    """That statement would send it twice."""
    doubted.call_back()

    outcome = doubted.project.run("resolve", "hello@1", "--as", "not-sent", "--why", "nothing in the console")

    assert outcome.code != 0
    assert f"hello@1 is not in doubt: it is sent ({TASK})" in outcome.err
    assert doubted.state() == "sent"


def test_a_push_to_everyone_has_hints_and_no_proof(
    project: ServedProject, push_service: PushService, campaign: CampaignText
) -> None:
    """It carries no DataId, so a task in its time may be somebody else's."""
    world = World(project, push_service)
    project.write({"campaigns/hello.yaml": campaign()})
    push_service.answer = world.answer
    assert project.apply().code == 5
    began = int(_seconds(world.intent()["at"])) + 1
    event = {"TaskId": TASK, "To_Account": "rong", "EventType": 1, "PushStage": 1, "EventTime": began}
    with SqliteCallbackStore(project.root / ".pushspec" / "callbacks.db") as store:
        store.append([Post(7.5, "a", json.dumps({"Events": [event | {"TaskTime": began}]}).encode())])

    outcome = project.run("status")

    assert outcome.code == 5
    assert f"a callback tells of task {TASK}" in outcome.out
    assert "counts 2 people in all pushes that began in that time" in outcome.out
    assert "rong" not in outcome.out + outcome.err
    (shown,) = json.loads(project.run("status", "--format", "json").out)["in_doubt"]
    assert shown["evidence"]["people_in_window"] == 2
    assert shown["evidence"]["tasks"][0] | {"began_at": ""} == {
        "task_id": TASK,
        "began_at": "",
        "data_id_is_alone": False,
        "is_undisputed": False,
        "names_account": False,
        "is_in_time": True,
        "has_waited": False,
        "known_by": "statistics",
        "people": 2,
        "is_proof": False,
    }


@pytest.mark.parametrize(
    "answer",
    [502, {"Results": None}, {"Results": [{"TaskID": TASK, "TotalCount": "2"}]}, {"ErrorCode": 70003}],
)
def test_a_service_that_is_out_of_reach_settles_nothing(doubted: World, answer: Any) -> None:
    """Its silence is no word, and status works without it."""
    before = doubted.project.lockfile()
    doubted.call_back()
    doubted.service.answer = lambda _: answer

    outcome = doubted.project.run("status")

    assert outcome.code == 5
    assert "note: the service could not be asked about everything" in outcome.err
    assert doubted.project.lockfile() == before


def test_a_task_that_nobody_got_is_no_word_of_the_service(doubted: World) -> None:
    """Some services answer 0 for whatever they are asked."""
    doubted.call_back()
    answer = doubted.answer
    doubted.service.answer = lambda request: (
        {"Results": [{"TaskID": TASK, "TotalCount": 0}]} if request.path == COUNTS else answer(request)
    )

    assert doubted.project.run("status").code == 5


def test_without_the_secret_status_shows_the_doubt(doubted: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is on call may have no secret at hand."""
    doubted.call_back()
    monkeypatch.delenv("PUSH_SECRET")

    outcome = doubted.project.run("status")

    assert outcome.code == 5
    assert "PUSH_SECRET is not set" in outcome.err


def test_offline_asks_nobody(doubted: World) -> None:
    """It shows the lockfile and nothing else."""
    doubted.call_back()

    outcome = doubted.project.run("status", "--offline")

    assert outcome.code == 5
    assert doubted.service.asked == []


def test_many_forged_callbacks_hide_no_true_one_and_cost_a_bounded_time(doubted: World) -> None:
    """Whoever can post may post a thousand of them."""
    for number in range(30):
        doubted.call_back(TaskId=f"forged-{number}", To_Account="lin")
    doubted.call_back()

    assert doubted.project.run("status").code == 0
    assert len(doubted.service.asked) <= 20


def test_a_run_that_is_under_way_is_left_alone(doubted: World) -> None:
    """It holds the lock, and nothing takes that away; the next look settles the call."""
    doubted.call_back()
    journal = open_journal(load_project(doubted.project.root))
    journal.take(holder="ada")

    during = doubted.project.run("status")
    journal.release(Close())
    after = doubted.project.run("status")

    assert (during.code, after.code) == (5, 0)
    assert "hello@1 is proved sent, but that was not recorded: the lock is held by ada" in during.err
