"""Bugs planted into tasks at the service: made-up histories that find none of them would prove nothing."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from pushspec.apply import campaign_tasks, task_doubts, task_look
from pushspec.apply.campaign_tasks import CampaignTasks
from pushspec.apply.task_gate import TaskGate
from pushspec.apply.task_records import make_intent, outcome_of
from pushspec.errors import NoAnswerError
from pushspec.lockfile import fold as fold_module
from pushspec.lockfile.histories import TaskState
from pushspec.lockfile.records import Cancelled, NotScheduled
from pushspec.operate import resolve_task as resolve_module
from pushspec.plan import build as build_module
from pushspec.plan import schedules as schedules_module
from pushspec.plan.quota import DayBudget
from pushspec.plan.schedules import cancellations_of
from pushspec.tencent.operations.changing import Became
from pushspec.tencent.operations.schedules import carry_out, list_tasks
from simulation import tasks as histories_module
from simulation.planted import Bug

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from pushspec.apply.task_look import TaskService
    from pushspec.apply.task_records import TaskAttempt
    from pushspec.lockfile.histories import TaskHistory
    from pushspec.lockfile.records import Dispatched
    from pushspec.lockfile.state import LockState
    from pushspec.plan.schedules import Cancellation, Step
    from pushspec.tencent.exchange import GateClosedError
    from pushspec.tencent.operations.asking import Asker
    from pushspec.tencent.operations.changing import ChangeRequest, Reply
    from pushspec.tencent.operations.schedules import ToldTask


async def _blindly(_: TaskService, task: TaskHistory, *rest: object) -> NotScheduled:
    del rest
    return NotScheduled(key=task.key, attempt=task.attempts, found="no", case="bug")


def _at_once(task: TaskHistory, now: datetime, *, is_certain: bool = False) -> NotScheduled:
    del now, is_certain
    return NotScheduled(key=task.key, attempt=task.attempts, found="no", case="bug")


async def _believed(_: TaskService, task: TaskHistory, *rest: object) -> Cancelled:
    del rest
    return Cancelled(key=task.key, attempt=task.attempts, found="no")


async def _half_is_whole(*arguments: Any, **keywords: Any) -> list[ToldTask]:
    try:
        return await list_tasks(*arguments, **keywords)
    except NoAnswerError:
        return []


async def _lost_as_not_done(asker: Asker, request: ChangeRequest, *, check: Callable[[], None]) -> Reply:
    reply = await carry_out(asker, request, check=check)
    return replace(reply, became=Became.NOT_DONE) if reply.became is Became.UNKNOWN else reply


async def _twice(asker: Asker, request: ChangeRequest, *, check: Callable[[], None]) -> Reply:
    first = await carry_out(asker, request, check=check)
    return first if first.became is not Became.UNKNOWN else await carry_out(asker, request, check=check)


async def _unchecked(asker: Asker, request: ChangeRequest, *, check: Callable[[], None]) -> Reply:
    del check
    return await carry_out(asker, request, check=lambda: None)


async def _intent_behind(self: CampaignTasks, step: Step) -> Reply:
    attempt = self._attempt_of(step)
    reply = await carry_out(self._service.asker, attempt.request, check=lambda: None)
    await self._writer.write(attempt.intent, outcome_of(attempt.intent, reply))
    return reply


async def _shown_before(self: CampaignTasks, step: Step) -> Reply:
    attempt = self._attempt_of(step)
    await self._writer.write(attempt.intent)
    check = partial(self._gate.check, step, attempt.intent)
    reply = await carry_out(self._service.asker, attempt.request, check=check)
    task = self._state.schedules[self._work.key].tasks[step.key]
    self._setup.reporter.task_settled(step, replace(task, state=TaskState.SCHEDULED))
    await self._writer.write(outcome_of(attempt.intent, reply))
    return reply


async def _look_away(self: CampaignTasks) -> None:
    del self


_closed = TaskGate.closed


def _closed_but(case: str) -> Callable[[TaskGate, datetime], GateClosedError | None]:
    def closed(self: TaskGate, due_at: datetime) -> GateClosedError | None:
        found = _closed(self, due_at)
        return None if found is not None and found.case == case else found

    return closed


def _longer(*arguments: Any, not_after: datetime) -> TaskAttempt:
    attempt = make_intent(*arguments, not_after=not_after)
    return replace(attempt, intent=attempt.intent.model_copy(update={"not_after": not_after}))


def _none_gone(*arguments: Any, **keywords: Any) -> tuple[Cancellation, ...]:
    del arguments, keywords
    return ()


def _only_gone(*arguments: Any, **keywords: Any) -> tuple[Cancellation, ...]:
    return tuple(it for it in cancellations_of(*arguments, **keywords) if it.why == "its file is gone")


def _dead_as_not_done(state: LockState) -> None:
    for schedule in state.schedules.values():
        for key, task in schedule.tasks.items():
            if task.state is TaskState.UNDER_WAY:
                kept = TaskState.NOT_SCHEDULED if task.held is None else TaskState.SCHEDULED
                schedule.tasks[key] = replace(task, state=kept)


def _never_full(self: DayBudget, need: int, **keywords: object) -> str:
    del self, need, keywords
    return ""


def _no_wait(task: TaskHistory) -> datetime:
    return task.intended_at


def _settle_nothing(task: TaskHistory, told: ToldTask) -> Dispatched | None:
    del task, told
    return None


BUGS: tuple[Bug, ...] = tuple(
    Bug(name, patches)
    for name, patches in {
        "a task whose answer was lost is made again at once": ((task_doubts, "_made", _blindly),),
        "what the service does not show counts at once": ((task_doubts, "_not_done", _at_once),),
        "a lost cancellation counts as done": ((task_doubts, "_cancelled", _believed),),
        "half a list counts as the whole": ((task_look, "list_tasks", _half_is_whole),),
        "a lost answer counts as not done": ((campaign_tasks, "carry_out", _lost_as_not_done),),
        "a request about a task is sent twice": ((campaign_tasks, "carry_out", _twice),),
        "a request about a task leaves without the last check": ((campaign_tasks, "carry_out", _unchecked),),
        "the intent of a task is written after its request": ((CampaignTasks, "_attempt", _intent_behind),),
        "a task is shown before it is durable": ((CampaignTasks, "_attempt", _shown_before),),
        "nobody looks what somebody did in the console": ((CampaignTasks, "look", _look_away),),
        "a task is made in a freeze": ((TaskGate, "closed", _closed_but("frozen")),),
        "a task is made after its time": (
            (TaskGate, "closed", _closed_but("too_late")),
            (campaign_tasks, "make_intent", _longer),
        ),
        "a file that is gone leaves its task": ((build_module, "cancellations_of", _none_gone),),
        "a raised version leaves the earlier task": (
            (build_module, "cancellations_of", _only_gone),
            (TaskGate, "closed", _closed_but("scheduled")),
        ),
        "people move between tasks that are changed": (
            (schedules_module, "_is_made_anew", lambda *_, **__: False),
        ),
        "a dead run's request counts as not done": (
            (fold_module, "doubt_tasks_under_way", _dead_as_not_done),
        ),
        "a task takes no push of its day": ((DayBudget, "take", _never_full),),
        "a person may call it not done at once": ((resolve_module, "task_resolvable_at", _no_wait),),
        "nobody asks what became of a task": (
            (campaign_tasks, "end_of", _settle_nothing),
            (histories_module, "end_of", _settle_nothing),
        ),
    }.items()
)
"""Each one replaces a piece of what makes tasks with a version that somebody might write."""
