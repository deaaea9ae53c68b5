"""Where each value of a file stands: a light tree beside the values, walked only to report something."""

from __future__ import annotations

from typing import Protocol

Path = tuple[str | int, ...]
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
    """The place of a mapping or a list: its own mark, and the places of what it holds.

    Attributes:
        mark: Where it begins.
        keys: For a mapping, where each key stands.
        children: The place of each value, by key or by position.
    """

    __slots__ = ("children", "keys", "mark")

    def __init__(self, mark: Mark, keys: dict[str, Mark], children: dict[str | int, Place]) -> None:
        self.mark = mark
        self.keys = keys
        self.children = children


Place = Mark | Branch


def mark_of(place: Place) -> Mark:
    """Return where ``place`` begins."""
    return place.mark if isinstance(place, Branch) else place


def find_mark(root: Place, path: Path, *, key: bool) -> Mark:
    """Return the mark of the value at ``path``, or with ``key`` of its key.

    Where ``path`` leads nowhere, the nearest parent stands for it, at the key that opens it.
    """
    place, opener = root, None
    for step in path:
        child = place.children.get(step) if isinstance(place, Branch) else None
        if child is None:
            key = True
            break
        # A list's items have no key: theirs is the place where the item begins.
        opener = place.keys.get(str(step), mark_of(child)) if isinstance(place, Branch) else None
        place = child
    return opener if key and opener is not None else mark_of(place)
