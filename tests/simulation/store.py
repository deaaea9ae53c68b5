"""A store in memory that forgets what was not durable, and that can be told how to fail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushspec.lockfile.stores import BrokenStoreError, SlotTakenError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence


class MemoryStore:
    """One lockfile for any number of writers.

    Attributes:
        lines: What is durable.
        before_append: Called before each append with the slot and the lines; may raise to fail it.
        after_append: Called after each append that took place; may raise to lose its acknowledgement.
        ignores_conditions: Whether a taken slot is written over.
    """

    where = "memory"

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self.before_append: Callable[[int, Sequence[bytes]], None] = lambda _first, _lines: None
        self.after_append: Callable[[int, Sequence[bytes]], None] = lambda _first, _lines: None
        self.ignores_conditions = False

    def read(self, first: int = 0) -> Iterator[bytes]:
        yield from list(self.lines[first:])

    def append(self, first: int, lines: Sequence[bytes]) -> None:
        self.before_append(first, lines)
        if first < len(self.lines) and not self.ignores_conditions:
            raise SlotTakenError(f"slot {first} is taken")
        self.lines[first:] = lines
        self.after_append(first, lines)

    def probe(self) -> None:
        if self.ignores_conditions:
            raise BrokenStoreError("the memory ignores conditions", hint="choose another store")

    def close(self) -> None:
        """Nothing is open."""
