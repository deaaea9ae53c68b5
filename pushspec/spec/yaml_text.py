"""Write a value as YAML that reads back as the same value, the way people write campaign files."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from pushspec.spec.scalars import plain_value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pushspec.serialization import Json

_WIDTH = 100
_INDENT = "  "
# Whatever could mean something to YAML, now or after a comma, gets quotes.
_PLAIN = re.compile(r"(?:[^\W_]|/(?=\w))(?:[\w ./+-]*[\w./+-])?")
_WORDS = frozenset({"yes", "no", "on", "off", "y", "n"})
"""Texts here, and truth values to YAML 1.1, which other tools read."""


def yaml_text(value: dict[str, Json]) -> str:
    """Return a mapping as YAML, short parts of it on one line; it ends in a line feed."""
    return "".join(f"{line}\n" for line in _mapping(value, ""))


def _mapping(value: dict[str, Json], indent: str) -> Iterator[str]:
    for key, item in value.items():
        yield from _item(f"{indent}{_scalar(key)}:", item, indent + _INDENT)


def _list(value: list[Json], indent: str) -> Iterator[str]:
    for item in value:
        line = f"{indent}- {_flow(item)}"
        if len(line) <= _WIDTH or not isinstance(item, dict | list) or not item:
            yield line
            continue
        first, *rest = _block(item, indent + _INDENT)
        yield f"{indent}- {first.lstrip(' ')}"
        yield from rest


def _item(head: str, item: Json, indent: str) -> Iterator[str]:
    line = f"{head} {_flow(item)}"
    if len(line) <= _WIDTH or not isinstance(item, dict | list) or not item:
        yield line
    else:
        yield head
        yield from _block(item, indent)


def _block(value: dict[str, Json] | list[Json], indent: str) -> Iterator[str]:
    return _mapping(value, indent) if isinstance(value, dict) else _list(value, indent)


def _flow(value: Json) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_scalar(key)}: {_flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return _scalar(value)


def _scalar(value: Json) -> str:
    if not isinstance(value, str):
        return json.dumps(value, allow_nan=False)
    is_plain = _PLAIN.fullmatch(value) and value.lower() not in _WORDS and isinstance(plain_value(value), str)
    return value if is_plain else json.dumps(value, ensure_ascii=False)
