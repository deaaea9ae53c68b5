"""The rates that calls obey: every documented reading of a limit, all of them at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pushspec.language import phrase
from pushspec.tencent.endpoints import Pace
from pushspec.tencent.limits import Limit, Unit

if TYPE_CHECKING:
    from pushspec.tencent.limits import Limits

SPARE_S = 0.005
"""Kept beyond every period, because the service requires strictly more than a second between two pushes."""

_OWN = "pace.users_per_second"


@dataclass(frozen=True, slots=True)
class Rate:
    """At most ``capacity`` of a unit in any ``period_s`` seconds.

    Attributes:
        name: The limit that says so.
        capacity: How many.
        period_s: In how many seconds.
        counts_users: A call counts its accounts; otherwise it counts one.
    """

    name: str
    capacity: int
    period_s: float
    counts_users: bool

    @property
    def why(self) -> str:
        """Whose rate it is, in words, for people whose call waits for it."""
        if self.name == _OWN:
            return phrase("the project's own pace")
        return phrase("the service's rate limit")

    def share_of(self, weight: int) -> int:
        """Return how much of the capacity a call takes."""
        return weight if self.counts_users else 1


def rates_of(pace: Pace, limits: Limits) -> tuple[Rate, ...]:
    """Return the rates that all calls of a pace obey together, the project's own included."""
    own = own_rate(pace, limits)
    return service_rates(pace, limits) + ((own,) if own is not None else ())


def own_rate(pace: Pace, limits: Limits) -> Rate | None:
    """Return the rate that the project sets itself, for all its calls to listed accounts together."""
    if pace is Pace.PUSH or limits.users_per_second is None:
        return None
    return Rate(_OWN, limits.users_per_second, 1, counts_users=True)


def service_rates(pace: Pace, limits: Limits) -> tuple[Rate, ...]:
    """Return the service's rates that all calls of a pace obey together."""
    if pace is Pace.PUSH:
        return (Rate("push_interval_s", 1, limits.push_interval_s.value, counts_users=False),)
    if pace is Pace.BATCH:
        return (
            Rate("batch_calls_per_second", limits.batch_calls_per_second.value, 1, counts_users=False),
            Rate("batch_users_per_second", limits.batch_users_per_second.value, 1, counts_users=True),
        )
    if pace is Pace.WEBBATCH:
        # Its page bounds the users alone; for the calls, the figure of the endpoint for phones holds.
        calls, users = limits.batch_calls_per_second, limits.webbatch_users_per_second
        return (
            Rate("batch_calls_per_second", calls.value, 1, counts_users=False),
            Rate("webbatch_users_per_second", users.value, 1, counts_users=True),
        )
    calls, messages = limits.batchsendmsg_calls_per_second, limits.batchsendmsg_messages_per_minute
    return (
        Rate("batchsendmsg_calls_per_second", calls.value, 1, counts_users=False),
        Rate("batchsendmsg_messages_per_minute", messages.value, 60, counts_users=True),
    )


def rate_of(name: str, limits: Limits) -> Rate:
    """Return the rate of the calls that one limit binds: so many a second, or one in so many seconds.

    Args:
        name: A limit that counts calls per second, or the seconds between two calls.
        limits: The limits in force.
    """
    limit: Limit = getattr(limits, name)
    if limit.unit is Unit.SECONDS:
        return Rate(name, 1, limit.value, counts_users=False)
    return Rate(name, limit.value, 1, counts_users=False)
