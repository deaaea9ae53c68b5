"""Rows of csv files: the separator and the header are found out, each row has the fields of the header."""

from __future__ import annotations

import csv
import re
from itertools import chain, islice
from typing import TYPE_CHECKING, NamedTuple

from pushspec.audience.lines import read_lines
from pushspec.audience.rows import Batch, FormatError
from pushspec.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import BinaryIO

_AT_ONCE = 2_000
_SEPARATORS = ",;\t|"
_SEPARATOR_LINE = re.compile(r"(?i)\"?sep=(.)\"?\r?\n?")
"""A first line by which Excel is told the separator."""

_PERSONAL = re.compile(r"\d{3}|@")
"""What names of columns seldom hold."""

_HEADER_WORD = re.compile(
    r"((im|tim|open|union)?(user|member|customer|account|client|contact|player|subscriber|registration|reg|u|r)?"
    r"(id|ids|identifier|name|no|number|account)|users?|members?|accounts?|toaccount|external(user)?id"
    r"|(用户|会员|客户|玩家|账号|帐号|账户|帐户)?(id|编号|账号|帐号|号|名)?)"
)
"""Usual names for a column of accounts."""


class _Columns(NamedTuple):
    """Where in a row the account and the personalizing values stand."""

    account: int
    values: tuple[int, ...]


def csv_batches(file: str, data: BinaryIO, column: str | None, personal: tuple[str, ...]) -> Iterator[Batch]:
    """Yield the rows of a csv file.

    Args:
        file: The file's name, for places.
        data: Its bytes.
        column: The column that names the account; may be left out where there is only one.
        personal: Further columns to keep.

    Raises:
        FormatError: The file is no csv, or lacks a column, a header or a field.
    """
    lines = chain.from_iterable(lines for _, lines in read_lines(data))
    first = next(lines, "")
    skipped, separator = 0, ""
    if directive := _SEPARATOR_LINE.fullmatch(first):
        first, skipped, separator = next(lines, ""), 1, directive[1]
    separator = separator or _separator(first, column)
    reader = csv.reader(chain([first], lines) if first else lines, delimiter=separator, strict=True)
    try:
        header = next(reader, [])
        rows = list(islice(reader, _AT_ONCE))
        columns = _find_columns(header, rows, column, personal, skipped + 1)
        line = skipped + 2
        while rows:
            lines_read = range(line, skipped + reader.line_num + 1)
            yield _batch(file, rows, lines_read, columns, len(header), separator)
            line = lines_read.stop
            rows = list(islice(reader, _AT_ONCE))
    except csv.Error as fault:
        hint = "close every quote; a quote inside a field is written twice"
        message = f"this is no csv: {fault}"
        raise FormatError("audience-format", message, skipped + reader.line_num, hint=hint) from None


def _separator(first: str, column: str | None) -> str:
    """Return the separator by which the header has the column, or else the first one that it holds."""
    for separator in _SEPARATORS:
        if column is not None and column in _fields(first, separator):
            return separator
    return next((separator for separator in _SEPARATORS if separator in first), ",")


def _fields(line: str, separator: str) -> list[str]:
    return next(csv.reader([line], delimiter=separator), [])


def _batch(
    file: str, rows: list[list[str]], lines: Sequence[int], columns: _Columns, width: int, separator: str
) -> Batch:
    if len(lines) != len(rows) or not all(rows):
        lines, rows = _numbered(rows, lines[0])
    if {*map(len, rows)} - {width}:
        place, row = next((place, row) for place, row in enumerate(rows) if len(row) != width)
        raise FormatError(
            "audience-format",
            f"the fields of the row are {len(row)}, those of the header {width}",
            lines[place],
            text=separator.join(row),
            hint=f"put a field that holds {_NAMES.get(separator, separator)} in quotes",
        )
    accounts = [row[columns.account] for row in rows]
    return Batch(accounts, tuple([row[place] for row in rows] for place in columns.values), lines, file)


_NAMES = {",": "a comma", ";": "a semicolon", "\t": "a tab", "|": "a vertical bar"}


def _numbered(rows: list[list[str]], line: int) -> tuple[list[int], list[list[str]]]:
    """Return the rows that are not blank, and the line on which each begins; quoted fields may hold lines."""
    numbers: list[int] = []
    for row in rows:
        numbers.append(line)
        line += 1 + sum(field.count("\n") for field in row)
    kept = [place for place, row in enumerate(rows) if row]
    return [numbers[place] for place in kept], [rows[place] for place in kept]


def _find_columns(
    header: list[str], rows: list[list[str]], column: str | None, personal: tuple[str, ...], line: int
) -> _Columns:
    text = ",".join(header)
    if not any(header):
        raise FormatError("audience-format", "the file is empty", hint="its first line names the columns")
    if column is None and len(header) > 1:
        hint = f"add column: to the audience, one of {', '.join(header)}"
        raise FormatError("audience-column", "which column names the account?", line, text=text, hint=hint)
    if column is None and not is_header_word(header[0]):
        message = f"is {header[0]} the header, or an account and the header is missing?"
        hint = f"if it is the header, add column: {header[0]} to the audience; else write user_id above it"
        raise FormatError("audience-header", message, line, text=text, hint=hint)
    account, *values = (
        _place(header, rows, name, line, text)
        for name in (header[0] if column is None else column, *personal)
    )
    return _Columns(account, tuple(values))


def _place(header: list[str], rows: list[list[str]], name: str, line: int, text: str) -> int:
    alike = [column for column in header if column.casefold() == name.casefold()]
    if len(alike) > 1:
        message = f"there are two columns {name}"
        hint = f"the columns are {', '.join(header)}; give each a name of its own"
        raise FormatError("audience-column", message, line, text=text, hint=hint)
    if name in header:
        return header.index(name)
    if _looks_like_accounts(header, rows):
        message = f"line {line} has no column {name}; it looks like accounts, and the header is missing"
        hint = "write the names of the columns above it"
        raise FormatError("audience-header", message, line, text=text, hint=hint)
    near = did_you_mean(name, header, listed=False)
    hint = near or f"the columns are {', '.join(header)}; if these are a person, the header is missing"
    raise FormatError("audience-column", f"there is no column {name}", line, text=text, hint=hint)


def is_header_word(name: str) -> bool:
    """Whether a text is a usual name for a column of accounts."""
    word = re.sub(r"[\s_.-]", "", name).casefold()
    return bool(word) and _HEADER_WORD.fullmatch(word) is not None


def _looks_like_accounts(header: list[str], rows: list[list[str]]) -> bool:
    if any(map(is_header_word, header)):
        return False
    below = {field for row in rows for field in row}
    return len(header) == 1 or any(_PERSONAL.search(field) or field in below for field in header)
