"""The ``schedule`` of a campaign that reaches each person at an hour of their own clock."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from pushspec.language import phrase
from pushspec.spec.policy import TimeZoneName  # noqa: TC001 - pydantic reads it at run time
from pushspec.tencent.model import Model, refusal

_FORM = re.compile(r"2[01]\d\d-\d\d-\d\dT\d\d:\d\d(:\d\d)?")
_MESSAGE = phrase("is not a time on people's own clocks such as 2026-12-01T10:00")


def _local_time(value: object) -> object:
    if not isinstance(value, str) or not _FORM.match(value):
        raise refusal("local-time", _MESSAGE)
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise refusal("local-time", _MESSAGE) from None
    if moment.tzinfo is not None:
        raise refusal(
            "local-time",
            phrase("has an offset from UTC, and each person's zone has its own"),
            {"hint": phrase("leave the offset out, or write not_before for one moment everywhere")},
        )
    if not _FORM.fullmatch(value):
        raise refusal("local-time", _MESSAGE)
    return moment


LocalTime = Annotated[
    datetime,
    BeforeValidator(_local_time),
    WithJsonSchema({"type": "string", "pattern": f"^{_FORM.pattern}$", "examples": ["2026-12-01T10:00"]}),
]
"""Date and time without a zone, from the year 2000 to 2199."""


class LocalHours(Model):
    """Each person's hour: the keys of a ``schedule`` beside which no other may stand."""

    local: LocalTime | None = Field(
        default=None, description="Instead of a window: from when on each person's own clock it may leave."
    )
    local_until: LocalTime | None = Field(
        default=None, description="Until when on that clock; an hour after it may leave, unless written."
    )
    timezone_column: str | None = Field(
        default=None, min_length=1, description="The column of the list that names each person's IANA zone."
    )
    default: TimeZoneName | None = Field(
        default=None, description="The zone of whoever has none in the list, such as Asia/Shanghai."
    )

    @property
    def local_end(self) -> datetime | None:
        """Until when on each person's clock; None without local hours."""
        return self.local_until or (self.local + timedelta(hours=1) if self.local is not None else None)

    @model_validator(mode="after")
    def _is_local_or_not(self) -> Self:
        ours, given = LocalHours.model_fields, sorted(self.model_fields_set)
        if self.local is None:
            if lone := next((key for key in given if key in ours), None):
                raise refusal("local-missing", phrase("has no effect without local"), {"at": (lone,)})
        elif other := next((key for key in given if key not in ours), None):
            raise refusal(
                "schedule-choice", phrase("cannot stand beside local; give one of them"), {"at": (other,)}
            )
        elif self.timezone_column is None and self.default is None:
            raise refusal(
                "local-zone", phrase("needs timezone_column, default, or both beside it"), {"at": ("local",)}
            )
        elif self.local_until is not None and self.local_until <= self.local:
            raise refusal("schedule-order", phrase("ends before it begins"))
        return self
