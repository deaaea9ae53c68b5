"""Read csv and parquet files as columns; what a quote makes of a csv is left to the reader of rows."""

from __future__ import annotations

from io import BytesIO
from itertools import chain
from typing import TYPE_CHECKING, Any

from pushspec.audience.arrow import csv_columns_of, parquet_slices
from pushspec.audience.columnar import ColumnBatch
from pushspec.audience.columns import find_columns
from pushspec.audience.csv_rows import CsvTable, csv_batches, row_batches
from pushspec.audience.lines import MAX_LINE, lines_in, lines_of, whole_blocks

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from pushspec.audience.rows import Batch

_BLOCK = 1 << 22
_ODD = (b'"', b"\0", b"\n\n", b"\n\r\n", b"\xef\xbb\xbf")
"""What makes a line more, or less, than its fields: quotes, empty lines, marks inside a file."""


def csv_columns(
    file: str, data: BinaryIO, column: str | None, keep: tuple[str, ...]
) -> Iterator[ColumnBatch | Batch]:
    """Yield the rows of a csv file (see :func:`pushspec.audience.csv_rows.csv_batches`).

    The first block with something odd and all behind it are read row by row: a quoted field may hold lines,
    and only that reader says what is wrong with which line.
    """
    blocks = whole_blocks(data, _BLOCK)
    number, block = next(blocks, (1, b""))
    if b'"' in block:
        yield from csv_batches(file, lines_of(chain([(number, block)], blocks)), column, keep)
        return
    table = CsvTable(lines_in(BytesIO(block)), column)
    sample = next(table.chunks(), ((), []))[1]
    places = find_columns(table.header, sample, column, keep, table.header_line)
    body = block.split(b"\n", table.header_line)[-1]
    for number, block in chain([(table.header_line + 1, body)] if body else [], blocks):
        columns = _columns(block, table, (places.account, *places.values))
        if columns is None:
            table.resume(lines_of(chain([(number, block)], blocks)), number)
            yield from row_batches(file, table.chunks(), places)
            return
        accounts, *values = columns
        yield ColumnBatch(accounts, tuple(values), file, number)


def _columns(block: bytes, table: CsvTable, places: tuple[int, ...]) -> list[Any] | None:
    if any(odd in block for odd in _ODD) or block[:1] in {b"\r", b"\n"} or not table.separator.isascii():
        return None
    if block.count(b"\r") != block.count(b"\r\n") or _has_long_line(block) or not _is_utf8(block):
        return None
    return csv_columns_of(block, table.separator, len(table.header), places)


def _is_utf8(block: bytes) -> bool:
    """Whether all of it is text, columns that nobody asked for included."""
    try:
        return block.isascii() or bool(block.decode())
    except UnicodeDecodeError:
        return False


def _has_long_line(block: bytes) -> bool:
    """Whether a line may have more characters than a line of a list of people."""
    start = 0
    while start + MAX_LINE < len(block):
        end = block.rfind(b"\n", start, start + MAX_LINE)
        if end < 0:
            return True
        start = end + 1
    return False


def parquet_columns(
    file: str, data: BinaryIO, column: str | None, keep: tuple[str, ...]
) -> Iterator[ColumnBatch]:
    """Yield the rows of a parquet file, which are counted from 1 as lines are."""
    number = 1
    for accounts, *values in parquet_slices(data, column, keep):
        yield ColumnBatch(accounts, tuple(values), file, number)
        number += len(accounts)
