"""Audiences, numbers and lists of names, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pushspec.spec.campaign import Audience


def audience_words(audience: Audience, *, account_count: int = 0) -> str:
    """Return an audience as one reads it aloud: ``tags any [A, B]``, ``3 accounts``, ``everyone``."""
    if audience.tags is not None:
        tags = audience.tags
        lists = (("any", tags.any), ("all", tags.all), ("not", tags.not_))
        return "tags " + " ".join(
            f"{name} [{', '.join(given)}]" for name, given in lists if given is not None
        )
    if audience.attributes is not None:
        attributes = audience.attributes
        pairs = (("any", attributes.any), ("all", attributes.all))
        return "attributes " + " ".join(
            f"{name} [{', '.join(f'{key}={value}' for key, value in given.items())}]"
            for name, given in pairs
            if given is not None
        )
    if audience.everyone:
        return "everyone"
    origin = f" from {audience.file}" if audience.file is not None else ""
    return f"{counted(account_count, 'account')}{origin}"


def join_words(parts: Sequence[tuple[str | None, str]]) -> str:
    """Return the audiences of a campaign's variants: ``en: 1 account; zh: 2 accounts``.

    Args:
        parts: The name of each variant, None in a campaign without any, and its audience in words.
    """
    return "; ".join(words if name is None else f"{name}: {words}" for name, words in parts)


def counted(number: int, noun: str) -> str:
    """Return ``1 call``, ``2,000 calls``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def few_words(first: Sequence[str], count: int) -> str:
    """Return the names of a group: ``a``, ``a, b and c``, ``a, b, c and 147 more``.

    Args:
        first: At least one of them.
        count: How many there are.
    """
    more = count - len(first)
    *names, last = [*first, f"{more:,} more"] if more else first
    return f"{', '.join(names)} and {last}" if names else last
