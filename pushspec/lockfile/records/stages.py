"""Records of a rollout: what its gates and people decided."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from pushspec.lockfile.records.base import Instant, Record


class Gate(Record):
    """A stage's gate was opened, keeps holding, or stopped the campaign; or a person stopped or continued it.

    Attributes:
        campaign: ``name@version``.
        stage: The stage that the gate stands behind; empty for a word about the campaign as a whole.
        opens: The stage that it opens; empty where it opens none.
        verdict: What it says.
        by: The person whose word it is; empty where the evidence decided.
        why: The evidence, or the person's reason, in words.
        opens_at: From when on it may open, as far as that is known.
        evidence: How many people of how many, by what was measured.
    """

    is_note: ClassVar[bool] = True
    record: Literal["gate"] = "gate"
    campaign: str
    stage: str
    opens: str = ""
    verdict: Literal["opened", "held", "stopped"]
    by: str = ""
    why: str
    opens_at: Instant | None = None
    evidence: dict[str, list[int]] = Field(default_factory=dict)
