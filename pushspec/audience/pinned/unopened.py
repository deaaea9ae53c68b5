"""People of a list on this machine that nobody has opened: their pin says how many they are."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, overload

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pushspec.audience.pinned.pin import Pin


class UnopenedAccounts(Sequence[str]):
    """All accounts of a list, which is read and compared with its pin once somebody asks for one of them.

    Args:
        pin: The pin of the list.
        read: Reads it.
    """

    __slots__ = ("_read", "pin")

    def __init__(self, pin: Pin, read: Callable[[], Sequence[str]]) -> None:
        self.pin = pin
        self._read = cache(read)

    def __len__(self) -> int:
        return self.pin.count

    def __iter__(self) -> Iterator[str]:
        return iter(self._read())

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[str]: ...
    def __getitem__(self, place: int | slice) -> str | Sequence[str]:
        return self._read()[place]

    @property
    def longest_bytes(self) -> int:
        """Of the longest account, in UTF-8."""
        return self.pin.longest_bytes
