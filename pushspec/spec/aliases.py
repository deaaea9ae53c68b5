"""Anchors and aliases of one file, bounded so that a file cannot expand without end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pushspec.language import phrase

if TYPE_CHECKING:
    from pushspec.serialization import Json
    from pushspec.spec.positions import Position

MAX_DEPTH = 24
"""Deepest nesting of mappings and lists, with aliases expanded."""

MAX_ALIASES = 20
"""Most aliases in one file."""

MAX_ALIASED_SIZE = 64 * 1024
"""Maximum size of a file's expanded aliases: one for each value and each character of text."""


class AliasError(Exception):
    """An alias that cannot be replaced.

    It never says the alias's name: a password that begins with * is one.

    Attributes:
        rule: The rule's name.
        hint: What to do about it.
        is_fatal: Whether a limit is passed, so that nothing more should be read.
    """

    def __init__(self, message: str, hint: str, *, rule: str = "yaml-alias", is_fatal: bool = False) -> None:
        super().__init__(message)
        self.rule = rule
        self.hint = hint
        self.is_fatal = is_fatal


@dataclass(frozen=True, slots=True)
class Anchored:
    """What an anchor names."""

    value: Json
    position: Position


class Anchors:
    """The anchors of one file so far, and how much its aliases have used up."""

    def __init__(self) -> None:
        self._finished: dict[str, Anchored | None] = {}
        self._aliases = 0
        self._size = 0

    def __contains__(self, name: str) -> bool:
        return name in self._finished

    def begin(self, name: str) -> None:
        """Note that the value of ``name`` begins; until it is finished, an alias to it is a cycle."""
        self._finished[name] = None

    def finish(self, name: str, value: Json, position: Position) -> None:
        """Note what ``name`` stands for."""
        self._finished[name] = Anchored(value, position)

    def resolve(self, name: str, depth: int) -> Anchored:
        """Return what the alias ``name`` at ``depth`` stands for.

        Raises:
            AliasError: There is no such anchor, it is a cycle, or the aliases pass a limit.
        """
        self._aliases += 1
        if self._aliases > MAX_ALIASES:
            raise AliasError(
                phrase("more than {max_aliases} aliases", max_aliases=MAX_ALIASES),
                phrase("write the values out"),
                is_fatal=True,
            )
        if name not in self._finished:
            raise AliasError(
                phrase("no value before this alias has its name"),
                phrase("if it is text, write it in quotes"),
            )
        anchored = self._finished[name]
        if anchored is None:
            message = phrase("the alias is inside the value that it names")
            raise AliasError(message, phrase("write the value out"), rule="yaml-anchor-cycle")
        size, height = _measure(anchored.value)
        self._size += size
        if self._size > MAX_ALIASED_SIZE or depth + height - 1 > MAX_DEPTH:
            raise AliasError(
                phrase("the aliases expand to too much"), phrase("write the values out"), is_fatal=True
            )
        return anchored


def _measure(value: Json) -> tuple[int, int]:
    if isinstance(value, str):
        return 1 + len(value), 0
    if not isinstance(value, dict | list):
        return 1, 0
    keys = sum(len(key) for key in value) if isinstance(value, dict) else 0
    parts = [_measure(child) for child in (value.values() if isinstance(value, dict) else value)]
    return 1 + keys + sum(size for size, _ in parts), 1 + max((height for _, height in parts), default=0)
