"""Records of tags and attributes that were written to people."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from pushspec.lockfile.records.base import Record


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
