"""Find folders of campaigns that the system keeps closed: what lies in them must not be passed over."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pushspec.files import hint_for
from pushspec.language import phrase
from pushspec.problems import Location, Problem
from pushspec.spec.project import CAMPAIGNS

if TYPE_CHECKING:
    from pathlib import Path


def unread_folders(root: Path) -> list[Problem]:
    """Return an error for each folder at or below ``campaigns/`` that cannot be listed."""
    if (root / CAMPAIGNS).is_symlink() or not (root / CAMPAIGNS).exists():
        return []
    refused: list[OSError] = []
    for _, folders, _ in os.walk(root / CAMPAIGNS, onerror=refused.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
    return [_problem(root, error) for error in refused]


def _problem(root: Path, error: OSError) -> Problem:
    folder = os.path.relpath(error.filename, root).replace(os.sep, "/")
    reason = (error.strerror or type(error).__name__).lower()
    message = phrase("the folder cannot be listed, so no campaign in it is read: {reason}", reason=reason)
    return Problem(Location(folder), "unreadable-file", message, hint_for(error))
