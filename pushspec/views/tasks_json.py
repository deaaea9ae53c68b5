"""Tasks at the service as a plan's JSON tells them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from pushspec.views.json_view import View

if TYPE_CHECKING:
    from pushspec.lockfile.histories import ScheduleHistory
    from pushspec.plan.schedules import Cancellation, PlannedSchedule


class StepView(View):
    """One request about a task at the service."""

    key: str
    action: str = Field(description="create, change or cancel.")


class TaskView(View):
    """A task at the service, as the lockfile knows it."""

    key: str
    state: str
    number: int | None = Field(description="null before the service told one, and once it is cancelled.")


class ScheduleView(View):
    """The tasks of a campaign whose time the service keeps."""

    at: str
    steps: list[StepView] = Field(description="What an apply would do about them, in order.")
    tasks: list[TaskView]
    drift: list[str] = Field(description="How the service's tasks differ; only --refresh looks.")


class CancellationView(View):
    """Tasks at the service that no campaign file asks for any more."""

    key: str = Field(description="name@version.")
    at: str
    why: str
    tasks: list[TaskView]
    drift: list[str]


def schedule_view(schedule: PlannedSchedule | None) -> ScheduleView | None:
    """Return the tasks of a campaign; None where the service keeps no time for it."""
    if schedule is None:
        return None
    return ScheduleView(
        at=schedule.due_at.isoformat(),
        steps=[StepView(key=step.key, action=step.action.value) for step in schedule.steps],
        tasks=[] if schedule.history is None else _task_views(schedule.history),
        drift=list(schedule.drift),
    )


def cancellation_view(cancellation: Cancellation) -> CancellationView:
    """Return tasks that are to go."""
    return CancellationView(
        key=cancellation.key,
        at=cancellation.due_at.isoformat(),
        why=cancellation.why,
        tasks=_task_views(cancellation.history),
        drift=list(cancellation.drift),
    )


def _task_views(history: ScheduleHistory) -> list[TaskView]:
    return [
        TaskView(key=it.key, state=it.state.value, number=it.held.number if it.held is not None else None)
        for it in history.tasks.values()
    ]
