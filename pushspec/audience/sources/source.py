"""What every database can do for a pull: name the columns of a query, and stream its rows."""

from __future__ import annotations

import re
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from pushspec.audience.rows import FormatError
from pushspec.language import phrase

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


WORDS_HIDDEN = phrase("run it in the database to see why: its words may quote a row")
"""What to do about a query that fails in words that no message may show."""
_WHOLE_DECIMAL = re.compile(r"(Nullable\()?decimal\d*\(\d+, ?0\)\)?|numeric(\(\d+,0\))?", re.IGNORECASE)
"""Decimals that keep no digit behind the point, as each database writes them; a bare numeric may keep any."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a query's result.

    Attributes:
        name: As the result names it.
        type_name: What the database calls its type.
        is_text_or_whole: Whether its type is text or whole numbers, each value of which has one text.
    """

    name: str
    type_name: str
    is_text_or_whole: bool

    @property
    def is_decimal(self) -> bool:
        """Whether its type is a decimal that may hold whole numbers alone: each value has to be looked at.

        A sum of whole numbers is such a ``numeric`` in PostgreSQL, which may hold 1.5, 7.0 and NaN as well.
        """
        return _WHOLE_DECIMAL.fullmatch(self.type_name) is not None


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one kind of database writes SQL.

    Attributes:
        quote: What stands around a name.
        text: A value as text that the database compares by its bytes; ``{}`` is the value.
    """

    quote: str
    text: str


class Source(Protocol):
    """A connection that only reads. Its errors are :class:`FormatError` and show no row."""

    @property
    def dialect(self) -> Dialect:
        """How this database writes SQL."""

    def columns(self, sql: str) -> Sequence[Column]:
        """Return the columns of a query, which alone is one statement, without running it."""

    def batches(self, sql: str) -> Iterator[Any]:
        """Run a query and yield its rows as Arrow record batches; all of it sees one state of the data."""


def source_fault(message: str, hint: str = "") -> FormatError:
    """Return the error that a source cannot give its rows."""
    return FormatError("audience-source", message, hint=hint)


def unreached(error: OSError | UnicodeError) -> FormatError:
    """Return the error that nobody answers at a source's address; a host may have no such name."""
    if isinstance(error, socket.gaierror | UnicodeError):
        reason, hint = phrase("the host's name is not known"), phrase("check it in the address")
    elif isinstance(error, TimeoutError):
        reason = phrase("the server does not answer")
        hint = phrase("check that it is up and that this machine can reach it")
    else:
        reason = phrase("nothing answers there")
        hint = phrase("check that the server is up and that host and port are right")
    return source_fault(phrase("the source cannot be reached: {reason}", reason=reason), hint)


def missing_package(module: str, kind: str) -> FormatError:
    """Return the error that the driver of a kind of source is not installed."""
    message = phrase(
        "this source takes the package {package}, which is not installed", package=module.replace("_", "-")
    )
    return source_fault(message, f"pip install 'pushspec[source-{kind}]'")


def too_slow(seconds: float) -> FormatError:
    """Return the error that a query ran into the source's time limit."""
    return source_fault(
        phrase("the query took longer than {seconds:g} s", seconds=seconds),
        phrase("make it quicker, or raise `timeout` of the source"),
    )
