"""Bring the service's tasks to what campaigns say: a durable intent before each request, an outcome after."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import anyio

from pushspec.apply.result import Stop
from pushspec.apply.task_doubts import TasksBlockedError, settled
from pushspec.apply.task_look import TaskService, drift_text, end_of
from pushspec.apply.task_records import cancel_intent, make_intent, outcome_of, schedule_record
from pushspec.errors import CredentialsError, LockError, ServiceError
from pushspec.lockfile.histories import TaskState
from pushspec.lockfile.journal import CLOCK_TOLERANCE
from pushspec.lockfile.records import Cancelled
from pushspec.lockfile.status import MARGIN
from pushspec.plan.schedules import Action, Step, TaskWork, steps_of
from pushspec.tencent.exchange import GateClosedError
from pushspec.tencent.operations.asking import Asker
from pushspec.tencent.operations.changing import Became, Reply
from pushspec.tencent.operations.schedules import carry_out
from pushspec.timestamps import instant_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pushspec.apply.guard import Guard
    from pushspec.apply.journal_writer import JournalWriter
    from pushspec.apply.run import RunSetup
    from pushspec.apply.task_records import TaskAttempt
    from pushspec.lockfile.histories import ScheduleHistory, Task, TaskHistory
    from pushspec.lockfile.records import TaskIntent
    from pushspec.lockfile.state import LockState

INTENT_LIFE = timedelta(seconds=30)
"""How long after its intent a request may still leave."""
_BACKOFF_S = (2.0, 4.0, 8.0)


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
                self.left[work.key] = f"{work.key}: not begun"
                continue
            try:
                for other in self._overdue(work):
                    await _CampaignTasks(self, TaskWork(other, None), service).look()
                await _CampaignTasks(self, work, service).carry_out()
            except (TasksBlockedError, ServiceError) as error:
                self._block(work, str(error))
            except CredentialsError as error:
                self._block(work, str(error))
                self.guard.halt(Stop.CREDENTIALS, f"the service refused the credentials: {error}")
            except LockError as error:
                self.left[work.key] = f"{work.key}: {error}"
                self.guard.halt(Stop.LOCK, str(error), error)

    def _overdue(self, work: TaskWork) -> list[str]:
        """Return the other versions of a campaign whose time has passed without a word of the service."""
        now, name = self.setup.clock.now(), work.key.partition("@")[0]
        others = [it for it in self._state.schedules_of(name) if it.key != work.key]
        return [it.key for it in others if it.record.due_at <= now and not it.doubted]

    def _block(self, work: TaskWork, why: str) -> None:
        self.left[work.key] = f"{work.key}: {why}"
        self.setup.reporter.blocked(work.key, why)


class _CampaignTasks:
    """The tasks of one campaign, which are made, changed and cancelled as one."""

    def __init__(self, run: TaskRun, work: TaskWork, service: TaskService) -> None:
        self._run = run
        self._setup = run.setup
        self._work = work
        self._service = service
        self._drift_at: set[str] = set()

    @property
    def _state(self) -> LockState:
        return self._run.writer.state

    @property
    def _history(self) -> ScheduleHistory | None:
        return self._state.schedules.get(self._work.key)

    async def carry_out(self) -> None:
        """Settle what is in doubt, look at what the service keeps, and only then change anything.

        Raises:
            TasksBlockedError: Nothing more may be done about this campaign.
            ServiceError: The service could not be read, or refused a question.
            CredentialsError: It did not accept who asks.
            LockError: The lockfile could not be written.
        """
        for task in list(self._history.doubted if self._history is not None else ()):
            await self._settle(task)
        await self.look()
        steps = steps_of(self._work.calls, self._history)
        if any(step.action is not Action.CANCEL for step in steps):
            self._check_makeable()
            await self._write_schedule()
        for step in steps:
            if self._run.guard.quit.is_set():
                raise TasksBlockedError(self._run.guard.text)
            await self._take(step)

    async def _settle(self, task: TaskHistory) -> None:
        record = await settled(self._service, task, self._known_numbers(), self._setup.clock.now())
        if record is None:
            until = instant_text(task.not_after + MARGIN)
            raise TasksBlockedError(
                f"whether {task.key} was {_PAST[task.action]} is not known yet; apply again from {until} on"
            )
        await self._run.writer.write(record)

    def _known_numbers(self) -> set[int]:
        """Return the numbers of all tasks that some attempt is known to have made."""
        tasks = (task for schedule in self._state.schedules.values() for task in schedule.tasks.values())
        return {task.held.number for task in tasks if task.held is not None}

    async def look(self) -> None:
        """Look at each task that the service keeps, before anything is changed.

        Raises:
            TasksBlockedError: Somebody edited or deleted one, or it is over and was to change.
        """
        history = self._history
        live = [] if history is None else history.live
        drift = [
            text
            for task in live
            if task.held is not None and (text := await self._looked_at(task, task.held))
        ]
        if drift:
            more = f" and {len(drift) - 1} more" if len(drift) > 1 else ""
            raise TasksBlockedError(f"{drift[0]}{more}; raise version to replace it")

    async def _looked_at(self, task: TaskHistory, held: Task) -> str:
        """Return how a task drifted; what is over, and what is gone and was to go, is written down."""
        told = await self._service.read(held)
        record = None if told is None else end_of(task, told)
        if record is not None:
            await self._run.writer.write(record)
        if told is not None and told.is_over and (record is None or self._work.calls is not None):
            raise TasksBlockedError(f"the service has sent {task.key}, or is about to")
        if record is not None:
            return ""
        if told is None and held.due_at <= self._setup.clock.now():
            return f"the service no longer has task {held.number} ({task.key}), whose time has passed"
        if told is None and self._work.calls is None:
            await self._cancel_gone(task)
            return ""
        return "" if self._work.is_replaced else drift_text(task, told)

    async def _cancel_gone(self, task: TaskHistory) -> None:
        """Write down that a task which was to go is gone already: an intent, and what was found."""
        attempt = cancel_intent(task, self._service.app_id, not_after=self._setup.clock.now())
        text = "somebody deleted it before"
        found = Cancelled(key=task.key, attempt=attempt.intent.attempt, found=text)
        await self._run.writer.write(attempt.intent, found)

    def _check_makeable(self) -> None:
        """Raise why no task may be made or changed now."""
        calls = self._work.calls
        if calls is None or calls.due_at is None:  # pragma: no cover - such work only cancels
            raise TasksBlockedError("it has no time")
        if self._work.blocked:
            raise TasksBlockedError(self._work.blocked)
        if closed := self._closed(calls.due_at):
            raise TasksBlockedError(closed.args[0])

    def _closed(self, due_at: datetime) -> GateClosedError | None:
        """Return why no task for a moment may be made or changed at this very moment."""
        state, now = self._state, self._setup.clock.now()
        if reason := state.frozen_reason or self._setup.options.frozen():
            return GateClosedError("frozen", f"frozen: {reason}")
        if now >= due_at:
            return GateClosedError("too_late", "its time has passed")
        others = [
            it for it in state.schedules_of(self._work.key.partition("@")[0]) if it.key != self._work.key
        ]
        if others:
            return GateClosedError("scheduled", f"the tasks of {others[0].key} are not cancelled")
        return None

    async def _write_schedule(self) -> None:
        """Write down what the tasks are to send, unless that is the newest word on it already."""
        calls, history = self._work.calls, self._history
        if calls is not None and (history is None or history.record.digest != calls.digest):
            await self._run.writer.write(schedule_record(calls, self._setup.provenance))

    async def _take(self, step: Step) -> None:
        """Make one request; what certainly did not leave is tried again a few times.

        Raises:
            TasksBlockedError: It did not work.
        """
        reply = await self._attempt(step)
        for backoff_s in _BACKOFF_S:
            if not reply.may_be_repeated or await self._setup.clock.wait(self._run.guard.quit, backoff_s):
                break
            reply = await self._attempt(step)
        if reply.became is Became.DONE:
            self._run.done[step.action] += 1
            return
        if reply.are_credentials_refused:
            raise CredentialsError(reply.text)
        if reply.became is Became.UNKNOWN:
            raise TasksBlockedError(f"whether {step.key} was {_PAST[step.action]} is not known: {reply.text}")
        if step.action is Action.CREATE and reply.is_refusal:
            await self._take_back()
        raise TasksBlockedError(f"{step.key} was not {_PAST[step.action]}: {reply.text}")

    async def _take_back(self) -> None:
        """Cancel the tasks of a campaign of which one could not be made: they are made as one."""
        for step in steps_of(None, self._history):
            reply = await self._attempt(step)
            if reply.became is not Became.DONE:
                return
            self._run.done[Action.CREATE] -= 1

    async def _attempt(self, step: Step) -> Reply:
        """Make one attempt and return what became of it, once that is durable; it finishes when cancelled."""
        fault: Exception | None = None
        with anyio.CancelScope(shield=True):
            attempt = self._attempt_of(step)
            await self._run.writer.write(attempt.intent)
            try:
                check = partial(self._check, step, attempt.intent)
                reply = await carry_out(self._service.asker, attempt.request, check=check)
            except Exception as error:  # noqa: BLE001 - written as unknown first, raised after that
                fault = error
                reply = Reply(Became.UNKNOWN, "failed", f"pushspec failed ({type(error).__name__})")
            await self._run.writer.write(outcome_of(attempt.intent, reply))
            task = self._state.schedules[self._work.key].tasks[step.key]
            self._setup.reporter.task_settled(step, task)
        if fault is not None:
            raise fault
        return reply

    def _attempt_of(self, step: Step) -> TaskAttempt:
        history, calls, now = self._history, self._work.calls, self._setup.clock.now()
        task = None if history is None else history.tasks.get(step.key)
        if step.action is Action.CANCEL:
            if task is None:  # pragma: no cover - a step to cancel comes from a task
                raise ValueError(f"{step.key} has no task")
            return cancel_intent(task, self._service.app_id, not_after=now + INTENT_LIFE)
        if calls is None:  # pragma: no cover - such work only cancels
            raise ValueError(f"{step.key} has no content")
        return make_intent(calls, step, task, self._service.app_id, not_after=now + INTENT_LIFE)

    def _check(self, step: Step, intent: TaskIntent) -> None:
        """Look whether a request may leave at this very moment."""
        state, now, guard = self._state, self._setup.clock.now(), self._run.guard
        if guard.quit.is_set():
            raise GateClosedError("stopped", guard.text)
        if not self._setup.journal.holds_lock:
            raise GateClosedError("lease", "the lease on the lockfile has ended")
        if state.updated_at is not None and state.updated_at - now > CLOCK_TOLERANCE:
            raise GateClosedError("clock", "this machine's clock was set back while the run was under way")
        if now > intent.not_after:
            raise GateClosedError("deadline", f"connecting took longer than {INTENT_LIFE.seconds} s")
        if step.action is not Action.CANCEL and (closed := self._closed(intent.due_at)) is not None:
            raise closed
        known = state.schedules[self._work.key].tasks[intent.key]
        intended = (TaskState.UNDER_WAY, intent.attempt, intent.payload_sha256)
        if (known.state, known.attempts, known.payload_sha256) != intended:
            raise GateClosedError("invariant", f"{intent.key} is not what the lockfile intends")


_PAST = {"create": "made", "change": "changed", "cancel": "cancelled"}
