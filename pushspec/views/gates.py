"""What the next stage or hour waits for, in a line or two, since when, and what was stopped or missed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushspec.text import counted, few_text
from pushspec.timestamps import local_text, span_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime, tzinfo

    from pushspec.lockfile.records import Gate
    from pushspec.lockfile.status import CampaignStatus

_FEW = 3


def gate_lines(campaign: CampaignStatus, now: datetime, zone: tzinfo | None) -> Iterator[str]:
    """Yield what a campaign waits for, and who or what stopped it; nothing of one that does neither."""
    if campaign.stop is not None:
        by = f" by {campaign.stop.by}" if campaign.stop.by else ""
        yield f"stopped{by}: {campaign.stop.why}"
    elif campaign.gate is not None:
        yield f"stage {campaign.gate.opens}: {due_text(campaign.gate, now, zone)} ({campaign.gate.why})"
    elif campaign.hours:
        yield from _hour_lines(campaign, now, zone)


def _hour_lines(campaign: CampaignStatus, now: datetime, zone: tzinfo | None) -> Iterator[str]:
    coming = campaign.next_hour(now)
    if coming is not None:
        begins = (
            f"may leave from {local_text(coming.opens_at, zone)} on" if coming.opens_at > now else "is open"
        )
        calls = counted(coming.left, "call")
        yield f"{coming.name}: {begins}, until {local_text(coming.closes_at, zone)} ({calls} left)"
    missed = [hour for hour in campaign.hours if hour.closes_at < now]
    if missed:
        names = few_text([hour.name for hour in missed[:_FEW]], len(missed))
        yield f"{counted(sum(hour.left for hour in missed), 'call')} in {names} missed their hour"


def due_text(gate: Gate, now: datetime, zone: tzinfo | None) -> str:
    """Return when a stage may open: ``may open 2026-12-01 10:30``, ``was due 3 h ago``."""
    if gate.opens_at is None:
        return "waits"
    late_s = (now - gate.opens_at).total_seconds()
    if late_s < 0:
        return f"may open from {local_text(gate.opens_at, zone)} on"
    return f"was due {span_text(late_s)} ago"
