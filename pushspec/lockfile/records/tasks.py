"""Records of a task at the service: the attempt, what became of it, and the push that it became."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from pushspec.lockfile.records.base import Instant, Record


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

    ``found`` says how an attempt that was in doubt was settled later; it is empty for a plain answer. Where a
    person settled it, ``by`` names them, and ``evidence_sha256`` the file that they showed, if any.
    """

    key: str
    attempt: int = Field(ge=1)
    found: str = ""
    by: str | None = None
    evidence_sha256: str | None = None


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


SettledTask = Scheduled | Rescheduled | Cancelled | NotScheduled
"""What may settle an attempt in doubt."""


class Dispatched(Record):
    """The service's word that a task is over: the push it became, or why there is none."""

    is_note: ClassVar[bool] = True
    record: Literal["dispatched"] = "dispatched"
    key: str
    task: int
    task_id: str | None = None
    text: str = ""
