"""A server of PostgreSQL's protocol that asks for the password as it is."""

from __future__ import annotations

import socket
import ssl
import struct
import threading

import trustme

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
        """Where it listens."""
        return int(self._listener.getsockname()[1])

    def close(self) -> None:
        """Wait until it heard all."""
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
