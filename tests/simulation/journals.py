"""A journal on any store, at a moment that a test chooses, and a record to write with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushspec.lockfile.histories import CallState
from pushspec.lockfile.journal import Journal, Runtime
from pushspec.lockfile.reading import read_lock
from pushspec.lockfile.records import Frozen
from simulation.calls import campaign_calls
from simulation.loop import START
from simulation.world import World, in_world, token

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from pushspec.lockfile.state import LockState
    from pushspec.lockfile.stores import Store
    from pushspec.plan.calls import CampaignCalls
    from simulation.places import Place

FREEZE = Frozen(frozen=True, by="eve", why="wrong text")


def journal(
    store: Store, *, now: Callable[[], datetime] = lambda: START, environment: str = "prod"
) -> Journal:
    """Return a journal on a store; it waits for nothing."""
    runtime = Runtime(now=now, token=token, pause=lambda _s: None, tool="test")
    return Journal(store, sdk_app_id=1, environment=environment, runtime=runtime)


def check_sent_once(place: Place, breaking: Callable[[], object]) -> None:
    """Check that a push leaves once, and is recorded, on a store that breaks once the run has planned."""

    async def story(world: World) -> None:
        def choose(_state: LockState) -> Sequence[CampaignCalls]:
            breaking()
            return [campaign_calls()]

        result = await world.apply(choose=choose)
        assert result.exit_code == 0

    world = in_world(story, World(store=place.open()))

    assert world.sender.requests == 1
    assert read_lock(place.open()).calls["hello@1"].state is CallState.SENT
