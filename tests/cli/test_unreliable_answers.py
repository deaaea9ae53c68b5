"""Whatever the service answers to what is no send, the lockfile says of a send what it said before."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from task_desk import ADD, DELETE, MODIFY, TaskDesk, days_ahead, schedule_text

from pushspec.tencent.client import Client

if TYPE_CHECKING:
    from collections.abc import Callable

    from workbench import Outcome

    from cli.kit import PushService, Received, ServedProject

    CampaignText = Callable[..., str]


def whole(body: bytes, *, length: int | None = None) -> bytes:
    """Return an answer, byte for byte."""
    size = len(body) if length is None else length
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (size, body)


FIELDS = (
    "Results",
    "InstanceTrace",
    "UserTags",
    "UserAttrs",
    "AttrNames",
    "ResultItem",
    "TaskInfo",
    "Tasks",
    "TaskID",
)
KINDS: dict[str, dict[str, Any] | int | bytes] = {
    "late": b"late",
    "nothing": b"",
    "half": whole(b'{"ActionStatus": "OK", "ErrorCode": 0, "Resu', length=400),
    "cut JSON": whole(b'{"ActionStatus": "OK", "ErrorCode": 0, "Resu'),
    "no body": whole(b""),
    "a page": whole(b"<html><body>Please log in</body></html>"),
    "a list": whole(b"[]"),
    "a code as text": whole(b'{"ActionStatus": "OK", "ErrorCode": "0", "ErrorInfo": ""}'),
    "a key twice": whole(b'{"ErrorCode": 1, "ActionStatus": "OK", "ErrorCode": 0, "ErrorInfo": ""}'),
    "brackets": whole(b"[" * 100_000),
    "a gateway": 502,
    "too many": 429,
    "an inner error": {"ErrorCode": 91000},
    "an unknown code": {"ErrorCode": 100_007},
    "another type": dict.fromkeys(FIELDS, 7.5),
    "empty things": {name: {} for name in FIELDS},
    "nulls": dict.fromkeys(FIELDS),
}
LATE_S = 1.5
PATIENCE_S = 0.5
"""How long a late answer takes, and how long the client waits for it in these tests."""
PEOPLE = """\
apiVersion: pushspec/v1
kind: People
attribute_names: [city]
people: {bonnie: {tags: [vip], attributes: {city: x}}}
"""
LACKING = {
    "AttrNames": {"0": "city"},
    "UserTags": [{"To_Account": "bonnie", "Tags": []}],
    "UserAttrs": [{"To_Account": "bonnie", "Attrs": {}}],
}
"""What the service says of somebody who lacks all that is declared."""
OUR_RUN = {"open", "close"}


@dataclass(frozen=True)
class Operation:
    """A command that is no send.

    Attributes:
        words: What is typed.
        codes: The exit codes that it may end with.
        writes: Which kinds of records it may add.
        is_confirmed: It asks for a digest.
        good_at: Part of the paths that are answered well.
    """

    words: str
    codes: set[int]
    writes: set[str] = field(default_factory=set)
    is_confirmed: bool = False
    good_at: str = "nothing"


OPERATIONS = [
    Operation("report hello", {8}),
    Operation("report --user bonnie hello", {8}),
    Operation(
        "recall hello", {0, 5}, OUR_RUN | {"recall_intent", "recall_unknown", "recalled"}, is_confirmed=True
    ),
    Operation("status", {0}),
    Operation("plan --refresh", {0, 8}),
    Operation("people plan", {8}),
    Operation("people apply", {0, 7, 8}, {"people"}, is_confirmed=True, good_at="/get_"),
    Operation("people check hello", {0, 8}),
    Operation("doctor", {0, 1}),
]


@pytest.fixture
def sent(project: ServedProject, push_service: PushService, campaign: CampaignText) -> ServedProject:
    """A project with one campaign that is out, one at the service, and somebody with tags."""
    project.configure("limits: {statistics_calls_per_second: 1000}")
    listed = {"endpoint": "timpush/batch", "audience": "{accounts: [bonnie, rong]}", "from": "admin"}
    project.write(
        {
            "campaigns/hello.yaml": campaign(recall="{title: Sorry, desc: World}", **listed),
            "campaigns/later.yaml": campaign("later", schedule=schedule_text(days_ahead(3))),
            "people/a.yaml": PEOPLE,
        }
    )
    push_service.answer = lambda _: {"TaskID": 7}
    project.apply().assert_ok()
    return project


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Return a function that makes the client wait less for the kind of answer that is late."""
    defaults = Client.__init__.__kwdefaults__
    assert defaults is not None
    patience_s = defaults["total_s"]

    def wait_for(kind: str) -> None:
        waits_s = PATIENCE_S if kind == "late" else patience_s
        monkeypatch.setitem(defaults, "total_s", waits_s)

    return wait_for


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda it: it.words)
def test_no_answer_changes_what_the_lockfile_says_of_a_send(
    sent: ServedProject,
    push_service: PushService,
    operation: Operation,
    impatient: Callable[[str], None],
) -> None:
    """Nothing, half of it, something else: a wrong belief about a send would send it again."""
    before, sends = sent.lockfile(), len(_sends(push_service))
    for kind, bad in KINDS.items():
        push_service.answer = _answering(bad, operation.good_at)
        impatient(kind)

        outcome = _run(sent, operation)

        said = outcome.out + outcome.err
        assert outcome.code in operation.codes, (kind, said)
        assert "Traceback" not in said, kind
        assert "bug in pushspec" not in said, kind
        records = sent.lockfile()
        assert records[: len(before)] == before, kind
        assert {it["record"] for it in records[len(before) :]} <= operation.writes, kind
        assert sent.states() == {"hello": "sent", "later": "scheduled"}, kind
    assert {it["record"] for it in sent.lockfile()[len(before) :]} == operation.writes
    push_service.answer = lambda _: {}
    impatient("plain")
    assert "Nothing to send." in sent.apply("hello").out
    assert len(_sends(push_service)) == sends


def _answering(bad: dict[str, Any] | int | bytes, good_at: str) -> Callable[[Received], Any]:
    return lambda request: LACKING if good_at in request.path else _bad(bad)


def _bad(bad: dict[str, Any] | int | bytes) -> dict[str, Any] | int | bytes:
    if bad == b"late":
        time.sleep(LATE_S)
        return {"TaskID": 7}
    return bad


def _run(project: ServedProject, operation: Operation) -> Outcome:
    words = operation.words.split()
    outcome = project.run(*words)
    digest = re.search("--confirm ([0-9a-f]{16,})$", outcome.err, re.MULTILINE)
    if operation.is_confirmed and digest is not None:
        return project.run(*words, "--confirm", digest[1])
    return outcome


def _sends(service: PushService) -> list[Received]:
    return [it for it in service.received if it.path.endswith(("timpush/batch", "add_sched_task"))]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("path", [ADD, MODIFY, DELETE], ids=["make", "change", "cancel"])
def test_a_task_is_made_changed_and_cancelled_once_whatever_the_answer_was(
    project: ServedProject,
    push_service: PushService,
    desk: TaskDesk,
    campaign: CampaignText,
    path: str,
    kind: str,
    impatient: Callable[[str], None],
) -> None:
    """The service did it and its answer says nothing of use: what counts is what the service keeps.

    What was sent stays as it was, nothing is done twice, and the service's own word settles it later.
    """
    at = schedule_text(days_ahead(3))
    project.write({"campaigns/hello.yaml": campaign()})
    project.apply().assert_ok()
    if path != ADD:
        project.write({"campaigns/later.yaml": campaign("later", schedule=at)})
        project.apply().assert_ok()
    if path == DELETE:
        (project.root / "campaigns/later.yaml").unlink()
    else:
        project.write({"campaigns/later.yaml": campaign("later", schedule=at, notification="{title: New}")})
    digest = project.plan_json()["digest"]
    impatient(kind)

    def answer(request: Received) -> Any:
        told = desk.answer(request)
        return _bad(KINDS[kind]) if request.path == path else told

    push_service.answer = answer
    outcome = project.run("apply", "--confirm", digest)
    impatient("plain")
    push_service.answer = desk.answer
    changes = list(desk.changes)

    # Only what is made has a number: without one, and else as it should be, the others are done.
    code = 0 if kind == "nulls" and path != ADD else 5
    assert (outcome.code, "Traceback" in outcome.out + outcome.err) == (code, False), outcome.out
    assert project.states()["hello"] == "sent"
    project.apply().assert_ok()
    assert desk.changes == changes
    assert [task.content["OfflinePushInfo"]["Title"] for task in desk.tasks] == (
        [] if path == DELETE else ["New"]
    )
    assert project.states() == {"hello": "sent"} | ({} if path == DELETE else {"later": "scheduled"})
    assert len([it for it in push_service.received if it.path.endswith("timpush/push")]) == 1
