"""Ask a database for the people of a query: it removes duplicates and counts, and every row is accounted for.

The query that somebody wrote runs once, inside one of ours that groups its rows. That one also asks for the
count of all rows, so a result that was cut off on its way does not add up.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from pushspec.audience.columnar import ColumnBatch, rows_not_whole
from pushspec.audience.columns import find_columns
from pushspec.audience.rows import FormatError
from pushspec.audience.sources.source import source_fault
from pushspec.language import phrase
from pushspec.text import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pushspec.audience.sources.source import Column, Dialect, Source
    from pushspec.problems import Location

_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
_QUERY = re.compile(r"[\s(]*(select|with|values|table|from)\b", re.IGNORECASE)


def source_batches(
    source: Source, sql: str, column: str | None, keep: tuple[str, ...], place: Location
) -> Iterator[ColumnBatch]:
    """Yield the people of a query, each pair of account and kept values once, with how many rows had it.

    Args:
        source: Where it runs.
        sql: One SELECT.
        column: The column that names the account; may be left out where there is only one.
        keep: Further columns to keep.
        place: Where the query is written, for what is wrong with its rows.

    Raises:
        FormatError: The query is no SELECT, fails, takes too long, or has other columns or types.
    """
    query = _one_select(sql)
    columns = source.columns(query)
    header = [found.name for found in columns]
    if not header:
        raise source_fault(
            phrase("the query gives no rows"), phrase("write one SELECT: an audience only reads")
        )
    only = header[0] if len(header) == 1 else None  # a database knows its columns: this is no account
    places = find_columns(header, [], column or only, keep, 0, is_declared=True)
    chosen = [columns[place] for place in (places.account, *places.values)]
    for found in chosen:
        if not (found.is_text_or_whole or found.is_decimal):
            raise _wrong_type(found)
    came, total = 0, None
    not_whole: Counter[Column] = Counter()
    for batch in source.batches(counted_query(query, [found.name for found in chosen], source.dialect)):
        people = ColumnBatch.of_groups(batch, place)
        total = people.total if people.total is not None else total
        came += people.row_count
        for found, values in zip(chosen, (people.accounts, *people.values), strict=True):
            if found.is_decimal:
                not_whole[found] += rows_not_whole(values, people.counts)
        yield people
    if total != came:
        raise _cut_off(came, total)
    for found, rows in not_whole.items():
        if rows:
            raise _wrong_values(found, rows)


def _wrong_type(column: Column) -> FormatError:
    message = phrase(
        "the column {name} is of type {type_name}, which is no text or whole number",
        name=column.name,
        type_name=column.type_name,
    )
    hint = phrase(
        "write cast({name} as varchar) in the query, if its digits name the person", name=column.name
    )
    return FormatError("audience-type", message, hint=hint)


def _wrong_values(column: Column, rows: int) -> FormatError:
    """Return the error that decimals are no whole numbers, or not written as one: 7.0 is not 7."""
    message = phrase(
        "the column {name} is of type {type_name} and holds a fraction (also 7.0), NaN or infinity: {rows}",
        name=column.name,
        type_name=column.type_name,
        rows=counted(rows, "row"),
    )
    hint = phrase(
        "leave them out, or write cast({name} as numeric(38,0)) in the query, which rounds, or "
        "cast({name} as varchar), which keeps all digits",
        name=column.name,
    )
    return FormatError("audience-type", message, hint=hint)


def _cut_off(came: int, total: int | None) -> FormatError:
    told = phrase("did not say how many") if total is None else phrase("counts {total:,}", total=total)
    message = phrase(
        "{counted:,} rows came, and the database {told}: the result was cut off", counted=came, told=told
    )
    return source_fault(message, phrase("pull again"))


def counted_query(sql: str, columns: Sequence[str], dialect: Dialect) -> str:
    """Return a query that groups the rows of another one, and adds one row that counts them all.

    Its columns are the accounts, the kept values, the number of rows, and whether it is the row of the total.
    """
    quote = dialect.quote
    names = [f"k{number}" for number in range(len(columns))]
    quoted = [f"{quote}{name.replace(quote, quote * 2)}{quote}" for name in columns]
    texts = ", ".join(
        f"{dialect.text.format(one)} as {name}" for one, name in zip(quoted, names, strict=True)
    )
    listed = ", ".join(names)
    return (
        f"select {listed}, count(*) as n, grouping(k0) as is_total "  # noqa: S608 - names of our own
        f"from (select {texts} from ({sql}\n) as q) as p group by grouping sets (({listed}), ())"
    )


def _one_select(sql: str) -> str:
    """Return a query without its last semicolon; the line feed after it ends a comment, too.

    Some databases run several statements in one request, and no pattern tells the semicolon of a text from
    one that ends a statement in every dialect. So there is none.
    """
    query = sql.strip().removesuffix(";")
    if not _QUERY.match(_COMMENT.sub(" ", query)):
        raise source_fault(phrase("the query is no SELECT"), phrase("an audience only reads"))
    if ";" in query:
        raise source_fault(
            phrase("the query holds a semicolon"),
            phrase("write one statement; in a text, put it together with chr(59)"),
        )
    return query
