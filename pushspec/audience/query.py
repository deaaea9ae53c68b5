"""Run the query of an audience over project files, in an engine that has no way out.

DuckDB reads no file here: pushspec opens what the query names, reads it by its own rules and hands over the
rows. So the engine runs without access to files, network and extensions, and never guesses what a csv means.
"""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from functools import partial
from itertools import chain, count, islice
from typing import TYPE_CHECKING, Any

from pushspec.audience.arrow import parquet_tables, text_tables
from pushspec.audience.columns import find_columns
from pushspec.audience.compressed import decompressed, plain_name
from pushspec.audience.csv_rows import CsvTable
from pushspec.audience.deadline import deadline
from pushspec.audience.engine import ABOUT_THE_QUERY, WHOLE_TYPES, open_engine
from pushspec.audience.files import open_files
from pushspec.audience.lines import lines_in
from pushspec.audience.rows import Batch, FormatError
from pushspec.audience.statements import refusal, table_names
from pushspec.audience.stoppable import stoppable
from pushspec.language import phrase

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO

    from pushspec.problems import Location

SECONDS = 120.0
_AT_ONCE = 10_000
_CHUNKS = 20  # of a csv, handed over at once: the engine is slow to start on each
_ABSENT = re.compile(
    r'Binder Error: (?:Referenced column|Column|Table "[^"]*" does not have a column named) "([^"]+)"'
    r"(?: .*not found| does not exist|$)",
    re.MULTILINE,
)
"""What the engine says of a column that a query names and no file has."""

_STABLE = """
select function_name from duckdb_functions() where function_type in ('scalar', 'aggregate', 'macro')
group by 1 having bool_or(stability is null or stability = 'CONSISTENT')
and not bool_or(stability is not null and stability = 'VOLATILE')
"""


def query_batches(
    root: Path,
    sql: str,
    column: str | None,
    personal: tuple[str, ...],
    *,
    place: Location,
    seconds: float = SECONDS,
) -> Iterator[Batch]:
    """Yield the rows of a query, ordered by the account's bytes.

    Args:
        root: The project folder; the files that the query names are read below it only.
        sql: One SELECT.
        column: The column that names the account; may be left out where there is only one.
        personal: Further columns to keep.
        place: Where the query stands.
        seconds: How long it may run.

    Raises:
        FormatError: The query is refused, fails or runs too long, or a file of it is wrong.
    """
    # One thread: a window, arg_min or LIMIT whose order has ties takes whichever row comes first, and with
    # two that is another one at each run.
    with (
        open_engine(threads=1) as (duckdb, connection),
        _in_time(duckdb),
        deadline(connection.interrupt, seconds),
    ):
        engine = _Query(duckdb, connection)
        tree = engine.parse(sql)
        for name in table_names(tree):
            engine.load(root, name)
        yield from engine.run(tree, column, personal, place)


def query_files(sql: str) -> tuple[str, ...]:
    """Return the files and patterns that a query names; nothing is read.

    Raises:
        FormatError: The query is refused.
    """
    with open_engine() as (duckdb, connection):
        return tuple(table_names(_Query(duckdb, connection).parse(sql)))


@contextmanager
def _in_time(duckdb: Any) -> Iterator[None]:  # noqa: ANN401 - imported only when needed
    """Say that the time was over, whatever the engine was at: it parses and loads before it runs."""
    try:
        yield
    except duckdb.InterruptException:
        hint = phrase("filter first, and join by a column")
        raise FormatError("audience-sql", phrase("the query takes too long"), hint=hint) from None


class _Query:
    """One query on one connection."""

    def __init__(self, duckdb: Any, connection: Any) -> None:  # noqa: ANN401 - imported only when needed
        self._duckdb = duckdb
        self.connection = connection

    def parse(self, sql: str) -> dict[str, Any]:
        """Return the tree of a query that may be run."""
        stable = frozenset(name for (name,) in self.connection.execute(_STABLE).fetchall())
        tree: dict[str, Any] = json.loads(self._one("select json_serialize_sql(?)", sql))
        if refused := refusal(tree, stable):
            raise FormatError("audience-sql", refused.message, hint=refused.hint)
        if not table_names(tree):
            hint = phrase("read from a file: select user_id from 'audiences/members.csv'")
            raise FormatError("audience-sql", phrase("the query names no file"), hint=hint)
        return tree

    def load(self, root: Path, name: str) -> None:
        """Make a table of the files that a name means, matched by the names of their columns."""
        columns: dict[str, str] = {}
        for file, data in open_files(root, name):
            try:
                for table in _tables(file, data):
                    found = {column.name: str(column.type) for column in table.schema}
                    self._insert(name, table, is_first=not columns)
                    columns = columns or found
                    _check_same(columns, found)
            except FormatError as fault:
                fault.file = file
                raise

    def _insert(self, name: str, table: Any, *, is_first: bool) -> None:  # noqa: ANN401 - an Arrow table
        verb = f"create table {_quoted(name)} as" if is_first else f"insert into {_quoted(name)} by name"
        self.connection.register("pushspec_rows", table)
        try:
            loaded = self.connection.execute(f"{verb} select * from pushspec_rows")  # noqa: S608 - quoted
            loaded.fetchall()
        except self._duckdb.InterruptException:
            raise
        except self._duckdb.Error as error:
            message = phrase("it cannot be loaded: {first_line}", first_line=type(error).__name__)
            hint = phrase("give all files of a pattern the same columns")
            raise FormatError("audience-sql", message, hint=hint) from None
        self.connection.unregister("pushspec_rows")

    def run(
        self, tree: dict[str, Any], column: str | None, personal: tuple[str, ...], place: Location
    ) -> Iterator[Batch]:
        """Yield the rows of a query that was parsed, ordered by the account's bytes."""
        # Written back from the tree that was judged: what runs is what was judged.
        judged = self._one("select json_deserialize_sql(?)", json.dumps(tree)).rstrip("; ")
        try:
            result = self._execute(f"select * from ({judged}) limit 0")  # noqa: S608 - judged
            described = result.description
            result.fetchall()
            header = [name for name, *_ in described]
            places = find_columns(header, [], column, personal, 0)
            chosen = (places.account, *places.values)
            for index in chosen:
                _check_type(header[index], str(described[index][1]))
            listed = ", ".join(f"cast({_quoted(header[index])} as varchar)" for index in chosen)
            result = self._execute(f"select {listed} from ({judged}) order by 1")  # noqa: S608 - judged
            lines = count(1)
            while rows := result.fetchmany(_AT_ONCE):
                values = [[value or "" for value in column] for column in zip(*rows, strict=True)]
                yield Batch(values[0], tuple(values[1:]), [next(lines) for _ in rows], query=place)
        except self._duckdb.InterruptException:
            raise
        except self._duckdb.Error as error:
            raise _failure(error) from None

    def _execute(self, statement: str) -> Any:  # noqa: ANN401 - of the engine
        return stoppable(partial(self.connection.execute, statement), self.connection.interrupt)

    def _one(self, statement: str, parameter: str) -> str:
        ((text,),) = self.connection.execute(statement, [parameter]).fetchall()
        return str(text)


def _check_same(columns: dict[str, str], found: dict[str, str]) -> None:
    if columns != found:
        message = phrase("its columns are not those of the files before it")
        hint = phrase("give all files of a pattern the same columns")
        raise FormatError("audience-column", message, hint=hint)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _failure(error: Exception) -> FormatError:
    """Return what the engine says of the query; of a row that it cannot take only the kind of fault."""
    kind = type(error).__name__
    if absent := _ABSENT.search(str(error)):
        message = phrase("the query asks for the column {name}, which is not there", name=absent[1])
        hint = phrase("the first line of a csv names its columns: write it as there, or add that line")
        return FormatError("audience-column", message, hint=hint)
    if kind in ABOUT_THE_QUERY:
        # The lines below the first hold advice of the engine: options that drop wrong rows in silence.
        return FormatError(
            "audience-sql", phrase("the query fails: {words}", words=str(error).splitlines()[0])
        )
    hint = phrase("look for a value that the query cannot take")
    if kind == "OutOfMemoryException":
        hint = phrase("filter first, and join by a column")
    return FormatError("audience-sql", phrase("the query fails: {words}", words=kind), hint=hint)


def _check_type(name: str, kind: str) -> None:
    if kind != "VARCHAR" and kind not in WHOLE_TYPES:
        hint = phrase(
            "write cast({name} as varchar) in the query, if its digits are what the app calls the person",
            name=name,
        )
        raise FormatError(
            "audience-type", phrase("the column {name} is of type {kind}", name=name, kind=kind), hint=hint
        )


def _tables(file: str, data: BinaryIO) -> Iterator[Any]:
    """Yield the rows of a file as Arrow tables; every column of a csv is text."""
    if file.endswith(".parquet"):
        yield from parquet_tables(data)
        return
    if not plain_name(file).endswith(".csv"):
        raise FormatError(
            "audience-format", phrase("a query reads .csv, .csv.gz, .csv.zst and .parquet files")
        )
    table = CsvTable(lines_in(decompressed(file, data)))
    for name in table.header or [""]:
        find_columns(table.header, [], name, (), table.header_line)  # each of them is there once
    chunks = (rows for _, rows in table.chunks())
    yield from text_tables(table.header, iter(lambda: [*chain.from_iterable(islice(chunks, _CHUNKS))], []))
