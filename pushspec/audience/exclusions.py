"""Read the accounts of every ``exclude`` entry, and count what each entry does to the audience."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from pushspec.audience.files import read_batches
from pushspec.audience.soundness import RowCheck
from pushspec.language import phrase, plural

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from pushspec.audience.pinned.pin import Pin
    from pushspec.audience.rows import Batch
    from pushspec.problems import Problem
    from pushspec.tencent.limits import Limit


@dataclass(frozen=True, slots=True)
class ExcludeEntry:
    """One entry of ``exclude``.

    Attributes:
        path: The file or pattern that it names.
        column: The column that names the account, as of the audience that the entry belongs to.
        problem: Makes a problem at its place, from rule, message and hint.
        batches: The rows of a pinned list, where it is one and at hand.
        pin: The pin of that list, whether or not it is at hand.
    """

    path: str
    column: str | None
    problem: Callable[[str, str, str], Problem]
    batches: Iterator[Batch] | None = None
    pin: Pin | None = None

    @property
    def unread(self) -> int | None:
        """How many accounts it names, where nobody can tell yet which; None where they can be read."""
        return self.pin.count if self.pin is not None and self.batches is None else None

    def rows(self, root: Path) -> Iterator[Batch | Problem]:
        """Yield its rows, and what is wrong with them."""
        return self.batches or read_batches(root, self.path, self.column, (), self.problem)


@dataclass(frozen=True, slots=True)
class Exclusion:
    """What one entry of ``exclude`` does.

    Attributes:
        path: The file or pattern that it names.
        entries: How many accounts it names, duplicates dropped.
        found: How many of them are in the audience and left out; None until every list is at hand.
        near: How many accounts that still get it differ from one of its entries by lost zeros or by case.
    """

    path: str
    entries: int
    found: int | None
    near: int = 0

    def __add__(self, other: Exclusion) -> Exclusion:
        """Return what the entry does to two audiences of one campaign."""
        return Exclusion(
            self.path,
            self.entries,
            None if self.found is None or other.found is None else self.found + other.found,
            self.near + other.near,
        )


def exclusion_text(exclusion: Exclusion) -> str:
    """Return what an entry does: ``2 of 40 entries of out.csv are in the audience, 2 people left out``."""
    if exclusion.found is None:
        return phrase(
            "{entries} of {path}, left out once every list is at hand",
            entries=_entries(exclusion.entries),
            path=exclusion.path,
        )
    left_out = (
        phrase("1 person") if exclusion.found == 1 else phrase("{found:,} people", found=exclusion.found)
    )
    entries = phrase(
        "{found:,} of {entries} of {path}",
        found=exclusion.found,
        entries=_entries(exclusion.entries),
        path=exclusion.path,
    )
    words = (
        phrase("{entries} is in the audience, {left_out} left out", entries=entries, left_out=left_out)
        if exclusion.found == 1
        else phrase("{entries} are in the audience, {left_out} left out", entries=entries, left_out=left_out)
    )
    if not exclusion.near:
        return words
    near = plural(
        "{number:,} more differs by zeros, case or width alone",
        "{number:,} more differ by zeros, case or width alone",
        exclusion.near,
    )
    return phrase("{words}; {near}", words=words, near=near)


def _entries(count: int) -> str:
    return plural("{number:,} entry", "{number:,} entries", count)


def merge_exclusions(lists: Iterable[Sequence[Exclusion]]) -> tuple[Exclusion, ...]:
    """Return what each entry does to several audiences of one campaign together."""
    merged: dict[str, Exclusion] = {}
    for exclusion in chain.from_iterable(lists):
        other = merged.get(exclusion.path)
        merged[exclusion.path] = exclusion if other is None else other + exclusion
    return tuple(merged.values())


class Excluded:
    """Accounts that entries of ``exclude`` name; it counts what they do while an audience passes through."""

    def __init__(self, paths: Sequence[str] = ()) -> None:
        self._paths = paths
        self._entries_of: dict[str, int] = {}
        self._found = [0] * len(paths)
        self._hit: set[str] = set()
        self._unread: dict[int, int] = {}

    def postpone(self, number: int, count: int) -> None:
        """Note an entry that names so many accounts of a list that is not at hand."""
        self._unread[number] = count

    def unapplied(self) -> tuple[Exclusion, ...]:
        """Return what each entry names, where nobody can tell yet whom it leaves out."""
        return tuple(Exclusion(path, self._entries(number), None) for number, path in enumerate(self._paths))

    def add(self, number: int, accounts: Iterable[str]) -> None:
        """Add accounts that an entry names; its number is its place in ``paths``."""
        bit = 1 << number
        for account in accounts:
            self._entries_of[account] = self._entries_of.get(account, 0) | bit

    def names(self, number: int) -> bool:
        """Whether an entry names anybody."""
        return any(entries >> number & 1 for entries in self._entries_of.values())

    def without(self, accounts: list[str]) -> list[str]:
        """Return the accounts that no entry names; each account may pass only once."""
        if not self._entries_of or self._entries_of.keys().isdisjoint(accounts):
            return accounts
        for account in self._entries_of.keys() & accounts:
            self._hit.add(account)
            entries = self._entries_of[account]
            for number in range(entries.bit_length()):
                self._found[number] += entries >> number & 1
        return [account for account in accounts if account not in self._entries_of]

    def effects(self, kept: Callable[[], Iterator[str]]) -> tuple[Exclusion, ...]:
        """Return what each entry did.

        Args:
            kept: Walks the accounts that are left.
        """
        near = self._near(kept) if self._entries_of else []
        return tuple(self._effect(number, path, near) for number, path in enumerate(self._paths))

    def _effect(self, number: int, path: str, near: list[str]) -> Exclusion:
        entries = self._entries(number)
        if number in self._unread:
            return Exclusion(path, entries, None)
        return Exclusion(
            path, entries, self._found[number], sum(self._entries_of[it] >> number & 1 for it in near)
        )

    def _entries(self, number: int) -> int:
        read = sum(entries >> number & 1 for entries in self._entries_of.values())
        return read + self._unread.get(number, 0)

    def _near(self, kept: Callable[[], Iterator[str]]) -> list[str]:
        """Return entries that may have meant an account that is left."""
        missed = self._entries_of.keys() - self._hit
        forms = {_rough(entry) for entry in missed}
        left = {form for account in kept() if (form := _rough(account)) in forms}
        return [entry for entry in missed if _rough(entry) in left] if left else []


def _rough(account: str) -> str:
    """Return what is left of an account that lost its leading zeros, its case or its width."""
    if not account.isascii():
        account = unicodedata.normalize("NFKC", account)
    return account.casefold().lstrip("0")


def read_excluded(
    entries: Sequence[ExcludeEntry], root: Path, limit: Limit
) -> tuple[Excluded, list[Problem]]:
    """Read all files that entries of ``exclude`` name; their rows are checked as those of an audience are."""
    excluded = Excluded([entry.path for entry in entries])
    problems: list[Problem] = []
    for number, entry in enumerate(entries):
        if entry.unread is not None:
            excluded.postpone(number, entry.unread)
            continue
        check = RowCheck(limit)
        for batch in check.sound(entry.rows(root)):
            excluded.add(number, batch.accounts)
        problems += check.problems
        if not check.problems and not excluded.names(number):
            hint = phrase("an empty list is seldom meant: fill the file, or remove it from exclude")
            problems.append(
                entry.problem("exclude-empty", phrase("{path} names nobody", path=entry.path), hint)
            )
    return excluded, problems
