"""Policies on the time at which a campaign leaves, and on how long it takes to leave."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from pushspec.lockfile.stores.git import PUSHES_PER_MINUTE
from pushspec.plan.policies.context import Finding
from pushspec.text import counted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from pushspec.plan.policies.context import PolicyContext

_DAY = timedelta(days=1)
_PATIENCE_MIN = 5


def quiet_hours(context: PolicyContext) -> Iterator[Finding]:
    """Nothing leaves in the quiet hours, nor begins so late that it would still be leaving in them."""
    hours = context.policy.quiet_hours
    if hours is None:
        return
    zone = ZoneInfo(hours.timezone)
    begins = context.leaves_at.astimezone(zone)
    words = f"{hours.from_}–{hours.to} {hours.timezone}"
    if in_hours(begins.time(), hours.from_, hours.to):
        yield Finding(words, ("schedule",))
        return
    next_quiet = _next(begins, time.fromisoformat(hours.from_))
    if begins + context.sending_time > next_quiet:
        minutes = context.sending_time.total_seconds() / 60
        yield Finding(f"{words}; sending takes {minutes:,.0f} min and would run into them", ("schedule",))


def in_hours(clock: time, start: str, end: str) -> bool:
    """Whether a time of day lies in hours that may run past midnight, the end excluded."""
    first, last = time.fromisoformat(start), time.fromisoformat(end)
    return first <= clock < last if first <= last else clock >= first or clock < last


def _next(moment: datetime, clock: time) -> datetime:
    """Return when the clock next shows a time of day, in the zone of ``moment``."""
    today = datetime.combine(moment.date(), clock, moment.tzinfo)
    return today if today >= moment else today + _DAY


def blackout_dates(context: PolicyContext) -> Iterator[Finding]:
    """Nothing leaves on these days, counted in the project's time zone."""
    policy = context.policy
    if not policy.blackout_dates:
        return
    hours = policy.quiet_hours
    zone = ZoneInfo(policy.timezone or (hours.timezone if hours is not None else "UTC"))
    begins = context.leaves_at.astimezone(zone)
    for day in _days(begins.date(), (begins + context.sending_time).date()):
        if day in policy.blackout_dates:
            yield Finding(f"nothing is sent on {day.isoformat()} ({zone.key})", ("schedule",))


def _days(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += _DAY


def git_pushes(context: PolicyContext) -> Iterator[Finding]:
    """A lockfile on a git branch does not become what the campaign waits for."""
    if not (context.environment.lock or "").startswith("git+branch:"):
        return
    calls = context.campaign.calls.call_count
    # An intent before each call and an outcome after it; the campaign's own begin and end.
    pushes = 2 * calls + 2
    minutes = pushes / PUSHES_PER_MINUTE
    if minutes > _PATIENCE_MIN:
        yield Finding(
            f"{counted(calls, 'call')} take up to {pushes:,} pushes of the lockfile's branch: "
            f"{minutes:,.0f} min at {PUSHES_PER_MINUTE} a minute, which is what GitHub recommends at most"
        )
