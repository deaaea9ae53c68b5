"""Many accounts in little memory: blocks of them, which a long list keeps on disk."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from itertools import islice
from typing import TYPE_CHECKING, overload

from pushspec.audience.spill import Spill

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

BLOCK = 250
"""Accounts of a block; half of what most calls name."""
_AT_ONCE = 40 * BLOCK


class PackedAccounts(Sequence[str]):
    """Accounts in order, however many: memory holds the few behind the last block, and where blocks are.

    A slice is a tuple: it is what one call names.

    Args:
        accounts: The first of them.
        spill: Where the blocks are; several lists may share one.
    """

    __slots__ = ("_blocks", "_rest", "spill")

    def __init__(self, accounts: Iterable[str] = (), spill: Spill | None = None) -> None:
        self.spill = spill or Spill()
        self._blocks = array("I")
        self._rest: list[str] = []
        self.extend(accounts)

    def extend(self, accounts: Iterable[str]) -> None:
        """Put accounts behind the others.

        Raises:
            ValueError: One holds a line feed, which no account may.
            FileAccessError: The system refuses to keep them.
        """
        left = iter(accounts)
        while some := list(islice(left, _AT_ONCE)):
            if "".join(some).count("\n"):
                raise ValueError("an account holds no line feed")
            self._rest += some
            self._add_blocks()

    def _add_blocks(self) -> None:
        whole = len(self._rest) - len(self._rest) % BLOCK
        for start in range(0, whole, BLOCK):
            block = "\n".join(self._rest[start : start + BLOCK])
            self._blocks.append(self.spill.add(block.encode()))
        del self._rest[:whole]

    def __len__(self) -> int:
        return len(self._blocks) * BLOCK + len(self._rest)

    def __iter__(self) -> Iterator[str]:
        for number in range(len(self._blocks) + 1):
            yield from self._block(number)

    def lines(self) -> Iterator[bytes]:
        """Yield the accounts, a line feed behind each, many at a time."""
        for number in self._blocks:
            yield self.spill.block(number) + b"\n"
        yield "\n".join([*self._rest, ""]).encode()

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[str, ...]: ...
    def __getitem__(self, place: int | slice) -> str | tuple[str, ...]:
        if isinstance(place, int):
            number, row = divmod(range(len(self))[place], BLOCK)
            return self._block(number)[row]
        start, stop, step = place.indices(len(self))
        if step != 1:
            return tuple(self[index] for index in range(start, stop, step))
        return tuple(self._between(start, stop))

    def _between(self, start: int, stop: int) -> list[str]:
        if stop <= start:
            return []
        first, last = start // BLOCK, (stop - 1) // BLOCK
        found: list[str] = []
        for number in range(first, last + 1):
            found += self._block(number)
        return found[start - first * BLOCK : stop - first * BLOCK]

    def _block(self, number: int) -> list[str]:
        """Return the accounts of a block; those behind the last one are as one more."""
        if number == len(self._blocks):
            return self._rest
        return self.spill.block(self._blocks[number]).decode().split("\n")


def spill_of(accounts: Sequence[str]) -> Spill | None:
    """Return where the blocks of accounts are, for others that come from them; None where they have none."""
    return accounts.spill if isinstance(accounts, PackedAccounts) else None
