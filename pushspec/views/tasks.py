"""Tasks at the service in words: what a plan would do about them, and what a run did."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushspec.language import phrase, plural, said, say
from pushspec.lockfile.histories import TaskState
from pushspec.lockfile.records import Cancelled, NotScheduled, Rescheduled, Scheduled, TaskUnknown
from pushspec.plan.states import CampaignState
from pushspec.sanitize import printable
from pushspec.text import counted
from pushspec.timestamps import in_zone, span_text, zoned_text
from pushspec.views.recorded import audience_said, outcome_said
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
PAST = {"create": phrase("made"), "change": phrase("changed"), "cancel": phrase("cancelled")}
"""What was done with a task, by the action."""
_ACTIONS = {"create": phrase("create"), "change": phrase("change"), "cancel": phrase("cancel")}
_STATES = {
    TaskState.UNDER_WAY: phrase("under way"),
    TaskState.SCHEDULED: phrase("scheduled"),
    TaskState.NOT_SCHEDULED: phrase("not scheduled"),
    TaskState.CANCELLED: phrase("cancelled"),
    TaskState.IN_DOUBT: phrase("in doubt"),
    TaskState.SENT: phrase("sent"),
    TaskState.FAILED: phrase("failed"),
}
_IS_DONE = {"create": TaskState.SCHEDULED, "change": TaskState.SCHEDULED, "cancel": TaskState.CANCELLED}
_FIXED = phrase("its people are fixed when its tasks are made: who joins or leaves later changes nothing")


def task_state_name(state: TaskState) -> str:
    """Return the name of what is known of a task."""
    return said(_STATES[state])


def cancellation_text(cancellation: Cancellation, plan: Plan) -> str:
    """Return what is cancelled, for when, and why."""
    at = zoned_text(cancellation.due_at, plan.zone)
    number = counted(len(cancellation.history.live), "task")
    drift = (
        say("; drifted: {drift}", drift=say("; ").join(map(said, cancellation.drift)))
        if cancellation.drift
        else ""
    )
    return in_zone(
        printable(
            say(
                "{number} for {at}, because {why}{drift}",
                number=number,
                at=at,
                why=cancellation.why,
                drift=drift,
            )
        ),
        plan.zone,
    )


def when_text(campaign: PlannedCampaign, plan: Plan) -> str:
    """Return when the service sends it: ``at 2026-12-01 10:00, in 2 d 10 h``; empty where it does not."""
    if campaign.schedule is None:
        return ""
    due_at = campaign.schedule.due_at
    seconds = (due_at - plan.made_at).total_seconds()
    coming = say(", in {span}", span=span_text(seconds)) if seconds > 0 else ""
    return say("at {due_at}{coming}", due_at=zoned_text(due_at, plan.zone), coming=coming)


def task_texts(campaign: PlannedCampaign, plan: Plan) -> list[str]:
    """Return what a task at the service means for a campaign, and how it drifted."""
    schedule = campaign.schedule
    if schedule is None:
        return []
    drift = [
        say("drifted: {text}", text=in_zone(printable(said(text)), plan.zone)) for text in schedule.drift
    ]
    if not campaign.state.is_due:
        return drift
    counts = [
        say("{tasks} to {action}", tasks=counted(number, "task"), action=_ACTIONS[action])
        for action in PAST
        if (number := sum(step.action == action for step in schedule.steps))
    ]
    steps = say(" ({counts})", counts=say(", ").join(counts)) if counts else ""
    return [
        say("the service sends it {when}{steps}", when=when_text(campaign, plan), steps=steps),
        said(_FIXED),
        *drift,
    ]


def since_text(campaign: PlannedCampaign) -> str:
    """Return what a campaign is compared with: ``since sale@1 was sent``."""
    if campaign.last is None:
        return ""
    if campaign.last.due_at is not None:
        return say("since {key} was scheduled", key=campaign.last.key)
    return say("since {key} was sent", key=campaign.last.key)


def task_line(step: Step, task: TaskHistory, zone: tzinfo | None) -> str:
    """Return what became of one request about a task, as a line."""
    held = task.held or task.wanted
    for_when = say(" for {due_at}", due_at=zoned_text(held.due_at, zone)) if held is not None else ""
    if task.state is _IS_DONE[step.action] and not task.text:
        number = say(" {number}", number=task.held.number) if task.held is not None else ""
        done = say("task{number} {past}{when}", number=number, past=PAST[step.action], when=for_when)
        return f"  {_SYMBOLS[step.action]} {step.key}  {done}\n"
    if task.state is TaskState.IN_DOUBT:
        return say(
            "  ? {key}  whether its task was {past} is UNKNOWN: {text}\n",
            key=step.key,
            past=PAST[step.action],
            text=printable(outcome_said(task.text)),
        )
    return say(
        "  ! {key}  its task was not {past}: {text}\n",
        key=step.key,
        past=PAST[step.action],
        text=printable(outcome_said(task.text)),
    )


def task_action_text(action: str) -> str:
    """Return what an intent is about to do: ``its task is about to be made``."""
    return say("its task is about to be {past}", past=PAST[action])


def task_outcome_text(record: Scheduled | Rescheduled | Cancelled | NotScheduled | TaskUnknown) -> str:
    """Return what a record says of a task, and how it was found out later."""
    told = say("its task is cancelled")
    found = outcome_said(record.found)
    if record.by is not None:
        found = say("{by}: {found}", by=record.by, found=found)
    match record:
        case Scheduled():
            told = say("the service keeps task {task}", task=record.task)
        case Rescheduled():
            told = say("its task is changed")
        case NotScheduled():
            text = found if record.by is not None else record.text
            return say("nothing changed at the service: {text}", text=outcome_said(text))
        case TaskUnknown():
            return say("IN DOUBT: {text}", text=outcome_said(record.text))
    return say("{told} ({found})", told=told, found=found) if found else told


def merging_texts(plan: Plan) -> Iterator[str]:
    """Yield what the next apply does about tasks, and what the service sends without one."""
    if found := plan.in_state(CampaignState.SCHEDULE):
        yield say(
            "The next apply hands {campaigns} to the service.", campaigns=counted(len(found), "campaign")
        )
    if found := plan.in_state(CampaignState.RESCHEDULE):
        yield say(
            "The next apply changes {campaigns} at the service.", campaigns=counted(len(found), "campaign")
        )
    if plan.cancellations:
        yield say(
            "The next apply cancels {campaigns} at the service.",
            campaigns=counted(len(plan.cancellations), "campaign"),
        )
    if waiting := plan.in_state(CampaignState.SCHEDULED):
        yield said(
            plural(
                "{number:,} campaign is at the service already, which sends by itself.",
                "{number:,} campaigns are at the service already, which sends by itself.",
                len(waiting),
            )
        )


def schedule_row(
    schedule: ScheduleHistory, drift: Sequence[str], *, now: datetime, zone: tzinfo | None
) -> Row:
    """Return a campaign that the service is to send as a row: for when, and what is odd about it."""
    symbol = "?" if schedule.doubted else "!" if schedule.failed else "#" if drift else ":"
    known = [held.due_at for task in schedule.live if (held := task.held or task.wanted) is not None]
    until = min(known, default=schedule.record.due_at)
    at = zoned_text(until, zone)
    words = (
        say("for {at}, can be changed until then", at=at)
        if until > now
        else say("its time passed {at}; not told yet", at=at)
    )
    below = [
        say("{key} was not sent: {text}; raise version", key=task.key, text=task.text)
        for task in schedule.failed
    ]
    below += map(said, drift)
    return Row(
        symbol,
        Tone.SOON if symbol == ":" else Tone.ERROR,
        schedule.key,
        schedule.record.endpoint,
        printable(f"{audience_said(schedule.record.audience)} · {words}"),
        said(counted(len(schedule.live) or len(schedule.tasks), "task")),
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
