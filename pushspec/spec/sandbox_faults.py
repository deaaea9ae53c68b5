"""Bad days to rehearse: what goes wrong on the sandbox, as an environment of the project file orders it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from pushspec.tencent.model import Items, Model


class SandboxFault(Model):
    """One rule: which calls go wrong, and how; ``docs/sandbox.md`` says what each kind does."""

    kind: Literal["slow", "no_answer", "reset_before", "reset_after", "bad_gateway", "cut_json", "error"]
    endpoint: str = Field(default="*", description="Path without v4/; * stands for any text.")
    calls: Items[int] = Field(default=(), description="Which calls, counted from 1; all when left out.")
    probability: float = Field(default=1, ge=0, le=1, description="Of those, how many are hit.")
    seed: int = Field(default=0, description="Where the dice start.")
    code: int = Field(default=91000, description="ErrorCode of kind error.")
    delay_s: float = Field(default=2, ge=0, description="How long slow waits, in seconds.")
