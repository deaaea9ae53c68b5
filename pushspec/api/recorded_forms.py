"""Recognise an English text by the templates that it may have been made from."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from pushspec.language import Phrase

if TYPE_CHECKING:
    from collections.abc import Callable


class Forms:
    """Templates that a text may have been made from.

    Args:
        templates: The templates.
        readers: What reads a value that is itself a text, by its name in the templates.
    """

    def __init__(self, *templates: str, **readers: Callable[[str], str]) -> None:
        self._templates = templates
        self._readers = readers

    def read(self, text: str) -> str:
        """Return the phrase that a text was; a text of another form is itself."""
        if isinstance(text, Phrase):
            return text
        for known, pattern, numbers in _patterns(self._templates):
            if found := pattern.fullmatch(text):
                values = {
                    name: _number(it) if name in numbers else self._readers.get(name, str)(it)
                    for name, it in found.groupdict().items()
                }
                return Phrase(text, known, values)
        return text


def _number(text: str) -> float:
    plain = text.replace(",", "")
    return int(plain) if plain.isdecimal() else float(plain)


@cache
def _patterns(templates: tuple[str, ...]) -> tuple[tuple[str, re.Pattern[str], frozenset[str]], ...]:
    """Return each template, what its texts look like, and which values are numbers: those with a format."""
    return tuple(
        (known, re.compile(_pattern(known), re.DOTALL), frozenset(re.findall(r"\{(\w+):", known)))
        for known in templates
    )


def _pattern(known: str) -> str:
    text = re.sub(r"\\\{(\w+):[^}]*\\\}", r"(?P<\1>[0-9][0-9,]*(?:[.][0-9]+)?)", re.escape(known))
    return re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.+)", text)


def word(text: str) -> str:
    """Return a state or an action, which the catalogue has under its English."""
    return text if isinstance(text, Phrase) else Phrase(text, text.replace("_", " "), {})
