"""Bring the service's tasks to what campaigns say, one campaign after the other."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pushspec.apply.campaign_tasks import CampaignTasks
from pushspec.apply.result import Stop
from pushspec.apply.task_doubts import TasksBlockedError
from pushspec.apply.task_gate import TaskGate
from pushspec.apply.task_look import TaskService
from pushspec.errors import CredentialsError, LockError, ServiceError, message_of
from pushspec.language import phrase
from pushspec.plan.schedules import Action, TaskWork
from pushspec.tencent.operations.asking import Asker

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pushspec.apply.guard import Guard
    from pushspec.apply.journal_writer import JournalWriter
    from pushspec.apply.run import RunSetup
    from pushspec.lockfile.state import LockState


@dataclass(slots=True)
class TaskRun:
    """Works on tasks for one run.

    Attributes:
        setup: What the run works with.
        writer: Writes the lockfile.
        guard: The stops of the run.
        done: How many tasks were made, changed and cancelled, by action.
        left: Campaigns whose tasks are not what they should be, in words, by key.
    """

    setup: RunSetup
    writer: JournalWriter
    guard: Guard
    done: Counter[Action] = field(default_factory=Counter)
    left: dict[str, str] = field(default_factory=dict)

    @property
    def doubts(self) -> set[str]:
        """Keys of the tasks in doubt, in the whole lockfile."""
        return {task.key for task in self._state.tasks_in_doubt(self.setup.clock.now())}

    @property
    def _state(self) -> LockState:
        return self.writer.state

    async def carry_out(self, works: Sequence[TaskWork]) -> None:
        """Do what there is to do, one campaign after the other; what stops one does not stop the next."""
        if not works:
            return
        header = self._state.header
        if header is None:  # pragma: no cover - who holds the lock has a header
            raise ValueError("the lockfile has no header")
        asker = Asker(self.setup.sender, limits=self.setup.options.limits, clock=self.setup.clock)
        service = TaskService(asker, header.sdk_app_id, self.setup.options.is_china)
        for work in works:
            if self.guard.quit.is_set():
                self.left[work.key] = phrase("{key}: not begun", key=work.key)
                continue
            try:
                for other in self._overdue(work):
                    await self._tasks(TaskWork(other, None), service).look()
                await self._tasks(work, service).carry_out()
            except (TasksBlockedError, ServiceError) as error:
                self._block(work, message_of(error))
            except CredentialsError as error:
                self._block(work, message_of(error))
                self.guard.halt(
                    Stop.CREDENTIALS,
                    phrase("the service refused the credentials: {error}", error=message_of(error)),
                )
            except LockError as error:
                self.left[work.key] = phrase("{key}: {text}", key=work.key, text=message_of(error))
                self.guard.halt(Stop.LOCK, message_of(error), error)

    def _overdue(self, work: TaskWork) -> list[str]:
        """Return the other versions of a campaign whose time has passed without a word of the service."""
        now, name = self.setup.clock.now(), work.key.partition("@")[0]
        others = [it for it in self._state.schedules_of(name) if it.key != work.key]
        return [it.key for it in others if it.record.due_at <= now and not it.doubted]

    def _tasks(self, work: TaskWork, service: TaskService) -> CampaignTasks:
        gate = TaskGate(self.setup, self.guard, work.key)
        return CampaignTasks(gate, self.writer, work, service, self.done)

    def _block(self, work: TaskWork, why: str) -> None:
        self.left[work.key] = phrase("{key}: {text}", key=work.key, text=why)
        self.setup.reporter.blocked(work.key, why)
