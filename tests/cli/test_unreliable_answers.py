"""Whatever the service answers to what is no send, the lockfile says of a send what it said before."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from task_desk import days_ahead, schedule_text

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


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda it: it.words)
def test_no_answer_changes_what_the_lockfile_says_of_a_send(
    sent: ServedProject, push_service: PushService, operation: Operation
) -> None:
    """Nothing, half of it, something else: a wrong belief about a send would send it again."""
    before, sends = sent.lockfile(), len(_sends(push_service))
    for kind, bad in KINDS.items():
        push_service.answer = _answering(bad, operation.good_at)

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
    assert "Nothing to send." in sent.apply("hello").out
    assert len(_sends(push_service)) == sends


def _answering(bad: dict[str, Any] | int | bytes, good_at: str) -> Callable[[Received], Any]:
    return lambda request: LACKING if good_at in request.path else bad


def _run(project: ServedProject, operation: Operation) -> Outcome:
    words = operation.words.split()
    outcome = project.run(*words)
    digest = re.search("--confirm ([0-9a-f]{16,})$", outcome.err, re.MULTILINE)
    if operation.is_confirmed and digest is not None:
        return project.run(*words, "--confirm", digest[1])
    return outcome


def _sends(service: PushService) -> list[Received]:
    return [it for it in service.received if it.path.endswith(("timpush/batch", "add_sched_task"))]
