"""Reach a database over HTTP: in the clear on this machine alone, and what goes wrong shows no address."""

from __future__ import annotations

import ssl
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from pushspec.audience.sources.source import source_fault, too_slow, unreached
from pushspec.hosts import is_this_machine
from pushspec.language import phrase

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pushspec.audience.rows import FormatError

_CONNECT_S = 10
LONGER_S = 10
"""The server ends a query by itself; this much later, so does the connection."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a database answers, and who asks.

    Attributes:
        host: Its name or address.
        port: Its port.
        is_secure: Whether it is reached over TLS, as every other machine is.
        user: Who asks; may be empty.
        password: Their password; may be empty.
        path: The parts of the path.
        query: What stands behind the question mark.
    """

    host: str
    port: int
    is_secure: bool
    user: str
    password: str
    path: tuple[str, ...]
    query: str


def address_of(url: str, form: str, *, port: int, secure_port: int) -> Address:
    """Read the address of a database.

    Args:
        url: The address.
        form: What it should look like, for people.
        port: Where the database listens without TLS, as on this machine.
        secure_port: Where it listens with TLS.

    Raises:
        FormatError: It is none.
    """
    try:
        parts = urlsplit(url)
        host, given = parts.hostname or "", parts.port
    except ValueError:
        raise _no_address(form) from None
    if not host:
        raise _no_address(form)
    is_secure = not is_this_machine(host)
    return Address(
        host,
        given or (secure_port if is_secure else port),
        is_secure,
        unquote(parts.username or ""),
        unquote(parts.password or ""),
        tuple(unquote(part) for part in parts.path.split("/") if part),
        parts.query,
    )


def _no_address(form: str) -> FormatError:
    return source_fault(
        phrase("its variable holds no address of this kind of database"), phrase("write {form}", form=form)
    )


@contextmanager
def connected(address: Address, seconds: int) -> Iterator[HTTPConnection]:
    """Connect, and close the connection behind the block.

    Raises:
        FormatError: Nothing answers there, or it is not who the address names.
    """
    with faults(seconds):
        connection = (
            HTTPSConnection(
                address.host, address.port, timeout=_CONNECT_S, context=ssl.create_default_context()
            )
            if address.is_secure
            else HTTPConnection(address.host, address.port, timeout=_CONNECT_S)
        )
    try:
        connection.connect()
    except ssl.SSLError:
        hint = phrase("append the port that takes TLS, or open a tunnel to this machine")
        raise source_fault(
            phrase("the source cannot be reached: no TLS that this machine trusts"), hint
        ) from None
    except (OSError, UnicodeError) as error:
        raise unreached(error) from None
    try:
        connection.sock.settimeout(seconds + LONGER_S)
        yield connection
    finally:
        connection.close()


@contextmanager
def faults(seconds: int) -> Iterator[None]:
    """Say that a connection broke, or that a server went on for too long."""
    try:
        yield
    except TimeoutError:
        raise too_slow(seconds) from None
    except (OSError, HTTPException):
        raise source_fault(phrase("the connection to the source broke"), phrase("pull again")) from None


def stranger(form: str) -> FormatError:
    """Return the error that something else answers there."""
    return source_fault(
        phrase("what answers there is no database of this kind"), phrase("write {form}", form=form)
    )


def refused(status: int) -> tuple[str, str]:
    """Return what a server means that answers with a status and no words, and what to do."""
    if status in {401, 403}:
        return phrase("the source refuses this user"), phrase(
            "check user and password in its address, and the user's rights"
        )
    return phrase("the source answers with status {status}", status=status), phrase(
        "check that host and port are those of the database"
    )
