"""Choose the campaigns of a report: those that were begun, by name, glob, version or time."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from pushspec.errors import UsageError
from pushspec.language import phrase
from pushspec.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pushspec.lockfile.state import LockState


def chosen_campaigns(state: LockState, names: Sequence[str], since: datetime | None) -> list[str]:
    """Return the keys of campaigns that were begun, the newest first.

    Args:
        state: The lockfile.
        names: Names, globs or ``name@version``; none for all.
        since: Only what began then or later; None for the newest of each name, or the version that is named.

    Raises:
        UsageError: A name is of no campaign.
    """
    begun = {key: history.begin.name for key, history in state.campaigns.items()}
    for name in names:
        if not any(_is_meant(name, key, its) for key, its in begun.items()):
            known = begun if "@" in name else set(begun.values())
            hint = did_you_mean(name, known) or phrase("pushspec status lists what was sent")
            raise UsageError(phrase("nothing was sent as {name}", name=name), hint=hint)
    found = [
        key for key, its in begun.items() if not names or any(_is_meant(name, key, its) for name in names)
    ]
    if since is not None:
        found = [key for key in found if state.campaigns[key].begun_at >= since]
    elif names:
        found = [key for key in found if key in names or key == _newest(state, begun[key])]
    return sorted(found, key=lambda key: (state.campaigns[key].begun_at, key), reverse=True)


def _is_meant(name: str, key: str, its: str) -> bool:
    return name == key or fnmatchcase(its, name)


def _newest(state: LockState, name: str) -> str:
    versions = [key for key, history in state.campaigns.items() if history.begin.name == name]
    return max(versions, key=lambda key: state.campaigns[key].begin.version)
