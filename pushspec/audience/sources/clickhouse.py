"""Read people from ClickHouse over its HTTP interface, which answers with a stream of Arrow batches."""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from pushspec.audience.arrow import stream_batches
from pushspec.audience.sources.http import Address, address_of, connected, faults, refused, stranger
from pushspec.audience.sources.source import WORDS_HIDDEN, Column, Dialect, source_fault, too_slow
from pushspec.language import phrase

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from http.client import HTTPConnection, HTTPResponse
    from pathlib import Path

    from pushspec.audience.rows import FormatError

_FORM = "clickhouse://USER:PASSWORD@HOST/DATABASE"
_ALLOWED = re.compile(r"((Nullable|LowCardinality)\()*(String|U?Int(8|16|32|64|128|256))\)*")
_SAID = re.compile(r"DB::Exception: (?P<words>.*)\. \((?P<name>[A-Z][A-Z_0-9]+)\)", re.DOTALL)
_VERSION = re.compile(r"\(version (\d+\.\d+)")
_CHOICES = ". Expected one of"
"""Behind it, a syntax error lists dozens of words."""
_ABOUT_THE_QUERY = frozenset(
    {
        *("ACCESS_DENIED", "AMBIGUOUS_IDENTIFIER", "NOT_AN_AGGREGATE", "READONLY", "SYNTAX_ERROR"),
        *("UNKNOWN_DATABASE", "UNKNOWN_FUNCTION", "UNKNOWN_IDENTIFIER", "UNKNOWN_TABLE"),
    }
)
"""Errors whose words name tables and columns, and no value of a row."""
_ERROR_BYTES = 65_536


@contextmanager
def clickhouse_source(url: str, _root: Path, seconds: int) -> Iterator[ClickhouseSource]:
    """Connect to ``clickhouse://USER:PASSWORD@HOST/DATABASE``, over TLS to any host but this machine."""
    address = address_of(url, _FORM, port=8123, secure_port=8443)
    with connected(address, seconds) as connection:
        yield ClickhouseSource(connection, address, seconds)


class ClickhouseSource:
    """A connection to the HTTP interface (https://clickhouse.com/docs/interfaces/http)."""

    dialect = Dialect("`", "cast({} as Nullable(String))")

    def __init__(self, connection: HTTPConnection, address: Address, seconds: int) -> None:
        self._connection = connection
        self._seconds = seconds
        self._headers = {"X-ClickHouse-User": address.user or "default", "X-ClickHouse-Key": address.password}
        self._settings = {
            "readonly": 2,  # no statement that writes, and settings as they are here
            "max_execution_time": seconds,
            "output_format_arrow_string_as_string": 1,
            "http_write_exception_in_output_format": 0,
            **({"database": address.path[0]} if address.path else {}),
        }

    def columns(self, sql: str) -> Sequence[Column]:
        """Let the server describe it; inside the brackets only a SELECT can stand, and nothing runs."""
        with faults(self._seconds):
            found = self._ask(f"describe (\n{sql}\n) format JSONCompact").read()
        try:
            kinds = [(str(name), str(kind)) for name, kind, *_ in json.loads(found)["data"]]
        except (ValueError, KeyError, TypeError):
            raise stranger(_FORM) from None
        return [Column(name, kind, _ALLOWED.fullmatch(kind) is not None) for name, kind in kinds]

    def batches(self, sql: str) -> Iterator[Any]:
        """Run it; one query sees one state of each table, and the batches come as the server makes them."""
        with faults(self._seconds):
            yield from stream_batches(self._ask(f"{sql} format ArrowStream"))

    def _ask(self, sql: str) -> HTTPResponse:
        path = f"/?{urlencode(self._settings)}"
        self._connection.request("POST", path, sql.encode(), self._headers)
        answer = self._connection.getresponse()
        if answer.status != 200:
            raise _fault(answer.status, answer.read(_ERROR_BYTES).decode(errors="replace"), self._seconds)
        return answer


def _fault(status: int, text: str, seconds: int) -> FormatError:
    """Return what went wrong, without words that may quote a row."""
    said = _SAID.search(text)
    if said is None:
        return source_fault(*refused(status))
    name = said["name"]
    if name == "UNKNOWN_SETTING":
        version = _VERSION.search(text)
        found = f"ClickHouse {version[1]}" if version else "a ClickHouse"
        return source_fault(
            phrase("the server is {found}, too old for this pushspec", found=found),
            phrase("update the server"),
        )
    if name == "TIMEOUT_EXCEEDED":
        return too_slow(seconds)
    if name in {"AUTHENTICATION_FAILED", "REQUIRED_PASSWORD"}:
        return source_fault(*refused(401))
    if name not in _ABOUT_THE_QUERY:
        return source_fault(phrase("the query fails: {words}", words=name), WORDS_HIDDEN)
    words = " ".join(said["words"].partition(_CHOICES)[0].split())
    return source_fault(phrase("the query fails: {words}", words=words))
