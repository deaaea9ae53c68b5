"""JSON as pages and scripts show it: with comments, trailing commas, and comments whose line break was lost.

A comment is blanked out, so that every value keeps its place. Where a page lost its line breaks, a comment
swallows what follows it: then each comment ends at the first character from which the rest can be read.
"""

from __future__ import annotations

import math
import re
from json import JSONDecoder
from typing import TYPE_CHECKING, NamedTuple

from pushspec.language import phrase

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pushspec.serialization import Json
    from pushspec.spec.positions import KeyPath

_DEEPEST = 32
_MOST_READ = 1_000_000
"""So many characters are read at most while the ends of comments are looked for."""
_BLANKS = re.compile(r"[ \t\r\n\ufeff\xa0]*")
_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,30})(?P<part>\.\d{1,30})?(?P<exponent>[eE][-+]?\d{1,3})?")
_DECODER = JSONDecoder()
_WORDS = {"true": True, "false": False, "null": None}
_STRING_OR_COMMENT = re.compile(r'"(?:[^"\\\n]|\\.)*+"|//[^\n]*|/\*.*?\*/', re.DOTALL)
_KEY = re.compile(r'"\w+"\s*:')
_MAY_GO_ON = re.compile(r'["{}\[\],]')


class SampleError(ValueError):
    """A text is no JSON, comments or not.

    Attributes:
        offset: Where, in characters from its beginning; None where that is no place in the file.
        hint: What to do about it; may be empty.
    """

    def __init__(self, message: str, offset: int | None, hint: str = "") -> None:
        super().__init__(message)
        self.offset = offset
        self.hint = hint


class Sample(NamedTuple):
    """A value that was read.

    Attributes:
        value: An object.
        places: Where each of its values begins, by its path.
        end: The offset behind its last character.
        doubts: What a person should look at, with its offset.
    """

    value: dict[str, Json]
    places: dict[KeyPath, int]
    end: int
    doubts: list[tuple[int, str]]


def read_sample(text: str, start: int) -> Sample:
    """Read the object that begins at ``start``.

    Raises:
        SampleError: It is no JSON, or nests too deeply.
    """
    cleared, comments = _without_comments(text, start)
    try:
        sample = _read(cleared, start)
    except SampleError:
        recovered = _without_swallowing(text, start)
        if recovered is None:
            raise
        return recovered
    hidden: list[tuple[int, str]] = [
        (begin, phrase("the comment holds {key}, which is left out", key=key[0].rstrip(": ")))
        for begin, end in comments
        if begin < sample.end and (key := _KEY.search(text, begin, end))
    ]
    return sample._replace(doubts=hidden)


def _without_comments(text: str, start: int) -> tuple[str, list[tuple[int, int]]]:
    """Return the text with each comment blanked out to the end of its line, and where they were."""
    comments = [match.span() for match in _comments(text, start)]
    for begin, end in comments:
        text = _blanked(text, begin, end)
    return text, comments


def _comments(text: str, start: int) -> Iterator[re.Match[str]]:
    return (match for match in _STRING_OR_COMMENT.finditer(text, start) if match[0][0] == "/")


def _blanked(text: str, begin: int, end: int) -> str:
    return text[:begin] + " " * (end - begin) + text[end:]


def _without_swallowing(text: str, start: int) -> Sample | None:
    """Return the first reading of a text in which comments end early; None if there is none."""
    first = next(_comments(text, start), None)
    left = [_ends(text, first)] if first is not None else []
    for _ in range(_MOST_READ // (len(text) + 1)):
        while left and not left[-1]:
            left.pop()
        if not left:
            return None
        candidate, begin, end = left[-1].pop()
        cleared = _blanked(candidate, begin, end)
        following = next(_comments(cleared, start), None)
        try:
            return _with_doubt(_read(cleared, start), begin)
        except SampleError as error:
            if following is not None and (error.offset or 0) >= following.start():
                left.append(_ends(cleared, following))
    return None


def _ends(text: str, comment: re.Match[str]) -> list[tuple[str, int, int]]:
    """Return where a comment may end, the likeliest last: at the earliest, and with its line after all."""
    inside = [match.start() for match in _MAY_GO_ON.finditer(text, comment.start(), comment.end())]
    return [(text, comment.start(), end) for end in (comment.end(), *reversed(inside))]


def _with_doubt(sample: Sample, offset: int) -> Sample:
    message = phrase(
        "a comment without a line break swallowed what follows it; compare the campaign with your source"
    )
    return sample._replace(doubts=[(offset, message)])


def _read(text: str, start: int) -> Sample:
    places: dict[KeyPath, int] = {}
    value, end = _object(text, start, (), places)
    return Sample(value, places, end, [])


def _value(text: str, at: int, path: KeyPath, places: dict[KeyPath, int]) -> tuple[Json, int]:
    places[path] = at
    if len(path) > _DEEPEST:
        raise SampleError(phrase("it nests deeper than {deepest} levels", deepest=_DEEPEST), at)
    match text[at : at + 1]:
        case "{":
            return _object(text, at, path, places)
        case "[":
            return _list(text, at, path, places)
        case '"':
            return _string(text, at)
        case _:
            return _scalar(text, at)


def _object(text: str, at: int, path: KeyPath, places: dict[KeyPath, int]) -> tuple[dict[str, Json], int]:
    value: dict[str, Json] = {}
    at = _skip(text, at + 1)
    while text[at : at + 1] != "}":
        begin = at
        key, at = _string(text, _expect(text, at, '"', phrase("a key in double quotes, or }}")) - 1)
        at = _skip(text, _expect(text, _skip(text, at), ":", phrase("a colon")))
        if key in value:
            raise SampleError(phrase('the key "{key}" comes twice', key=key), begin)
        value[key], at = _value(text, at, (*path, key), places)
        at = _next(text, at, "}")
    return value, at + 1


def _list(text: str, at: int, path: KeyPath, places: dict[KeyPath, int]) -> tuple[list[Json], int]:
    value: list[Json] = []
    at = _skip(text, at + 1)
    while text[at : at + 1] != "]":
        item, at = _value(text, at, (*path, len(value)), places)
        value.append(item)
        at = _next(text, at, "]")
    return value, at + 1


def _next(text: str, at: int, close: str) -> int:
    """Return where the next item begins, or where the closing bracket is; a comma before it does no harm."""
    at = _skip(text, at)
    if text[at : at + 1] == close:
        return at
    return _skip(text, _expect(text, at, ",", phrase("a comma or {close}", close=close)))


def _string(text: str, at: int) -> tuple[str, int]:
    try:
        value, end = _DECODER.raw_decode(text, at)
    except ValueError as error:
        raise SampleError(
            phrase("the text in quotes does not end, or holds a control character"), at
        ) from error
    return str(value), end


def _scalar(text: str, at: int) -> tuple[Json, int]:
    for word, value in _WORDS.items():
        if text.startswith(word, at):
            return value, at + len(word)
    number = _NUMBER.match(text, at)
    if number is None:
        raise SampleError(phrase("a value is missing{found}", found=_found(text, at)), at)
    if number["part"] is None and number["exponent"] is None:
        return int(number[0]), number.end()
    real = float(number[0])
    if math.isinf(real):
        raise SampleError(phrase("{number} is too large for a number", number=number[0]), at)
    return real, number.end()


def _expect(text: str, at: int, character: str, name: str) -> int:
    if text[at : at + 1] != character:
        raise SampleError(phrase("{name} is missing{found}", name=name, found=_found(text, at)), at)
    return at + 1


def _found(text: str, at: int) -> str:
    return "" if at < len(text) else phrase(": the text ends here")


def _skip(text: str, at: int) -> int:
    blanks = _BLANKS.match(text, at)
    return blanks.end() if blanks is not None else at
