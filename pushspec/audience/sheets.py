"""Rows of Excel workbooks: text cells as they are, whole numbers by their digits, nothing else."""

from __future__ import annotations

import zipfile
from itertools import islice
from typing import TYPE_CHECKING, Any

from pushspec.audience.columns import find_columns
from pushspec.audience.rows import Batch, FormatError
from pushspec.language import phrase

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import BinaryIO

_AT_ONCE = 2_000
_MOST_BYTES = 512 * 1024**2
"""Most bytes of the unpacked sheets; a workbook is a zip file, and a small one can hold terabytes."""

_DIGITS = 15
"""What a spreadsheet keeps of a number; the digits behind them are zeros that nobody wrote."""


def sheet_batches(
    file: str, data: BinaryIO, column: str | None, personal: tuple[str, ...]
) -> Iterator[Batch]:
    """Yield the rows of a workbook with one sheet (see :func:`pushspec.audience.csv_rows.csv_batches`)."""
    name, rows = _only_sheet(data)
    header = [str(cell) for cell in next(rows, [])]
    places = find_columns(header, [], column, personal, 1)
    line = 2
    while chunk := list(islice(rows, _AT_ONCE)):
        numbers = range(line, line + len(chunk))
        line = numbers.stop
        kept = [
            (number, row) for number, row in zip(numbers, chunk, strict=True) if any(map(_is_filled, row))
        ]
        accounts, *values = (
            [_text(row[place], f"{name}!{_letters(place)}{number}", number) for number, row in kept]
            for place in (places.account, *places.values)
        )
        yield Batch(accounts, tuple(values), [number for number, _ in kept], file)


def _only_sheet(data: BinaryIO) -> tuple[str, Iterator[Sequence[Any]]]:
    try:
        import python_calamine
    except ImportError:
        message = phrase("reading .xlsx takes the package python-calamine, which is not installed")
        raise FormatError(
            "audience-format", message, hint=phrase("pip install 'pushspec[audience]'")
        ) from None
    try:
        with zipfile.ZipFile(data) as parts:
            size = sum(part.file_size for part in parts.infolist())
        if size > _MOST_BYTES:
            raise FormatError(
                "audience-format",
                phrase("it unpacks to {size:,} bytes", size=size),
                hint=phrase("save it as csv"),
            )
        data.seek(0)
        book = python_calamine.load_workbook(data)
        sheets = [sheet for sheet in map(book.get_sheet_by_name, book.sheet_names) if sheet.height]
    except (python_calamine.CalamineError, zipfile.BadZipFile, OSError):
        message = phrase("this is no .xlsx workbook, or it is damaged")
        raise FormatError(
            "audience-format", message, hint=phrase("save it again as .xlsx or as csv")
        ) from None
    if len(sheets) != 1:
        message = phrase(
            "the workbook has {sheets} sheets with rows; which one is meant?", sheets=len(sheets)
        )
        raise FormatError("audience-format", message, hint=phrase("save the sheet as a file of its own"))
    return sheets[0].name, iter(sheets[0].to_python(skip_empty_area=False))


def _is_filled(cell: object) -> bool:
    return cell != ""


def _text(cell: object, place: str, line: int) -> str:
    if isinstance(cell, str):
        return cell
    if isinstance(cell, int | float) and not isinstance(cell, bool) and float(cell).is_integer():
        digits = str(int(cell))
        if len(digits.lstrip("-")) <= _DIGITS:
            return digits
        message = phrase(
            "{place} is a number of {digits} digits, of which a spreadsheet keeps {kept}",
            place=place,
            digits=len(digits),
            kept=_DIGITS,
        )
    else:
        message = phrase(
            "{place} is a {kind} ({cell}), and no text", place=place, kind=type(cell).__name__, cell=cell
        )
    hint = phrase("format the column as text before the values are entered, or export a csv from the source")
    raise FormatError("audience-type", message, line, hint=hint)


def _letters(place: int) -> str:
    """Return the name of a column: A, B, ... Z, AA."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
