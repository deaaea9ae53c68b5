"""Records of a call: the attempt, what became of it, and who settled a doubt."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from pushspec.lockfile.records.base import Instant, Record
from pushspec.tencent.answers import ServiceIds


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
