"""How far the hours of a campaign have come: which may leave now, which wait, and which passed unsent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from pushspec.language import phrase
from pushspec.lockfile.records import BegunHour
from pushspec.text import counted, few_text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime

    from pushspec.plan.calls import CampaignCalls
    from pushspec.plan.local_hours import LocalHour

_NO_TIME = timedelta(0)
_FEW = 3
"""How many hours a line names."""


class HourState(StrEnum):
    """Where an hour stands."""

    SENT = "sent"
    REFUSED = "refused"
    IN_DOUBT = "in doubt"
    DUE = "due"
    WAITING = "waiting"
    CLOSED = "closed"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class HourProgress:
    """How far the calls of an hour have come.

    Attributes:
        hour: The hour.
        accounts: How many people it has.
        accounts_left: Those of calls that are still to be made.
        calls: How many calls it is.
        left: Those that are still to be made.
        state: Where it stands.
        leaves_at: From when on they may leave; None where they are sent, or never will be.
    """

    hour: LocalHour
    accounts: int
    accounts_left: int
    calls: int
    left: int
    state: HourState
    leaves_at: datetime | None


def hour_progress(
    calls: CampaignCalls,
    remaining: Collection[str],
    now: datetime,
    *,
    refused: Collection[str],
    doubted: Collection[str],
) -> list[HourProgress]:
    """Return how far the hours of a campaign have come at a moment; none of a campaign without them."""
    left = set(remaining)
    counts = calls.table.account_counts() if calls.hours else {}
    found = []
    for number, hour in enumerate(calls.hours):
        keys = calls.table.keys_of_stage(number)
        open_keys = [key for key in keys if key in left]
        made = HourState(made_state(keys, refused=refused, doubted=doubted))
        state, leaves_at = _standing(hour, now) if open_keys else (made, None)
        accounts, waiting = (sum(counts[key] for key in some) for some in (keys, open_keys))
        found.append(HourProgress(hour, accounts, waiting, len(keys), len(open_keys), state, leaves_at))
    return found


def made_state(keys: Collection[str], *, refused: Collection[str], doubted: Collection[str]) -> str:
    """Return what became of calls of which none is left: nobody says ``sent`` where nobody got it."""
    if any(key in doubted for key in keys):
        return "in doubt"
    return "refused" if keys and all(key in refused for key in keys) else "sent"


def _standing(hour: LocalHour, now: datetime) -> tuple[HourState, datetime | None]:
    if hour.departure.closed_at(now) is None:
        return HourState.DUE, now
    leaves_at = hour.departure.opens_after(max(now, hour.opens_at), _NO_TIME)
    if leaves_at is not None:
        return HourState.WAITING, leaves_at
    # Nobody has missed an hour that is to come, nor one that no run could have used.
    is_over = now > hour.closes_at or hour.departure.opens_after(hour.opens_at, _NO_TIME) is not None
    return (HourState.EXPIRED if is_over else HourState.CLOSED), None


def next_hour(hours: Iterable[HourProgress]) -> HourProgress | None:
    """Return the hour that may leave next, or now; None where none will."""
    coming = (hour for hour in hours if hour.leaves_at is not None)
    return min(coming, key=lambda hour: hour.leaves_at or hour.hour.opens_at, default=None)


def missed_text(hours: Iterable[HourProgress]) -> str:
    """Say how many people did not get it in their hour: ``1,200 accounts in UTC+0800 missed their hour``."""
    missed = [hour for hour in hours if hour.state is HourState.EXPIRED]
    if not missed:
        return ""
    names = few_text([hour.hour.name for hour in missed[:_FEW]], len(missed))
    number = sum(hour.accounts_left for hour in missed)
    accounts = counted(number, "account")
    if number == 1:
        return phrase("{accounts} in {names} missed its hour", accounts=accounts, names=names)
    return phrase("{accounts} in {names} missed their hour", accounts=accounts, names=names)


def begun_hours(calls: CampaignCalls) -> dict[str, BegunHour]:
    """Return what the lockfile keeps of the hours of a campaign, by name."""
    return {
        hour.name: BegunHour(
            opens_at=hour.opens_at, closes_at=hour.closes_at, calls=len(calls.table.keys_of_stage(number))
        )
        for number, hour in enumerate(calls.hours)
    }
