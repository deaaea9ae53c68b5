"""People of a list that is not at hand: how many they are, and not who."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NoReturn, overload

from pushspec.audience.packed import PackedAccounts, spill_of

if TYPE_CHECKING:
    from collections.abc import Iterable

_NOT_AT_HAND = AssertionError("the list is not at hand")


class Unlisted(Sequence[str]):
    """So many accounts, none of which can be told; whoever asks for one has a bug.

    Args:
        count: How many.
        longest_bytes: Of the longest account of their list, in UTF-8.
    """

    __slots__ = ("_count", "longest_bytes")

    def __init__(self, count: int, longest_bytes: int) -> None:
        self._count = count
        self.longest_bytes = longest_bytes

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> Unlisted: ...
    def __getitem__(self, place: int | slice) -> str | Unlisted:
        if isinstance(place, int):
            raise _NOT_AT_HAND
        return self.of_size(len(range(*place.indices(self._count))))

    def __iter__(self) -> NoReturn:
        raise _NOT_AT_HAND

    def of_size(self, count: int) -> Unlisted:
        """Return another number of people of the same list."""
        return Unlisted(count, self.longest_bytes)


def together(lists: Iterable[Sequence[str]]) -> Sequence[str]:
    """Return the accounts of several lists as one; of lists that are not at hand, how many they are."""
    listed: list[Sequence[str]] = []
    unlisted: list[Unlisted] = []
    for accounts in lists:
        if isinstance(accounts, Unlisted):
            unlisted.append(accounts)
        else:
            listed.append(accounts)
    found = PackedAccounts(spill=spill_of(listed[0]) if listed else None)
    for accounts in listed:
        found.extend(accounts)
    if not unlisted:
        return found
    return unlisted[0].of_size(len(found) + sum(map(len, unlisted)))
