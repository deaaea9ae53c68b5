"""Sort, count and exclude the people of a list in the engine, which holds what Python would not."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pushspec.audience.arrow import block, column_table, compute, has_repeat
from pushspec.audience.pinned.inflow import ROWS, pour
from pushspec.audience.pinned.pin import FEWEST, MOST_SHOWN, Combination, Combinations

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from concurrent.futures import Future

    from pushspec.audience.columnar import ColumnBatch
    from pushspec.audience.pinned.list_file import ListWriter
    from pushspec.audience.rows import Batch

_AT_ONCE = 50_000
_SPECIAL = (b"\\", b"\t", b"\n", b"\r")


@dataclass(frozen=True, slots=True)
class ListedPeople:
    """What was written of a list.

    Attributes:
        accounts_sha256: SHA-256 of the accounts, a line feed after each.
        count: How many they are.
        longest_bytes: Of the longest account.
        repeated: How many accounts came with two values of a kept column; such a list is no list.
    """

    accounts_sha256: str
    count: int
    longest_bytes: int
    repeated: int


class PeopleTable:
    """The rows of one audience, in a connection of their own.

    Args:
        connection: As :func:`pushspec.audience.engine.open_engine` opens it.
        columns: Kept columns, in the order of the batches' values.
    """

    def __init__(self, connection: Any, columns: Sequence[str]) -> None:  # noqa: ANN401 - of the engine
        self._connection = connection
        self._columns = tuple(columns)
        # Names of our own: people's columns may be called anything.
        self._values = [f"v{number}" for number in range(len(columns))]
        self._names = ("account", *self._values)
        self._rows = 0
        self._special: set[str] = set()
        self._is_excluding = False
        self._run("create table excluded(account varchar, entry integer)")

    def add(self, batches: Iterable[ColumnBatch | Batch]) -> None:
        """Take the rows, without duplicates."""
        sql = f"create table given as select distinct * from {ROWS}"  # noqa: S608 - names of our own
        pour(self._connection, sql, self._names, self._looked_at(batches))

    def copies(self) -> list[int]:
        """Return which kept columns hold the account itself in every row, counted from 0."""
        if not self._values:
            return []
        same = ", ".join(f"bool_and({name} = account)" for name in self._values)
        found = self._one(f"select {same} from given")  # noqa: S608 - names of our own
        return [number for number, is_copy in enumerate(found) if is_copy]

    def _looked_at(self, batches: Iterable[ColumnBatch | Batch]) -> Iterator[Any]:
        for batch in batches:
            table = column_table(dict(zip(self._names, (batch.accounts, *batch.values), strict=True)))
            self._special.update(name for name in self._names if any(map(_has_special, table[name].chunks)))
            self._rows += batch.row_count
            yield table

    def exclude(self, entry: int, batches: Iterable[ColumnBatch | Batch]) -> None:
        """Take the accounts that one entry of exclude names."""
        self._is_excluding = True
        sql = f"insert into excluded select account, {entry} from {ROWS}"  # noqa: S608 - names of our own
        pour(self._connection, sql, ["account"], (column_table({"account": it.accounts}) for it in batches))

    def settle(self) -> tuple[int, int]:
        """Leave out the excluded; return how many rows there were, and how many people are left out."""
        if not self._is_excluding:
            self._run("create view listed as from given")
            return self._rows, 0
        self._run(
            "create table found as select distinct account from given semi join excluded using (account)"
        )
        self._run("create view listed as select given.* from given anti join found using (account)")
        return self._rows, self._one("select count(*) from found")[0]

    def exclusions(self) -> dict[int, tuple[int, int]]:
        """Return how many accounts each entry of exclude names, and how many of them it left out."""
        if not self._is_excluding:
            return {}
        found = self._connection.execute(
            "select entry, count(distinct x.account), count(distinct f.account) "
            "from excluded x left join found f using (account) group by entry"
        ).fetchall()
        return {entry: (entries, hits) for entry, entries, hits in found}

    def distinct(self) -> int:
        """Return how many rows there are without duplicates, the excluded included."""
        return int(self._one("select count(*) from given")[0])

    def up_to(self, size: int) -> int:
        """Return how many people have an account of at most so many bytes."""
        sql = f"select count(*) from listed where strlen(account) <= {size}"  # noqa: S608 - a number of our own
        return int(self._one(sql)[0])

    def write(self, writer: ListWriter, on_people: Callable[[int], None]) -> ListedPeople:
        """Write the people, ordered by the UTF-8 bytes of their accounts; tell how many more are written."""
        _, functions = compute()
        accounts, count, longest, repeats, last = hashlib.sha256(), 0, 0, False, ""
        # The list is compressed while the next people come out of the engine.
        with ThreadPoolExecutor(1, "pushspec_list") as thread:
            written: Future[None] | None = None
            for batch in self._connection.sql(self._lines()).to_arrow_reader(_AT_ONCE):
                named = batch.column(0)
                if written is not None:
                    written.result()
                written = thread.submit(writer.write, block(batch.column(batch.num_columns - 1)))
                accounts.update(block(named))
                count += batch.num_rows
                on_people(batch.num_rows)
                longest = max(longest, functions.max(functions.binary_length(named)).as_py() - len("\n"))
                if self._columns:
                    repeats, last = repeats or has_repeat(named, last), named[-1].as_py()
            if written is not None:
                written.result()
        return ListedPeople(accounts.hexdigest(), count, longest, self._repeated() if repeats else 0)

    def _lines(self) -> str:
        """Return the query of the ordered people: accounts and lines of the list, with their line feeds."""
        fields = [_escaped(name) if name in self._special else name for name in self._names]
        line = " || chr(9) || ".join(fields) + " || chr(10)"
        # Both are put together behind the sort, which then carries less.
        both = ["account || chr(10)", *([line] if line != "account || chr(10)" else [])]
        return f"select {', '.join(both)} from (from listed order by account)"  # noqa: S608 - names of our own

    def _repeated(self) -> int:
        """Return how many accounts have two values."""
        sql = "select count(*) from (select 1 from listed group by account having count(*) > 1)"
        return int(self._one(sql)[0])

    def combinations(self, columns: tuple[str, ...]) -> Combinations:
        """Count the people by the values of some kept columns."""
        names = ", ".join(self._values[self._columns.index(name)] for name in columns)
        counts = f"select {names}, count(*) as n from listed group by {names}"  # noqa: S608 - names of our own
        total = f"select count(*), sum(n) from ({counts})"  # noqa: S608 - names of our own
        combinations, people = self._one(total)
        most = self._connection.execute(f"{counts} order by n desc, {names} limit {MOST_SHOWN}").fetchall()
        rows = [row for row in most if row[-1] >= FEWEST]
        shown = [Combination(values=row[:-1], count=row[-1]) for row in sorted(rows, key=_bytes_of)]
        return Combinations(
            columns=columns,
            shown=tuple(shown),
            hidden=combinations - len(shown),
            hidden_accounts=int(people) - sum(it.count for it in shown),
        )

    def _run(self, sql: str) -> None:
        self._connection.execute(sql).fetchall()

    def _one(self, sql: str) -> Any:  # noqa: ANN401 - a row of the engine
        return self._connection.execute(sql).fetchall()[0]


def _has_special(column: Any) -> bool:  # noqa: ANN401 - pyarrow has no types of its own
    """Whether a line of the list escapes a character of a column; a pattern looks twenty times as long."""
    data = bytes(block(column))
    return any(special in data for special in _SPECIAL)


def _escaped(name: str) -> str:
    """Return the expression of a field as :mod:`pushspec.audience.pinned.list_file` writes it."""
    for code, escape in ((92, "\\\\"), (9, "\\t"), (10, "\\n"), (13, "\\r")):
        name = f"replace({name}, chr({code}), '{escape}')"
    return name


def _bytes_of(row: tuple[Any, ...]) -> list[bytes]:
    return [str(value).encode() for value in row[:-1]]
