"""The base of everything that commands print as JSON with a published schema."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class View(BaseModel):
    """Refuses what its schema does not name, and may be read from any object with the same fields."""

    model_config = ConfigDict(extra="forbid", frozen=True, from_attributes=True)
