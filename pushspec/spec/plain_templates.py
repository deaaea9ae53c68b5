"""Fill in texts whose templates are names and nothing else, as Jinja would, without starting Jinja.

Most titles are of this kind, and to compile them for one use is most of what rendering costs. What is not
plain, has no value or grows long is left to Jinja; so only Jinja ever says what is wrong with a text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pushspec.serialization import Json

_NAME = re.compile(r"\{\{ *([A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*) *\}\}")
# Jinja makes a line feed of a carriage return.
_PLAIN = re.compile(rf"(?:[^{{\r]++|\{{(?![{{%#])|{_NAME.pattern})*+")
_KEYWORDS = frozenset(
    ("and", "else", "false", "False", "if", "in", "is", "none", "None", "not", "or", "self", "true", "True")
)
_UTF8_BYTES = 4  # most that one character takes


def fill_names(text: str, variables: Mapping[str, Json], *, max_bytes: int) -> str | None:
    """Return ``text`` with the names in it filled in, or None where that takes Jinja.

    Args:
        text: A template.
        variables: Values by name.
        max_bytes: Longest result, in bytes of UTF-8; counted so that it is never passed.
    """
    if not _PLAIN.fullmatch(text):
        return None
    pieces = _NAME.split(text)
    room = max_bytes - _UTF8_BYTES * len(text)
    for index in range(1, len(pieces), 2):
        value = _shown(pieces[index], variables)
        room -= _UTF8_BYTES * len(value or "")
        if value is None or room < 0:
            return None
        pieces[index] = value
    return "".join(pieces)


def _shown(name: str, variables: Mapping[str, Json]) -> str | None:
    """Return what a dotted name shows, or None where its value is no text, number or truth value."""
    first, *steps = name.split(".")
    value = variables.get(first) if first not in _KEYWORDS else None
    for step in steps:
        value = value.get(step) if isinstance(value, dict) else None
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else None
