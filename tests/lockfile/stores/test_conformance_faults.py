"""What every store says and keeps when its place fails; the same tests for all of them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest
from simulation.calls import campaign_calls
from simulation.rival import Rival
from simulation.world import World, in_world

from pushspec.errors import LockError
from pushspec.lockfile.reading import read_lock, read_records

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simulation.places import Place

    from pushspec.apply.result import RunResult
    from pushspec.lockfile.state import LockState
    from pushspec.plan.calls import CampaignCalls

FAULTS = {
    "make_read_only": {
        "memory": "read-only",
        "file": "Read-only file system",
        "git": "the remote refused it",
        "objects": "403 Forbidden",
        "postgresql": "InsufficientPrivilege",
    },
    "fill": {
        "memory": "full",
        "file": "No space left on device",
        "git": "the remote could not store it",
        "objects": "507 Insufficient Storage",
        "postgresql": "DiskFull",
    },
    "ignore_conditions": {
        "memory": "ignores conditions",
        "file": "does not keep file locks",
        "git": "took a push and does not show it",
        "objects": "ignores create-only writes",
        "postgresql": "no primary key",
    },
}
"""What people read, by what is wrong and where.

A git remote cannot ignore the condition of a push, for a push that is not forced carries it; the nearest
thing is a remote that says yes and keeps nothing.
"""


@pytest.mark.parametrize("fault", FAULTS)
def test_nothing_is_sent_where_nothing_can_be_recorded(place: Place, fault: str) -> None:
    """Exit 8 with what is wrong and what to do, before any request."""
    getattr(place, fault)()
    stopped: list[LockError] = []

    async def story(world: World) -> None:
        with pytest.raises(LockError) as caught:
            await world.apply(campaign_calls())
        stopped.append(caught.value)

    world = in_world(story, World(store=place.open()))

    assert FAULTS[fault][place.kind] in str(stopped[0])
    assert stopped[0].hint
    assert stopped[0].exit_code == 8
    assert world.sender.requests == 0


def test_a_disk_that_fills_up_under_a_run_stops_it_before_its_next_request(place: Place) -> None:
    """C28 in the middle: an intent that cannot be written is a request that does not leave."""
    results: list[RunResult] = []

    async def story(world: World) -> None:
        def choose(_state: LockState) -> Sequence[CampaignCalls]:
            place.fill()
            return [campaign_calls()]

        results.append(await world.apply(choose=choose))

    world = in_world(story, World(store=place.open()))

    assert results[0].exit_code == 8
    assert FAULTS["fill"][place.kind] in world.notes.stops[0]
    assert world.sender.requests == 0
    assert [record.record for record in read_records(place.open())] == ["header", "open"]


def test_a_read_only_place_can_still_be_planned_from(place: Place) -> None:
    """A pull request's job has credentials that only read."""

    async def story(world: World) -> None:
        await world.apply(campaign_calls())

    in_world(story, World(store=place.open()))
    place.make_read_only()

    assert not read_lock(place.open()).is_open("hello@1")


def test_two_processes_at_once_keep_one_chain_and_one_owner(real_place: Place) -> None:
    """Two CI jobs and two people with notes: nobody's record is lost, and only one of them may send."""
    names = ("ada", "bob")
    with Rival(*real_place.address(), names[0]) as one, Rival(*real_place.address(), names[1]) as two:
        for rival in (one, two):
            rival.tell("take")
        taken = sorted([one.answer(), two.answer()])
        for _ in range(4):
            for rival in (one, two):
                rival.tell("note")
        noted = [rival.answer() for _ in range(4) for rival in (one, two)]

    assert taken in (["HeldLockError", "ok"], ["LockError", "ok"]), "told at once, or at its own append"
    assert noted == ["ok"] * 8
    records = list(read_records(real_place.open()))
    assert Counter(record.by for record in records if record.record == "frozen") == {"ada": 4, "bob": 4}
    assert [record.record for record in records].count("open") == 1


def test_a_process_that_slept_through_its_successor_can_no_longer_write(real_place: Place) -> None:
    """C27: a runner that was suspended wakes up and believes that it holds the lock."""
    with Rival(*real_place.address(), "ada") as sleeper, Rival(*real_place.address(), "bob") as successor:
        assert sleeper.do("take") == "ok"
        sleeper.pause()
        assert successor.do("seize") == "ok"
        sleeper.wake()

        assert sleeper.do("renew") == "FencedError"
        assert sleeper.do("renew") == "FencedError"
        assert successor.do("renew") == "ok"

    kinds = [record.record for record in read_records(real_place.open())]
    assert kinds == ["header", "open", "open", "renew"]
