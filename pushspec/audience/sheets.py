"""Rows of Excel workbooks: text cells as they are, whole numbers by their digits, nothing else."""

from __future__ import annotations

import re
import zipfile
from itertools import islice
from typing import TYPE_CHECKING, Any
from xml.parsers import expat

from pushspec.audience.columns import find_columns
from pushspec.audience.rows import Batch, FormatError
from pushspec.language import phrase

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import IO, BinaryIO

_AT_ONCE = 2_000
_MOST_BYTES = 512 * 1024**2
"""Most bytes of the unpacked sheets; a workbook is a zip file, and a small one can hold terabytes."""

_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml")
_DIGITS = 15
"""What a spreadsheet keeps of a number; the digits behind them are zeros that nobody wrote."""


def sheet_batches(
    file: str, data: BinaryIO, column: str | None, personal: tuple[str, ...]
) -> Iterator[Batch]:
    """Yield the rows of a workbook with one sheet (see :func:`pushspec.audience.csv_rows.csv_batches`)."""
    name, rows, broken = _only_sheet(data)
    header = [str(cell) for cell in next(rows, [])]
    places = find_columns(header, [], column, personal, 1)
    _check_whole(broken, name, places.account)
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


def _check_whole(broken: set[tuple[int, int]], name: str, place: int) -> None:
    """Refuse an account that is an error or a formula without a value, which the library reads as empty.

    Raises:
        FormatError: There is one; its row would be skipped, as rows without a value are.
    """
    for number in sorted(row for row, column in broken if column == place + 1 and row > 1):
        cell = f"{name}!{_letters(place)}{number}"
        message = phrase("{cell} is an error or a formula without a value", cell=cell)
        hint = phrase("correct the cell or delete the row")
        raise FormatError("audience-type", message, number, hint=hint)


class _Cells:
    """Finds cells with an error, and with a formula that has no value, while a sheet is parsed.

    Attributes:
        broken: Row and column of each, both from 1.
    """

    def __init__(self) -> None:
        self.broken: set[tuple[int, int]] = set()
        self._row = self._column = 0
        self._is_error = self._is_formula = self._has_value = self._is_in_value = False

    def parse(self, part: IO[bytes]) -> None:
        """Look at one sheet.

        Raises:
            ExpatError: It is no XML.
            ValueError: It declares entities, or a row has no number.
        """
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.CharacterDataHandler, parser.EntityDeclHandler = self._text, _refuse_entity
        self._row = self._column = 0
        parser.ParseFile(part)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        tag = name.rpartition(" ")[2]
        if tag == "row":
            self._row, self._column = int(attributes.get("r") or self._row + 1), 0
        elif tag == "c":
            self._column = _number(attributes.get("r", "")) or self._column + 1
            self._is_error = attributes.get("t") == "e"
            self._is_formula = self._has_value = False
        self._is_formula = self._is_formula or tag == "f"
        self._is_in_value = tag == "v"

    def _text(self, text: str) -> None:
        self._has_value = self._has_value or (self._is_in_value and bool(text))

    def _end(self, name: str) -> None:
        self._is_in_value = False
        if name.rpartition(" ")[2] == "c" and (self._is_error or (self._is_formula and not self._has_value)):
            self.broken.add((self._row, self._column))


def _refuse_entity(*_: object) -> None:
    raise ValueError  # no spreadsheet writes one


def _broken_cells(parts: zipfile.ZipFile) -> set[tuple[int, int]]:
    cells = _Cells()
    for name in filter(_SHEET.fullmatch, parts.namelist()):
        with parts.open(name) as part:
            cells.parse(part)
    return cells.broken


def _only_sheet(data: BinaryIO) -> tuple[str, Iterator[Sequence[Any]], set[tuple[int, int]]]:
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
        with zipfile.ZipFile(data) as parts:
            broken = _broken_cells(parts)
        data.seek(0)
        book = python_calamine.load_workbook(data)
        sheets = [sheet for sheet in map(book.get_sheet_by_name, book.sheet_names) if sheet.height]
    except (python_calamine.CalamineError, zipfile.BadZipFile, OSError, expat.ExpatError, ValueError):
        message = phrase("this is no .xlsx workbook, or it is damaged")
        raise FormatError(
            "audience-format", message, hint=phrase("save it again as .xlsx or as csv")
        ) from None
    if len(sheets) != 1:
        message = phrase(
            "the workbook has {sheets} sheets with rows; which one is meant?", sheets=len(sheets)
        )
        raise FormatError("audience-format", message, hint=phrase("save the sheet as a file of its own"))
    return sheets[0].name, iter(sheets[0].to_python(skip_empty_area=False)), broken


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
        message = phrase("{place} is a {kind}, and no text", place=place, kind=type(cell).__name__)
    hint = phrase("format the column as text before the values are entered, or export a csv from the source")
    raise FormatError("audience-type", message, line, hint=hint)


def _number(reference: str) -> int:
    """Return the number of a column, from 1: 28 of AB7; 0 where there is none."""
    number = 0
    for letter in reference.rstrip("0123456789"):
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _letters(place: int) -> str:
    """Return the name of a column: A, B, ... Z, AA."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
