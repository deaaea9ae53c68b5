"""Turn requests about tasks into records: what is intended before they leave, what became of them behind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from pushspec.apply.campaign_keys import campaign_keys
from pushspec.audience.accounts import accounts_sha256
from pushspec.lockfile.records import (
    Cancelled,
    NotScheduled,
    Rescheduled,
    Schedule,
    Scheduled,
    TaskIntent,
    TaskUnknown,
)
from pushspec.plan.schedules import Action, hash_of_task
from pushspec.tencent.operations.changing import Became
from pushspec.tencent.operations.schedules import cancel_request, change_request, create_request
from pushspec.tencent.task_bodies import task_type

if TYPE_CHECKING:
    from datetime import datetime

    from pushspec.apply.run import Provenance
    from pushspec.lockfile.histories import TaskHistory
    from pushspec.lockfile.records import TaskOutcome
    from pushspec.plan.calls import CampaignCalls
    from pushspec.plan.schedules import Step
    from pushspec.tencent.operations.changing import ChangeRequest, Reply


@dataclass(frozen=True, slots=True)
class TaskAttempt:
    """One request about a task, and the record that comes before it."""

    request: ChangeRequest
    intent: TaskIntent


def make_intent(
    calls: CampaignCalls, step: Step, task: TaskHistory | None, app_id: int, *, not_after: datetime
) -> TaskAttempt:
    """Return the attempt that makes the task of a call, or changes it to what the campaign says now."""
    if calls.due_at is None:  # pragma: no cover - only asked of campaigns whose time the service keeps
        raise ValueError("apply sends it, and no task")
    row = calls.table.keys.index(step.key)
    call, kind = calls.call(row), task_type(calls.endpoint.name, calls.table.content(row))
    number = task.held.number if task is not None and task.held is not None else None
    if number is None:
        request = create_request(app_id, kind, calls.due_at, call.fields())
    else:
        request = change_request(app_id, number, kind, calls.due_at, call.fields())
    intent = TaskIntent(
        campaign=calls.campaign_key,
        key=call.key,
        attempt=1 if task is None else task.attempts + 1,
        action="create" if step.action is Action.CREATE else "change",
        task=number,
        content=calls.table.content_name(row),
        msg_random=call.msg_random,
        data_id=call.data_id,
        task_sha256=hash_of_task(call, calls),
        payload_sha256=request.payload_sha256(),
        accounts=len(call.accounts),
        accounts_sha256=accounts_sha256(call.accounts),
        due_at=calls.due_at,
        not_after=min(not_after, calls.due_at),
    )
    return TaskAttempt(request, intent)


def cancel_intent(task: TaskHistory, app_id: int, *, not_after: datetime) -> TaskAttempt:
    """Return the attempt that cancels a task."""
    held = task.held
    if held is None:  # pragma: no cover - only asked of tasks that are kept
        raise ValueError(f"{task.key} is not kept")
    request = cancel_request(app_id, held.number, task_type(task.endpoint, held.content))
    intent = TaskIntent(
        campaign=task.campaign,
        key=task.key,
        attempt=task.attempts + 1,
        action="cancel",
        task=held.number,
        content="",
        msg_random=held.msg_random,
        data_id=held.data_id,
        task_sha256=held.task_sha256,
        payload_sha256=request.payload_sha256(),
        accounts=held.accounts,
        accounts_sha256=held.accounts_sha256,
        due_at=held.due_at,
        not_after=not_after,
    )
    return TaskAttempt(request, intent)


def outcome_of(intent: TaskIntent, reply: Reply) -> TaskOutcome:
    """Return the record that says what became of an attempt."""
    key, attempt = intent.key, intent.attempt
    match reply.became:
        case Became.DONE if intent.action == "create":
            return Scheduled(key=key, attempt=attempt, task=reply.number)
        case Became.DONE if intent.action == "change":
            return Rescheduled(key=key, attempt=attempt)
        case Became.DONE:
            return Cancelled(key=key, attempt=attempt)
        case Became.NOT_DONE:
            return NotScheduled(key=key, attempt=attempt, case=reply.case, text=reply.text)
        case Became.UNKNOWN:
            return TaskUnknown(key=key, attempt=attempt, case=reply.case, text=reply.text)
        case _:  # pragma: no cover - mypy proves that nothing is left
            assert_never(reply.became)


def schedule_record(calls: CampaignCalls, provenance: Provenance) -> Schedule:
    """Return the record of what a campaign's tasks are to send."""
    if calls.due_at is None:  # pragma: no cover - only asked of campaigns whose time the service keeps
        raise ValueError("apply sends it, and no task")
    return Schedule(**campaign_keys(calls, provenance), due_at=calls.due_at)
