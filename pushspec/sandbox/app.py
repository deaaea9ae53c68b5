"""The sandbox's ASGI face: the REST interface under ``/v4/``, and everything for people beside it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from pushspec.sandbox.faults import FaultKind
from pushspec.sandbox.sandbox import Sandbox
from pushspec.sandbox.service import PREFIX, Reply

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from pushspec.sandbox.settings import SandboxSettings

ABORT = "pushspec.abort"
"""Extension of the ASGI scope: a function that drops the connection. ``serve`` provides it."""

_JSON = [(b"content-type", b"application/json; charset=utf-8"), (b"server", b"nginx")]
_SERVED_AFTER_A_CALL = 500
_MAX_BODY_BYTES = 4 * 1024 * 1024


def create_app(settings: SandboxSettings) -> SandboxApp:
    """Return the sandbox as an ASGI app; it needs no lifespan and starts no task of its own."""
    return SandboxApp(settings)


class SandboxApp:
    """A sandbox behind HTTP.

    Attributes:
        sandbox: The sandbox itself.
    """

    def __init__(self, settings: SandboxSettings) -> None:
        self.sandbox = Sandbox(settings)
        self._people: ASGIApp | None = None

    def close(self) -> None:
        """Finish what is due and close the database."""
        self.sandbox.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http" and scope["path"].startswith(PREFIX):
            await self._rest(scope, receive, send)
        else:
            await self._for_people()(scope, receive, send)

    def _for_people(self) -> ASGIApp:
        if self._people is None:
            from pushspec.sandbox.control import create_control

            self._people = create_control(self.sandbox)
        return self._people

    async def _rest(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await _read(receive)
        reply = self.sandbox.service.call(scope["method"], scope["path"], scope["query_string"], body)
        self.sandbox.changes.ring()
        try:
            await _deliver(reply, scope, receive, send)
        finally:
            # A server brings fan-outs forward by its own ticks; without one, each call does a little.
            if ABORT not in scope.get("extensions", {}):
                self.sandbox.tick(accounts=_SERVED_AFTER_A_CALL)


async def _read(receive: Receive) -> bytes:
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if not message.get("more_body", False) or size > _MAX_BODY_BYTES:
            return b"".join(parts)


async def _deliver(reply: Reply, scope: Scope, receive: Receive, send: Send) -> None:
    fault = reply.fault
    payload = reply.payload
    match fault.kind if fault is not None else None:
        case FaultKind.RESET_BEFORE | FaultKind.RESET_AFTER:
            _drop(scope, ConnectionResetError("the sandbox dropped the connection, as it was told to"))
            return
        case FaultKind.NO_ANSWER:
            await _keep_silent(scope, receive)
            return
        case FaultKind.BAD_GATEWAY:
            await _answer(
                send, 502, b"<html><body>502 Bad Gateway</body></html>", [(b"content-type", b"text/html")]
            )
            return
        case FaultKind.CUT_JSON:
            payload = payload[: len(payload) // 2]
        case FaultKind.SLOW:
            await asyncio.sleep(fault.delay_s if fault is not None else 0)
        case _:
            pass
    await _answer(send, 200, payload, _JSON)


def _drop(scope: Scope, error: OSError) -> None:
    # Without a socket of our own the caller is in this process, and gets what its socket would have raised.
    abort = scope.get("extensions", {}).get(ABORT)
    if abort is None:
        raise error
    abort()


async def _keep_silent(scope: Scope, receive: Receive) -> None:
    if ABORT not in scope.get("extensions", {}):
        raise TimeoutError("the sandbox gave no answer, as it was told to")
    while (await receive())["type"] != "http.disconnect":
        pass


async def _answer(send: Send, status: int, payload: bytes, headers: list[tuple[bytes, bytes]]) -> None:
    length = (b"content-length", str(len(payload)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [*headers, length]})
    await send({"type": "http.response.body", "body": payload})
