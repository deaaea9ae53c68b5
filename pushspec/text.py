"""Numbers and lists of names as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def join_text(parts: Sequence[tuple[str | None, str]]) -> str:
    """Return the audiences of a campaign's variants: ``en: 1 account; zh: 2 accounts``.

    Args:
        parts: The name of each variant, None in a campaign without any, and its audience in words.
    """
    return "; ".join(words if name is None else f"{name}: {words}" for name, words in parts)


def counted(number: int, noun: str) -> str:
    """Return ``1 call``, ``2,000 calls``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def few_text(first: Sequence[str], count: int) -> str:
    """Return the names of a group: ``a``, ``a, b and c``, ``a, b, c and 147 more``.

    Args:
        first: At least one of them.
        count: How many there are.
    """
    more = count - len(first)
    *names, last = [*first, f"{more:,} more"] if more else first
    return f"{', '.join(names)} and {last}" if names else last
