"""How much of the service's rates the pace uses, and how many windows pass the cap, beside common limiters.

All limiters see the same calls and the same network, in virtual time: the figures are exact, not measured. A
request is counted by the service somewhere between its leaving and its answer. Goals: no window over the cap,
and 85 % of the cap at an answer time of 100 ms.

    python -m benchmarks.pace [--seeds 10]
"""

from __future__ import annotations

import argparse
import sys
from collections import deque
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import anyio

from pushspec.plan.chunking import most_accounts
from pushspec.tencent.endpoints import ENDPOINTS, EndpointName, Pace
from pushspec.tencent.limits import Edition, limits_for
from pushspec.tencent.pacing import Pacer
from pushspec.tencent.rates import rates_of

# The virtual time is that of the tests, so that both drive the pace in the same way.
sys.path.append(str(Path(__file__).parents[1] / "tests"))

from simulation.loop import VirtualClock
from simulation.pacing import drive, fills, own_pace, share_of_cap

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from simulation.pacing import Limiter

    from pushspec.tencent.limits import Limits
    from pushspec.tencent.rates import Rate

GOAL = 0.85
_A_TICK_S = 1e-6
BATCH, SEND = ENDPOINTS[EndpointName.BATCH], ENDPOINTS[EndpointName.BATCHSENDMSG]
ANSWERS = {"100 ms": (0.1, 0.1), "0 to 5 s": (0.0, 5.0)}


class Peer:
    """A limiter that counts a call when it leaves, as the common ones do; an answer means nothing to it."""

    def __init__(self, rates: Sequence[Rate]) -> None:
        self.rates = rates
        self._turn = anyio.Lock()

    async def enter(self, weight: int) -> None:
        async with self._turn:
            for rate in self.rates:
                while (wait_s := self.wait_s(rate, rate.share_of(weight))) > 0:  # noqa: ASYNC110 - for time only
                    await anyio.sleep(wait_s + _A_TICK_S)
            for rate in self.rates:
                self.take(rate, rate.share_of(weight))

    def leave(self, weight: int) -> None:
        del weight

    def wait_s(self, rate: Rate, share: int) -> float:
        """Return for how long there is no room, at least."""
        raise NotImplementedError

    def take(self, rate: Rate, share: int) -> None:
        """Count a call."""
        raise NotImplementedError


class SlidingWindow(Peer):
    """Lets so many leave in any period, exactly."""

    def __init__(self, rates: Sequence[Rate]) -> None:
        super().__init__(rates)
        self._left: dict[str, deque[tuple[float, int]]] = {rate.name: deque() for rate in rates}

    def wait_s(self, rate: Rate, share: int) -> float:
        left, now = self._left[rate.name], anyio.current_time()
        while left and left[0][0] < now - rate.period_s:
            left.popleft()
        has_room = sum(earlier for _, earlier in left) + share <= rate.capacity
        return 0.0 if has_room else left[0][0] + rate.period_s - now

    def take(self, rate: Rate, share: int) -> None:
        self._left[rate.name].append((anyio.current_time(), share))


class LeakyBucket(Peer):
    """A bucket a rate that drains steadily, as in the library aiolimiter."""

    def __init__(self, rates: Sequence[Rate]) -> None:
        super().__init__(rates)
        self._level = {rate.name: (0.0, 0.0) for rate in rates}

    def wait_s(self, rate: Rate, share: int) -> float:
        return (self._drained(rate) + share - rate.capacity) * rate.period_s / rate.capacity

    def take(self, rate: Rate, share: int) -> None:
        self._level[rate.name] = (anyio.current_time(), self._drained(rate) + share)

    def _drained(self, rate: Rate) -> float:
        at, level = self._level[rate.name]
        return max(0.0, level - (anyio.current_time() - at) * rate.capacity / rate.period_s)


@dataclass(frozen=True)
class Case:
    """Calls of one pace."""

    name: str
    pace: Pace
    limits: Limits
    weights: list[int]

    @property
    def rates(self) -> tuple[Rate, ...]:
        return rates_of(self.pace, self.limits)


def cases() -> Iterator[Case]:
    """Yield each pace, in parts as a plan cuts them, and with as many calls as the service takes."""
    standard = limits_for(Edition.STANDARD)
    yield Case("push", Pace.PUSH, standard, [1] * 40)
    for edition in Edition:
        limits = limits_for(edition)
        yield Case(f"batch, {edition}", Pace.BATCH, limits, [most_accounts(BATCH, limits)] * 80)
    yield Case("batch, 1 account a call", Pace.BATCH, standard, [1] * 600)
    yield Case("batchsendmsg", Pace.BATCHSENDMSG, standard, [most_accounts(SEND, standard)] * 120)
    yield Case("batchsendmsg, 1 account a call", Pace.BATCHSENDMSG, standard, [1] * 2_000)


def limiters(case: Case) -> dict[str, Callable[[], Limiter]]:
    """Return pushspec's pace and its peers."""
    return {
        "pushspec": partial(own_pace, case.pace, case.limits),
        "sliding window": partial(SlidingWindow, case.rates),
        "leaky bucket": partial(LeakyBucket, case.rates),
    }


def row(case: Case, answers: str, name: str, seeds: int) -> tuple[str, bool]:
    """Return one limiter's line of the table, and whether it keeps to the goals."""
    at_once = Pacer(rates_of(case.pace, case.limits), VirtualClock()).most_at_once
    shares, over, windows, fullest = [], 0, 0, 0.0
    for seed in range(seeds):
        make, latency = limiters(case)[name], ANSWERS[answers]
        seen = drive(make, case.weights, at_once=at_once, latency=latency, seed=seed)
        shares.append(share_of_cap(seen, case.rates))
        for rate in case.rates:
            held = fills(seen, rate)
            over += sum(fill > rate.capacity for fill in held)
            windows += len(held)
            fullest = max(fullest, max(held) / rate.capacity)
    is_good = over == 0 and (answers != "100 ms" or median(shares) >= GOAL)
    cells = (case.name, answers, name, f"{median(shares):.0%}", f"{over:,} of {windows:,}", f"{fullest:.0%}")
    return f"| {' | '.join(cells)} |", is_good


def main() -> None:
    """Print the table; exit 1 where pushspec misses a goal."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=10, help="draws of the network")
    seeds = parser.parse_args().seeds
    print("| calls | answers in | limiter | of the cap used | windows over the cap | fullest window |")
    print("| --- | --- | --- | --- | --- | --- |")
    missed = 0
    for case in cases():
        for answers in ANSWERS:
            for name in limiters(case):
                line, is_good = row(case, answers, name, seeds)
                print(line, flush=True)
                missed += name == "pushspec" and not is_good
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
