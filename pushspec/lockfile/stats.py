"""What is known of the tasks of calls: the newest counts, and losses that the service may no longer tell."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from pushspec.lockfile.records import Stats


@dataclass(frozen=True, slots=True)
class KnownStats:
    """What the lockfile knows of one call's task.

    Attributes:
        counts: The newest record that told a count; None where none did.
        losses: The newest record that told losses; None where none did.
        changed_at: When the service was asked for what changed last.
    """

    counts: Stats | None
    losses: Stats | None
    changed_at: datetime


def add_stats(known: KnownStats | None, record: Stats) -> KnownStats:
    """Return what is known after one more record: a later look that tells less takes nothing back."""
    before = known or KnownStats(None, None, record.asked_at)
    return KnownStats(
        counts=record if tells_counts(record) else before.counts,
        losses=record if record.losses is not None else before.losses,
        changed_at=record.asked_at,
    )


def look_again(known: KnownStats | None, record: Stats) -> tuple[KnownStats, bool]:
    """Return what is known after a look whose record is not written yet, and whether it tells anything new.

    What stays the same is not written again: the newest record then says since when it stays so.
    """
    added = add_stats(known, record)
    if known is None or _told(known) != _told(added):
        return added, True
    return replace(added, changed_at=known.changed_at), False


def _told(known: KnownStats) -> tuple[object, ...]:
    counts, losses = known.counts, known.losses
    return (
        counts and (counts.total, counts.sent, counts.reached, counts.opened, counts.platforms),
        losses and (losses.losses, losses.platform_losses),
    )


def tells_counts(record: Stats) -> bool:
    """Whether a record has a count."""
    counts = (record.total, record.sent, record.reached, record.opened)
    return any(count is not None for count in counts)
