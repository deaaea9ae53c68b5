"""What the key of a call says by itself: its campaign, and that campaign's name."""

from __future__ import annotations


def campaign_of(key: str) -> str:
    """Return ``name@version`` of the campaign to which a call, a task or the campaign itself belongs."""
    return key.partition("#")[0].partition("/")[0]


def name_of(key: str) -> str:
    """Return the name of the campaign, without its version."""
    return key.partition("@")[0]
