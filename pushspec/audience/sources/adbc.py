"""Read people over ADBC, whose drivers hand over Arrow batches as they come."""

from __future__ import annotations

import re
from contextlib import ExitStack, contextmanager
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar

from pushspec.audience.arrow import compute
from pushspec.audience.columnar import is_text_or_whole
from pushspec.audience.packages import check_release
from pushspec.audience.sources.source import (
    WORDS_HIDDEN,
    Column,
    Dialect,
    missing_package,
    source_fault,
    too_slow,
)
from pushspec.audience.stoppable import StillRunningError, stoppable
from pushspec.language import phrase

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pushspec.audience.rows import FormatError

T = TypeVar("T")

_POSTGRESQL_TYPES = frozenset({"text", "varchar", "bpchar", "name", "citext", "int2", "int4", "int8"})
_POSTGRESQL_TYPE = (b"POSTGRESQL:type", b"ADBC:postgresql:typname")
"""What that driver writes into each field: a numeric, a uuid and json come as Arrow texts, too.

Before 1.13 it named those types alone that Arrow has none for, and under the second key.
"""
_POSTGRESQL_MODIFIER = b"POSTGRESQL:typmod"
"""From 1.13 on: the precision and the scale of a numeric, or -1 where nothing is said of them.

An older driver tells none, so that a ``numeric(10,2)`` is judged by its values: each has two digits behind
the point, and is refused.
"""
_ASK_ITS_CLIENT = phrase("connect with the database's own client to see why: its words may show the address")
_CANCELED = "57014"
_LOCKED = "55P03"
_ABOUT_THE_QUERY = ("0A", "25", "42")
"""Classes of SQLSTATE whose words name tables and columns, and no value of a row."""
_WRITES = re.compile(r"cannot execute [A-Z ]+ in a read-only transaction")
"""While rows stream, the driver tells no SQLSTATE, so these words have to do."""
_SAID = re.compile(r"ERROR:\s+(?P<words>[^\n]*)")


class AdbcSource:
    """A connection over ADBC."""

    def __init__(self, connection: Any, dialect: Dialect, seconds: int) -> None:  # noqa: ANN401 - of a driver
        self._cursor = connection.cursor()
        self.dialect = dialect
        self._seconds = seconds

    def columns(self, sql: str) -> Sequence[Column]:
        """Let the server parse it, as one statement and without running it."""
        with _faults(self._seconds):
            return _columns(self._stoppable(lambda: self._cursor.adbc_execute_schema(sql)))

    def columns_and_locks(self, sql: str) -> Sequence[Column]:
        """Let the server plan it without reading a row; it then holds the locks that the query takes."""
        with _faults(self._seconds):
            self._execute(f"select * from ({sql}\n) as q limit 0")  # noqa: S608 - inside, only a SELECT can stand
            return _columns(self._stoppable(self._cursor.fetch_arrow_table).schema)

    def one(self, sql: str) -> str:
        """Return the one value of a query."""
        with _faults(self._seconds):
            self._execute(sql)
            return str(self._stoppable(self._cursor.fetchone)[0])

    def batches(self, sql: str) -> Iterator[Any]:
        """Run it; the result streams."""
        with _faults(self._seconds):
            self._execute(sql)
            rows = self._stoppable(self._cursor.fetch_record_batch)
            while (batch := self._stoppable(partial(next, rows, None))) is not None:
                yield batch

    def _execute(self, sql: str) -> None:
        self._stoppable(lambda: self._cursor.execute(sql))

    def _stoppable(self, call: Callable[[], T]) -> T:
        """Wait for the driver in another thread: in the main one it takes Ctrl-C for itself."""
        return stoppable(call, self._cursor.adbc_cancel)


def _columns(schema: Any) -> Sequence[Column]:  # noqa: ANN401 - pyarrow has no types of its own
    return [_column(field) for field in schema]


def _column(field: Any) -> Column:  # noqa: ANN401 - pyarrow has no types of its own
    told = field.metadata or {}
    named = next((told[key].decode() for key in _POSTGRESQL_TYPE if key in told), None)
    if named is None:
        return Column(field.name, str(field.type), is_text_or_whole(field.type))
    modifier = int(told.get(_POSTGRESQL_MODIFIER, -1))
    type_name = _numeric(modifier) if named == "numeric" else named
    return Column(field.name, type_name, named in _POSTGRESQL_TYPES)


def _numeric(modifier: int) -> str:
    """Return the type as it was written; PostgreSQL packs its scale into 11 bits, the highest the sign."""
    if modifier < 0:
        return "numeric"
    precision, scale = divmod(modifier - 4, 1 << 16)
    return f"numeric({precision},{((scale & 0x7FF) ^ 0x400) - 0x400})"


@contextmanager
def connected(
    driver: str,
    kind: str,
    why: Callable[[str], tuple[str, str] | None] = lambda _words: None,
    **settings: Any,  # noqa: ANN401 - a driver's own
) -> Iterator[Any]:
    """Connect by a driver, and close the connection behind the block.

    Args:
        driver: Its package.
        kind: What the extra that brings it is called after ``source-``.
        why: What its words mean where it cannot connect, and what to do.
        **settings: What the driver wants to know.

    Raises:
        FormatError: It is not installed or too old, or cannot connect.
    """
    try:
        dbapi = import_module(f"{driver}.dbapi")
    except ImportError:
        raise missing_package(driver, kind) from None
    check_release(import_module(driver))
    from adbc_driver_manager import Error

    try:
        connection = stoppable(partial(dbapi.connect, **settings))
    except Error as error:
        reason, hint = why(str(error)) or (type(error).__name__, _ASK_ITS_CLIENT)
        raise source_fault(phrase("the source cannot be reached: {reason}", reason=reason), hint) from None
    with ExitStack() as closing:
        closing.callback(connection.close)
        try:
            yield connection
        except StillRunningError:
            closing.pop_all()  # the process ends, and the connection with it
            raise


@contextmanager
def _faults(seconds: int) -> Iterator[None]:
    """Say what went wrong without the driver's words: they hold hosts, users, or values of rows."""
    from adbc_driver_manager import Error

    arrow, _ = compute()
    try:
        yield
    except (Error, OSError, arrow.ArrowException) as error:  # a stream that fails raises one of pyarrow's
        raise _fault(str(error), getattr(error, "sqlstate", None), seconds) from None


def _fault(words: str, state: str | None, seconds: int) -> FormatError:
    if state == _LOCKED:
        message = phrase("the query waited too long for a table that somebody rebuilds")
        return source_fault(message, phrase("pull again once that is done"))
    if state == _CANCELED or "statement timeout" in words:
        return too_slow(seconds)
    if writes := _WRITES.search(words):
        return source_fault(
            phrase("the query fails: {reason}", reason=writes[0]), phrase("an audience only reads")
        )
    said = _SAID.search(words)
    if state is not None and state.startswith(_ABOUT_THE_QUERY) and said:
        return source_fault(phrase("the query fails: {words}", words=said["words"]))
    return source_fault(
        phrase("the query fails: SQLSTATE {state}", state=state)
        if state
        else phrase("the query fails while it runs"),
        WORDS_HIDDEN,
    )
