"""Serve a sandbox on a port of this machine with uvicorn."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import TYPE_CHECKING

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from pushspec.sandbox.app import ABORT

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    from starlette.types import ASGIApp, Receive, Scope, Send

    from pushspec.sandbox.app import SandboxApp
    from pushspec.sandbox.changes import Changes
    from pushspec.sandbox.sandbox import Sandbox

_TICK_S = 0.05
_ACCOUNTS_A_TICK = 1_000


class _AbortableProtocol(H11Protocol):
    """HTTP that lets the app drop a connection in the middle, which ASGI itself does not."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        super().connection_made(transport)
        self.app = _with_abort(self.app, transport.abort)


class _Server(uvicorn.Server):
    """A server that ends for open pages, too: they listen for changes until somebody sends them away."""

    def __init__(self, config: uvicorn.Config, changes: Changes | None) -> None:
        super().__init__(config)
        self._changes = changes

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if self._changes is not None:
            self._changes.end()
        await super().shutdown(sockets)


def _with_abort(app: ASGIApp, abort: Callable[[], None]) -> ASGIApp:
    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        scope.setdefault("extensions", {})[ABORT] = abort
        await app(scope, receive, send)

    return wrapped


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; port 0 takes a free one.

    Raises:
        OSError: The port is taken, or the host is not this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio only switches Nagle's delay off where the protocol is named, and 40 ms an answer is a lot.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    listener.listen()
    listener.settimeout(0)
    return listener


def base_url(listener: socket.socket, *, tls: bool = False) -> str:
    """Return the URL under which a socket is reached."""
    host, port = listener.getsockname()[:2]
    return f"{'https' if tls else 'http'}://{f'[{host}]' if ':' in host else host}:{port}"


def make_server(
    app: ASGIApp, *, changes: Changes | None = None, tls: ssl.SSLContext | None = None
) -> uvicorn.Server:
    """Return a server for an app; run it with :func:`run`, stop it by setting its ``should_exit``.

    Args:
        app: The app.
        changes: What its open pages listen to.
        tls: Serves HTTPS.
    """
    config = uvicorn.Config(
        app,
        http=_AbortableProtocol,
        ws="none",
        lifespan="off",
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=1,
    )
    config.load()
    config.ssl = tls
    return _Server(config, changes)


async def run(app: SandboxApp, server: uvicorn.Server, listener: socket.socket) -> None:
    """Serve until the server is told to stop, and keep fan-outs and scheduled tasks going meanwhile."""
    ticking = asyncio.create_task(_tick(app.sandbox))
    try:
        await server.serve(sockets=[listener])
    finally:
        ticking.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await ticking
        app.close()


async def _tick(sandbox: Sandbox) -> None:
    while True:
        sandbox.tick(accounts=_ACCOUNTS_A_TICK)
        # An apply on the embedded sandbox writes to the same file, and whoever watches wants to see it.
        if sandbox.state.was_changed_elsewhere():
            sandbox.changes.ring()
        await asyncio.sleep(_TICK_S)
