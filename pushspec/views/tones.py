"""How a piece of text stands out in a terminal; the words alone say the same."""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import Enum

from pushspec.language import say


class Tone(Enum):
    """What a piece of text is to the reader."""

    PLAIN = "plain"
    BOLD = "bold"
    DIM = "dim"
    GOOD = "good"
    SOON = "soon"
    WARNING = "warning"
    ERROR = "error"


_EVERYONE = re.compile(r"(\beveryone\b|全员)", re.ASCII)
Paint = Callable[[str, Tone], str]
"""Returns a text in the colours of its tone."""


def unpainted(text: str, tone: Tone) -> str:
    """Return the text alone, for a stream without colours."""
    del tone
    return text


def labelled(line: str, paint: Paint) -> str:
    """Return a line whose first word is ``error:``, ``hint:`` or the like with that word in its tone."""
    applied, *_ = re.split("(?<=[:：])", say("Applied: {counts}. Recorded in {lock}", counts="", lock=""))
    labels = {
        say("error: {message}", message=""): Tone.ERROR,
        say("warning: {warning}", warning=""): Tone.WARNING,
        say("hint: {hint}", hint=""): Tone.BOLD,
        say("note: {note}", note=""): Tone.BOLD,
        applied: Tone.BOLD,
    }
    for label, tone in labels.items():
        word = label.rstrip()
        if line.startswith(word):
            return paint(word, tone) + line.removeprefix(word)
    return line


_MARKS = {"+": Tone.GOOD, "!": Tone.ERROR, "?": Tone.ERROR, "…": Tone.SOON}
_MARK = re.compile(rf"^((?:\x1b\[\d+A\r\x1b\[J)?  )([{''.join(_MARKS)}])(?= )")
"""What begins a line about a call or a campaign, behind what takes lines of a terminal away."""


def marked(text: str, paint: Paint) -> str:
    """Return lines with their marks and labels in their tones; the words alone say the same."""
    return "\n".join(
        _MARK.sub(lambda mark: mark[1] + paint(mark[2], _MARKS[mark[2]]), labelled(line, paint))
        for line in text.split("\n")
    )


def toned(text: str, tone: Tone, paint: Paint) -> str:
    """Return text in a tone, with the word ``everyone``, in Chinese too, as an error wherever it occurs."""
    # The policy is called so in any language; a letter beside it makes it another word.
    pieces = _EVERYONE.split(text)
    return "".join(
        paint(piece, Tone.ERROR if place % 2 else tone) for place, piece in enumerate(pieces) if piece
    )
