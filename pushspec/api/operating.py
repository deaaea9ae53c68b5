"""Operate on a project's lockfile after the send: resolve, freeze, unlock, move."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pushspec.api.lockfile import check_before_move, open_journal, store_of
from pushspec.files import make_folder
from pushspec.lockfile.move import already_there, move_lock
from pushspec.lockfile.status import status_of
from pushspec.lockfile.stores import open_store
from pushspec.operate import halting
from pushspec.operate import resolve as resolving
from pushspec.operate.resolve import Resolution, Statement
from pushspec.tencent.answers import ServiceIds

if TYPE_CHECKING:
    from datetime import datetime

    from pushspec.api.project import LoadedProject
    from pushspec.lockfile.histories import CallHistory
    from pushspec.lockfile.records import Frozen
    from pushspec.lockfile.state import Run
    from pushspec.lockfile.status import Status

__all__ = [
    "Halted",
    "Resolution",
    "Resolved",
    "ServiceIds",
    "Statement",
    "Unlocked",
    "freeze",
    "move_lockfile",
    "resolve",
    "thaw",
    "unlock",
]


class Resolved(NamedTuple):
    """A call that a person settled, and the keys of the calls that are in doubt still."""

    call: CallHistory
    doubted: list[str]


class Halted(NamedTuple):
    """What was recorded of a freeze, and the run that is at work, if there is one."""

    record: Frozen
    run: Run | None


class Unlocked(NamedTuple):
    """The run that the lock was taken from, and the status of the environment now."""

    run: Run
    status: Status


def freeze(project: LoadedProject, *, by: str, why: str, now: datetime) -> Halted:
    """Stop every apply of the environment.

    Raises:
        UsageError: Name or reason is missing.
        LockError: The lockfile cannot be written.
    """
    journal = open_journal(project)
    record = halting.freeze(journal, by=by, why=why)
    return Halted(record, journal.state.live_run(now))


def thaw(project: LoadedProject, *, by: str, why: str) -> Frozen:
    """Let applies go on, and return what was recorded.

    Raises:
        UsageError: Nothing is frozen, or name or reason is missing.
        LockError: The lockfile cannot be written.
    """
    return halting.thaw(open_journal(project), by=by, why=why)


def unlock(project: LoadedProject, *, by: str, why: str, now: datetime) -> Unlocked:
    """Take the lock from a run that died.

    Raises:
        UsageError: No run holds the lock, or name or reason is missing.
        LockError: The lockfile cannot be written.
    """
    journal = open_journal(project)
    run = halting.unlock(journal, by=by, why=why)
    return Unlocked(run, status_of(journal.state, now))


def resolve(project: LoadedProject, statement: Statement, *, now: datetime) -> Resolved:
    """Settle a call in doubt with a person's statement.

    Raises:
        UsageError: The call is unknown, or nobody doubts it.
        RefusedError: It is too early to call it not sent.
        InDoubtError: The statement contradicts the record; that is recorded, and blocks the campaign.
        LockError: A run is under way, or the lockfile cannot be written.
    """
    journal = open_journal(project)
    call = resolving.resolve(journal, statement, now=now)
    return Resolved(call, sorted(journal.state.doubted))


def move_lockfile(project: LoadedProject, to: str, *, by: str) -> int:
    """Carry the lockfile to another store, close the old one, and return how many records moved.

    Raises:
        UsageError: No store has that form, or the folder of a file cannot be made.
        LockError: One of the two cannot be read or written, both are one, or a copy somewhere knows more.
    """
    source, target = store_of(project), open_store(to, root=project.root)
    if _is_one_place(source.where, target.where):
        raise already_there(target)
    check_before_move(project, to)
    if ":" not in to:
        make_folder((project.root / to).parent)
    journals = open_journal(project, source), open_journal(project, target)
    return move_lock(journals[0], source, journals[1], target, by=by, to=to)


def _is_one_place(source: str, target: str) -> bool:
    """Whether two places are one as far as their names tell; a file may have several."""
    with suppress(OSError):
        return Path(source).samefile(target)
    return source == target
