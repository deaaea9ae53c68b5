"""Compare what a campaign says with the tasks that the lockfile knows at the service: offline, and pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from pushspec.audience.accounts import accounts_sha256
from pushspec.language import joined, phrase
from pushspec.lockfile.histories import TaskState
from pushspec.plan.states import CampaignState
from pushspec.serialization import digest_of
from pushspec.tencent.task_bodies import task_sha256, task_type
from pushspec.text import counted
from pushspec.timestamps import instant_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from pushspec.lockfile.histories import ScheduleHistory, TaskHistory
    from pushspec.lockfile.state import LockState
    from pushspec.plan.calls import Call, CampaignCalls
    from pushspec.plan.policies.context import PolicyResult
    from pushspec.spec.load import CampaignSpec


class Action(StrEnum):
    """What is to be done about one task."""

    CREATE = "create"
    CHANGE = "change"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True)
class Step:
    """One request about one task.

    Attributes:
        key: The call that the task makes.
        action: What is to be done.
    """

    key: str
    action: Action


@dataclass(frozen=True, slots=True)
class PlannedSchedule:
    """What a plan says of a campaign whose time the service keeps.

    Attributes:
        due_at: When the service is to send it.
        steps: What is to be done to get there, in order; none where its tasks are as the file says.
        history: What the lockfile knows of its tasks; None before the first.
        drift: How the service's tasks differ from what was made; known only where the service was asked.
    """

    due_at: datetime
    steps: tuple[Step, ...]
    history: ScheduleHistory | None
    drift: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cancellation:
    """Tasks at the service that no campaign file asks for any more.

    Attributes:
        history: What the lockfile knows of them.
        why: Why nothing asks for them, in words.
        is_replaced: A file of the same name has a higher version: whatever the service keeps now, it goes.
        drift: As that of :class:`PlannedSchedule`.
    """

    history: ScheduleHistory
    why: str
    is_replaced: bool
    drift: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """``name@version``."""
        return self.history.key

    @property
    def due_at(self) -> datetime:
        """When the service would send them."""
        return self.history.record.due_at

    @property
    def digest(self) -> str:
        """SHA-256 over what is cancelled."""
        return digest_of({"cancel": self.key, "digest": self.history.record.digest})


@dataclass(frozen=True, slots=True)
class TaskWork:
    """What a run has to do about the tasks of one campaign.

    Attributes:
        key: ``name@version``.
        calls: What the tasks are to send; None where they are to go.
        is_replaced: Tasks that go do so whatever somebody made of them.
        blocked: Why nothing may be made or changed, though a doubt may be settled; empty where it may.
    """

    key: str
    calls: CampaignCalls | None
    is_replaced: bool = False
    blocked: str = ""


def planned_schedule(calls: CampaignCalls, state: LockState) -> PlannedSchedule | None:
    """Return what there is to do about a campaign's tasks; None where it has none, or the first is over."""
    history = state.schedules.get(calls.campaign_key)
    if calls.due_at is None or calls.campaign_key in state.campaigns:
        return None
    return PlannedSchedule(calls.due_at, steps_of(calls, history), history)


def steps_of(calls: CampaignCalls | None, history: ScheduleHistory | None) -> tuple[Step, ...]:
    """Return what makes the service's tasks those of a campaign; cancels come first.

    Where people move between tasks, those tasks are cancelled before new ones are made: a run that dies
    between two changes would otherwise leave people in two tasks.

    Args:
        calls: What the campaign says; None where its tasks are to go.
        history: What the lockfile knows; tasks in doubt are left alone.
    """
    known = {} if history is None else history.tasks
    held = {key: task for key, task in known.items() if task.state is TaskState.SCHEDULED}
    if calls is None:
        return tuple(Step(key, Action.CANCEL) for key in held)
    if not calls.is_at_hand:
        return _steps_from_pin(calls, history, held)
    wanted = {call.key: call for call in calls.calls()}
    differing = [key for key, call in wanted.items() if key in held and _differs(call, calls, held[key])]
    gone = {key for key in held if key not in wanted} | {
        key for key in differing if _is_made_anew(wanted[key], held[key], is_only=len(wanted) == 1)
    }
    open_keys = {key for key, task in known.items() if task.is_open or task.state in _OVER}
    return (
        *(Step(key, Action.CANCEL) for key in held if key in gone),
        *(Step(key, Action.CHANGE) for key in differing if key not in gone),
        *(
            Step(key, Action.CREATE)
            for key in wanted
            if (key not in held or key in gone) and key not in open_keys
        ),
    )


def _steps_from_pin(
    calls: CampaignCalls, history: ScheduleHistory | None, held: Mapping[str, TaskHistory]
) -> tuple[Step, ...]:
    """Return the steps of a campaign whose list is not at hand: apply, which reads it, knows them exactly."""
    if history is None or not held:
        return tuple(Step(key, Action.CREATE) for key in calls.table.keys)
    if history.record.digest != calls.digest:
        return tuple(Step(key, Action.CHANGE) for key in held)
    missing = history.record.calls - len(held)
    return tuple(Step(key, Action.CREATE) for key in calls.table.keys if key not in held)[:missing]


_OVER = {TaskState.SENT, TaskState.FAILED}


def _differs(call: Call, calls: CampaignCalls, task: TaskHistory) -> bool:
    return task.held is None or task.held.task_sha256 != hash_of_task(call, calls)


def _is_made_anew(call: Call, task: TaskHistory, *, is_only: bool) -> bool:
    """Whether a task cannot become another one: its type never changes, nor its people beside others."""
    if task.held is None:
        return False
    has_other_people = task.held.accounts_sha256 != accounts_sha256(call.accounts)
    is_of_other_type = task_type(task.endpoint, task.held.content) != _type(call)
    return is_of_other_type or (has_other_people and not is_only)


def hash_of_task(call: Call, calls: CampaignCalls) -> str:
    """Return the hash over all that the task of a call says."""
    if calls.due_at is None:  # pragma: no cover - only asked of campaigns whose time the service keeps
        raise ValueError("apply sends it, and no task")
    return task_sha256(_type(call), calls.due_at, call.fields())


def _type(call: Call) -> str:
    return task_type(call.endpoint.name, call.content)


def decide_schedule(
    calls: CampaignCalls,
    planned: PlannedSchedule,
    policy_results: Sequence[PolicyResult],
    *,
    frozen: str,
    now: datetime,
) -> tuple[CampaignState, str]:
    """Return the state of a campaign whose time the service keeps and of which no task is over."""
    live = planned.history.live if planned.history is not None else []
    blocking = [
        phrase("{policy} ({message})", policy=result.policy, message=result.message)
        for result in policy_results
        if result.blocks
    ]
    if planned.history is not None and planned.history.doubted:
        state = CampaignState.RESCHEDULE if any(task.held for task in live) else CampaignState.SCHEDULE
        return state, _doubt_text(planned.history.doubted)
    if planned.history is not None and (failed := planned.history.failed):
        return CampaignState.BLOCKED, phrase(
            "the service did not send it ({text}); raise version", text=failed[0].text
        )
    if not planned.steps:
        return CampaignState.SCHEDULED, _scheduled_text(planned, blocking, now)
    held = [task.held.due_at for task in live if task.held is not None]
    if held and min(held) <= now:
        return CampaignState.CHANGED, phrase(
            "its task's time has passed; raise version to send something else"
        )
    if planned.due_at <= now:
        passed = phrase("its time passed {instant}", instant=instant_text(planned.due_at))
        if not held:
            return CampaignState.EXPIRED, passed
        return CampaignState.BLOCKED, phrase(
            "{passed}; its task of {instant} is still kept", passed=passed, instant=instant_text(min(held))
        )
    if frozen:
        return CampaignState.FROZEN, frozen
    if blocking:
        return CampaignState.BLOCKED, joined("; ", blocking)
    return (CampaignState.RESCHEDULE if held else CampaignState.SCHEDULE), _partial_text(calls, live)


def partly_sent(calls: CampaignCalls, history: ScheduleHistory | None) -> tuple[CampaignState, str]:
    """Return the state of a campaign of which the service sent some tasks; apply sends none of them."""
    tasks = [] if history is None else list(history.tasks.values())
    sent = sum(task.state is TaskState.SENT for task in tasks)
    said = (
        phrase("{sent} of {tasks} is sent", sent=sent, tasks=counted(calls.call_count, "task"))
        if sent == 1
        else phrase("{sent} of {tasks} are sent", sent=sent, tasks=counted(calls.call_count, "task"))
    )
    if any(task.is_live for task in tasks):
        return CampaignState.SCHEDULED, phrase("{said}; status asks the service for the others", said=said)
    return CampaignState.BLOCKED, phrase("{said}; raise version to send it again", said=said)


def _doubt_text(doubted: Sequence[TaskHistory]) -> str:
    done = {"create": phrase("made"), "change": phrase("changed"), "cancel": phrase("cancelled")}
    first = doubted[0]
    more = phrase(" and {number} more", number=len(doubted) - 1) if len(doubted) > 1 else ""
    return phrase(
        "whether {key}{more} was {done} is not known; apply asks the service first",
        key=first.key,
        more=more,
        done=done[first.action],
    )


def _scheduled_text(planned: PlannedSchedule, blocking: Sequence[str], now: datetime) -> str:
    if planned.due_at <= now:
        return phrase("its time has passed; status asks the service for its task id")
    if blocking:
        return phrase("{reasons}; remove its file to cancel it", reasons=joined("; ", blocking))
    return ""


def _partial_text(calls: CampaignCalls, live: Sequence[TaskHistory]) -> str:
    if live and len(live) < calls.call_count:
        return phrase("{count} of {tasks} are made", count=len(live), tasks=counted(calls.call_count, "task"))
    return ""


def cancellations_of(
    state: LockState,
    specs: Iterable[CampaignSpec],
    environment_name: str,
    *,
    is_whole: bool,
    now: datetime,
) -> tuple[Cancellation, ...]:
    """Return the tasks that are still to send and that no file asks for.

    Args:
        state: What the lockfile knows.
        specs: The campaign files of the plan.
        environment_name: The environment; a file that names others only asks for nothing here.
        is_whole: Whether these are all the files of the project; otherwise only their own names count.
        now: The moment to judge by.
    """
    here = [
        it.campaign for it in specs if environment_name in (it.campaign.environments or (environment_name,))
    ]
    asked = {it.campaign_key for it in here if it.schedule is not None and it.schedule.at is not None}
    versions = {it.campaign.name: it.campaign.version for it in specs}
    found = []
    for key, history in sorted(state.schedules.items()):
        is_named = is_whole or history.record.name in versions
        is_to_come = history.record.due_at > now or bool(history.doubted)
        if key not in asked and history.live and is_named and is_to_come:
            found.append(_cancellation(history, versions.get(history.record.name)))
    return tuple(found)


def _cancellation(history: ScheduleHistory, version: int | None) -> Cancellation:
    if version is None:
        return Cancellation(history, phrase("its file is gone"), is_replaced=False)
    if version != history.record.version:
        is_raised = version > history.record.version
        return Cancellation(
            history, phrase("its file has version {version} now", version=version), is_replaced=is_raised
        )
    return Cancellation(
        history, phrase("its file no longer asks the service to send it here"), is_replaced=False
    )
