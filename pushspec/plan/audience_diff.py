"""Compare two conditions on tags and attributes by the people they reach.

Each tag and each attribute value is a yes-or-no question. With n of them there are 2**n kinds of people; a
condition picks some, and is kept as the bits of one number. So "fewer" and "more" are found, not guessed.
"""

from __future__ import annotations

from enum import StrEnum
from functools import reduce
from operator import and_, or_
from typing import TYPE_CHECKING, assert_never

from pushspec.language import phrase

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pushspec.tencent.conditions import Term

_MOST_ATOMS = 20
"""A truth table of 2**20 bits is 128 KiB; two conditions seldom name more than that."""


class Change(StrEnum):
    """How one audience compares to another."""

    SAME = "the same people"
    FEWER = "fewer people"
    MORE = "more people"
    OTHER = "other people"
    EVERYONE = "now every user of the app"

    @property
    def text(self) -> str:
        """The same for people, in every language."""
        return _TEXTS[self]


_TEXTS = {
    Change.SAME: phrase("the same people"),
    Change.FEWER: phrase("fewer people"),
    Change.MORE: phrase("more people"),
    Change.OTHER: phrase("other people"),
    Change.EVERYONE: phrase("now every user of the app"),
}


def compare(before: Sequence[Term], after: Sequence[Term]) -> Change:
    """Return how the people of two conditions compare; one without terms is everyone."""
    if not after:
        return Change.SAME if not before else Change.EVERYONE
    atoms = sorted(_atoms(before) | _atoms(after))
    if len(atoms) > _MOST_ATOMS:
        return Change.SAME if before == after else Change.OTHER
    old, new = _table(before, atoms), _table(after, atoms)
    if old == new:
        return Change.SAME
    if old | new == old:
        return Change.FEWER
    return Change.MORE if old | new == new else Change.OTHER


def _atoms(terms: Sequence[Term]) -> set[str]:
    return {name for term in terms for name in term.names}


def _table(terms: Sequence[Term], atoms: Sequence[str]) -> int:
    """Return the kinds of people that a condition picks, one bit each."""
    size = 1 << len(atoms)
    everyone = (1 << size) - 1
    having = {atom: _having(number, size) for number, atom in enumerate(atoms)}
    picked = everyone
    for term in terms:
        columns = [having[name] for name in term.names]
        match term.word:
            case "any":
                picked &= reduce(or_, columns, 0)
            case "all":
                picked &= reduce(and_, columns, everyone)
            case "not":  # not all of these together
                picked &= everyone ^ reduce(and_, columns, everyone)
            case _:  # pragma: no cover - mypy proves that no word is left
                assert_never(term.word)
    return picked


def _having(number: int, size: int) -> int:
    """Return the kinds of people that say yes to one question: runs of 2**number zeros and ones."""
    run = 1 << number
    block = ((1 << run) - 1) << run
    width = 2 * run
    while width < size:
        block |= block << width
        width *= 2
    return block
