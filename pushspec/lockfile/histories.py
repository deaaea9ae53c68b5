"""What a lockfile knows of one call, campaign, recall or task."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from pushspec.tencent.answers import NO_IDS, ServiceIds
from pushspec.tencent.codes import refused_for_its_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from pushspec.lockfile.records import Begin, End, Schedule
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
        was_doubted: Whether an attempt was ever in doubt: one that did nothing then leaves the doubt.
        settled_at: When the last attempt's outcome was written.
        taken_back: Requests that the service accepted, or had accepted before.
        not_taken_back: Requests that certainly took nothing back, by error code or case.
        unknown: Requests without a trustworthy answer.
        text: What happened, in plain words.
    """

    key: str
    campaign: str
    state: RecallState
    attempts: int
    payload_sha256: str
    requests: int
    not_after: datetime
    was_doubted: bool
    settled_at: datetime | None = None
    taken_back: int = 0
    not_taken_back: Mapping[str, int] = field(default_factory=dict)
    unknown: int = 0
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
        schedule: What its campaign said when it was asked for.
        number: Its number; 0 before the service told one.
    """

    content: Mapping[str, Json]
    msg_random: int
    data_id: str | None
    task_sha256: str
    accounts: int
    accounts_sha256: str
    due_at: datetime
    schedule: Schedule
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
    held: Task | None
    wanted: Task | None
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
