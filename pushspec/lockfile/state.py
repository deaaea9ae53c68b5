"""What is known of an environment's calls: the state that a lockfile's records add up to."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

from pushspec.lockfile.histories import (
    Attempt,
    CallHistory,
    CallState,
    CampaignHistory,
    RecallHistory,
    ScheduleHistory,
    TaskHistory,
    TaskState,
)
from pushspec.lockfile.packed import AttemptLog, CallLedger
from pushspec.tencent.endpoints import Pace

if TYPE_CHECKING:
    from collections.abc import Iterator, MutableMapping
    from datetime import datetime

    from pushspec.lockfile.records import Conflict, Gate, Header, PeopleWritten, Tried
    from pushspec.lockfile.stats import KnownStats


@dataclass(frozen=True, slots=True)
class Run:
    """The run that took the lock last.

    Attributes:
        run_id: Its id, in each of its records.
        holder: Who took the lock, in words.
        purpose: The command that needed it.
        opened_at: When it took the lock.
        lease_end: Until when it holds the lock without a sign of life.
        process: Which process it is; None where that is not known.
        is_gone: Whether that process ended on this machine; only the lease tells of others.
    """

    run_id: str
    holder: str
    purpose: str
    opened_at: datetime
    lease_end: datetime
    process: str | None = None
    is_gone: bool = False


class Ownership(NamedTuple):
    """Tells one owner of the lock from all others, even where random ids repeat."""

    epoch: int
    run_id: str
    holder: str
    opened_at: datetime


@dataclass(slots=True)
class LockState:
    """Everything that follows from the records so far; changed by ``fold.advance``.

    What no record tells is added where a lockfile is read: that a run's process is gone, and what other
    environments pushed.

    Attributes:
        header: Which app and environment the lockfile belongs to; ``None`` while there is no lockfile.
        next_seq: Where the next record goes.
        epoch: ``seq`` of the newest ``open``.
        run: The run that holds the lock, until it closes; dead once its lease or its process ended.
        campaigns: Campaigns that were begun, by ``name@version``.
        calls: Calls that were intended, by key.
        keys_of: Keys of a campaign's calls in the order first intended, by ``name@version``.
        attempts: Intents by the rate limit that they share, in the order written.
        pushes_elsewhere: Pushes that other environments of the app tried; they share the day's quota.
        recalls: Calls that were to be taken back, by key.
        schedules: Campaigns whose time the service keeps, by ``name@version``.
        uncounted: Environments of the app whose pushes were not counted, because nobody may read them here.
        evidence_seen: Calls and the tasks that spoke against their record, whatever became of that.
        conflicts: Evidence against the record, by call; their campaigns are blocked until it is given up.
        frozen_reason: Why every apply is stopped; empty when none is.
        stats: What the service told about the tasks of calls, by key.
        gates: The last verdict on each stage's gate, by ``name@version`` and stage; an opened one stays open.
        stops: Who or what stopped a campaign, by ``name@version``, until a person lets it go on.
        tries: The last record of each call to testers, by ``name@version`` and key.
        people: The newest write of people's tags and attributes.
        moved_to: Where the lockfile lives now; empty while it lives here.
        updated_at: The latest instant of any record; a clock that was set back writes earlier ones behind it.
        under_way: Keys with an intent and no outcome while their run holds the lock.
        doubted: Keys whose outcome is recorded as unknown.
    """

    header: Header | None = None
    next_seq: int = 0
    epoch: int = 0
    run: Run | None = None
    campaigns: dict[str, CampaignHistory] = field(default_factory=dict)
    calls: MutableMapping[str, CallHistory] = field(default_factory=CallLedger)
    keys_of: dict[str, list[str]] = field(default_factory=dict)
    attempts: dict[Pace, AttemptLog] = field(default_factory=dict)
    pushes_elsewhere: list[Attempt] = field(default_factory=list)
    recalls: dict[str, RecallHistory] = field(default_factory=dict)
    schedules: dict[str, ScheduleHistory] = field(default_factory=dict)
    uncounted: tuple[str, ...] = ()
    evidence_seen: set[tuple[str, str | None]] = field(default_factory=set)
    conflicts: dict[str, Conflict] = field(default_factory=dict)
    frozen_reason: str = ""
    stats: dict[str, KnownStats] = field(default_factory=dict)
    gates: dict[str, dict[str, Gate]] = field(default_factory=dict)
    stops: dict[str, Gate] = field(default_factory=dict)
    tries: dict[str, dict[str, Tried]] = field(default_factory=dict)
    people: PeopleWritten | None = None
    moved_to: str = ""
    updated_at: datetime | None = None
    under_way: set[str] = field(default_factory=set)
    doubted: set[str] = field(default_factory=set)

    @property
    def ownership(self) -> Ownership | None:
        """Who owns the lock; ``None`` while nobody does."""
        run = self.run
        return None if run is None else Ownership(self.epoch, run.run_id, run.holder, run.opened_at)

    def live_run(self, now: datetime) -> Run | None:
        """Return the run that holds the lock, unless it closed, its lease ended or its process is gone."""
        if self.run is None or self.run.is_gone:
            return None
        return self.run if now < self.run.lease_end else None

    def in_doubt(self, now: datetime) -> list[CallHistory]:
        """Return the calls whose outcome nobody knows, in key order.

        A call under way counts as soon as no live run could still write what became of it.
        """
        keys = self.doubted if self.live_run(now) else self.doubted | self.under_way
        return [replace(self.calls[key], state=CallState.IN_DOUBT) for key in sorted(keys)]

    def is_open(self, key: str) -> bool:
        """Whether a call may still be made: it is unknown here, or certainly went nowhere and may yet go."""
        call = self.calls.get(key)
        if call is None:
            return True
        return call.state in {CallState.NOT_SENT, CallState.REFUSED} and not call.is_settled

    def has_passed(self, campaign_key: str, stage: str) -> bool:
        """Whether the gate behind a stage was opened, on record."""
        gate = self.gates.get(campaign_key, {}).get(stage)
        return gate is not None and gate.verdict == "opened"

    def conflict_of(self, campaign_key: str) -> Conflict | None:
        """Return the evidence against what is recorded of a campaign, the first in key order."""
        found = (key for key in sorted(self.conflicts) if self.calls[key].campaign == campaign_key)
        return next((self.conflicts[key] for key in found), None)

    def recalls_of(self, campaign_key: str) -> list[RecallHistory]:
        """Return the calls of ``name@version`` that were to be taken back, in the order first intended."""
        return [recall for recall in self.recalls.values() if recall.campaign == campaign_key]

    def calls_of(self, campaign_key: str) -> Iterator[CallHistory]:
        """Yield the calls of ``name@version`` in the order first intended."""
        return (self.calls[key] for key in self.keys_of.get(campaign_key, ()))

    @property
    def pushes(self) -> list[Attempt]:
        """The attempts that count in the app's daily quota, those of its other environments included."""
        return [*self.own_pushes, *self.pushes_elsewhere]

    @property
    def own_pushes(self) -> list[Attempt]:
        """Those of this environment: what was tried, and what tasks at the service send at their time."""
        return [*self.attempts.get(Pace.PUSH, ()), *self._task_pushes()]

    def _task_pushes(self) -> Iterator[Attempt]:
        for schedule in self.schedules.values():
            for task in schedule.tasks.values():
                if task.spends is not None and not task.spends.accounts:
                    yield Attempt(task.key, task.spends.due_at, 1, is_task=True)

    def schedules_of(self, name: str) -> list[ScheduleHistory]:
        """Return the campaigns of a name, of any version, whose tasks can still send."""
        return [it for it in self.schedules.values() if it.record.name == name and it.live]

    def task(self, key: str) -> TaskHistory | None:
        """Return what is known of the task that makes a call; None where there never was one."""
        schedule = self.schedules.get(re.split("[/#]", key)[0])
        return None if schedule is None else schedule.tasks.get(key)

    def task_numbers(self) -> set[int]:
        """Return the numbers of all tasks that some attempt is known to have made."""
        tasks = (task for schedule in self.schedules.values() for task in schedule.tasks.values())
        return {task.held.number for task in tasks if task.held is not None}

    def tasks_in_doubt(self, now: datetime) -> list[TaskHistory]:
        """Return the tasks of which nobody knows what became of the last attempt, in key order.

        An attempt under way counts as soon as no live run could still write what became of it.
        """
        states = {TaskState.IN_DOUBT} if self.live_run(now) else {TaskState.IN_DOUBT, TaskState.UNDER_WAY}
        tasks = (task for schedule in self.schedules.values() for task in schedule.tasks.values())
        return sorted((task for task in tasks if task.state in states), key=lambda task: task.key)
