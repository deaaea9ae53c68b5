"""The service's side of the network: what arrived there, byte for byte, and what was answered."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import anyio
import httpcore

from pushspec.sandbox.clock import Clock
from pushspec.sandbox.sandbox import Sandbox
from pushspec.sandbox.settings import PUBLIC_SECRET_KEY, SandboxSettings

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from oracle.machine import Machine
    from oracle.people import Person

SECRET = PUBLIC_SECRET_KEY
REPLIES = ("ok", "lost", "gateway", "never", "unreachable", "busy", "slow")
"""``lost``: accepted, the answer never comes. ``gateway``: accepted, and a proxy answers 502. ``never``: it
left and never came. ``unreachable``: no connection. ``busy``: 91000, which says nothing certain. ``slow``:
accepted, 4.5 s later."""

DOUBTFUL = frozenset({"lost", "gateway", "never", "busy"})
"""After these nobody on the sender's side can know."""

_SLOW_S = 4.5
_HEAD = b"HTTP/1.1 %d OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
_LOST = (502, b"<html>502 Bad Gateway</html>")


@dataclass(frozen=True)
class Arrival:
    """One request that left.

    Attributes:
        at: When.
        app: Whose service it went to.
        path: The endpoint, without ``v4/``.
        body: Its JSON.
        reply: What happened to it, one of REPLIES.
        code: The service's own verdict; 0 when it accepted; None when it never came.
        refused: How many of its accounts the service does not know.
        id: The service's own id for it: its TaskId or MsgKey.
    """

    at: datetime
    app: int
    path: str
    body: dict[str, Any]
    reply: str
    code: int | None
    refused: int = 0
    id: str = ""

    @property
    def is_accepted(self) -> bool:
        """Whether people get it."""
        return self.code == 0

    @property
    def is_doubtful(self) -> bool:
        """Whether the sender cannot know what became of it."""
        return self.reply in DOUBTFUL


@dataclass
class Services:
    """The service of several apps, each at a port of its own.

    Attributes:
        arrivals: All requests that left, in order.
        replies: What happens to the next ones; ``ok`` to all others.
        latency_s: Of an answer.
        dials: When somebody tried to connect.
    """

    apps: dict[int, int]
    people: Iterable[Person]
    arrivals: list[Arrival] = field(default_factory=list)
    replies: list[str] = field(default_factory=list)
    latency_s: float = 0.1
    dials: list[datetime] = field(default_factory=list)
    _running: dict[int, Sandbox] = field(default_factory=dict)

    async def dial(self, port: int, machine: Machine) -> httpcore.AsyncNetworkStream:
        """Open a connection to the app at a port."""
        self.dials.append(machine.now())
        reply = self.replies.pop(0) if self.replies else "ok"
        if reply == "unreachable":
            raise httpcore.ConnectError("refused")
        return _Connection(self, self.apps[port], machine, reply)

    def arrive(self, app: int, request: bytes, machine: Machine, reply: str) -> tuple[int, bytes]:
        """Take a request in and return status and answer."""
        head, _, content = request.partition(b"\r\n\r\n")
        target = head.split(b" ", 2)[1].decode()
        path = target.partition("?")[0].removeprefix("/v4/")
        at, told, status, answer = machine.now(), {}, 200, b""
        if reply not in {"never", "busy"}:
            answer = self._sandbox(app, machine).service.call("POST", *_split(target), content).payload
            told = json.loads(answer)
        if reply == "busy":
            status, answer = (
                200,
                json.dumps({"ActionStatus": "FAIL", "ErrorCode": 91000, "ErrorInfo": ""}).encode(),
            )
        elif reply == "gateway":
            status, answer = _LOST
        refused, named = len(told.get("ErrorList", ())), told.get("TaskId") or told.get("MsgKey", "")
        body, code = json.loads(content), told.get("ErrorCode")
        self.arrivals.append(Arrival(at, app, path, body, reply, code, refused, named))
        return status, answer

    def _sandbox(self, app: int, machine: Machine) -> Sandbox:
        if app not in self._running:
            settings = SandboxSettings(
                database=":memory:",
                sdk_app_id=app,
                secret_key=SECRET,
                clock=Clock(source=machine.unix),
                populate=False,
            )
            self._running[app] = Sandbox(settings)
            rows = (f"{one.account},{';'.join(one.tags)},{one.city}" for one in self.people)
            self._running[app].seed_csv(["account,tags,attribute.city", *rows])
        return self._running[app]

    def close(self) -> None:
        """End all of them."""
        for sandbox in self._running.values():
            sandbox.close()


def _split(target: str) -> tuple[str, bytes]:
    path, _, query = target.partition("?")
    return path, query.encode()


class _Connection(httpcore.AsyncNetworkStream):
    """One connection, one request."""

    def __init__(self, services: Services, app: int, machine: Machine, reply: str) -> None:
        self._services, self._app, self._machine, self._reply = services, app, machine, reply
        self._answer = b""

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109 - httpcore's
        del timeout
        self._machine.fate.step()
        status, answer = self._services.arrive(self._app, buffer, self._machine, self._reply)
        self._answer = _HEAD % (status, len(answer)) + answer

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109 - httpcore's
        del timeout
        await anyio.sleep(_SLOW_S if self._reply == "slow" else self._services.latency_s)
        self._machine.fate.step()
        if self._reply in {"lost", "never"}:
            raise httpcore.ReadError("the connection broke")
        part, self._answer = self._answer[:max_bytes], self._answer[max_bytes:]
        return part

    async def aclose(self) -> None:
        """Nothing is kept."""

    def get_extra_info(self, info: str) -> Any:
        del info
