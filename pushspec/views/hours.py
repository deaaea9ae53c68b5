"""Each person's hour, a row for each distance from UTC: who, how many, when, and in which state."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from pydantic import Field

from pushspec.language import joined, phrase, said, say
from pushspec.plan.hour_progress import HourState
from pushspec.text import counted, few_text
from pushspec.timestamps import clock_text, zoned_text
from pushspec.views.estimates import about_text
from pushspec.views.json_view import View

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pushspec.plan.build import Plan
    from pushspec.plan.hour_progress import HourProgress
    from pushspec.plan.planned import PlannedCampaign
    from pushspec.spec.local_time import LocalHours

_STATES = {
    HourState.SENT: phrase("sent"),
    HourState.REFUSED: phrase("refused"),
    HourState.IN_DOUBT: phrase("in doubt"),
    HourState.DUE: phrase("due"),
    HourState.WAITING: phrase("waiting"),
    HourState.CLOSED: phrase("closed"),
    HourState.EXPIRED: phrase("expired"),
}
_FEW = 2
_MOST_ROWS = 12
"""Of more hours, neighbours that stand alike share a row."""


class HourView(View):
    """People who get it between the same two moments."""

    name: str = Field(description="How far their clocks are from UTC; part of the calls' keys.")
    zones: list[str]
    opens_at: str
    closes_at: str
    accounts: int
    calls: int
    calls_left: int
    state: str = Field(description="sent, refused, in doubt, due, waiting, closed or expired.")
    leaves_at: str | None = Field(description="From when on it may leave; null where nothing of it will.")


class LocalHoursView(View):
    """Each person's hour."""

    local: str
    local_until: str | None = Field(description="Null for an hour after the opening.")
    zone_data: str = Field(description="The release of the IANA zone data.")
    without_zone: int = Field(description="Accounts that count as the default's.")
    hours: list[HourView]


def local_hours_view(campaign: PlannedCampaign) -> LocalHoursView | None:
    """Return the hours of a campaign; None where it has none."""
    schedule = campaign.spec.campaign.schedule
    if schedule is None or schedule.local is None:
        return None
    return LocalHoursView(
        local=schedule.local.isoformat(),
        local_until=schedule.local_until.isoformat() if schedule.local_until is not None else None,
        zone_data=campaign.sending.zone_data,
        without_zone=campaign.compiled.without_zone,
        hours=[_hour_view(progress) for progress in campaign.progress.hours],
    )


def _hour_view(progress: HourProgress) -> HourView:
    hour, leaves_at = progress.hour, progress.leaves_at
    return HourView(
        name=hour.name,
        zones=list(hour.zones),
        opens_at=hour.opens_at.isoformat(),
        closes_at=hour.closes_at.isoformat(),
        accounts=progress.accounts,
        calls=progress.calls,
        calls_left=progress.left,
        state=progress.state.value,
        leaves_at=leaves_at.isoformat() if leaves_at is not None else None,
    )


def hour_texts(campaign: PlannedCampaign, plan: Plan) -> list[str]:
    """Return what the hours of a campaign are, and a line for each of them."""
    schedule = campaign.spec.campaign.schedule
    if schedule is None or schedule.local is None:
        return []
    without = campaign.compiled.without_zone
    counts_as = (
        say(
            ", {default} for {accounts} without a zone",
            default=schedule.default,
            accounts=counted(without, "account"),
        )
        if without
        else ""
    )
    head = say(
        "{span}, zone data {release}{counts_as}",
        span=span_of(schedule),
        release=campaign.sending.zone_data,
        counts_as=counts_as,
    )
    return [head, *(_row(campaign, alike, plan) for alike in _rows(campaign.progress.hours))]


def span_of(schedule: LocalHours) -> str:
    """Return the hours in words: ``2026-12-01 10:00 to 11:00 on each person's clock``."""
    until = schedule.local_end
    if schedule.local is None or until is None:
        return ""
    day = "" if until.date() == schedule.local.date() else f"{until:%Y-%m-%d} "
    begin = f"{schedule.local:%Y-%m-%d} {clock_text(schedule.local)}"
    return say("{begin} to {end} on each person's clock", begin=begin, end=f"{day}{clock_text(until)}")


def _rows(hours: Sequence[HourProgress]) -> Iterator[Sequence[HourProgress]]:
    """Yield the hours one by one, or, of many, those that stand alike and follow each other."""
    if len(hours) <= _MOST_ROWS:
        yield from ([hour] for hour in hours)
    else:
        yield from (list(alike) for _, alike in groupby(hours, key=lambda hour: hour.state))


def _row(campaign: PlannedCampaign, alike: Sequence[HourProgress], plan: Plan) -> str:
    first, last = alike[0].hour, alike[-1].hour
    zones = [zone for progress in alike for zone in progress.hour.zones]
    name = (
        first.name
        if len(alike) == 1
        else say("{first} to {last} ({number} hours)", first=first.name, last=last.name, number=len(alike))
    )
    opens, closes = zoned_text(first.opens_at, plan.zone), zoned_text(last.closes_at, plan.zone)
    closes = closes.removeprefix(f"{opens[:10]} ")
    calls, left = (sum(getattr(it, key) for it in alike) for key in ("calls", "left"))
    made = (
        about_text(counted(calls, "call"), campaign)
        if left in {0, calls}
        else say("{left} of {calls} left", left=left, calls=counted(calls, "call"))
    )
    # Without its list, a pin does not tell the zones of a few people.
    where = [few_text(zones[:_FEW], len(zones))] if zones else []
    accounts = about_text(counted(sum(it.accounts for it in alike), "account"), campaign)
    who = said(joined(", ", [*where, accounts]))
    return say(
        "{name}: {who}, {made}: {opens} to {closes}, {state}",
        name=name,
        who=who,
        made=made,
        opens=opens,
        closes=closes,
        state=_state_text(alike, plan),
    )


def _state_text(alike: Sequence[HourProgress], plan: Plan) -> str:
    progress = alike[0]
    left = counted(sum(it.accounts_left for it in alike), "account")
    if progress.state is HourState.EXPIRED:
        return say("missed by {accounts}", accounts=left)
    if progress.state is HourState.CLOSED:
        return say("closed to {accounts}: no minute of it is allowed", accounts=left)
    held = progress.leaves_at
    if progress.state is HourState.WAITING and held is not None and held > progress.hour.opens_at:
        return say("held until {moment}", moment=zoned_text(held, plan.zone))
    return said(_STATES[progress.state])
