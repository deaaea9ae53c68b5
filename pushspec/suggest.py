"""Suggest the known word that somebody probably meant."""

from __future__ import annotations

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

    near = get_close_matches(word, known, n=1, cutoff=_CUTOFF) or [
        candidate for candidate in known if candidate.lower() == word.lower().replace("_", "")
    ]
    return near[0] if near else ""


def did_you_mean(word: str, known: Collection[str], *, listed: bool = True) -> str:
    """Return a hint with the known word nearest to ``word``, or if ``listed`` with the first of all known."""
    if near := nearest(word, known):
        return phrase("did you mean {near!r}?", near=near)
    return _known(sorted(set(known))) if known and listed else ""


def _known(names: Sequence[str]) -> str:
    few = text.listed(names) if len(names) <= _MOST else text.few_text(names[:_MOST], len(names))
    return phrase("known: {names}", names=few)
