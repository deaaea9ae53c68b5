"""What people hear of: one event, which webhooks get as JSON with a published schema."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from pushspec.serialization import Json


class EventKind(StrEnum):
    """What an event is about; the words of ``on:`` in the project file, and ``test``."""

    STAGE = "stage"
    IN_DOUBT = "in_doubt"
    BLOCKED = "blocked"
    SCHEDULE = "schedule"
    END = "end"
    TEST = "test"


class Event(BaseModel):
    """One event."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    format_version: Literal[1] = 1
    event: EventKind = Field(
        description="stage, in_doubt, blocked, schedule, end or test; later versions may add others."
    )
    project: str
    environment: str
    campaign: str = Field(description="name@version; empty where it is about the whole environment.")
    key: str = Field(description="The call; empty where it is about the whole campaign.")
    text: str = Field(
        description="What happened, in words, with names and reasons as people typed them: "
        "whoever forwards it to a chat or a page escapes it there."
    )
    at: str = Field(description="When it was recorded, in UTC, ISO 8601.")


def event_schema() -> dict[str, Json]:
    """Return the JSON Schema of an event."""
    dialect = "https://json-schema.org/draft/2020-12/schema"
    return {"$schema": dialect, **Event.model_json_schema(mode="serialization")}
