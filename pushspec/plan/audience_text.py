"""An audience as text."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from pushspec.text import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pushspec.spec.campaign import Audience
    from pushspec.tencent.conditions import Term


def audience_text(audience: Audience, *, account_count: int = 0) -> str:
    """Return an audience as one reads it aloud: ``tags any [A, B]``, ``3 accounts``, ``everyone``."""
    if audience.condition is not None or audience.everyone:
        return condition_text(audience.condition.terms() if audience.condition is not None else ())
    origin = f" from {audience.file}" if audience.file is not None else ""
    return f"{counted(account_count, 'account')}{origin}"


def condition_text(terms: Sequence[Term]) -> str:
    """Return a condition as one reads it aloud: ``tags any [A, B] not [C]``; without terms, everyone."""
    lists = [
        " ".join([subject, *(f"{term.word} [{', '.join(term.names)}]" for term in found)])
        for subject, found in groupby(terms, key=lambda term: term.subject)
    ]
    return ", ".join(lists) or "everyone"
