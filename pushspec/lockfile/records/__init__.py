"""What a lockfile says: one record for each thing that happened, in a fixed key order."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field, TypeAdapter

from pushspec.lockfile.records.base import Instant, Record, utc_text
from pushspec.lockfile.records.campaigns import Begin, BegunHour, CampaignRecord, End, Schedule
from pushspec.lockfile.records.people import PeopleWritten
from pushspec.lockfile.records.recalls import (
    NotRecalled,
    Recalled,
    RecallIntent,
    RecallOutcome,
    RecallUnknown,
)
from pushspec.lockfile.records.runs import LOCKFILE_VERSION, Close, Frozen, Header, Moved, Open, Renew
from pushspec.lockfile.records.sends import (
    Conflict,
    Intent,
    NotSent,
    OutcomeRecord,
    Resolved,
    Sent,
    Unknown,
    ids_of,
)
from pushspec.lockfile.records.stages import Gate
from pushspec.lockfile.records.stats import LossStage, LossStats, PlatformStats, Stats
from pushspec.lockfile.records.tasks import (
    Cancelled,
    Dispatched,
    NotScheduled,
    Rescheduled,
    Scheduled,
    SettledTask,
    TaskIntent,
    TaskOutcome,
    TaskUnknown,
)
from pushspec.lockfile.records.tries import Tried

__all__ = [
    "LOCKFILE_VERSION",
    "RECORDS",
    "AnyRecord",
    "Begin",
    "BegunHour",
    "CampaignRecord",
    "Cancelled",
    "Close",
    "Conflict",
    "Dispatched",
    "End",
    "Frozen",
    "Gate",
    "Header",
    "Instant",
    "Intent",
    "LossStage",
    "LossStats",
    "Moved",
    "NotRecalled",
    "NotScheduled",
    "NotSent",
    "Open",
    "OutcomeRecord",
    "PeopleWritten",
    "PlatformStats",
    "RecallIntent",
    "RecallOutcome",
    "RecallUnknown",
    "Recalled",
    "Record",
    "Renew",
    "Rescheduled",
    "Resolved",
    "Schedule",
    "Scheduled",
    "Sent",
    "SettledTask",
    "Stats",
    "TaskIntent",
    "TaskOutcome",
    "TaskUnknown",
    "Tried",
    "Unknown",
    "ids_of",
    "utc_text",
]

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
