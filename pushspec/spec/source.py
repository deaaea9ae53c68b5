"""The text of one file, safe to read and to show: what a reviewer cannot see is a problem."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING

from pushspec.disclosure import shown_line
from pushspec.language import phrase
from pushspec.problems import Level, Location, Problem
from pushspec.spec.encodings import likely_encodings, names_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MAX_BYTES = 256 * 1024
"""Largest file that is read, in bytes; a campaign of a thousand lines is a tenth of it."""

MAX_PROBLEMS = 100
"""Most problems one file may show; whoever has more looks at the first ones."""

UNSEEN_RULES = frozenset({"yaml-line-break", "yaml-invisible-character", "yaml-control-character"})
"""What :func:`unseen_problem` reports."""

_LINE_BREAKS = "\r\x85\u2028\u2029"
_CONTROLS = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff"
# Unicode's "default ignorable" characters and the bidirectional controls, but for ZWNJ, ZWJ and VS16, which
# scripts and emoji need.
_INVISIBLE = (
    "\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0e\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_SURROGATES = "\ud800-\udfff"
_FLAGS = "|".join(
    "".join(chr(0xE0000 + ord(letter)) for letter in region) for region in ("gbeng", "gbsct", "gbwls")
)
# The flags of England, Scotland and Wales: a black flag and invisible letters, all that Unicode recommends.
_FLAG = f"\U0001f3f4(?:{_FLAGS})\U000e007f"
_UNSEEN = re.compile(f"{_FLAG}|[{_LINE_BREAKS}{_CONTROLS}{_INVISIBLE}{_SURROGATES}]+")
_DIRECTION_MARKS = "\u061c\u200e\u200f"
_EMOJI_OF_OTHER_KINDS = "#*0123456789\u203c\u2049\u2139\u3030\u303d"
"""Digits, letters and punctuation that are emoji as well; all others are symbols."""
_NEIGHBOURHOOD = 64
"""Characters on each side of a mark among which a letter is looked for."""
# Nearly every file is ASCII and Chinese; asking for these few ranges first is five times as fast.
_UNUSUAL = re.compile("[^\t\n -~\xa1-\xac\xae-\u02ff\u3000-\u3163\u3165-\ud7ff\uff01-\uff9f]")
_INVISIBLE_ONE = re.compile(f"[{_INVISIBLE}\u200c\u200d\ufe0f]")

_UTF16_OR_32 = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")


@dataclass(frozen=True)
class Source:
    """A file's text: line breaks are ``\\n``, and every forbidden character is replaced by U+FFFD.

    Attributes:
        file: Path relative to the project folder, with forward slashes.
        text: The whole text; it has as many characters a line as the file.
    """

    file: str
    text: str

    @cached_property
    def lines(self) -> list[str]:
        """The lines without their line breaks."""
        return self.text.split("\n")

    def at(self, line: int, column: int) -> Location:
        """Return the place at ``line`` and ``column``, both counted from 1."""
        text = shown_line(self.lines, line - 1, self.file) if line <= len(self.lines) else ""
        return Location(self.file, line, column, text)

    def at_offset(self, offset: int) -> Location:
        """Return the place of the character at ``offset``, counted from 0."""
        return self.at(self.text.count("\n", 0, offset) + 1, offset - self.text.rfind("\n", 0, offset))


def read_source(data: bytes, file: str) -> tuple[Source | None, list[Problem]]:
    """Decode a file and look for what a reviewer would not see.

    Args:
        data: The file's bytes; the caller need not read more than ``MAX_BYTES + 1``.
        file: The file's name for places.

    Returns:
        The source, or ``None`` when it is too large or no UTF-8 text; and what is wrong with it.
    """
    if len(data) > MAX_BYTES:
        message = phrase("the file has more than {most} bytes, the most that is read", most=MAX_BYTES)
        return None, [
            Problem(Location(file), "yaml-too-large", message, phrase("split it into several files"))
        ]
    try:
        text = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
    except UnicodeDecodeError as error:
        return None, [_encoding_problem(data, file, error.start)]
    if data.startswith(_UTF16_OR_32) or b"\0" in data[:4]:
        return None, [_encoding_problem(data, file, 0)]
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    if not (_UNUSUAL.search(text) and _UNSEEN.search(text)):
        return Source(file, text), []
    source = Source(file, replace_unseen(text))
    unseen = islice(_unseen_runs(text), MAX_PROBLEMS)
    problems = [unseen_problem(source.at_offset(match.start()), match[0]) for match in unseen]
    marks = islice(_marks_in_place(text), MAX_PROBLEMS)
    return source, problems + [_mark_note(source.at_offset(match.start()), match[0]) for match in marks]


def find_unseen(text: str, *, joiners: bool = True) -> str:
    """Return the first run of forbidden characters in ``text``, or an empty string.

    With ``joiners`` false, ZWNJ, ZWJ and VS16 are forbidden as well.
    """
    found = next(_unseen_runs(text), None) or (None if joiners else _INVISIBLE_ONE.search(text))
    return found[0] if found else ""


def replace_unseen(text: str) -> str:
    """Return ``text`` with U+FFFD in the place of every forbidden character."""
    return _UNSEEN.sub(lambda match: match[0] if _is_meant(match) else "\ufffd" * len(match[0]), text)


def _unseen_runs(text: str) -> Iterator[re.Match[str]]:
    return (match for match in _UNSEEN.finditer(text) if not _is_meant(match))


def _marks_in_place(text: str) -> Iterator[re.Match[str]]:
    return (match for match in _UNSEEN.finditer(text) if match[0] in _DIRECTION_MARKS and _is_meant(match))


def _is_meant(match: re.Match[str]) -> bool:
    """Whether it is a flag, one selector behind its sign, or one direction mark beside right-to-left text."""
    if match[0][0] == "\U0001f3f4":
        return True
    if len(match[0]) > 1:
        return False
    start, end = match.span()
    if match[0] not in _DIRECTION_MARKS:
        return start > 0 and _selects_a_form(match.string[start - 1], match[0])
    before = match.string[max(0, start - _NEIGHBOURHOOD) : start].rpartition("\n")[2]
    after = match.string[end : end + _NEIGHBOURHOOD].partition("\n")[0]
    return "R" in {_direction(reversed(before)), _direction(after)}


def _selects_a_form(sign: str, selector: str) -> bool:
    """Whether Unicode gives a sign another form: an emoji as text, an ideograph, a Mongolian letter."""
    if selector == "\ufe0e":
        return sign in _EMOJI_OF_OTHER_KINDS or unicodedata.category(sign) in {"So", "Sm"}
    if "\u180b" <= selector <= "\u180f":
        return unicodedata.name(sign, "").startswith("MONGOLIAN LETTER")
    is_selector = "\ufe00" <= selector <= "\ufe02" or "\U000e0100" <= selector <= "\U000e01ef"
    return is_selector and unicodedata.name(sign, "").startswith("CJK UNIFIED IDEOGRAPH")


def _direction(characters: Iterable[str]) -> str:
    """Return L or R, the direction of the first letter; nothing without a letter."""
    directions = (unicodedata.bidirectional(it) for it in characters if it not in _DIRECTION_MARKS)
    return next(("L" if it == "L" else "R" for it in directions if it in {"L", "R", "AL"}), "")


def _mark_note(location: Location, mark: str) -> Problem:
    message = phrase("{name} is here, next to right-to-left text", name=unicodedata.name(mark))
    hint = phrase("look at the text on a phone, in both places that the mark can put its neighbours")
    return Problem(location, "yaml-direction-mark", message, hint, Level.WARNING)


def has_joiners(text: str) -> bool:
    """Whether ``text`` holds ZWNJ, ZWJ or VS16."""
    return not text.isascii() and any(joiner in text for joiner in "\u200c\u200d\ufe0f")


def unseen_problem(location: Location, run: str) -> Problem:
    """Return the problem with ``run``, characters that a reviewer does not see."""
    name = f"U+{ord(run[0]):04X} {unicodedata.name(run[0], '')}".rstrip()
    if run[0] in _LINE_BREAKS:
        message = phrase("{name} starts a new line that editors and reviews do not show", name=name)
        return Problem(
            location, "yaml-line-break", message, phrase("end lines with a line feed, or with CR and LF")
        )
    if _INVISIBLE_ONE.match(run):
        message = phrase("{name} is invisible, so a reviewer cannot see what is written here", name=name)
        return Problem(
            location, "yaml-invisible-character", message, phrase("delete it and type the text again")
        )
    return Problem(
        location, "yaml-control-character", phrase("control character {name}", name=name), phrase("delete it")
    )


def _encoding_problem(data: bytes, file: str, start: int) -> Problem:
    hint = phrase("save the file as UTF-8; in Notepad: Save as, Encoding UTF-8")
    if data.startswith(_UTF16_OR_32) or b"\0" in data[:4]:
        message = phrase("the file is not UTF-8; it looks like UTF-16, UTF-32 or binary data")
        return Problem(Location(file, 1, 1), "yaml-encoding", message, hint)
    message, encoding = phrase("byte 0x{byte:02X} is not UTF-8", byte=data[start]), "utf-8"
    if data[:start].isascii() and (likely := likely_encodings(data)):
        encoding = likely[0].codec
        message = phrase("{message}; the file looks like {name}", message=message, name=names_of(likely))
    source = Source(file, replace_unseen(data.decode(encoding, "replace").replace("\r\n", "\n")))
    before = data[:start].decode("utf-8").replace("\r\n", "\n")
    return Problem(source.at_offset(len(before)), "yaml-encoding", message, hint)
