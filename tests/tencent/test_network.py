"""The way to the service: TLS with an authority of one's own, a real proxy, and packed answers."""

from __future__ import annotations

import gzip
import ssl
import zlib
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import anyio
import pytest
import trustme
from anyio.streams.tls import TLSListener
from simulation.service import ok
from simulation.wire import Connection, serving

from pushspec.apply.classify import classify
from pushspec.errors import UsageError
from pushspec.lockfile.histories import CallState
from pushspec.paths import PathRefusedError
from pushspec.tencent.client import Client
from pushspec.tencent.endpoints import ENDPOINTS, EndpointName
from pushspec.tencent.exchange import Exchange, Gate, GateClosedError
from pushspec.tencent.network import Network, Proxy, read_proxy, trusting
from pushspec.tencent.reading import ANSWER_BYTES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from anyio.abc import SocketStream

PUSH = ENDPOINTS[EndpointName.PUSH]
AUTHORITY = trustme.CA()
OTHER = trustme.CA()
PEM = AUTHORITY.cert_pem.bytes().decode()


def zipped(data: bytes, level: int = 9) -> bytes:
    """Return data as gzip writes it at no particular time: two test workers must collect the same tests."""
    return gzip.compress(data, level, mtime=0)


def now() -> datetime:
    return datetime.now(UTC)


def client_for(url: str, network: Network | None = None) -> Client:
    return Client(
        base_url=url,
        sdk_app_id=1400000000,
        identifier="administrator",
        sign=lambda: "signature",
        now=now,
        random32=lambda: 7,
        network=network,
        total_s=3,
    )


class Service:
    """The service over TLS, as a test wants its certificate."""

    def __init__(self, authority: trustme.CA, name: str) -> None:
        self.requests: list[bytes] = []
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(name).configure_cert(self._context)

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[int]:
        """Serve until the block ends; yield the port."""
        listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
        port: int = listener.extra(anyio.abc.SocketAttribute.local_port)
        async with listener, anyio.create_task_group() as group:
            group.start_soon(
                TLSListener(listener, self._context, standard_compatible=False).serve, self._serve
            )
            yield port
            group.cancel_scope.cancel()

    async def _serve(self, stream: anyio.abc.ByteStream) -> None:
        async with stream:
            request = b""
            while b"OfflinePushInfo" not in request:
                try:
                    request += await stream.receive()
                except (anyio.EndOfStream, anyio.BrokenResourceError):
                    return
            self.requests.append(request)
            body = ok(PUSH.path, 1)
            await stream.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)


class RealProxy:
    """A proxy that opens tunnels by CONNECT, or refuses to."""

    def __init__(self, *, refuses: bool = False) -> None:
        self.heads: list[bytes] = []
        self.tunnelled: bytes = b""
        self._refuses = refuses

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[int]:
        """Serve until the block ends; yield the port."""
        listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
        port: int = listener.extra(anyio.abc.SocketAttribute.local_port)
        async with listener, anyio.create_task_group() as group:
            group.start_soon(listener.serve, self._serve)
            yield port
            group.cancel_scope.cancel()

    async def _serve(self, near: SocketStream) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            head += await near.receive()
        self.heads.append(head)
        async with near:
            if self._refuses:
                await near.send(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
                return
            port = int(head.split()[1].rpartition(b":")[2])
            async with await anyio.connect_tcp("127.0.0.1", port) as far, anyio.create_task_group() as group:
                await near.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
                group.start_soon(self._pump, near, far)
                group.start_soon(self._pump, far, near)

    async def _pump(self, source: SocketStream, target: SocketStream) -> None:
        try:
            async for chunk in source:
                self.tunnelled += chunk
                await target.send(chunk)
            await target.send_eof()
        except (anyio.BrokenResourceError, anyio.ClosedResourceError, OSError):
            return


def send(
    *,
    network: Network,
    authority: trustme.CA = AUTHORITY,
    name: str = "localhost",
    proxy: RealProxy | None = None,
    auth: tuple[str, str] | None = None,
    gate: Gate | None = None,
) -> tuple[Exchange, list[bytes]]:
    """Send one push to a service over TLS, by a proxy if there is one."""
    service = Service(authority, name)
    payload = b'{"MsgRandom":7,"OfflinePushInfo":{}}'

    async def go() -> Exchange:
        async with service.serving() as port:
            way = network
            if proxy is None:
                async with client_for(f"https://localhost:{port}", way) as client:
                    return await client.send(PUSH.path, payload, gate or Gate(lambda: None, now=now))
            async with proxy.serving() as proxy_port:
                way = Network(Proxy(f"http://127.0.0.1:{proxy_port}", auth), network.authorities)
                async with client_for(f"https://localhost:{port}", way) as client:
                    return await client.send(PUSH.path, payload, gate or Gate(lambda: None, now=now))

    return anyio.run(go), service.requests


def test_an_authority_of_ones_own_is_trusted() -> None:
    """A company that looks into its own traffic has one."""
    exchange, requests = send(network=Network(authorities=PEM))

    assert classify(PUSH, exchange).state is CallState.SENT
    assert len(requests) == 1


@pytest.mark.parametrize(
    ("network", "authority", "name"),
    [
        (Network(), AUTHORITY, "localhost"),
        (Network(authorities=PEM), OTHER, "localhost"),
        (Network(authorities=PEM), AUTHORITY, "elsewhere.example"),
    ],
    ids=["unknown authority", "another authority", "another name"],
)
def test_a_certificate_that_is_not_accepted_ends_it_at_once(
    network: Network, authority: trustme.CA, name: str
) -> None:
    """It will be no better in two seconds, and whoever answers instead must not get the signature."""
    exchange, requests = send(network=network, authority=authority, name=name)
    outcome = classify(PUSH, exchange)

    assert (outcome.state, outcome.case) == (CallState.NOT_SENT, "certificate")
    assert not outcome.may_be_tried_again
    assert "network.ca_file" in outcome.text
    assert requests == []


def test_a_push_goes_through_a_proxy_that_cannot_read_it() -> None:
    """The signature travels in the URL, inside the tunnel."""
    proxy = RealProxy()

    exchange, requests = send(network=Network(authorities=PEM), proxy=proxy, auth=("bonnie", "pass word"))

    assert classify(PUSH, exchange).state is CallState.SENT
    assert len(requests) == 1
    assert proxy.heads[0].startswith(b"CONNECT localhost:")
    assert b"Proxy-Authorization: Basic Ym9ubmllOnBhc3Mgd29yZA==" in proxy.heads[0]
    assert b"usersig" not in proxy.heads[0] + proxy.tunnelled


def test_the_last_check_is_made_inside_the_tunnel() -> None:
    """What is said to the proxy is no byte of the push; a closed gate stops all of it."""
    proxy = RealProxy()

    def closed() -> None:
        raise GateClosedError("frozen", f"frozen after {len(proxy.heads)} CONNECT")

    exchange, requests = send(network=Network(authorities=PEM), proxy=proxy, gate=Gate(closed, now=now))

    assert (exchange.case, exchange.text, exchange.left_at) == ("frozen", "frozen after 1 CONNECT", None)
    assert requests == []


def test_a_proxy_that_refuses_ends_it_at_once() -> None:
    """Nothing left, and asking again would not help."""
    exchange, requests = send(network=Network(authorities=PEM), proxy=RealProxy(refuses=True))
    outcome = classify(PUSH, exchange)

    assert (outcome.state, outcome.case) == (CallState.NOT_SENT, "proxy_refused")
    assert "407" in outcome.text
    assert not outcome.may_be_tried_again
    assert requests == []


@pytest.mark.parametrize(
    "address",
    [
        *("", "proxy:3128", "https://proxy:3128", "http://proxy", "http://p:x/", "http://[::1", "http://p:0"),
        *("http://p:99999", "http://a b:80", "http://\u2260.example:80", "http://xn--a:80", "http://-:80"),
    ],
)
def test_an_address_that_is_none_is_refused_without_showing_it(address: str) -> None:
    """It may hold a password."""
    with pytest.raises(UsageError) as refused:
        read_proxy(address, name="CORP_PROXY")

    assert str(refused.value) == "CORP_PROXY holds no address of a proxy"


def test_a_file_without_a_certificate_is_refused() -> None:
    """Before anything is opened; an empty one must not mean the authorities that everybody trusts."""
    for authorities in ("nothing", "", "\n", "\ufffd\ufffd", "\0", PEM.replace("M", "\ufffd")):
        with pytest.raises(PathRefusedError, match="it has no certificate in PEM form"):
            client_for("https://localhost", Network(authorities=authorities))


def test_notes_between_certificates_are_in_any_language() -> None:
    """A company's bundle names each authority above it."""
    assert len(trusting(f"# \u6839\u8bc1\u4e66\n{PEM}", name="ca.pem").get_ca_certs()) == 1


ANSWER = ok(PUSH.path, 1)


def packed(body: bytes, encoding: str) -> CallState:
    """Return what becomes of a push that is answered with these bytes."""

    async def answer(connection: Connection) -> None:
        await connection.read_request()
        await connection.answer(body, headers=b"Content-Encoding: %b\r\n" % encoding.encode())

    async def go() -> Exchange:
        async with serving(answer) as server, client_for(server.url) as client:
            return await client.send(PUSH.path, b"{}", Gate(lambda: None, now=now))

    return classify(PUSH, anyio.run(go)).state


def _raw(body: bytes) -> bytes:
    raw = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return raw.compress(body) + raw.flush()


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", zipped(ANSWER)),
        ("X-GZIP", zipped(ANSWER)),
        ("deflate", zlib.compress(ANSWER)),
        ("deflate", _raw(ANSWER)),
        ("identity", ANSWER),
    ],
    ids=["gzip", "x-gzip", "zlib", "raw deflate", "identity"],
)
def test_a_packed_answer_is_read(encoding: str, body: bytes) -> None:
    """Some proxies pack what was asked for plain; the push went out all the same."""
    assert packed(body, encoding) is CallState.SENT


LONG = ANSWER + b" " * (ANSWER_BYTES + 1 - len(ANSWER))


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", zipped(ANSWER)[:-1]),
        ("gzip", zipped(ANSWER) + b"more"),
        ("gzip", b"\x1f\x8bgarbage"),
        ("gzip", ANSWER),
        ("gzip", b""),
        ("gzip", zipped(LONG)),
        ("gzip", zipped(ANSWER + b" " * 200_000_000, 1)),
        ("deflate", zlib.compress(LONG)),
        ("br", ANSWER),
        ("gzip, gzip", zipped(zipped(ANSWER))),
    ],
    ids=["cut", "more behind", "garbage", "plain", "empty", "too long", "bomb", "deflate", "br", "twice"],
)
def test_an_answer_that_cannot_be_unpacked_within_the_bound_is_in_doubt(encoding: str, body: bytes) -> None:
    """Whatever it was, the push may be out."""
    assert packed(body, encoding) is CallState.IN_DOUBT


def test_an_answer_of_exactly_the_bound_is_read() -> None:
    """The bound counts what is unpacked."""
    assert packed(zipped(LONG[:-1]), "gzip") is CallState.SENT
