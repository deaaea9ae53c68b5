"""Taking back what was sent: what the person who sent the wrong text reads, confirms and finds recorded."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from cli.kit import on_a_terminal
from pushspec.operate import recall
from pushspec.tencent.codes import meaning_of
from pushspec.tencent.exchange import GateClosedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from workbench import Outcome

    from cli.kit import Machine, PushService, Received, ServedProject

    CampaignText = Callable[..., str]

SORRY = "{title: Sorry, desc: Please ignore our last message}"
LISTED = {"audience": "{accounts: [bonnie, rong, ada]}", "from": "administrator"}
REVOKE, WITHDRAW = "/v4/timpush/revoke", "/v4/openim/admin_msgwithdraw"


def _recall(project: ServedProject, name: str, *arguments: str) -> Outcome:
    """Look at the plan of a recall and confirm it as it asks for."""
    asked = project.run("recall", name, *arguments)
    (digest,) = re.findall("--confirm ([0-9a-f]{32})$", asked.err, re.MULTILINE)
    return project.run("recall", name, "--confirm", digest, *arguments)


def _recalls(service: PushService) -> list[Any]:
    return [request for request in service.received if request.path in {REVOKE, WITHDRAW}]


@pytest.fixture
def sent(project: ServedProject, campaign: CampaignText) -> ServedProject:
    """A push to everyone that is out, with the text for its recall."""
    project.write({"campaigns/hello.yaml": campaign(recall=SORRY)})
    project.apply().assert_ok()
    return project


@pytest.fixture
def chat(project: ServedProject, campaign: CampaignText) -> ServedProject:
    """A chat message to three people that is out, and is taken back one person a request."""
    text = campaign(
        "chat", endpoint="openim/batchsendmsg", message="[{text: hi}]", notification=None, **LISTED
    )
    project.write({"campaigns/chat.yaml": text})
    project.apply().assert_ok()
    return project


def test_the_plan_says_what_is_undone_and_what_stays(sent: ServedProject) -> None:
    """Whoever takes a push back in a hurry must not believe that it is gone from every phone."""
    outcome = sent.run("recall", "hello")

    assert outcome.code == 2
    assert re.search(r"takes back  1 call, possible until \d{4}-\d\d-\d\d \d\d:\d\d \(", outcome.out)
    assert outcome.out.count("UTC") == outcome.out.split("\n", 1)[0].count(" · times in UTC") == 1
    assert "shows       Sorry | Please ignore our last message (the recall text" in outcome.out
    assert "stays       Xiaomi, OPPO, vivo, Meizu" in outcome.out
    assert "unknown     whether the service gives the day's push back" in outcome.out
    assert "requests    1\n" in outcome.out
    assert "recall asks for confirmation, and there is no terminal" in outcome.err
    assert all(len(line) <= 80 for line in outcome.out.splitlines())


def test_a_confirmed_recall_is_made_once_and_recorded(sent: ServedProject, push_service: PushService) -> None:
    """The reviewed text goes along, and "accepted by the service" is all that anybody knows then."""
    outcome = _recall(sent, "hello").assert_ok()

    (request,) = _recalls(push_service)
    assert request.body == {
        "TaskId": "task-1",
        "OfflinePushInfo": {"Title": "Sorry", "Desc": "Please ignore our last message"},
    }
    assert "hello@1  accepted by the service" in outcome.out
    assert "Recalled hello@1: 1 call accepted by the service, 0 not taken back, 0 unknown." in outcome.out
    assert sent.kinds()[-4:] == ["open", "recall_intent", "recalled", "close"]
    again = sent.run("recall", "hello").assert_ok()
    assert "done        1 call taken back before" in again.out
    assert "Nothing to take back: no request was made." in again.out
    assert len(_recalls(push_service)) == 1


@pytest.mark.parametrize("digits", ["0" * 32, "8 of them"])
def test_nothing_is_taken_back_without_the_digest_of_this_plan(
    sent: ServedProject, push_service: PushService, digits: str
) -> None:
    """A digest that was copied from another plan, or a few digits that could be met by chance."""
    shown = re.findall("^digest ([0-9a-f]{12})$", sent.run("recall", "hello").out, re.MULTILINE)
    digest = shown[0][:8] if digits == "8 of them" else digits

    outcome = sent.run("recall", "hello", "--confirm", digest)

    assert outcome.code == 6
    assert _recalls(push_service) == []


def test_without_a_recall_text_the_campaigns_own_goes_along(
    project: ServedProject, push_service: PushService, campaign: CampaignText
) -> None:
    """The service wants a notification; people must know that it is the old one."""
    project.write({"campaigns/hello.yaml": campaign()})
    project.apply().assert_ok()

    said = project.run("recall", "hello").out
    _recall(project, "hello").assert_ok()

    assert "shows       Hello from hello | World (the campaign has no recall text" in said
    assert _recalls(push_service)[0].body["OfflinePushInfo"] == {"Title": "Hello from hello", "Desc": "World"}


@pytest.mark.parametrize("lost", [502, {"ErrorCode": 91000}, {"ActionStatus": "FAIL"}])
def test_a_lost_answer_is_unknown_and_recall_again_settles_it(
    sent: ServedProject, push_service: PushService, lost: Any
) -> None:
    """It is not repeated by itself; 90050 then proves that the first one worked."""
    push_service.answer = lambda _: lost
    first = _recall(sent, "hello")

    assert first.code == 5
    assert "hello@1  UNKNOWN" in first.out
    assert "0 calls accepted by the service, 0 not taken back, 1 unknown" in first.out
    assert len(_recalls(push_service)) == 1
    assert sent.kinds()[-2:] == ["recall_unknown", "close"]
    shown = " ".join(sent.run("status").out.split())
    assert "? hello@1" in shown
    assert "whether it is taken back is unknown: pushspec recall hello@1 -e test" in shown
    (told,) = json.loads(sent.run("status", "--format", "json").out)["campaigns"]
    assert told["recalls"] == {"unknown": 1}

    push_service.answer = lambda _: {"ErrorCode": 90050}
    assert "; 1 of them settles an earlier recall whose answer was lost" in " ".join(
        sent.run("recall", "hello").out.split()
    )
    second = _recall(sent, "hello").assert_ok()
    assert "accepted by the service: the task was recalled before" in second.out
    assert sent.lockfile()[-2]["text"] == "the task was recalled before"


def test_a_refusal_behind_a_lost_answer_is_told_as_it_is_counted(
    sent: ServedProject, push_service: PushService
) -> None:
    """Only 90050 says that the first request worked; 90049 says nothing of it."""
    push_service.answer = lambda _: 502
    _recall(sent, "hello")
    push_service.answer = lambda _: {"ErrorCode": 90049}

    second = _recall(sent, "hello")

    assert second.code == 5
    words = " ".join(second.out.split())
    assert "? hello@1 UNKNOWN: not by this request, and an earlier one may have done it (1 × 90049)" in words
    assert "0 calls accepted by the service, 0 not taken back, 1 unknown" in second.out


@pytest.mark.parametrize("code", [90049, 90052, 90053, 70001])
def test_a_refused_recall_is_told_with_its_reason(
    sent: ServedProject, push_service: PushService, code: int
) -> None:
    """Nothing was taken back, which is certain, and the reason says what to do."""
    push_service.answer = lambda _: {"ErrorCode": code}

    outcome = _recall(sent, "hello")

    assert outcome.code == (9 if code == 70001 else 6)
    assert "0 calls accepted by the service, 1 not taken back, 0 unknown" in outcome.out
    assert sent.kinds()[-2] == "not_recalled"
    assert "Next: pushspec recall hello@1" in outcome.out


def test_chat_messages_are_taken_back_one_person_a_request(
    project: ServedProject, push_service: PushService, campaign: CampaignText
) -> None:
    """Whom the service refused at the send never had the message."""
    text = campaign(
        "chat", endpoint="openim/batchsendmsg", message="[{text: hi}]", notification=None, **LISTED
    )
    project.write({"campaigns/chat.yaml": text})
    push_service.answer = lambda _: {"ErrorList": [{"To_Account": "rong", "ErrorCode": 70107}]}
    project.apply()
    push_service.answer = lambda _: {}

    said = project.run("recall", "chat").out
    outcome = _recall(project, "chat").assert_ok()

    assert "requests    2\n" in said
    assert "the message leaves the chat of both sides, for good" in said
    assert sorted((it.path, *it.body.values()) for it in _recalls(push_service)) == [
        (WITHDRAW, "administrator", "ada", "key-1"),
        (WITHDRAW, "administrator", "bonnie", "key-1"),
    ]
    assert "1 call accepted by the service" in outcome.out
    assert "bonnie" not in json.dumps(project.lockfile()[-3:])


def test_a_message_that_is_taken_back_from_some_says_from_how_many(
    chat: ServedProject, push_service: PushService
) -> None:
    """ "Not taken back" alone would hide that most people no longer have it."""
    push_service.answer = lambda it: {"ErrorCode": 90003} if it.body.get("To_Account") == "ada" else {}

    outcome = _recall(chat, "chat")

    assert outcome.code == 7
    said = " ".join(outcome.out.split())
    assert "! chat@1 not taken back · 2 of 3 requests accepted by the service (1 × 90003)" in said


def test_of_a_recall_that_ran_out_of_time_the_rest_is_asked_next(
    chat: ServedProject, push_service: PushService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither a word of the code nor what the service said of somebody else tells anybody what to do."""
    push_service.answer = lambda _: {"ErrorCode": 20023}
    leaves = iter([True])

    def check(run: Any, intent: Any, step: Any) -> None:
        del run, intent, step
        if not next(leaves, False):
            raise GateClosedError("deadline", "connecting took too long")

    monkeypatch.setattr(recall._Run, "_check", check)

    outcome = _recall(chat, "chat")

    assert outcome.code == 7
    said = " ".join(outcome.out.split())
    rest = "(2 × not asked in time; the next recall asks them)"
    assert f"not taken back · 1 of 3 requests accepted by the service {rest} Recalled chat@1" in said
    assert rest in " ".join(chat.run("log").out.split())
    assert "2 × 未及请求，下次撤回时再请求" in chat.run("--lang", "zh", "log").out


def test_the_reason_of_some_is_not_told_in_the_words_of_others(
    chat: ServedProject, push_service: PushService
) -> None:
    """The lockfile keeps the text of one reply, which may be that of a message that is gone."""
    push_service.answer = lambda it: {"ErrorCode": 90054 if it.body.get("To_Account") == "ada" else 20023}

    outcome = _recall(chat, "chat")

    said = " ".join(outcome.out.split())
    known = meaning_of(90054, "openim/admin_msgwithdraw")
    assert known is not None
    assert f"(1 × 90054): {known.meaning} Recalled" in said
    assert "the message was withdrawn before" not in said


def _recall_and_die(sent: ServedProject, push_service: PushService) -> None:
    """Take back hello by a process that is killed as its request arrives."""
    digest = re.findall("--confirm ([0-9a-f]{32})$", sent.run("recall", "hello").err, re.MULTILINE)[0]
    process = sent.start("recall", "hello", "--confirm", digest)

    def kill(_: Received) -> dict[str, Any]:
        process.kill()
        return {}

    push_service.answer = kill
    process.communicate(timeout=60)


def test_a_recall_that_was_killed_is_unknown_to_everybody_who_looks(
    sent: ServedProject, push_service: PushService
) -> None:
    """As for a send: nobody is under way any more, and only another recall can settle it."""
    _recall_and_die(sent, push_service)

    looked = sent.run("status")
    shown = " ".join(looked.out.split())
    assert looked.code == 5
    assert "? hello@1" in shown
    assert "recalled: 1 unknown" in shown
    assert "whether it is taken back is unknown: pushspec recall hello@1 -e test" in shown
    assert "1 campaign, 0 calls in doubt, 1 recall unknown" in shown
    assert sent.run("status", "--offline").code == 5
    (told,) = json.loads(sent.run("status", "--format", "json").out)["campaigns"]
    assert told["recalls"] == {"unknown": 1}
    push_service.answer = lambda _: {"ErrorCode": 90050}
    _recall(sent, "hello").assert_ok()


def test_unlock_names_the_recall_that_died(sent: ServedProject, push_service: PushService) -> None:
    """Whoever takes its lock would else hear of it from `status` only, and exit with 0."""
    _recall_and_die(sent, push_service)

    unlocked = sent.run("unlock", "--why", "it died")

    asked = "? hello@1: whether it is taken back is unknown: pushspec recall hello@1 -e test"
    assert asked in " ".join(unlocked.out.split())
    assert unlocked.code == 5


def test_a_recall_that_nobody_can_settle_any_more_alarms_nobody(
    sent: ServedProject, push_service: PushService, machine: Machine
) -> None:
    """A scheduled job that watches the exit code would stay red for good, and nothing would help."""
    push_service.answer = lambda _: 502
    assert _recall(sent, "hello").code == 5
    push_service.answer = lambda _: {}
    assert sent.run("status").code == 5
    machine.wait(hours=24)

    outcome = sent.run("status").assert_ok()

    shown = " ".join(outcome.out.split())
    assert "recalled: 1 unknown" in shown
    assert "whether it is taken back stays unknown: it is too late to ask" in shown
    assert "1 campaign, 0 calls in doubt\n" in outcome.out


def test_who_got_a_message_must_still_stand_in_the_files(
    project: ServedProject, push_service: PushService, campaign: CampaignText
) -> None:
    """The lockfile keeps no list, and another list would take messages from the wrong people."""
    keys = {"endpoint": "openim/batchsendmsg", "message": "[{text: hi}]", "notification": None}
    project.write({"campaigns/chat.yaml": campaign("chat", **keys, **LISTED)})
    project.apply().assert_ok()
    project.write(
        {"campaigns/chat.yaml": campaign("chat", **keys, **LISTED | {"audience": "{accounts: [lin]}"})}
    )

    outcome = project.run("recall", "chat")

    assert outcome.code == 6
    assert "the lockfile does not keep who got chat@1, and campaigns/chat.yaml cannot tell" in outcome.err
    assert "run it in a checkout of " in outcome.err
    assert _recalls(push_service) == []


def test_what_is_in_doubt_is_listed_before_the_plan(
    project: ServedProject, push_service: PushService, campaign: CampaignText
) -> None:
    """It may be out on phones, and its TaskId is missing, so the recall cannot reach it."""
    variants = "[{name: en, audience: {tags: {any: [en]}}}, {name: zh, audience: {tags: {any: [zh]}}}]"
    project.write({"campaigns/hello.yaml": campaign(audience=None, variants=variants)})
    push_service.answer = lambda request: 502 if len(push_service.received) == 2 else {}
    project.apply()
    push_service.answer = lambda _: {}

    asked = project.run("recall", "hello")
    outcome = _recall(project, "hello")

    doubt, plan = asked.out.index("? hello@1/zh may be out"), asked.out.index("takes back  1 call")
    assert doubt < plan
    resolve = "pushspec resolve hello@1/zh --as sent --task-id TASKID --why"
    assert resolve in asked.out
    assert outcome.code == 5
    assert "1 call accepted by the service, 0 not taken back, 1 unknown" in outcome.out

    project.run(
        "resolve", "hello@1/zh", "--as", "sent", "--task-id", "task-9", "--why", "console"
    ).assert_ok()
    _recall(project, "hello").assert_ok()
    assert [it.body["TaskId"] for it in _recalls(push_service)] == ["task-1", "task-9"]


def test_a_campaign_that_is_taken_back_sends_nothing_more(
    project: ServedProject, push_service: PushService, campaign: CampaignText
) -> None:
    """The rest of the list must not get what the others lose."""
    variants = "[{name: en, audience: {tags: {any: [en]}}}, {name: zh, audience: {tags: {any: [zh]}}}]"
    project.write({"campaigns/hello.yaml": campaign(audience=None, variants=variants)})
    push_service.answer = lambda request: {"ErrorCode": 90045} if len(push_service.received) == 2 else {}
    project.apply()
    push_service.answer = lambda _: {}
    said = project.run("recall", "hello").out
    _recall(project, "hello").assert_ok()
    before = len(push_service.received)

    outcome = project.apply()

    assert "not sent    1 call; a recall keeps them from being sent" in said
    assert "recalled (1 taken back); raise version to send it again" in outcome.out
    assert project.states() == {"hello": "blocked"}
    (told,) = json.loads(project.run("status", "--format", "json").out)["campaigns"]
    assert told["finished"]
    assert len(push_service.received) == before


def test_no_end_of_quiet_hours_lets_it_go_on(
    project: ServedProject, campaign: CampaignText, push_service: PushService, machine: Machine
) -> None:
    """It is blocked for good, so a job that waits for the morning must not see success."""
    machine.go_to("2026-12-01T10:00:00Z")
    people = ", ".join(f"u{number}" for number in range(40))
    keys = {"endpoint": "timpush/batch", "from": "news", "audience": f"{{accounts: [{people}]}}"}
    stages = "[{stage: first, share: 50%, hold: 1m}, {stage: rest}]"
    project.write({"campaigns/hello.yaml": campaign(recall=SORRY, rollout=stages, **keys)})
    project.apply().assert_ok()
    _recall(project, "hello")
    hours = 'policy: {quiet_hours: {from: "22:00", to: "08:00", timezone: UTC}}\n'
    project.write({"pushspec.yaml": (project.root / "pushspec.yaml").read_text() + hours})
    machine.go_to("2026-12-01T22:30:00Z")
    before = len(push_service.received)

    assert project.run("plan").code == 6
    assert project.apply().code == 6
    assert len(push_service.received) == before


def test_a_recall_works_while_everything_is_frozen_or_the_files_are_broken(
    sent: ServedProject, push_service: PushService
) -> None:
    """Both are what a bad day looks like, and the recall needs neither thaw nor files."""
    sent.run("freeze", "wrong text").assert_ok()
    sent.write({"campaigns/hello.yaml": "apiVersion: ["})

    _recall(sent, "hello@1").assert_ok()

    assert len(_recalls(push_service)) == 1


def test_a_name_that_was_never_sent_is_told(sent: ServedProject) -> None:
    """With the one that was meant."""
    outcome = sent.run("recall", "helo")

    assert outcome.code == 2
    assert "nothing was sent as helo" in outcome.err
    assert "did you mean 'hello'?" in outcome.err


def test_a_campaign_that_nobody_got_has_nothing_to_take_back(
    project: ServedProject, push_service: PushService, campaign: CampaignText
) -> None:
    """The name is known, so no other one is proposed."""
    project.write({"campaigns/hello.yaml": campaign()})
    push_service.answer = lambda _: {"ErrorCode": 90001}
    project.apply()

    outcome = project.run("recall", "hello")

    assert outcome.code == 2
    assert "nobody got hello, so there is nothing to take back" in outcome.err
    assert "pushspec show hello" in outcome.err


def test_every_plan_says_whether_it_could_be_recalled(project: ServedProject, campaign: CampaignText) -> None:
    """Reviewers read the replacement text before the push, when there is still time to write a better one."""
    batch = campaign("list", endpoint="timpush/batch", **LISTED)
    chat = campaign(
        "chat", endpoint="openim/batchsendmsg", message="[{text: hi}]", notification=None, **LISTED
    )
    project.write(
        {"campaigns/a.yaml": campaign(recall=SORRY), "campaigns/b.yaml": batch, "campaigns/c.yaml": chat}
    )

    shown = " ".join(project.run("plan", "--bodies").out.split())
    recalls = {it["name"]: it["recall"] for it in project.plan_json()["campaigns"]}

    assert (
        "recall: possible for 24 hours (1 request), on some phones only; "
        "replaced by: Sorry | Please ignore our last message"
    ) in shown
    assert "recall: perhaps possible for 24 hours (1 request)" in shown
    assert "without a recall text its own is sent along" in shown
    assert "recall: possible, one request a person (3 requests); no text takes its place" in shown
    assert [recalls[name]["possible"] for name in ("hello", "list", "chat")] == [True, None, True]
    assert (recalls["hello"]["title"], recalls["hello"]["desc"]) == (
        "Sorry",
        "Please ignore our last message",
    )
    for form in ("markdown", "html"):
        assert "Please ignore our last message" in project.run("plan", "--format", form).out


def test_another_recall_text_is_another_plan(project: ServedProject, campaign: CampaignText) -> None:
    """It is reviewed with the campaign, so what was confirmed holds for this text alone."""
    project.write({"campaigns/hello.yaml": campaign(recall=SORRY)})
    digest = project.plan_json()["digest"]
    project.write({"campaigns/hello.yaml": campaign(recall="{title: Sorry for that}")})

    assert project.run("apply", "--confirm", digest).code == 6

    project.apply().assert_ok()
    project.write({"campaigns/hello.yaml": campaign(recall=SORRY)})
    changed = project.run("plan")
    assert changed.code == 6
    assert "recall title  Sorry for that → Sorry" in changed.out


def test_the_sandboxs_phones_show_what_a_recall_does(project: ServedProject, campaign: CampaignText) -> None:
    """One rehearses it there: an iPhone shows the new text, a Xiaomi keeps the old one, the chat is empty."""
    chat = campaign(
        "chat", endpoint="openim/batchsendmsg", message="[{text: hi}]", notification=None, **LISTED
    )
    project.write({"campaigns/hello.yaml": campaign(recall=SORRY), "campaigns/chat.yaml": chat})
    digest = project.plan_json("-e", "sandbox")["digest"]
    project.run("apply", "-e", "sandbox", "--confirm", digest).assert_ok()
    for name in ("hello", "chat"):
        _recall(project, name, "-e", "sandbox").assert_ok()

    shown = "".join(project.run("sandbox", "inbox", name).out for name in ("bonnie", "rong", "ada"))

    assert "recalled  Sorry | Please ignore our last message" in shown
    assert "Hello from hello | World" in shown
    assert "withdrawn" in shown


@pytest.mark.parametrize(("answer", "code", "calls"), [(b"y\n", 0, 1), (b"n\n", 130, 0), (b"\n", 130, 0)])
def test_on_a_terminal_recall_asks(
    sent: ServedProject, push_service: PushService, answer: bytes, code: int, calls: int
) -> None:
    """Only a yes asks the service for anything."""
    ended, shown = on_a_terminal(answer, "recall", "hello")

    assert "Take back hello@1 from test by 1 request? [y/N]" in shown
    assert ended == code, shown
    assert ("No request was made." in shown) is (code == 130)
    assert len(_recalls(push_service)) == calls
    del sent


def test_what_changed_while_it_asked_is_refused(sent: ServedProject, push_service: PushService) -> None:
    """A colleague may have been quicker; the yes was to another plan."""
    ended, shown = on_a_terminal(b"y\n", "recall", "hello", meanwhile=lambda: _recall(sent, "hello"))

    assert "the recall of hello@1 changed after its plan was shown" in " ".join(shown.split())
    assert ended == 6
    assert len(_recalls(push_service)) == 1
    assert sent.kinds()[-2:] == ["open", "close"]


def test_show_says_of_each_call_whether_it_is_taken_back(sent: ServedProject) -> None:
    """Whoever is asked later finds it beside the call."""
    _recall(sent, "hello").assert_ok()

    assert "recall: taken back" in sent.run("show", "hello").out
    (call,) = json.loads(sent.run("show", "hello", "--format", "json").out)["calls"]
    assert call["recall"] == "taken back"


def test_a_campaign_without_its_last_record_is_quiet_once_it_is_taken_back(
    sent: ServedProject, campaign: CampaignText
) -> None:
    """An apply that died before it wrote the end leaves nothing to do, and must not say so each time."""
    lock = sent.root / "pushspec.test.lock"
    lines = lock.read_bytes().splitlines(keepends=True)
    lock.write_bytes(b"".join(lines[:-2]))
    sent.run("unlock", "--why", "it died")
    _recall(sent, "hello").assert_ok()

    sent.write({"campaigns/other.yaml": campaign("other")})

    outcome = sent.apply().assert_ok()

    assert "it was to be taken back" not in outcome.out + outcome.err
    assert "Applied: 1 call sent." in outcome.out
