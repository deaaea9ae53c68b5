"""A real server on loopback that does to each connection what a test says."""

from __future__ import annotations

import socket
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import anyio
from anyio.abc import SocketAttribute

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from anyio.abc import SocketStream

    Behaviour = Callable[["Connection"], Awaitable[None]]


@dataclass
class Connection:
    """One accepted connection."""

    stream: SocketStream
    received: bytearray
    is_left: bool = False

    async def read_some(self) -> bytes:
        """Read what comes next; empty at the end."""
        try:
            data = await self.stream.receive()
        except (anyio.EndOfStream, anyio.BrokenResourceError):
            return b""
        self.received += data
        return data

    async def read_request(self) -> bytes:
        """Read a whole request with a Content-Length."""
        while b"\r\n\r\n" not in self.received:
            if not await self.read_some():
                return bytes(self.received)
        head, _, body = bytes(self.received).partition(b"\r\n\r\n")
        length = next(
            int(line.split(b":")[1])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length")
        )
        while len(body) < length:
            more = await self.read_some()
            if not more:
                break
            body += more
        return bytes(self.received)

    async def answer(self, body: bytes, *, status: str = "200 OK", headers: bytes = b"") -> None:
        """Send a whole answer."""
        head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n".encode() + headers + b"\r\n"
        await self.write(head + body)

    async def write(self, data: bytes) -> None:
        """Send bytes, if anybody still listens."""
        try:
            await self.stream.send(data)
        except (anyio.BrokenResourceError, anyio.ClosedResourceError):
            self.is_left = True

    async def wait_until_left(self) -> None:
        """Wait until the other side closes the connection."""
        while await self.read_some():
            pass
        self.is_left = True

    def reset(self) -> None:
        """Cut the connection with RST instead of FIN."""
        raw = self.stream.extra(SocketAttribute.raw_socket)
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")


@dataclass
class WireServer:
    """What was received, one entry a connection."""

    port: int
    received: list[bytearray] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@asynccontextmanager
async def serving(behaviour: Behaviour) -> AsyncIterator[WireServer]:
    """Serve on a free port of this machine until the block ends."""
    listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
    server = WireServer(listener.extra(SocketAttribute.local_port))

    async def serve(stream: SocketStream) -> None:
        connection = Connection(stream, bytearray())
        server.received.append(connection.received)
        async with stream:
            await behaviour(connection)

    async with listener, anyio.create_task_group() as group:
        group.start_soon(listener.serve, serve)
        try:
            yield server
        finally:
            group.cancel_scope.cancel()
