"""Read the lines of a file of accounts; check its encoding, its line ends and the length of its lines."""

from __future__ import annotations

import io
from itertools import chain
from typing import TYPE_CHECKING, BinaryIO

from pushspec.audience.rows import FormatError
from pushspec.language import phrase
from pushspec.spec.encodings import likely_encodings, names_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MAX_LINE = 64 * 1024
"""Most characters of a line; in a list of people a row has some hundred."""

_BLOCK = 1 << 16
_MOST_BYTES = 4  # of one character in UTF-8
BOM = b"\xef\xbb\xbf"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_UTF32 = (b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff")
_SAVE = phrase('in Excel choose "Save As" and "CSV UTF-8 (Comma delimited)"')


def read_lines(file: BinaryIO) -> Iterator[tuple[int, list[str]]]:
    """Yield lines, many at a time, after the number of the first of them; each keeps its line feed.

    Args:
        file: Where the bytes come from.

    Raises:
        FormatError: The text is not UTF-8, a line is too long, or a line ends in a carriage return alone.
    """
    return decode_blocks(whole_blocks(file))


def lines_in(file: BinaryIO) -> Iterator[str]:
    """Yield the lines of a file one by one (see :func:`read_lines`)."""
    return lines_of(whole_blocks(file))


def lines_of(blocks: Iterable[tuple[int, bytes]]) -> Iterator[str]:
    """Yield the lines of blocks one by one."""
    return chain.from_iterable(lines for _, lines in decode_blocks(blocks))


def decode_blocks(blocks: Iterable[tuple[int, bytes]]) -> Iterator[tuple[int, list[str]]]:
    """Yield the lines of each block after the number of its first one, once all of them are sound."""
    for number, block in blocks:
        # Only a line feed ends a line: `str.splitlines` would also split at what a value may hold.
        lines = list(io.StringIO(_decode(block, number), newline="\n"))
        _check_lines(block, lines, number)
        yield number, lines


def whole_blocks(file: BinaryIO, size: int = _BLOCK) -> Iterator[tuple[int, bytes]]:
    """Yield a file's bytes, cut behind line feeds, each block after the number of its first line.

    Args:
        file: Where the bytes come from; the mark at its beginning is left out.
        size: How many to read at once.
    """
    block = file.read(size)
    _refuse_wide(block)
    block, rest, number = block.removeprefix(BOM), b"", 1
    while block:
        end = block.rfind(b"\n") + 1
        whole, rest = (rest + block[:end], block[end:]) if end else (b"", rest + block)
        if whole:
            yield number, whole
            number += whole.count(b"\n")
        if len(rest) > _MOST_BYTES * MAX_LINE:
            raise _too_long(number)
        block = file.read(size)
    if rest:
        yield number, rest


def _refuse_wide(start: bytes) -> None:
    beginning = start[:4_096]
    zeros, size = beginning.count(0), len(beginning)
    if start.startswith(_UTF32) or zeros > size * 5 // 8:  # of ASCII, three of four bytes are zero
        message = phrase("the file is not UTF-8; it looks like UTF-32")
    elif start.startswith(_UTF16) or zeros > size // 4:
        message = phrase('the file is not UTF-8; it looks like UTF-16, which Excel calls "Unicode Text"')
    else:
        return
    raise FormatError("audience-file", message, hint=phrase("save it as UTF-8: {save}", save=_SAVE))


def _decode(block: bytes, number: int) -> str:
    try:
        return block.decode("utf-8")
    except UnicodeDecodeError as error:
        line = number + block.count(b"\n", 0, error.start)
        message = phrase("the file is not UTF-8, and which encoding it has cannot be told")
        if likely := likely_encodings(block):
            message = phrase(
                'the file is not UTF-8; it looks like {name}, which Excel calls "CSV (Comma delimited)"',
                name=names_of(likely),
            )
        raise FormatError(
            "audience-file", message, line, hint=phrase("save it as UTF-8: {save}", save=_SAVE)
        ) from None


def _check_lines(block: bytes, lines: list[str], number: int) -> None:
    if max(map(len, lines)) > MAX_LINE:
        raise _too_long(number + next(place for place, line in enumerate(lines) if len(line) > MAX_LINE))
    if b"\r" in block and block.count(b"\r") != block.count(b"\r\n"):
        place = next(place for place, line in enumerate(lines) if "\r" in line.removesuffix("\r\n"))
        message = phrase('the line ends in a carriage return alone, as "CSV (Macintosh)" of Excel does')
        raise FormatError(
            "audience-format", message, number + place, hint=phrase("save it again: {save}", save=_SAVE)
        )
    if BOM in block:
        place = next(place for place, line in enumerate(lines) if "\ufeff" in line)
        message = phrase("a byte order mark is inside the file, as when two files were joined")
        raise FormatError("audience-format", message, number + place, hint=phrase("delete it"))


def _too_long(number: int) -> FormatError:
    message = phrase("the line is longer than {max_line:,} characters", max_line=MAX_LINE)
    return FormatError("audience-format", message, number, hint=phrase("write one account a line"))
