"""Notices: who hears what, that they harm nobody, and that they never hold up or fail a send."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from pushspec.api.lockfile import read_lockfile
from pushspec.api.planning import build_plan
from pushspec.api.project import load_project
from pushspec.api.running import apply_plan
from pushspec.api.stopping import StopSignal
from pushspec.clock import utc_now
from pushspec.notify import sending, worker
from pushspec.notify.wording import MOST_BYTES, harmless, shortened

if TYPE_CHECKING:
    from collections.abc import Callable

    from cli.kit import Machine, PushService, Received, ServedProject

    CampaignText = Callable[..., str]

SECRET = "s3cr3t-t0k3n"


@pytest.fixture
def told(project: ServedProject, push_service: PushService, monkeypatch: pytest.MonkeyPatch) -> ServedProject:
    """A project whose notices go to a webhook on the push service's own server."""
    monkeypatch.setenv("HOOK", f"{push_service.url}/hook?token={SECRET}")
    target(project, "[{url: {env: HOOK}}]")
    return project


def target(project: ServedProject, notify: str) -> None:
    project.configure(f"notify: {notify}")


def notices(service: PushService) -> list[dict[str, Any]]:
    return [request.body for request in service.received if request.path == "/hook"]


def test_people_hear_that_a_campaign_is_finished(
    told: ServedProject, push_service: PushService, campaign: CampaignText
) -> None:
    """The event is JSON with a schema that the package prints."""
    told.write({"campaigns/hello.yaml": campaign()})
    told.apply().assert_ok()

    (event,) = notices(push_service)
    assert (event["event"], event["campaign"], event["environment"]) == ("end", "hello@1", "test")
    assert event["text"] == "hello@1 is finished: 1 call sent, 0 refused"
    jsonschema.validate(event, json.loads(told.run("schema", "event").assert_ok().out))


def test_people_hear_of_a_doubt_and_only_of_what_they_asked_for(
    project: ServedProject, push_service: PushService, campaign: CampaignText, monkeypatch: pytest.MonkeyPatch
) -> None:
    """on: says what; a doubt names the call and what to do."""
    monkeypatch.setenv("HOOK", f"{push_service.url}/hook?token={SECRET}")
    target(project, "[{url: {env: HOOK}, on: [in_doubt]}]")
    project.write({"campaigns/a.yaml": campaign("a"), "campaigns/b.yaml": campaign("b")})
    push_service.answer = lambda request: 502 if len(push_service.received) == 2 else {}
    assert project.apply().code == 5

    (event,) = notices(push_service)
    assert (event["event"], event["key"]) == ("in_doubt", "b@1")
    assert "pushspec status" in event["text"]


def test_people_hear_of_stages_once(
    told: ServedProject, push_service: PushService, campaign: CampaignText
) -> None:
    """A verdict that did not change is no news."""
    people = ", ".join(f"u{number}" for number in range(100))
    told.write(
        {
            "campaigns/hello.yaml": campaign(
                endpoint="timpush/batch",
                audience=f"{{accounts: [{people}]}}",
                rollout="[{stage: canary, share: 30%, hold: 1h}, {stage: rest}]",
                **{"from": "news"},
            )
        }
    )
    told.apply().assert_ok()
    told.run("apply", "hello").assert_ok()

    (event,) = notices(push_service)
    assert event["event"] == "stage"
    assert "stage rest waits, may open" in event["text"]


LOCAL = """{local: "2026-12-01T10:00", timezone_column: tz}"""


def test_people_hear_which_hour_went_and_which_is_next(
    told: ServedProject, push_service: PushService, campaign: CampaignText, machine: Machine
) -> None:
    """A line for each run and campaign, however many calls and zones it is."""
    zones = ["Asia/Tokyo"] * 3 + ["Asia/Seoul", "Asia/Shanghai", "Europe/Berlin"]
    rows = "".join(f"u{number},{zone}\n" for number, zone in enumerate(zones))
    keys = {"endpoint": "timpush/batch", "schedule": LOCAL, "from": "news"}
    text = campaign(**keys, audience="{file: people.csv, column: user_id}")
    told.write({"people.csv": "user_id,tz\n" + rows, "campaigns/hello.yaml": text})

    for moment in (
        "2026-12-01T01:10:00Z",
        "2026-12-01T01:20:00Z",
        "2026-12-01T02:10:00Z",
        "2026-12-01T09:10Z",
    ):
        machine.go_to(moment)
        told.apply().assert_ok()

    heard = [(event["event"], event["text"]) for event in notices(push_service)]
    assert heard == [
        ("stage", "hello@1: sent UTC+0900 (4 accounts, 1 call); next is UTC+0800 from 2026-12-01 02:00 UTC"),
        ("stage", "hello@1: sent UTC+0800 (1 account, 1 call); next is UTC+0100 from 2026-12-01 09:00 UTC"),
        ("end", "hello@1 is finished: 3 calls sent, 0 refused"),
        ("stage", "hello@1: sent UTC+0100 (1 account, 1 call); no hour is left"),
    ]
    schema = json.loads(told.run("schema", "event").assert_ok().out)
    for event in notices(push_service):
        jsonschema.validate(event, schema)


@pytest.mark.parametrize(
    "answer", [500, 302, {"errcode": 310000}, {"code": 19001}, {"StatusCode": 1}, {"ok": False}]
)
def test_a_target_that_refuses_fails_no_send(
    told: ServedProject, push_service: PushService, campaign: CampaignText, answer: int | dict[str, Any]
) -> None:
    """The target's own code decides, behind HTTP 200 too; the warning names kind and place, no address."""
    told.write({"campaigns/hello.yaml": campaign()})
    push_service.answer = lambda request: answer if request.path == "/hook" else {}
    run = told.apply().assert_ok()

    assert "warning: notify[0], webhook: it answered HTTP" in run.out
    assert SECRET not in run.out + run.err
    tested = told.run("notify", "--test")
    assert (tested.code, "! notify[0], webhook: it answered" in tested.out) == (8, True)
    assert SECRET not in tested.out + tested.err


def test_a_target_that_hangs_holds_up_no_run_for_longer_than_the_bound(
    told: ServedProject, push_service: PushService, campaign: CampaignText, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A chat that is down is no reason to wait; the bound of five seconds is lowered for the test."""
    assert sending.LONGEST_S == 5
    for module in ("notify.sending", "api.notifying"):
        monkeypatch.setattr(f"pushspec.{module}.LONGEST_S", 0.5)
    told.write({"campaigns/hello.yaml": campaign()})

    def hang(request: Received) -> dict[str, Any]:
        if request.path == "/hook":
            time.sleep(3)
        return {}

    push_service.answer = hang
    run = told.apply().assert_ok()

    assert "warning: noti" in run.out


def test_a_webhook_that_never_answers_was_connected(
    push_service: PushService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever reads "no connection" looks for a fault in the network; the bound is lowered here."""
    monkeypatch.setattr(worker, "_WEBHOOK_S", 1.0)
    is_over = threading.Event()
    push_service.answer = lambda _: {"late": is_over.wait(20)}

    silent = worker.deliver(f"{push_service.url}/hook?token={SECRET}", "acme", "words", {})
    is_over.set()
    nowhere = worker.deliver("http://127.0.0.1:1/hook", "acme", "words", {})

    assert silent == {"kind": "webhook", "why": "no answer within 1 s"}
    assert nowhere == {"kind": "webhook", "why": "no connection"}


def test_a_slow_target_keeps_no_other_from_hearing(
    project: ServedProject, push_service: PushService, campaign: CampaignText, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each hears everything at its own pace; a warning names the slow one; the bound is lowered here."""
    for module in ("notify.sending", "api.notifying"):
        monkeypatch.setattr(f"pushspec.{module}.LONGEST_S", 3.0)
    monkeypatch.setenv("SLOW", f"{push_service.url}/slow?token={SECRET}")
    monkeypatch.setenv("HOOK", f"{push_service.url}/hook?token={SECRET}")
    target(project, "[{url: {env: SLOW}}, {url: {env: HOOK}}]")
    project.write({f"campaigns/{name}.yaml": campaign(name) for name in ("a", "b")})
    is_over = threading.Event()

    def answer(request: Received) -> dict[str, Any]:
        if request.path == "/slow":
            is_over.wait(20)
        return {}

    push_service.answer = answer
    run = project.apply().assert_ok()
    is_over.set()

    assert [event["text"] for event in notices(push_service)] == [
        f"{name}@1 is finished: 1 call sent, 0 refused" for name in ("a", "b")
    ]
    assert "warning: notify[0] (SLOW): not all was told within 5 s" in run.out
    assert "notify[1]" not in run.out
    assert SECRET not in run.out + run.err


def test_after_a_stop_nobody_waits_for_a_chat(
    told: ServedProject, push_service: PushService, campaign: CampaignText, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever pressed Ctrl-C gets the prompt back; the bound is lowered for the test."""
    monkeypatch.setattr("pushspec.api.notifying.HURRIED_S", 0.05)
    told.write({"campaigns/hello.yaml": campaign()})
    stop, may_answer = StopSignal(), threading.Event()

    def answer(request: Received) -> dict[str, Any]:
        if request.path == "/hook":
            stop.set()
            may_answer.wait(20)
        return {}

    push_service.answer = answer
    project = load_project(told.root)
    digest = build_plan(project, now=utc_now(), state=read_lockfile(project)).digest
    result = apply_plan(project, approval=digest, stop=stop)
    may_answer.set()

    assert result.untold == ("notices: not all were told before the stop",)


def test_people_hear_what_a_person_decides(
    told: ServedProject, push_service: PushService, campaign: CampaignText
) -> None:
    """A stop, its end, a freeze and its end, each with a name and a reason."""
    told.write({"campaigns/hello.yaml": campaign()})
    told.run("stop", "hello", "--why", "wrong price", "--by", "bonnie").assert_ok()
    told.run("continue", "hello", "--why", "right now", "--by", "rong").assert_ok()
    told.run("freeze", "outage", "--by", "ada").assert_ok()
    told.run("freeze", "--off", "over", "--by", "lin").assert_ok()

    assert [(event["event"], event["text"]) for event in notices(push_service)] == [
        ("blocked", "hello@1: stopped by bonnie: wrong price"),
        ("stage", "hello@1: goes on by rong: right now"),
        ("blocked", "frozen by ada: outage"),
        ("blocked", "released by lin: over"),
    ]


def test_a_webhook_has_a_reason_as_it_was_typed_and_says_so(
    told: ServedProject, push_service: PushService, campaign: CampaignText
) -> None:
    """A program wants the text itself; the schema warns whoever forwards it."""
    told.write({"campaigns/hello.yaml": campaign()})
    why = "@all <!channel> <at user_id='all'></at>"
    told.run("stop", "hello", "--why", why, "--by", "bonnie").assert_ok()

    (event,) = notices(push_service)
    assert event["text"] == f"hello@1: stopped by bonnie: {why}"
    text = json.loads(told.run("schema", "event").assert_ok().out)["properties"]["text"]
    assert "escapes it" in text["description"]


def test_a_target_that_is_down_undoes_no_freeze(
    told: ServedProject, push_service: PushService, campaign: CampaignText
) -> None:
    """The record comes first; what could not be told is a warning."""
    told.write({"campaigns/hello.yaml": campaign()})
    push_service.answer = lambda request: 500 if request.path == "/hook" else {}
    frozen = told.run("freeze", "outage").assert_ok()

    assert "warning: notify[0], webhook: it answered HTTP 500" in frozen.err
    assert told.states() == {"hello": "frozen"}


def test_an_address_that_is_none_is_a_warning(
    told: ServedProject, campaign: CampaignText, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A secret that was pasted wrongly ends no thread with a traceback, and the others are told."""
    monkeypatch.setenv("HOOK", f"https://[{SECRET}")
    told.write({"campaigns/hello.yaml": campaign()})

    run = told.apply().assert_ok()

    assert "warning: notify[0], unknown: " in run.out
    assert SECRET not in run.out + run.err


def test_an_address_that_is_not_set_is_said(
    project: ServedProject, push_service: PushService, campaign: CampaignText
) -> None:
    """A runner without the secret still sends."""
    target(project, "[{url: {env: NOT_SET_ANYWHERE}}]")
    project.write({"campaigns/hello.yaml": campaign()})

    run = project.apply().assert_ok()

    assert "notify[0]: the environment variable NOT_SET_ANYWHERE is not set" in run.out
    assert project.run("notify", "--test").code == 8


def test_a_literal_address_is_refused(project: ServedProject, campaign: CampaignText) -> None:
    """Whoever reads the repository could write into the chat."""
    target(project, "[{url: 'https://open.feishu.cn/open-apis/bot/v2/hook/x'}]")
    project.write({"campaigns/hello.yaml": campaign()})

    assert "literal-secret" in project.run("validate").out


def test_a_chat_hears_the_language_of_the_run_and_a_webhook_english(
    told: ServedProject, campaign: CampaignText, monkeypatch: pytest.MonkeyPatch
) -> None:
    """People read a chat, programs a webhook; each gets what it can read."""
    heard: list[tuple[str, str]] = []

    def run(command: list[str], *, input: str, **_: object) -> subprocess.CompletedProcess[str]:  # noqa: A002 - the library's own name
        request = json.loads(input)
        heard.append((request["event"]["text"], request["text"]))
        return subprocess.CompletedProcess(command, 0, json.dumps({"kind": "feishu", "why": ""}), "")

    fake = SimpleNamespace(run=run, TimeoutExpired=subprocess.TimeoutExpired)
    monkeypatch.setattr("pushspec.notify.sending.subprocess", fake)
    told.write({"campaigns/hello.yaml": campaign()})

    told.run("--lang", "zh", "notify", "--test").assert_ok()
    told.apply("--lang", "zh").assert_ok()

    assert heard == [
        (
            "This is a test of pushspec for test. Nothing was sent.",
            "这是 pushspec 在 test 环境的一次测试，没有发送任何内容。",
        ),
        ("hello@1 is finished: 1 call sent, 0 refused", "hello＠1 已结束：1 次调用已发送，0 次被拒绝"),
    ]


def test_a_test_reaches_every_target(told: ServedProject, push_service: PushService) -> None:
    """Known before the first send that matters."""
    out = told.run("notify", "--test").assert_ok().out

    assert out == "  = notify[0], webhook: taken\n"
    assert notices(push_service)[0]["event"] == "test"
    assert told.run("notify", "--test", "-e", "sandbox").code == 2


@pytest.mark.parametrize(
    "text",
    [
        "@all",
        "<!channel> <@U123>",
        "[click](https://evil.example)",
        "<at user_id='all'></at>",
        "**bold** `code` ~struck~ _it_",
        "#general | https://x.example www.x.example",
        "&lt;!here&gt;",
    ],
)
def test_no_text_wakes_a_channel_or_leads_away(text: str) -> None:
    """Names and reasons come from files: what is a mention, a link or markup somewhere is plain text."""
    said = harmless(text)

    assert not set("@<>[]()*`#~|&_") & set(said)
    assert "://" not in said
    assert "www." not in said


def test_a_long_text_is_cut_at_a_character_and_says_where_the_rest_is() -> None:
    """Limits are bytes, and half a character is none."""
    cut = shortened("界" * 5_000)

    assert len(cut.encode()) <= MOST_BYTES
    assert cut.endswith("… (the rest: pushspec log)")
    assert set(cut.removesuffix("… (the rest: pushspec log)")) == {"界"}
    assert shortened("short") == "short"


CHATS = {
    "dingtalk://secret@token12345": ("dingtalk", '{"errcode": 310000}', "it answered HTTP 200, code 310000"),
    "https://oapi.dingtalk.com/robot/send?access_token=abc12345": ("dingtalk", '{"errcode": 0}', ""),
    "wecombot://botkey1234": ("wecom", '{"errcode": 93000}', "it answered HTTP 200, code 93000"),
    "feishu://abcdefgh": ("feishu", '{"code": 19001}', "it answered HTTP 200, code 19001"),
    "https://open.feishu.cn/open-apis/bot/v2/hook/abcdef12": ("feishu", '{"code": 0}', ""),
    "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/": ("slack", "ok", ""),
    "workflows://host.example.com/abcdef123/sig123456": ("teams", "1", ""),
    "nonsense://x": ("nonsense", "", "its address is none that Apprise knows"),
}
"""What each chat answers with HTTP 200, and what that means."""

PROGRAM = """
import json, sys
import requests
from pushspec.notify import worker

class Answer:
    status_code, headers = 200, {}
    def __init__(self, body):
        self.content, self.text = body.encode(), body
    def json(self):
        return json.loads(self.content)

asked, body = [], ""
def send(_, request, **how):
    assert how["allow_redirects"] is False
    asked.append(str(request.body))
    return Answer(body)

requests.Session.send, found = send, {}
for url, body in json.load(sys.stdin).items():
    found[url] = worker.deliver(url, "acme", "words", {})
    requests.Session.send = send
assert asked and all("words" in it for it in asked)
print(json.dumps(found))
"""
"""Stands in for the network alone; in a process of its own, as the library is always used."""


def test_each_chats_own_code_decides() -> None:
    """DingTalk and WeCom answer 200 and refuse in the body, which the library takes for success."""
    bodies = json.dumps({url: body for url, (_, body, _) in CHATS.items()})

    done = subprocess.run([sys.executable, "-I", "-c", PROGRAM], input=bodies, capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        url: {"kind": kind, "why": why} for url, (kind, _, why) in CHATS.items()
    }
