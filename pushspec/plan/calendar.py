"""Weeks of pushes: what went, what goes and when, what a day takes from the quota, who gets more than one."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from pushspec.lockfile.histories import CallState
from pushspec.plan.departure import blackout_days, quiet_times
from pushspec.plan.states import CampaignState
from pushspec.spec.policy import PolicyName
from pushspec.tencent.endpoints import ENDPOINTS, EndpointName

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import tzinfo

    from pushspec.lockfile.state import LockState
    from pushspec.plan.build import Plan
    from pushspec.plan.planned import PlannedCampaign
    from pushspec.spec.policy import Policy

_DAY = timedelta(days=1)
_WEEK_DAYS = 7


@dataclass(frozen=True, slots=True)
class Entry:
    """A campaign on one day.

    Attributes:
        key: ``name@version``.
        state: Where it stands; of a campaign whose file is gone, what the lockfile knows of its calls.
        starts_at: When it went, or from when it may go, in the calendar's zone.
        ends_at: When it may go no more; None where it went, or has no end.
        title: What a person reads first; empty where a file that is gone does not tell.
        audience: Who gets it, in words.
        calls: How many calls it is.
        push_calls: How many of them the day's quota counts.
        reason: Why it is not simply sent; may be empty.
        is_about: How many calls it is, only a list that is not at hand can tell exactly.
    """

    key: str
    state: CampaignState
    starts_at: datetime
    ends_at: datetime | None
    title: str
    audience: str
    calls: int
    push_calls: int
    reason: str = ""
    is_about: bool = False


@dataclass(frozen=True, slots=True)
class Day:
    """One day.

    Attributes:
        date: In the calendar's zone.
        entries: In the order of time.
        pushes_used: Calls that the day's quota counts and that were made on it.
        pushes_planned: Calls that it would count if all that may begin on this day goes on it.
        is_blackout: Whether the project lets nothing leave on it.
        meetings: Who is met by more than one campaign, in words.
    """

    date: date
    entries: tuple[Entry, ...]
    pushes_used: int
    pushes_planned: int
    is_blackout: bool
    meetings: tuple[str, ...]


_GONE = {
    CallState.IN_DOUBT: CampaignState.IN_DOUBT,
    CallState.SENT: CampaignState.SENT,
    CallState.ABANDONED: CampaignState.ABANDONED,
}
_TO_COME = {state for state in CampaignState if state.is_pending} | {CampaignState.SCHEDULED}


@dataclass(frozen=True, slots=True)
class Calendar:
    """Whole weeks, Monday first.

    Attributes:
        project: Its name.
        environment_name: Which environment.
        zone: The zone of all times; None for this machine's.
        zone_name: What people call it.
        quiet_hours: The project's, in words; empty without any.
        pushes_per_day: The day's quota.
        lock_note: Why the lockfile was not read; empty when it was.
        is_lockfile_lost: Whether it was to be read, and could not.
        made_at: The moment of the plan, in the calendar's zone.
        days: A multiple of seven.
    """

    project: str
    environment_name: str
    zone: tzinfo | None
    zone_name: str
    quiet_hours: str
    pushes_per_day: int
    lock_note: str
    is_lockfile_lost: bool
    made_at: datetime
    days: tuple[Day, ...]

    def weeks(self) -> Iterator[Sequence[Day]]:
        """Yield seven days after the other."""
        for first in range(0, len(self.days), _WEEK_DAYS):
            yield self.days[first : first + _WEEK_DAYS]

    def entries(self) -> Iterator[Entry]:
        """Yield every entry in the order of time."""
        for day in self.days:
            yield from day.entries


def build_calendar(
    plan: Plan,
    state: LockState,
    policy: Policy,
    *,
    now: datetime,
    zone: tzinfo | None,
    zone_name: str,
    first: date | None = None,
    weeks: int = 5,
) -> Calendar:
    """Build the calendar of one environment.

    Args:
        plan: What the files say.
        state: What the lockfile knows; campaigns whose files are gone are in it.
        policy: The project's.
        now: The moment of the plan.
        zone: Whose clocks; None for those of this machine.
        zone_name: What people call it.
        first: A day of the first week; the last week when left out.
        weeks: How many weeks.
    """
    today = now.astimezone(zone).date()
    day = _monday(first if first is not None else today - _WEEK_DAYS * _DAY)
    entries = sorted(
        [*_planned(plan, state, now, zone), *_gone(plan, state, zone)],
        key=lambda entry: (entry.starts_at, entry.key),
    )
    by_day: dict[date, list[Entry]] = defaultdict(list)
    for entry in entries:
        by_day[entry.starts_at.date()].append(entry)
    used = _used_by_day(state, zone)
    meetings = _meetings(plan, {entry.key: entry.starts_at.date() for entry in entries})
    blackout, quiet = blackout_days(policy), quiet_times(policy)
    dates = [day + number * _DAY for number in range(weeks * _WEEK_DAYS)]
    return Calendar(
        project=plan.project,
        environment_name=plan.environment_name,
        zone=zone,
        zone_name=zone_name,
        quiet_hours=quiet.text(now) if quiet is not None else "",
        pushes_per_day=plan.quota.limit,
        lock_note=plan.lock_note,
        is_lockfile_lost=plan.is_lockfile_lost,
        made_at=now.astimezone(zone),
        days=tuple(
            Day(
                date=date_,
                entries=tuple(by_day[date_]),
                pushes_used=used[date_],
                pushes_planned=sum(entry.push_calls for entry in by_day[date_] if entry.state in _TO_COME),
                is_blackout=blackout is not None and date_ in blackout.days,
                meetings=tuple(meetings[date_]),
            )
            for date_ in dates
        ),
    )


def _monday(day: date) -> date:
    return day - day.weekday() * _DAY


def _planned(plan: Plan, state: LockState, now: datetime, zone: tzinfo | None) -> Iterator[Entry]:
    """Yield the campaigns of the files; one without a window goes as soon as it is applied."""
    for campaign in plan.campaigns:
        departure = campaign.sending.departure
        went_at = _went_at(campaign, state)
        if campaign.state is CampaignState.SENT and went_at is None:
            continue  # a person said that it was sent, and nobody knows when
        opens_at = campaign.opens_at if campaign.state is CampaignState.WAITING else departure.not_before
        starts_at = went_at or max(now, opens_at or now)
        if campaign.state is CampaignState.EXPIRED and departure.not_after is not None:
            starts_at = departure.not_before or departure.not_after
        yield Entry(
            key=campaign.key,
            state=campaign.state,
            starts_at=starts_at.astimezone(zone),
            ends_at=None if went_at or not departure.not_after else departure.not_after.astimezone(zone),
            title=campaign.headline,
            audience=campaign.sending.audience,
            calls=len(campaign.progress.remaining) or campaign.sending.call_count,
            push_calls=_push_calls(campaign),
            reason="" if campaign.state is CampaignState.WAITING else campaign.reason,
            is_about=campaign.sending.is_about,
        )


def _went_at(campaign: PlannedCampaign, state: LockState) -> datetime | None:
    """Return when the first of it went, or may have gone; None where what matters is still to come."""
    if campaign.state.is_pending:
        return None
    if campaign.state in {CampaignState.IN_DOUBT, CampaignState.ABANDONED}:
        return min((call.intended_at for call in state.calls_of(campaign.key)), default=None)
    return min((call.sent_at for call in campaign.progress.sent if call.sent_at), default=None)


def _gone(plan: Plan, state: LockState, zone: tzinfo | None) -> Iterator[Entry]:
    """Yield what went out, or may have, and is in no file any more, or in a newer version only."""
    known = {campaign.key for campaign in plan.campaigns}
    for key, history in state.campaigns.items():
        if key in known:
            continue
        fates = _fates(state, key)
        found = next(
            (it for it in (CallState.IN_DOUBT, CallState.SENT, CallState.ABANDONED) if fates[it]), None
        )
        if found is None:
            continue  # nothing of it went out, and without a file nothing will
        yield Entry(
            key=key,
            state=_GONE[found],
            starts_at=history.begun_at.astimezone(zone),
            ends_at=None,
            title="",
            audience=history.begin.audience,
            calls=fates.total(),
            push_calls=0,
        )


def _fates(state: LockState, key: str) -> Counter[CallState]:
    """Count the calls that the service has or may have, as sent, in doubt or abandoned."""
    fates: Counter[CallState] = Counter()
    open_ = state.doubted | state.under_way | state.conflicts.keys()
    for call in state.calls_of(key):
        if call.key in open_:
            fates[CallState.IN_DOUBT] += 1
        elif call.state is CallState.ABANDONED:
            fates[CallState.ABANDONED] += 1
        elif call.state is CallState.SENT or call.was_taken:
            fates[CallState.SENT] += 1
    return fates


def _push_calls(campaign: PlannedCampaign) -> int:
    return len(campaign.progress.remaining) if campaign.endpoint.counts_in_daily_quota else 0


def _used_by_day(state: LockState, zone: tzinfo | None) -> Counter[date]:
    return Counter(
        call.intended_at.astimezone(zone).date()
        for call in state.calls.values()
        if ENDPOINTS[EndpointName(call.endpoint)].counts_in_daily_quota
    )


def _meetings(plan: Plan, day_of: dict[str, date]) -> dict[date, list[str]]:
    """Return, by day, which people get more than one campaign; each said once."""
    found: dict[date, list[str]] = defaultdict(list)
    for campaign in plan.campaigns:
        for result in campaign.policy_results:
            if result.policy == PolicyName.SAME_PEOPLE and campaign.key in day_of:
                said = found[day_of[campaign.key]]
                if result.message not in said:
                    said.append(result.message)
    return found
