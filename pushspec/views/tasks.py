"""Tasks at the service in words: what a plan would do about them, and what a run did."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushspec.lockfile.histories import TaskState
from pushspec.lockfile.records import Cancelled, NotScheduled, Rescheduled, Scheduled, TaskUnknown
from pushspec.plan.states import CampaignState
from pushspec.sanitize import printable
from pushspec.text import counted
from pushspec.timestamps import in_zone, span_text, zoned_text
from pushspec.views.rows import Row
from pushspec.views.tones import Tone

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime, tzinfo

    from pushspec.lockfile.histories import ScheduleHistory, TaskHistory
    from pushspec.plan.build import Plan
    from pushspec.plan.planned import PlannedCampaign
    from pushspec.plan.schedules import Cancellation, Step

CANCEL_SYMBOL = "-"
_SYMBOLS = {"create": "@", "change": "*", "cancel": CANCEL_SYMBOL}
PAST = {"create": "made", "change": "changed", "cancel": "cancelled"}
"""What was done with a task, by the action."""
_IS_DONE = {"create": TaskState.SCHEDULED, "change": TaskState.SCHEDULED, "cancel": TaskState.CANCELLED}
_FIXED = "its people are fixed when its tasks are made: who joins or leaves later changes nothing"


def cancellation_text(cancellation: Cancellation, plan: Plan) -> str:
    """Return what is cancelled, for when, and why."""
    at = zoned_text(cancellation.due_at, plan.zone)
    number = counted(len(cancellation.history.live), "task")
    drift = f"; drifted: {'; '.join(cancellation.drift)}" if cancellation.drift else ""
    return in_zone(printable(f"{number} for {at}, because {cancellation.why}{drift}"), plan.zone)


def when_text(campaign: PlannedCampaign, plan: Plan) -> str:
    """Return when the service sends it: ``at 2026-12-01 10:00, in 2 d 10 h``; empty where it does not."""
    if campaign.schedule is None:
        return ""
    due_at = campaign.schedule.due_at
    seconds = (due_at - plan.made_at).total_seconds()
    coming = f", in {span_text(seconds)}" if seconds > 0 else ""
    return f"at {zoned_text(due_at, plan.zone)}{coming}"


def task_texts(campaign: PlannedCampaign, plan: Plan) -> list[str]:
    """Return what a task at the service means for a campaign, and how it drifted."""
    schedule = campaign.schedule
    if schedule is None:
        return []
    drift = [f"drifted: {in_zone(printable(text), plan.zone)}" for text in schedule.drift]
    if not campaign.state.is_due:
        return drift
    counts = [
        f"{counted(number, 'task')} to {action}"
        for action in PAST
        if (number := sum(step.action == action for step in schedule.steps))
    ]
    steps = f" ({', '.join(counts)})" if counts else ""
    return [f"the service sends it {when_text(campaign, plan)}{steps}", _FIXED, *drift]


def since_text(campaign: PlannedCampaign) -> str:
    """Return what a campaign is compared with: ``since sale@1 was sent``."""
    if campaign.last is None:
        return ""
    return f"since {campaign.last.key} was {'scheduled' if campaign.last.due_at is not None else 'sent'}"


def task_line(step: Step, task: TaskHistory, zone: tzinfo | None) -> str:
    """Return what became of one request about a task, as a line."""
    held = task.held or task.wanted
    for_when = f" for {zoned_text(held.due_at, zone)}" if held is not None else ""
    if task.state is _IS_DONE[step.action] and not task.text:
        number = f"task {task.held.number} " if task.held is not None else "task "
        return f"  {_SYMBOLS[step.action]} {step.key}  {number}{PAST[step.action]}{for_when}\n"
    if task.state is TaskState.IN_DOUBT:
        return (
            f"  ? {step.key}  whether its task was {PAST[step.action]} is UNKNOWN: {printable(task.text)}\n"
        )
    return f"  ! {step.key}  its task was not {PAST[step.action]}: {printable(task.text)}\n"


def task_action_text(action: str) -> str:
    """Return what an intent is about to do: ``its task is about to be made``."""
    return f"its task is about to be {PAST[action]}"


def task_outcome_text(record: Scheduled | Rescheduled | Cancelled | NotScheduled | TaskUnknown) -> str:
    """Return what a record says of a task, and how it was found out later."""
    said = "its task is cancelled"
    found = f"{record.by}: {record.found}" if record.by is not None else record.found
    match record:
        case Scheduled():
            said = f"the service keeps task {record.task}"
        case Rescheduled():
            said = "its task is changed"
        case NotScheduled():
            return f"nothing changed at the service: {found if record.by is not None else record.text}"
        case TaskUnknown():
            return f"IN DOUBT: {record.text}"
    return f"{said} ({found})" if found else said


def merging_texts(plan: Plan) -> Iterator[str]:
    """Yield what the next apply does about tasks, and what the service sends without one."""
    words = {
        CampaignState.SCHEDULE: "hands {} to the service",
        CampaignState.RESCHEDULE: "changes {} at the service",
    }
    for state, said in words.items():
        if found := plan.in_state(state):
            yield f"The next apply {said.format(counted(len(found), 'campaign'))}."
    if plan.cancellations:
        yield f"The next apply cancels {counted(len(plan.cancellations), 'campaign')} at the service."
    if waiting := plan.in_state(CampaignState.SCHEDULED):
        verb = "is" if len(waiting) == 1 else "are"
        yield f"{counted(len(waiting), 'campaign')} {verb} at the service already, which sends by itself."


def schedule_row(
    schedule: ScheduleHistory, drift: Sequence[str], *, now: datetime, zone: tzinfo | None
) -> Row:
    """Return a campaign that the service is to send as a row: for when, and what is odd about it."""
    symbol = "?" if schedule.doubted else "!" if schedule.failed else "#" if drift else ":"
    known = [held.due_at for task in schedule.live if (held := task.held or task.wanted) is not None]
    until = min(known, default=schedule.record.due_at)
    at = zoned_text(until, zone)
    words = f"for {at}, can be changed until then" if until > now else f"its time passed {at}; not told yet"
    below = [f"{task.key} was not sent: {task.text}; raise version" for task in schedule.failed]
    below += list(drift)
    return Row(
        symbol,
        Tone.SOON if symbol == ":" else Tone.ERROR,
        schedule.key,
        schedule.record.endpoint,
        printable(f"{schedule.record.audience} · {words}"),
        counted(len(schedule.live) or len(schedule.tasks), "task"),
        [in_zone(printable(line), zone) for line in below],
    )


def schedule_json(schedule: ScheduleHistory, drift: Sequence[str]) -> dict[str, object]:
    """Return the same for programs."""
    return {
        "key": schedule.key,
        "at": schedule.record.due_at.isoformat(),
        "tasks": [
            {
                "key": task.key,
                "state": task.state.value,
                "number": task.held.number if task.held is not None else None,
                "text": task.text,
            }
            for task in schedule.tasks.values()
        ],
        "drift": list(drift),
    }
