"""Policies on the time at which a campaign leaves, and on how long it takes to leave."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from pushspec.language import phrase
from pushspec.lockfile.stores.git import PUSHES_PER_MINUTE
from pushspec.plan.departure import blackout_days, forbidden_within, quiet_times
from pushspec.plan.hour_progress import missed_text
from pushspec.plan.local_hours import in_zones
from pushspec.plan.policies.context import Finding
from pushspec.spec.shares import share_of
from pushspec.text import counted
from pushspec.timestamps import span_text
from pushspec.zones import zone_named

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from pushspec.plan.departure import ForbiddenTimes
    from pushspec.plan.policies.context import PolicyContext

_PATIENCE = timedelta(minutes=5)
_FEW_ZONES = 3


def quiet_hours(context: PolicyContext) -> Iterator[Finding]:
    """Nothing leaves in the quiet hours, nor begins so late that it would still be leaving in them."""
    times = quiet_times(context.policy)
    if times is None:
        return
    if context.progress.hours:
        yield from _in_hours(context, times)
        return
    begins, text = context.leaves_at, times.text(context.leaves_at)
    if times.forbid(begins):
        yield Finding(text, ("schedule",), passes_at=_passes_at(context))
    elif any(True for _ in forbidden_within(times, begins, context.sending_time)):
        late = phrase(
            "{text}; sending takes {span} and would run into them",
            text=text,
            span=span_text(context.sending_time.total_seconds()),
        )
        yield Finding(late, ("schedule",), passes_at=_passes_at(context))


def blackout_dates(context: PolicyContext) -> Iterator[Finding]:
    """Nothing leaves on these days, counted in the project's time zone."""
    times = blackout_days(context.policy)
    if times is None:
        return
    if context.progress.hours:
        yield from _in_hours(context, times)
        return
    moments = forbidden_within(times, context.leaves_at, context.sending_time)
    for text in dict.fromkeys(map(times.text, moments)):
        yield Finding(text, ("schedule",), passes_at=_passes_at(context))


def _in_hours(context: PolicyContext, times: ForbiddenTimes) -> Iterator[Finding]:
    """Yield that people would get it at a forbidden time of their own zone, from their hour's opening on."""
    found = []
    for progress in context.progress.hours:
        hour, lasts = progress.hour, context.time_for(progress.calls, progress.accounts)
        for own in in_zones(times, map(zone_named, hour.zones)):
            moment = next(forbidden_within(own, hour.opens_at, lasts), None)
            if moment is not None:
                text = own.text(moment)
                found.append(
                    phrase("{text}; the hour of {hour} would run into it", text=text, hour=hour.name)
                )
    if len(found) > _FEW_ZONES:
        more = counted(len(found) - _FEW_ZONES, "more zone")
        found[_FEW_ZONES:] = [phrase("the same in {zones}", zones=more)]
    yield from (Finding(text, ("schedule",)) for text in found)


def _passes_at(context: PolicyContext) -> datetime | None:
    """Return when a campaign that is due may leave; one whose author chose such a time needs another."""
    if context.leaves_at > context.now:
        return None
    return context.campaign.calls.departure.opens_after(context.now, context.sending_time)


def git_pushes(context: PolicyContext) -> Iterator[Finding]:
    """A lockfile on a git branch does not become what the campaign waits for."""
    lock = context.environment.lock
    if lock is None or not lock.startswith("git+branch:"):
        return
    calls = context.campaign.calls.call_count
    # An intent before each call and an outcome after it; the campaign's own begin and end.
    pushes = 2 * calls + 2
    takes = timedelta(minutes=pushes / PUSHES_PER_MINUTE)
    if takes > _PATIENCE:
        yield Finding(
            phrase(
                "{calls} take up to {pushes:,} pushes of the lockfile's branch: {span} at {rate} "
                "a minute, which is what GitHub recommends at most",
                calls=counted(calls, "call"),
                pushes=pushes,
                span=span_text(takes.total_seconds()),
                rate=PUSHES_PER_MINUTE,
            )
        )


def pace(context: PolicyContext) -> Iterator[Finding]:
    """A pace binds calls to listed accounts; how fast the service delivers any other push is its own."""
    own = context.environment.pace
    if own is None or context.campaign.calls.endpoint.to_accounts:
        return
    opened = ""
    if own.opening_rate is not None and context.campaign.is_to_everyone and context.environment.population:
        people = int(context.environment.population * share_of(own.opening_rate))
        opened = phrase(
            "; {opening_rate} of all are {people:,} who open it", opening_rate=own.opening_rate, people=people
        )
    yield Finding(
        phrase(
            "the service delivers it at its own rate, not at {users} a second, "
            "since only the service knows who gets it{opened}",
            users=counted(own.users_per_second, "user"),
            opened=opened,
        ),
        ("audience",),
    )


def local_hours(context: PolicyContext) -> Iterator[Finding]:
    """Each person's hour is long enough to reach everybody who shares it, and none has passed unsent."""
    hours = context.progress.hours
    if missed := missed_text(hours):
        yield Finding(missed, ("schedule", "local"))
    for progress in hours:
        hour = progress.hour
        takes, lasts = context.time_for(progress.calls, progress.accounts), hour.closes_at - hour.opens_at
        if progress.left and takes > lasts:
            yield Finding(
                phrase(
                    "{name}: sending to {accounts} takes at least {takes}, and the hour lasts {lasts}",
                    name=hour.name,
                    accounts=counted(progress.accounts, "account"),
                    takes=span_text(takes.total_seconds()),
                    lasts=span_text(lasts.total_seconds()),
                ),
                ("schedule", "local_until"),
            )
