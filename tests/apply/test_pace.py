"""The pace: no window of the service ever holds more than its cap, whatever the network does."""

from __future__ import annotations

import json
import math
import random
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from simulation.calls import accounts, campaign_calls
from simulation.loop import START, VirtualClock, run_virtually
from simulation.pacing import Seen, drive, fills, own_pace, share_of_cap
from simulation.service import Notes, ok
from simulation.store import MemoryStore
from simulation.world import World, in_world

from pushspec.apply.engine import apply_calls
from pushspec.apply.run import Provenance, RunOptions, RunSetup
from pushspec.lockfile.records import Close
from pushspec.lockfile.stores import StoreError
from pushspec.plan.chunking import most_accounts
from pushspec.tencent.endpoints import ENDPOINTS, EndpointName, Pace
from pushspec.tencent.exchange import Exchange, Gate, GateClosedError
from pushspec.tencent.limits import Edition, Limits, limits_for
from pushspec.tencent.pacing import Pacer
from pushspec.tencent.rates import own_rate, rates_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pushspec.plan.calls import CampaignCalls

TO_ACCOUNTS = {
    Pace.BATCH: ENDPOINTS[EndpointName.BATCH],
    Pace.BATCHSENDMSG: ENDPOINTS[EndpointName.BATCHSENDMSG],
    Pace.WEBBATCH: ENDPOINTS[EndpointName.WEBBATCH],
}
EVERY_PACE = [
    (Pace.PUSH, Edition.STANDARD, [1] * 12),
    (Pace.BATCH, Edition.FREE, [3] * 60),
    (Pace.BATCH, Edition.FREE, [30] * 12),
    (Pace.BATCH, Edition.STANDARD, [10] * 120),
    (Pace.BATCH, Edition.ADVANCED, [400, 300] * 20),
    (Pace.BATCHSENDMSG, Edition.STANDARD, [500] * 60),
    (Pace.BATCHSENDMSG, Edition.STANDARD, [1] * 500),
    (Pace.WEBBATCH, Edition.FREE, [30] * 12),
]


def through(
    pace: Pace, edition: Edition, weights: list[int], *, latency: tuple[float, float], seed: int = 1
) -> Seen:
    limits = limits_for(edition)
    at_once = Pacer(rates_of(pace, limits), VirtualClock()).most_at_once
    return drive(lambda: own_pace(pace, limits), weights, at_once=at_once, latency=latency, seed=seed)


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("latency", [(0, 0), (0, 0.1), (0, 5)], ids=str)
@pytest.mark.parametrize(("pace", "edition", "weights"), EVERY_PACE)
def test_no_window_holds_more_than_the_cap(
    pace: Pace, edition: Edition, weights: list[int], latency: tuple[float, float], seed: int
) -> None:
    """A window over the cap is a refused call, or one counted on somebody's bill."""
    seen = through(pace, edition, weights, latency=latency, seed=seed)

    assert len(seen) == len(weights)
    for rate in rates_of(pace, limits_for(edition)):
        assert max(fills(seen, rate)) <= rate.capacity, rate.name


@pytest.mark.parametrize("edition", Edition)
@pytest.mark.parametrize("pace", Pace)
def test_the_cap_is_used_well_at_ordinary_latency(pace: Pace, edition: Edition) -> None:
    """Safety that halves the speed would be switched off: 85 % of the cap at 100 ms, in a plan's parts."""
    limits = limits_for(edition)
    weights = [1] * 60 if pace is Pace.PUSH else [most_accounts(TO_ACCOUNTS[pace], limits)] * 240

    seen = through(pace, edition, weights, latency=(0.1, 0.1))

    assert share_of_cap(seen, rates_of(pace, limits)) >= 0.85


@pytest.mark.parametrize("pace", [Pace.BATCH, Pace.BATCHSENDMSG])
def test_calls_to_few_accounts_use_the_cap_as_well(pace: Pace) -> None:
    """There the calls are what is scarce, not the accounts."""
    seen = through(pace, Edition.STANDARD, [1] * 2_000, latency=(0.1, 0.1))
    assert share_of_cap(seen, rates_of(pace, Limits())) >= 0.85


def test_the_benchmark_runs_and_meets_its_goals() -> None:
    """In virtual time its figures are exact, so that a miss is a defect and no busy machine."""
    command = [sys.executable, "-m", "benchmarks.pace", "--seeds", "1"]

    done = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=120)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "| push | 100 ms | pushspec |" in done.stdout


def test_a_call_above_a_whole_second_of_users_takes_its_time() -> None:
    """A limit that was lowered in the middle of a campaign must not stop its large parts for ever."""
    seen = through(Pace.BATCH, Edition.FREE, [500, 500], latency=(0, 0))
    assert seen[1][0] - seen[0][0] >= 500 / 30


@dataclass
class Counter:
    """A service that counts each request somewhere between its leaving and its answer, across all runs."""

    chance: random.Random
    arrivals: dict[Pace, Seen] = field(default_factory=lambda: {pace: [] for pace in Pace})


@dataclass
class Run:
    """One process, with its own steady clock; when it dies, a request that it sent goes on without it."""

    counter: Counter
    clock: VirtualClock
    store_s: float
    is_dead: bool = False

    async def send(self, path: str, payload: bytes, gate: Gate) -> Exchange:
        await anyio.sleep(self.counter.chance.uniform(0, 1))
        if self.is_dead:
            return Exchange("dead", "the process is gone", left_at=None, ended_at=self.clock.now())
        try:
            gate.pass_through()
        except GateClosedError as closed:
            return Exchange(closed.case, str(closed), left_at=None, ended_at=self.clock.now())
        total = self.counter.chance.uniform(0, 5)
        reached = self.counter.chance.choice([0.0, total, self.counter.chance.uniform(0, total)])
        arrives_at = self.clock.now() + timedelta(seconds=reached)
        name = EndpointName(path.removeprefix("/v4/"))
        weight = max(1, len(json.loads(payload).get("To_Account", ())))
        self.counter.arrivals[ENDPOINTS[name].pace].append(((arrives_at - START).total_seconds(), weight))
        await anyio.sleep(total)
        number = self.counter.chance.randrange(10**9)
        return Exchange("answered", "", gate.left_at, self.clock.now(), status=200, body=ok(path, number))

    async def in_thread(self, function: Callable[[], None]) -> None:
        await anyio.sleep(self.counter.chance.uniform(0, self.store_s))
        function()
        await anyio.sleep(self.counter.chance.uniform(0, self.store_s))


class Killed(BaseException):
    """The process is gone."""


def play(
    store: MemoryStore, run: Run, campaigns: list[CampaignCalls], limits: Limits, killed_s: float
) -> None:
    """Let one process apply, until it is done or is killed; locks of the dead are taken by force."""

    def refuse_the_dead(_first: int, _lines: Sequence[bytes]) -> None:
        if run.is_dead:
            raise StoreError("the process is gone")

    async def main() -> None:
        world = World(clock=run.clock, store=store)
        forced = world.journal()
        forced.take(holder="bob", force=True)
        forced.release(Close(why="unlocked"))
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(kill)
            await apply_calls(
                lambda _state: campaigns,
                RunSetup(
                    journal=world.journal(),
                    sender=run,
                    clock=run.clock,
                    options=RunOptions(limits, max_in_doubt=1_000),
                    provenance=Provenance(holder="ada", plan_digest="d" * 64),
                    reporter=Notes(),
                    in_thread=run.in_thread,
                ),
                anyio.Event(),
            )
            tasks.cancel_scope.cancel()

    async def kill() -> None:
        await anyio.sleep(killed_s)
        run.is_dead = True
        raise Killed

    store.before_append = refuse_the_dead
    try:
        run_virtually(main)
    except* Killed:
        pass


def every_campaign(limits: Limits) -> list[CampaignCalls]:
    """Return pushes by both endpoints, and lists in a plan's own parts, enough to fill every window."""
    pushes = [EndpointName.PUSH, EndpointName.IM_PUSH]
    found = [campaign_calls(f"p{number}", endpoint=pushes[number % 2]) for number in range(5)]
    for name, count in ((EndpointName.BATCH, 6), (EndpointName.BATCHSENDMSG, 30)):
        most = most_accounts(ENDPOINTS[name], limits)
        parts = [accounts(most, first=most * number) for number in range(count)]
        found.append(campaign_calls(f"l{count}", endpoint=name, parts=parts))
    return found


@settings(max_examples=60)
@given(
    seed=st.integers(0, 2**32),
    edition=st.sampled_from(Edition),
    store_s=st.sampled_from([0.0, 0.2, 8.0]),
    kills=st.lists(st.tuples(st.floats(0.1, 60), st.floats(0, 45)), max_size=3),
    turned=st.integers(0, 6),
    own=st.sampled_from([None, 20, 200]),
)
def test_no_window_is_passed_by_several_runs(
    seed: int,
    edition: Edition,
    store_s: float,
    kills: list[tuple[float, float]],
    turned: int,
    own: int | None,
) -> None:
    """A run that died may have a request on its way; the next process knows it only from the lockfile."""
    limits, store = limits_for(edition, users_per_second=own), MemoryStore()
    counter = Counter(random.Random(seed))
    campaigns = every_campaign(limits)
    campaigns = campaigns[turned:] + campaigns[:turned]
    at_s = 0.0

    for killed_s, gap_s in [*kills, (math.inf, 0)]:
        clock = VirtualClock(START + timedelta(seconds=at_s))
        play(store, Run(counter, clock, store_s), campaigns, limits, killed_s)
        at_s += killed_s + gap_s

    for pace, seen in counter.arrivals.items():
        for rate in rates_of(pace, limits):
            assert max(fills(sorted(seen), rate), default=0) <= rate.capacity, rate.name
    if (rate_of_all := own_rate(Pace.BATCH, limits)) is not None:
        listed = sorted(at for pace in TO_ACCOUNTS for at in counter.arrivals[pace])
        assert max(fills(listed, rate_of_all), default=0) <= rate_of_all.capacity
    assert sum(map(len, counter.arrivals.values())) >= 41 - 32 * len(kills)


@pytest.mark.parametrize("seed", range(20))
def test_a_request_that_a_dead_run_left_behind_is_counted_when_it_arrives(seed: int) -> None:
    """Its intent was written half a minute before it left: a slow store, or a machine that slept."""
    store, counter = MemoryStore(), Counter(random.Random(seed))
    first = Run(counter, VirtualClock(), 0)

    async def slowly(function: Callable[[], None]) -> None:
        function()
        await anyio.sleep(25 if b'"intent"' in store.lines[-1] else 0)

    first.in_thread = slowly  # type: ignore[method-assign] # this store is slow behind the intent
    play(store, first, [campaign_calls("one")], Limits(), 26)
    second = Run(counter, VirtualClock(START + timedelta(seconds=26)), 0)
    play(store, second, [campaign_calls("two")], Limits(), math.inf)

    one, two = sorted(counter.arrivals[Pace.PUSH])
    assert two[0] - one[0] > 1


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


@pytest.mark.parametrize("runs", [1, 2])
def test_the_project_s_own_pace_is_one_for_all_endpoints(runs: int) -> None:
    """Its servers do not mind by which endpoint people come, nor by which run."""
    one = campaign_calls("one", endpoint=EndpointName.BATCH, parts=[accounts(10)])
    two = campaign_calls("two", endpoint=EndpointName.BATCHSENDMSG, parts=[accounts(10, first=10)])

    async def story(world: World) -> None:
        world.options = RunOptions(limits_for(Edition.STANDARD, users_per_second=10))
        for campaigns in [(one, two)] if runs == 1 else [(one,), (two,)]:
            await world.apply(*campaigns)

    world = in_world(story)
    first, second = world.sender.arrivals
    assert second.at_s - first.at_s > 1
    assert {why for _, why in world.notes.waits} == {"the project's own pace"}


def test_waits_are_shown_with_their_end() -> None:
    """A progress line that stands still for a minute looks like a hang."""
    parts = [accounts(500, first=500 * number) for number in range(30)]

    async def story(world: World) -> None:
        world.options = RunOptions(Limits())
        await world.apply(campaign_calls(endpoint=EndpointName.BATCHSENDMSG, parts=parts))

    world = in_world(story)
    longest = max(until for until, _ in world.notes.waits)
    assert longest - world.clock.start > timedelta(seconds=59)
    assert {why for _, why in world.notes.waits} == {"the service's rate limit"}


def test_a_stop_ends_the_wait_for_room() -> None:
    """Ctrl-C in the middle of a minute's wait is heeded at once."""

    async def main() -> None:
        pacer, stop = Pacer(rates_of(Pace.PUSH, Limits()), VirtualClock()), anyio.Event()
        assert await pacer.enter(1, stop=stop, waiting=lambda _why, _s: None)
        pacer.leave(1)
        stop.set()
        assert not await pacer.enter(1, stop=stop, waiting=lambda _why, _s: None)
        assert anyio.current_time() < 1
        assert math.isfinite(anyio.current_time())

    run_virtually(main)
