"""Settle what became of a request about a task whose answer was lost, by what the service says now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushspec.apply.task_look import task_differences
from pushspec.language import phrase
from pushspec.lockfile.records import Cancelled, NotScheduled, Rescheduled, Scheduled
from pushspec.lockfile.status import task_resolvable_at
from pushspec.text import few_text

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from pushspec.apply.task_look import TaskService
    from pushspec.lockfile.histories import Task, TaskHistory
    from pushspec.lockfile.records import SettledTask

_FEW = 3
_NOT_DONE = phrase("the service shows nothing of it, and its request can no longer arrive")


class TasksBlockedError(Exception):
    """Nothing more is done about a campaign's tasks in this run; the text says why."""


async def settled(
    service: TaskService, task: TaskHistory, known: Collection[int], now: datetime
) -> SettledTask | None:
    """Return what the service proves of an attempt in doubt; None while that is nothing.

    What is missing proves nothing while the request may still be on its way.

    Args:
        service: Where to look.
        task: The task and the attempt on it.
        known: The numbers of tasks that other attempts are known to have made.
        now: The moment to judge by.

    Raises:
        TasksBlockedError: More than one task may be the one.
        ServiceError: The service could not be read, or its answer is not whole.
        CredentialsError: It did not accept who asks.
    """
    if task.action == "create":
        return await _made(service, task, known, now)
    if task.held is None:  # pragma: no cover - the fold knows no such task
        return None
    if task.action == "cancel":
        return await _cancelled(service, task, task.held, now)
    return await _changed(service, task, task.held, now)


async def _made(
    service: TaskService, task: TaskHistory, known: Collection[int], now: datetime
) -> Scheduled | NotScheduled | None:
    found = await service.made(task, known)
    if len(found) > 1:
        numbers = few_text([str(it.number) for it in found[:_FEW]], len(found))
        raise TasksBlockedError(
            phrase(
                "the service has {numbers} like {key}; delete all but one in the console",
                numbers=numbers,
                key=task.key,
            )
        )
    if found:
        text = phrase("the service lists it")
        return Scheduled(key=task.key, attempt=task.attempts, found=text, task=found[0].number)
    return _not_done(task, now)


async def _cancelled(
    service: TaskService, task: TaskHistory, held: Task, now: datetime
) -> Cancelled | NotScheduled | None:
    told = await service.read(held)
    if told is None:
        return Cancelled(key=task.key, attempt=task.attempts, found=phrase("the service has it no longer"))
    return _not_done(task, now, is_certain=told.is_over)


async def _changed(
    service: TaskService, task: TaskHistory, held: Task, now: datetime
) -> Rescheduled | NotScheduled | None:
    told = await service.read(held)
    if told is None:
        return _not_done(task, now, is_certain=True)
    if task.wanted is not None and not any(True for _ in task_differences(task.wanted, told, task.endpoint)):
        return Rescheduled(
            key=task.key, attempt=task.attempts, found=phrase("the service tells it as changed")
        )
    return _not_done(task, now, is_certain=told.is_over)


def _not_done(task: TaskHistory, now: datetime, *, is_certain: bool = False) -> NotScheduled | None:
    """Return that an attempt did nothing; None while its request may still be on its way."""
    if not is_certain and now <= task_resolvable_at(task):
        return None
    return NotScheduled(key=task.key, attempt=task.attempts, found=_NOT_DONE, case="not_seen", text=_NOT_DONE)
