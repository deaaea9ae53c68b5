"""Guess from bytes which encoding a text has that is not UTF-8: only what all of it speaks for is named."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from pushspec.language import phrase
from pushspec.text import listed

_ENOUGH = 2 / 3
_WESTERN = re.compile("[\x00-\x7f\xa0«»À-ÖØ-öø-ÿŒœŠšŸŽž‘’‚“”–—…•€]*")
"""What people write in western Europe; the other signs of that encoding are what others look like in it."""
_ACCENTED = re.compile("[À-ÖØ-öø-ÿŒœŠšŸŽž]+")


@dataclass(frozen=True, slots=True)
class Encoding:
    """An encoding that spreadsheets and editors still write.

    Attributes:
        name: What people call it.
        codec: What Python calls it.
        common: The pairs of bytes that are its everyday characters, as ranges of first bytes, and the lowest
            second byte. The rare ones are what other encodings look like in it.
    """

    name: str
    codec: str
    common: tuple[range, ...] = ()
    second: int = 0x40

    def share(self, block: bytes) -> float:
        """Return which part of the letters beyond ASCII are everyday ones; 0 in another encoding."""
        try:
            text = block.decode(self.codec)
        except UnicodeDecodeError:
            return 0
        letters = [letter for letter in text if not letter.isascii() and letter.isalpha()]
        return sum(letter in _letters(self) for letter in letters) / max(1, len(letters))


_LATIN = Encoding("Latin-1 (Windows-1252)", "cp1252")
_EAST_ASIAN = (
    Encoding("GBK (GB18030)", "gb18030", (range(0xB0, 0xD8),), 0xA1),
    Encoding("Big5", "cp950", (range(0xA4, 0xC7),)),
    Encoding("Shift-JIS", "cp932", (range(0x81, 0x84), range(0x88, 0x98))),
    Encoding("EUC-KR", "cp949", (range(0xB0, 0xC9),), 0xA1),
)


def likely_encodings(block: bytes) -> tuple[Encoding, ...]:
    """Return the encodings that bytes most likely have, equally likely ones together; none if none is likely.

    All Korean syllables are also everyday Chinese characters in GBK, so Korean has at least these two.
    """
    if _looks_western(block):
        return (_LATIN,)
    shares = {encoding: encoding.share(block) for encoding in _EAST_ASIAN}
    most = max(shares.values())
    return tuple(it for it, share in shares.items() if share == most) if most >= _ENOUGH else ()


def names_of(encodings: tuple[Encoding, ...]) -> str:
    """Return the names of at least one encoding: ``A``, ``A or B``, ``A, B or C``."""
    *others, last = (it.name for it in encodings)
    return phrase("{names} or {last}", names=listed(others), last=last) if others else last


def _looks_western(block: bytes) -> bool:
    """Whether all is of western Europe, and letters beyond ASCII mostly come alone, as accents do."""
    try:
        text = block.decode(_LATIN.codec)
    except UnicodeDecodeError:
        return False
    runs = _ACCENTED.findall(text)
    return _WESTERN.fullmatch(text) is not None and sum(len(it) == 1 for it in runs) * 2 >= len(runs)


@lru_cache(maxsize=len(_EAST_ASIAN))
def _letters(encoding: Encoding) -> frozenset[str]:
    pairs = (
        bytes((first, second)).decode(encoding.codec, "replace")
        for firsts in encoding.common
        for first in firsts
        for second in range(encoding.second, 0xFF)
    )
    return frozenset(pair for pair in pairs if len(pair) == 1)
