"""A server on another machine gets no password in the clear, whoever named it."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
from typing import TYPE_CHECKING

import pytest
import trustme

from pushspec.lockfile.stores import StoreError
from pushspec.lockfile.stores.postgresql import PostgresStore

if TYPE_CHECKING:
    from collections.abc import Iterator

CANARY = "CANARY_PGPASSWORD"
_CLEARTEXT_PASSWORD = b"R" + struct.pack("!ii", 8, 3)
_SSL_REQUEST = 80_877_103


class Greedy:
    """A server that asks for the password as it is, over TLS or without."""

    def __init__(self, *, has_tls: bool) -> None:
        self.received = b""
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(10)
        self._tls: ssl.SSLContext | None = None
        if has_tls:
            self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            trustme.CA().issue_cert("localhost").configure_cert(self._tls)
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    def close(self) -> None:
        self._thread.join(timeout=15)
        self._listener.close()

    def _serve(self) -> None:
        try:
            connection, _ = self._listener.accept()
            with connection:
                connection.settimeout(10)
                self._talk(connection)
        except (OSError, struct.error):
            return

    def _talk(self, connection: socket.socket) -> None:
        first = connection.recv(8)
        if struct.unpack("!ii", first)[1] == _SSL_REQUEST:
            connection.sendall(b"S" if self._tls is not None else b"N")
            if self._tls is not None:
                with self._tls.wrap_socket(connection, server_side=True) as inner:
                    self._ask(inner)
                return
        self._ask(connection)

    def _ask(self, connection: socket.socket) -> None:
        if connection.recv(1024):
            connection.sendall(_CLEARTEXT_PASSWORD)
            self.received = connection.recv(1024)


@pytest.fixture(params=[False, True], ids=["without TLS", "with TLS"])
def greedy(request: pytest.FixtureRequest) -> Iterator[Greedy]:
    server = Greedy(has_tls=request.param)
    yield server
    server.close()


def test_no_other_machine_gets_the_password(greedy: Greedy, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pull request names the server; PGPASSWORD is the one of one's own database."""
    monkeypatch.setenv("PGPASSWORD", CANARY)
    # This address reaches the same server, and is none that stands for this machine.
    store = PostgresStore(f"postgresql://pushspec@0.0.0.0:{greedy.port}/db?sslmode=disable#prod")

    with pytest.raises(StoreError) as caught:
        list(store.read())
    greedy.close()

    assert CANARY.encode() not in greedy.received
    assert CANARY not in str(caught.value)
    assert caught.value.hint
