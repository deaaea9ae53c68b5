"""What a lockfile says: one record for each thing that happened, in a fixed key order."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainSerializer, TypeAdapter

from pushspec.tencent.answers import ServiceIds

LOCKFILE_VERSION = 1
"""Raised when a record changes its meaning; a newer file is refused by older tools."""


def _in_utc(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError("an instant needs its time zone")
    return instant.astimezone(UTC)


def utc_text(instant: datetime) -> str:
    """Return an instant as lockfiles write it: UTC, microseconds, ``Z``."""
    return instant.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


Instant = Annotated[datetime, AfterValidator(_in_utc), PlainSerializer(utc_text)]
"""An aware instant, kept in UTC."""


class Record(BaseModel):
    """What every record carries, before its own keys.

    Attributes:
        record: The kind.
        seq: Its place in the lockfile, from 0, without gaps.
        journal: Id of the lockfile, drawn once.
        epoch: ``seq`` of the newest ``open`` record; whoever holds an older one may no longer write.
        run: Id of the run that wrote it.
        nonce: Random, so that a record read back is known for one's own.
        at: When it was written, UTC.
    """

    # Deferred: a plan without a lockfile needs no validator of records.
    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, hide_input_in_errors=True, defer_build=True
    )
    is_note: ClassVar[bool] = False
    """Whether a running owner may find it behind its own records and go on."""

    record: str
    seq: int = Field(default=-1, ge=-1)
    journal: str = ""
    epoch: int = Field(default=-1, ge=-1)
    run: str = ""
    nonce: str = ""
    at: Instant = datetime.fromtimestamp(0, UTC)


class Header(Record):
    """The first record: binds the lockfile to one app and environment."""

    record: Literal["header"] = "header"
    version: int = LOCKFILE_VERSION
    sdk_app_id: int
    environment: str


class Open(Record):
    """A run took the lock; every earlier owner can no longer write."""

    record: Literal["open"] = "open"
    holder: str
    purpose: str = "apply"
    plan_digest: str = ""
    lease_end: Instant
    tool: str
    process: str | None = None


class Renew(Record):
    """The run lives and holds the lock for longer."""

    record: Literal["renew"] = "renew"
    lease_end: Instant


class Close(Record):
    """The run left the lock."""

    record: Literal["close"] = "close"
    why: str = "done"
    sent: int = 0
    refused: int = 0
    not_sent: int = 0
    in_doubt: int = 0


class BegunHour(BaseModel):
    """Calls of a campaign that may leave between two moments: an hour on the clocks of some zones."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)

    opens_at: Instant
    closes_at: Instant
    calls: int


class CampaignRecord(Record):
    """What a campaign sends, as it was written down before its first call or task."""

    campaign: str
    name: str
    version: int
    digest: str
    endpoint: str
    audience: str
    contents: dict[str, dict[str, Any]]
    texts: int | None = None
    contents_sha256: str | None = None
    accounts: int = 0
    accounts_sha256: str
    calls: int
    spec: str
    spec_sha256: str
    not_before: Instant | None = None
    not_after: Instant | None = None
    recall: dict[str, str] | None = None
    location: str = ""
    approved_by: tuple[str, ...] | None = None
    statement_sha256: str | None = None
    reviewed_by: tuple[str, ...] | None = None
    salt: str | None = None
    shares: dict[str, str] | None = None
    lists: dict[str, str] | None = None
    parts: dict[str, tuple[int, int]] | None = None
    commit: str = ""
    actor: str = ""
    run_url: str = ""


class Begin(CampaignRecord):
    """A campaign is frozen: from here on its parts never change."""

    record: Literal["begin"] = "begin"
    hours: dict[str, BegunHour] | None = None
    zone_data: str | None = None


class Schedule(CampaignRecord):
    """What tasks at the service are to send at ``due_at``, until another such record of the campaign."""

    record: Literal["schedule"] = "schedule"
    due_at: Instant


class Intent(Record):
    """A call is about to be made; written before its first byte leaves."""

    record: Literal["intent"] = "intent"
    campaign: str
    key: str
    attempt: int = Field(ge=1)
    endpoint: str
    msg_random: int
    data_id: str | None = None
    payload_sha256: str
    accounts: int = 0
    not_after: Instant


class OutcomeRecord(Record):
    """What became of an attempt; the keys that its three kinds share."""

    key: str
    attempt: int = Field(ge=1)


class Sent(OutcomeRecord):
    """The service took the call and named what it started."""

    record: Literal["sent"] = "sent"
    task_id: str | None = None
    msg_key: str | None = None
    msg_id: str | None = None
    refused: dict[str, list[str]] = Field(default_factory=dict)
    left_at: Instant
    answered_at: Instant


class NotSent(OutcomeRecord):
    """Certainly nothing went out: the service refused the call, or it never left."""

    record: Literal["not_sent"] = "not_sent"
    refused_by_service: bool
    code: int | None = None
    http_status: int | None = None
    case: str
    text: str = ""
    refused: dict[str, list[str]] = Field(default_factory=dict)


class Unknown(OutcomeRecord):
    """The request left and no trustworthy answer came."""

    record: Literal["unknown"] = "unknown"
    code: int | None = None
    http_status: int | None = None
    case: str
    text: str = ""


class Resolved(OutcomeRecord):
    """A person, or positive evidence, settled a doubt."""

    record: Literal["resolved"] = "resolved"
    verdict: Literal["sent", "not_sent", "abandoned"]
    by: str
    why: str
    evidence_sha256: str = ""
    task_id: str | None = None
    msg_key: str | None = None
    msg_id: str | None = None


def ids_of(record: Sent | Resolved) -> ServiceIds:
    """Return what the service called a call, from the keys that keep it."""
    return ServiceIds(record.task_id, record.msg_key, record.msg_id)


class Conflict(Record):
    """Evidence says that a call was sent which the record holds for certainly not sent."""

    record: Literal["conflict"] = "conflict"
    key: str
    by: str
    why: str
    evidence_sha256: str = ""
    task_id: str | None = None


class RecallIntent(Record):
    """A call that was sent is about to be taken back; written before the first request leaves."""

    record: Literal["recall_intent"] = "recall_intent"
    campaign: str
    key: str
    attempt: int = Field(ge=1)
    endpoint: str
    task_id: str | None = None
    msg_key: str | None = None
    payload_sha256: str
    requests: int = Field(ge=1)
    not_after: Instant


class RecallOutcome(Record):
    """What became of taking a call back; the keys that its three kinds share."""

    key: str
    attempt: int = Field(ge=1)
    taken_back: int = Field(default=0, ge=0)
    not_taken_back: dict[str, int] = Field(default_factory=dict)
    unknown: int = Field(default=0, ge=0)
    text: str = ""


class Recalled(RecallOutcome):
    """The service accepted that the call is taken back, now or before."""

    record: Literal["recalled"] = "recalled"


class NotRecalled(RecallOutcome):
    """The call, or a part of it, is certainly not taken back by this attempt."""

    record: Literal["not_recalled"] = "not_recalled"


class RecallUnknown(RecallOutcome):
    """A request left and no trustworthy answer came."""

    record: Literal["recall_unknown"] = "recall_unknown"


class TaskIntent(Record):
    """A task at the service is about to be made, changed or cancelled; written before the request leaves.

    Attributes:
        campaign: ``name@version``.
        key: The call that the task makes.
        attempt: Counts the intents of a key, from 1.
        action: What is about to be done.
        task: The task's number; None before the service gave it one.
        content: The name of its content in the newest ``schedule`` record.
        msg_random: As the call's.
        data_id: As the call's.
        task_sha256: SHA-256 over type, time and content that it is to have.
        payload_sha256: SHA-256 of the request.
        accounts: How many accounts it lists.
        accounts_sha256: SHA-256 over them in order.
        due_at: When the service is to send it.
        not_after: The request leaves no later.
    """

    record: Literal["task_intent"] = "task_intent"
    campaign: str
    key: str
    attempt: int = Field(ge=1)
    action: Literal["create", "change", "cancel"]
    task: int | None = None
    content: str
    msg_random: int
    data_id: str | None = None
    task_sha256: str
    payload_sha256: str
    accounts: int = 0
    accounts_sha256: str
    due_at: Instant
    not_after: Instant


class TaskOutcome(Record):
    """What became of an attempt on a task; the keys that its kinds share.

    ``found`` says how an attempt that was in doubt was settled later; it is empty for a plain answer.
    """

    key: str
    attempt: int = Field(ge=1)
    found: str = ""


class Scheduled(TaskOutcome):
    """The service keeps the task, under this number."""

    record: Literal["scheduled"] = "scheduled"
    task: int


class Rescheduled(TaskOutcome):
    """The service took the change."""

    record: Literal["rescheduled"] = "rescheduled"


class Cancelled(TaskOutcome):
    """The service keeps the task no longer, and sends nothing of it."""

    record: Literal["cancelled"] = "cancelled"


class NotScheduled(TaskOutcome):
    """Certainly the attempt changed nothing at the service."""

    record: Literal["not_scheduled"] = "not_scheduled"
    case: str
    text: str = ""


class TaskUnknown(TaskOutcome):
    """The request left and no trustworthy answer came."""

    record: Literal["task_unknown"] = "task_unknown"
    case: str
    text: str = ""


class Dispatched(Record):
    """The service's word that a task is over: the push it became, or why there is none."""

    is_note: ClassVar[bool] = True
    record: Literal["dispatched"] = "dispatched"
    key: str
    task: int
    task_id: str | None = None
    text: str = ""


class End(Record):
    """Nothing of the campaign is left to send; its totals."""

    record: Literal["end"] = "end"
    campaign: str
    sent: int
    refused: int
    abandoned: int
    refused_accounts: int


class Frozen(Record):
    """A person stopped every apply, or let them go on again."""

    is_note: ClassVar[bool] = True
    record: Literal["frozen"] = "frozen"
    frozen: bool
    by: str
    why: str


class PlatformStats(BaseModel):
    """The counts of one phone maker and channel, with the numbers that the service gives both."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)

    channel: int | None = None
    platform: int | None = None
    total: int | None = None
    sent: int | None = None
    reached: int | None = None
    opened: int | None = None


LossStage = Literal["before_sending", "after_sending"]
"""Whether a push was lost before it was handed to a channel, or after."""


class LossStats(BaseModel):
    """How many people a push did not reach for one reason; of one channel where it names one."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)

    stage: LossStage
    code: str | None = None
    count: int | None = None
    text: str = ""
    channel: int | None = None
    platform: int | None = None


class Stats(Record):
    """Counts of a call's task, as the service gave them; what it did not tell is missing, and never 0."""

    is_note: ClassVar[bool] = True
    record: Literal["stats"] = "stats"
    key: str
    task_id: str
    asked_at: Instant
    total: int | None = None
    sent: int | None = None
    reached: int | None = None
    opened: int | None = None
    platforms: tuple[PlatformStats, ...] | None = None
    losses: tuple[LossStats, ...] | None = None
    platform_losses: tuple[LossStats, ...] | None = None


class Gate(Record):
    """A stage's gate was opened, keeps holding, or stopped the campaign; or a person stopped or continued it.

    Attributes:
        campaign: ``name@version``.
        stage: The stage that the gate stands behind; empty for a word about the campaign as a whole.
        opens: The stage that it opens; empty where it opens none.
        verdict: What it says.
        by: The person whose word it is; empty where the evidence decided.
        why: The evidence, or the person's reason, in words.
        opens_at: From when on it may open, as far as that is known.
        evidence: How many people of how many, by what was measured.
    """

    is_note: ClassVar[bool] = True
    record: Literal["gate"] = "gate"
    campaign: str
    stage: str
    opens: str = ""
    verdict: Literal["opened", "held", "stopped"]
    by: str = ""
    why: str
    opens_at: Instant | None = None
    evidence: dict[str, list[int]] = Field(default_factory=dict)


class Tried(Record):
    """What a campaign says went to the testers, a step a record; never a send of the campaign.

    Attributes:
        campaign: ``name@version``.
        key: The call of the try.
        content_sha256: What was tried: a digest over the campaign's contents.
        step: It is about to leave, what became of it, or what its trace told.
        endpoint: Where it went.
        accounts: How many testers it names.
        calls: How many calls the whole try makes, one a rendering.
        payload_sha256: SHA-256 of its bytes.
        by: Who tried it.
        task_id: As the service wrote it.
        msg_key: As the service wrote it.
        msg_id: As the service wrote it.
        refused: How many testers the service refused, by code.
        text: What happened where it was not sent, in words.
        devices: Devices that the trace names; None where it was not asked, or told nothing.
        reached: How many of them it reached.
    """

    record: Literal["tried"] = "tried"
    campaign: str
    key: str
    content_sha256: str
    step: Literal["intended", "sent", "not_sent", "unknown", "traced"]
    endpoint: str
    accounts: int
    calls: int
    payload_sha256: str
    by: str
    task_id: str | None = None
    msg_key: str | None = None
    msg_id: str | None = None
    refused: dict[str, int] = Field(default_factory=dict)
    text: str = ""
    devices: int | None = None
    reached: int | None = None


class PeopleWritten(Record):
    """Tags and attributes of people were written; how many, and what the service refused or left open."""

    is_note: ClassVar[bool] = True
    record: Literal["people"] = "people"
    digest: str
    by: str
    changed: int
    unchanged: int
    unknown: int
    names_defined: tuple[str, ...] = ()
    tags_added: int
    tags_removed: int
    attributes_set: int
    attributes_removed: int
    refused: dict[int, int] = Field(default_factory=dict)
    unanswered: int = 0


class Moved(Record):
    """The lockfile lives elsewhere now; nothing follows this record."""

    record: Literal["moved"] = "moved"
    to: str
    by: str


AnyRecord = Annotated[
    Header
    | Open
    | Renew
    | Close
    | Begin
    | Intent
    | Sent
    | NotSent
    | Unknown
    | Resolved
    | Conflict
    | RecallIntent
    | Recalled
    | NotRecalled
    | RecallUnknown
    | Schedule
    | TaskIntent
    | Scheduled
    | Rescheduled
    | Cancelled
    | NotScheduled
    | TaskUnknown
    | Dispatched
    | End
    | Frozen
    | Stats
    | Gate
    | Tried
    | PeopleWritten
    | Moved,
    Field(discriminator="record"),
]
RECORDS: TypeAdapter[AnyRecord] = TypeAdapter(AnyRecord, config=ConfigDict(defer_build=True))
"""Reads any record; strict, so that nothing is bent into shape."""
