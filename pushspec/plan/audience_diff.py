"""Two conditions on tags and attributes compared: who gets it now, and did before?

Each tag and each attribute value is a yes-or-no question. With n of them there are 2**n kinds of people; a
condition picks some, and is kept as the bits of one number. So "fewer" and "more" are found, not guessed.
"""

from __future__ import annotations

from enum import StrEnum
from functools import reduce
from operator import and_, or_
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pushspec.serialization import Json

_MOST_ATOMS = 20
"""A truth table of 2**20 bits is 128 KiB; two conditions seldom name more than that."""

_WORDS = (("TagsOr", "any"), ("TagsAnd", "all"), ("TagsNot", "not"), ("AttrsOr", "any"), ("AttrsAnd", "all"))


class Change(StrEnum):
    """How one audience compares to another."""

    SAME = "the same people"
    FEWER = "fewer people"
    MORE = "more people"
    OTHER = "other people"
    EVERYONE = "now every user of the app"


def compare(before: Mapping[str, Json], after: Mapping[str, Json]) -> Change:
    """Return how the people of two ``Condition`` bodies compare; an empty one is everyone."""
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


def condition_text(condition: Mapping[str, Json]) -> str:
    """Return a ``Condition`` body as one reads it aloud: ``tags any [A, B] not [C]``; empty is everyone."""
    if not condition:
        return "everyone"
    parts = []
    for kind, prefix in (("tags", "Tags"), ("attributes", "Attrs")):
        lists = [
            f"{word} [{', '.join(_names(condition[name]))}]"
            for name, word in _WORDS
            if name.startswith(prefix) and name in condition
        ]
        parts += [f"{kind} {' '.join(lists)}"] if lists else []
    return ", ".join(parts)


def _atoms(condition: Mapping[str, Json]) -> set[str]:
    return {name for given in condition.values() for name in _names(given)}


def _names(given: Json) -> list[str]:
    return [f"{key}={value}" for key, value in given.items()] if isinstance(given, dict) else list(given)


def _table(condition: Mapping[str, Json], atoms: Sequence[str]) -> int:
    """Return the kinds of people that a condition picks, one bit each."""
    size = 1 << len(atoms)
    everyone = (1 << size) - 1
    having = {atom: _having(number, size) for number, atom in enumerate(atoms)}

    def columns(name: str) -> Iterable[int]:
        return (having[atom] for atom in _names(condition[name]))

    picked = everyone
    for name, word in _WORDS:
        if name not in condition:
            continue
        if word == "any":
            picked &= reduce(or_, columns(name), 0)
        elif word == "all":
            picked &= reduce(and_, columns(name), everyone)
        else:  # not all of these together
            picked &= everyone ^ reduce(and_, columns(name), everyone)
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
