"""Rows of csv files: the separator and the header are found out, each row has the fields of the header."""

from __future__ import annotations

import csv
import re
from itertools import chain, islice
from typing import TYPE_CHECKING

from pushspec.audience.columns import find_columns
from pushspec.audience.rows import Batch, FormatError
from pushspec.language import phrase

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pushspec.audience.columns import Columns

_AT_ONCE = 2_000
_SEPARATORS = ",;\t|"
_SEPARATOR_LINE = re.compile(r"(?i)\"?sep=(.)\"?\r?\n?")
"""A first line by which Excel is told the separator."""


class CsvTable:
    """The rows of a csv file, each with the fields of the header.

    Attributes:
        header: The names of the columns.
        header_line: The line of the header, counted from 1.
        separator: What stands between fields.

    Raises:
        FormatError: The file is no csv, or a row has other fields than the header; also while it is read.
    """

    def __init__(self, lines: Iterator[str], column: str | None = None) -> None:
        first = next(lines, "")
        skipped, separator = 0, ""
        if directive := _SEPARATOR_LINE.fullmatch(first):
            first, skipped, separator = next(lines, ""), 1, directive[1]
        self.separator = separator or _separator(first, column)
        rows = chain([first], lines) if first else lines
        self._reader = csv.reader(rows, delimiter=self.separator, strict=True)
        self._skipped = skipped
        self.header = next(iter(self._read(1)), [])
        self.header_line = skipped + 1

    def resume(self, lines: Iterator[str], number: int) -> None:
        """Go on with other lines of the same file, the first of which has that number."""
        self._reader = csv.reader(lines, delimiter=self.separator, strict=True)
        self._skipped = number - 1

    def chunks(self) -> Iterator[tuple[Sequence[int], list[list[str]]]]:
        """Yield rows, many at a time, after the line of each."""
        start = self._skipped + self._reader.line_num + 1
        while rows := self._read(_AT_ONCE):
            lines: Sequence[int] = range(start, self._skipped + self._reader.line_num + 1)
            start = self._skipped + self._reader.line_num + 1
            if len(lines) != len(rows) or not all(rows):
                lines, rows = _numbered(rows, lines[0])
            self._check_width(lines, rows)
            yield lines, rows

    def _read(self, count: int) -> list[list[str]]:
        rows: list[list[str]] = []
        start = self._skipped + self._reader.line_num + 1
        try:
            rows.extend(islice(self._reader, count))
        except csv.Error as fault:
            # A quote that is not closed takes in lines behind it: what is wrong is where the row begins.
            hint = phrase("close every quote; a quote inside a field is written twice")
            line = start + sum(map(_lines_of, rows))
            raise FormatError(
                "audience-format", phrase("this is not csv: {fault}", fault=fault), line, hint=hint
            ) from None
        return rows

    def _check_width(self, lines: Sequence[int], rows: list[list[str]]) -> None:
        width = len(self.header)
        if {*map(len, rows)} - {width}:
            place, row = next((place, row) for place, row in enumerate(rows) if len(row) != width)
            message = phrase(
                "the fields of the row are {fields}, those of the header {width}",
                fields=len(row),
                width=width,
            )
            hint = phrase(
                "put a field that holds {separator} in quotes",
                separator=_NAMES.get(self.separator, self.separator),
            )
            raise FormatError("audience-format", message, lines[place], hint=hint)


def csv_batches(
    file: str, lines: Iterator[str], column: str | None, personal: tuple[str, ...]
) -> Iterator[Batch]:
    """Yield the rows of a csv file.

    Args:
        file: The file's name, for places.
        lines: Its lines.
        column: The column that names the account; may be left out where there is only one.
        personal: Further columns to keep.

    Raises:
        FormatError: The file is no csv, or lacks a column, a header or a field.
    """
    table = CsvTable(lines, column)
    chunks = table.chunks()
    first = next(chunks, ((), []))
    columns = find_columns(table.header, first[1], column, personal, table.header_line)
    yield from row_batches(file, chain([first] if first[1] else [], chunks), columns)


def row_batches(
    file: str, chunks: Iterable[tuple[Sequence[int], list[list[str]]]], columns: Columns
) -> Iterator[Batch]:
    """Yield rows of a table as batches of a file."""
    for numbers, rows in chunks:
        accounts = [row[columns.account] for row in rows]
        values = tuple([row[place] for row in rows] for place in columns.values)
        yield Batch(accounts, values, numbers, file)


def _separator(first: str, column: str | None) -> str:
    """Return the separator by which the header has the column, or else the first one that it holds."""
    for separator in _SEPARATORS:
        if column is not None and column in _fields(first, separator):
            return separator
    return next((separator for separator in _SEPARATORS if separator in first), ",")


def _fields(line: str, separator: str) -> list[str]:
    return next(csv.reader([line], delimiter=separator), [])


_NAMES = {
    ",": phrase("a comma"),
    ";": phrase("a semicolon"),
    "\t": phrase("a tab"),
    "|": phrase("a vertical bar"),
}


def _lines_of(row: list[str]) -> int:
    """Return how many lines a row takes; a field in quotes may hold some."""
    return 1 + sum(field.count("\n") for field in row)


def _numbered(rows: list[list[str]], line: int) -> tuple[list[int], list[list[str]]]:
    """Return the rows that are not blank, and the line on which each begins; quoted fields may hold lines."""
    numbers: list[int] = []
    for row in rows:
        numbers.append(line)
        line += _lines_of(row)
    kept = [place for place, row in enumerate(rows) if row]
    return [numbers[place] for place in kept], [rows[place] for place in kept]
