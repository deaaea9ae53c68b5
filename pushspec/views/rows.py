"""Campaigns in a terminal, a row each, with the same columns in all rows of a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size

from pushspec.views.tones import Tone, toned
from pushspec.views.wrapping import hanging, wrapped

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pushspec.views.tones import Paint

_LEAST_WORDS = 24
"""Columns that the words of a row need; with less room they get a line below."""


@dataclass(frozen=True, slots=True)
class Row:
    """A campaign in a line, or in a few.

    Attributes:
        symbol: What it is, in one character.
        tone: How the symbol stands out.
        key: ``name@version``.
        what: Its endpoint, or where ``end`` is empty all there is to say.
        words: More words, below each other where they need room.
        end: What stands at the right, such as how many calls.
        below: Lines that follow it, such as its stages.
    """

    symbol: str
    tone: Tone
    key: str
    what: str
    words: str = ""
    end: str = ""
    below: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class _Columns:
    """Widths that all rows of a table share, in columns of the terminal."""

    width: int
    name: int
    what: int
    end: int

    @property
    def left(self) -> int:
        """Where the text of a row starts."""
        return self.name + 6

    @property
    def room(self) -> int:
        """How wide the text of a row may be, beside what stands at its end."""
        return self.width - self.left - (self.end + 2 if self.end else 0)

    @property
    def is_narrow(self) -> bool:
        """Whether the words have too little room beside the endpoint."""
        return self.room - self.what - 2 < _LEAST_WORDS


def table_lines(rows: Sequence[Row], *, width: int, paint: Paint) -> Iterator[str]:
    """Yield the lines of all rows.

    Args:
        rows: What to show.
        width: Columns of the terminal.
        paint: Colours a text by its tone.
    """
    columns = _Columns(
        width=width,
        name=min(max((cell_len(row.key) for row in rows), default=0), width // 3),
        what=max((cell_len(row.what) for row in rows if row.end), default=0),
        end=max((cell_len(row.end) for row in rows), default=0),
    )
    for row in rows:
        yield from _painted(row, columns, paint)


def _painted(row: Row, columns: _Columns, paint: Paint) -> Iterator[str]:
    words_tone = Tone.DIM if row.tone is Tone.DIM else Tone.PLAIN
    symbol = paint(row.symbol, row.tone)
    first, *more = _lines(row, columns)
    if cell_len(row.key) > columns.name:
        yield f"  {symbol} {paint(row.key, words_tone)}"
        more.insert(0, first)
    else:
        text = f"{set_cell_size(row.key, columns.name)}  {first}".rstrip()
        yield f"  {symbol} {toned(text, words_tone, paint)}"
    lines = [f"{' ' * columns.left}{line}" for line in more]
    for text in row.below:
        lines += hanging(text, columns.width, first=" " * columns.left)
    yield from (toned(line, words_tone, paint) for line in lines)


def _lines(row: Row, columns: _Columns) -> list[str]:
    """Return the text of a row, its end on the first line; words below each other keep their column."""
    if not row.end:
        return list(wrapped(row.what, columns.width - columns.left))
    if columns.is_narrow:
        texts = [row.what, *wrapped(row.words, columns.width - columns.left)]
    else:
        gap = columns.what + 2
        first, *rest = wrapped(row.words, columns.room - gap)
        texts = [set_cell_size(row.what, gap) + first, *(" " * gap + line for line in rest)]
    if cell_len(texts[0]) > columns.room:  # one long word: its end would be cut
        return [*texts, row.end]
    before = " " * (columns.end - cell_len(row.end))
    return [f"{set_cell_size(texts[0], columns.room)}  {before}{row.end}", *texts[1:]]
