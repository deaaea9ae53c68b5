"""What a user gets from ``apply``: each call once, a record of it, and a clear end."""

from __future__ import annotations

import json
import shlex
import signal
from collections.abc import Callable
from typing import Any

import pytest

from cli.kit import APP, SECRET, PushService, Received, ServedProject, on_a_terminal
from pushspec.plan.saved import SavedPlan

CampaignText = Callable[..., str]


def test_a_second_apply_sends_nothing(
    project: ServedProject, push_service: PushService, campaign: CampaignText
) -> None:
    """This is the promise that all others serve."""
    project.write({"campaigns/hello.yaml": campaign()})

    first = project.apply()
    second = project.apply()

    assert (first.code, second.code) == (0, 0), first.err
    assert len(push_service.received) == 1
    assert "Nothing to send." in second.out
    assert project.states() == {"hello": "sent"}
    assert project.run("plan", "--detailed-exitcode").code == 0


def test_the_request_is_what_the_plan_showed(
    project: ServedProject, push_service: PushService, campaign: CampaignText
) -> None:
    """What reviewers approve must be what leaves, byte for byte."""
    project.write({"campaigns/hello.yaml": campaign()})
    shown = project.plan_json()["campaigns"][0]["calls"][0]

    project.apply()

    assert push_service.received[0].path == "/v4/timpush/push"
    assert push_service.received[0].body == shown["body"]
    intent = next(record for record in project.lockfile() if record["record"] == "intent")
    assert intent["payload_sha256"] == shown["payload_sha256"]


@pytest.mark.parametrize("digits", [0, 1, 7])
def test_a_few_digits_confirm_nothing(
    project: ServedProject, push_service: PushService, campaign: CampaignText, digits: int
) -> None:
    """One digit is right for every sixteenth plan, and no digit for each."""
    project.write({"campaigns/hello.yaml": campaign()})

    outcome = project.run("apply", "--confirm", project.plan_json()["digest"][:digits])

    assert outcome.code == 6, outcome.out + outcome.err
    assert push_service.received == []


def test_the_query_is_the_documented_one(
    project: ServedProject, push_service: PushService, campaign: CampaignText
) -> None:
    """The service's REST page names these five, and their values are case-sensitive."""
    project.write({"campaigns/hello.yaml": campaign()})

    project.apply()

    query = push_service.received[0].query
    assert set(query) == {"sdkappid", "identifier", "usersig", "random", "contenttype"}
    assert (query["sdkappid"], query["identifier"], query["contenttype"]) == (
        str(APP),
        "administrator",
        "json",
    )
    assert 0 <= int(query["random"]) < 2**32


def test_the_task_id_is_in_the_lockfile(
    project: ServedProject, push_service: PushService, campaign: CampaignText
) -> None:
    """The lockfile is the audit log: who, what, which task."""
    project.write({"campaigns/hello.yaml": campaign()})

    project.apply()

    assert project.kinds() == ["header", "open", "begin", "intent", "sent", "end", "close"]
    assert project.lockfile()[4]["task_id"] == "task-1"
    assert project.plan_json()["campaigns"][0]["sent"][0]["task_id"] == "task-1"


def test_more_than_500_accounts_become_several_calls(
    project: ServedProject, push_service: PushService, campaign: CampaignText
) -> None:
    """A call names 500 accounts at most; together the calls name each account once, in order."""
    accounts = [f"user{number}" for number in range(1_001)]
    text = campaign(
        endpoint="timpush/batch", **{"from": "administrator"}, audience=f"{{accounts: {accounts}}}"
    )
    project.write({"campaigns/hello.yaml": text})

    outcome = project.apply()

    assert outcome.code == 0, outcome.err
    parts = sorted(push_service.received, key=lambda request: request.body["DataId"])
    assert [request.body["DataId"] for request in parts] == ["hello@1#1", "hello@1#2", "hello@1#3"]
    assert [account for request in parts for account in request.body["To_Account"]] == accounts
    assert len({request.body["MsgRandom"] for request in parts}) == 3
    assert project.states() == {"hello": "sent"}


@pytest.mark.parametrize(
    ("endpoint", "content", "answer"),
    [
        ("timpush/batch", "notification", {"ActionStatus": "OK"}),
        ("openim/batchsendmsg", "message", {"ActionStatus": "SomeError"}),
    ],
)
def test_refused_accounts_are_on_the_screen_and_in_the_lockfile(
    project: ServedProject,
    push_service: PushService,
    campaign: CampaignText,
    endpoint: str,
    content: str,
    answer: dict[str, Any],
) -> None:
    """Both endpoints say it in their own way; for the reader it is one thing."""
    contents = {"notification": "{title: Hi}", "message": "[text: Hi]"}
    text = campaign(
        endpoint=endpoint,
        audience="{accounts: [bonnie, ghost]}",
        **{"from": "administrator", "notification": None, content: contents[content]},
    )
    push_service.answer = lambda _: answer | {"ErrorList": [{"To_Account": "ghost", "ErrorCode": 70107}]}
    project.write({"campaigns/hello.yaml": text})

    outcome = project.apply()

    assert outcome.code == 7
    assert "  ! hello@1  1 person refused (the account does not exist, 70107): ghost\n" in outcome.out
    assert "  + hello@1  sent to 1 of 2 people\n" in outcome.out
    sent = next(record for record in project.lockfile() if record["record"] == "sent")
    assert sent["refused"] == {"70107": ["ghost"]}
    assert "ghost" not in project.run("show", "hello").out
    assert "ghost  70107" in project.run("show", "hello", "--accounts").out
    assert project.states() == {"hello": "sent"}


def test_without_a_terminal_apply_wants_a_confirmation(
    project: ServedProject, push_service: PushService, campaign: CampaignText
) -> None:
    """A script that nobody answers must not send; the hint is a command that a shell takes as it is."""
    project.write({"campaigns/hello.yaml": campaign(labels="{team: a b}")})

    outcome = project.run("apply", "h*", "--select", "label:team=a b")

    assert (outcome.code, push_service.received) == (2, [])
    command = shlex.split(outcome.err.split("plan, or run: ")[1])
    assert command[:5] == ["pushspec", "apply", "h*", "-e", "test"]
    assert project.run(*command[1:]).code == 0
    assert len(push_service.received) == 1


@pytest.mark.parametrize("digest", ["000000000000", "", "4"])
def test_a_confirmation_of_another_plan_is_refused(
    project: ServedProject, push_service: PushService, campaign: CampaignText, digest: str
) -> None:
    """Whoever confirms must have seen this very plan."""
    project.write({"campaigns/hello.yaml": campaign()})

    outcome = project.run("apply", "--confirm", digest)

    assert outcome.code == 6
    assert "digest" in outcome.err
    assert push_service.received == []


@pytest.mark.parametrize(
    ("audience", "answer", "code", "calls"),
    [
        ("{tags: {any: [A]}}", b"y\n", 0, 1),
        ("{tags: {any: [A]}}", b"n\n", 130, 0),
        ("{tags: {any: [A]}}", b"\n", 130, 0),
        ("{everyone: true}", b"y\n", 130, 0),
        ("{everyone: true}", b"test\n", 0, 1),
    ],
)
def test_on_a_terminal_apply_asks(
    project: ServedProject,
    push_service: PushService,
    campaign: CampaignText,
    audience: str,
    answer: bytes,
    code: int,
    calls: int,
) -> None:
    """Only a yes sends, an empty line is a no; and to everyone a yes is the environment's name."""
    project.write({"campaigns/hello.yaml": campaign(audience=audience)})

    ended, shown = on_a_terminal(answer, "apply")

    everyone = "\x1b[31m\x1b[1meveryone\x1b[0m"
    who = everyone if "everyone" in audience else "people with the tag A, and how many"
    assert f"Send 1 campaign in 1 call to test? Largest audience: {who}" in " ".join(shown.split())
    assert "A push cannot be taken back" in shown
    assert ended == code, shown
    assert len(push_service.received) == calls


@pytest.mark.parametrize(("answer", "code", "calls"), [(b"y\n", 0, 1), (b"n\n", 130, 0), (b"\n", 130, 0)])
def test_on_a_terminal_apply_asks_before_it_begins_a_lockfile(
    project: ServedProject,
    push_service: PushService,
    campaign: CampaignText,
    answer: bytes,
    code: int,
    calls: int,
) -> None:
    """Only a person knows whether it is missing because nothing was sent, or because it is lost."""
    project.write({"campaigns/hello.yaml": campaign(audience="{tags: {any: [A]}}")})
    lock = project.root / "pushspec.test.lock"
    lock.unlink()

    ended, shown = on_a_terminal(answer, "apply")

    asked = "begin one? Only if nothing was ever sent from here [y/N]"
    assert f"test has no lockfile at pushspec.test.lock yet: {asked}" in " ".join(shown.split())
    assert ended == code, shown
    assert len(push_service.received) == calls
    assert lock.exists() == (code == 0)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("kind: Project", "kind: Project\nfrozen: wrong text"),
        ("kind: Project", "kind: Project\npolicy: {require: [owner]}"),
        ("secret_key", "identifier: somebody\n    secret_key"),
        ("http://127.0.0.1", "http://localhost"),
        ("  test:", "  tested:"),
        ("kind: Project", "kind: [Project"),
    ],
    ids=["a freeze", "a policy", "another identifier", "another address", "another name", "half a line"],
)
def test_what_changed_while_somebody_was_asked_counts(
    project: ServedProject, push_service: PushService, campaign: CampaignText, before: str, after: str
) -> None:
    """The yes was to what was shown; a colleague who stops everything must not come too late."""
    project.write({"campaigns/hello.yaml": campaign()})
    text = (project.root / "pushspec.yaml").read_text()
    changed = text.replace(before, after).replace("default_environment: test\n", "")

    code, shown = on_a_terminal(
        b"test\n", "apply", meanwhile=lambda: project.write({"pushspec.yaml": changed})
    )

    assert (code, push_service.received) == (6, []), shown
    assert "begin" not in project.kinds()
    project.write({"pushspec.yaml": text})
    assert project.apply().code == 0


def test_elsewhere_a_few_digits_confirm_nothing(
    project: ServedProject, push_service: PushService, campaign: CampaignText
) -> None:
    """Twelve digits are for eyes: a stranger can make another plan with the same ones in a night."""
    project.write({"campaigns/hello.yaml": campaign()})
    digest = project.plan_json()["digest"]

    few = [project.run("apply", "--confirm", digest[:digits]) for digits in (0, 1, 12, 31)]
    wrong = project.run("apply", "--confirm", digest[:31] + ("0" if digest[31] != "0" else "1"))

    assert [outcome.code for outcome in (*few, wrong)] == [6] * 5
    assert "31 digits of the digest do not confirm it: at least 32 do" in few[3].err
    assert push_service.received == []
    assert project.run("apply", "--confirm", digest[:32].upper()).code == 0


@pytest.mark.parametrize(("digits", "code"), [(11, 6), (12, 0)])
def test_on_a_terminal_the_digits_that_the_plan_shows_confirm_it(
    project: ServedProject, campaign: CampaignText, digits: int, code: int
) -> None:
    """Who types them has the plan above the command line, and nobody copies thirty-two by eye."""
    project.write({"campaigns/hello.yaml": campaign()})
    digest = project.plan_json()["digest"]

    ended, shown = on_a_terminal(b"", "apply", "--confirm", digest[:digits])

    assert ended == code, shown
    assert project.plan_json()["campaigns"][0]["state"] == ("sent" if code == 0 else "send")


def test_a_missing_secret_is_said_before_anything_is_written(
    project: ServedProject, push_service: PushService, campaign: CampaignText, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Most first runs in CI fail on this; the message names the variable."""
    monkeypatch.delenv("PUSH_SECRET")
    project.write({"campaigns/hello.yaml": campaign()})

    outcome = project.apply()

    assert outcome.code == 9
    assert "PUSH_SECRET" in outcome.err
    assert push_service.received == []
    assert project.kinds() == ["header"]


def test_refused_credentials_have_their_own_exit_code(
    project: ServedProject, push_service: PushService, campaign: CampaignText
) -> None:
    """Nothing went out; with the right secret the same campaign is sent, under the same approval."""
    push_service.answer = lambda _: {"ErrorCode": 70009}
    project.write({"campaigns/hello.yaml": campaign()})

    approved = project.plan_json()["digest"]
    refused = project.run("apply", "--confirm", approved)
    push_service.answer = lambda _: {}
    accepted = project.run("apply", "--confirm", approved)

    assert (refused.code, accepted.code) == (9, 0)
    assert project.states() == {"hello": "sent"}


def test_what_the_service_refuses_for_good_needs_a_new_version(
    project: ServedProject, push_service: PushService, campaign: CampaignText
) -> None:
    """The same bytes would be refused again; the plan says so and no apply tries."""
    push_service.answer = lambda _: {"ErrorCode": 90020}
    project.write({"campaigns/hello.yaml": campaign()})

    outcome = project.apply()
    again = project.apply()

    assert (outcome.code, again.code) == (6, 6)
    assert len(push_service.received) == 1
    assert project.states() == {"hello": "blocked"}
    status = project.run("status").out
    assert "  ! blocked\n" in status
    assert "  ! hello@1 " in status
    assert "nothing of it went out; fix it and raise version" in status
    project.write({"campaigns/hello.yaml": campaign(version="2")})
    assert project.states() == {"hello": "send"}


def test_an_unknown_outcome_is_in_doubt_and_never_sent_again(
    project: ServedProject, push_service: PushService, campaign: CampaignText
) -> None:
    """A 502 may hide a push that went out; only a person may decide."""
    push_service.answer = lambda _: 502
    project.write({"campaigns/hello.yaml": campaign(), "campaigns/other.yaml": campaign("other")})

    outcome = project.apply()
    push_service.answer = lambda _: {}
    again = project.apply()

    assert (outcome.code, again.code) == (5, 5)
    assert "hello@1 is IN DOUBT" in outcome.out
    assert "pushspec resolve hello@1 -e test --as sent" in outcome.out
    assert [request.body["OfflinePushInfo"]["Title"] for request in push_service.received] == [
        "Hello from hello",
        "Hello from other",
    ]
    assert project.states()["hello"] == "in doubt"
    assert project.run("status").code == 5


def test_a_doubt_is_settled_by_a_person_with_a_reason(
    project: ServedProject, push_service: PushService, campaign: CampaignText
) -> None:
    """Sent is believed at once; not sent only when the request can no longer arrive."""
    push_service.answer = lambda _: 502
    project.write({"campaigns/hello.yaml": campaign()})
    project.apply()

    too_early = project.run("resolve", "hello@1", "--as", "not-sent", "--why", "not in the console")
    settled = project.run(
        "resolve", "hello@1", "--as", "sent", "--why", "seen in the console", "--task-id", "t-9"
    )

    assert too_early.code == 6
    assert settled.code == 0, settled.err
    assert project.states() == {"hello": "sent"}
    assert project.run("status").code == 0
    assert len(push_service.received) == 1


def test_a_changed_campaign_is_refused_until_its_version_is_raised(
    project: ServedProject, push_service: PushService, campaign: CampaignText
) -> None:
    """Otherwise an edit in git would look as if it had been sent."""
    project.write({"campaigns/hello.yaml": campaign()})
    project.apply()
    project.write({"campaigns/hello.yaml": campaign(notification="{title: Other}")})

    outcome = project.run("apply")

    assert outcome.code == 6
    assert project.states() == {"hello": "changed"}
    assert len(push_service.received) == 1
    project.write({"campaigns/hello.yaml": campaign(notification="{title: Other}", version="2")})
    assert project.apply().code == 0
    assert len(push_service.received) == 2


def test_a_comment_or_another_file_name_changes_nothing(
    project: ServedProject, push_service: PushService, campaign: CampaignText
) -> None:
    """The name is the identity; the file may move."""
    project.write({"campaigns/hello.yaml": campaign()})
    project.apply()
    (project.root / "campaigns/hello.yaml").unlink()
    project.write({"campaigns/autumn/renamed.yml": "# moved\n" + campaign()})

    assert project.states() == {"hello": "sent"}


def test_wrong_files_send_nothing(
    project: ServedProject, push_service: PushService, campaign: CampaignText
) -> None:
    """One wrong file stops the run, so that half a release never leaves."""
    project.write(
        {"campaigns/good.yaml": campaign("good"), "campaigns/bad.yaml": campaign("bad", audience=None)}
    )

    outcome = project.run("apply", "--confirm", "0" * 12)

    assert outcome.code == 1
    assert "campaigns/bad.yaml:1:1: error[audience-missing]" in outcome.err
    assert push_service.received == []


def test_waiting_and_expired_campaigns_are_left_alone(
    project: ServedProject, push_service: PushService, campaign: CampaignText
) -> None:
    """A scheduled run finds them every time, so they are no failure."""
    project.write(
        {
            "campaigns/late.yaml": campaign("late", schedule="{not_after: '2020-01-01T00:00:00Z'}"),
            "campaigns/soon.yaml": campaign("soon", schedule="{not_before: '2120-01-01T00:00:00Z'}"),
        }
    )

    outcome = project.run("apply")

    assert outcome.code == 0
    assert project.states() == {"late": "expired", "soon": "waiting"}
    assert push_service.received == []


def test_what_a_policy_blocks_stays_and_the_rest_is_sent(
    project: ServedProject, push_service: PushService, campaign: CampaignText
) -> None:
    """The digest covers what can be sent; the exit code says that something stayed behind."""
    text = (project.root / "pushspec.yaml").read_text() + "policy: {require: [owner]}\n"
    project.write(
        {
            "pushspec.yaml": text,
            "campaigns/good.yaml": campaign("good", owner="growth"),
            "campaigns/nobody.yaml": campaign("nobody"),
        }
    )

    mixed = project.apply()
    again = project.apply()

    assert (mixed.code, again.code) == (7, 6)
    assert len(push_service.received) == 1
    assert project.states() == {"good": "sent", "nobody": "blocked"}
    assert "require (owner is missing)" in mixed.out


def test_frozen_projects_send_nothing(
    project: ServedProject, push_service: PushService, campaign: CampaignText
) -> None:
    """A freeze in the project file and one in the lockfile do the same."""
    text = (project.root / "pushspec.yaml").read_text()
    project.write({"campaigns/hello.yaml": campaign(), "pushspec.yaml": text + "frozen: incident 12\n"})

    in_file = project.run("apply")
    project.write({"pushspec.yaml": text})
    project.run("freeze", "incident 13", "--by", "ada")
    in_lockfile = project.run("apply")
    project.run("freeze", "over", "--off", "--by", "ada")

    assert (in_file.code, in_lockfile.code) == (6, 6)
    assert "incident 12" in in_file.out
    assert "incident 13" in in_lockfile.out
    assert push_service.received == []
    assert project.apply().code == 0


def test_the_day_quota_blocks_what_does_not_fit(
    project: ServedProject, push_service: PushService, campaign: CampaignText
) -> None:
    """The service would refuse it with 90047; the plan says so before."""
    project.configure("limits: {push_calls_per_day: 1}")
    project.write({"campaigns/a.yaml": campaign("a"), "campaigns/b.yaml": campaign("b")})

    outcome = project.apply()

    assert outcome.code == 7
    assert project.states() == {"a": "sent", "b": "blocked"}
    assert len(push_service.received) == 1


def test_the_lockfile_of_another_app_is_refused(
    project: ServedProject, push_service: PushService, campaign: CampaignText
) -> None:
    """What it says was sent was sent elsewhere."""
    project.write({"campaigns/hello.yaml": campaign()})
    project.apply()
    text = (project.root / "pushspec.yaml").read_text().replace(str(APP), "1400000002")
    project.write({"pushspec.yaml": text})

    outcome = project.run("plan")

    assert outcome.code == 8
    assert "belongs to app" in outcome.err


def test_a_damaged_lockfile_stops_everything(
    project: ServedProject, push_service: PushService, campaign: CampaignText
) -> None:
    """Nothing is guessed from a file that pushspec did not write."""
    project.write({"campaigns/hello.yaml": campaign()})
    project.apply()
    lock = project.root / "pushspec.test.lock"
    lock.write_text(lock.read_text().replace("task-1", "task-2"))

    outcome = project.run("apply")

    assert outcome.code == 8
    assert len(push_service.received) == 1


def test_secrets_are_nowhere(
    project: ServedProject, push_service: PushService, campaign: CampaignText
) -> None:
    """Neither the secret nor a signature made with it may be seen by anybody."""
    project.write({"campaigns/hello.yaml": campaign()})

    outcome = project.apply()

    usersig = push_service.received[0].query["usersig"]
    written = "".join(path.read_text(errors="ignore") for path in project.root.rglob("*") if path.is_file())
    for text in (outcome.out, outcome.err, written):
        assert SECRET not in text
        assert usersig not in text


def test_ctrl_c_stops_cleanly_and_the_next_apply_goes_on(
    project: ServedProject, push_service: PushService, campaign: CampaignText
) -> None:
    """Calls under way finish and are recorded; what is left is said and sent by the next run."""
    project.write({f"campaigns/{name}.yaml": campaign(name) for name in ("a", "b", "c", "d")})
    process = project.start("apply", "--confirm", project.plan_json()["digest"])

    def stop_after_the_first(request: Received) -> dict[str, Any]:
        del request
        if len(push_service.received) == 1:
            process.send_signal(signal.SIGINT)
        return {}

    push_service.answer = stop_after_the_first
    out, err = process.communicate(timeout=30)

    assert process.returncode == 130, err
    assert "Stopping (Ctrl-C): no new calls. " in err
    assert "3 left" in out
    assert len(push_service.received) == 1
    push_service.answer = lambda _: {}
    assert project.apply().code == 0
    assert [request.body["MsgRandom"] for request in push_service.received] == list(
        dict.fromkeys(request.body["MsgRandom"] for request in push_service.received)
    )
    assert set(project.states().values()) == {"sent"}


def test_a_saved_plan_is_applied_as_it_was_approved(
    project: ServedProject, push_service: PushService, campaign: CampaignText
) -> None:
    """The file that a colleague approved is the confirmation; used twice, it says so."""
    project.write({"campaigns/hello.yaml": campaign()})
    project.run("plan", "-o", "plan.json")

    first = project.run("apply", "plan.json")
    second = project.run("apply", "plan.json")

    assert first.code == 0, first.err
    assert second.code == 6
    assert "already applied" in second.err
    assert len(push_service.received) == 1


def test_a_saved_plan_is_refused_when_a_campaign_changed(
    project: ServedProject, push_service: PushService, campaign: CampaignText
) -> None:
    """What was not shown is not sent."""
    project.write({"campaigns/hello.yaml": campaign()})
    project.run("plan", "-o", "plan.json")
    project.write({"campaigns/hello.yaml": campaign(notification="{title: Other}")})

    outcome = project.run("apply", "plan.json")

    assert outcome.code == 6
    assert "hello@1 changed after the plan was made" in outcome.err
    assert push_service.received == []


@pytest.mark.parametrize("names", [("plan.json", "hello"), ("hello", "plan.json")])
def test_a_saved_plan_stands_alone(
    project: ServedProject, push_service: PushService, campaign: CampaignText, names: tuple[str, ...]
) -> None:
    """It says which campaigns it is about; another name beside it might have been meant to narrow it."""
    project.write({"campaigns/hello.yaml": campaign()})
    project.run("plan", "-o", "plan.json").assert_ok()

    outcome = project.run("apply", *names)

    assert outcome.code == 2
    assert "error: a saved plan cannot be combined with other names" in outcome.err
    assert push_service.received == []


def test_a_saved_plan_that_cannot_be_read_is_named_with_its_reason(project: ServedProject) -> None:
    """A job that did not pass the file on looks like a mistake of the command line."""
    outcome = project.run("apply", "made/plan.json")

    assert outcome.code == 2
    assert "error: cannot read the saved plan made/plan.json: No such file or directory" in outcome.err


@pytest.mark.parametrize(
    ("size", "told"),
    [
        (16 * 1024 * 1024, "the file is not a saved plan"),
        (16 * 1024 * 1024 + 1, "more than 16777216 bytes, the most"),
    ],
)
def test_a_file_that_is_too_long_for_a_plan_is_not_read_whole(
    project: ServedProject, size: int, told: str
) -> None:
    """A name of the shell's history may be that of a database dump."""
    (project.root / "plan.json").write_bytes(b" " * size)

    outcome = project.run("apply", "plan.json")

    assert outcome.code == 6
    assert told in outcome.err


def test_an_edited_saved_plan_is_refused(
    project: ServedProject, push_service: PushService, campaign: CampaignText
) -> None:
    """The plan file is data, never believed."""
    project.write({"campaigns/hello.yaml": campaign()})
    project.run("plan", "-o", "plan.json")
    plan = json.loads((project.root / "plan.json").read_text())
    plan["made_at"] = "2126-01-01T00:00:00Z"
    project.write({"plan.json": json.dumps(plan)})

    outcome = project.run("apply", "plan.json")

    assert outcome.code == 6
    assert "was changed after it was made" in outcome.err


def test_a_saved_plan_with_the_campaigns_of_another_is_refused(
    project: ServedProject, push_service: PushService, campaign: CampaignText
) -> None:
    """The approved digest stays in the file, and a checksum is no secret."""
    project.write({"campaigns/good.yaml": campaign("good")}).run("plan", "-o", "plan.json").assert_ok()
    project.write({"campaigns/evil.yaml": campaign("evil", notification="{title: Evil}")})
    project.run("plan", "-o", "newer.json").assert_ok()
    approved, newer = (json.loads((project.root / name).read_text()) for name in ("plan.json", "newer.json"))
    swapped = SavedPlan.model_validate_json(json.dumps(approved | {"campaigns": newer["campaigns"]}))
    swapped = swapped.model_copy(update={"checksum": swapped.expected_checksum()})
    project.write({"plan.json": swapped.model_dump_json()})

    outcome = project.run("apply", "plan.json")

    assert outcome.code == 6
    assert f"has the digest {approved['digest'][:12]}, and its campaigns have another one" in outcome.err
    assert push_service.received == []


def test_a_saved_plan_of_selected_campaigns_sends_those(
    project: ServedProject, push_service: PushService, campaign: CampaignText
) -> None:
    """It knows what it was made of: what joined the selection since was approved by nobody."""
    project.write(
        {
            "campaigns/mine.yaml": campaign("mine", labels="{team: growth}"),
            "campaigns/yours.yaml": campaign("yours", labels="{team: shop}"),
        }
    )
    digest = project.plan_json("--select", "label:team=growth")["digest"]
    project.run("plan", "--select", "label:team=growth", "--save", "plan.json").assert_ok()

    project.run("apply", "plan.json").assert_ok()

    assert project.states() == {"mine": "sent", "yours": "send"}
    assert len(push_service.received) == 1
    (opened,) = (record for record in project.lockfile() if record["record"] == "open")
    assert opened["plan_digest"] == digest


def test_a_saved_plan_of_another_environment_is_refused(
    project: ServedProject, push_service: PushService, campaign: CampaignText
) -> None:
    """Approved for the sandbox is not approved for everyone."""
    project.write({"campaigns/hello.yaml": campaign()})
    project.run("plan", "-o", "plan.json", "-e", "sandbox")

    outcome = project.run("apply", "plan.json", "-e", "test")

    assert outcome.code == 6
    assert "was made for" in outcome.err
    assert push_service.received == []


def test_the_embedded_sandbox_needs_no_secret_and_no_port(
    project: ServedProject, campaign: CampaignText
) -> None:
    """The main job works on a fresh machine."""
    project.write({"campaigns/hello.yaml": campaign()})
    digest = project.plan_json("-e", "sandbox")["digest"]

    first = project.run("apply", "-e", "sandbox", "--confirm", digest)
    second = project.run("apply", "-e", "sandbox", "--confirm", digest)

    assert (first.code, second.code) == (0, 0), first.err
    assert "Nothing to send." in second.out
    assert project.kinds("sandbox").count("sent") == 1
    assert (project.root / ".pushspec/sandbox.db").exists()


@pytest.mark.parametrize(
    "secret", [f"{SECRET}\n", f" {SECRET}", f"{SECRET}\r\n", f"{SECRET}\t", "two\nlines", "h\u00e4lt"]
)
@pytest.mark.parametrize("kind", ["secret_key", "usersig"])
def test_a_secret_with_something_else_in_it_is_found_before_any_intent(
    secret: str,
    kind: str,
    project: ServedProject,
    push_service: PushService,
    campaign: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """`echo "$SIG" | set-secret` leaves a line feed; the call would be in doubt and never have left."""
    text = (project.root / "pushspec.yaml").read_text().replace("secret_key:", f"{kind}:")
    project.write({"pushspec.yaml": text, "campaigns/hello.yaml": campaign()})
    monkeypatch.setenv("PUSH_SECRET", secret)

    done = project.apply()

    assert (done.code, "PUSH_SECRET" in done.err) == (9, True)
    assert secret.strip() not in done.out + done.err
    assert push_service.received == []
    assert not (project.root / "pushspec.test.lock").exists() or "intent" not in project.kinds()


@pytest.mark.parametrize(("ci", "is_warned"), [("true", True), ("", False)])
def test_a_file_as_the_lockfile_of_a_ci_job_is_a_warning(
    ci: str,
    project: ServedProject,
    campaign: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
    *,
    is_warned: bool,
) -> None:
    """A runner that dies after a send takes the record with it, and the next one sends again."""
    project.write({"campaigns/hello.yaml": campaign()})
    monkeypatch.setenv("CI", ci)

    done = project.apply()

    assert ("takes its record along" in done.err) is is_warned
