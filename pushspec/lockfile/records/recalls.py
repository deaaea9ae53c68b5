"""Records of taking a call back: the attempt, and what became of it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from pushspec.lockfile.records.base import Instant, Record


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
