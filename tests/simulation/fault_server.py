"""A service on a real port that misbehaves as it is told, and that remembers what it really sent."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections import Counter, defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import anyio
import anyio.from_thread
from anyio.abc import SocketAttribute

from simulation.faults import FAULTS
from simulation.service import ok, subject_of, take_back
from simulation.wire import Connection, serving
from simulation.worker import KEY_OF, KEYS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simulation.faults import Fault

_TLS_HANDSHAKE = b"\x16"
_QUIET_WITHIN_S = 5.0


@dataclass
class FaultServer:
    """A service, seen from outside.

    Attributes:
        url: Where.
        closed_url: A port of this machine at which nobody listens.
        faults: What it does to the next request of each call; then it answers well.
        accepted: How often it really sent each call.
        named: The ids that it gave to each call.
        taken_back: The tasks that it took back, and the messages with their person.
        asked_back: How often it was asked to take back each of them.
        signatures: The signatures that it saw.
        connections: How many it accepted.
        open_now: How many of them are open.
    """

    url: str = ""
    closed_url: str = ""
    faults: dict[str, Fault] = field(default_factory=dict)
    accepted: Counter[str] = field(default_factory=Counter)
    named: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    taken_back: set[tuple[str, ...]] = field(default_factory=set)
    asked_back: Counter[tuple[str, ...]] = field(default_factory=Counter)
    signatures: set[str] = field(default_factory=set)
    connections: int = 0
    open_now: int = 0
    _knocking: int = 0
    _knocked: threading.Event = field(default_factory=threading.Event)

    def forget(self, faults: dict[str, str] | None = None) -> None:
        """Begin anew: nothing was sent yet, and these faults are to come."""
        self.faults = {key: FAULTS[name] for key, name in (faults or {}).items()}
        self.accepted.clear()
        self.named.clear()
        self.taken_back.clear()
        self.asked_back.clear()
        self.signatures.clear()
        self.connections = 0

    def wait_until_quiet(self) -> None:
        """Return when no connection is open any more: then it is known what was accepted."""
        until = time.monotonic() + _QUIET_WITHIN_S
        self._knock()
        while self.open_now and time.monotonic() < until:
            time.sleep(0.002)

    def _knock(self) -> None:
        """Stand in the queue behind every connection that was made before, and wait for one's turn."""
        address = urlsplit(self.url)
        self._knocked.clear()
        with socket.socket() as door:
            door.bind(("127.0.0.1", 0))
            self._knocking = door.getsockname()[1]
            door.connect((address.hostname, address.port))
            self._knocked.wait(_QUIET_WITHIN_S)

    async def behave(self, connection: Connection) -> None:
        """Serve one connection."""
        if connection.stream.extra(SocketAttribute.remote_port, 0) == self._knocking:
            self._knocked.set()
            return
        number, self.connections = self.connections, self.connections + 1
        self.open_now += 1
        try:
            await self._serve(connection, number)
        finally:
            self.open_now -= 1

    async def _serve(self, connection: Connection, number: int) -> None:
        for key, fault in self.faults.items():
            # No key can be read off a request that is not read: the call's turn has to do.
            if fault.is_early and number >= KEYS.index(key):
                del self.faults[key]
                await fault.behave(connection, b"")
                return
        if (await connection.read_some()).startswith(_TLS_HANDSHAKE):
            return
        await self._answer(connection, await connection.read_request())

    async def _answer(self, connection: Connection, request: bytes) -> None:
        head, _, body = request.partition(b"\r\n\r\n")
        try:
            fields = json.loads(body)
        except ValueError:
            return  # cut off in the middle: nothing was accepted
        if "MsgRandom" not in fields:
            await self._take_back(connection, fields)
            return
        key = KEY_OF[fields["MsgRandom"]]
        target = urlsplit(head.split(b" ")[1].decode())
        self.signatures.update(parse_qs(target.query)["usersig"])
        fault = self.faults.pop(key, None)
        good = b""
        if fault is None or fault.is_accepted:
            self.accepted[key] += 1
            good = ok(target.path, sum(self.accepted.values()))
            self.named[key].append(id_of(good))
        if fault is None:
            await connection.answer(good)
        else:
            await fault.answer(connection, good)

    async def _take_back(self, connection: Connection, fields: dict[str, Any]) -> None:
        self.asked_back[subject_of(fields)] += 1
        fault = self.faults.pop("recall", None)
        if fault is None:
            await connection.answer(take_back(self.taken_back, fields))
        else:
            await fault.answer(connection, take_back(self.taken_back, fields) if fault.is_accepted else b"")


def id_of(answer: bytes) -> str:
    """Return the one id by which an answer names what was sent."""
    fields = json.loads(answer)
    return str(fields.get("TaskId") or fields.get("MsgKey"))


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

    with socket.socket() as closed, anyio.from_thread.start_blocking_portal() as portal:
        closed.bind(("127.0.0.1", 0))  # and never listens, so that nobody else takes the port either
        server.closed_url = f"http://127.0.0.1:{closed.getsockname()[1]}"
        running = portal.start_task_soon(main)
        ready.wait()
        try:
            yield server
        finally:
            portal.call(ends[0].set)
            running.result()
