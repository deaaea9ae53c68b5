"""Three in the morning: what the person on call reads and types until a doubt is settled."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from cli.kit import kill_while_sending

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cli.kit import PushService, Received, ServedProject

    CampaignText = Callable[..., str]

PAGE = Path(__file__).parents[2] / "docs" / "in-doubt.md"
INSTANT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)? (UTC|[+-]\d\d:\d\d)")
SEEN = {"a gateway's 502": 502, "an answer without a TaskId": {"TaskId": ""}}


@pytest.fixture
def in_shanghai(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Read instants there, where they are longer than in UTC."""
    with monkeypatch.context() as there:
        there.setenv("TZ", "Asia/Shanghai")
        time.tzset()
        yield
    time.tzset()


@pytest.fixture
def doubted(project: ServedProject, push_service: PushService, campaign: CampaignText) -> str:
    """Leave ``hello@1`` in doubt and ``other@1`` unsent; return what the apply said."""
    project.write({"campaigns/hello.yaml": campaign(), "campaigns/other.yaml": campaign("other")})
    push_service.answer = lambda _: 502
    outcome = project.apply()
    push_service.answer = lambda _: {}
    assert outcome.code == 5, outcome.err
    return outcome.out


def _line(text: str, label: str) -> str:
    return next(line for line in text.splitlines() if line.strip().startswith(label))


def test_the_screen_says_what_is_known_and_what_to_type(doubted: str) -> None:
    """Tired people copy the command that stands there, so it must be the whole one, with its environment."""
    assert "? hello@1 is IN DOUBT: it was sent once, or not at all" in doubted
    assert "everyone, by timpush/push" in _line(doubted, "to ")
    assert "all users of the app" in _line(doubted, "people")
    assert INSTANT.search(_line(doubted, "when"))
    assert "HTTP 502 without the service's own answer" in _line(doubted, "seen")
    assert "pushspec never repeats it by itself" in _line(doubted, "not known")
    assert INSTANT.search(_line(doubted, "not-sent"))
    for verdict in ("sent --task-id TASKID", "not-sent", "abandoned"):
        assert f"    pushspec resolve hello@1 -e test --as {verdict} --why " in doubted
    assert "Next: pushspec apply -e test   # campaigns in doubt wait until settled" in doubted


@pytest.mark.usefixtures("doubted")
def test_an_apply_of_one_campaign_only_names_the_doubts_of_others(project: ServedProject) -> None:
    """What to do about them was said before, and hides how this one went."""
    digest = project.plan_json("other")["digest"]
    said = project.run("apply", "other", "--confirm", digest)

    assert said.code == 5
    _, end = said.out.split("Applied: 1 call sent.")
    told = "Not of this run, and still to be settled: hello@1; pushspec status -e test says more"
    assert told in " ".join(end.split())
    assert "IN DOUBT" not in end


@pytest.mark.usefixtures("in_shanghai")
@pytest.mark.parametrize("command", [["status"], ["apply"]])
def test_every_line_about_a_doubt_fits_eighty_columns(
    project: ServedProject, doubted: str, command: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A phone over ssh, half a screen; only what is to be copied may be longer."""
    monkeypatch.setenv("COLUMNS", "80")
    said = doubted[doubted.index("Applied:") :] if command == ["apply"] else project.run(*command).out

    assert [line for line in said.splitlines() if len(line) > 80 and "pushspec resolve" not in line] == []


@pytest.mark.parametrize("seen", SEEN)
def test_whatever_is_no_clear_answer_stops_the_run_with_five(
    project: ServedProject, push_service: PushService, campaign: CampaignText, seen: str
) -> None:
    """The next push may go the same way, so the run stops before it."""
    project.write({"campaigns/hello.yaml": campaign(), "campaigns/other.yaml": campaign("other")})
    answer: Any = SEEN[seen]
    push_service.answer = lambda _: answer

    outcome = project.apply()

    assert outcome.code == 5
    assert "Applied: 0 calls sent, 1 left, 1 in doubt." in outcome.out
    assert len(push_service.received) == 1


def test_the_number_of_people_is_told_where_it_is_known(
    project: ServedProject, push_service: PushService, campaign: CampaignText
) -> None:
    """Whom to wake depends on it."""
    project.configure("population: 1200000")
    listed = campaign(
        "b", endpoint="timpush/batch", audience="{accounts: [x, y]}", **{"from": "administrator"}
    )
    tagged = campaign("c", audience="{tags: {any: [股票A]}}")
    push_service.answer = lambda _: 502
    told = {}
    for name, written in {"a": campaign("a"), "b": listed, "c": tagged}.items():
        project.write({f"campaigns/{name}.yaml": written})
        project.run("apply", name, "--confirm", project.plan_json(name)["digest"])
        said = project.run("status").out
        told[name] = _line(said[said.index(f"? {name}@1") :], "people")

    assert "about 1,200,000, all users of the app" in told["a"]
    assert "2 accounts" in told["b"]
    assert "only the service knows how many these are" in told["c"]


def test_a_chat_message_is_looked_for_in_the_chat(
    project: ServedProject, push_service: PushService, campaign: CampaignText
) -> None:
    """It has no push task and no TaskId; looking for one would find nothing and prove nothing."""
    message = {"endpoint": "openim/batchsendmsg", "from": "administrator", "notification": None}
    text = campaign(audience="{accounts: [x]}", message="[text: Hi]", **message)
    project.write({"campaigns/hello.yaml": text})
    push_service.answer = lambda _: 502

    said = project.apply().out

    assert "look for it in the chat history of an account" in said
    assert "--as sent --msg-key MSGKEY --why" in said
    assert "task" not in said[said.index("IN DOUBT") :]


@pytest.mark.usefixtures("in_shanghai")
@pytest.mark.parametrize("command", [["status"], ["show", "hello"], ["log"]])
def test_instants_are_in_the_time_of_whoever_reads(
    project: ServedProject, doubted: str, command: list[str]
) -> None:
    """At three in the morning nobody should have to count hours."""
    said = project.run(*command).out

    for text in (doubted, said):
        assert "+08:00" in text
        assert not re.search(r"UTC(?![+-])|\dZ", text)


def test_status_ends_with_five_until_the_doubt_is_settled(project: ServedProject, doubted: str) -> None:
    """A scheduled job can watch for it, and nobody forgets it."""
    del doubted
    before = project.run("status")
    project.run("resolve", "hello@1", "--as", "abandoned", "--why", "too late").assert_ok()
    after = project.run("status")

    assert (before.code, after.code) == (5, 0)
    assert "? hello@1 timpush/push everyone · begun" in " ".join(before.out.split())
    assert before.out.endswith("1 campaign, 1 call in doubt\n")
    assert "= hello@1 timpush/push everyone · begun" in " ".join(after.out.split())


STATEMENTS = {
    "sent": (["--task-id", "t-9"], "It is never sent again.", "sent"),
    "abandoned": ([], "It is never sent.", "abandoned"),
}


@pytest.mark.parametrize("verdict", STATEMENTS)
def test_a_settled_call_is_never_made_again(
    project: ServedProject, push_service: PushService, doubted: str, verdict: str
) -> None:
    """The next plan, apply, show and log all know what was said, and by whom."""
    del doubted
    more, means, state = STATEMENTS[verdict]

    said = project.run("resolve", "hello@1", "--as", verdict, *more, "--why", "ticket 4711", "--by", "ada")
    project.run("apply", "other", "--confirm", project.plan_json("other")["digest"]).assert_ok()

    assert said.out.startswith(f"ada recorded hello@1 as {verdict} in pushspec.test.lock.\n{means}\n")
    assert said.out.endswith("Nothing else is in doubt.\n")
    assert project.states() == {"hello": state, "other": "sent"}
    assert "Nothing to send." in project.run("apply").out
    assert len(push_service.received) == 2
    assert "finished  yes, 1 of 1 call made\n" in project.run("show", "hello").out
    assert "ada: ticket 4711" in project.run("show", "hello").out
    assert f"settled as {verdict} by ada: ticket 4711" in project.run("log", "hello").out


def test_not_sent_is_refused_until_the_request_can_no_longer_arrive(
    project: ServedProject, push_service: PushService, doubted: str
) -> None:
    """Too early is the one mistake that sends twice; both places name the same instant."""
    allowed = INSTANT.search(_line(doubted, "not-sent"))
    assert allowed is not None

    early = project.run("resolve", "hello@1", "--as", "not-sent", "--why", "nothing in the console")

    assert early.code == 6
    assert f"hint: try again after {allowed.group()}\n" in early.err
    assert project.states()["hello"] == "in doubt"
    assert len(push_service.received) == 1


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["helo@1", "--as", "sent", "--why", "seen"], "did you mean 'hello@1'?"),
        (["hello", "--as", "sent", "--why", "seen"], "its calls in doubt: hello@1"),
        (["other@1", "--as", "sent", "--why", "seen"], "the lockfile has no call other@1"),
        (["hello@1", "--as", "sent", "--why", "..."], "'...' is no reason"),
        (["hello@1", "--as", "sent"], "missing option '--why'"),
        (["hello@1", "--as", "done", "--why", "seen"], "the lockfile has no task hello@1"),
        (
            ["hello@1", "--as", "abandoned", "--why", "x", "--task-id", "9"],
            "an id from the service goes with sent or done alone",
        ),
    ],
)
def test_a_statement_that_cannot_be_meant_is_told_so(
    project: ServedProject, doubted: str, arguments: list[str], text: str
) -> None:
    """Nothing of it is written; the hint names what may have been meant."""
    del doubted
    records = len(project.lockfile())

    outcome = project.run("resolve", *arguments)

    assert outcome.code == 2
    assert text in outcome.err
    assert len(project.lockfile()) == records


@pytest.mark.parametrize(
    "command",
    [["stop", "hello"], ["continue", "hello"], ["unlock"], ["resolve", "hello@1", "--as", "sent"]],
    ids=lambda command: command[0],
)
def test_an_empty_name_or_reason_is_told_by_its_option(project: ServedProject, command: list[str]) -> None:
    """It is most often a variable that is not set, and the record would name the wrong person."""
    empty = "it is empty, and the lockfile keeps it for whoever asks later"
    for option, others in (("--why", []), ("--by", ["--why", "it is on my phone"])):
        for value in ("", " "):
            refused = project.run(*command, *others, option, value)
            assert (refused.code, f"'{option}': {empty}" in refused.err) == (2, True), refused.err


@pytest.mark.parametrize(("typed", "what"), [([" "], "REASON"), (["outage", "--by", ""], "--by")])
def test_a_freeze_without_a_name_or_a_reason_says_which(
    project: ServedProject, typed: list[str], what: str
) -> None:
    """Every plan shows both."""
    refused = project.run("freeze", *typed)

    assert (refused.code, f"'{what}': it is empty" in refused.err) == (2, True), refused.err


def test_a_call_that_nobody_doubts_is_told_as_it_is(project: ServedProject, doubted: str) -> None:
    """A colleague was quicker: what was said and by whom is the answer."""
    del doubted
    project.run("resolve", "hello@1", "--as", "sent", "--task-id", "t-9", "--why", "seen", "--by", "ada")

    outcome = project.run("resolve", "hello@1", "--as", "sent", "--why", "seen as well")

    assert outcome.code == 2
    assert "hello@1 is not in doubt: it is sent (t-9), ada: seen" in outcome.err


def test_evidence_against_the_record_has_its_own_text_and_can_be_settled(
    project: ServedProject, push_service: PushService, campaign: CampaignText
) -> None:
    """It must not happen; if it does, nothing of the campaign leaves until a person gives the call up."""
    push_service.answer = lambda _: {"ErrorCode": 70009}
    project.write({"campaigns/hello.yaml": campaign()})
    project.apply()
    push_service.answer = lambda _: {}

    said = project.run("resolve", "hello@1", "--as", "sent", "--why", "it is on my phone", "--by", "ada")
    status = project.run("status")
    apply = project.run("apply")

    assert (said.code, status.code, apply.code) == (5, 5, 5)
    assert "hello@1 is refused in the lockfile, yet it was sent" in said.err
    assert "! hello@1 is blocked: EVIDENCE AGAINST THE RECORD" in status.out
    assert "hello@1 was sent, says ada: it is on my phone" in status.out
    assert "pushspec resolve hello@1 -e test --as abandoned" in status.out
    assert status.out.endswith("1 campaign, 0 calls in doubt, 1 with evidence against the record\n")
    assert "Nothing to send." in apply.out
    project.run("resolve", "hello@1", "--as", "abandoned", "--why", "ticket 4711").assert_ok()
    assert project.run("status").code == 0
    assert len(push_service.received) == 1


@pytest.mark.parametrize("names", [["other"], []], ids=["another is named", "its file is gone"])
def test_a_doubt_outside_the_plan_ends_an_apply_without_work_with_five(
    project: ServedProject, push_service: PushService, doubted: str, names: list[str]
) -> None:
    """A scheduled job that applies one campaign, or a deleted file, must not turn a doubt into success."""
    del doubted
    project.run("apply", "other", "--confirm", project.plan_json("other")["digest"])
    if not names:
        (project.root / "campaigns/hello.yaml").unlink()

    outcome = project.run("apply", *names, "--confirm", "0" * 12)

    assert outcome.code == 5
    assert "Nothing to send. For what is in doubt: pushspec status -e test" in outcome.out
    assert len(push_service.received) == 2


def test_a_killed_apply_leaves_a_doubt_that_unlock_shows(
    project: ServedProject, push_service: PushService, campaign: CampaignText
) -> None:
    """Whoever takes the lock reads what the dead run left, and what to do."""
    project.write({"campaigns/hello.yaml": campaign()})
    kill_while_sending(project, push_service)
    held = project.run("status")
    unlocked = project.run("unlock", "--why", "the runner is gone", "--by", "ada")
    again = project.run("unlock", "--why", "the runner is gone")

    assert "lock free" in held.out
    assert "(apply) died, its process is gone" in held.out
    assert unlocked.code == 5
    assert "The lock of test is free." in unlocked.out
    assert "If that run is still alive, it can no longer send." in unlocked.out
    assert "? hello@1 is IN DOUBT" in unlocked.out
    assert "the run ended before it wrote what became of this call" in " ".join(unlocked.out.split())
    assert (again.code, "no run holds the lock" in again.err) == (2, True)
    for story in (project.run("log").out, project.run("log", "hello").out):
        assert story.count("hello@1  IN DOUBT: its run ended without an outcome") == 1
    assert "IN DOUBT" not in project.run("log", "--format", "json").out
    assert len(push_service.received) == 1


def test_unlocking_a_live_run_stops_it_before_its_next_call(
    project: ServedProject, push_service: PushService, campaign: CampaignText
) -> None:
    """It is always safe: what cannot be written cannot be sent."""
    project.write({f"campaigns/{name}.yaml": campaign(name) for name in "ab"})

    def unlock(request: Received) -> dict[str, Any]:
        del request
        _in_a_process(project, "unlock", "--why", "I thought it was dead", "--by", "ada")
        return {}

    push_service.answer = unlock
    outcome = project.apply()

    assert outcome.code == 8
    assert "another run took over the lockfile" in outcome.out
    assert "? a@1 is IN DOUBT" in outcome.out
    assert len(push_service.received) == 1


def test_a_freeze_stops_a_run_before_its_next_call(
    project: ServedProject, push_service: PushService, campaign: CampaignText
) -> None:
    """The text is wrong, and three campaigns of it are on their way."""
    project.write({f"campaigns/{name}.yaml": campaign(name) for name in "abc"})
    said: list[str] = []

    def freeze(request: Received) -> dict[str, Any]:
        del request
        said.append(_in_a_process(project, "freeze", "wrong text", "--by", "ada"))
        return {}

    push_service.answer = freeze
    outcome = project.apply()

    assert "is running (apply); it stops before its next call." in said[0]
    assert 'Nothing is sent until: pushspec freeze --off -e test "WHY"' in said[0]
    assert outcome.code == 7
    assert "Stopped: frozen: wrong text" in outcome.out
    assert 'Next: pushspec freeze --off -e test "WHY", then pushspec apply -e test' in outcome.out
    assert len(push_service.received) == 1
    assert project.states() == {"a": "sent", "b": "frozen", "c": "frozen"}


def test_listed_accounts_may_go_on_past_some_doubts(
    project: ServedProject, push_service: PushService, campaign: CampaignText
) -> None:
    """No account is in two parts, so the others get theirs; what is in doubt is listed once each."""
    accounts = [f"user{number}" for number in range(1_001)]
    text = campaign(
        endpoint="timpush/batch", **{"from": "administrator"}, audience=f"{{accounts: {accounts}}}"
    )
    project.write({"campaigns/hello.yaml": text})
    push_service.answer = lambda request: 502 if request.body["DataId"] == "hello@1#2" else {}

    outcome = project.apply("--max-in-doubt", "1")

    assert outcome.code == 5
    assert "Applied: 2 calls sent, 1 in doubt." in outcome.out
    assert "? hello@1#2 is IN DOUBT" in outcome.out
    assert "500 accounts" in _line(outcome.out, "people")
    assert "sent, 1 in doubt" in " ".join(project.run("status").out.split())
    assert len(push_service.received) == 3


def _in_a_process(project: ServedProject, *arguments: str) -> str:
    """Run a command beside the one that runs in this process."""
    process = project.start(*arguments)
    out, err = process.communicate(timeout=60)
    return out + err


def test_an_environment_that_never_sent_says_so(project: ServedProject, campaign: CampaignText) -> None:
    """Silence looks like a broken command; a name that is none gets the nearest one."""
    empty = project.run("log")
    project.write({"campaigns/hello.yaml": campaign()})
    project.apply()
    unknown = project.run("log", "helo")

    assert (empty.code, empty.out.count("\n")) == (0, 3), "a heading, and the header alone"
    assert "header    app 1400000001, environment test" in empty.out
    assert (unknown.code, unknown.out) == (2, "")
    assert "nothing was sent as helo\nhint: did you mean 'hello'?" in unknown.err


def test_a_mistyped_command_gets_the_nearest_one(project: ServedProject) -> None:
    """`pln` at three in the morning."""
    assert project.run("pln").err == "error: no such command 'pln'\nhint: did you mean 'plan'?\n"


@pytest.mark.parametrize("variable", ["PUSHSPEC_RESOLVE_AS", "PUSHSPEC_RESOLVE_VERDICT"])
def test_the_variable_of_an_option_is_named_as_the_option(
    project: ServedProject, doubted: str, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    """The older name is still taken."""
    del doubted
    monkeypatch.setenv(variable, "abandoned")

    assert project.run("resolve", "hello@1", "--why", "too late").code == 0


@pytest.mark.usefixtures("in_shanghai")
def test_the_page_quotes_the_screen(doubted: str) -> None:
    """Whoever compares the two at three in the morning must find the same words."""
    page = PAGE.read_text(encoding="utf-8")
    quoted = re.search(r"```text\n(.*?)```", page, flags=re.DOTALL)
    assert quoted is not None
    screen = doubted[doubted.index("? hello@1 is") : doubted.index("\nNext:")]

    assert _without_instants(quoted.group(1)).strip() == _without_instants(screen).strip()


def _without_instants(text: str) -> str:
    return INSTANT.sub("INSTANT", text)
