"""The stored form of a list: rows in one order and one form, so that the same people have the same hash.

The content is UTF-8 text: a line of column names, ``account`` first, then one line a person, ordered by the
UTF-8 bytes of the account. Tabs stand between fields; in a field a backslash, tab, line feed or carriage
return is written ``\\\\``, ``\\t``, ``\\n``, ``\\r``. The content's SHA-256 names the list. The file is that
content in members of gzip, each of whole lines, so that ``gunzip`` reads it and a part can be read alone.
"""

from __future__ import annotations

import gzip
import hashlib
import re
import zlib
from dataclasses import dataclass
from operator import lt
from typing import TYPE_CHECKING, BinaryIO

from pushspec.errors import RefusedError
from pushspec.language import phrase

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from pushspec.audience.pinned.pin import Pin

PART_BYTES = 1 << 20
"""Content of one member of the file, about."""
_AT_ONCE = 1 << 18
_ROWS_AT_ONCE = 1 << 16
"""Bytes of the rows that are split at once; as texts, they take thirty times as much."""
_LEVEL = 1
_ESCAPES = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}
_SPECIAL = re.compile(r"[\\\t\n\r]")
_ESCAPED = re.compile(r"\\([\\tnr])")
_MEANT = {"\\": "\\", "t": "\t", "n": "\n", "r": "\r"}


class ListDiffersError(RefusedError):
    """A list is not the one that its pin names; nothing was sent."""


@dataclass(frozen=True, slots=True)
class WrittenList:
    """What was written.

    Attributes:
        rows_sha256: SHA-256 of the content.
        file_sha256: SHA-256 of the file.
        content_bytes: Size of the content.
    """

    rows_sha256: str
    file_sha256: str
    content_bytes: int


class ListWriter:
    """Writes the content of a list, compressed, and hashes it on the way."""

    def __init__(self, file: BinaryIO, columns: Sequence[str]) -> None:
        self._file = file
        self._content, self._stored = hashlib.sha256(), hashlib.sha256()
        self._bytes = 0
        self._part = bytearray()
        self.write(line_of(("account", *columns)))

    def write(self, lines: bytes | memoryview) -> None:
        """Add whole lines."""
        self._content.update(lines)
        self._bytes += len(lines)
        self._part += lines
        if len(self._part) >= PART_BYTES:
            self._end_part()

    def finish(self) -> WrittenList:
        """Write what is left, and return the hashes."""
        if self._part:
            self._end_part()
        return WrittenList(self._content.hexdigest(), self._stored.hexdigest(), self._bytes)

    def _end_part(self) -> None:
        member = gzip.compress(self._part, _LEVEL, mtime=0)
        self._stored.update(member)
        self._file.write(member)
        self._part.clear()


def line_of(fields: Sequence[str]) -> bytes:
    """Return one line of a list."""
    return ("\t".join(map(_escape, fields)) + "\n").encode()


def fields_of(line: str) -> list[str]:
    """Return the fields of a line without its line feed."""
    fields = line.split("\t")
    return fields if "\\" not in line else [_ESCAPED.sub(lambda it: _MEANT[it[1]], one) for one in fields]


def _escape(field: str) -> str:
    return _SPECIAL.sub(lambda it: _ESCAPES[it[0]], field)


def unpack(stored: Path, content: BinaryIO, pin: Pin) -> None:
    """Write the content of a stored list, after which all of it is known to be what the pin names.

    Raises:
        ListDiffersError: It is not; what was written is to be thrown away.
    """
    digest, size = hashlib.sha256(), 0
    for piece in _content(stored, pin):
        size += len(piece)
        if size > pin.content_bytes:
            raise _differs(pin, phrase("it is longer"))
        digest.update(piece)
        content.write(piece)
    if digest.hexdigest() != pin.rows_sha256:
        is_shorter = size < pin.content_bytes
        shorter = phrase("it is shorter than the pinned one: cut off, or another list")
        raise _differs(pin, shorter if is_shorter else phrase("its rows are others"))


def rows_of(content: BinaryIO, pin: Pin) -> Iterator[Sequence[Sequence[str]]]:
    """Yield the rows of a list, many at a time, as columns; the content was compared with its pin.

    Raises:
        ListDiffersError: Its accounts are not in order, so that somebody could be in it twice, or they are
            more or fewer than the pin says, by which a plan goes.
    """
    next(content)
    last, count = "", 0
    while lines := content.readlines(_ROWS_AT_ONCE):
        text = b"".join(lines).decode()
        rows = text.removesuffix("\n").split("\n")
        columns: Sequence[Sequence[str]] = [rows]
        if "\\" in text or "\t" in text:
            fields = map(fields_of, rows) if "\\" in text else (row.split("\t") for row in rows)
            columns = list(zip(*fields, strict=True))
        accounts = columns[0]
        if not (last < accounts[0] and all(map(lt, accounts, accounts[1:]))):
            raise _differs(pin, phrase("its accounts are out of order"))
        last = accounts[-1]
        count += len(accounts)
        yield columns
    if count != pin.count:
        raise _differs(
            pin, phrase("it has {count:,} accounts, not {pinned:,}", count=count, pinned=pin.count)
        )


def _content(stored: Path, pin: Pin) -> Iterator[bytes]:
    with stored.open("rb") as file, gzip.open(file, "rb") as members:
        try:
            while piece := members.read(_AT_ONCE):
                yield piece
        except EOFError:
            raise _differs(pin, phrase("it was cut off")) from None
        except (zlib.error, gzip.BadGzipFile, OSError):
            raise _differs(pin, phrase("it is damaged")) from None


def _differs(pin: Pin, how: str) -> ListDiffersError:
    return ListDiffersError(
        phrase(
            "the list of {audience} at {store} is not the one of the pin: {how}",
            audience=pin.audience,
            store=pin.store,
            how=how,
        ),
        hint=phrase(
            "run `pushspec audience pull {audience} -e {environment}` and review the new pin",
            audience=pin.audience,
            environment=pin.environment,
        ),
    )
