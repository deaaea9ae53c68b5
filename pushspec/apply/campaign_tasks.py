"""Make, change and cancel the tasks of one campaign: look first, then intent, request, outcome for each."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import anyio

from pushspec.apply.task_doubts import TasksBlockedError, settled
from pushspec.apply.task_gate import INTENT_LIFE
from pushspec.apply.task_look import drift_text, end_of
from pushspec.apply.task_records import cancel_intent, make_intent, outcome_of, schedule_record
from pushspec.errors import CredentialsError
from pushspec.language import phrase
from pushspec.lockfile.records import Cancelled
from pushspec.lockfile.status import task_resolvable_at
from pushspec.plan.schedules import Action, Step, steps_of
from pushspec.tencent.operations.changing import Became, Reply
from pushspec.tencent.operations.schedules import carry_out
from pushspec.timestamps import instant_text

if TYPE_CHECKING:
    from collections import Counter

    from pushspec.apply.journal_writer import JournalWriter
    from pushspec.apply.task_gate import TaskGate
    from pushspec.apply.task_look import TaskService
    from pushspec.apply.task_records import TaskAttempt
    from pushspec.lockfile.histories import ScheduleHistory, Task, TaskHistory
    from pushspec.lockfile.state import LockState
    from pushspec.plan.schedules import TaskWork

_BACKOFF_S = (2.0, 4.0, 8.0)
_PAST = {"create": "made", "change": "changed", "cancel": "cancelled"}


class CampaignTasks:
    """The tasks of one campaign, which are made, changed and cancelled as one."""

    def __init__(
        self,
        gate: TaskGate,
        writer: JournalWriter,
        work: TaskWork,
        service: TaskService,
        done: Counter[Action],
    ) -> None:
        """Take what requests have to pass, where records go, what is to be done, and who counts it."""
        self._done = done
        self._gate = gate
        self._setup = gate.setup
        self._quit = gate.guard.quit
        self._writer = writer
        self._work = work
        self._service = service

    @property
    def _state(self) -> LockState:
        return self._writer.state

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
            if self._quit.is_set():
                raise TasksBlockedError(self._gate.guard.text)
            await self._take(step)

    async def _settle(self, task: TaskHistory) -> None:
        record = await settled(self._service, task, self._state.task_numbers(), self._setup.clock.now())
        if record is None:
            until = instant_text(task_resolvable_at(task))
            raise TasksBlockedError(
                phrase(
                    "whether {key} was {done} is not known yet; apply again from {until} on",
                    key=task.key,
                    done=_PAST[task.action],
                    until=until,
                )
            )
        await self._writer.write(record)

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
            more = phrase(" and {number} more", number=len(drift) - 1) if len(drift) > 1 else ""
            raise TasksBlockedError(
                phrase("{drift}{more}; raise version to replace it", drift=drift[0], more=more)
            )

    async def _looked_at(self, task: TaskHistory, held: Task) -> str:
        """Return how a task drifted; what is over, and what is gone and was to go, is written down."""
        told = await self._service.read(held)
        record = None if told is None else end_of(task, told)
        if record is not None:
            await self._writer.write(record)
        if told is not None and told.is_over and (record is None or self._work.calls is not None):
            raise TasksBlockedError(phrase("the service has sent {key}, or is about to", key=task.key))
        if record is not None:
            return ""
        if told is None and held.due_at <= self._setup.clock.now():
            return phrase(
                "the service no longer has task {number} ({key}), whose time has passed",
                number=held.number,
                key=task.key,
            )
        if told is None and self._work.calls is None:
            await self._cancel_gone(task)
            return ""
        return "" if self._work.is_replaced else drift_text(task, told)

    async def _cancel_gone(self, task: TaskHistory) -> None:
        """Write down that a task which was to go is gone already: an intent, and what was found."""
        attempt = cancel_intent(task, self._service.app_id, not_after=self._setup.clock.now())
        text = phrase("somebody deleted it before")
        found = Cancelled(key=task.key, attempt=attempt.intent.attempt, found=text)
        await self._writer.write(attempt.intent, found)

    def _check_makeable(self) -> None:
        """Raise why no task may be made or changed now."""
        calls = self._work.calls
        if calls is None or calls.due_at is None:  # pragma: no cover - such work only cancels
            raise TasksBlockedError(phrase("it has no time"))
        if self._work.blocked:
            raise TasksBlockedError(self._work.blocked)
        if closed := self._gate.closed(calls.due_at):
            raise TasksBlockedError(closed.args[0])

    async def _write_schedule(self) -> None:
        """Write down what the tasks are to send, unless that is the newest word on it already."""
        calls, history = self._work.calls, self._history
        if calls is not None and (history is None or history.record.digest != calls.digest):
            await self._writer.write(schedule_record(calls, self._setup.provenance))

    async def _take(self, step: Step) -> None:
        """Make one request; what certainly did not leave is tried again a few times.

        Raises:
            TasksBlockedError: It did not work.
        """
        reply = await self._attempt(step)
        for backoff_s in _BACKOFF_S:
            if not reply.may_be_repeated or await self._setup.clock.wait(self._quit, backoff_s):
                break
            reply = await self._attempt(step)
        if reply.became is Became.DONE:
            self._done[step.action] += 1
            return
        if reply.are_credentials_refused:
            raise CredentialsError(reply.text)
        if reply.became is Became.UNKNOWN:
            raise TasksBlockedError(
                phrase(
                    "whether {key} was {done} is not known: {text}",
                    key=step.key,
                    done=_PAST[step.action],
                    text=reply.text,
                )
            )
        if step.action is Action.CREATE and reply.is_refusal:
            await self._take_back()
        raise TasksBlockedError(
            phrase("{key} was not {done}: {text}", key=step.key, done=_PAST[step.action], text=reply.text)
        )

    async def _take_back(self) -> None:
        """Cancel the tasks of a campaign of which one could not be made: they are made as one."""
        for step in steps_of(None, self._history):
            reply = await self._attempt(step)
            if reply.became is not Became.DONE:
                return
            self._done[Action.CREATE] -= 1

    async def _attempt(self, step: Step) -> Reply:
        """Make one attempt and return what became of it, once that is durable; it finishes when cancelled."""
        fault: Exception | None = None
        with anyio.CancelScope(shield=True):
            attempt = self._attempt_of(step)
            await self._writer.write(attempt.intent)
            try:
                check = partial(self._gate.check, step, attempt.intent)
                reply = await carry_out(self._service.asker, attempt.request, check=check)
            except Exception as error:  # noqa: BLE001 - written as unknown first, raised after that
                fault = error
                reply = Reply(
                    Became.UNKNOWN, "failed", phrase("pushspec failed ({kind})", kind=type(error).__name__)
                )
            await self._writer.write(outcome_of(attempt.intent, reply))
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
