"""Settle a doubt about a task at the service: by a person's statement, or by what the service showed."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pushspec.errors import RefusedError, UsageError
from pushspec.language import phrase
from pushspec.lockfile.records import Cancelled, Close, NotScheduled, Rescheduled, Scheduled
from pushspec.lockfile.status import task_resolvable_at
from pushspec.operate.resolve import OF_TASKS, Resolution, check_statement
from pushspec.suggest import did_you_mean
from pushspec.timestamps import local_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from pushspec.lockfile.histories import TaskHistory
    from pushspec.lockfile.journal import Journal
    from pushspec.lockfile.records import SettledTask
    from pushspec.lockfile.state import LockState
    from pushspec.operate.resolve import Statement

_NUMBER = re.compile("[1-9][0-9]{0,17}")


@dataclass(frozen=True, slots=True)
class TaskEvidence:
    """What the service told of tasks in doubt.

    Attributes:
        settled: What it proved and is recorded, by key.
        unsettled: What it told of those that are in doubt still, in words, by key.
        warnings: What could not be asked, understood or recorded.
    """

    settled: Mapping[str, SettledTask] = field(default_factory=dict)
    unsettled: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


def resolve_task(journal: Journal, statement: Statement, *, now: datetime) -> TaskHistory:
    """Record a person's statement on a task and return what is known of the task then.

    Raises:
        UsageError: Nobody doubts the task, or the statement lacks what such a task needs.
        RefusedError: It is too early to say that nothing was done.
        LockError: A run is under way, or the lockfile cannot be written.
    """
    check_statement(statement)
    _record_for(journal.load(), statement, now)
    journal.take(holder=statement.by, purpose="resolve")
    record = _record_for(journal.state, statement, now)
    journal.append(record)
    journal.release(Close(why="resolved"))
    return _doubted(journal.state, statement.key)


def record_found(journal: Journal, found: Sequence[SettledTask], *, by: str) -> list[SettledTask]:
    """Record what the service showed of tasks in doubt, unless somebody else settled them meanwhile.

    Returns:
        What was recorded.

    Raises:
        LockError: A run is under way, or the lockfile cannot be written.
    """
    journal.take(holder=by, purpose="resolve")
    still = [record for record in found if _is_still_open(journal.state.task(record.key), record)]
    if still:
        journal.append(*still)
    journal.release(Close(why="resolved"))
    return still


def _is_still_open(task: TaskHistory | None, record: SettledTask) -> bool:
    return task is not None and task.is_open and task.attempts == record.attempt


def _doubted(state: LockState, key: str) -> TaskHistory:
    task = state.task(key)
    if task is None:
        doubted = sorted(it.key for schedule in state.schedules.values() for it in schedule.doubted)
        hint = did_you_mean(key, doubted) or phrase("`pushspec status` lists what is in doubt")
        raise UsageError(phrase("the lockfile has no task {key}", key=key), hint=hint)
    return task


def _record_for(state: LockState, statement: Statement, now: datetime) -> SettledTask:
    task = _doubted(state, statement.key)
    if not task.is_open:
        found = f", {task.text}" if task.text else ""
        raise UsageError(
            phrase(
                "{key} is not in doubt: its task is {state}{found}",
                key=task.key,
                state=task.state,
                found=found,
            ),
            hint=phrase("nothing was written"),
        )
    if statement.verdict not in OF_TASKS:
        raise UsageError(
            phrase("{key} is a task at the service", key=task.key),
            hint=phrase("of a task, say done or not-done"),
        )
    if statement.verdict is Resolution.NOT_DONE:
        return _not_done(task, statement, now)
    said = _said(task, statement)
    if task.action == "create":
        return Scheduled(**said, task=_number(state, statement))
    return Rescheduled(**said) if task.action == "change" else Cancelled(**said)


def _not_done(task: TaskHistory, statement: Statement, now: datetime) -> NotScheduled:
    if now <= task_resolvable_at(task):
        raise RefusedError(
            phrase("the request about {key} may still arrive at the service", key=task.key),
            hint=phrase(
                "try again after {task_resolvable_at}",
                task_resolvable_at=local_text(task_resolvable_at(task), seconds=True),
            ),
        )
    return NotScheduled(**_said(task, statement), case="resolved", text=statement.why)


def _said(task: TaskHistory, statement: Statement) -> dict[str, Any]:
    """Return the keys that the records of all statements share."""
    return {
        "key": task.key,
        "attempt": task.attempts,
        "found": statement.why,
        "by": statement.by,
        "evidence_sha256": statement.evidence_sha256 or None,
    }


def _number(state: LockState, statement: Statement) -> int:
    """Return the number that a person read in the console, and that no other task has."""
    text = statement.ids.task_id or ""
    if _NUMBER.fullmatch(text) is None:
        raise UsageError(
            phrase("a task that was made has a number, and {text!r} is none", text=text)
            if text
            else phrase("which task was made?"),
            hint=phrase("--task-id NUMBER, as the console's list of scheduled tasks shows it"),
        )
    if int(text) in state.task_numbers():
        raise UsageError(
            phrase("task {text} is known to be another one", text=text),
            hint=phrase("`pushspec status` names the tasks that are known"),
        )
    return int(text)
