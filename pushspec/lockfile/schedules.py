"""Fold the records of tasks at the service: what it keeps, what became of each attempt, and what was sent."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pushspec.lockfile.contradictions import contradiction
from pushspec.lockfile.histories import (
    CallHistory,
    CallState,
    CampaignHistory,
    ScheduleHistory,
    Task,
    TaskHistory,
    TaskState,
)
from pushspec.lockfile.records import (
    Begin,
    CampaignRecord,
    Cancelled,
    NotScheduled,
    Rescheduled,
    Scheduled,
    TaskUnknown,
)
from pushspec.tencent.answers import ServiceIds
from pushspec.tencent.endpoints import ENDPOINTS

if TYPE_CHECKING:
    from pushspec.lockfile.records import Dispatched, Schedule, TaskIntent
    from pushspec.lockfile.state import LockState

_OVER = {TaskState.SENT, TaskState.FAILED}


def write_schedule(state: LockState, record: Schedule) -> None:
    """Take in what the tasks of a campaign are to send from now on.

    Raises:
        DamagedLockfileError: The campaign was begun as a send, or a task of it is over.
    """
    if record.campaign in state.campaigns:
        raise contradiction(record, f"{record.campaign} was begun before")
    if record.endpoint not in ENDPOINTS:
        raise contradiction(record, f"{record.endpoint} is not known to this pushspec")
    before = state.schedules.get(record.campaign)
    tasks = {} if before is None else before.tasks
    if any(task.state in _OVER for task in tasks.values()):
        raise contradiction(record, f"a task of {record.campaign} is over")
    state.schedules[record.campaign] = ScheduleHistory(record, dict(tasks))


def intend_task(state: LockState, record: TaskIntent) -> None:
    """Take an intent into the state.

    Raises:
        DamagedLockfileError: It is not the turn of this attempt: a task is made once, changed and cancelled
            only while it is kept, and nothing follows a doubt but what settles it.
    """
    schedule = state.schedules.get(record.campaign)
    if schedule is None:
        raise contradiction(record, f"{record.campaign} has no schedule")
    if record.action != "cancel" and record.content not in schedule.record.contents:
        raise contradiction(record, f"{record.campaign} has no content {record.content}")
    before = schedule.tasks.get(record.key)
    _check_turn(record, before)
    wanted = None
    if record.action != "cancel":
        wanted = Task(
            content=schedule.record.contents[record.content],
            msg_random=record.msg_random,
            data_id=record.data_id,
            task_sha256=record.task_sha256,
            accounts=record.accounts,
            accounts_sha256=record.accounts_sha256,
            due_at=record.due_at,
            schedule=schedule.record,
            number=record.task or 0,
        )
    task = TaskHistory(
        key=record.key,
        campaign=record.campaign,
        endpoint=schedule.record.endpoint,
        state=TaskState.UNDER_WAY,
        action=record.action,
        attempts=record.attempt,
        payload_sha256=record.payload_sha256,
        intended_at=record.at,
        not_after=record.not_after,
        held=None if before is None else before.held,
        wanted=wanted,
    )
    _put(state, task)


def _check_turn(record: TaskIntent, before: TaskHistory | None) -> None:
    state = None if before is None else before.state
    is_kept = state is TaskState.SCHEDULED
    may_be_made = state in {None, TaskState.NOT_SCHEDULED, TaskState.CANCELLED}
    if not (may_be_made if record.action == "create" else is_kept):
        raise contradiction(record, f"{record.key} is {state}: no task to {record.action}")
    number = before.held.number if before is not None and before.held is not None else None
    if record.task != number:
        raise contradiction(record, f"the service named {record.key} otherwise")
    if record.attempt != (1 if before is None else before.attempts + 1):
        raise contradiction(record, f"attempt {record.attempt} on {record.key} is out of order")


def settle_task(
    state: LockState, record: Scheduled | Rescheduled | Cancelled | NotScheduled | TaskUnknown
) -> None:
    """Take what became of an attempt into the state.

    Raises:
        DamagedLockfileError: The attempt was not under way, nor in doubt where the record settles one, or was
            to do something else.
    """
    before = _known(state, record.key, record)
    turn = {TaskState.UNDER_WAY} | ({TaskState.IN_DOUBT} if record.found else set())
    if before.state not in turn or before.attempts != record.attempt:
        raise contradiction(record, f"attempt {record.attempt} on {record.key} was not under way")
    match record:
        case Scheduled():
            _check_action(record, before, "create")
            held = replace(_wanted(before, record), number=record.task)
            _put(state, replace(before, state=TaskState.SCHEDULED, held=held, text=""))
        case Rescheduled():
            _check_action(record, before, "change")
            _put(state, replace(before, state=TaskState.SCHEDULED, held=_wanted(before, record), text=""))
        case Cancelled():
            # A task that a change left in doubt may turn out to be gone, too: somebody deleted it.
            _put(state, replace(before, state=TaskState.CANCELLED, held=None, wanted=None, text=record.found))
        case NotScheduled():
            kept = TaskState.NOT_SCHEDULED if before.held is None else TaskState.SCHEDULED
            _put(state, replace(before, state=kept, text=record.text))
        case TaskUnknown():
            _put(state, replace(before, state=TaskState.IN_DOUBT, text=record.text))


def _check_action(record: Scheduled | Rescheduled, before: TaskHistory, action: str) -> None:
    if before.action != action:
        raise contradiction(record, f"{record.key} was about to {before.action}")


def _wanted(before: TaskHistory, record: Scheduled | Rescheduled) -> Task:
    if before.wanted is None:
        raise contradiction(record, f"{record.key} was about to be cancelled")
    return before.wanted


def end_task(state: LockState, record: Dispatched) -> None:
    """Take in that the service sent a task: from here on it is a call that was sent.

    Raises:
        DamagedLockfileError: The service keeps no such task.
    """
    before = _known(state, record.key, record)
    held = before.held
    if held is None or held.number != record.task:
        raise contradiction(record, f"{record.task} is not the task of {record.key}")
    if before.state in _OVER:
        return  # two looks at the same time wrote the same down
    if record.task_id is None:
        _put(state, replace(before, state=TaskState.FAILED, text=record.text))
        return
    _put(state, replace(before, state=TaskState.SENT, text=""))
    _begin_sent(state, held.schedule)
    state.keys_of.setdefault(before.campaign, []).append(record.key)
    state.calls[record.key] = CallHistory(
        key=record.key,
        campaign=before.campaign,
        endpoint=before.endpoint,
        state=CallState.SENT,
        attempts=before.attempts,
        msg_random=held.msg_random,
        data_id=held.data_id,
        payload_sha256=before.payload_sha256,
        accounts=held.accounts,
        intended_at=held.due_at,
        not_after=held.due_at,
        settled_at=record.at,
        sent_at=held.due_at,
        ids=ServiceIds(task_id=record.task_id),
    )


def _begin_sent(state: LockState, schedule: Schedule) -> None:
    """Enter a campaign whose tasks the service sent among those that were begun, at their time.

    What it said then is what the task was made with: a later change may never have reached the service.
    """
    if schedule.campaign in state.campaigns:
        return
    kept = CampaignRecord.model_fields.keys() - {"record"}
    begin = Begin(**{name: getattr(schedule, name) for name in kept})
    state.campaigns[schedule.campaign] = CampaignHistory(begin, schedule.due_at)


def doubt_tasks_under_way(state: LockState) -> None:
    """Leave in doubt what was being done when its run ended."""
    text = "the run ended before it wrote what became of this task"
    for schedule in state.schedules.values():
        for task in list(schedule.tasks.values()):
            if task.state is TaskState.UNDER_WAY:
                _put(state, replace(task, state=TaskState.IN_DOUBT, text=text))


def _known(
    state: LockState,
    key: str,
    record: Scheduled | Rescheduled | Cancelled | NotScheduled | TaskUnknown | Dispatched,
) -> TaskHistory:
    task = state.task(key)
    if task is None:
        raise contradiction(record, f"{key} has no intent")
    return task


def _put(state: LockState, task: TaskHistory) -> None:
    state.schedules[task.campaign].tasks[task.key] = task
