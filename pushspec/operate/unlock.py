"""Take the lock from a run that is dead; what it had under way becomes in doubt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushspec.errors import UsageError
from pushspec.lockfile.records import Close

if TYPE_CHECKING:
    from pushspec.lockfile.journal import Journal
    from pushspec.lockfile.state import Run


def unlock(journal: Journal, *, by: str, why: str) -> Run:
    """Free the lock and return the run that it was taken from; ``journal.state`` tells what is in doubt now.

    It is always safe: a run that lives after all can no longer write, and so not send.

    Raises:
        UsageError: No run holds the lock, or name or reason is missing.
        LockError: The lockfile cannot be written.
    """
    if not by.strip() or not why.strip():
        raise UsageError("the lock is taken from a run with a name and a reason")
    run = journal.load().run
    if run is None:
        raise UsageError("no run holds the lock", hint="Nothing to unlock: the next apply may begin.")
    journal.take(holder=by, purpose=f"unlock: {why}", force=True)
    journal.release(Close(why="unlocked"))
    return run
