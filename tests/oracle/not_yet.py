"""What the reference asks for and pushspec does not do yet; as pushspec learns a thing, its line goes."""

from __future__ import annotations

NOT_YET: dict[str, str] = {
    "exclude-without-effect": "a list that excludes nobody is no error yet",
    "spoilt-exclude": "rows of exclude lists are not looked at as those of audiences are",
    "no-header": "a csv without a header loses its first row",
    "brackets": "a name with brackets is read as a pattern though a file has it",
    "variation-selector": "accounts may hold one",
    "version-lowered": "a version below one that was sent is sent",
    "variant-exclude": "a variant's own audience drops the campaign's exclude",
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
