"""A lockfile in PostgreSQL: one row a record, and the primary key is the lock."""

from __future__ import annotations

import os
import re
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import psycopg
from psycopg import errors
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from pushspec.disclosure import shown_address
from pushspec.hosts import is_this_machine
from pushspec.language import phrase
from pushspec.lockfile.stores import BrokenStoreError, SlotTakenError, StoreError
from pushspec.sanitize import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_OPTIONS = "-c statement_timeout=20s -c lock_timeout=5s -c synchronous_commit=on"
_EXISTS = "select to_regclass('pushspec_lockfile') is not null"
_TABLE = """
    create table if not exists pushspec_lockfile (
        lockfile text not null, seq bigint not null, line bytea not null, primary key (lockfile, seq)
    )
"""
_INSERT = "insert into pushspec_lockfile (lockfile, seq, line) values (%s, %s, %s)"
_SELECT = "select line from pushspec_lockfile where lockfile = %s and seq >= %s order by seq"
_PROBE_SEQ = -1
_STRICTER = ("verify-ca", "verify-full")
_HINTS: dict[type[psycopg.Error], str] = {
    errors.InsufficientPrivilege: phrase("grant this role select and insert on pushspec_lockfile"),
    errors.ReadOnlySqlTransaction: phrase(
        "the connection is read-only: connect to the primary as a writing role"
    ),
    errors.DiskFull: phrase("the database's disk is full: make room and apply again"),
}
_PASSWORD = phrase("set PGPASSWORD, or add it to ~/.pgpass")
_NO_ANSWER = (
    phrase("the server does not answer"),
    phrase("check that it is up and that this machine can reach it"),
)
_NOT_KNOWN = (phrase("the host's name is not known"), phrase("check it in the address"))
_NOT_NOW = (phrase("the server takes no connection now"), phrase("try again later"))
_STRANGER = (
    phrase("what answers there does not speak as PostgreSQL does"),
    phrase("check that host and port are those of the database"),
)
_REASONS = (
    # Where a name has several addresses, libpq tells of each: what a server says counts, not who was silent.
    ("no password supplied", phrase("the server wants a password"), _PASSWORD),
    ("password authentication failed", phrase("the server refused the password"), _PASSWORD),
    (
        "not permitted to log in",
        phrase("the role may not log in"),
        phrase("name another one in the address, or grant it: alter role … login"),
    ),
    (
        "permission denied for database",
        phrase("the role may not connect to this database"),
        phrase("name another one in the address, or grant it: grant connect on database …"),
    ),
    (
        "no pg_hba.conf entry",
        phrase("the server takes no such connection from this machine"),
        phrase("add a line to its pg_hba.conf"),
    ),
    ("too many ", *_NOT_NOW),
    ("connection slots are reserved", *_NOT_NOW),
    ("the database system is ", *_NOT_NOW),
    (
        "not currently accepting connections",
        phrase("the database takes no connections"),
        phrase("check its name in the address"),
    ),
    (
        "root certificate file",
        phrase("the file of the server's authority cannot be read"),
        phrase("check sslrootcert in the address"),
    ),
    (
        "does not exist",
        phrase("the server knows no such database or role"),
        phrase("check both in the address"),
    ),
    (
        "server does not support SSL",
        phrase("the server offers no TLS, and the password would leave in the clear"),
        phrase("switch on ssl in the server; only a server on this machine may do without it"),
    ),
    (
        "authentication method requirement",
        phrase("the server asks for another proof than SCRAM, which would give it the password"),
        phrase("set password_encryption and pg_hba.conf of the server to scram-sha-256"),
    ),
    ("invalid response to SSL negotiation", *_STRANGER),
    ("expected authentication request", *_STRANGER),
    ("server closed the connection unexpectedly", *_STRANGER),
    (
        "Connection refused",
        phrase("nothing answers there"),
        phrase("check that the server is up and that host and port are right"),
    ),
    ("timeout expired", *_NO_ANSWER),
    ("No route to host", *_NO_ANSWER),
    ("Network is unreachable", *_NO_ANSWER),
    (
        "No such file or directory",
        phrase("there is no socket of a server in that folder"),
        phrase("check that the server is up, or name its host in the address"),
    ),
    ("resolve host", *_NOT_KNOWN),
    ("translate host name", *_NOT_KNOWN),
)
"""What libpq says when it cannot connect, and in our words; its own hold host and user."""
_QUOTED = re.compile(r"""(?<!option )("[^"]*"|'[^']*')""")
_WORDS = 200


class PostgresStore:
    """Slots are rows of the table ``pushspec_lockfile``; the URL's fragment names the lockfile."""

    def __init__(self, url: str) -> None:
        self._connection: psycopg.Connection[tuple[bytes]] | None = None
        address, _, name = url.partition("#")
        parts = urlsplit(address)
        self._address = address
        self._lockfile = name or "default"
        host = parts.netloc.rpartition("@")[2] or "localhost"
        self._where = f"{parts.scheme}://{host}{parts.path}#{self._lockfile}"
        self._has_table = False

    @property
    def where(self) -> str:
        """The URL, without credentials."""
        return self._where

    def read(self, first: int = 0) -> Iterator[bytes]:
        """Yield the rows of slot ``first`` and all later ones."""
        with self._connected(phrase("read")) as connection:
            try:
                rows = connection.execute(_SELECT, (self._lockfile, first)).fetchall()
            except errors.UndefinedTable:
                return
        for row in rows:
            yield bytes(row[0])

    def append(self, first: int, lines: Sequence[bytes]) -> None:
        """Insert the rows in one transaction; a row that is there refuses it."""
        with self._connected(phrase("written")) as connection:
            self._ensure_table(connection)
            try:
                with connection.transaction(), connection.cursor() as cursor:
                    rows = [(self._lockfile, seq, line) for seq, line in enumerate(lines, first)]
                    cursor.executemany(_INSERT, rows)
            except errors.UniqueViolation:
                raise SlotTakenError(phrase("slot {first} is taken", first=first)) from None

    def probe(self) -> None:
        """Insert the same row twice: the second time must be refused."""
        row = (self._lockfile, _PROBE_SEQ, b"")
        with self._connected(phrase("written")) as connection:
            self._ensure_table(connection)
            with suppress(errors.UniqueViolation), connection.transaction(force_rollback=True):
                connection.execute(_INSERT, row)
                connection.execute(_INSERT, row)
                raise BrokenStoreError(
                    phrase("the table pushspec_lockfile at {where} has no primary key", where=self._where),
                    hint=phrase(
                        "add the primary key (lockfile, seq): without it, two runs could write at once"
                    ),
                )

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def __del__(self) -> None:
        # A command that ends, however it ends, lets go of the server.
        self.close()

    @contextmanager
    def _connected(self, done: str) -> Iterator[psycopg.Connection[tuple[bytes]]]:
        try:
            if self._connection is None or self._connection.closed:
                self._connection = self._connect()
            yield self._connection
        except psycopg.Error as error:
            # After an error nobody knows what was committed.
            self.close()
            reason, hint = _told(error)
            raise StoreError(
                phrase("{where} cannot be {done}: {reason}", where=self._where, done=done, reason=reason),
                hint=hint,
            ) from error

    def _connect(self) -> psycopg.Connection[tuple[bytes]]:
        return psycopg.connect(
            protected_conninfo(self._address, os.environ, options=_OPTIONS), autocommit=True
        )

    def _ensure_table(self, connection: psycopg.Connection[tuple[bytes]]) -> None:
        """Make the table where there is none: only who writes, since a role that reads may not even ask."""
        if self._has_table:
            return
        found = connection.execute(_EXISTS).fetchone()
        if found is None or not found[0]:
            # Two first runs may both create the table; the loser's error says that it is there.
            with suppress(errors.UniqueViolation, errors.DuplicateTable):
                connection.execute(_TABLE)
        self._has_table = True


def protected_conninfo(address: str, environ: Mapping[str, str], *, options: str) -> str:
    """Return how libpq connects to an address, protected on its way to another machine.

    Args:
        address: A URL of PostgreSQL.
        environ: Environment variables: libpq reads its own, such as ``PGHOST``.
        options: Settings of the session, as the server's command line takes them.

    Raises:
        psycopg.ProgrammingError: It is no address.
    """
    given = _protection(address, environ)
    return make_conninfo(address, connect_timeout=10, options=options, application_name="pushspec", **given)


def _protection(address: str, environ: Mapping[str, str]) -> dict[str, str]:
    """Return what a connection to another machine needs: TLS, and no password in the clear.

    libpq asks for neither by itself, so whoever is in between, or whoever a pull request names, could ask
    for the password (https://www.postgresql.org/docs/current/libpq-connect.html, sslmode and require_auth).
    """
    settings = conninfo_to_dict(address)
    hosts = f"{settings.get('hostaddr') or settings.get('host') or environ.get('PGHOST', '')}".split(",")
    if "service" not in settings and "PGSERVICE" not in environ and all(map(_is_near, hosts)):
        return {}
    wanted = str(settings.get("sslmode") or environ.get("PGSSLMODE", ""))
    sslmode = wanted if wanted in _STRICTER else "require"
    return {"sslmode": sslmode, "require_auth": "scram-sha-256", "gssencmode": "disable"}


def _is_near(host: str) -> bool:
    if not host or host.startswith(("/", "@")):  # a socket of this machine
        return True
    return is_this_machine(host)


def _told(error: psycopg.Error) -> tuple[str, str]:
    """Return what went wrong, and what to do about it where that is known."""
    if type(error) not in {psycopg.OperationalError, psycopg.ProgrammingError, errors.ConnectionTimeout}:
        return type(error).__name__, _HINTS.get(type(error), "")
    return why_not_connected(str(error)) or (_without_values(str(error)), "")


def _without_values(words: str) -> str:
    """Return libpq's own words, or the server's, without what they quote: it may be a user or a password."""
    first = words.partition("\n")[0].rpartition("failed: ")[2].removeprefix("connection is bad: ")
    return printable(_QUOTED.sub("…", shown_address(first.removeprefix("FATAL:").strip())), limit=_WORDS)


def why_not_connected(words: str) -> tuple[str, str] | None:
    """Return why libpq could not connect, in words of ours, and what to do; None where it is not known."""
    return next(((reason, hint) for known, reason, hint in _REASONS if known in words), None)
