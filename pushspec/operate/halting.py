"""End what runs do: freeze an environment until somebody lets applies go on, or free a dead run's lock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushspec.errors import UsageError
from pushspec.language import phrase
from pushspec.lockfile.records import Close, Frozen

if TYPE_CHECKING:
    from pushspec.lockfile.journal import Journal
    from pushspec.lockfile.state import Run


def freeze(journal: Journal, *, by: str, why: str) -> Frozen:
    """Let no more calls leave, and return what was recorded; a run under way stops before its next call.

    Raises:
        UsageError: Name or reason is missing.
        LockError: The lockfile cannot be written.
    """
    return _note(journal, frozen=True, by=by, why=why)


def thaw(journal: Journal, *, by: str, why: str) -> Frozen:
    """Let applies go on, and return what was recorded.

    Raises:
        UsageError: Nothing is frozen, or name or reason is missing.
        LockError: The lockfile cannot be written.
    """
    if not journal.load().frozen_reason:
        raise UsageError(phrase("the lockfile is not frozen"))
    return _note(journal, frozen=False, by=by, why=why)


def unlock(journal: Journal, *, by: str, why: str) -> Run:
    """Free the lock and return the run that it was taken from; ``journal.state`` tells what is in doubt now.

    It is always safe: a run that lives after all can no longer write, and so not send.

    Raises:
        UsageError: No run holds the lock, or name or reason is missing.
        LockError: The lockfile cannot be written.
    """
    if not by.strip() or not why.strip():
        raise UsageError(phrase("unlocking needs a name and a reason"))
    run = journal.load().run
    if run is None:
        raise UsageError(
            phrase("no run holds the lock"), hint=phrase("nothing to unlock: the next apply can start")
        )
    journal.take(holder=by, purpose=f"unlock: {why}", force=True)
    journal.release(Close(why="unlocked"))
    return run


def _note(journal: Journal, *, frozen: bool, by: str, why: str) -> Frozen:
    if not by.strip() or not why.strip():
        raise UsageError(phrase("freezing and releasing need a name and a reason"))
    journal.load()
    record = Frozen(frozen=frozen, by=by, why=why)
    journal.append(record)
    return record
