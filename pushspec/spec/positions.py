"""The position of each value of a file: a light tree beside the values, walked only to report something."""

from __future__ import annotations

from typing import Protocol

KeyPath = tuple[str | int, ...]
"""Keys and list positions from the root to a value."""


class Mark(Protocol):
    """A position that the parser made; both numbers count from 0, the column in characters."""

    @property
    def line(self) -> int:
        """Lines before this one."""

    @property
    def column(self) -> int:
        """Characters before this one in its line."""


class Branch:
    """The position of a mapping or a list: its own mark, and the places of what it holds.

    Attributes:
        mark: Where it begins.
        keys: For a mapping, the position of each key.
        children: The position of each value, by key or by position.
    """

    __slots__ = ("children", "keys", "mark")

    def __init__(self, mark: Mark, keys: dict[str, Mark], children: dict[str | int, Position]) -> None:
        self.mark = mark
        self.keys = keys
        self.children = children


Position = Mark | Branch


def mark_of(position: Position) -> Mark:
    """Return where ``position`` begins."""
    return position.mark if isinstance(position, Branch) else position


def find_mark(root: Position, path: KeyPath, *, key: bool) -> Mark:
    """Return the mark of the value at ``path``, or with ``key`` of its key.

    Where ``path`` leads nowhere, the nearest parent stands for it, at the key that opens it.
    """
    position, opener = root, None
    for step in path:
        child = position.children.get(step) if isinstance(position, Branch) else None
        if child is None:
            key = True
            break
        # A list's items have no key: theirs is the position where the item begins.
        opener = position.keys.get(str(step), mark_of(child)) if isinstance(position, Branch) else None
        position = child
    return opener if key and opener is not None else mark_of(position)
