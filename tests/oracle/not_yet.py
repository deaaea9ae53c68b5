"""What the reference asks for and pushspec does not do yet; as pushspec learns a thing, its line goes."""

from __future__ import annotations

NOT_YET: dict[str, str] = {}
"""Reasons by capability. No history is drawn with one, and the reference does not ask for it."""


def is_drawn(capability: str) -> bool:
    """Whether histories are drawn with a capability, and judged by it."""
    return capability not in NOT_YET
