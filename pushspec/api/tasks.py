"""Look at the tasks that the service keeps: what somebody did to them, and what the service sent."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import anyio

from pushspec.api.lockfile import open_journal, read_lockfile
from pushspec.api.service import open_service
from pushspec.apply.task_look import TaskService, drift_text, end_of
from pushspec.errors import CredentialsError, LockError, NoAnswerError, ServiceError, message_of
from pushspec.language import phrase
from pushspec.plan.refresh import refreshed
from pushspec.tencent.operations.asking import Asker

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from datetime import datetime

    from pushspec.api.project import LoadedProject
    from pushspec.clock import Clock
    from pushspec.lockfile.histories import TaskHistory
    from pushspec.lockfile.records import Dispatched
    from pushspec.lockfile.state import LockState
    from pushspec.plan.build import Plan

__all__ = ["TaskFindings", "open_tasks", "refresh_plan", "settle_ended"]


@dataclass(frozen=True, slots=True)
class TaskFindings:
    """What the service told of tasks.

    Attributes:
        drift: How tasks differ from what the lockfile holds, in words, by ``name@version``.
        ended: Records of those that are over, not written yet.
        warnings: What could not be asked, understood or recorded.
    """

    drift: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ended: tuple[Dispatched, ...] = ()
    warnings: tuple[str, ...] = ()


def _kept_tasks(state: LockState, due_by: datetime | None = None) -> list[TaskHistory]:
    """Return the tasks that the service keeps for us, where a moment is given only those due by then."""
    return [
        task
        for schedule in state.schedules.values()
        for task in schedule.live
        if task.held is not None and not task.is_open and (due_by is None or task.held.due_at <= due_by)
    ]


def _look_at(
    project: LoadedProject,
    state: LockState,
    tasks: list[TaskHistory],
    clock: Clock,
    environ: Mapping[str, str],
) -> TaskFindings:
    """Ask the service about tasks, if there are any; nothing is written."""
    return anyio.run(_ask, project, state, tasks, clock, environ) if tasks else TaskFindings()


async def _ask(
    project: LoadedProject,
    state: LockState,
    tasks: list[TaskHistory],
    clock: Clock,
    environ: Mapping[str, str],
) -> TaskFindings:
    drift: dict[str, tuple[str, ...]] = {}
    ended: list[Dispatched] = []
    warnings: list[str] = []
    async with open_tasks(project, state, clock=clock, environ=environ) as service:
        for task in tasks:
            try:
                text, record = await _look(service, task, clock)
            except NoAnswerError as error:
                if not error.has_left:
                    raise
                warnings.append(phrase("{key}: {text}", key=task.key, text=message_of(error)))
                continue
            if text:
                drift[task.campaign] = (*drift.get(task.campaign, ()), text)
            ended += [record] if record is not None else []
    return TaskFindings(drift, tuple(ended), tuple(warnings))


@asynccontextmanager
async def open_tasks(
    project: LoadedProject, state: LockState, *, clock: Clock, environ: Mapping[str, str]
) -> AsyncIterator[TaskService]:
    """Yield the tasks of an app at the service, and close the way there behind it.

    Raises:
        CredentialsError: The secret is missing.
        ServiceError: The embedded sandbox cannot open its database.
    """
    app_id = state.header.sdk_app_id if state.header is not None else project.environment.app_id
    async with open_service(project, now=clock.now, environ=environ) as client:
        asker = Asker(client, limits=project.environment.limits, clock=clock)
        yield TaskService(asker, app_id, is_china=project.environment.region == "china")


async def _look(service: TaskService, task: TaskHistory, clock: Clock) -> tuple[str, Dispatched | None]:
    """Return how a task drifted, and what became of one that is over."""
    if task.held is None:
        return "", None
    told = await service.read(task.held)
    if told is not None and told.is_over:
        return "", end_of(task, told)
    if told is None and task.held.due_at <= clock.now():
        return phrase(
            "the service no longer has task {number} ({key}), whose time has passed",
            number=task.held.number,
            key=task.key,
        ), None
    return drift_text(task, told), None


def refresh_plan(
    project: LoadedProject, plan: Plan, *, clock: Clock, environ: Mapping[str, str]
) -> tuple[Plan, tuple[str, ...]]:
    """Return a plan with what somebody did to its tasks at the service, and what could not be found out.

    Nothing is written, and the plan's digest stays.

    Raises:
        LockError: The lockfile cannot be read.
        CredentialsError: The secret is missing, or the service refused it.
        ServiceError: The service could not be asked.
    """
    state = read_lockfile(project)
    found = _look_at(project, state, _kept_tasks(state), clock, environ)
    over = (
        phrase("the service has sent {key}; pushspec status records its task", key=it.key)
        for it in found.ended
    )
    return refreshed(plan, found.drift), (*found.warnings, *over)


def _record_ended(project: LoadedProject, findings: TaskFindings, *, clock: Clock) -> str:
    """Write down what became of tasks that are over, behind the lockfile's tail.

    Returns:
        Why that could not be written; empty where it was, or there is nothing to write.
    """
    if not findings.ended:
        return ""
    try:
        journal = open_journal(project, now=clock.now)
        journal.load()
        journal.append(*findings.ended)
    except LockError as error:
        return phrase("what became of tasks was not recorded: {error}", error=message_of(error))
    return ""


def settle_ended(
    project: LoadedProject,
    state: LockState,
    *,
    clock: Clock,
    environ: Mapping[str, str],
    only_overdue: bool = False,
) -> TaskFindings:
    """Look at the tasks and write down which are over; what is out of reach is a warning.

    Args:
        project: The project, at the environment.
        state: What its lockfile says.
        clock: Tells the time and waits.
        environ: Where the secret is read; only the variable that the project file names.
        only_overdue: Ask only about those whose time has passed.
    """
    tasks = _kept_tasks(state, due_by=clock.now() if only_overdue else None)
    try:
        findings = _look_at(project, state, tasks, clock, environ)
    except (ServiceError, CredentialsError) as error:
        return TaskFindings(
            warnings=(
                phrase("the service could not be asked about its tasks: {error}", error=message_of(error)),
            )
        )
    failure = _record_ended(project, findings, clock=clock)
    return TaskFindings(findings.drift, findings.ended, (*findings.warnings, *([failure] if failure else [])))
