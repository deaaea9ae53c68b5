"""The made-up way to the service's tasks, on which requests and answers are lost, late or spoiled."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import anyio

from pushspec.tencent.exchange import TOTAL_S, Exchange, Gate, GateClosedError
from simulation.network import LATEST_ARRIVAL_S
from simulation.task_service import answer_bytes, operation_of, refusal

if TYPE_CHECKING:
    from anyio.abc import TaskGroup

    from simulation.task_promises import Sight, TaskWitness


@dataclass
class TaskNetwork:
    """A run's way to the service.

    Attributes:
        witness: Sees each request leave, and knows the service.
        elsewhere: Where requests travel on when their sender is dead.
        sight: The run.
        replies: What happens to each request; then all is well.
    """

    witness: TaskWitness
    elsewhere: TaskGroup
    sight: Sight
    replies: list[str]

    async def send(self, path: str, payload: bytes, gate: Gate) -> Exchange:
        process, fate = self.sight.process, self.sight.process.fate
        await process.sleepy_step()
        reply = self.replies.pop(0) if self.replies else "ok"
        await anyio.sleep(fate.latency_s / 10)
        await process.sleepy_step()
        if reply == "unreachable":
            return self._failed(gate, "connect_failed")
        try:
            gate.pass_through()
        except GateClosedError as closed:
            return self._failed(gate, closed.case)
        self.witness.leaving(self.sight, path, payload)
        answer: list[tuple[int, bytes]] = []
        has_come = anyio.Event()
        travel = partial(self._travel, path, json.loads(payload), reply, answer, has_come)
        self.elsewhere.start_soon(travel)
        await process.sleepy_step()
        with anyio.move_on_after(TOTAL_S):
            await has_come.wait()
        await process.sleepy_step()
        if not answer:
            return self._failed(gate, "timeout")
        status, body = answer[0]
        return Exchange("answered", "", gate.left_at, process.clock.now(), status, body)

    def _failed(self, gate: Gate, case: str) -> Exchange:
        return Exchange(case, case, gate.left_at, self.sight.process.clock.now())

    async def _travel(
        self,
        path: str,
        body: dict[str, Any],
        reply: str,
        answer: list[tuple[int, bytes]],
        has_come: anyio.Event,
    ) -> None:
        """Carry a request that has left; nothing that happens to its sender can stop it."""
        if reply == "never arrives":
            return
        await anyio.sleep(LATEST_ARRIVAL_S if reply == "late" else self.sight.process.fate.latency_s)
        if reply in {"internal, not done", "refused"}:
            told = refusal(91000 if reply.startswith("internal") else 90104)
            self.sight.was_refused |= reply == "refused" and operation_of(path) == "add"
        else:
            told = self.witness.server.receive(path, body)
            if reply == "twice" and operation_of(path) != "add":
                self.witness.server.receive(path, body)
        if reply in {"silent", "late"}:
            return
        answer.append(answer_bytes(reply, told))
        has_come.set()
