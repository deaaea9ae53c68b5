"""Real processes killed at every step, on real lockfiles, against a real server that misbehaves."""

from __future__ import annotations

import json
import threading
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import anyio
import anyio.from_thread

from pushspec.lockfile.reading import read_lock
from pushspec.lockfile.state import CallState
from simulation.service import fail, ok
from simulation.universe import promise
from simulation.wire import Connection, serving
from simulation.worker import ANSWER_WITHIN_S, KEY_OF, Job, Nursery

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pushspec.lockfile.state import LockState
    from pushspec.lockfile.stores import Store

KILLED = -9
REPLIES = ("ok", "cut", "reset", "half an answer", "gateway", "silent", "refused", "too soon", "forbidden")
PAST_THE_LEASE_S = 120


@dataclass
class FaultServer:
    """A service on a real port.

    Attributes:
        url: Where.
        replies: What it does to its next connections; then it answers well.
        accepted: How often it really sent each call.
    """

    url: str = ""
    replies: list[str] = field(default_factory=list)
    accepted: Counter[str] = field(default_factory=Counter)

    async def behave(self, connection: Connection) -> None:
        """Serve one connection."""
        request = await connection.read_request()
        head, _, body = request.partition(b"\r\n\r\n")
        try:
            key = KEY_OF[json.loads(body)["MsgRandom"]]
        except ValueError:
            return  # cut off in the middle: nothing was accepted
        path = head.split(b" ")[1].decode()
        reply = self.replies.pop(0) if self.replies else "ok"
        if reply in {"refused", "too soon"}:
            await connection.answer(fail(90001 if reply == "refused" else 90024))
            return
        if reply == "forbidden":
            await connection.answer(b"", status="403 Forbidden")
            return
        self.accepted[key] += 1
        await self._answer(connection, reply, ok(path, sum(self.accepted.values())))

    async def _answer(self, connection: Connection, reply: str, answer: bytes) -> None:
        match reply:
            case "ok":
                await connection.answer(answer)
            case "half an answer":
                await connection.write(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n" + answer[:30])
            case "gateway":
                await connection.answer(b"<html>", status="502 Bad Gateway")
            case "silent":
                await anyio.sleep(2 * ANSWER_WITHIN_S)
            case "reset":
                connection.reset()
            case _:
                return


@contextmanager
def fault_server() -> Iterator[FaultServer]:
    """Serve from a thread until the block ends."""
    server, ready = FaultServer(), threading.Event()
    ends: list[anyio.Event] = []

    async def main() -> None:
        ends.append(anyio.Event())
        async with serving(server.behave) as wire:
            server.url = wire.url
            ready.set()
            await ends[0].wait()

    with anyio.from_thread.start_blocking_portal() as portal:
        running = portal.start_task_soon(main)
        ready.wait()
        try:
            yield server
        finally:
            portal.call(ends[0].set)
            running.result()


def kill_and_recover(
    nursery: Nursery, server: FaultServer, job: Callable[..., Job], read: Callable[[], Store], die_at: int
) -> bool:
    """Kill a run at a step, let a second one clean up, and check every promise.

    Returns:
        Whether the run lived long enough to be killed.

    Raises:
        BrokenPromiseError: A promise does not hold.
    """
    first = nursery.run(job(die_at=die_at))
    second = nursery.run(job(ahead_s=PAST_THE_LEASE_S))
    promise(second in {0, 5, 6, 7}, f"the second run ended with {second}")
    third = nursery.run(job(ahead_s=2 * PAST_THE_LEASE_S))
    state = read_lock(read())
    for key, count in server.accepted.items():
        promise(count == 1, f"{key} was sent {count} times")
        known = state.calls.get(key)
        promise(known is not None, f"{key} was sent, and the lockfile does not know it")
        if known is not None:
            is_told = known.state in {CallState.SENT, CallState.IN_DOUBT}
            promise(is_told, f"{key} was sent, and the lockfile says {known.state}")
    promise(not state.under_way, "a call is still under way")
    promise((third == 0) is (not state.doubted and _is_done(state)), f"the third run ended with {third}")
    return first == KILLED


def _is_done(state: LockState) -> bool:
    return all(not state.is_open(key) for key in KEY_OF.values())
