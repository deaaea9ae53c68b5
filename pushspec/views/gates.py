"""What the gates of a rollout say, in a line or two: what waits, since when, and what was stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushspec.timestamps import local_text, span_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime, tzinfo

    from pushspec.lockfile.records import Gate
    from pushspec.lockfile.status import CampaignStatus


def gate_lines(campaign: CampaignStatus, now: datetime, zone: tzinfo | None) -> Iterator[str]:
    """Yield what a campaign waits for, and who or what stopped it; nothing of one that does neither."""
    if campaign.stop is not None:
        by = f" by {campaign.stop.by}" if campaign.stop.by else ""
        yield f"stopped{by}: {campaign.stop.why}"
    elif campaign.gate is not None:
        yield f"stage {campaign.gate.opens}: {due_text(campaign.gate, now, zone)} ({campaign.gate.why})"


def due_text(gate: Gate, now: datetime, zone: tzinfo | None) -> str:
    """Return when a stage may open: ``may open 2026-12-01 10:30``, ``was due 3 h ago``."""
    if gate.opens_at is None:
        return "waits"
    late_s = (now - gate.opens_at).total_seconds()
    if late_s < 0:
        return f"may open from {local_text(gate.opens_at, zone)} on"
    return f"was due {span_text(late_s)} ago"
