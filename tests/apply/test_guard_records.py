"""What the lockfile says against a further call: a stop, a closed gate, tasks of the same name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from lockfile.test_schedules import CREATED, schedule, task_intent
from simulation.calls import campaign_calls
from story import begin_of

from apply.test_guard import closed, guarding, tried
from apply.test_stage_gates import KEY, SALE, STOP, fail_condition
from pushspec.lockfile.records import Cancelled, Gate
from pushspec.tencent.exchange import GateClosedError

if TYPE_CHECKING:
    from simulation.world import World

    from pushspec.apply.guard import Guard
    from pushspec.lockfile.journal import Journal

OPENED = Gate(campaign=KEY, stage="canary", opens="rest", verdict="opened", why="no refusals")


def test_a_campaign_that_a_person_stopped_sends_nothing_more() -> None:
    """In no stage, and in no campaign without any."""

    async def story(_world: World, journal: Journal, guard: Guard) -> None:
        journal.append(begin_of(SALE), STOP)
        assert closed(guard, SALE) == ("rollout", "rollout (stopped by lin: wrong price)")
        assert not guard.is_clear(SALE, 1)
        assert guard.stopped == {KEY}

    guarding(story)


def test_a_stage_leaves_once_the_gate_before_it_is_open() -> None:
    """The first stage has none before it."""

    async def story(_world: World, journal: Journal, guard: Guard) -> None:
        journal.append(begin_of(SALE))
        guard.check(SALE)
        guard.check(SALE, 0)
        with pytest.raises(GateClosedError, match="the gate behind stage canary is not open"):
            guard.check(SALE, 1)
        journal.append(OPENED)
        guard.check(SALE, 1)

    guarding(story)


def test_a_stage_whose_condition_failed_is_stopped_with_its_numbers() -> None:
    """Of a campaign as a whole the first stage is asked about; one that did not fail has nothing to say."""

    async def story(_world: World, journal: Journal, guard: Guard) -> None:
        journal.append(begin_of(SALE))
        assert guard.failure(SALE, 0) == ""
        fail_condition(journal, guard)
        assert "refused" in guard.failure(SALE, 0)
        assert guard.failure(SALE, 1) == ""
        assert closed(guard, SALE)[0] == "rollout"

    guarding(story)


def test_a_campaign_of_a_name_that_the_service_still_sends_waits() -> None:
    """Both would go out: the task at its time, and this call now."""

    async def story(_world: World, journal: Journal, guard: Guard) -> None:
        journal.append(schedule(), task_intent(), CREATED)
        told = ("scheduled", "hello@1 is scheduled at the service, and not known to be sent or cancelled")
        assert closed(guard, campaign_calls(version=2)) == told
        guard.check(campaign_calls("other"))
        journal.append(task_intent("cancel", 2, task=4), Cancelled(key="hello@1#1", attempt=2))
        guard.check(campaign_calls(version=2))

    guarding(story)


def test_of_two_versions_at_the_service_the_first_one_is_named() -> None:
    """A person looks at one after the other, and the earlier one rings first."""
    named = {"campaign": "hello@2", "version": 2, "contents": {"hello@2": {"a": 1}}}
    later = schedule().model_copy(update=named)
    intent = task_intent().model_copy(
        update={"campaign": "hello@2", "key": "hello@2#1", "content": "hello@2"}
    )

    async def story(_world: World, journal: Journal, guard: Guard) -> None:
        journal.append(schedule(), task_intent(), CREATED)
        journal.append(later, intent, CREATED.model_copy(update={"key": "hello@2#1", "task": 5}))
        assert closed(guard, campaign_calls(version=3))[1].startswith("hello@1 is scheduled at the service")

    guarding(story)


@pytest.mark.parametrize(("most", "goes_on"), [(1, False), (2, True), (None, True)])
def test_the_projects_own_limit_of_a_day_blocks_its_campaign(most: int | None, *, goes_on: bool) -> None:
    """The service would still take it."""
    limited = campaign_calls("limited", max_push_calls_per_day=most)

    async def story(world: World, journal: Journal, guard: Guard) -> None:
        tried(journal, campaign_calls(), 1)
        assert await guard.await_quota(limited) is goes_on
        assert guard.blocked == (set() if goes_on else {"limited@1"})
        assert goes_on or world.notes.blocks["limited@1"].startswith("max-push-calls-per-day (1 of 1 calls")

    guarding(story)
