"""The made-up network and the service behind it, which remembers what it really sent."""

from __future__ import annotations

import itertools
import json
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import anyio

from pushspec.tencent.exchange import TOTAL_S, Exchange, Gate, GateClosedError
from simulation.service import fail, ok

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from anyio.abc import TaskGroup

    from pushspec.plan.calls import CampaignCalls
    from simulation.loop import VirtualClock
    from simulation.machine import Process
    from simulation.promises import Witness

LATEST_ARRIVAL_S = 14 * 60
"""How long the made-up network keeps a request; the rules assume less than 15 minutes."""

_REFUSALS = {"too soon": 90024, "refused": 90001, "credentials": 70009, "quota": 90047}


@dataclass
class Service:
    """The other side.

    Attributes:
        key_of: The call that a ``MsgRandom`` stands for.
        accepted: How often it really sent each call.
        reached: The calls that reached an account, by campaign and account.
        named: The ids that it gave to each call.
    """

    clock: VirtualClock
    key_of: Mapping[int, str]
    accepted: Counter[str] = field(default_factory=Counter)
    reached: dict[tuple[str, str], set[str]] = field(default_factory=lambda: defaultdict(set))
    named: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    _last: dict[tuple[str, int], str] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def receive(self, body: dict[str, Any], path: str) -> bytes:
        """Send the push and answer; a repeat within the same second is dropped and answered alike."""
        key = self.key_of[body["MsgRandom"]]
        second = int(self.clock.true_now().timestamp())
        if (key, second) not in self._last:
            self.accepted[key] += 1
            self._last[key, second] = ok(path, next(self._numbers)).decode()
            for account in body.get("To_Account", ()):
                self.reached[re.split("[/#]", key)[0], account].add(key)
        answer = self._last[key, second].encode()
        self.named[key].add(_id_of(answer))
        return answer


def _id_of(answer: bytes) -> str:
    fields = json.loads(answer)
    return str(fields.get("TaskId") or fields.get("MsgKey"))


@dataclass
class Network:
    """A run's way to the service.

    Attributes:
        elsewhere: Where requests travel on when their sender is dead.
        witness: Sees each request leave and come.
        campaign_of: The campaign that a ``MsgRandom`` belongs to; those of tries are not in it.
        latency_s: Of the answer; connecting takes a tenth.
        replies: What happens to each request; then all is well.
    """

    service: Service
    process: Process
    elsewhere: TaskGroup
    witness: Witness
    campaign_of: Mapping[int, CampaignCalls]
    latency_s: float
    replies: list[str]

    async def send(self, path: str, payload: bytes, gate: Gate) -> Exchange:
        await self.process.sleepy_step()
        reply = self.replies.pop(0) if self.replies else "ok"
        await anyio.sleep(self.latency_s / 10)
        await self.process.sleepy_step()
        if reply == "unreachable":
            return self._failed(gate, "connect_failed")
        try:
            gate.pass_through()
        except GateClosedError as closed:
            return self._failed(gate, closed.case)
        body = json.loads(payload)
        campaign = self.campaign_of.get(body["MsgRandom"])
        if campaign is None:
            self.witness.trying(payload, self.process)
        else:
            self.witness.leaving(payload, self.process, campaign)
        answer = _Answer()
        self.elsewhere.start_soon(self._travel, path, body, reply, answer)
        await self.process.sleepy_step()
        with anyio.move_on_after(TOTAL_S):
            await answer.has_come.wait()
        await self.process.sleepy_step()
        return self._exchange(gate, answer)

    def _failed(self, gate: Gate, case: str) -> Exchange:
        return Exchange(case, case, gate.left_at, self.process.clock.now())

    def _exchange(self, gate: Gate, answer: _Answer) -> Exchange:
        if not answer.has_come.is_set():
            return self._failed(gate, "timeout")
        if answer.case != "answered":
            return self._failed(gate, answer.case)
        served_at = self.service.clock.true_now()
        now = self.process.clock.now()
        return Exchange("answered", "", gate.left_at, now, answer.status, answer.body, served_at)

    async def _travel(self, path: str, body: dict[str, Any], reply: str, answer: _Answer) -> None:
        """Carry a request that has left; nothing that happens to its sender can stop it."""
        if reply == "never arrives":
            return
        if reply == "late":
            await anyio.sleep(LATEST_ARRIVAL_S)
        await anyio.sleep(self.latency_s)
        campaign = self.campaign_of.get(body["MsgRandom"])
        if campaign is not None and reply != "late" and self.latency_s < TOTAL_S:
            self.witness.came(campaign, self.service.clock.monotonic())
        if reply in _REFUSALS:
            answer.come(fail(_REFUSALS[reply]))
        elif reply.endswith("not sent"):
            answer.come(fail(91000), status=200 if "internal" in reply else 502)
        else:
            said = self.service.receive(body, path)
            if reply == "twice":
                self.service.receive(body, path)
            _answer(reply, said, body, answer)


def _answer(reply: str, said: bytes, body: dict[str, Any], answer: _Answer) -> None:
    match reply:
        case "partial" | "mostly refused" if "To_Account" in body:
            accounts = body["To_Account"]
            answer.come(
                _without(said, accounts[:1] if reply == "partial" else accounts[len(accounts) // 3 :])
            )
        case "silent" | "late":
            return
        case "forbidden":
            answer.come(b"<html>", status=403)
        case "cut":
            answer.come(b"", case="connection_lost")
        case "garbage":
            answer.come(said[:-5])
        case "no id":
            answer.come(b'{"ActionStatus":"OK","ErrorCode":0}')
        case "gateway":
            answer.come(b"<html>", status=502)
        case "internal":
            answer.come(fail(91000))
        case "unknown code":
            answer.come(fail(99_999))
        case _:
            answer.come(said)


def _without(said: bytes, accounts: list[str]) -> bytes:
    fields = json.loads(said)
    fields["ErrorList"] = [{"To_Account": account, "ErrorCode": 70107} for account in accounts]
    if "MsgKey" in fields:
        fields["ActionStatus"] = "SomeError"
    return json.dumps(fields).encode()


@dataclass
class _Answer:
    has_come: anyio.Event = field(default_factory=anyio.Event)
    case: str = "answered"
    status: int = 200
    body: bytes = b""

    def come(self, body: bytes, *, status: int = 200, case: str = "answered") -> None:
        self.body, self.status, self.case = body, status, case
        self.has_come.set()
