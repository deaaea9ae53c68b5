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
