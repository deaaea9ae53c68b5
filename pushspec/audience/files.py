"""Find the files of accounts that a path means, and read their rows in any format."""

from __future__ import annotations

import fnmatch
import hashlib
import json
import os
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from pushspec.audience.columns import is_header_word
from pushspec.audience.compressed import decompressed, plain_name
from pushspec.audience.lines import read_lines
from pushspec.audience.plain_csv import csv_columns, csv_fields, parquet_columns
from pushspec.audience.rows import Batch, FormatError
from pushspec.audience.sheets import sheet_batches
from pushspec.language import phrase
from pushspec.paths import PathRefusedError, check_no_link, check_relative, open_inside
from pushspec.text import listed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import Any, BinaryIO

    from pushspec.audience.columnar import ColumnBatch
    from pushspec.problems import Problem

    ProblemOf = Callable[[str, str, str], Problem]

_Rows = TypeVar("_Rows")

MAX_FILE_BYTES = 4 * 1024**3
_AT_ONCE = 1 << 20
_GLOB = "*?["
_FORMATS = phrase("csv has a header, txt one account a line, jsonl one object a line; .gz or .zst may follow")


def read_batches(
    root: Path, pattern: str, column: str | None, personal: tuple[str, ...], problem: ProblemOf
) -> Iterator[Batch | Problem]:
    """Yield the rows of all files that a path means, in the order of the files' names, and what is wrong.

    Only some thousand rows are held at a time: a file may have millions.

    Args:
        root: The project folder.
        pattern: A path below it. Where no file has that very name, ``*``, ``?`` and ``[...]`` in its last
            part match file names.
        column: The column that names the account; may be left out where a file has only one.
        personal: Further columns to keep.
        problem: Makes a problem at the place that names the path, from rule, message and hint.
    """
    return _read(root, pattern, problem, partial(_batches, column=column, personal=personal))


def read_columns(
    root: Path, pattern: str, column: str | None, keep: tuple[str, ...], problem: ProblemOf
) -> Iterator[ColumnBatch | Batch | Problem]:
    """Yield what :func:`read_batches` yields, as columns where a file has that form."""
    return _read(root, pattern, problem, partial(_columns, column=column, keep=keep))


def _read(
    root: Path, pattern: str, problem: ProblemOf, read: Callable[[str, BinaryIO], Iterator[_Rows]]
) -> Iterator[_Rows | Problem]:
    try:
        files = list(_matching(root, pattern))
    except PathRefusedError as refused:
        yield problem("audience-file", refused.message, refused.hint)
        return
    if not files:
        yield problem("audience-file", phrase("no file matches {pattern}", pattern=pattern), "")
    for file in files:
        try:
            with open_inside(root, file, max_bytes=MAX_FILE_BYTES) as data:
                yield from read(file, data)
        except PathRefusedError as refused:
            yield problem("audience-file", refused.message, refused.hint)
        except OSError as error:
            yield problem(
                "audience-file",
                phrase("{file} cannot be read: {strerror}", file=file, strerror=error.strerror or "error"),
                "",
            )
        except FormatError as fault:
            yield fault.problem(file)


def open_files(root: Path, pattern: str) -> Iterator[tuple[str, BinaryIO]]:
    """Yield the files that a path means, opened, in the order of their names.

    Raises:
        FormatError: There is none, or one cannot be read.
    """
    try:
        files = list(_matching(root, pattern))
        if not files:
            raise FormatError("audience-file", phrase("no file matches {pattern}", pattern=pattern))
        for file in files:
            with open_inside(root, file, max_bytes=MAX_FILE_BYTES) as data:
                yield file, data
    except PathRefusedError as refused:
        raise FormatError("audience-file", refused.message, hint=refused.hint) from None


def hash_files(root: Path, pattern: str) -> str:
    """Return a hash over the files that a path means: names and bytes.

    Raises:
        FormatError: There is none, or one cannot be read.
    """
    digest = hashlib.sha256()
    for file, data in open_files(root, pattern):
        content = hashlib.sha256()
        while piece := data.read(_AT_ONCE):
            content.update(piece)
        digest.update(f"{file}\n{content.hexdigest()}\n".encode())
    return digest.hexdigest()


def _matching(root: Path, pattern: str) -> Iterator[str]:
    *folders, name = check_relative(pattern)
    # Browsers save a second download as `vip[1].csv`: a name that is there is that file, and no pattern.
    if not any(mark in pattern for mark in _GLOB) or os.path.lexists(root / pattern):
        yield pattern
        return
    folder = "/".join(folders)
    if any(mark in folder for mark in _GLOB):
        raise PathRefusedError(
            pattern, phrase("only the name of the file may hold * ? or ["), hint=phrase("name the folder")
        )
    if folder:
        check_no_link(root, folder)
    try:
        names = sorted(path.name for path in (root / folder).iterdir())
    except OSError:
        return
    yield from (f"{folder}/{found}".lstrip("/") for found in names if fnmatch.fnmatchcase(found, name))


def _columns(
    file: str, data: BinaryIO, column: str | None, keep: tuple[str, ...]
) -> Iterator[ColumnBatch | Batch]:
    if file.endswith(".parquet"):
        return parquet_columns(file, data, column, keep)
    if plain_name(file).endswith(".csv"):
        return csv_columns(file, decompressed(file, data), column, keep)
    return _batches(file, data, column, keep)


def _batches(file: str, data: BinaryIO, column: str | None, personal: tuple[str, ...]) -> Iterator[Batch]:
    name = plain_name(file)
    if name != file and not name.endswith((".csv", ".txt", ".jsonl")):
        raise FormatError(
            "audience-format", phrase("only .csv, .txt and .jsonl are read compressed"), hint=_FORMATS
        )
    data = decompressed(file, data)
    readers = {
        ".csv": csv_fields,
        ".jsonl": _jsonl_batches,
        ".parquet": _parquet_batches,
        ".xlsx": sheet_batches,
    }
    if name.endswith(".txt"):
        if personal:
            raise FormatError(
                "audience-column", phrase("a txt file has no columns to personalize by; use csv")
            )
        return _txt_batches(file, data)
    for suffix, reader in readers.items():
        if name.endswith(suffix):
            return reader(file, data, column, personal)
    message = phrase("the file's name ends in none of .csv .txt .jsonl .parquet .xlsx")
    raise FormatError("audience-format", message, hint=_FORMATS)


def _parquet_batches(
    file: str, data: BinaryIO, column: str | None, personal: tuple[str, ...]
) -> Iterator[Batch]:
    return (batch.rows() for batch in parquet_columns(file, data, column, personal))


def _txt_batches(file: str, data: BinaryIO) -> Iterator[Batch]:
    for number, lines in read_lines(data):
        accounts = [line.rstrip("\r\n") for line in lines]
        if number == 1 and is_header_word(accounts[0]):
            hint = phrase("name the file .csv, or delete the line")
            message = phrase("the first line looks like a header, and a txt file has none")
            raise FormatError("audience-header", message, 1, hint=hint)
        batch = Batch(accounts, lines=range(number, number + len(lines)), file=file)
        is_filled = all(accounts) and not any(map(str.isspace, accounts))
        yield batch if is_filled else batch.only([row for row, text in enumerate(accounts) if text.strip()])


def _jsonl_batches(
    file: str, data: BinaryIO, column: str | None, personal: tuple[str, ...]
) -> Iterator[Batch]:
    if column is None:
        hint = phrase("add column: to the audience, with the key that holds the account")
        raise FormatError("audience-column", phrase("which key names the account?"), hint=hint)
    names = (column, *personal)
    for number, lines in read_lines(data):
        found = [
            (number + place, *_json_fields(number + place, line, names))
            for place, line in enumerate(lines)
            if line.strip()
        ]
        if found:
            numbers, accounts, *values = zip(*found, strict=True)
            yield Batch(accounts, tuple(values), numbers, file)


def _json_fields(number: int, line: str, names: tuple[str, ...]) -> list[str]:
    try:
        # A whole number keeps its digits, however many; whatever else is no text could lose some.
        row = json.loads(line, object_pairs_hook=_without_duplicates, parse_int=str)
        values = ["" if row[name] is None else row[name] for name in names]
    except (ValueError, RecursionError):
        hint = phrase('a line looks like {{"user_id": "rong"}}')
        message = phrase("the line is not a JSON object")
        raise FormatError("audience-format", message, number, hint=hint) from None
    except (KeyError, TypeError):
        message = phrase("the line lacks {names}", names=listed(names))
        raise FormatError("audience-column", message, number) from None
    for name, value in zip(names, values, strict=True):
        if not isinstance(value, str):
            hint = phrase("put it in quotes to make it a text")
            message = phrase("{name} is no text or whole number", name=name)
            raise FormatError("audience-column", message, number, hint=hint)
    return values


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    row = dict(pairs)
    if len(row) != len(pairs):
        raise ValueError
    return row
