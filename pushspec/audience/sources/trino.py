"""Read people from Trino over its client protocol: pages of rows, one after the other."""

from __future__ import annotations

import base64
import json
import time
from contextlib import contextmanager, suppress
from http.client import HTTPException
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from pushspec.audience.arrow import batch_of
from pushspec.audience.sources.http import Address, address_of, connected, faults, refused, stranger
from pushspec.audience.sources.source import WORDS_HIDDEN, Column, Dialect, source_fault, too_slow
from pushspec.clock import steady_s
from pushspec.language import phrase

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from http.client import HTTPConnection
    from pathlib import Path

    from pushspec.audience.rows import FormatError

_FORM = "trino://USER@HOST/CATALOG/SCHEMA"
_ALLOWED = frozenset({"varchar", "tinyint", "smallint", "integer", "bigint"})
_ABOUT_THE_QUERY = frozenset(
    {
        *("AMBIGUOUS_NAME", "EXPRESSION_NOT_AGGREGATE", "PERMISSION_DENIED", "SYNTAX_ERROR", "TYPE_MISMATCH"),
        *(
            "CATALOG_NOT_FOUND",
            "COLUMN_NOT_FOUND",
            "FUNCTION_NOT_FOUND",
            "SCHEMA_NOT_FOUND",
            "TABLE_NOT_FOUND",
        ),
        *("MISSING_CATALOG_NAME", "MISSING_COLUMN_NAME", "MISSING_SCHEMA_NAME"),
    }
)
"""Errors whose words name tables and columns, and no value of a row."""
_TOO_SLOW = frozenset({"EXCEEDED_TIME_LIMIT", "EXCEEDED_CPU_LIMIT"})
_BUSY = frozenset({429, 502, 503, 504})
"""Statuses after which the same request is made again; all others but 200 end the query."""
_PAUSE_S = 0.1


@contextmanager
def trino_source(url: str, _root: Path, seconds: int) -> Iterator[TrinoSource]:
    """Connect to ``trino://USER@HOST/CATALOG/SCHEMA``, over TLS to any host but this machine."""
    address = address_of(url, _FORM, port=8080, secure_port=443)
    if not address.user:
        raise source_fault(phrase("its address names no user"), phrase("write {form}", form=_FORM))
    if address.password and not address.is_secure:
        raise source_fault(
            phrase("Trino takes a password over TLS only"), phrase("leave it out on this machine")
        )
    with connected(address, seconds) as connection:
        yield TrinoSource(connection, address, seconds)


class TrinoSource:
    """A connection that speaks the protocol (https://trino.io/docs/current/develop/client-protocol.html)."""

    dialect = Dialect('"', "cast({} as varchar)")

    def __init__(self, connection: HTTPConnection, address: Address, seconds: int) -> None:
        self._connection = connection
        self._seconds = seconds
        self._headers = _headers(address, seconds)

    def columns(self, sql: str) -> Sequence[Column]:
        """Let the server plan it; inside a SELECT nothing else can stand, and a limit of 0 reads no row."""
        found: list[dict[str, Any]] = []
        for page in self._pages(f"select * from (\n{sql}\n) as q limit 0"):  # noqa: S608 - it only reads
            found = page.get("columns") or found
        kinds = [(str(one["name"]), str(one["type"])) for one in found]
        return [Column(name, kind, kind.partition("(")[0] in _ALLOWED) for name, kind in kinds]

    def batches(self, sql: str) -> Iterator[Any]:
        """Run it; one statement sees one snapshot, where the connector has snapshots."""
        for page in self._pages(sql):
            if rows := page.get("data"):
                yield batch_of(rows)

    def _pages(self, sql: str) -> Iterator[dict[str, Any]]:
        """Yield the answers to a statement; what nobody waits for any more is cancelled."""
        ends_at = steady_s() + self._seconds
        path: str | None = None
        try:
            with faults(self._seconds):
                page = self._answer("POST", "/v1/statement", ends_at, sql.encode())
                while True:
                    path = _next_path(page)
                    yield page
                    if path is None:
                        return
                    page = self._answer("GET", path, ends_at)
        finally:
            if path is not None:
                self._cancel(path)

    def _answer(self, method: str, path: str, ends_at: float, body: bytes | None = None) -> dict[str, Any]:
        while True:
            if steady_s() > ends_at:
                raise too_slow(self._seconds)
            self._connection.request(method, path, body, self._headers)
            answer = self._connection.getresponse()
            text = answer.read()
            if answer.status == 200:
                break
            if answer.status not in _BUSY:
                raise source_fault(*refused(answer.status))
            time.sleep(_PAUSE_S)
        try:
            page: dict[str, Any] = json.loads(text)
        except ValueError:
            raise stranger(_FORM) from None
        if error := page.get("error"):
            raise _fault(error, self._seconds)
        return page

    def _cancel(self, path: str) -> None:
        """Tell the server; where it cannot be told, it ends the query by its own time limit."""
        with suppress(OSError, HTTPException):
            self._connection.request("DELETE", path, headers=self._headers)
            self._connection.getresponse().read()


def _headers(address: Address, seconds: int) -> dict[str, str]:
    headers = {
        "X-Trino-User": address.user,
        "X-Trino-Source": "pushspec",
        "X-Trino-Session": f"query_max_run_time={seconds}s",
    }
    headers |= dict(zip(("X-Trino-Catalog", "X-Trino-Schema"), address.path, strict=False))
    if address.password:
        pair = base64.b64encode(f"{address.user}:{address.password}".encode()).decode()
        headers["Authorization"] = f"Basic {pair}"
    if token := parse_qs(address.query).get("access_token"):
        headers["Authorization"] = f"Bearer {token[0]}"
    return headers


def _next_path(page: dict[str, Any]) -> str | None:
    """Return the path of the next page; its host is left out, for a proxy may have another name."""
    if not (uri := page.get("nextUri")):
        return None
    parts = urlsplit(str(uri))
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def _fault(error: dict[str, Any], seconds: int) -> FormatError:
    """Return what went wrong, without words that may quote a row."""
    name = str(error.get("errorName", ""))
    if name in _TOO_SLOW:
        return too_slow(seconds)
    if name not in _ABOUT_THE_QUERY:
        kind = name or phrase("Trino does not say why")
        return source_fault(phrase("the query fails: {words}", words=kind), WORDS_HIDDEN)
    words = str(error.get("message") or name).splitlines()[0]
    return source_fault(phrase("the query fails: {words}", words=words))
