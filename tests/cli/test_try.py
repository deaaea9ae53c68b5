"""My own phone first: what a try sends, to whom, what it leaves behind, and what it never does."""

from __future__ import annotations

import ast
import json
import signal
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import pytest

import pushspec
from pushspec.api import trying
from pushspec.cli import signals
from pushspec.plan import trial

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from workbench import Outcome

    from cli.kit import PushService, Received, ServedProject

    CampaignText = Callable[..., str]

TRACE = "/v4/timpush/all_member_push_trace"
DONE = {"PushStatus": 1, "ErrorCode": 0, "ErrorInfo": "", "EventTime": ""}
LOST = {"PushStatus": 0, "ErrorCode": 410, "ErrorInfo": "unregistered device", "EventTime": ""}


def device(step: dict[str, Any]) -> dict[str, Any]:
    return {
        "EventType": 1,
        "PushPlatform": 3,
        "IMCommitStat": {"IMStat": DONE},
        "OfflinePushStat": {"OfflineStat": DONE, "ChannelStat": DONE, "DeviceStat": step},
    }


def traced(request: Received) -> dict[str, Any]:
    """Answer as a service that reached ada and not lin."""
    if request.path != TRACE:
        return {}
    return {"InstanceTrace": [device(DONE if request.body["UserID"] == "ada" else LOST)]}


@pytest.fixture(autouse=True)
def _testers(project: ServedProject) -> None:
    project.configure("limits: {statistics_calls_per_second: 1000}", "testers: {accounts: [ada, lin]}")


def digest(project: ServedProject, name: str = "hello") -> str:
    refused = project.run("try", name)
    assert refused.code == 2, refused.out + refused.err
    return refused.err.rpartition("--confirm ")[2].strip()


def attempt(project: ServedProject, *options: str, name: str = "hello") -> Outcome:
    return project.run("try", name, "--confirm", digest(project, name), *options)


def sends(service: PushService) -> list[Received]:
    return [request for request in service.received if request.path != TRACE]


def test_the_testers_get_what_everybody_would_get(
    project: ServedProject, push_service: PushService, campaign: CampaignText
) -> None:
    """The same notification, through the endpoint that lists accounts, and never to the audience."""
    project.write({"campaigns/hello.yaml": campaign(**{"from": "news"})})
    push_service.answer = traced
    outcome = attempt(project)

    request = sends(push_service)[0]
    assert (request.path, request.body["To_Account"]) == ("/v4/timpush/batch", ["ada", "lin"])
    assert request.body["From_Account"] == "news"
    assert request.body["DataId"] == "hello@1!try1"
    planned = project.plan_json()["campaigns"][0]
    assert request.body["OfflinePushInfo"] == planned["calls"][0]["body"]["OfflinePushInfo"]
    assert planned["state"] == "send"
    assert "ada  Huawei: reached the phone" in outcome.out
    assert "lin  Huawei: not reached the phone: unregistered device (410)" in outcome.out
    assert "install the app again" in outcome.out


def test_a_plan_says_who_tried_it_and_where_it_arrived(
    project: ServedProject, push_service: PushService, campaign: CampaignText
) -> None:
    """A reviewer sees whether this very text was on a phone, and not an earlier one."""
    project.write({"campaigns/hello.yaml": campaign()})
    push_service.answer = traced
    assert "not tried" in project.run("plan").out
    attempt(project).assert_ok()

    assert "on 2 devices, 1 reached" in project.run("plan").out
    assert project.plan_json()["campaigns"][0]["tried"]["testers"] == 2
    project.write({"campaigns/hello.yaml": campaign(audience="{tags: {any: [vip]}}")})
    assert "1 reached" in project.run("plan").out, "other people are no other content"
    project.write({"campaigns/hello.yaml": campaign(notification="{title: Hello, desc: You}")})
    assert "not tried" in project.run("plan").out


def test_a_service_that_is_busy_is_asked_again(
    project: ServedProject,
    push_service: PushService,
    campaign: CampaignText,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Too many calls, and trouble inside the service, end no following: it is a question of seconds."""
    monkeypatch.setattr(trying, "_LOOK_EVERY_S", 0.05)
    busy: list[int | dict[str, Any]] = [{"ErrorCode": 60007}, {"ErrorCode": 70500}, 502] * 2

    def answer(request: Received) -> int | dict[str, Any]:
        return busy.pop() if request.path == TRACE and busy else traced(request)

    push_service.answer = answer
    project.write({"campaigns/hello.yaml": campaign()})

    outcome = attempt(project).assert_ok()

    assert "ada  Huawei: reached the phone" in outcome.out
    assert "lin  Huawei: not reached the phone" in outcome.out
    assert "on 2 devices, 1 reached" in project.run("plan").out


@pytest.mark.parametrize(
    ("code", "asked"), [(60007, "again"), (60010, "once"), (60009, "once")], ids=["busy", "secret", "path"]
)
def test_a_trace_that_nobody_knows_is_no_zero(
    project: ServedProject,
    push_service: PushService,
    campaign: CampaignText,
    monkeypatch: pytest.MonkeyPatch,
    code: int,
    asked: str,
) -> None:
    """Nobody reads "0 reached" of phones that nobody could ask about; the two minutes are fewer here."""
    monkeypatch.setattr(trying, "TRACE_S", 1.0)
    monkeypatch.setattr(trying, "_LOOK_EVERY_S", 0.05)
    push_service.answer = lambda request: {"ErrorCode": code} if request.path == TRACE else {}
    project.write({"campaigns/hello.yaml": campaign()})

    outcome = attempt(project).assert_ok()
    planned = project.run("plan").out

    assert f"? ada  the service refused timpush/all_member_push_trace with {code}" in outcome.out
    assert "on 2 testers" in planned
    assert "reached" not in planned
    steps = [record["step"] for record in project.lockfile() if record["record"] == "tried"]
    assert steps == ["intended", "sent"]
    assert (len(push_service.asked) > 2) == (asked == "again")


def test_what_is_known_of_a_phone_stays_known(
    project: ServedProject,
    push_service: PushService,
    campaign: CampaignText,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A later question that fails takes back no answer, and a tester nobody could ask about is no device."""
    monkeypatch.setattr(trying, "TRACE_S", 1.0)
    monkeypatch.setattr(trying, "_LOOK_EVERY_S", 0.05)
    on_its_way = {"InstanceTrace": [{"EventType": 1, "PushPlatform": 3, "IMCommitStat": {"IMStat": DONE}}]}
    answers: list[dict[str, Any]] = [on_its_way]

    def answer(request: Received) -> dict[str, Any]:
        if request.path != TRACE:
            return {}
        is_known = request.body["UserID"] == "ada" and answers
        return answers.pop() if is_known else {"ErrorCode": 60007}

    push_service.answer = answer
    project.write({"campaigns/hello.yaml": campaign()})

    outcome = attempt(project).assert_ok()

    assert "… ada  Huawei: " in outcome.out
    assert "? lin  the service refused" in outcome.out
    assert "on 1 device, 0 reached" in project.run("plan").out


def test_a_tester_whose_turn_never_came_is_not_without_a_device(
    project: ServedProject,
    push_service: PushService,
    campaign: CampaignText,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where slow answers use up the time, the rest is not asked, and nothing is said of their phones."""
    monkeypatch.setattr(trying, "TRACE_S", 0.3)

    def answer(request: Received) -> dict[str, Any]:
        if request.path == TRACE:
            time.sleep(0.5)
        return traced(request)

    push_service.answer = answer
    project.write({"campaigns/hello.yaml": campaign()})

    outcome = attempt(project).assert_ok()

    assert "? lin  not asked: the time to follow it was over" in outcome.out


def test_a_try_is_never_the_send(
    project: ServedProject, push_service: PushService, campaign: CampaignText
) -> None:
    """The campaign still leaves whole, testers included, under keys and numbers of its own."""
    project.write(
        {
            "campaigns/hello.yaml": campaign(
                endpoint="timpush/batch", audience="{accounts: [ada, bo]}", **{"from": "n"}
            )
        }
    )
    attempt(project, "--no-trace").assert_ok()
    attempt(project, "--no-trace").assert_ok()
    assert project.states() == {"hello": "send"}
    assert project.run("report").assert_ok().out.count("hello@1") == 0

    project.apply().assert_ok()

    assert [request.body["To_Account"] for request in sends(push_service)] == [
        ["ada", "lin"],
        ["ada", "lin"],
        ["ada", "bo"],
    ]
    assert [request.body["DataId"] for request in sends(push_service)] == [
        "hello@1!try1",
        "hello@1!try2",
        "hello@1",
    ]
    assert len({request.body["MsgRandom"] for request in sends(push_service)}) == 3
    steps = [record["step"] for record in project.lockfile() if record["record"] == "tried"]
    assert steps == ["intended", "sent", "intended", "sent"]
    assert project.states() == {"hello": "sent"}


def test_a_campaign_may_have_to_be_tried(
    project: ServedProject, push_service: PushService, campaign: CampaignText
) -> None:
    """policy: {require: [tried]} is a gate on exactly this content."""
    text = (project.root / "pushspec.yaml").read_text()
    project.write(
        {"pushspec.yaml": text + "policy: {require: [tried]}\n", "campaigns/hello.yaml": campaign()}
    )
    assert project.run("plan").code == 6
    assert "pushspec try hello -e test sends" in project.plan_json()["campaigns"][0]["reason"]

    attempt(project, "--no-trace").assert_ok()
    assert project.states() == {"hello": "send"}
    project.write({"campaigns/hello.yaml": campaign(notification="{title: Other, desc: Words}")})
    assert project.states() == {"hello": "blocked"}


def test_a_try_that_nobody_got_is_none(
    project: ServedProject, push_service: PushService, campaign: CampaignText
) -> None:
    """An answer that never came, and one that refused everybody, open no gate."""
    project.write({"campaigns/hello.yaml": campaign()})
    push_service.answer = lambda _: 502
    doubt = attempt(project, "--no-trace")
    assert (doubt.code, "nobody knows whether it left" in doubt.out) == (5, True)

    push_service.answer = lambda request: {
        "ErrorList": [{"To_Account": it, "ErrorCode": 70107} for it in request.body["To_Account"]]
    }
    refused = attempt(project, "--no-trace")
    assert refused.code == 6
    assert "the account does not exist" in refused.out or "70107" in refused.out
    assert project.plan_json()["campaigns"][0]["tried"] is None
    assert project.run("status").code == 0, "a try in doubt holds up nothing"


def test_a_secret_that_the_service_refuses_is_no_refusal_of_the_try(
    project: ServedProject, push_service: PushService, campaign: CampaignText
) -> None:
    """A script that heard of a policy would look in the wrong place; apply ends with the same code."""
    project.write({"campaigns/hello.yaml": campaign()})
    push_service.answer = lambda _: {"ErrorCode": 70009}
    refused = attempt(project)
    assert "! hello@1!try1  not sent: the signature is wrong" in refused.out
    assert (refused.code, project.apply().code) == (9, 9)

    push_service.answer = lambda _: {"ErrorCode": 60009}
    assert attempt(project).code == 6


@pytest.mark.parametrize(
    ("keys", "path", "field"),
    [
        ({"message": "[text: Hi]"}, "/v4/openim/batchsendmsg", "MsgBody"),
        (
            {"endpoint": "all_member_push/im_push", "message": "[text: Hi]"},
            "/v4/openim/batchsendmsg",
            "MsgBody",
        ),
        (
            {"endpoint": "timpush/webpush", "notification": None, "web": "{title: Hi}"},
            "/v4/timpush/webbatch",
            "WebInfo",
        ),
        ({}, "/v4/timpush/batch", "OfflinePushInfo"),
    ],
    ids=["push with a message", "im_push", "webpush", "push"],
)
def test_every_content_finds_the_endpoint_that_carries_it(
    project: ServedProject,
    push_service: PushService,
    campaign: CampaignText,
    keys: dict[str, str | None],
    path: str,
    field: str,
) -> None:
    """Listed accounts get the same content; a campaign without from is tried in the admin's name."""
    project.write({"campaigns/hello.yaml": campaign(**keys)})
    attempt(project, "--no-trace").assert_ok()

    assert push_service.received[0].path == path
    assert field in push_service.received[0].body
    assert push_service.received[0].body["From_Account"] == "administrator"


def write_personal(project: ServedProject, campaign: CampaignText) -> None:
    """Write a campaign of which three texts are tried."""
    names = ["Bo", "Maximiliane Annabella", "Ada", "Ann  Lee"]
    people = "user,name\n" + "".join(f"u{place},{name}\n" for place, name in enumerate(names))
    text = campaign(
        endpoint="timpush/batch",
        audience="{file: people.csv, column: user, personalize: [name]}",
        notification="{title: 'Dear {{ user.name }}', desc: There}",
        **{"from": "n"},
    )
    project.write({"campaigns/hello.yaml": text, "people.csv": people})


def test_a_device_counts_once_however_many_texts_it_gets(
    project: ServedProject, push_service: PushService, campaign: CampaignText
) -> None:
    """Three texts on two phones are no six phones, and a phone that missed one was not reached."""
    write_personal(project, campaign)
    push_service.answer = traced
    attempt(project).assert_ok()

    assert "on 2 devices, 1 reached" in project.run("plan").out
    tried = project.plan_json()["campaigns"][0]["tried"]
    assert (tried["devices"], tried["reached"]) == (2, 1)


def test_a_refused_secret_ends_a_try_at_once(
    project: ServedProject, push_service: PushService, campaign: CampaignText
) -> None:
    """Each further call would be refused, too, and a person has to look at the secret first."""
    write_personal(project, campaign)
    push_service.answer = lambda _request: {"ErrorCode": 70003}

    outcome = attempt(project)

    assert outcome.code == 9
    assert len(push_service.received) == 1
    assert "! hello@1!try1#2  not sent: the call before it was refused" in outcome.out
    assert "! hello@1!try1#3  not sent: the call before it was refused" in outcome.out
    assert "not tried" in project.run("plan").out
    push_service.answer = traced
    attempt(project).assert_ok()


def test_a_personal_text_is_tried_short_long_and_odd(
    project: ServedProject, push_service: PushService, campaign: CampaignText
) -> None:
    """The renderings that go wrong are at the ends, and where a value is missing."""
    write_personal(project, campaign)
    outcome = attempt(project, "--no-trace").assert_ok()

    titles = [request.body["OfflinePushInfo"]["Title"] for request in push_service.received]
    assert titles == ["Dear Bo", "Dear Maximiliane Annabella", "Dear Ann  Lee"]
    assert [request.body["DataId"] for request in push_service.received] == [
        "hello@1!try1",
        "hello@1!try1#2",
        "hello@1!try1#3",
    ]
    assert "the longest text" in outcome.out
    assert "people" not in outcome.out
    assert project.plan_json()["campaigns"][0]["tried"] is not None


def test_ctrl_c_while_a_try_is_followed_ends_the_following_alone(
    project: ServedProject, push_service: PushService, campaign: CampaignText
) -> None:
    """What testers have on their phones is on record, and nobody waits for a lock that is still held."""
    is_followed = threading.Event()

    def answer(request: Received) -> dict[str, Any]:
        if request.path == TRACE:
            is_followed.set()
            return {"InstanceTrace": []}
        return {}

    push_service.answer = answer
    project.write({"campaigns/hello.yaml": campaign()})
    run = project.start("try", "hello", "--confirm", digest(project))
    try:
        is_followed.wait(60)
        run.send_signal(signal.SIGINT)
        out, err = run.communicate(timeout=60)
    finally:
        run.kill()
        run.communicate()

    assert (run.returncode, "Stopped." in err) == (130, True), err
    assert out.endswith("  + hello@1!try1  sent to 2 testers\n"), out
    steps = [record["step"] for record in project.lockfile() if record["record"] == "tried"]
    assert (steps, project.kinds()[-1]) == (["intended", "sent"], "close")
    assert project.plan_json()["campaigns"][0]["tried"]["testers"] == 2
    attempt(project, "--no-trace").assert_ok()


class Interrupting:
    def __set_name__(self, *_: object) -> None:
        signal.raise_signal(signal.SIGINT)


async def traced_while_a_class_is_made(*_: object) -> None:
    """Python makes a RuntimeError of a Ctrl-C."""
    type("Late", (), {"now": Interrupting()})


async def traced_while_a_group_of_tasks_begins(*_: object) -> None:
    """It becomes a BaseExceptionGroup, as where a connection is made."""
    async with anyio.create_task_group():
        signal.raise_signal(signal.SIGINT)


@pytest.mark.parametrize("traced", [traced_while_a_class_is_made, traced_while_a_group_of_tasks_begins])
def test_a_ctrl_c_that_comes_out_as_another_error_still_says_what_was_sent(
    project: ServedProject,
    campaign: CampaignText,
    monkeypatch: pytest.MonkeyPatch,
    traced: Callable[..., Awaitable[None]],
) -> None:
    """Whoever stopped it reads that it was stopped, and no traceback."""
    monkeypatch.setattr(signals, "_interrupts", interrupts := signals._Interrupts())
    monkeypatch.setattr(trying, "ask_trace", traced)
    project.write({"campaigns/hello.yaml": campaign()})
    before = signal.signal(signal.SIGINT, interrupts)
    try:
        outcome = attempt(project)
    finally:
        signal.signal(signal.SIGINT, before)

    assert (outcome.code, outcome.err.endswith("Stopped.\n")) == (130, True), outcome
    assert outcome.out.endswith("  + hello@1!try1  sent to 2 testers\n"), outcome.out


def test_a_report_says_how_many_tries_it_leaves_out(
    project: ServedProject, push_service: PushService, campaign: CampaignText
) -> None:
    """The testers' phones have two pushes of which no number knows."""
    project.write({"campaigns/hello.yaml": campaign(), "campaigns/other.yaml": campaign("other")})
    push_service.answer = lambda request: {
        "ErrorList": [{"To_Account": it, "ErrorCode": 70107} for it in request.body["To_Account"]]
    }
    assert attempt(project, "--no-trace").code == 6
    push_service.answer = lambda _: {}

    def told(*names: str) -> tuple[str, int]:
        text, markdown, page, found = (
            project.run("report", "--recorded", *names, "--format", form).assert_ok().out
            for form in ("text", "markdown", "html", "json")
        )
        about = " ".join(text.split("\n\n")[0].split()).partition("times in")[2].partition(" · ")[2]
        assert about in " ".join(markdown.split())
        assert about in " ".join(page.split())
        return about, json.loads(found)["tries"]

    assert told() == ("", 0)  # nobody got one that the service refused
    attempt(project, "--no-trace").assert_ok()
    assert told() == ("1 try to testers is not counted", 1)
    attempt(project, "--no-trace", name="other").assert_ok()
    attempt(project, "--no-trace", name="other").assert_ok()
    project.apply().assert_ok()
    assert told() == ("3 tries to testers are not counted", 3)
    assert told("other") == ("2 tries to testers are not counted", 2)


def test_each_text_is_followed_below_its_own_call(
    project: ServedProject, push_service: PushService, campaign: CampaignText
) -> None:
    """Where one of two texts was lost, a tester must see which."""
    sent: list[str] = []

    def answer(request: Received) -> dict[str, Any]:
        if request.path != TRACE:
            sent.append(f"task-{len(sent)}")
            return {"TaskId": sent[-1]}
        return {"InstanceTrace": [device(DONE if request.body["TaskID"] == "task-0" else LOST)]}

    push_service.answer = answer
    variants = (
        "[{name: en, audience: {tags: {any: [vip]}}, notification: {title: Hi, desc: Yes}},"
        " {name: zh, audience: {tags: {any: [beta]}}, notification: {title: Ni, desc: Hao}}]"
    )
    keys = {"audience": None, "notification": None, "variants": variants}
    project.write({"campaigns/hello.yaml": campaign(**keys)})

    lines = attempt(project, "--to", "ada").out.splitlines()

    first, second = (
        lines.index(next(it for it in lines if f"({name})" in it and "sent" in it)) for name in ("en", "zh")
    )
    assert lines[first + 1] == "  = ada  Huawei: reached the phone"
    assert lines[second + 1].startswith("  ! ada  Huawei: not reached the phone: unregistered device (410)")


def test_a_message_is_not_said_to_be_followed(
    project: ServedProject, push_service: PushService, campaign: CampaignText
) -> None:
    """The service names no task for it; silence after "following it" would read as bad news."""
    push_service.answer = traced
    project.write({"campaigns/hello.yaml": campaign(message="[text: Hi]")})

    followed, unfollowed = attempt(project), attempt(project, "--no-trace")

    assert "Following it" not in followed.err
    assert "? not followed: openim/batchsendmsg names no task; look on the phones" in followed.out
    assert "not followed" not in unfollowed.out
    assert [request.path for request in push_service.received] == ["/v4/openim/batchsendmsg"] * 2


def test_a_browser_is_no_phone(
    project: ServedProject,
    push_service: PushService,
    campaign: CampaignText,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Neither where it arrived, nor where the service knows none; the two minutes are fewer here."""
    assert trying.TRACE_S == 120
    monkeypatch.setattr(trying, "TRACE_S", 0.5)
    in_browser = device(DONE) | {"PushPlatform": 0}
    push_service.answer = lambda request: (
        {"InstanceTrace": [in_browser] if request.body["UserID"] == "ada" else []}
        if request.path == TRACE
        else {}
    )
    web: dict[str, str | None] = {"endpoint": "timpush/webpush", "notification": None, "web": "{title: Hi}"}
    project.write({"campaigns/hello.yaml": campaign(**web)})

    found = " ".join(attempt(project).out.split())

    assert "= ada a browser: reached the browser" in found
    assert "? lin the service names no browser of theirs" in found
    assert "phone" not in found


def test_a_freeze_holds_and_a_window_does_not(
    project: ServedProject, push_service: PushService, campaign: CampaignText
) -> None:
    """Testers have agreed to be woken; who froze the environment has not."""
    project.write({"campaigns/hello.yaml": campaign(schedule='{not_before: "2099-01-01T10:00:00Z"}')})
    attempt(project, "--no-trace").assert_ok()
    project.run("freeze", "wrong price").assert_ok()

    refused = attempt(project, "--no-trace")
    assert (refused.code, "frozen: wrong price" in refused.err) == (6, True)
    project.run("freeze", "--off", "right again").assert_ok()
    text = (project.root / "pushspec.yaml").read_text()
    project.write({"pushspec.yaml": text + "frozen: everything stops\n"})
    assert attempt(project, "--no-trace").code == 6
    assert len(push_service.received) == 1


def test_what_was_confirmed_is_what_leaves(
    project: ServedProject, push_service: PushService, campaign: CampaignText
) -> None:
    """Another content's digest, and one that is too short, send nothing."""
    project.write({"campaigns/hello.yaml": campaign()})
    confirmed = digest(project)
    project.write({"campaigns/hello.yaml": campaign(notification="{title: Other, desc: Words}")})

    assert project.run("try", "hello", "--confirm", confirmed).code == 6
    assert project.run("try", "hello", "--confirm", digest(project)[:12]).code == 6
    assert push_service.received == []


def test_the_command_to_paste_goes_to_the_same_people(project: ServedProject, campaign: CampaignText) -> None:
    """Whoever tries it on one phone must not paste what reaches all testers."""
    project.write({"campaigns/hello.yaml": campaign()})

    refused = project.run("try", "hello", "--to", "rong,lin", "--no-trace")

    assert "run: pushspec try hello -e test --to rong,lin --no-trace --confirm " in refused.err


@pytest.mark.parametrize(
    ("to", "message"),
    [
        (",".join(f"u{number}" for number in range(51)), "1 to 50 testers, not to 51"),
        ("", "error: --to names nobody\n"),
        ("lin,", "error: an account of --to is empty\n"),
        ("ada, ,lin", "error: an account of --to is empty\n"),
        ("ada,{{ user }}", "the tester {{ user }}"),
    ],
)
def test_whoever_is_named_must_be_a_few_accounts(
    project: ServedProject, push_service: PushService, campaign: CampaignText, to: str, message: str
) -> None:
    """A list by mistake is no list of testers."""
    project.write({"campaigns/hello.yaml": campaign()})
    refused = project.run("try", "hello", "--to", to)

    assert refused.code == 2
    assert message in refused.err
    assert "row" not in refused.err, "nobody wrote a table"
    assert push_service.received == []


def test_testers_may_be_named_for_one_try_or_lie_in_a_file(
    project: ServedProject, push_service: PushService, campaign: CampaignText
) -> None:
    """--to goes before the environment's; a file is read as every list is."""
    project.write({"campaigns/hello.yaml": campaign(), "testers.csv": "user\nbonnie\nrong\n"})
    confirmed = digest(project)
    project.run("try", "hello", "--to", "rong", "--no-trace", "--confirm", confirmed).assert_ok()
    text = (project.root / "pushspec.yaml").read_text()
    project.write({"pushspec.yaml": text.replace("{accounts: [ada, lin]}", "{file: testers.csv}")})
    project.run("try", "hello", "--no-trace", "--confirm", confirmed).assert_ok()

    assert [request.body["To_Account"] for request in push_service.received] == [["rong"], ["bonnie", "rong"]]


@pytest.mark.parametrize(
    ("testers", "rows", "says"),
    [
        ("{file: lost.csv}", "", 'pushspec.yaml:LINE:21: error[audience-file]: "lost.csv"'),
        ("{file: testers.csv}", "user\nada \n", "testers.csv:2: error[account-form]: the account holds"),
        ("{file: testers.csv}", "user\n", "error[audience-empty]"),
        ("{file: testers.csv, column: x}", "user,y\nada,1\n", "error[audience-column]"),
        ("{file: testers.csv}", "user\n" + "\n".join(f"u{it}" for it in range(51)), "to 1 to 50 testers"),
        ("{accounts: [ada, 'a b']}", "", "pushspec.yaml:LINE:31: error[account-form]: the account holds"),
    ],
)
def test_what_is_wrong_with_the_testers_is_told_before_a_try(
    project: ServedProject, campaign: CampaignText, testers: str, rows: str, says: str
) -> None:
    """`validate` reads all that a later command meets, at its place."""
    text = (project.root / "pushspec.yaml").read_text().replace("{accounts: [ada, lin]}", testers)
    project.write({"pushspec.yaml": text, "campaigns/hello.yaml": campaign(), "testers.csv": rows})
    line = text[: text.index("testers:")].count("\n") + 1

    checked = project.run("validate")

    assert says.replace("LINE", str(line)) in checked.out
    assert checked.code == 1
    assert project.run("try", "hello").code != 0


def test_a_try_ends_with_the_next_command(
    project: ServedProject, push_service: PushService, campaign: CampaignText
) -> None:
    """The plan says what comes after it; a try that nobody got is tried again, for the same people."""
    project.write({"campaigns/hello.yaml": campaign()})
    push_service.answer = lambda _: 502
    lost = attempt(project, "--no-trace")
    push_service.answer = lambda _: {}
    sent = attempt(project, "--no-trace").assert_ok()

    assert lost.out.endswith("\nNext: pushspec try hello -e test --no-trace\n")
    assert sent.out.endswith("\nNext: pushspec plan hello -e test\n")
    project.run("plan", "hello", "-e", "test").assert_ok()


def test_an_environment_without_testers_says_what_to_do(
    project: ServedProject, campaign: CampaignText
) -> None:
    """Nobody is never everybody, of testers either."""
    project.write({"campaigns/hello.yaml": campaign()})

    refused = project.run("try", "hello", "-e", "sandbox")

    assert refused.code == 2
    assert "has no testers" in refused.err
    assert "testers: {accounts: [...]}" in refused.err


def test_an_authors_own_data_id_leads_to_the_send_alone(
    project: ServedProject, push_service: PushService, campaign: CampaignText
) -> None:
    """A callback of the try must not look like one of the campaign."""
    text = campaign(
        endpoint="timpush/batch",
        audience="{accounts: [bo]}",
        delivery="{data_id: 'order:7'}",
        **{"from": "n"},
    )
    project.write({"campaigns/hello.yaml": text})
    attempt(project, "--no-trace").assert_ok()

    assert push_service.received[0].body["DataId"] == "hello@1!try1"


def test_the_lockfile_holds_no_tester_and_no_token(
    project: ServedProject, push_service: PushService, campaign: CampaignText
) -> None:
    """Names of colleagues are nobody's business for ever."""
    project.write({"campaigns/hello.yaml": campaign()})
    push_service.answer = traced
    attempt(project)
    records = [record for record in project.lockfile() if record["record"] == "tried"]

    assert [record["step"] for record in records] == ["intended", "sent", "traced"]
    assert (records[-1]["devices"], records[-1]["reached"]) == (2, 1)
    assert "lin" not in json.dumps(records)


def test_a_list_of_testers_is_short_by_its_type() -> None:
    """The one place that a try takes accounts from holds 50 at most."""
    assert len(trial.Testers(tuple(map(str, range(trial.MOST_TESTERS)))).accounts) == trial.MOST_TESTERS
    for accounts in ((), tuple(map(str, range(trial.MOST_TESTERS + 1)))):
        with pytest.raises(ValueError, match="1 to 50 testers"):
            trial.Testers(accounts)


def test_no_code_of_a_try_reads_a_campaigns_accounts() -> None:
    """Calls, groups and tables hold the audience; the modules of a try mention none of them."""
    package = Path(pushspec.__file__).parent
    for name in ("plan/trial.py", "apply/trial.py", "api/trying.py"):
        names = {
            node.attr
            for node in ast.walk(ast.parse((package / name).read_text(encoding="utf-8")))
            if isinstance(node, ast.Attribute)
        }
        assert not names & {"table", "groups", "audiences", "account_count", "remaining_calls", "sending"}, (
            name
        )


def test_many_that_were_not_tried_are_one_line(project: ServedProject, campaign: CampaignText) -> None:
    """Fifty campaigns with testers are no fifty remarks."""
    project.write({f"campaigns/c{number}.yaml": campaign(f"c{number}") for number in range(5)})

    shown = project.run("plan").out

    assert shown.count("not tried") == 1
    assert "not tried  c0@1, c1@1, c2@1 and 2 more: pushspec try NAME sends one to the testers" in shown
