"""Account files: csv with a header, txt with one account a line, jsonl with one object a line."""

from __future__ import annotations

import csv
import fnmatch
import io
import json
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from pushspec.paths import PathRefusedError, check_no_link, check_relative, open_inside
from pushspec.problems import Location, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

MAX_FILE_BYTES = 256 * 1024 * 1024
_GLOB = "*?["


class AccountRow(NamedTuple):
    """One row of a source.

    Attributes:
        account: The account, as it stands there.
        columns: The personalizing columns.
        file: Where the row stands; empty for accounts of the campaign file itself.
        line: Its line, counted from 1.
        text: The whole row.
    """

    account: str
    columns: Mapping[str, str] = MappingProxyType({})
    file: str = ""
    line: int = 0
    text: str = ""

    @property
    def location(self) -> Location:
        """The place of a row of a file."""
        return Location(self.file, self.line, 1, self.text)


class _FormatError(Exception):
    def __init__(self, rule: str, message: str, line: int, *, text: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.rule = rule
        self.line = line
        self.text = text
        self.hint = hint


def read_account_rows(
    root: Path,
    pattern: str,
    column: str | None,
    columns: tuple[str, ...],
    problem: Callable[[str, str], Problem],
) -> Iterator[AccountRow | Problem]:
    """Yield the rows of all files that match a pattern, in the order of the files' names, and what is wrong.

    Only one row is held at a time: a file may have millions.

    Args:
        root: The project folder.
        pattern: A path below it; ``*``, ``?`` and ``[...]`` in its last part match file names.
        column: The column that names the account; may be left out where a file has only one.
        columns: Further columns to keep.
        problem: Makes a problem at the place that names the pattern, from rule and message.
    """
    try:
        files = list(_matching(root, pattern))
    except PathRefusedError as refused:
        yield problem("audience-file", str(refused))
        return
    if not files:
        yield problem("audience-file", f"no file matches {pattern}")
    for file in files:
        try:
            with open_inside(root, file, max_bytes=MAX_FILE_BYTES) as data:
                # Line breaks stay as they are: a quoted field may hold one, and csv wants to see it.
                text = io.TextIOWrapper(data, encoding="utf-8-sig", newline="")
                yield from _parse(file, text, column, columns)
        except PathRefusedError as refused:
            yield problem("audience-file", str(refused))
        except OSError as error:
            yield problem("audience-file", f"{file} cannot be read: {error.strerror or 'error'}")
        except UnicodeDecodeError:
            yield Problem(Location(file), "audience-file", "the file is not UTF-8", "save it as UTF-8")
        except _FormatError as fault:
            location = Location(file, fault.line, text=fault.text)
            yield Problem(location, fault.rule, str(fault), fault.hint)


def _matching(root: Path, pattern: str) -> Iterator[str]:
    *folders, name = check_relative(pattern)
    if not any(mark in pattern for mark in _GLOB):
        yield pattern
        return
    folder = "/".join(folders)
    if any(mark in folder for mark in _GLOB):
        raise PathRefusedError(pattern, "only the name of the file may hold * ? or [", hint="name the folder")
    if folder:
        check_no_link(root, folder)
    try:
        names = sorted(path.name for path in (root / folder).iterdir())
    except OSError:
        return
    yield from (f"{folder}/{found}".lstrip("/") for found in names if fnmatch.fnmatchcase(found, name))


def _parse(
    file: str, text: io.TextIOWrapper, column: str | None, columns: tuple[str, ...]
) -> Iterator[AccountRow]:
    if file.endswith(".csv"):
        return _csv_rows(file, text, column, columns)
    if file.endswith(".txt"):
        if columns:
            raise _FormatError("audience-column", "a txt file has no columns to personalize by; use csv", 0)
        return _txt_rows(file, text)
    if file.endswith(".jsonl"):
        return _jsonl_rows(file, text, column, columns)
    hint = "csv has a header, txt one account a line, jsonl one object a line"
    raise _FormatError("audience-format", "the file's name ends in none of .csv .txt .jsonl", 0, hint=hint)


def _txt_rows(file: str, text: io.TextIOWrapper) -> Iterator[AccountRow]:
    for number, line in _lines(text):
        account = line.removesuffix("\r")
        if account.strip():
            yield AccountRow(account, file=file, line=number, text=account)


def _lines(text: io.TextIOWrapper) -> Iterator[tuple[int, str]]:
    """Yield each line after its number; only a line feed ends one."""
    text.reconfigure(newline="\n")
    for number, line in enumerate(text, start=1):
        yield number, line.removesuffix("\n")


def _csv_rows(
    file: str, text: io.TextIOWrapper, column: str | None, columns: tuple[str, ...]
) -> Iterator[AccountRow]:
    reader = csv.reader(text, strict=True)
    try:
        header = next(reader, [])
        places = _places(header, column, columns)
        for row in reader:
            if not row:
                continue
            if len(row) != len(header):
                raise _FormatError(
                    "audience-format",
                    f"the fields of the row are {len(row)}, those of the header {len(header)}",
                    reader.line_num,
                    text=",".join(row),
                    hint="put a field that holds a comma in quotes",
                )
            account, *values = (row[place] for place in places)
            kept = dict(zip(columns, values, strict=True))
            yield AccountRow(account, kept, file, reader.line_num, ",".join(row))
    except csv.Error as fault:
        hint = "close every quote; a quote inside a field is written twice"
        raise _FormatError(
            "audience-format", f"this is no csv: {fault}", reader.line_num, hint=hint
        ) from None


def _places(header: list[str], column: str | None, columns: tuple[str, ...]) -> list[int]:
    text, listed = ",".join(header), ", ".join(header)
    if not header:
        raise _FormatError("audience-format", "the file is empty", 0, hint="its first line names the columns")
    if column is None and len(header) > 1:
        hint = f"add column: to the audience, one of {listed}"
        raise _FormatError("audience-column", "which column names the account?", 1, text=text, hint=hint)
    names = (column or header[0], *columns)
    for name in names:
        if header.count(name) != 1:
            message = f"there are two columns {name}" if name in header else f"there is no column {name}"
            raise _FormatError("audience-column", message, 1, text=text, hint=f"the columns are {listed}")
    return [header.index(name) for name in names]


def _jsonl_rows(
    file: str, text: io.TextIOWrapper, column: str | None, columns: tuple[str, ...]
) -> Iterator[AccountRow]:
    if column is None:
        hint = "add column: to the audience, with the key that holds the account"
        raise _FormatError("audience-column", "which key names the account?", 0, hint=hint)
    for number, line in _lines(text):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            account, *values = (row[name] for name in (column, *columns))
        except (ValueError, RecursionError):
            hint = 'a line looks like {"user_id": "rong"}'
            raise _FormatError(
                "audience-format", "the line is no JSON object", number, text=line, hint=hint
            ) from None
        except (KeyError, TypeError):
            wanted = ", ".join((column, *columns))
            raise _FormatError("audience-column", f"the line lacks {wanted}", number, text=line) from None
        for name, value in zip((column, *columns), (account, *values), strict=True):
            if not isinstance(value, str):
                hint = "put it in quotes to make it a text"
                raise _FormatError("audience-column", f"{name} is not a text", number, text=line, hint=hint)
        yield AccountRow(account, dict(zip(columns, values, strict=True)), file, number, line)
