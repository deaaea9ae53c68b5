"""Lines that fit a terminal, in which a Chinese character takes two columns."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rich.cells import cell_len

from pushspec.language import Language, language_in_force

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_COLUMN = re.compile(r"(?:^| ) +(?=\S)")
"""Where a column of a line begins: behind its indent, or behind two blanks or more."""
_COMMAND = re.compile(r"(?:^ *|: |then |&& |[：，]|再运行 )pushspec [a-z]")
_CHINESE, _OPENING, _CLOSING = (
    r"\u2e80-\u2fff\u3040-\u9fff\uf900-\ufaff",
    "（“‘《【",
    "，。、；：？！）”’》】…",
)
_PIECE = re.compile(f"[{_OPENING}]*(?:全员|[{_CHINESE}]|[^{_CHINESE}{_OPENING}{_CLOSING}]+)?[{_CLOSING}]*")
"""What keeps together within a word: a Chinese character or a run of others, with its punctuation.

So does 全员, "everyone": it is red wherever it stands, and half of it is no word.
"""

_KEPT = re.compile(r"[0-9a-f]{12,64}|\S+\.lock|git\+branch:\S+|\w+://\S+")
"""A digest or the place of a lockfile: it stays on the line of the word before it, as people copy it."""

_NUMBER = re.compile(r"(?:^|[ (])\d[\d,]*$")
_COUNTED = re.compile(r"[a-z]+[.,;:)]*")
_SPAN = re.compile(r"(?:^|\W)(?:in|\d+ [dh])$")
"""What the number behind it belongs to: the word before a span, or its first half."""

_TYPED = re.compile(r"(?:(?<=: )|(?<=：)|^)pushspec [a-z][^;,；，。（]*")
"""A command within a text, as far as somebody pastes it: it stays on one line."""
_HELD = "\ue000"
"""Stands for the blanks of a command while its line is looked for."""
_HELD_COMMAND = re.compile(f"pushspec{_HELD}[^;,；，。（]*[;,；，。]?")

PROSE = 80
"""Columns at which sentences stay easy to read; a table may be wider."""


def wrapped(words: str, room: int) -> Iterator[str]:
    """Yield words in lines of at most ``room`` columns; a longer word has a line of its own.

    A Chinese sentence has no blanks, so a Chinese view breaks between its characters, too.
    """
    line, gap = "", ""
    for word in _kept_together(_TYPED.sub(_held, words).split(" ")):
        for piece in _pieces(word):
            if line and cell_len(line) + len(gap) + cell_len(piece) > room:
                # What click adds to a help stands two blanks behind it.
                yield line.rstrip().replace(_HELD, " ")
                line = piece.lstrip()  # a blank within what is kept together
            else:
                line = f"{line}{gap}{piece}" if line else piece
            gap = ""
        gap = " "
    yield line.replace(_HELD, " ")


def _held(command: re.Match[str]) -> str:
    return command[0].replace(" ", _HELD)


def _kept_together(words: Sequence[str]) -> Iterator[str]:
    before = words[0]
    for word in words[1:]:
        if before and (_KEPT.fullmatch(word) or _is_one_amount(before, word)):
            before = f"{before} {word}"
        else:
            yield before
            before = word
    yield before


def _is_one_amount(before: str, word: str) -> bool:
    """Whether a word goes on with an amount: what a number counts, or more of ``in 4 h 59 min``."""
    if _COUNTED.fullmatch(word):
        return _NUMBER.search(before) is not None
    return word.isdecimal() and _SPAN.search(before) is not None


def _pieces(word: str) -> list[str]:
    """Return the parts of a word between which a line may break."""
    if found := _HELD_COMMAND.search(word):
        around = word[: found.start()], word[found.end() :]
        before, behind = (_pieces(text) if text else [] for text in around)
        return [*before, found[0], *behind]
    if language_in_force() is Language.ENGLISH or word.isascii():
        return [word]
    return [piece for piece in _PIECE.findall(word) if piece]


def hanging(words: str, width: int, *, first: str = "", rest: str | None = None) -> Iterator[str]:
    """Yield words in lines of at most ``width`` columns, those after the first one indented.

    A word that is too long for its indent, such as a TaskId, gets a shorter one.

    Args:
        words: What to wrap.
        width: Columns of the terminal.
        first: What stands before the first line.
        rest: What stands before the others; blanks as wide as ``first`` when left out.
    """
    indent = " " * cell_len(first) if rest is None else rest
    room = width - max(cell_len(first), cell_len(indent))
    for place, line in enumerate(wrapped(words, max(1, room))):
        before = first if not place else indent
        if place and indent.isspace():
            before = indent[: max(0, width - cell_len(line))]
        yield f"{before}{line}"


def dotted(items: Sequence[str], width: int, *, first: str = "", rest: str | None = None) -> Iterator[str]:
    """Yield items with dots between them, in lines that break between two of them where those fit.

    Args:
        items: At least one.
        width: Columns of the terminal.
        first: What stands before the first line.
        rest: What stands before the others; blanks as wide as ``first`` when left out.
    """
    indent = " " * cell_len(first) if rest is None else rest
    lines = [""]
    for item in [items[0], *(f"· {item}" for item in items[1:])]:
        longer = f"{lines[-1]} {item}".lstrip()
        if not lines[-1] or cell_len(indent) + cell_len(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(item)
    for place, line in enumerate(lines):
        yield from hanging(line, width, first=indent if place else first, rest=indent)


def spaced(items: Iterable[str], width: int, *, first: str = "") -> Iterator[str]:
    """Yield items with two blanks between them, such as a legend, in lines that break between two of them."""
    line = ""
    for item in items:
        longer = f"{line}  {item}" if line else f"{first}{item}"
        if line and cell_len(longer) > width:
            yield line
            longer = f"{first}{item}"
        line = longer
    if line:
        yield line


def folded(line: str, width: int) -> Iterator[str]:
    """Yield a line in lines that fit: what does not fit goes on below the last column that leaves it room.

    A command stays on its line, since somebody pastes it.
    """
    if cell_len(line) <= width or _COMMAND.search(line):
        yield line
        return
    columns = (found.end() for found in _COLUMN.finditer(line))
    start = max((at for at in columns if cell_len(line[:at]) <= width // 2), default=0)
    yield from hanging(line[start:], width, first=line[:start])


def fitted(text: str, width: int) -> str:
    """Return a view with its lines folded."""
    return "\n".join(fitting for line in text.split("\n") for fitting in folded(line, width))
