"""What the reference asks for and pushspec does not do yet; as pushspec learns a thing, its line goes."""

from __future__ import annotations

NOT_YET: dict[str, str] = {
    "version-lowered": "a version below one that was sent is sent",
    "project-meanwhile": "pushspec.yaml is not read again under the lock",
    "lock-copy": "copies of a lockfile are not looked for",
    "lock-gone": "a missing lockfile is taken for an empty one",
    "renamed-environment": "a lockfile of the app that no environment names is not looked for",
    "shared-quota": "two environments of one app count apart",
}
"""Reasons by capability. No history is drawn with one, and the reference does not ask for it."""


def is_drawn(capability: str) -> bool:
    """Whether histories are drawn with a capability, and judged by it."""
    return capability not in NOT_YET
