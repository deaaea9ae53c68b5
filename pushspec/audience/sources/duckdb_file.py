"""Read people from a DuckDB file: opened for reading only, with no way out to other files or the network."""

from __future__ import annotations

import json
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from pushspec.audience.deadline import deadline
from pushspec.audience.engine import ABOUT_THE_QUERY, WHOLE_TYPES, open_engine
from pushspec.audience.sources.source import WORDS_HIDDEN, Column, Dialect, source_fault, too_slow
from pushspec.audience.stoppable import stoppable
from pushspec.language import phrase

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from pushspec.audience.rows import FormatError

T = TypeVar("T")

_AT_ONCE = 50_000
_DAMAGED = phrase("the database is damaged, or was cut off")
_SIGNS_OF_DAMAGE = ("Corrupt database file", "Could not read")


@contextmanager
def duckdb_source(url: str, root: Path, seconds: int) -> Iterator[DuckdbSource]:
    """Open ``duckdb:///file.duckdb``, relative to the project, or ``duckdb:////folder/file.duckdb``."""
    path = root / url.removeprefix("duckdb:///")
    if url.startswith("duckdb:////"):
        path = root / url.removeprefix("duckdb://")[1:]
    if not url.startswith("duckdb:///") or not path.is_file():
        raise source_fault(
            phrase("the address names no file"),
            phrase("write duckdb:///file.duckdb, relative to the project"),
        )
    before = path.stat()
    with (
        open_engine(database=path, unopened=_unreadable) as (duckdb, connection),
        deadline(connection.interrupt, seconds),
    ):
        yield DuckdbSource(duckdb, connection, seconds, lambda: _was_written(before, path))


def _was_written(before: os.stat_result, path: Path) -> bool:
    """Whether somebody wrote into the file since then, as a copy does that takes no lock.

    A file that another one took the place of is still read to its end, as it was.
    """
    try:
        now = path.stat()
    except OSError:
        return False
    return now.st_ino == before.st_ino and (now.st_mtime_ns, now.st_size) != (
        before.st_mtime_ns,
        before.st_size,
    )


def _unreadable(words: str) -> FormatError:
    if "lock on file" in words:
        return source_fault(
            phrase("another program has the database open and may write to it"),
            phrase("pull once it is done, or from a copy"),
        )
    if "valid DuckDB database" in words:
        return source_fault(
            phrase("what the address names is no DuckDB database"), phrase("write duckdb:///file.duckdb")
        )
    if "version number" in words:
        return source_fault(
            phrase("the database was written by another DuckDB"), "pip install --upgrade duckdb"
        )
    return source_fault(_DAMAGED, phrase("write or copy it again"))


class DuckdbSource:
    """A DuckDB file."""

    dialect = Dialect('"', "cast({} as varchar) collate c")

    def __init__(
        self,
        duckdb: Any,  # noqa: ANN401 - imported when needed
        connection: Any,  # noqa: ANN401
        seconds: int,
        was_written: Callable[[], bool],
    ) -> None:
        self._was_written = was_written
        self._duckdb = duckdb
        self._connection = connection
        self._seconds = seconds

    def columns(self, sql: str) -> Sequence[Column]:
        """Ask the engine's parser whether it is one SELECT, then for its columns."""
        with self._faults():
            ((parsed,),) = self._connection.execute("select json_serialize_sql(?)", [sql]).fetchall()
            tree = json.loads(parsed)
            if tree.get("error_type") == "parser":
                raise source_fault(
                    phrase(
                        "the query cannot be read: {reason}",
                        reason=str(tree["error_message"]).splitlines()[0],
                    )
                )
            if tree.get("error") or len(tree["statements"]) != 1:
                raise source_fault(phrase("the query is no SELECT"), phrase("an audience only reads"))
            first = f"select * from ({sql}\n) limit 0"  # noqa: S608 - one SELECT
            result = self._stoppable(lambda: self._connection.execute(first))
            types = {name: str(kind) for name, kind, *_ in result.description}
            return [
                Column(name, types[name], types[name] == "VARCHAR" or types[name] in WHOLE_TYPES)
                for name, *_ in result.description
            ]

    def batches(self, sql: str) -> Iterator[Any]:
        """Run it in the one transaction that a statement is."""
        with self._faults():
            rows = self._stoppable(lambda: self._connection.sql(sql).to_arrow_reader(_AT_ONCE))
            while (batch := self._stoppable(partial(next, rows, None))) is not None:
                yield batch
        if self._was_written():
            raise _overwritten()

    def _stoppable(self, call: Callable[[], T]) -> T:
        return stoppable(call, self._connection.interrupt)

    @contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except self._duckdb.InterruptException:
            raise too_slow(self._seconds) from None
        except self._duckdb.Error as error:
            if self._was_written():
                raise _overwritten() from None
            if any(sign in str(error) for sign in _SIGNS_OF_DAMAGE):
                raise _unreadable(str(error)) from None
            kind = type(error).__name__
            is_told = kind in ABOUT_THE_QUERY
            said = str(error).splitlines()[0] if is_told else kind
            message = phrase("the query fails: {words}", words=said)
            raise source_fault(message, "" if is_told else WORDS_HIDDEN) from None


def _overwritten() -> FormatError:
    return source_fault(
        phrase("the database file was written to while it was read"),
        phrase("pull again, and replace the file by renaming a new one"),
    )
