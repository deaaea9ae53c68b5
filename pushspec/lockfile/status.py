"""What the lockfile says right now: campaigns, doubts, who holds the lock, what blocks."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from pushspec.lockfile.histories import CallState

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

    from pushspec.lockfile.histories import (
        CallHistory,
        CampaignHistory,
        RecallState,
        ScheduleHistory,
        TaskHistory,
    )
    from pushspec.lockfile.records import Begin, Conflict, Gate
    from pushspec.lockfile.state import LockState, Run

MARGIN = timedelta(minutes=15)
"""How long after its deadline a request could still arrive; only then may it be called not sent."""


@dataclass(frozen=True, slots=True)
class OpenHour:
    """An hour on people's own clocks of which calls are left.

    Attributes:
        name: Such as ``UTC+0800``.
        opens_at: When it begins.
        closes_at: When it ends.
        left: How many calls.
    """

    name: str
    opens_at: datetime
    closes_at: datetime
    left: int


@dataclass(frozen=True, slots=True)
class CampaignStatus:
    """How far a campaign is.

    Attributes:
        key: ``name@version``.
        history: What was begun, and its end.
        counts: Its calls by state; calls not yet tried are not among them.
        left: Calls that a later apply would make.
        refused_accounts: Accounts that the service refused, by error code.
        conflict: Evidence against the record; ``None`` where there is none.
        gate: What the gate behind its last open stage said, while a later stage waits for it.
        stop: Who or what stopped it; ``None`` while nothing has.
        recalls: Calls that were to be taken back, by what became of that.
        hours: The hours on people's own clocks of which calls are left, in the order in which they open.
    """

    key: str
    history: CampaignHistory
    counts: Mapping[CallState, int]
    left: int
    refused_accounts: Mapping[int, int]
    conflict: Conflict | None = None
    gate: Gate | None = None
    stop: Gate | None = None
    recalls: Mapping[RecallState, int] = field(default_factory=dict)
    hours: tuple[OpenHour, ...] = ()

    def next_hour(self, now: datetime) -> OpenHour | None:
        """Return the first of its hours that is not over; None where none is left."""
        return next((hour for hour in self.hours if now <= hour.closes_at), None)

    @property
    def is_finished(self) -> bool:
        """Whether nothing is left of it to send or to settle; a person may have settled the last of it.

        What is taken back sends nothing more.
        """
        is_open = {CallState.INTENDED, CallState.IN_DOUBT} & self.counts.keys()
        return self.history.end is not None or not (is_open or (self.left and not self.recalls))


@dataclass(frozen=True, slots=True)
class Doubt:
    """A call whose outcome nobody knows.

    Attributes:
        call: What is known of it.
        audience: Whom it concerns, in words.
        resolvable_at: From when on it may be called not sent.
    """

    call: CallHistory
    audience: str
    resolvable_at: datetime


@dataclass(frozen=True, slots=True)
class Status:
    """Everything that a person wants to know of an environment.

    Attributes:
        campaigns: In the order begun.
        doubts: In key order.
        run: The run that holds the lock and lives.
        dead_run: A run that never left the lock, and whose lease ended or whose process is gone.
        frozen_reason: Why every apply is stopped; empty when none is.
        schedules: Campaigns that the service is to send, in the order written, until it has sent them.
        task_doubts: Tasks of which nobody knows what became of the last request, in key order.
        stopped: The stops of campaigns of which nothing was sent yet, in the order said.
    """

    campaigns: tuple[CampaignStatus, ...]
    doubts: tuple[Doubt, ...]
    run: Run | None
    dead_run: Run | None
    frozen_reason: str
    schedules: tuple[ScheduleHistory, ...] = ()
    task_doubts: tuple[TaskHistory, ...] = ()
    stopped: tuple[Gate, ...] = ()

    @property
    def is_in_doubt(self) -> bool:
        """Whether an outcome is unknown, or evidence contradicts the record."""
        is_contradicted = any(campaign.conflict is not None for campaign in self.campaigns)
        return bool(self.doubts or self.task_doubts) or is_contradicted

    def gone_files(self, root: Path) -> Mapping[str, str]:
        """Return the file of each campaign that is not finished, by its key, where the file is gone.

        Args:
            root: The project folder.
        """
        unfinished = ((it.key, it.history.begin.spec) for it in self.campaigns if not it.is_finished)
        return {key: spec for key, spec in unfinished if not (root / spec).exists()}


def resolvable_at(call: CallHistory) -> datetime:
    """Return from when on a call in doubt may be called not sent."""
    return call.not_after + MARGIN


def task_resolvable_at(task: TaskHistory) -> datetime:
    """Return from when on what the service does not show of a task in doubt was certainly not done."""
    return task.not_after + MARGIN


def status_of(state: LockState, now: datetime) -> Status:
    """Return the status that a lockfile adds up to at an instant."""
    doubts = state.in_doubt(now)
    doubted = {call.key for call in doubts}
    live = state.live_run(now)
    return Status(
        campaigns=tuple(_campaign(state, key, doubted) for key in state.campaigns),
        doubts=tuple(
            Doubt(call, state.campaigns[call.campaign].begin.audience, resolvable_at(call)) for call in doubts
        ),
        run=live,
        dead_run=None if live is not None else state.run,
        frozen_reason=state.frozen_reason,
        schedules=tuple(it for it in state.schedules.values() if it.live or it.failed),
        task_doubts=tuple(state.tasks_in_doubt(now)),
        stopped=tuple(_stopped_unsent(state)),
    )


def _stopped_unsent(state: LockState) -> Iterator[Gate]:
    """Yield the stops of campaigns that were not begun; one of which a later version was begun is past."""
    newest: dict[str, int] = {}
    for key, history in state.campaigns.items():
        name = key.partition("@")[0]
        newest[name] = max(history.begin.version, newest.get(name, 0))
    for key, stop in state.stops.items():
        name, _, version = key.partition("@")
        is_past = version.isdecimal() and int(version) < newest.get(name, 0)
        if key not in state.campaigns and not is_past:
            yield stop


def _campaign(state: LockState, key: str, doubted: set[str]) -> CampaignStatus:
    history, counts, refused = state.campaigns[key], Counter[CallState](), Counter[int]()
    closed = Counter[str]()
    for call in state.calls_of(key):
        counts[CallState.IN_DOUBT if call.key in doubted else call.state] += 1
        refused.update(call.refused)
        closed[slice_name(call.key)] += not state.is_open(call.key)
    return CampaignStatus(
        key=key,
        history=history,
        counts=dict(counts),
        left=history.begin.calls - closed.total(),
        refused_accounts=dict(sorted(refused.items())),
        conflict=state.conflict_of(key),
        gate=next((gate for gate in state.gates.get(key, {}).values() if gate.verdict == "held"), None),
        stop=state.stops.get(key),
        recalls=dict(Counter(recall.state for recall in state.recalls_of(key))),
        hours=tuple(_open_hours(history.begin, closed)),
    )


def slice_name(key: str) -> str:
    """Return the last name in a call's key: that of its stage or hour, if it has one."""
    return key.partition("#")[0].rpartition("/")[2]


def _open_hours(begin: Begin, closed: Mapping[str, int]) -> Iterator[OpenHour]:
    for name, hour in (begin.hours or {}).items():
        if left := hour.calls - closed[name]:
            yield OpenHour(name, hour.opens_at, hour.closes_at, left)
