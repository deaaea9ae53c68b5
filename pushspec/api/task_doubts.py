"""Settle tasks at the service of which an answer was lost: by what the service shows, else by a person."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import anyio

from pushspec.api.lockfile import open_journal, read_lockfile
from pushspec.api.tasks import open_tasks
from pushspec.apply.task_doubts import TasksBlockedError, settled
from pushspec.errors import CredentialsError, LockError, RefusedError, ServiceError, message_of
from pushspec.language import phrase
from pushspec.lockfile.status import task_resolvable_at
from pushspec.operate import resolve_task as resolving
from pushspec.operate.evidence import BY
from pushspec.operate.resolve import OF_TASKS, Resolution
from pushspec.operate.resolve_task import TaskEvidence
from pushspec.timestamps import instant_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pushspec.api.project import LoadedProject
    from pushspec.clock import Clock
    from pushspec.lockfile.histories import TaskHistory
    from pushspec.lockfile.records import SettledTask
    from pushspec.lockfile.state import LockState
    from pushspec.operate.resolve import Statement

__all__ = ["ResolvedTask", "TaskEvidence", "is_about_task", "resolve_task", "settle_tasks"]


@dataclass(frozen=True, slots=True)
class ResolvedTask:
    """A task that is in doubt no more.

    Attributes:
        task: What is known of it now.
        by_service: Whether the service's word settled it, and no person.
        warnings: What could not be asked or understood.
    """

    task: TaskHistory
    by_service: bool
    warnings: tuple[str, ...] = ()


def is_about_task(project: LoadedProject, statement: Statement) -> bool:
    """Return whether a person speaks of a task: by what they say, or because the task is in doubt.

    Raises:
        LockError: The lockfile cannot be read.
    """
    task = read_lockfile(project).task(statement.key)
    return statement.verdict in OF_TASKS or (task is not None and task.is_open)


def settle_tasks(
    project: LoadedProject,
    state: LockState,
    *,
    clock: Clock,
    environ: Mapping[str, str],
    key: str | None = None,
) -> TaskEvidence:
    """Ask the service about tasks in doubt, and record what it proves; what is out of reach is a warning.

    Args:
        project: The project, at the environment.
        state: What its lockfile says.
        clock: Tells the time and waits.
        environ: Where the secret is read; only the variable that the project file names.
        key: Only this task; all of them when left out.
    """
    tasks = [task for task in state.tasks_in_doubt(clock.now()) if key in {None, task.key}]
    if not tasks:
        return TaskEvidence()
    looking = _Looking(project, state, clock)
    anyio.run(looking.look, tasks, environ)
    found = TaskEvidence(looking.proved, looking.unsettled, tuple(dict.fromkeys(looking.warnings)))
    return _recorded(project, found, clock) if found.settled else found


class _Looking:
    """A look at the tasks in doubt."""

    def __init__(self, project: LoadedProject, state: LockState, clock: Clock) -> None:
        self._project = project
        self._state = state
        self._clock = clock
        self.proved: dict[str, SettledTask] = {}
        self.unsettled: dict[str, str] = {}
        self.warnings: list[str] = []

    async def look(self, tasks: Sequence[TaskHistory], environ: Mapping[str, str]) -> None:
        """Ask about one task after the other."""
        known = self._state.task_numbers()
        try:
            async with open_tasks(self._project, self._state, clock=self._clock, environ=environ) as service:
                for task in tasks:
                    try:
                        record = await settled(service, task, known, self._clock.now())
                    except TasksBlockedError as error:
                        self.unsettled[task.key] = message_of(error)
                        continue
                    if record is None:
                        self.unsettled[task.key] = _shown(task)
                    else:
                        self.proved[task.key] = record
        except (ServiceError, CredentialsError) as error:
            self.warnings.append(
                phrase(
                    "the service could not be asked about tasks in doubt: {error}", error=message_of(error)
                )
            )


def _shown(task: TaskHistory) -> str:
    """Say what the service shows of a task while that proves nothing."""
    shown = {
        "create": phrase("does not list it"),
        "change": phrase("still has it as it was"),
        "cancel": phrase("still has it"),
    }
    return phrase(
        "{shown}; the request may arrive until {instant}",
        shown=shown[task.action],
        instant=instant_text(task_resolvable_at(task)),
    )


def _recorded(project: LoadedProject, found: TaskEvidence, clock: Clock) -> TaskEvidence:
    try:
        journal = open_journal(project, now=clock.now)
        recorded = resolving.record_found(journal, list(found.settled.values()), by=BY)
    except LockError as error:
        warning = phrase(
            "what the service showed of tasks in doubt was not recorded: {error}", error=message_of(error)
        )
        return replace(found, settled={}, warnings=(*found.warnings, warning))
    return replace(found, settled={record.key: record for record in recorded})


def resolve_task(
    project: LoadedProject,
    statement: Statement,
    *,
    clock: Clock,
    environ: Mapping[str, str] | None,
) -> ResolvedTask:
    """Settle a task in doubt: the service is asked first, and then the person believed.

    Args:
        project: The project, at the environment.
        statement: What the person says.
        clock: Tells the time and waits.
        environ: Where the secret is read; None to ask nobody.

    Raises:
        UsageError: Nobody doubts the task, perhaps because the service told something else; or the statement
            lacks what such a task needs.
        RefusedError: It is too early for it, or the service tells otherwise at this very moment.
        LockError: A run is under way, or the lockfile cannot be written.
    """
    found, key = TaskEvidence(), statement.key
    if environ is not None:
        found = settle_tasks(project, read_lockfile(project), clock=clock, environ=environ, key=key)
    if (record := found.settled.get(key)) is not None and _agrees(record, statement):
        task = read_lockfile(project).task(key)
        if task is not None:
            return ResolvedTask(task, by_service=True, warnings=found.warnings)
    _check_untold(project, statement, found)
    task = resolving.resolve_task(open_journal(project, now=clock.now), statement, now=clock.now())
    return ResolvedTask(task, by_service=False, warnings=found.warnings)


def _agrees(record: SettledTask, statement: Statement) -> bool:
    said = Resolution.NOT_DONE if record.record == "not_scheduled" else Resolution.DONE
    return statement.verdict is said


def _check_untold(project: LoadedProject, statement: Statement, found: TaskEvidence) -> None:
    """Raise where a person says that a task is changed or cancelled which the service has as it was.

    A list may lag behind a task that was made; a task that is read by its number does not.
    """
    task = read_lockfile(project).task(statement.key)
    told = found.unsettled.get(statement.key)
    if task is not None and told and statement.verdict is Resolution.DONE and task.action != "create":
        raise RefusedError(
            phrase("the service {told}", told=told),
            hint=phrase("wait, or do it in the console and say so then"),
        )
