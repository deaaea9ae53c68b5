"""The reference's calendar: whether a text may leave at a moment, with plain dates."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Mapping

    from oracle.wishes import Wish

_SOON = timedelta(minutes=20)
_GRAIN = timedelta(seconds=30)
DAY = timedelta(days=1)
QUIET, BLACKOUT = "in the quiet hours", "on a blackout date"
"""What is over by itself, so that nobody need act."""


def blocks(policy: Mapping[str, Any], wish: Wish, name: str) -> bool:
    """Whether a policy of the project binds a campaign."""
    return name not in wish.lifted and policy.get("levels", {}).get(name, "error") == "error"


def closed_at(policy: Mapping[str, Any], wish: Wish, moment: datetime) -> str:
    """Return why nothing of a campaign may leave at a moment; empty where it may."""
    if wish.opens is not None and moment < wish.opens:
        return "before its window"
    if wish.closes is not None and moment > wish.closes:
        return "after its window"
    return held_at(policy, wish, moment)


def held_at(policy: Mapping[str, Any], wish: Wish, moment: datetime, own_zone: str = "") -> str:
    """The same for the project's hours and days alone, on a person's own clock if a zone is given."""
    if (
        "quiet_hours" in policy
        and blocks(policy, wish, "quiet-hours")
        and _is_quiet(policy["quiet_hours"], moment, own_zone)
    ):
        return QUIET
    days = {date.fromisoformat(day) for day in policy.get("blackout_dates", ())}
    zone = own_zone or policy.get("timezone", policy.get("quiet_hours", {}).get("timezone", "UTC"))
    if blocks(policy, wish, "blackout-dates") and moment.astimezone(ZoneInfo(zone)).date() in days:
        return BLACKOUT
    return ""


def is_held_soon(policy: Mapping[str, Any], wish: Wish, moment: datetime, own_zone: str = "") -> bool:
    """Whether the hours or days close so soon that a careful sender may not begin, or opened just now."""
    step, moments = timedelta(minutes=1), int(_SOON.total_seconds() // 60)
    ahead = any(held_at(policy, wish, moment + number * step, own_zone) for number in range(moments))
    return ahead or bool(held_at(policy, wish, moment - _GRAIN, own_zone))


def _is_quiet(hours: Mapping[str, str], moment: datetime, own_zone: str) -> bool:
    clock = moment.astimezone(ZoneInfo(own_zone or hours["timezone"])).time()
    begins, ends = time.fromisoformat(hours["from"]), time.fromisoformat(hours["to"])
    return begins <= clock < ends if begins <= ends else clock >= begins or clock < ends


def day_begins(environment: Mapping[str, Any], moment: datetime) -> datetime:
    """Return from when on pushes count in the day of a moment."""
    if "quota_day_starts" not in environment:
        return moment - DAY
    starts = time.fromisoformat(environment["quota_day_starts"])
    begin = datetime.combine(moment.astimezone(starts.tzinfo).date(), starts)
    return begin if begin <= moment else begin - DAY
