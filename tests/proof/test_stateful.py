"""The same promises, hunted by Hypothesis, which is fond of equal and extreme values."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import anyio
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from simulation.events import (
    MOST_SKEW_S,
    REPLIES,
    STORE_FAULTS,
    Apply,
    Event,
    Freeze,
    Resolve,
    Steer,
    Try,
    Unlock,
    Wait,
)
from simulation.loop import VirtualLoop
from simulation.universe import Universe

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

STEPS = st.none() | st.integers(0, 45)
USUAL = st.sampled_from([0.0, 0.001, 1.0, 6.0, 30.0, 60.0, 900.0, 930.0, 3600.0, 86_400.0])
SECONDS = USUAL | st.floats(0, 1e5)
APPLIES = st.builds(
    Apply,
    only=st.sets(st.integers(0, 5), min_size=1).map(lambda chosen: tuple(sorted(chosen))),
    edited=st.sets(st.integers(0, 3)).map(lambda chosen: tuple(sorted(chosen))),
    kill_at=STEPS,
    power_keeps=st.none() | st.integers(0, 3),
    pause_at=STEPS,
    pause_s=SECONDS,
    jump_at=STEPS,
    jump_s=st.floats(-1e4, 1e4),
    is_dull=st.booleans(),
    latency_s=st.floats(0, 7),
    store=st.lists(st.sampled_from(["none", *STORE_FAULTS]), max_size=12).map(tuple),
    replies=st.lists(st.sampled_from(REPLIES), max_size=6).map(tuple),
    goes_on_after_s=st.none() | st.floats(0, 2000),
    max_in_doubt=st.integers(0, 3),
)


class Lives(RuleBasedStateMachine):
    """One app whose runs die, sleep and overlap, whose people are impatient, and whose network is bad."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = VirtualLoop()
        self.universe = Universe()
        self.todo: asyncio.Queue[Callable[[], Awaitable[None]]] = asyncio.Queue()
        self.life = self.loop.create_task(self._live())

    async def _live(self) -> None:
        """Be the one task that everything lives in, from the first rule to the last."""
        async with anyio.create_task_group() as self.universe.elsewhere:
            while True:
                await (await self.todo.get())()

    def _do(self, deed: Callable[[], Awaitable[None]]) -> None:
        done = self.loop.create_future()

        async def deed_and_done() -> None:
            await deed()
            done.set_result(None)

        async def main() -> None:
            await asyncio.wait({done, self.life}, return_when=asyncio.FIRST_COMPLETED)

        self.todo.put_nowait(deed_and_done)
        self.loop.run_until_complete(main())
        if self.life.done():
            self.life.result()

    def _happen(self, event: Event) -> None:
        self._do(lambda: self.universe.happen(event))

    @rule(event=APPLIES)
    def apply(self, event: Apply) -> None:
        self._happen(event)

    @rule(which=st.integers(0, 4), run=APPLIES)
    def try_(self, which: int, run: Apply) -> None:
        self._happen(Try(which, run))

    @rule(seconds=SECONDS)
    def wait(self, seconds: float) -> None:
        self._happen(Wait(seconds))

    @rule(
        verdict=st.sampled_from(["sent", "not_sent", "abandoned"]),
        which=st.integers(0, 6),
        kill_at=STEPS,
        skew_s=st.floats(-MOST_SKEW_S, MOST_SKEW_S),
    )
    def resolve(self, verdict: str, which: int, kill_at: int | None, skew_s: float) -> None:
        self._happen(Resolve(verdict, which, kill_at, skew_s))  # type: ignore[arg-type] # one of the three

    @rule(kill_at=STEPS)
    def unlock(self, kill_at: int | None) -> None:
        self._happen(Unlock(kill_at))

    @rule(frozen=st.booleans())
    def freeze(self, frozen: bool) -> None:
        self._happen(Freeze(frozen))

    @rule(goes_on=st.booleans())
    def steer(self, goes_on: bool) -> None:
        self._happen(Steer(goes_on))

    @invariant()
    def promises_hold(self) -> None:
        self.universe.witness.check()

    def teardown(self) -> None:
        if not self.life.done():
            self._do(self.universe.come_to_rest)
            self.life.cancel()
            self.loop.run_until_complete(asyncio.wait({self.life}))
        self.loop.close()


TestLives = Lives.TestCase
TestLives.settings = settings(
    max_examples=150, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)
)
