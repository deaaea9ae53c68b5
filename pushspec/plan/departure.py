"""Decide when a call may leave: inside its window, outside quiet hours and blackout dates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from pushspec.language import phrase
from pushspec.spec.policy import PolicyName
from pushspec.timestamps import clock_text
from pushspec.zones import zone_named

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zoneinfo import ZoneInfo

    from pushspec.spec.campaign import Campaign
    from pushspec.spec.policy import Policy

SAVED_PLAN_LIFE = timedelta(hours=24)
"""How long a saved plan is good for."""
_MINUTE, _DAY = timedelta(minutes=1), timedelta(days=1)
_MOST_PERIODS = 40
"""Quiet nights and blackout days in a row that are looked past."""


@dataclass(frozen=True, slots=True)
class QuietTimes:
    """Hours of every day in which nothing leaves; they may run past midnight.

    Attributes:
        start: The first moment of them, on the clocks of ``zone``.
        end: The first moment after them.
        zone: Whose clocks; summer time included.
    """

    start: time
    end: time
    zone: ZoneInfo

    policy = PolicyName.QUIET_HOURS

    def forbid(self, moment: datetime) -> bool:
        """Return whether nothing leaves at a moment."""
        clock = moment.astimezone(self.zone).time()
        if self.start <= self.end:
            return self.start <= clock < self.end
        return clock >= self.start or clock < self.end

    def end_after(self, moment: datetime) -> datetime:
        """Return when the hours are over next."""
        clock = moment.astimezone(self.zone)
        today = datetime.combine(clock.date(), self.end, self.zone)
        return today if today > moment else datetime.combine(clock.date() + _DAY, self.end, self.zone)

    def text(self, moment: datetime) -> str:
        """Return the hours in words."""
        del moment
        return f"{clock_text(self.start)}–{clock_text(self.end)} {self.zone.key}"


@dataclass(frozen=True, slots=True)
class BlackoutDays:
    """Days on which nothing leaves, from midnight to midnight on the clocks of ``zone``."""

    days: frozenset[date]
    zone: ZoneInfo

    policy = PolicyName.BLACKOUT_DATES

    def forbid(self, moment: datetime) -> bool:
        """Return whether nothing leaves at a moment."""
        return moment.astimezone(self.zone).date() in self.days

    def end_after(self, moment: datetime) -> datetime:
        """Return when the day of a moment is over."""
        return datetime.combine(moment.astimezone(self.zone).date() + _DAY, time(), self.zone)

    def text(self, moment: datetime) -> str:
        """Return the day in words."""
        return phrase(
            "nothing is sent on {day} ({zone})",
            day=moment.astimezone(self.zone).date().isoformat(),
            zone=self.zone.key,
        )


ForbiddenTimes = QuietTimes | BlackoutDays


@dataclass(frozen=True, slots=True)
class Closure:
    """Why a call may not leave at a moment.

    Attributes:
        case: ``window``, or the name of the policy.
        text: Why, in a few words.
    """

    case: str
    text: str


@dataclass(frozen=True, slots=True)
class Departure:
    """When the calls of a campaign may leave; the plan asks it, and the gate asks it again for each call.

    Attributes:
        not_before: Nothing leaves earlier.
        not_after: Nothing leaves later.
        forbidden: Times of the project that bind this campaign; those that it lifts are left out.
    """

    not_before: datetime | None = None
    not_after: datetime | None = None
    forbidden: tuple[ForbiddenTimes, ...] = ()

    def closed_at(self, moment: datetime) -> Closure | None:
        """Return why a call may not leave at a moment; None if it may."""
        if self.not_before is not None and moment < self.not_before:
            return Closure("window", phrase("its window is not open yet"))
        if self.not_after is not None and moment > self.not_after:
            return Closure("window", phrase("its window has ended"))
        for times in self.forbidden:
            if times.forbid(moment):
                return Closure(
                    times.policy,
                    phrase("{policy} ({message})", policy=times.policy, message=times.text(moment)),
                )
        return None

    def opens_after(self, moment: datetime, lasts: timedelta) -> datetime | None:
        """Return from when on calls may leave, one after another, outside all times that forbid it.

        Args:
            moment: When they would leave otherwise.
            lasts: How long they take.

        Returns:
            The moment itself where nothing forbids it; None where the window ends before, or they take longer
            than any day allows.
        """
        for _ in range(_MOST_PERIODS):
            if self.not_after is not None and moment >= self.not_after:
                return None
            ends = (
                times.end_after(forbidden)
                for times in self.forbidden
                for forbidden in forbidden_within(times, moment, lasts)
            )
            later = next(ends, None)
            if later is None:
                return moment
            moment = later
        return None


def leaving_at(moment: datetime, departure: Departure | None) -> datetime:
    """Return when a call that is due at a moment leaves: then, or behind quiet hours and blackout days.

    Args:
        moment: When its window, its stage or its turn comes.
        departure: When the calls of its campaign may leave; None where nobody knows.
    """
    later = None if departure is None else departure.opens_after(moment, timedelta())
    return moment if later is None else later


def departure_of(campaign: Campaign, policy: Policy) -> Departure:
    """Return when a campaign's calls may leave.

    A policy that the campaign lifts, or that the project has made a warning, does not bind.
    """
    schedule = campaign.schedule
    return Departure(
        not_before=schedule.at or schedule.not_before if schedule is not None else None,
        not_after=schedule.not_after if schedule is not None else None,
        forbidden=tuple(
            times for times in forbidden_times(policy) if policy.binds(times.policy, campaign.exceptions)
        ),
    )


def forbidden_times(policy: Policy) -> Iterator[ForbiddenTimes]:
    """Yield the times at which a project lets nothing leave."""
    quiet, blackout = quiet_times(policy), blackout_days(policy)
    if quiet is not None:
        yield quiet
    if blackout is not None:
        yield blackout


def quiet_times(policy: Policy) -> QuietTimes | None:
    """Return the project's quiet hours, if it has any."""
    hours = policy.quiet_hours
    if hours is None:
        return None
    start, end = time.fromisoformat(hours.from_), time.fromisoformat(hours.to)
    return QuietTimes(start, end, zone_named(hours.timezone))


def blackout_days(policy: Policy) -> BlackoutDays | None:
    """Return the project's blackout dates, if it has any, in their own zone or that of the quiet hours."""
    if not policy.blackout_dates:
        return None
    hours = policy.quiet_hours
    zone = policy.timezone or (hours.timezone if hours is not None else "UTC")
    return BlackoutDays(frozenset(policy.blackout_dates), zone_named(zone))


def forbidden_within(times: ForbiddenTimes, begins: datetime, lasts: timedelta) -> Iterator[datetime]:
    """Yield the moments, a minute apart, at which calls that leave one after another would be forbidden.

    Looked at minute by minute: clocks change on a minute, so no change of summer time is missed.
    """
    moment, ends = begins, begins + lasts
    while moment <= ends:
        if times.forbid(moment):
            yield moment
        moment += _MINUTE - timedelta(seconds=moment.second, microseconds=moment.microsecond)
    if times.forbid(ends):
        yield ends
