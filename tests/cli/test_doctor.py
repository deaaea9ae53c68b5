"""``pushspec doctor``: every check has a case in which it is wrong, and none of them sends a push."""

from __future__ import annotations

import json
import re
import signal
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from cli.kit import APP

if TYPE_CHECKING:
    from cli.kit import PushService, Received, ServedProject

CHECKS = ["host", "clock", "signature", "administrator", "product", "lockfile", "quota", "audience store"]
CHECKS += ["callbacks"]
TOKEN = "xxxxyyyy"


def examined(project: ServedProject, *arguments: str) -> dict[str, Any]:
    """Return the findings by check, after text and JSON were seen to end alike."""
    text, told = project.run("doctor", *arguments), project.run("doctor", "--format", "json", *arguments)
    found = {finding["check"]: finding for finding in json.loads(told.out)["checks"]}
    healths = [finding["health"] for finding in found.values()]
    assert list(found) == CHECKS
    assert told.code == text.code == (1 if "wrong" in healths else 0), text.out
    for finding in found.values():
        assert re.search(rf"^  {finding['health']} +{finding['check']} ", text.out, re.MULTILINE), text.out
        assert without_numbers(finding["text"]) in without_numbers(text.out)
        assert finding["fix"] or finding["health"] not in {"wrong", "warning"}
    return found


def without_numbers(text: str) -> str:
    """Return a text that two runs a moment apart have in common."""
    return re.sub(r"\d+", "#", text)


def healths(project: ServedProject, *arguments: str) -> dict[str, str]:
    """Return how each check is."""
    return {check: finding["health"] for check, finding in examined(project, *arguments).items()}


def test_a_sound_environment_is_well_and_gets_no_push(
    project: ServedProject, push_service: PushService
) -> None:
    """It is run before the first send, so it must not be one."""
    found = healths(project)

    not_set = dict.fromkeys(("audience store", "callbacks"), "not checked")
    assert found == dict.fromkeys(CHECKS, "ok") | not_set
    assert {request.path for request in push_service.received} == {"/v4/timpush/get_attr_name"}
    assert {json.dumps(request.body) for request in push_service.received} == {"{}"}
    assert project.kinds() == ["header"]


def test_the_sandbox_is_well(project: ServedProject) -> None:
    """It has no clock of its own, and nothing is sent to it."""
    found = examined(project, "-e", "sandbox")

    assert found["host"]["text"] == "the embedded sandbox answers"
    assert found["clock"]["health"] == "not checked"
    assert found["signature"]["health"] == "ok"
    with closing(sqlite3.connect(project.root / ".pushspec" / "sandbox.db")) as database:
        assert database.execute("select count(*) from tasks").fetchone() == (0,)


@pytest.mark.parametrize(
    ("ahead_s", "health"), [(25, "ok"), (-25, "ok"), (35, "wrong"), (-35, "wrong"), (-86400, "wrong")]
)
def test_a_clock_that_is_off_is_wrong(
    project: ServedProject, push_service: PushService, ahead_s: float, health: str
) -> None:
    """Windows, quotas and signatures hang on it."""
    push_service.ahead_s = ahead_s

    found = examined(project)["clock"]

    assert found["health"] == health
    if health == "wrong":
        assert ("behind" if ahead_s > 0 else "ahead of") in found["text"]


@pytest.mark.parametrize(
    ("code", "wrong"),
    [
        (70001, "signature"),
        (70003, "signature"),
        (60010, "administrator"),
        (90009, "administrator"),
        (90045, "product"),
        (70020, "host"),
    ],
)
def test_what_the_service_refuses_is_wrong_and_nothing_else_counts_as_fine(
    project: ServedProject, push_service: PushService, code: int, wrong: str
) -> None:
    """After one refusal nobody knows whether the next check would have passed."""
    push_service.answer = lambda _: {"ErrorCode": code}

    found = healths(project)

    of_service = {check: found[check] for check in ("host", "signature", "administrator", "product")}
    unknown = dict.fromkeys(("signature", "administrator", "product"), "not checked")
    assert of_service == {"host": "ok"} | unknown | {wrong: "wrong"}


def test_a_refusal_says_what_to_change_and_why_the_rest_is_not_known(
    project: ServedProject, push_service: PushService
) -> None:
    """A code alone sends people to another page; the fix is one line of the project file."""
    push_service.answer = lambda _: {"ErrorCode": 90009}

    found = examined(project)

    again = "then run pushspec doctor -e test"
    assert (
        found["administrator"]["fix"]
        == f"set identifier in pushspec.yaml to an administrator of the app, {again}"
    )
    why = "the service answers 90009, which is about the account that calls and tells nothing of this"
    assert found["signature"]["text"] == found["product"]["text"] == why


def test_an_error_of_the_service_itself_proves_nothing(
    project: ServedProject, push_service: PushService
) -> None:
    """An internal error is neither a wrong signature nor a right one."""
    push_service.answer = lambda _: {"ErrorCode": 91000}

    found = healths(project)

    assert [found[check] for check in CHECKS[:5]] == ["ok", "ok"] + ["not checked"] * 3


@pytest.mark.parametrize("answer", [502, {"ErrorCode": "none"}])
def test_an_answer_that_is_not_the_services_is_wrong(
    project: ServedProject, push_service: PushService, answer: dict[str, Any] | int
) -> None:
    """A proxy that answers for it is no service."""
    push_service.answer = lambda _: answer

    found = healths(project)

    assert [found[check] for check in CHECKS[:5]] == ["wrong", "ok"] + ["not checked"] * 3


def test_a_host_that_nobody_serves_is_wrong(project: ServedProject) -> None:
    """Nothing is said about a service that was not asked."""
    text = (project.root / "pushspec.yaml").read_text()
    project.write({"pushspec.yaml": re.sub(r"base_url: .*", "base_url: http://127.0.0.1:1", text)})

    found = examined(project)

    assert [found[check]["health"] for check in CHECKS[:5]] == ["wrong"] + ["not checked"] * 4
    assert "127.0.0.1:1" in found["host"]["text"]


def test_a_missing_secret_is_a_wrong_signature(
    project: ServedProject, push_service: PushService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The service is not even asked."""
    monkeypatch.delenv("PUSH_SECRET")

    found = examined(project)

    assert found["signature"]["text"] == "the environment variable PUSH_SECRET is not set"
    assert [found[check]["health"] for check in ("host", "signature", "product")] == [
        "not checked",
        "wrong",
        "not checked",
    ]
    assert push_service.received == []


def test_a_missing_lockfile_is_a_warning_that_names_the_command(project: ServedProject) -> None:
    """It is missing before the first send, and whoever lost it has to know."""
    (project.root / "pushspec.test.lock").unlink()

    found = examined(project)["lockfile"]

    assert (found["health"], found["fix"]) == ("warning", "pushspec lock init -e test")
    assert not (project.root / "pushspec.test.lock").exists()


def test_a_damaged_lockfile_is_wrong_and_leaves_the_quota_unknown(project: ServedProject) -> None:
    """What was sent today is written in it."""
    (project.root / "pushspec.test.lock").write_text("{}\n{}\n")

    found = healths(project)

    assert (found["lockfile"], found["quota"]) == ("wrong", "not checked")


def test_a_store_that_cannot_be_written_is_wrong(project: ServedProject) -> None:
    """Better now than after the first approval."""
    project.keep_lock_at("nowhere/push.lock")

    assert healths(project)["lockfile"] == "wrong"


def test_a_store_that_lets_two_writers_in_is_wrong(
    project: ServedProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some network folders grant every lock; two runs would send the same call."""
    monkeypatch.setattr("fcntl.lockf", lambda *_: None)
    monkeypatch.setattr("fcntl.flock", lambda *_: None)

    assert healths(project)["lockfile"] == "wrong"


@pytest.mark.parametrize(("limit", "health"), [(0, "wrong"), (1, "ok")])
def test_a_day_without_pushes_left_is_wrong(project: ServedProject, limit: int, health: str) -> None:
    """An apply would be refused today."""
    project.configure(f"limits: {{push_calls_per_day: {limit}}}")

    assert healths(project)["quota"] == health


@pytest.mark.parametrize(
    ("place", "health"),
    [("lists", "ok"), ("pushspec.yaml/lists", "wrong"), ("ftp://example.com/lists", "wrong")],
)
def test_a_place_for_lists_that_cannot_be_written_is_wrong(
    project: ServedProject, place: str, health: str
) -> None:
    """Found before a pull of an hour; what the check writes is gone behind it."""
    project.configure(f"audience_store: {place}")

    assert healths(project)["audience store"] == health
    assert list((project.root / "lists").glob("*.gz")) == []


def test_a_receiver_that_knows_the_token_keeps_nothing_of_the_check(
    project: ServedProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A check that left events behind would be counted as a push."""
    monkeypatch.setenv("CALLBACK_TOKEN", TOKEN)
    project.configure("callbacks: {token: {env: CALLBACK_TOKEN}}")
    receiver = project.start("callbacks", "serve", "--port", "0")
    try:
        assert receiver.stderr is not None
        url = re.findall(r"at (\S+);", receiver.stderr.readline())[0]
        unnamed = healths(project)["callbacks"]
        text = (project.root / "pushspec.yaml").read_text()
        project.write({"pushspec.yaml": text.replace("TOKEN}}", f"TOKEN}}, url: {url}}}")})
        right = examined(project)["callbacks"]
        monkeypatch.setenv("CALLBACK_TOKEN", "another")
        wrong = examined(project)["callbacks"]
    finally:
        receiver.send_signal(signal.SIGINT)
        receiver.communicate(timeout=30)

    assert unnamed == "not checked"
    assert (right["health"], right["fix"]) == ("ok", "")
    assert (wrong["health"], wrong["text"]) == ("wrong", f"{url} does not accept the token")
    assert json.loads(project.run("callbacks", "status", "--format", "json").out)["posts"] == 0


@pytest.mark.parametrize("status", [200, 404, 302])
def test_an_address_where_something_else_answers_is_wrong(
    project: ServedProject, push_service: PushService, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    """A web server's front page answers, too."""
    monkeypatch.setenv("CALLBACK_TOKEN", TOKEN)
    project.configure(f"callbacks: {{token: {{env: CALLBACK_TOKEN}}, url: {push_service.url}/callbacks}}")
    push_service.answer = lambda it: {} if it.path.startswith("/v4/") else status

    found = examined(project)["callbacks"]

    assert found["health"] == "wrong"
    posted = [it for it in push_service.received if it.path == "/callbacks"]
    assert posted[0].query["SdkAppid"] == str(APP)
    assert TOKEN not in json.dumps([it.query for it in posted])


def test_a_receiver_that_takes_posts_from_strangers_is_wrong(
    project: ServedProject, push_service: PushService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever finds it could say that a push arrived."""
    monkeypatch.setenv("CALLBACK_TOKEN", TOKEN)
    project.configure(f"callbacks: {{token: {{env: CALLBACK_TOKEN}}, url: {push_service.url}/callbacks}}")

    def answer(request: Received) -> dict[str, Any] | int:
        return {} if request.path.startswith("/v4/") else 400

    push_service.answer = answer

    found = examined(project)["callbacks"]

    assert (found["health"], "takes posts from strangers" in found["text"]) == ("wrong", True)


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ("{token: {env: NO_TOKEN}}", "NO_TOKEN is not set"),
        ("{token: {env: CALLBACK_TOKEN}, store: nowhere/all.db}", "all.db cannot be used"),
        ("{token: {env: CALLBACK_TOKEN}, url: 'http://127.0.0.1:1/'}", "gives no answer"),
    ],
)
def test_callbacks_that_cannot_be_taken_are_wrong(
    project: ServedProject, monkeypatch: pytest.MonkeyPatch, settings: str, says: str
) -> None:
    """Each reason is named."""
    monkeypatch.setenv("CALLBACK_TOKEN", TOKEN)
    monkeypatch.delenv("NO_TOKEN", raising=False)
    project.write({"nowhere": "a file"})
    project.configure(f"callbacks: {settings}")

    found = examined(project)["callbacks"]

    assert found["health"] == "wrong"
    assert says in found["text"]


@pytest.mark.parametrize(
    "url", ["http://push.example.com/", "ftp://127.0.0.1/", "https://me@push.example.com/"]
)
def test_a_receiver_is_reached_by_https_or_on_this_machine(project: ServedProject, url: str) -> None:
    """The signature of a post is in its URL."""
    project.configure(f"callbacks: {{token: {{env: CALLBACK_TOKEN}}, url: '{url}'}}")

    outcome = project.run("doctor")

    assert outcome.code == 1
    assert "error[callbacks-url]" in outcome.err
