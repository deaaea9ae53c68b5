"""Pace calls: obey every documented reading of a limit at once, under any network delay.

A call holds its share of each rate until one period after its *answer*. The service counts a request
somewhere between its leaving and its answer, so no window of the service can hold more than the cap, however
late requests arrive; a limiter that counts at the start lets them pile up.
"""

from __future__ import annotations

import heapq
import math
from typing import TYPE_CHECKING

import anyio

from pushspec.tencent.endpoints import Pace
from pushspec.tencent.rates import SPARE_S, own_rate, service_rates

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from pushspec.clock import Clock
    from pushspec.tencent.limits import Limits
    from pushspec.tencent.rates import Rate

MOST_AT_ONCE = 32
"""Calls under way at the same time, whatever the rate would allow."""


class _Meter:
    """How much of one rate is taken: by calls whose answer is out, and by those answered a moment ago."""

    def __init__(self, rate: Rate) -> None:
        self.rate = rate
        self._out = 0
        self._ending: list[tuple[float, int]] = []
        self._held = 0

    def take(self, weight: int) -> None:
        self._out += self.rate.share_of(weight)

    def answered(self, weight: int) -> None:
        self._out -= self.rate.share_of(weight)

    def hold(self, weight: int, since: float) -> None:
        """Keep an answered call's share for its period, or longer where it alone is above the capacity."""
        share = self.rate.share_of(weight)
        periods = max(1.0, share / self.rate.capacity)
        heapq.heappush(self._ending, (since + periods * self.rate.period_s + SPARE_S, share))
        self._held += share

    def look_again_at(self, weight: int, now: float) -> float:
        """Return ``now`` if there is room, else when more room comes; ``inf`` if only an answer can tell."""
        while self._ending and self._ending[0][0] <= now:
            self._held -= heapq.heappop(self._ending)[1]
        wanted = min(self.rate.share_of(weight), self.rate.capacity)
        if self.rate.capacity - self._out - self._held >= wanted:
            return now
        return self._ending[0][0] if self._ending else math.inf


class Pacer:
    """Lets the calls that share some rates leave when each has room for them, in the order they ask."""

    def __init__(self, rates: Iterable[Rate], clock: Clock, *, shared: Iterable[_Meter] = ()) -> None:
        """Take the rates, of which one at least counts calls, and meters that other pacers take from, too.

        Pacers that share a meter are used one after another.
        """
        self._clock = clock
        self._meters = [*map(_Meter, rates), *shared]
        self._turn = anyio.Lock()
        self._answer = anyio.Event()

    @property
    def most_at_once(self) -> int:
        """How many calls may be under way at the same time."""
        return min(
            MOST_AT_ONCE, *(meter.rate.capacity for meter in self._meters if not meter.rate.counts_users)
        )

    def remember(self, ended: Iterable[tuple[int, datetime]], now: datetime) -> None:
        """Count what earlier runs sent a moment ago: the weight of each call, and when it was over."""
        steady = self._clock.monotonic()
        for weight, ended_at in ended:
            for meter in self._meters:
                meter.hold(weight, steady - (now - ended_at).total_seconds())

    async def enter(self, weight: int, *, stop: anyio.Event, waiting: Callable[[str, float], None]) -> bool:
        """Wait for room and take it, until :meth:`leave` is called.

        Args:
            weight: How many accounts the call names, at least 1.
            stop: Gives up the wait when it is set.
            waiting: Told whose rate it waits for, and the seconds, of each wait whose end is known.

        Returns:
            Whether there was room before ``stop``.
        """
        async with self._turn:
            while not stop.is_set():
                now = self._clock.monotonic()
                until = {meter: meter.look_again_at(weight, now) for meter in self._meters}
                last = max(until, key=until.__getitem__)
                wait_s = until[last] - now
                if wait_s <= 0:
                    for meter in self._meters:
                        meter.take(weight)
                    return True
                if wait_s == math.inf:
                    self._answer = anyio.Event()
                    await self._answer.wait()
                else:
                    waiting(last.rate.why, wait_s)
                    await self._clock.wait(stop, wait_s)
        return False

    def leave(self, weight: int) -> None:
        """Say that a call was answered, or given up."""
        now = self._clock.monotonic()
        for meter in self._meters:
            meter.answered(weight)
            meter.hold(weight, now)
        self._answer.set()


def pacers(limits: Limits, clock: Clock) -> dict[Pace, Pacer]:
    """Return a pacer for each pace; the project's own rate binds the calls of all of them together."""
    own = own_rate(Pace.BATCH, limits)
    shared = [_Meter(own)] if own is not None else []
    return {
        pace: Pacer(service_rates(pace, limits), clock, shared=[] if pace is Pace.PUSH else shared)
        for pace in Pace
    }
