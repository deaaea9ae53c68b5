"""The contents that say most about a campaign whose texts differ for every reader."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pushspec.language import phrase

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pushspec.serialization import Json

_MOST_ODD = 10
_ODD = re.compile(
    r"\b(None|nan|NaN|null|undefined)\b|\{\{|\}\}|\{%|\S  +\S|\s[,.!?;:，。！？；：]|[，。、]{2}|^\s*$"
)
"""Texts that look as if a value were missing: ``Hello , your parcel``, ``Dear None``."""


@dataclass
class Renderings:
    """The shortest, the longest and the odd contents; each is known by a number of its caller's choice."""

    shortest: tuple[int, int] | None = None
    longest: tuple[int, int] | None = None
    odd: list[int] = field(default_factory=list)
    odd_count: int = 0
    contents: int = 0

    def add(self, number: int, content: Mapping[str, Json]) -> None:
        """Count a content that was not seen before."""
        texts = list(_texts(dict(content)))
        size = sum(map(len, texts))
        self.contents += 1
        if self.shortest is None or size < self.shortest[0]:
            self.shortest = (size, number)
        if self.longest is None or size > self.longest[0]:
            self.longest = (size, number)
        if any(_ODD.search(text) for text in texts):
            self.odd_count += 1
            if len(self.odd) < _MOST_ODD:
                self.odd.append(number)

    @property
    def are_alike_long(self) -> bool:
        """Whether several contents have the same length, so that none is between two others."""
        if self.shortest is None or self.longest is None or self.contents == 1:
            return False
        return self.shortest[0] == self.longest[0]

    def told(self) -> dict[int, str]:
        """Return the numbers of the contents to show, each with why; ends first, then the odd ones."""
        found: dict[int, str] = {}
        for measured, why in (
            (self.shortest, phrase("the shortest text")),
            (self.longest, phrase("the longest text")),
        ):
            if measured is not None:
                found.setdefault(measured[1], why if self.contents > 1 else "")
        return found | dict.fromkeys(self.odd, phrase("odd: is a value missing?"))


def _texts(value: Json) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
