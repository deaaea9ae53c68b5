"""Many accounts in little memory: their bytes in one block, and where each of them begins."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from itertools import accumulate, islice
from typing import TYPE_CHECKING, overload

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_AT_ONCE = 1_000


class PackedAccounts(Sequence[str]):
    """Accounts in order; a tuple of a million short texts would take four times as much.

    A slice is a tuple: it is what one call names.
    """

    __slots__ = ("_block", "_starts")

    def __init__(self, accounts: Iterable[str] = ()) -> None:
        self._block = bytearray()
        self._starts = array("Q", [0])
        self.extend(accounts)

    def extend(self, accounts: Iterable[str]) -> None:
        """Put accounts behind the others.

        Raises:
            ValueError: One holds a line feed, which no account may.
        """
        named = list(accounts)
        text = "".join(map("{}\n".format, named))
        if text.count("\n") != len(named):
            raise ValueError("an account holds no line feed")
        lengths = map(len, named) if text.isascii() else (len(account.encode()) for account in named)
        ends = accumulate((length + 1 for length in lengths), initial=len(self._block))
        self._starts.extend(islice(ends, 1, None))
        self._block += text.encode()

    def __len__(self) -> int:
        return len(self._starts) - 1

    def __iter__(self) -> Iterator[str]:
        for start in range(0, len(self), _AT_ONCE):
            yield from self._between(start, min(start + _AT_ONCE, len(self)))

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[str, ...]: ...
    def __getitem__(self, place: int | slice) -> str | tuple[str, ...]:
        if isinstance(place, int):
            index = range(len(self))[place]
            return self._between(index, index + 1)[0]
        start, stop, step = place.indices(len(self))
        if step != 1:
            return tuple(self[index] for index in range(start, stop, step))
        return tuple(self._between(start, max(start, stop)))

    def _between(self, start: int, stop: int) -> list[str]:
        lines = self._block[self._starts[start] : self._starts[stop]].decode().split("\n")
        return lines[:-1]
