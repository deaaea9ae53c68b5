"""The client over real sockets: what leaves, when, and what is made of every way an answer can fail."""

from __future__ import annotations

import json
import logging
import socket
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import anyio
import pytest
from httpx._urlparse import urlparse
from simulation.faults import BROKEN, FAULTS, Fault
from simulation.service import ok
from simulation.wire import Connection, WireServer, serving

from pushspec.apply.classify import classify
from pushspec.errors import UsageError
from pushspec.lockfile.histories import CallState
from pushspec.tencent.client import Client
from pushspec.tencent.endpoints import ENDPOINTS, EndpointName
from pushspec.tencent.exchange import Exchange, Gate, GateClosedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulation.wire import Behaviour

PUSH = ENDPOINTS[EndpointName.PUSH]
PAYLOAD = b'{"MsgRandom":7,"OfflinePushInfo":{"Title":"\xe4\xbd\xa0"}}'
SECRET = "eJyrVgrxCdYr*secret-signature__"


def now() -> datetime:
    return datetime.now(UTC)


def client_for(url: str, *, total_s: float = 3, app: Any = None) -> Client:
    return Client(
        base_url=url,
        sdk_app_id=1400000000,
        identifier="administrator",
        sign=lambda: SECRET,
        now=now,
        random32=lambda: 4294967295,
        total_s=total_s,
        app=app,
    )


def exchange_with(
    behaviour: Behaviour, *, check: Callable[[], None] = lambda: None, total_s: float = 3
) -> tuple[Exchange, WireServer]:
    """Send one request to a server that behaves so."""

    async def main() -> tuple[Exchange, WireServer]:
        async with serving(behaviour) as server, client_for(server.url, total_s=total_s) as client:
            return await client.send(PUSH.path, PAYLOAD, Gate(check, now=now)), server

    return anyio.run(main)


def state_after(behaviour: Behaviour, **options: Any) -> CallState:
    return classify(PUSH, exchange_with(behaviour, **options)[0]).state


async def well(connection: Connection) -> None:
    await connection.read_request()
    await connection.answer(ok(PUSH.path, 1), headers=b"Date: Sat, 21 Nov 2026 02:00:00 GMT\r\n")


def test_the_request_is_the_documented_one() -> None:
    """Method, path, query, headers and the very bytes of the plan."""
    exchange, server = exchange_with(well)

    head, _, body = bytes(server.received[0]).partition(b"\r\n\r\n")
    line, *headers = head.decode().split("\r\n")
    method, target, version = line.split(" ")
    query = parse_qs(urlsplit(target).query, strict_parsing=True)
    assert (method, urlsplit(target).path, version) == ("POST", "/v4/timpush/push", "HTTP/1.1")
    assert query == {
        "sdkappid": ["1400000000"],
        "identifier": ["administrator"],
        "usersig": [SECRET],
        "random": ["4294967295"],
        "contenttype": ["json"],
    }
    assert body == PAYLOAD
    names = {header.split(":")[0].lower(): header.split(":", 1)[1].strip() for header in headers}
    assert names["content-type"] == "application/json"
    assert names["connection"].lower() == "close"
    assert names["accept-encoding"] == "identity"
    assert exchange.served_at == datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
    assert json.loads(exchange.body)["TaskId"] == "task1"


def test_a_url_is_parsed_once_for_all_calls_of_a_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """It took a quarter of the time of a call; each still has a number and a signature of its own."""
    parsed: list[str] = []

    def counted(url: str = "", **parts: str) -> object:
        parsed.append(url)
        return urlparse(url, **parts)

    async def main() -> WireServer:
        drawn = iter([1, 2, 3])
        signatures = iter(["one", "two", "two"])
        async with serving(well) as server:
            client = Client(
                base_url=server.url,
                sdk_app_id=1400000000,
                identifier="ada é/+*",
                sign=lambda: next(signatures),
                now=now,
                random32=lambda: next(drawn),
            )
            async with client:
                for _ in range(3):
                    parsed.clear()
                    await client.send(PUSH.path, PAYLOAD, Gate(lambda: None, now=now))
        return server

    monkeypatch.setattr("httpx._urls.urlparse", counted)
    targets = [bytes(it).split(b" ")[1].decode() for it in anyio.run(main).received]

    query = "/v4/timpush/push?sdkappid=1400000000&identifier=ada+%C3%A9%2F%2B%2A&contenttype=json&random"
    assert targets == [
        f"{query}={number}&usersig={it}" for number, it in ((1, "one"), (2, "two"), (3, "two"))
    ]
    assert parsed == []


def test_the_gate_is_the_last_step_on_the_open_connection() -> None:
    """Nothing, not one byte, leaves before it; so a closed gate means certainly not sent."""

    async def main() -> None:
        connected = anyio.Event()

        async def listen(connection: Connection) -> None:
            connected.set()
            await connection.read_some()

        def refuse() -> None:
            raise GateClosedError("window", "its window has ended")

        async with serving(listen) as server, client_for(server.url) as client:
            exchange = await client.send(PUSH.path, PAYLOAD, Gate(refuse, now=now))
            await connected.wait()
        assert (exchange.case, exchange.left_at) == ("window", None)
        assert classify(PUSH, exchange).state is CallState.NOT_SENT
        assert server.received == [bytearray()]

    anyio.run(main)


def test_each_push_has_a_connection_of_its_own() -> None:
    """A reused connection may be half dead, and then nobody knows what left."""

    async def main() -> None:
        async with serving(well) as server, client_for(server.url) as client:
            for _ in range(3):
                assert (await client.send(PUSH.path, PAYLOAD, Gate(lambda: None, now=now))).status == 200
        assert len(server.received) == 3

    anyio.run(main)


def test_the_signature_is_in_no_log_and_no_error(caplog: pytest.LogCaptureFixture) -> None:
    """httpx logs whole URLs; ours do not hold the secret yet when it does."""

    async def broken(connection: Connection) -> None:
        await connection.read_request()
        await connection.write(b"garbage\r\n\r\n")

    with caplog.at_level(logging.DEBUG):
        for behaviour in (well, broken):
            exchange, server = exchange_with(behaviour)
            assert SECRET.encode() in server.received[0]
            assert SECRET not in repr(exchange)
    assert "timpush/push" in caplog.text
    assert SECRET not in caplog.text


@pytest.mark.parametrize(
    "url", ["http://example.com", "http://10.0.0.1", "ftp://127.0.0.1", "http://localhost.evil"]
)
def test_the_signature_never_travels_in_the_clear(url: str) -> None:
    """Plain HTTP is for this machine only."""
    with pytest.raises(UsageError):
        client_for(url)


def test_a_closed_port_is_certainly_not_sent() -> None:
    """Nobody was there to receive it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

    async def main() -> Exchange:
        async with client_for(f"http://127.0.0.1:{port}") as client:
            return await client.send(PUSH.path, PAYLOAD, Gate(lambda: None, now=now))

    exchange = anyio.run(main)
    assert exchange.case == "connect_failed"
    assert classify(PUSH, exchange).state is CallState.NOT_SENT


def test_an_unknown_host_is_certainly_not_sent() -> None:
    """DNS comes before everything."""

    async def main() -> Exchange:
        async with client_for("https://pushspec.invalid") as client:
            return await client.send(PUSH.path, PAYLOAD, Gate(lambda: None, now=now))

    assert classify(PUSH, anyio.run(main)).state is CallState.NOT_SENT


def test_a_server_without_tls_is_certainly_not_sent() -> None:
    """A handshake that fails ends before the first byte of the request."""

    async def plain(connection: Connection) -> None:
        await connection.read_some()
        await connection.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    async def main() -> Exchange:
        async with serving(plain) as server, client_for(f"https://127.0.0.1:{server.port}") as client:
            return await client.send(PUSH.path, PAYLOAD, Gate(lambda: None, now=now))

    exchange = anyio.run(main)
    assert classify(PUSH, exchange).state is CallState.NOT_SENT
    assert exchange.left_at is None


def test_a_handshake_that_never_ends_is_certainly_not_sent() -> None:
    """The total time ends it, and the gate stays shut afterwards."""

    async def silent(connection: Connection) -> None:
        await connection.read_some()
        await anyio.sleep_forever()

    async def main() -> Exchange:
        async with (
            serving(silent) as server,
            client_for(f"https://127.0.0.1:{server.port}", total_s=0.2) as client,
        ):
            return await client.send(PUSH.path, PAYLOAD, Gate(lambda: None, now=now))

    exchange = anyio.run(main)
    assert (exchange.case, exchange.left_at) == ("timeout", None)


GOOD = ok(PUSH.path, 1)


@pytest.mark.parametrize("fault", FAULTS.values(), ids=str)
def test_every_way_to_misbehave_leaves_what_the_table_says(fault: Fault) -> None:
    """The request left; only a whole, valid answer tells what became of it, and in time."""
    total_s = 0.3 if fault.is_slow else 3

    exchange, _ = exchange_with(lambda connection: fault.behave(connection, GOOD), total_s=total_s)

    assert classify(PUSH, exchange).state is fault.leaves
    assert (exchange.case == "timeout") is fault.is_slow


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_answer_and_a_reset_are_in_doubt(name: str) -> None:
    """A reset may overtake what was written before it, and must not make it look better."""

    async def break_and_reset(connection: Connection) -> None:
        await connection.read_request()
        await connection.write(BROKEN[name](GOOD))
        connection.reset()

    assert state_after(break_and_reset) is CallState.IN_DOUBT


def test_the_embedded_service_is_called_behind_the_same_gate() -> None:
    """The sandbox must not be kinder than the network."""
    seen: list[dict[str, Any]] = []

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        body = (await receive())["body"]
        seen.append({"query": scope["query_string"], "body": body})
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": GOOD})

    def refuse() -> None:
        raise GateClosedError("frozen", "frozen")

    async def main() -> None:
        async with client_for("https://sandbox.invalid", app=app) as client:
            closed = await client.send(PUSH.path, PAYLOAD, Gate(refuse, now=now))
            assert (closed.left_at, seen) == (None, [])
            exchange = await client.send(PUSH.path, PAYLOAD, Gate(lambda: None, now=now))
            assert classify(PUSH, exchange).state is CallState.SENT

    anyio.run(main)
    assert seen[0]["body"] == PAYLOAD
    assert f"usersig={SECRET}".encode() in seen[0]["query"]


def test_an_embedded_service_that_breaks_is_in_doubt() -> None:
    """As a crash of the real one would be."""

    async def app(_scope: Any, _receive: Any, _send: Any) -> None:
        raise RuntimeError("bug")

    async def main() -> Exchange:
        async with client_for("https://sandbox.invalid", app=app) as client:
            return await client.send(PUSH.path, PAYLOAD, Gate(lambda: None, now=now))

    assert classify(PUSH, anyio.run(main)).state is CallState.IN_DOUBT


def test_localhost_is_this_machine_whatever_a_resolver_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without TLS the signature would travel to wherever the name leads."""
    resolve = socket.getaddrinfo

    def lying(host: Any, *arguments: Any, **options: Any) -> Any:
        assert host not in {"localhost", b"localhost"}
        return resolve(host, *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", lying)

    async def main() -> Exchange:
        async with (
            serving(well) as server,
            client_for(server.url.replace("127.0.0.1", "localhost")) as client,
        ):
            return await client.send(PUSH.path, PAYLOAD, Gate(lambda: None, now=now))

    assert anyio.run(main).case == "answered"
