"""What the next stage or hour waits for, in a line or two, since when, and what was stopped or missed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushspec.language import say
from pushspec.plan.departure import leaving_at
from pushspec.plan.rollout import UNKNOWN
from pushspec.text import counted, few_text
from pushspec.timestamps import local_text, span_text
from pushspec.views.recorded import gate_said

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime, tzinfo

    from pushspec.lockfile.records import Gate
    from pushspec.lockfile.status import CampaignStatus
    from pushspec.plan.departure import Departure

_FEW = 3


def gate_lines(
    campaign: CampaignStatus, now: datetime, zone: tzinfo | None, departure: Departure | None = None
) -> Iterator[str]:
    """Yield what a campaign waits for, and who or what stopped it; nothing of one that does neither.

    Args:
        campaign: The campaign.
        now: This moment.
        zone: In which people read times; None for this machine's.
        departure: When its calls may leave; None where nobody knows.
    """
    if campaign.stop is not None:
        yield stopped_text(campaign.stop)
    elif campaign.gate is not None and campaign.gate.why.endswith(UNKNOWN):
        yield say("stage {opens} waits: {why}", opens=campaign.gate.opens, why=gate_said(campaign.gate))
    elif campaign.gate is not None:
        yield say(
            "stage {opens}: {due} ({why})",
            opens=campaign.gate.opens,
            due=due_text(campaign.gate, now, zone, departure),
            why=gate_said(campaign.gate),
        )
    elif campaign.hours:
        yield from _hour_lines(campaign, now, zone)


def stopped_text(stop: Gate) -> str:
    """Return who or what stopped a campaign, and why."""
    by = say(" by {by}", by=stop.by) if stop.by else ""
    return say("stopped{by}: {why}", by=by, why=gate_said(stop))


def _hour_lines(campaign: CampaignStatus, now: datetime, zone: tzinfo | None) -> Iterator[str]:
    coming = campaign.next_hour(now)
    if coming is not None:
        begins = (
            say("may leave from {opens_at} on", opens_at=local_text(coming.opens_at, zone))
            if coming.opens_at > now
            else say("is open")
        )
        calls = counted(coming.left, "call")
        yield say(
            "{name}: {begins}, until {closes_at} ({calls} left)",
            name=coming.name,
            begins=begins,
            closes_at=local_text(coming.closes_at, zone),
            calls=calls,
        )
    missed = [hour for hour in campaign.hours if hour.closes_at < now]
    if missed:
        names = few_text([hour.name for hour in missed[:_FEW]], len(missed))
        left = sum(hour.left for hour in missed)
        calls = counted(left, "call")
        yield (
            say("{calls} in {names} missed its hour", calls=calls, names=names)
            if left == 1
            else say("{calls} in {names} missed their hour", calls=calls, names=names)
        )


def due_text(gate: Gate, now: datetime, zone: tzinfo | None, departure: Departure | None = None) -> str:
    """Return when a stage may open: ``may open 2026-12-01 10:30``, ``was due 3 h ago``."""
    if gate.opens_at is None:
        return say("waits")
    opens_at = leaving_at(max(now, gate.opens_at), departure)
    if opens_at > now:
        return say("may open from {opens_at} on", opens_at=local_text(opens_at, zone))
    return say("was due {span} ago", span=span_text((now - gate.opens_at).total_seconds()))
