"""Texts that people read: written in English, and said in the language in force.

The layers below the views make a :class:`Phrase` with :func:`phrase`. It is an English text in every way, so
JSON, lockfiles and the library stay English; it also remembers its parts. A view says it in the language in
force with :func:`said`, and texts of its own with :func:`say`. What people wrote is an ordinary text, and is
never translated.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from contextvars import ContextVar
from enum import StrEnum
from functools import cache
from string import Formatter
from typing import TYPE_CHECKING, Self

from pushspec.catalogue import catalogue

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


class Language(StrEnum):
    """A language that people can choose."""

    CHINESE = "zh"
    ENGLISH = "en"


_FORMATTER = Formatter()
_CHINESE = re.compile("[\u4e00-\u9fff，。、；：？！（）]")
_in_force: ContextVar[Language] = ContextVar("language", default=Language.ENGLISH)


class Phrase(str):
    """An English text that remembers its template and its values.

    Attributes:
        template: Its key in the catalogue.
        values: What stands in the braces of the template; those that are phrases are said, too.
    """

    __slots__ = ("template", "values")

    template: str
    values: Mapping[str, object]

    def __new__(cls, english: str, template: str, values: Mapping[str, object]) -> Self:
        """Make a phrase of its English text and its parts."""
        made = super().__new__(cls, english)
        made.template, made.values = template, values
        return made

    def __reduce__(self) -> tuple[type[Self], tuple[str, str, Mapping[str, object]]]:
        """Return what a copy is made of; str itself would keep the text alone."""
        return type(self), (str(self), self.template, self.values)


def phrase(template: str, /, **values: object) -> Phrase:
    """Return a text that can be said in another language.

    Args:
        template: Its English, written out, with the names of values in braces: ``{people:,} people``.
        values: What stands in the braces.
    """
    return Phrase(template.format(**values), template, values)


def given(english: str, **others: str) -> Phrase:
    """Return a text that came in other languages as well, by their names; no catalogue has it."""
    return Phrase(english, "", others)


def plural(one: str, many: str, /, number: int) -> Phrase:
    """Return one of two texts by a number, which both show as ``{number:,}``; the catalogue has the first."""
    return Phrase((one if number == 1 else many).format(number=number), one, {"number": number})


def packed(text: str, most: int) -> object:
    """Return a text as JSON, for :func:`unpacked` in another process; a longer one than ``most`` is cut."""
    if not isinstance(text, Phrase) or len(text) > most:
        return text[:most]
    values = {name: packed(it, most) if isinstance(it, str) else it for name, it in text.values.items()}
    return {"english": str(text), "template": text.template, "values": values}


def unpacked(value: object) -> str:
    """Return the text of what :func:`packed` made."""
    if not isinstance(value, dict):
        return str(value)
    values = {name: unpacked(it) if isinstance(it, dict) else it for name, it in value["values"].items()}
    return Phrase(str(value["english"]), str(value["template"]), values)


def joined(separator: str, parts: Iterable[str]) -> Phrase:
    """Return texts behind each other; a language may have a separator of its own."""
    found = tuple(parts)
    return Phrase(separator.join(found), separator, {"": found})


def said(text: str) -> str:
    """Return a phrase in the language in force, and any other text as it is."""
    language = _in_force.get()
    if language is Language.ENGLISH or not isinstance(text, Phrase):
        return str(text)
    if not text.template:
        return str(text.values.get(language.value, text))
    template = catalogue(language).get(text.template)
    if template is None:
        return str(text)
    parts = text.values.get("")
    if isinstance(parts, tuple):
        return template.join(map(said, parts))
    return _filled(template, {name: _said_value(value) for name, value in text.values.items()})


@cache
def _parts(template: str) -> tuple[tuple[str, str | None, str | None, str | None], ...]:
    return tuple(_FORMATTER.parse(template))


def _filled(template: str, values: Mapping[str, object]) -> str:
    """Return a translation with its values, as ``str.format`` does.

    A blank sets a Latin value apart from the Chinese words around it, and falls away beside a Chinese one.
    """
    text = ""
    for literal, name, form, conversion in _parts(template):
        text = _joined(text, literal)
        if name is not None:
            value = _FORMATTER.convert_field(values[name], conversion)
            text = _joined(text, format(value, form or ""))
    return text


def _joined(before: str, after: str) -> str:
    if after[:1] == " " and _CHINESE.match(before[-1:]) and _CHINESE.match(after[1:2]):
        return before + after[1:]
    if before[-1:] == " " and _CHINESE.match(before[-2:-1]) and _CHINESE.match(after[:1]):
        return before[:-1] + after
    return before + after


def say(template: str, /, **values: object) -> str:
    """Return a text in the language in force (see :func:`phrase`)."""
    return said(phrase(template, **values))


def template(text: str) -> str:
    """Return a text that the catalogue has, to be said later by :func:`translated`."""
    return text


def translated(text: str) -> str:
    """Return the translation of a whole text with nothing to fill in, such as the help of an option."""
    language = _in_force.get()
    return text if language is Language.ENGLISH else catalogue(language).get(text, text)


def _said_value(value: object) -> object:
    return said(value) if isinstance(value, str) else value


def language_in_force() -> Language:
    """Return the language in which texts are said here."""
    return _in_force.get()


def speak(language: Language) -> None:
    """Say texts in a language until the block of :func:`speaking` around it ends."""
    _in_force.set(language)


@contextmanager
def speaking(language: Language) -> Iterator[None]:
    """Say texts in a language within a block."""
    before = _in_force.set(language)
    try:
        yield
    finally:
        _in_force.reset(before)
