"""What a person signs: which campaign, by digest, may be sent from which environment, and until when."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from pushspec.language import phrase
from pushspec.timestamps import rfc3339_text

FORMAT_VERSION: Literal[1] = 1
MAX_BYTES = 16 * 1024


class StatementError(ValueError):
    """Why a statement cannot be used."""


def _in_utc(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError("has no offset")
    return instant.astimezone(UTC)


class Statement(BaseModel):
    """One statement; its file is :meth:`text`, byte for byte.

    Attributes:
        sdk_app_id: The app that the pushes go to.
        environment: The environment's name.
        campaign: The campaign's name.
        version: Its version.
        digest: SHA-256 over all that decides who gets what when, 64 hex digits.
        zone_data: The release of the time zone data, where people get it at an hour of their own clock.
        expires_at: The approval counts before this instant.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    kind: Literal["pushspec/approval"] = "pushspec/approval"
    format_version: Literal[1] = FORMAT_VERSION
    sdk_app_id: int = Field(strict=True, ge=1)
    environment: str = Field(min_length=1)
    campaign: str = Field(min_length=1)
    version: int = Field(strict=True, ge=1)
    digest: str = Field(pattern=r"^[0-9a-f]{64}$")
    zone_data: str | None = Field(default=None, pattern=r"^[0-9]{4}[a-z]$")
    expires_at: Annotated[datetime, AfterValidator(_in_utc)]

    @property
    def key(self) -> str:
        """``name@version``."""
        return f"{self.campaign}@{self.version}"

    def text(self) -> str:
        """Return the statement as people read it and sign it."""
        fields = self.model_dump(exclude_none=True) | {"expires_at": rfc3339_text(self.expires_at)}
        return json.dumps(fields, ensure_ascii=False, indent=2) + "\n"


def read_statement(data: bytes) -> Statement:
    """Read a statement whose signature was checked.

    Raises:
        StatementError: It is not exactly what :meth:`Statement.text` writes. A key that appears twice could
            show a reviewer something else than what a program reads.
    """
    if len(data) > MAX_BYTES:
        raise StatementError(phrase("it is larger than {max_bytes:,} bytes", max_bytes=MAX_BYTES))
    try:
        statement = Statement.model_validate_json(data)
    except ValidationError:
        raise StatementError(phrase("it is no approval statement of this version")) from None
    if statement.text().encode() != data:
        raise StatementError(phrase("it is not in the form that `pushspec approve` writes"))
    return statement
