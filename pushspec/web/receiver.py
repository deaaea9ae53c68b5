"""The receiver of callbacks as a bare ASGI application: it acknowledges what it keeps, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import anyio
import anyio.to_thread

from pushspec.serialization import wire_json
from pushspec.tencent.callbacks import (
    MalformedPostError,
    StrangerError,
    check_sender,
    read_events,
    read_query,
    reply,
)
from pushspec.web.keeper import Keeper
from pushspec.web.store import CallbackStore, CallbackStoreError, Post

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    Scope = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
    Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

MAX_BODY_BYTES = 4 * 1024 * 1024
"""A post carries at most 100 events (https://trtc.io/document/67551), of a few hundred bytes each."""
ANSWER_WITHIN_S = 1.8
"""The service waits two seconds (https://trtc.io/document/34354)."""

_OVERLOADED = HTTPStatus.SERVICE_UNAVAILABLE


class _RefusedError(Exception):
    """Why a request gets no OK."""

    def __init__(self, status: HTTPStatus, text: str) -> None:
        super().__init__(text)
        self.status = status


@dataclass(frozen=True, slots=True)
class Receiver:
    """An ASGI application that takes callbacks for one app.

    Attributes:
        store: Where posts are kept.
        token: The authentication token of the console.
        sdk_app_id: The app.
        now_s: The time, in Unix seconds.
    """

    store: CallbackStore
    token: str
    sdk_app_id: int
    now_s: Callable[[], float]

    def app(self) -> Callable[[Scope, Receive, Send], Awaitable[None]]:
        """Return the application."""
        keeper = Keeper(self.store)

        async def serve(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] == "lifespan":
                await _live(receive, send)
                return
            try:
                status, answer = HTTPStatus.OK, await self._answer(scope, receive, keeper)
            except _RefusedError as refused:
                status, answer = refused.status, reply(str(refused))
            await _respond(send, status, wire_json(answer))

        return serve

    async def _answer(self, scope: Scope, receive: Receive, keeper: Keeper) -> dict[str, Any]:
        where = (scope["method"], scope["path"])
        if where in {("GET", "/healthz"), ("HEAD", "/healthz")}:
            await self._within_time(anyio.to_thread.run_sync, self.store.probe)
            return {"status": "ok"}
        if where != ("POST", "/"):
            raise _RefusedError(HTTPStatus.NOT_FOUND, "callbacks are taken by POST at /")
        query = read_query(scope["query_string"].decode("utf-8", "surrogateescape"))
        now_s = self.now_s()
        try:
            # Before the body is read: a stranger must not make us hold megabytes.
            check_sender(query, token=self.token, sdk_app_id=self.sdk_app_id, now_s=now_s)
            body = await _body(scope, receive)
            read_events(body)
        except StrangerError as error:
            raise _RefusedError(HTTPStatus.FORBIDDEN, str(error)) from None
        except MalformedPostError as error:
            raise _RefusedError(HTTPStatus.BAD_REQUEST, str(error)) from None
        await self._within_time(keeper.keep, Post(now_s, query.sign, body))
        return reply()

    async def _within_time(self, act: Callable[..., Awaitable[None]], *arguments: Any) -> None:  # noqa: ANN401 - handed on
        """Do something durable, or answer in time that it was not done."""
        try:
            with anyio.fail_after(ANSWER_WITHIN_S):
                await act(*arguments)
        except TimeoutError:
            raise _RefusedError(_OVERLOADED, "the store does not answer in time") from None
        except CallbackStoreError:
            raise _RefusedError(_OVERLOADED, "the store cannot keep it now") from None


async def _body(scope: Scope, receive: Receive) -> bytes:
    for name, value in scope["headers"]:
        if name == b"content-length" and int(value) > MAX_BODY_BYTES:
            raise _RefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "the body is too large")
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise MalformedPostError("the body never ended")
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > MAX_BODY_BYTES:
            raise _RefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "the body is too large")
        if not message.get("more_body", False):
            return b"".join(parts)


async def _respond(send: Send, status: HTTPStatus, body: bytes) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": int(status), "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _live(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
