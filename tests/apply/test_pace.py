"""The pace: no window of the service ever holds more than its cap, whatever the network does."""

from __future__ import annotations

import math
import random
from datetime import timedelta

import anyio
import pytest
from simulation.calls import accounts, campaign_calls
from simulation.loop import VirtualClock, run_virtually
from simulation.world import World, in_world

from pushspec.apply.pace import Pacer, rates_of
from pushspec.apply.rules import Rules
from pushspec.tencent.endpoints import EndpointName, Pace
from pushspec.tencent.limits import Edition, Limits, limits_for

Seen = list[tuple[float, int]]


def drive(pace: Pace, limits: Limits, weights: list[int], *, latency: tuple[float, float], seed: int) -> Seen:
    """Let calls through a pacer; each reaches the service somewhere between leaving and answer."""
    chance = random.Random(seed)
    seen: Seen = []

    async def main() -> None:
        pacer = Pacer(pace, limits, VirtualClock())
        slots = anyio.Semaphore(pacer.most_at_once)

        async def call(weight: int) -> None:
            assert await pacer.enter(weight, stop=anyio.Event(), waiting=lambda _s: None)
            total = chance.uniform(*latency)
            reached = chance.choice([0.0, total, chance.uniform(0, total)])
            await anyio.sleep(reached)
            seen.append((anyio.current_time(), weight))
            await anyio.sleep(total - reached)
            pacer.leave(weight)
            slots.release()

        async with anyio.create_task_group() as group:
            for weight in weights:
                await slots.acquire()
                group.start_soon(call, weight)

    run_virtually(main)
    return sorted(seen)


def busiest(seen: Seen, period_s: float, *, counts_users: bool) -> int:
    """Return the most that any window of so many seconds, both ends included, holds."""
    most = 0
    for start, _ in seen:
        inside = [weight if counts_users else 1 for at, weight in seen if start <= at <= start + period_s]
        most = max(most, sum(inside))
    return most


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("latency", [(0, 0), (0, 0.1), (0, 5)], ids=str)
@pytest.mark.parametrize(
    ("pace", "edition", "weights"),
    [
        (Pace.PUSH, Edition.STANDARD, [1] * 12),
        (Pace.BATCH, Edition.FREE, [3] * 60),
        (Pace.BATCH, Edition.STANDARD, [10] * 120),
        (Pace.BATCH, Edition.ADVANCED, [500, 300] * 20),
        (Pace.BATCHSENDMSG, Edition.STANDARD, [500] * 60),
        (Pace.BATCHSENDMSG, Edition.STANDARD, [1] * 500),
    ],
)
def test_no_window_holds_more_than_the_cap(
    pace: Pace, edition: Edition, weights: list[int], latency: tuple[float, float], seed: int
) -> None:
    """A window over the cap is a refused call, or one counted on somebody's bill."""
    limits = limits_for(edition)
    seen = drive(pace, limits, weights, latency=latency, seed=seed)

    assert len(seen) == len(weights)
    for rate in rates_of(pace, limits):
        assert busiest(seen, rate.period_s, counts_users=rate.counts_users) <= rate.capacity, rate.name


def test_the_cap_is_used_well_at_ordinary_latency() -> None:
    """Safety that halves the speed would be switched off: 85 % of the cap at 100 ms."""
    limits = limits_for(Edition.STANDARD)
    seen = drive(Pace.BATCH, limits, [1] * 600, latency=(0.1, 0.1), seed=1)
    assert len(seen) / seen[-1][0] >= 0.85 * limits.batch_calls_per_second.value


def test_a_call_above_a_whole_second_of_users_takes_its_time() -> None:
    """The free edition allows 30 users a second, and one call may name 500."""
    seen = drive(Pace.BATCH, limits_for(Edition.FREE), [500, 500], latency=(0, 0), seed=1)
    assert seen[1][0] - seen[0][0] >= 500 / 30


def test_a_later_run_remembers_the_push_before_it() -> None:
    """Two applies in one second are two pushes in one second."""

    async def story(world: World) -> None:
        await world.apply(campaign_calls("one"))
        await world.apply(campaign_calls("two"))

    one, two = in_world(story).sender.arrivals
    assert two.at_s - one.at_s > 1


def test_a_later_run_remembers_the_messages_of_the_last_minute() -> None:
    """12,000 messages a minute count across runs."""
    parts = [accounts(500, first=500 * number) for number in range(24)]

    async def story(world: World) -> None:
        await world.apply(campaign_calls("one", endpoint=EndpointName.BATCHSENDMSG, parts=parts))
        await world.apply(campaign_calls("two", endpoint=EndpointName.BATCHSENDMSG, parts=[accounts(500)]))

    arrivals = in_world(story).sender.arrivals
    assert arrivals[-1].at_s - arrivals[0].at_s > 60


def test_waits_are_shown_with_their_end() -> None:
    """A progress line that stands still for a minute looks like a hang."""
    parts = [accounts(500, first=500 * number) for number in range(30)]

    async def story(world: World) -> None:
        world.rules = Rules(Limits())
        await world.apply(campaign_calls(endpoint=EndpointName.BATCHSENDMSG, parts=parts))

    world = in_world(story)
    longest = max(until for until, _ in world.notes.waits)
    assert longest - world.clock.start > timedelta(seconds=59)


def test_a_stop_ends_the_wait_for_room() -> None:
    """Ctrl-C in the middle of a minute's wait is heeded at once."""

    async def main() -> None:
        pacer, stop = Pacer(Pace.PUSH, Limits(), VirtualClock()), anyio.Event()
        assert await pacer.enter(1, stop=stop, waiting=lambda _s: None)
        pacer.leave(1)
        stop.set()
        assert not await pacer.enter(1, stop=stop, waiting=lambda _s: None)
        assert anyio.current_time() < 1
        assert math.isfinite(anyio.current_time())

    run_virtually(main)
