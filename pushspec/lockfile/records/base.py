"""What all records share: the keys that every one carries, and how they hold an instant."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, ClassVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainSerializer


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


class Nested(BaseModel):
    """What a record nests, read as strictly as the record itself."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)
