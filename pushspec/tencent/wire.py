"""Below the HTTP client: connections that send nothing before the gate is passed, then all at once."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import anyio
import httpcore

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable
    from typing import Any

    from pushspec.tencent.exchange import Gate
    from pushspec.tencent.network import Proxy


_THIS_MACHINE = ("127.0.0.1", "::1")
"""What ``localhost`` means (RFC 6761): the signature may travel there without TLS."""


class GatedStream(httpcore.AsyncNetworkStream):
    """An open connection for one request.

    The request is held back until the client turns to reading the answer, and leaves whole: no pause, however
    long, can fall between the last check and the rest of the request.
    """

    def __init__(self, stream: httpcore.AsyncNetworkStream, gate: Gate) -> None:
        self._stream = stream
        self._gate = gate
        self._held_back = bytearray()

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109 - httpcore's signature
        """Hold the bytes back."""
        del timeout
        self._held_back += buffer

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109 - httpcore's signature
        """Send what was held back, then read."""
        if self._held_back:
            request, self._held_back = bytes(self._held_back), bytearray()
            self._gate.pass_through()
            # A server may refuse early and close while we still write: its answer counts, as in httpcore.
            with contextlib.suppress(httpcore.WriteError):
                await self._stream.write(request, timeout)
        return await self._stream.read(max_bytes, timeout)

    async def aclose(self) -> None:
        """Close the connection; what is still held back never leaves."""
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
    ) -> httpcore.AsyncNetworkStream:
        """Return the encrypted connection, behind the same gate."""
        try:
            encrypted = await self._stream.start_tls(ssl_context, server_hostname, timeout)
        except BaseException:
            # httpcore closes after errors, but not when a handshake is cancelled.
            with anyio.CancelScope(shield=True):
                await self._stream.aclose()
            raise
        return GatedStream(encrypted, self._gate)

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - httpcore's signature
        """Return what the connection knows of itself."""
        return self._stream.get_extra_info(info)


class TunnelStream(httpcore.AsyncNetworkStream):
    """A connection to a proxy: ``CONNECT`` passes freely, what is encrypted inside waits at the gate."""

    def __init__(self, stream: httpcore.AsyncNetworkStream, gate: Gate) -> None:
        self._stream = stream
        self._gate = gate

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109 - httpcore's signature
        """Send to the proxy."""
        await self._stream.write(buffer, timeout)

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109 - httpcore's signature
        """Read from the proxy."""
        return await self._stream.read(max_bytes, timeout)

    async def aclose(self) -> None:
        """Close the connection."""
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
    ) -> httpcore.AsyncNetworkStream:
        """Return the encrypted connection to the service, behind the gate."""
        return await GatedStream(self._stream, self._gate).start_tls(ssl_context, server_hostname, timeout)

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - httpcore's signature
        """Return what the connection knows of itself."""
        return self._stream.get_extra_info(info)


class GatedBackend(httpcore.AsyncNetworkBackend):
    """Opens connections for one request, all of them behind its gate."""

    def __init__(self, gate: Gate, *, by_proxy: bool = False) -> None:
        self._gate = gate
        self._kind = TunnelStream if by_proxy else GatedStream
        self._backend = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Open a connection; one to ``localhost`` stays on this machine, whatever a resolver says."""
        *others, last = _THIS_MACHINE if host == "localhost" else (host,)
        for address in others:
            with contextlib.suppress(httpcore.ConnectError):
                stream = await self._backend.connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
                return self._kind(stream, self._gate)
        stream = await self._backend.connect_tcp(last, port, timeout, local_address, socket_options)
        return self._kind(stream, self._gate)


def connection_for(
    gate: Gate, ssl_context: ssl.SSLContext | None, proxy: Proxy | None = None
) -> httpcore.AsyncConnectionPool:
    """Return a pool that makes one connection, sends one request through the gate and keeps nothing.

    A proxy is used for encrypted connections only: it forwards bytes that it cannot read.
    """
    if proxy is not None and ssl_context is not None:
        return httpcore.AsyncHTTPProxy(
            proxy_url=proxy.url,
            proxy_auth=proxy.auth,
            ssl_context=ssl_context,
            max_connections=1,
            max_keepalive_connections=0,
            http1=True,
            http2=False,
            retries=0,
            network_backend=GatedBackend(gate, by_proxy=True),
        )
    return httpcore.AsyncConnectionPool(
        ssl_context=ssl_context,
        max_connections=1,
        max_keepalive_connections=0,
        http1=True,
        http2=False,
        retries=0,
        network_backend=GatedBackend(gate),
    )
