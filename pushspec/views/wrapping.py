"""Lines that fit a terminal, in which a Chinese character takes two columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len

if TYPE_CHECKING:
    from collections.abc import Iterator


def wrapped(words: str, room: int) -> Iterator[str]:
    """Yield words in lines of at most ``room`` columns; a longer word has a line of its own."""
    line = ""
    for word in words.split(" "):
        if line and cell_len(line) + 1 + cell_len(word) > room:
            yield line
            line = word
        else:
            line = f"{line} {word}" if line else word
    yield line


def hanging(words: str, width: int, *, first: str = "", rest: str | None = None) -> Iterator[str]:
    """Yield words in lines of at most ``width`` columns, those after the first one indented.

    Args:
        words: What to wrap.
        width: Columns of the terminal.
        first: What stands before the first line.
        rest: What stands before the others; blanks as wide as ``first`` when left out.
    """
    indent = " " * cell_len(first) if rest is None else rest
    room = width - max(cell_len(first), cell_len(indent))
    for place, line in enumerate(wrapped(words, max(1, room))):
        yield f"{indent if place else first}{line}"
