"""Records of what the service counted of a call that was sent."""

from __future__ import annotations

from typing import ClassVar, Literal

from pushspec.lockfile.records.base import Instant, Nested, Record


class PlatformStats(Nested):
    """The counts of one phone maker and channel, with the numbers that the service gives both."""

    channel: int | None = None
    platform: int | None = None
    total: int | None = None
    sent: int | None = None
    reached: int | None = None
    opened: int | None = None


LossStage = Literal["before_sending", "after_sending"]
"""Whether a push was lost before it was handed to a channel, or after."""


class LossStats(Nested):
    """How many people a push did not reach for one reason; of one channel where it names one."""

    stage: LossStage
    code: str | None = None
    count: int | None = None
    text: str = ""
    channel: int | None = None
    platform: int | None = None


class Stats(Record):
    """Counts of a call's task, as the service gave them; what it did not tell is missing, and never 0."""

    is_note: ClassVar[bool] = True
    record: Literal["stats"] = "stats"
    key: str
    task_id: str
    asked_at: Instant
    total: int | None = None
    sent: int | None = None
    reached: int | None = None
    opened: int | None = None
    platforms: tuple[PlatformStats, ...] | None = None
    losses: tuple[LossStats, ...] | None = None
    platform_losses: tuple[LossStats, ...] | None = None
