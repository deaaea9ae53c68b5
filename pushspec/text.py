"""Numbers and lists of names as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushspec.language import Phrase, joined, phrase, plural

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def join_text(parts: Sequence[tuple[str | None, str]]) -> Phrase:
    """Return the audiences of a campaign's variants: ``en: 1 account; zh: 2 accounts``.

    Args:
        parts: The name of each variant, None in a campaign without any, and its audience in words.
    """
    named = (
        words if name is None else phrase("{name}: {words}", name=name, words=words) for name, words in parts
    )
    return joined("; ", named)


def counted(number: int, noun: str) -> Phrase:
    """Return ``1 call``, ``2,000 calls``."""
    return plural(f"{{number:,}} {noun}", f"{{number:,}} {noun}s", number)


def listed(names: Iterable[str]) -> str:
    """Return names behind each other, of which there is at least one: ``a, b``.

    Halves nest in each other: a chain of a thousand names would be deeper than Python goes.
    """
    found = tuple(names)
    if len(found) == 1:
        return found[0]
    middle = len(found) // 2
    return phrase("{names}, {name}", names=listed(found[:middle]), name=listed(found[middle:]))


def few_text(first: Sequence[str], count: int) -> str:
    """Return the names of a group: ``a``, ``a, b and c``, ``a, b, c and 147 more``.

    Args:
        first: At least one of them.
        count: How many there are.
    """
    if more := count - len(first):
        return phrase("{names} and {more:,} more", names=listed(first), more=more)
    *names, last = first
    if names:
        return phrase("{names} and {last}", names=listed(names), last=last)
    return last
