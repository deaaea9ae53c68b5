"""What is known of an environment's calls: the state that a lockfile's records add up to."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from pushspec.tencent.answers import NO_IDS, ServiceIds
from pushspec.tencent.codes import refused_for_its_bytes
from pushspec.tencent.endpoints import Pace

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from pushspec.lockfile.records import Begin, Conflict, End, Gate, Header, PeopleWritten, Schedule, Tried
    from pushspec.lockfile.stats import KnownStats
    from pushspec.serialization import Json


class CallState(StrEnum):
    """What is known of a call that the lockfile knows; one it does not know is still planned."""

    INTENDED = "intended"
    SENT = "sent"
    REFUSED = "refused"
    NOT_SENT = "not sent"
    IN_DOUBT = "in doubt"
    ABANDONED = "abandoned"


@dataclass(frozen=True, slots=True)
class CallHistory:
    """All that the lockfile knows of one call.

    Attributes:
        key: The call.
        campaign: ``name@version``.
        endpoint: Where it goes, a path without ``v4/``.
        state: What became of its last attempt.
        attempts: How many times it was intended.
        msg_random: The number that names it to the service for a second.
        data_id: What callbacks name it by; None where its endpoint has no such.
        payload_sha256: SHA-256 of the last attempt's bytes.
        accounts: How many accounts it names; 0 for everyone, tags and attributes.
        intended_at: When the last attempt was intended.
        not_after: Its request certainly did not leave later than this.
        settled_at: When the last attempt's outcome was written.
        sent_at: When the request left, of a call that was sent.
        ids: What the service calls it.
        refused: Accounts that the service refused, counted by error code.
        code: The service's error code of the last attempt.
        http_status: The HTTP status of the last attempt, where it is what tells.
        case: What happened, in one word of the transport table.
        text: What happened, in plain words.
    """

    key: str
    campaign: str
    endpoint: str
    state: CallState
    attempts: int
    msg_random: int
    payload_sha256: str
    accounts: int
    intended_at: datetime
    not_after: datetime
    data_id: str | None = None
    settled_at: datetime | None = None
    sent_at: datetime | None = None
    ids: ServiceIds = NO_IDS
    refused: Mapping[int, int] = field(default_factory=dict)
    code: int | None = None
    http_status: int | None = None
    case: str = ""
    text: str = ""

    @property
    def is_settled(self) -> bool:
        """Whether no later run may make this call: it was taken, given up, or its bytes are refused."""
        if self.state is CallState.REFUSED and not self.was_taken:
            return refused_for_its_bytes(self.code, self.http_status, self.endpoint)
        return self.was_taken or self.state in {CallState.SENT, CallState.ABANDONED}

    @property
    def was_taken(self) -> bool:
        """Whether the service took it and named it, also where it then refused every account."""
        return bool(self.ids)


@dataclass(frozen=True, slots=True)
class CampaignHistory:
    """What the lockfile knows of a campaign that was begun.

    Attributes:
        begin: What was frozen before its first call.
        begun_at: When.
        end: Its totals once nothing is left.
    """

    begin: Begin
    begun_at: datetime
    end: End | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One intent, as the pace and the quota count it.

    Attributes:
        key: The call.
        at: When it was intended.
        weight: How many users or messages it names, at least 1.
        is_task: Whether the service keeps it and makes it at that time, which may be to come.
    """

    key: str
    at: datetime
    weight: int
    is_task: bool = False


class RecallState(StrEnum):
    """What is known of taking a call back."""

    INTENDED = "under way"
    TAKEN_BACK = "taken back"
    NOT_TAKEN_BACK = "not taken back"
    IN_DOUBT = "unknown"


@dataclass(frozen=True, slots=True)
class RecallHistory:
    """All that the lockfile knows of taking one call back.

    Attributes:
        key: The call.
        campaign: ``name@version``.
        state: What became of the last attempt.
        attempts: How many times it was intended.
        payload_sha256: SHA-256 of the last attempt's requests.
        requests: How many requests the last attempt makes: one, or one a person.
        not_after: No request of it left later.
        settled_at: When the last attempt's outcome was written.
        taken_back: Requests that the service accepted, or had accepted before.
        not_taken_back: Requests that certainly took nothing back, by error code or case.
        unknown: Requests without a trustworthy answer.
        was_doubted: Whether an attempt was ever in doubt: one that did nothing then leaves the doubt.
        text: What happened, in plain words.
    """

    key: str
    campaign: str
    state: RecallState
    attempts: int
    payload_sha256: str
    requests: int
    not_after: datetime
    settled_at: datetime | None = None
    taken_back: int = 0
    not_taken_back: Mapping[str, int] = field(default_factory=dict)
    unknown: int = 0
    was_doubted: bool = False
    text: str = ""


class TaskState(StrEnum):
    """What is known of a task at the service."""

    UNDER_WAY = "under way"
    SCHEDULED = "scheduled"
    NOT_SCHEDULED = "not scheduled"
    CANCELLED = "cancelled"
    IN_DOUBT = "in doubt"
    SENT = "sent"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Task:
    """What a task holds, or is to hold.

    Attributes:
        content: The body of its send without accounts.
        msg_random: The number of its call.
        data_id: What callbacks name it by; None where its endpoint has no such.
        task_sha256: SHA-256 over type, time and whole content.
        accounts: How many accounts it lists; 0 for everyone, tags and attributes.
        accounts_sha256: SHA-256 over them in order.
        due_at: When the service sends it.
        number: Its number; 0 before the service told one.
    """

    content: Mapping[str, Json]
    msg_random: int
    data_id: str | None
    task_sha256: str
    accounts: int
    accounts_sha256: str
    due_at: datetime
    number: int = 0


@dataclass(frozen=True, slots=True)
class TaskHistory:
    """All that the lockfile knows of one task.

    Attributes:
        key: The call that it makes.
        campaign: ``name@version``.
        endpoint: Where that call would go, a path without ``v4/``.
        state: What is known of it.
        action: What the last attempt was to do.
        attempts: How many times something was intended.
        payload_sha256: SHA-256 of the last attempt's request.
        intended_at: When the last attempt was intended.
        not_after: Its request certainly did not leave later.
        held: What the service keeps, as far as that is certain; None where it keeps none.
        wanted: What the last attempt was to make of it; None for a cancellation.
        text: What happened, in plain words.
    """

    key: str
    campaign: str
    endpoint: str
    state: TaskState
    action: str
    attempts: int
    payload_sha256: str
    intended_at: datetime
    not_after: datetime
    held: Task | None = None
    wanted: Task | None = None
    text: str = ""

    @property
    def is_live(self) -> bool:
        """Whether the service keeps it, or may: it can still send."""
        return self.state in {TaskState.UNDER_WAY, TaskState.SCHEDULED, TaskState.IN_DOUBT}

    @property
    def is_open(self) -> bool:
        """Whether an attempt on it has no certain outcome."""
        return self.state in {TaskState.UNDER_WAY, TaskState.IN_DOUBT}

    @property
    def spends(self) -> Task | None:
        """What takes a push of its day: what is kept, or may be."""
        return (self.held or self.wanted) if self.is_live or self.state is TaskState.SENT else None


@dataclass(frozen=True, slots=True)
class ScheduleHistory:
    """What the lockfile knows of a campaign whose time the service keeps.

    Attributes:
        record: What its tasks are to send, as last written down.
        tasks: Its tasks by key, in the order first intended.
    """

    record: Schedule
    tasks: dict[str, TaskHistory]

    @property
    def key(self) -> str:
        """``name@version``."""
        return self.record.campaign

    @property
    def live(self) -> list[TaskHistory]:
        """The tasks that can still send."""
        return [task for task in self.tasks.values() if task.is_live]

    @property
    def failed(self) -> list[TaskHistory]:
        """The tasks of which the service says that it sent nothing."""
        return [task for task in self.tasks.values() if task.state is TaskState.FAILED]

    @property
    def doubted(self) -> list[TaskHistory]:
        """The tasks of which nobody knows what became of the last attempt."""
        return [task for task in self.tasks.values() if task.is_open]


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
    calls: dict[str, CallHistory] = field(default_factory=dict)
    keys_of: dict[str, list[str]] = field(default_factory=dict)
    attempts: dict[Pace, list[Attempt]] = field(default_factory=dict)
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

    def attempts_since(self, instant: datetime, pace: Pace) -> int:
        """Return how many calls of this pace were tried after an instant, whatever became of them."""
        tried = self.pushes if pace is Pace.PUSH else self.attempts.get(pace, [])
        return sum(attempt.at > instant for attempt in tried)

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
