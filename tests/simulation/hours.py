"""A campaign at each person's hour, and when each of its calls may leave: by figures written here alone."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from pushspec.plan.departure import Departure, QuietTimes
from pushspec.plan.local_hours import LocalHour
from pushspec.tencent.endpoints import EndpointName
from simulation.calls import accounts, campaign_calls
from simulation.loop import START

if TYPE_CHECKING:
    from datetime import datetime

LOCAL_KEY = "local@1"
_SPANS_S = {"UTC+0200": (0, 600), "UTC+0100": (400, 1_500), "UTC+0000": (900, 4_000)}
"""From when until when each hour lasts, in seconds from the start; they overlap, as after a late run."""
_QUIET_S = {"UTC+0000": (1_200, 1_800)}
"""The night of one of the zones."""


def _quiet(*span_s: int) -> QuietTimes:
    begins, ends = ((START + timedelta(seconds=second)).time() for second in span_s)
    return QuietTimes(begins, ends, ZoneInfo("UTC"))


def _hour(name: str) -> LocalHour:
    opens_at, closes_at = (START + timedelta(seconds=second) for second in _SPANS_S[name])
    forbidden = tuple(_quiet(*span) for span in ([_QUIET_S[name]] if name in _QUIET_S else ()))
    return LocalHour(name, (), opens_at, closes_at, Departure(opens_at, closes_at, forbidden))


LOCAL = campaign_calls(
    "local",
    endpoint=EndpointName.BATCH,
    parts=[accounts(2, first=first) for first in (200, 202, 204, 206, 208, 210)],
    hours=[_hour(name) for name in _SPANS_S],
    stage_of=[0, 0, 0, 1, 1, 2],
)


def hour_fault(key: str, now: datetime) -> str:
    """Return what is wrong with a call that leaves at a moment; empty where nothing is, or it has no hour."""
    name = key.partition("#")[0].rpartition("/")[2]
    if not key.startswith(f"{LOCAL_KEY}/"):
        return ""
    second = (now - START).total_seconds()
    begins, ends = _SPANS_S[name]
    if not begins <= second <= ends:
        return f"{'before' if second < begins else 'after'} its hour"
    quiet_from, quiet_to = _QUIET_S.get(name, (ends, ends))
    return "in the night of its zone" if quiet_from <= second < quiet_to else ""
