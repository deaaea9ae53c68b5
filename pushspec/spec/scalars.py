"""What a plain scalar means: the core schema of YAML 1.2, where ``no``, ``on`` and ``22:30`` are text."""

from __future__ import annotations

import math
import re

from pushspec.language import phrase

Scalar = str | int | float | bool | None

MAX_NUMBER_CHARACTERS = 32
"""Longest number; a 64-bit integer and every float that Python prints fit."""

_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_NUMBER_STARTS = frozenset("+-.0123456789")
_DECIMAL = re.compile(r"[-+]?[0-9]+")
_OCTAL = re.compile(r"0o[0-7]+")
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")


class UnusableNumberError(ValueError):
    """A scalar that YAML takes for a number, and that no field of the service can carry."""


def plain_value(text: str) -> Scalar:
    """Return the value of an unquoted scalar.

    Raises:
        UnusableNumberError: It is infinite, not a number, or too long; the message says which.
    """
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _NUMBER_STARTS:
        return text
    return _number_or_text(text)


def _number_or_text(text: str) -> str | int | float:
    if _NOT_FINITE.fullmatch(text):
        raise UnusableNumberError(phrase("{text} is not a finite number", text=text))
    for pattern, base in ((_DECIMAL, 10), (_OCTAL, 8), (_HEXADECIMAL, 16)):
        if pattern.fullmatch(text):
            return int(_short(text), base)
    if not _FLOAT.fullmatch(text):
        return text
    number = float(_short(text))
    if math.isinf(number):
        raise UnusableNumberError(phrase("{text} is too large for a number", text=text))
    return number


def _short(text: str) -> str:
    if len(text) > MAX_NUMBER_CHARACTERS:
        raise UnusableNumberError(
            phrase(
                "a number of {text} characters; the most is {max_number_characters}",
                text=len(text),
                max_number_characters=MAX_NUMBER_CHARACTERS,
            )
        )
    return text
