"""Suggest the known word that somebody probably meant."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pushspec import text
from pushspec.language import phrase

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

_MOST = 36
"""So many names a hint lists: every policy is among them; a project may have a thousand campaigns."""
_CUTOFF = 0.7
"""How alike two words must be: a slip of the keyboard is above it; india and china, at 0.6, are not."""


def nearest(word: str, known: Collection[str]) -> str:
    """Return the known word nearest to ``word``; empty when none is near."""
    from difflib import get_close_matches

    near = [same_word(word, known)] if word not in known else []
    near = [it for it in near if it] or get_close_matches(word, known, n=1, cutoff=_CUTOFF)
    return near[0] if near else ""


def same_word(word: str, known: Collection[str]) -> str:
    """Return the known word that is ``word`` but for case and joints; empty if there is none."""
    return next((candidate for candidate in known if bare(candidate) == bare(word)), "")


def bare(word: str) -> str:
    """Return a word without what differs between dataId, data_id and DATA-ID."""
    return re.sub(r"[\W_]+", "", word).lower()


def did_you_mean(word: str, known: Collection[str], *, listed: bool = True) -> str:
    """Return a hint with the known word nearest to ``word``, or if ``listed`` with the first of all known."""
    if near := nearest(word, known):
        return phrase("did you mean {near!r}?", near=near)
    return _known(sorted(set(known))) if known and listed else ""


def _known(names: Sequence[str]) -> str:
    few = text.listed(names) if len(names) <= _MOST else text.few_text(names[:_MOST], len(names))
    return phrase("known: {names}", names=few)


def slips(word: str, meant: str) -> int:
    """Return how many letters are wrong, missing, too many, or exchanged with the next one."""
    older, old = [0] * (len(meant) + 1), list(range(len(meant) + 1))
    for row, letter in enumerate(word, 1):
        new = [row]
        for column, other in enumerate(meant, 1):
            least = min(old[column] + 1, new[-1] + 1, old[column - 1] + (letter != other))
            if row > 1 and column > 1 and letter == meant[column - 2] and word[row - 2] == other:
                least = min(least, older[column - 2] + 1)
            new.append(least)
        older, old = old, new
    return old[-1]
