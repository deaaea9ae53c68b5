"""Why one person did not get it: what support answers within a minute, without a look at anybody's phone."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from pushspec.web.sqlite import SqliteCallbackStore
from pushspec.web.store import Post

if TYPE_CHECKING:
    from collections.abc import Callable

    from cli.kit import PushService, Received, ServedProject

    CampaignText = Callable[..., str]

TRACE = "/v4/timpush/all_member_push_trace"
TOKEN = "device-token-of-a-phone"
DONE = {"PushStatus": 1, "ErrorCode": 0, "ErrorInfo": "", "EventTime": "2026-11-28 10:00:00"}
LOST = {"PushStatus": 0, "ErrorCode": 410, "ErrorInfo": "unregistered device", "EventTime": ""}
DEVICE = {
    "Token": TOKEN,
    "CertId": "1",
    "DeviceModel": "Mate 60",
    "System": "HarmonyOS",
    "EventType": 1,
    "PushPlatform": 3,
    "IMCommitStat": {"IMStat": DONE},
    "OfflinePushStat": {"OfflineStat": DONE, "ChannelStat": DONE, "DeviceStat": LOST},
}


@pytest.fixture(autouse=True)
def _quick(project: ServedProject) -> None:
    """Ask without waiting; tests of the pace run in virtual time."""
    limits = "limits: {statistics_calls_per_second: 1000, accounts_per_call: 2}"
    project.configure(limits, "callbacks: {token: {env: TOKEN}}")


@pytest.fixture
def sent(project: ServedProject, campaign: CampaignText, push_service: PushService) -> ServedProject:
    """Send ``hello@1`` to four people in two calls; the service refused one of them."""
    listed = campaign(endpoint="timpush/batch", audience="{accounts: [a, b, rong, d]}", **{"from": "x"})
    project.write({"campaigns/hello.yaml": listed})
    refused = {"TaskId": "task-1", "ErrorList": [{"To_Account": "b", "ErrorCode": 70107}]}
    push_service.answer = lambda request: (
        refused if "b" in request.body["To_Account"] else {"TaskId": "task-2"}
    )
    assert project.apply().code == 7
    push_service.asked.clear()
    return project


def tracing(*devices: dict[str, Any]) -> Callable[[Received], dict[str, Any] | int]:
    """Return a service that knows these devices of rong, in the second task."""

    def answer(request: Received) -> dict[str, Any] | int:
        is_known = request.body == {"TaskID": "task-2", "UserID": "rong"}
        return {"InstanceTrace": list(devices) if is_known else []} if request.path == TRACE else {}

    return answer


def test_the_story_says_where_it_stopped_and_what_helps(
    sent: ServedProject, push_service: PushService
) -> None:
    """Named, accepted, handed over, and lost because the app was removed."""
    push_service.answer = tracing(DEVICE)

    said = sent.run("report", "--user", "rong", "hello").assert_ok().out

    assert said.splitlines() == [
        "hello@1 for rong",
        "  ✓ rong was named in hello@1#2",
        "  ✓ the service took hello@1#2",
        "  Huawei · offline · Mate 60, HarmonyOS",
        "    ✓ accepted by the service, 2026-11-28 10:00:00 (zone not stated)",
        "    ✓ handed to the phone maker, 2026-11-28 10:00:00 (zone not stated)",
        "    ✓ taken by the phone maker, 2026-11-28 10:00:00 (zone not stated)",
        "    ✗ not reached the phone: unregistered device (410)",
        "      → nothing to do for the sender: the person has to install the app again",
    ]
    assert len(push_service.asked) == 1


def test_the_same_advice_is_given_once(sent: ServedProject, push_service: PushService) -> None:
    """One missing token ends three steps of each phone, and there is one thing to do."""
    steps = {"OfflineStat": DONE, "ChannelStat": LOST, "DeviceStat": LOST}
    push_service.answer = tracing(DEVICE | {"OfflinePushStat": steps}, DEVICE)

    said = sent.run("report", "--user", "rong", "hello").assert_ok().out

    assert said.count("✗ ") == 3
    assert said.count("the person has to install the app again") == 1


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_device_token_is_shown_nowhere(sent: ServedProject, push_service: PushService, form: str) -> None:
    """Who has it can push to the phone, and the lockfile is for everyone to read."""
    push_service.answer = tracing(DEVICE)

    outcome = sent.run("report", "--user", "rong", "hello", "--format", form, "--out", "story")

    written = [path.read_text() for path in sent.root.iterdir() if path.is_file()]
    assert not any(TOKEN in text for text in (outcome.out, outcome.err, *written))


def test_a_person_whom_the_service_refused_is_not_asked_about(
    sent: ServedProject, push_service: PushService
) -> None:
    """The answer to the send said it already."""
    said = sent.run("report", "--user", "b", "hello").assert_ok().out

    assert "✓ b was named in hello@1#1" in said
    assert "✗ the service refused b with 70107: the account does not exist" in said
    assert push_service.asked == []


def test_a_person_who_was_never_named_is_told_so(sent: ServedProject, push_service: PushService) -> None:
    """The files still make what was sent, byte for byte, so this is certain."""
    said = sent.run("report", "--user", "lin", "hello").assert_ok().out

    assert "✗ no call named lin" in said
    assert push_service.asked == []


def test_files_that_changed_prove_nothing(
    sent: ServedProject, push_service: PushService, campaign: CampaignText
) -> None:
    """The list of today is not the list of last week; then the service is asked about each call."""
    listed = campaign(endpoint="timpush/batch", audience="{accounts: [a, b, lin, d]}", **{"from": "x"})
    sent.write({"campaigns/hello.yaml": listed})
    push_service.answer = tracing(DEVICE)

    said = sent.run("report", "--user", "rong", "hello", "--format", "json").assert_ok().out
    other = sent.run("report", "--user", "lin", "hello").assert_ok().out

    story = json.loads(said)
    assert (story["steps"][0]["is_done"], story["call"], story["task_id"]) == (None, "hello@1#2", "task-2")
    assert "? the files no longer tell which call named lin, or whether any did" in other
    assert "? the service has no trace of this task for lin" in other


def test_a_call_that_reached_nobody_ends_the_story(
    project: ServedProject, push_service: PushService, campaign: CampaignText
) -> None:
    """In doubt and refused are known without a question."""
    listed = campaign(endpoint="timpush/batch", audience="{accounts: [rong]}", **{"from": "x"})
    project.write({"campaigns/hello.yaml": listed})
    push_service.answer = lambda _: 502
    project.apply()
    push_service.asked.clear()

    said = project.run("report", "--user", "rong", "hello").assert_ok().out

    assert "? nobody knows whether hello@1 went out" in said
    assert push_service.asked == []


def test_only_the_service_knows_who_everyone_is(
    project: ServedProject, push_service: PushService, campaign: CampaignText
) -> None:
    """The trace tells, and before it nothing is claimed."""
    project.write({"campaigns/hello.yaml": campaign()})
    project.apply().assert_ok()
    push_service.answer = lambda _: {"InstanceTrace": []}

    said = project.run("report", "--user", "rong", "hello").assert_ok().out

    assert "? only the service knows whether rong belongs to this audience" in said
    assert "check that the person logged in" in said


@pytest.mark.parametrize(
    "answer",
    [502, {"InstanceTrace": None}, {"InstanceTrace": [{"OfflinePushStat": "x"}]}, {"ErrorCode": 91000}],
)
def test_a_trace_that_is_not_understood_ends_with_eight(
    sent: ServedProject, push_service: PushService, answer: Any
) -> None:
    """What is known without it is shown, and no device is said to be missing."""
    push_service.answer = lambda _: answer

    outcome = sent.run("report", "--user", "rong", "hello")

    assert outcome.code == 8
    assert "✓ rong was named in hello@1#2" in outcome.out
    assert "no trace" not in outcome.out


def test_a_trace_beyond_the_services_reach_is_not_asked_for(
    sent: ServedProject, push_service: PushService
) -> None:
    """Seven days back, and the story says so instead of naming no device."""
    text = (sent.root / "pushspec.yaml").read_text()
    sent.write({"pushspec.yaml": text.replace("limits: {", "limits: {loss_range_s: 0, ", 1)})

    said = sent.run("report", "--user", "rong", "hello").assert_ok().out

    assert "? the service traces the last 7 days only" in said
    assert push_service.asked == []


def test_callbacks_about_the_person_are_told_as_hints(sent: ServedProject, push_service: PushService) -> None:
    """They may be all that is left after the seven days of the trace."""
    event = {"TaskId": "task-2", "EventType": 1, "PushPlatform": 3, "EventTime": 5}
    events = [
        event | {"To_Account": "rong", "PushStage": 1},
        event | {"To_Account": "rong", "PushStage": 2, "ErrCode": 410, "ErrInfo": "unregistered\x1b[0m"},
        event | {"To_Account": "d", "PushStage": 3},
    ]
    with SqliteCallbackStore(sent.root / ".pushspec" / "callbacks.db") as store:
        store.append([Post(7.5, "ab" * 32, json.dumps({"Events": events}).encode())])
    push_service.answer = tracing()

    said = sent.run("report", "--user", "rong", "hello").assert_ok().out

    assert "✓ a callback says: handed to a channel" in said
    assert "✗ a callback says: not reached the phone: unregistered\\u001b[0m (410)" in said
    assert "opened" not in said


@pytest.mark.parametrize("arguments", [[], ["hello", "other"], ["hello", "--format", "html"]])
def test_one_person_means_one_campaign(sent: ServedProject, arguments: list[str]) -> None:
    """A page of many people's ways is nobody's question."""
    outcome = sent.run("report", "--user", "rong", *arguments)

    assert outcome.code == 2
    assert "pushspec report --user ACCOUNT NAME" in outcome.err
