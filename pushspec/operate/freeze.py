"""Stop every apply of an environment, also one that is under way, until somebody lets them go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushspec.errors import UsageError
from pushspec.lockfile.records import Frozen

if TYPE_CHECKING:
    from pushspec.lockfile.journal import Journal


def freeze(journal: Journal, *, by: str, why: str) -> None:
    """Let no more calls leave; a run under way stops before its next call.

    Raises:
        UsageError: Name or reason is missing.
        LockError: The lockfile cannot be written.
    """
    _note(journal, frozen=True, by=by, why=why)


def thaw(journal: Journal, *, by: str, why: str) -> None:
    """Let applies go on.

    Raises:
        UsageError: Nothing is frozen, or name or reason is missing.
        LockError: The lockfile cannot be written.
    """
    if not journal.load().frozen_reason:
        raise UsageError("the lockfile is not frozen")
    _note(journal, frozen=False, by=by, why=why)


def _note(journal: Journal, *, frozen: bool, by: str, why: str) -> None:
    if not by.strip() or not why.strip():
        raise UsageError("freezing and thawing need a name and a reason")
    journal.load()
    journal.append(Frozen(frozen=frozen, by=by, why=why))
