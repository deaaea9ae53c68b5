"""Limiters in virtual time: calls go through one, and the service counts them as they arrive."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import anyio

from pushspec.tencent.pacing import Pacer
from pushspec.tencent.rates import rates_of
from simulation.loop import VirtualClock, run_virtually

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pushspec.tencent.endpoints import Pace
    from pushspec.tencent.limits import Limits
    from pushspec.tencent.rates import Rate

Seen = list[tuple[float, int]]
"""When each call arrived, in seconds, and how many accounts it named."""


class Limiter(Protocol):
    """Lets calls leave."""

    async def enter(self, weight: int) -> None:
        """Wait until a call may leave."""

    def leave(self, weight: int) -> None:
        """Say that it was answered."""


@dataclass
class OwnPace:
    """The engine's own pacer."""

    pacer: Pacer

    async def enter(self, weight: int) -> None:
        assert await self.pacer.enter(weight, stop=anyio.Event(), waiting=lambda _why, _s: None)

    def leave(self, weight: int) -> None:
        self.pacer.leave(weight)


def own_pace(pace: Pace, limits: Limits) -> OwnPace:
    """Return the engine's pacer; only inside :func:`run_virtually`."""
    return OwnPace(Pacer(rates_of(pace, limits), VirtualClock()))


def drive(
    limiter: Callable[[], Limiter],
    weights: Sequence[int],
    *,
    at_once: int,
    latency: tuple[float, float],
    seed: int = 1,
) -> Seen:
    """Let calls through a limiter; each reaches the service somewhere between leaving and answer.

    Args:
        limiter: Makes it, in virtual time.
        weights: How many accounts each call names, in order.
        at_once: How many calls may be under way.
        latency: Shortest and longest time to an answer, in seconds.
        seed: Draws the rest.
    """
    chance = random.Random(seed)
    seen: Seen = []

    async def main() -> None:
        gate = limiter()
        slots = anyio.Semaphore(at_once)

        async def call(weight: int) -> None:
            await gate.enter(weight)
            total = chance.uniform(*latency)
            reached = chance.choice([0.0, total, chance.uniform(0, total)])
            await anyio.sleep(reached)
            seen.append((anyio.current_time(), weight))
            await anyio.sleep(total - reached)
            gate.leave(weight)
            slots.release()

        async with anyio.create_task_group() as group:
            for weight in weights:
                await slots.acquire()
                group.start_soon(call, weight)

    run_virtually(main)
    return sorted(seen)


def fills(seen: Seen, rate: Rate) -> list[int]:
    """Return what each window of a rate holds, both ends included, of those that begin with an arrival."""
    found, inside, end = [], 0, 0
    for at, weight in seen:
        while end < len(seen) and seen[end][0] <= at + rate.period_s:
            inside += rate.share_of(seen[end][1])
            end += 1
        found.append(inside)
        inside -= rate.share_of(weight)
    return found


def share_of_cap(seen: Seen, rates: Sequence[Rate]) -> float:
    """Return how much of the tightest rate was used, from the first arrival to the last period."""
    shares = []
    for rate in rates:
        last = next(number for number, (at, _) in enumerate(seen) if at > seen[-1][0] - rate.period_s)
        elapsed_s = seen[last][0] - seen[0][0]
        units = sum(rate.share_of(weight) for _, weight in seen[:last])
        shares.append(units / elapsed_s * rate.period_s / rate.capacity if elapsed_s else 0.0)
    return max(shares)
