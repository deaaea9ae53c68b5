"""Read csv and parquet files many rows at a time; what a quote makes of a csv the reader of rows says."""

from __future__ import annotations

from io import BytesIO
from itertools import chain
from typing import TYPE_CHECKING, TypeVar

from pushspec.audience.arrow import csv_columns_of, parquet_slices
from pushspec.audience.columnar import ColumnBatch
from pushspec.audience.columns import find_columns
from pushspec.audience.csv_rows import CsvTable, csv_batches, row_batches
from pushspec.audience.lines import BOM, MAX_LINE, lines_in, lines_of, whole_blocks
from pushspec.audience.rows import Batch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import BinaryIO

_COLUMN_BLOCK = 1 << 22
_ROW_BLOCK = 1 << 17

_T = TypeVar("_T")


def csv_columns(
    file: str, data: BinaryIO, column: str | None, keep: tuple[str, ...]
) -> Iterator[ColumnBatch | Batch]:
    """Yield the rows of a csv file as columns (see :func:`pushspec.audience.csv_rows.csv_batches`)."""

    def batch_of(block: bytes, number: int, table: CsvTable, places: tuple[int, ...]) -> ColumnBatch | None:
        found = csv_columns_of(block, table.separator, len(table.header), places)
        return None if found is None else ColumnBatch(found[0], tuple(found[1:]), file, number)

    return _batches(file, whole_blocks(data, _COLUMN_BLOCK), column, keep, batch_of)


def csv_fields(file: str, data: BinaryIO, column: str | None, keep: tuple[str, ...]) -> Iterator[Batch]:
    """Yield the rows of a csv file (see :func:`pushspec.audience.csv_rows.csv_batches`)."""

    def batch_of(block: bytes, number: int, table: CsvTable, places: tuple[int, ...]) -> Batch | None:
        found = _fields(block.decode(), table.separator, len(table.header), places)
        if found is None:
            return None
        return Batch(found[0], tuple(found[1:]), range(number, number + len(found[0])), file)

    return _batches(file, whole_blocks(data, _ROW_BLOCK), column, keep, batch_of)


def _batches(
    file: str,
    blocks: Iterator[tuple[int, bytes]],
    column: str | None,
    keep: tuple[str, ...],
    batch_of: Callable[[bytes, int, CsvTable, tuple[int, ...]], _T | None],
) -> Iterator[_T | Batch]:
    """Yield what ``batch_of`` makes of each block of lines.

    The first block with something odd and all behind it are read row by row: a quoted field may hold lines,
    and only that reader says what is wrong with which line.
    """
    number, block = next(blocks, (1, b""))
    if b'"' in block:
        yield from csv_batches(file, lines_of(chain([(number, block)], blocks)), column, keep)
        return
    table = CsvTable(lines_in(BytesIO(block)), column)
    sample = next(table.chunks(), ((), []))[1]
    places = find_columns(table.header, sample, column, keep, table.header_line)
    body = block.split(b"\n", table.header_line)[-1]
    for number, block in chain([(table.header_line + 1, body)] if body else [], blocks):
        batch = None
        if not _is_odd(block, table):
            batch = batch_of(block, number, table, (places.account, *places.values))
        if batch is None:
            table.resume(lines_of(chain([(number, block)], blocks)), number)
            yield from row_batches(file, table.chunks(), places)
            return
        yield batch


def _is_odd(block: bytes, table: CsvTable) -> bool:
    return (
        b'"' in block
        or b"\n\n" in block
        or block[:1] in {b"\r", b"\n"}
        or not table.separator.isascii()
        or (b"\r" in block and _has_odd_return(block))
        or _has_long_line(block)
        or not (block.isascii() or _is_text(block))
    )


def _has_odd_return(block: bytes) -> bool:
    return b"\n\r\n" in block or block.count(b"\r") != block.count(b"\r\n")


def _fields(text: str, separator: str, width: int, places: tuple[int, ...]) -> list[list[str]] | None:
    """Return some columns of lines without quotes; None if one has more or fewer fields than the header."""
    lines = (text.replace("\r\n", "\n") if "\r" in text else text).removesuffix("\n") + "\n"
    # With a separator behind each line feed, only the last field of a line ends in one.
    fields = lines.replace("\n", "\n" + separator).split(separator)
    fields.pop()
    count, last = lines.count("\n"), "".join(fields[width - 1 :: width])
    if len(fields) != count * width or last.count("\n") != count:
        return None
    return [last.split("\n")[:-1] if place == width - 1 else fields[place::width] for place in places]


def _is_text(block: bytes) -> bool:
    """Whether all of it is text without a mark in it, columns that nobody asked for included."""
    try:
        return BOM not in block and bool(block.decode())
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
