"""A service whose every answer is written by the test, and a reporter that remembers."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import anyio

from pushspec.apply.run import SilentReporter
from pushspec.tencent.exchange import Exchange, Gate, GateClosedError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from pushspec.apply.classify import CallOutcome
    from pushspec.clock import Clock
    from pushspec.plan.calls import Call

Body = dict[str, Any]


@dataclass(frozen=True)
class Arrival:
    """A request that reached the service."""

    at_s: float
    path: str
    body: Body


@dataclass
class ScriptedSender:
    """Answers each request with what ``script`` says; by default with a fresh id.

    Attributes:
        script: Given the number of the request, from 0, and its body: bytes of an HTTP 200 answer, a status
            with bytes, or a word for what goes wrong: ``unreachable`` or ``silent``.
        latency_s: From the first byte to the answer.
    """

    clock: Clock
    script: Callable[[int, Body], bytes | tuple[int, bytes] | str] | None = None
    latency_s: float = 0.1
    connect_s: float = 0.01
    before_gate: Callable[[], None] = lambda: None
    served_at: datetime | None = None
    arrivals: list[Arrival] = field(default_factory=list)
    requests: int = 0

    async def send(self, path: str, payload: bytes, gate: Gate) -> Exchange:
        body = json.loads(payload)
        number, self.requests = self.requests, self.requests + 1
        what = self.script(number, body) if self.script else b""
        await anyio.sleep(self.connect_s)
        self.before_gate()
        if what == "unreachable":
            return self._failed(gate, "connect_failed")
        try:
            gate.pass_through()
        except GateClosedError as closed:
            return self._failed(gate, closed.case)
        self.arrivals.append(Arrival(self.clock.monotonic(), path, body))
        await anyio.sleep(self.latency_s)
        if what == "silent":
            return self._failed(gate, "timeout")
        status, answer = what if isinstance(what, tuple) else (200, what)
        assert not isinstance(answer, str)
        return Exchange(
            case="answered",
            text="",
            left_at=gate.left_at,
            ended_at=self.clock.now(),
            status=status,
            body=answer or ok(path, number),
            served_at=self.served_at,
        )

    def _failed(self, gate: Gate, case: str) -> Exchange:
        return Exchange(case=case, text=case, left_at=gate.left_at, ended_at=self.clock.now())


def ok(path: str, number: int, **more: object) -> bytes:
    """Return an answer that says sent."""
    ids = (
        {"MsgKey": f"key{number}", "MsgId": f"id{number}"}
        if "openim" in path
        else {"TaskId": f"task{number}"}
    )
    return json.dumps({"ActionStatus": "OK", "ErrorCode": 0, "ErrorInfo": "", **ids, **more}).encode()


def fail(code: int, **more: object) -> bytes:
    """Return an answer that says error."""
    return json.dumps({"ActionStatus": "FAIL", "ErrorCode": code, "ErrorInfo": "x", **more}).encode()


def subject_of(body: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what a request takes back: a task, or a message and a person."""
    return (body["TaskId"],) if "TaskId" in body else (body["MsgKey"], body["To_Account"])


def take_back(taken_back: set[tuple[str, ...]], body: Mapping[str, Any]) -> bytes:
    """Take something back and answer; what was taken back before is refused as such."""
    what = subject_of(body)
    is_new = what not in taken_back
    taken_back.add(what)
    if is_new:
        return json.dumps({"ActionStatus": "OK", "ErrorCode": 0, "ErrorInfo": ""}).encode()
    return fail(90050 if "TaskId" in body else 20023)


@dataclass
class Notes(SilentReporter):
    """A reporter that remembers everything it is told."""

    waits: list[tuple[datetime, str]] = field(default_factory=list)
    called: list[str] = field(default_factory=list)
    outcomes: list[tuple[str, int, CallOutcome]] = field(default_factory=list)
    blocks: dict[str, str] = field(default_factory=dict)
    stops: list[str] = field(default_factory=list)

    def waiting(self, until: datetime, why: str) -> None:
        self.waits.append((until, why))

    def calling(self, call: Call, attempt: int) -> None:
        self.called.append(f"{call.key}!{attempt}")

    def settled(self, call: Call, attempt: int, outcome: CallOutcome) -> None:
        self.outcomes.append((call.key, attempt, outcome))

    def blocked(self, campaign_key: str, why: str) -> None:
        self.blocks[campaign_key] = why

    def stopping(self, why: str) -> None:
        self.stops.append(why)
