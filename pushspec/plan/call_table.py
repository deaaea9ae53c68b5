"""What the cut says of a campaign's calls: the key, number, accounts and size of each, one row a call."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, chain
from typing import TYPE_CHECKING, NamedTuple

from pushspec.audience.unlisted import Unlisted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pushspec.serialization import Json
    from pushspec.spec.content import Content


class Part(NamedTuple):
    """The accounts of one call, as a half-open range of its group's.

    Attributes:
        start: The first.
        stop: The one after the last; equal to ``start`` where the endpoint takes no accounts.
        list_bytes: Size of their JSON list; 0 where there is none.
    """

    start: int
    stop: int
    list_bytes: int


class Parts:
    """Parts in order, as numbers side by side: a tuple for each would be six times as large."""

    __slots__ = ("_numbers",)

    def __init__(self, parts: Iterable[Part]) -> None:
        """Take the parts."""
        self._numbers = array("I", chain.from_iterable(parts))

    def __len__(self) -> int:
        return len(self._numbers) // 3

    def __getitem__(self, number: int) -> Part:
        start = 3 * range(len(self))[number]
        return Part(*self._numbers[start : start + 3])

    def __iter__(self) -> Iterator[Part]:
        numbers = iter(self._numbers)
        return map(Part, numbers, numbers, numbers)


@dataclass(frozen=True, slots=True)
class CallGroup:
    """Consecutive calls with the same content.

    Attributes:
        key: Their key, without ``#part``.
        content: The body without accounts.
        accounts: Who gets it, in order.
        parts: The part of the accounts that each call names.
        rendered: The content as people wrote it, rendered; None where a pin does not tell the values.
        stage: The number of their stage, from 0.
        content_name: What the content is known by; groups of several stages may share it.
        hidden: How many contents they get that nobody can tell without the list; 0 where it is known.
    """

    key: str
    content: Mapping[str, Json]
    accounts: Sequence[str]
    parts: tuple[Part, ...] | Parts
    rendered: Content | None
    stage: int = 0
    content_name: str = ""
    hidden: int = 0


@dataclass(frozen=True)
class CallTable:
    """The calls of a campaign in order, without a :class:`~pushspec.plan.calls.Call` for any of them.

    A campaign to a million accounts has thousands of calls, each a tuple of accounts: they are made one at a
    time, when they are shown or sent.

    Attributes:
        groups: The calls by content, in order.
        keys: The key of each call.
        msg_randoms: The random number of each call.
    """

    groups: Sequence[CallGroup]
    keys: Sequence[str]
    msg_randoms: Sequence[int]

    def parts(self) -> Iterator[tuple[CallGroup, Part]]:
        """Walk the part of each call in order, without unpacking an account."""
        return ((group, part) for group in self.groups for part in group.parts)

    def content(self, row: int) -> Mapping[str, Json]:
        """Return the body of a call without accounts."""
        group, _ = self._place(row)
        return group.content

    def content_name(self, row: int) -> str:
        """Return what the content of a call is known by."""
        group, _ = self._place(row)
        return group.content_name

    def accounts(self, row: int) -> tuple[str, ...]:
        """Return the accounts that a call names; the calls and their check before a run both come here."""
        group, part = self._place(row)
        return tuple(group.accounts[part.start : part.stop])

    def unlisted(self, row: int) -> int:
        """Return how many accounts a call names of a list that is not at hand."""
        group, part = self._place(row)
        return part.stop - part.start if isinstance(group.accounts, Unlisted) else 0

    def stage(self, row: int) -> int:
        """Return the number of the stage that a call belongs to, from 0."""
        group, _ = self._place(row)
        return group.stage

    def keys_of_stage(self, stage: int) -> Sequence[str]:
        """Return the keys of a stage's calls; the stages stand one after the other."""
        numbers = [group.stage for group in self.groups]
        first, last = bisect_left(numbers, stage), bisect_right(numbers, stage)
        rows = [*self._first_rows, len(self.keys)]
        return self.keys[rows[first] : rows[last]]

    def account_counts(self) -> dict[str, int]:
        """Return how many accounts each call names, by its key."""
        counts = (part.stop - part.start for _, part in self.parts())
        return dict(zip(self.keys, counts, strict=True))

    def sizes(self) -> dict[str, tuple[int, int]]:
        """Return how many calls and accounts share each key without ``#part``, in the order of the calls."""
        found: dict[str, tuple[int, int]] = {}
        for group in self.groups:
            calls, people = found.get(group.key, (0, 0))
            found[group.key] = (calls + len(group.parts), people + len(group.accounts))
        return found

    def _place(self, row: int) -> tuple[CallGroup, Part]:
        number = bisect_right(self._first_rows, row) - 1
        group = self.groups[number]
        return group, group.parts[row - self._first_rows[number]]

    @cached_property
    def _first_rows(self) -> list[int]:
        return list(accumulate((len(group.parts) for group in self.groups[:-1]), initial=0))
