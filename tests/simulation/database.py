"""What can go wrong with a real PostgreSQL, and a proxy that breaks connections around a commit."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_COMMIT = b"COMMIT"
_TABLE = """
    create table if not exists pushspec_lockfile (
        lockfile text not null, seq bigint not null, line bytea not null {key}
    )
"""
_FULL = """
    create or replace function pushspec_is_full() returns trigger language plpgsql as $$
    begin raise exception 'could not extend file' using errcode = '53100'; end $$;
    create trigger full_{name} before insert on pushspec_lockfile
    for each row when (new.lockfile = '{name}') execute function pushspec_is_full();
"""


@dataclass
class Database:
    """A server, and the name of one lockfile in it."""

    server: str
    name: str
    address: str = ""
    _undo: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.address = self.server

    def vanish(self) -> None:
        """Be out of reach."""
        self.address = self.server.replace("host=", "host=/nowhere")

    def become_reader(self) -> None:
        """Connect as a role that may only read."""
        role = f"reader_{self.name}"
        self._do(_TABLE.format(key=", primary key (lockfile, seq)"))
        self._do(f"create role {role} login; grant select on pushspec_lockfile to {role}")
        self._undo.append(f"drop owned by {role}; drop role {role}")
        self.address = self.server.replace("user=pushspec", f"user={role}")

    def fill(self) -> None:
        """Let each insert end as on a full disk."""
        self._do(_TABLE.format(key=", primary key (lockfile, seq)"))
        self._do(_FULL.format(name=self.name))
        self._undo.append(f"drop trigger full_{self.name} on pushspec_lockfile")

    def lose_its_key(self) -> None:
        """Go on in a database whose table somebody made without the primary key."""
        database = f"keyless_{self.name}"
        self._do(f"create database {database}")
        self._undo.append(f"drop database {database} with (force)")
        self.address = self.server.replace("/postgres?", f"/{database}?")
        self._do(_TABLE.format(key=""), self.address)

    def clean_up(self) -> None:
        """Leave the server as it was."""
        for statement in self._undo:
            self._do(statement)

    def _do(self, statement: str, address: str = "") -> None:
        import psycopg

        with psycopg.connect(address or self.server, autocommit=True) as connection:
            connection.execute(statement)


@dataclass
class DatabaseProxy:
    """What the proxy is told.

    Attributes:
        upstream: The server's Unix socket.
        address: Where the proxy listens, as psycopg takes it.
        at_commits: What happens at the next commits: ``before`` breaks the connection before the server hears
            of it, ``after`` when the server has done it and before the client hears of that, ``-`` nothing.
        commits: How many commits came.
    """

    upstream: str
    address: str = ""
    at_commits: list[str] = field(default_factory=list)
    commits: int = 0

    def carry(self, client: socket.socket) -> None:
        """Carry one connection to its end."""
        with client, socket.socket(socket.AF_UNIX) as server:
            server.connect(self.upstream)
            is_muted = threading.Event()
            back = threading.Thread(target=_answers, args=(server, client, is_muted), daemon=True)
            back.start()
            self._questions(client, server, is_muted)
            _shut(server)
            _shut(client)
            back.join()

    def _questions(self, client: socket.socket, server: socket.socket, is_muted: threading.Event) -> None:
        while data := _receive(client):
            fate = ""
            if _COMMIT in data:
                self.commits += 1
                fate = self.at_commits.pop(0) if self.at_commits else ""
            if fate == "before":
                return
            if fate == "after":
                is_muted.set()
            server.sendall(data)


def _answers(server: socket.socket, client: socket.socket, is_muted: threading.Event) -> None:
    while data := _receive(server):
        if is_muted.is_set() and _COMMIT in data:
            break
        if not is_muted.is_set():
            with suppress(OSError):
                client.sendall(data)
    _shut(client)


def _receive(connection: socket.socket) -> bytes:
    try:
        return connection.recv(65536)
    except OSError:
        return b""


def _shut(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


@contextmanager
def database_proxy(folder: str, *, user: str) -> Iterator[DatabaseProxy]:
    """Stand before a server whose Unix socket is in a folder until the block ends."""
    proxy = DatabaseProxy(f"{folder}/.s.PGSQL.5432")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        proxy.address = f"postgresql://{user}@127.0.0.1:{listener.getsockname()[1]}/postgres"
        clients: list[socket.socket] = []
        carriers: list[threading.Thread] = []

        def serve() -> None:
            while True:
                try:
                    client, _ = listener.accept()
                except OSError:
                    return
                clients.append(client)
                carriers.append(threading.Thread(target=proxy.carry, args=(client,), daemon=True))
                carriers[-1].start()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield proxy
        finally:
            _shut(listener)
            thread.join()
            for client in clients:
                _shut(client)
            for carrier in carriers:
                carrier.join()
