"""What people do about a doubt, a dead run or a wrong text: with a name, a reason, and never too early."""

from __future__ import annotations

from datetime import timedelta

import anyio
import pytest
from simulation.calls import campaign_calls
from simulation.loop import START
from simulation.world import World, in_world

from pushspec.errors import InDoubtError, LockError, RefusedError, UsageError
from pushspec.lockfile.histories import CallState
from pushspec.lockfile.status import status_of
from pushspec.operate.evidence import calls_to_look_at
from pushspec.operate.halting import freeze, thaw, unlock
from pushspec.operate.resolve import Resolution, Statement, resolve
from pushspec.tencent.answers import NO_IDS, ServiceIds
from pushspec.tencent.endpoints import EndpointName

LATER = START + timedelta(minutes=20)


def statement(
    verdict: Resolution, *, key: str = "hello@1", by: str = "eve", why: str = "asked the service"
) -> Statement:
    ids = ServiceIds("task9") if verdict is Resolution.SENT else NO_IDS
    return Statement(key, verdict, by=by, why=why, ids=ids)


async def leave_a_doubt(world: World) -> None:
    """Apply against a service that stays silent."""
    world.sender.script = lambda _number, _body: "silent"
    assert (await world.apply(campaign_calls())).exit_code == 5
    world.sender.script = None


def test_a_doubt_resolved_as_sent_is_settled_with_its_id() -> None:
    """The console showed the task; nothing is sent again, and the record is complete."""

    async def story(world: World) -> None:
        await leave_a_doubt(world)
        call = resolve(world.journal(), statement(Resolution.SENT), now=world.clock.now())
        assert (call.state, call.ids) == (CallState.SENT, ServiceIds("task9"))
        assert (await world.apply(campaign_calls())).exit_code == 0

    assert len(in_world(story).sender.arrivals) == 1


def test_a_doubt_is_not_called_not_sent_while_the_request_may_still_arrive() -> None:
    """Too early is the one mistake that sends twice; the hint says from when on."""

    async def story(world: World) -> None:
        await leave_a_doubt(world)
        records = len(world.records())
        await anyio.sleep(15 * 60)
        with pytest.raises(RefusedError, match="may still arrive") as caught:
            resolve(world.journal(), statement(Resolution.NOT_SENT), now=world.clock.now())
        assert "try again after 2026-11-21 02:15:3" in caught.value.hint
        assert len(world.records()) == records

        await anyio.sleep(60)
        call = resolve(world.journal(), statement(Resolution.NOT_SENT), now=world.clock.now())
        assert call.state is CallState.NOT_SENT
        assert (await world.apply(campaign_calls())).exit_code == 0

    assert len(in_world(story).sender.arrivals) == 2


def test_an_abandoned_call_is_never_made() -> None:
    """The flight has left; nobody needs the notice any more."""

    async def story(world: World) -> None:
        await leave_a_doubt(world)
        resolve(world.journal(), statement(Resolution.ABANDONED), now=world.clock.now())
        assert (await world.apply(campaign_calls())).exit_code == 0

    world = in_world(story)
    assert len(world.sender.arrivals) == 1
    assert world.records()[-2].record == "end"


def test_evidence_against_a_certain_no_is_recorded_and_blocks() -> None:
    """The record was wrong, which must not happen: nothing of the campaign leaves until people know why."""

    async def story(world: World) -> None:
        world.sender.script = lambda _number, _body: "unreachable"
        await world.apply(campaign_calls())
        with pytest.raises(InDoubtError):
            resolve(world.journal(), statement(Resolution.SENT), now=world.clock.now())
        world.sender.script = None
        result = await world.apply(campaign_calls())
        assert (result.exit_code, result.conflicts) == (5, ("hello@1",))

    assert in_world(story).sender.arrivals == []


@pytest.mark.parametrize(
    ("said", "text"),
    [
        (statement(Resolution.SENT, key="other@1"), "no call"),
        (statement(Resolution.SENT, by=" "), "needs a name"),
        (statement(Resolution.SENT, why=""), "is no reason"),
    ],
)
def test_a_statement_needs_a_call_a_name_and_a_reason(said: Statement, text: str) -> None:
    """the lockfile keeps both for whoever asks later"""

    async def story(world: World) -> None:
        await leave_a_doubt(world)
        with pytest.raises(UsageError, match=text):
            resolve(world.journal(), said, now=LATER)

    in_world(story)


@pytest.mark.parametrize("verdict", Resolution)
def test_what_was_sent_stays_sent(verdict: Resolution) -> None:
    """Nobody doubts it, so nobody settles it."""

    async def story(world: World) -> None:
        await world.apply(campaign_calls())
        with pytest.raises(UsageError, match=r"not in doubt|no task in doubt"):
            resolve(world.journal(), statement(verdict), now=LATER)

    in_world(story)


def test_nothing_is_resolved_while_a_run_is_under_way() -> None:
    """The run will write what became of its calls itself."""

    async def story(world: World) -> None:
        await leave_a_doubt(world)
        world.journal().take(holder="ada@build-7")
        with pytest.raises(LockError, match="ada@build-7"):
            resolve(world.journal(), statement(Resolution.SENT), now=world.clock.now())

    in_world(story)


def test_unlocking_frees_the_lock_and_tells_the_doubts() -> None:
    """The runner died a minute ago, and the campaign cannot wait for the lease."""

    async def story(world: World) -> None:
        await leave_a_doubt(world)
        world.journal().take(holder="ada@build-7")
        journal = world.journal()
        assert unlock(journal, by="eve", why="the runner is gone").holder == "ada@build-7"
        assert journal.state.doubted == {"hello@1"}
        assert (await world.apply(campaign_calls("other"))).sent == 1
        with pytest.raises(UsageError, match="no run"):
            unlock(world.journal(), by="eve", why="again")

    in_world(story)


def test_freezing_holds_everything_until_it_is_thawed() -> None:
    """It needs no lock, so it also works while a run is under way."""

    async def story(world: World) -> None:
        freeze(world.journal(), by="eve", why="wrong text")
        result = await world.apply(campaign_calls())
        assert (result.exit_code, result.text) == (6, "frozen: wrong text")
        thaw(world.journal(), by="eve", why="fixed")
        assert (await world.apply(campaign_calls())).exit_code == 0
        with pytest.raises(UsageError, match="not frozen"):
            thaw(world.journal(), by="eve", why="again")

    assert len(in_world(story).sender.arrivals) == 1


def test_status_tells_a_doubt_until_it_is_settled() -> None:
    """Whom it concerns, and from when on it may be called not sent."""

    async def story(world: World) -> None:
        await leave_a_doubt(world)
        await anyio.sleep(86_400)
        status = status_of(world.state(), world.clock.now())
        (doubt,) = status.doubts
        assert (doubt.call.key, doubt.audience) == ("hello@1", "everyone")
        assert doubt.resolvable_at == START + timedelta(minutes=15, seconds=30)
        resolve(world.journal(), statement(Resolution.SENT), now=world.clock.now())
        assert status_of(world.state(), world.clock.now()).doubts == ()

    in_world(story)


def test_a_person_who_dies_while_resolving_leaves_it_as_it_was_or_settled() -> None:
    """C24: the statement is durable as a whole or not there."""

    async def story(world: World) -> None:
        await leave_a_doubt(world)
        whole = list(world.memory.lines)
        resolve(world.journal(), statement(Resolution.SENT), now=world.clock.now())
        after = list(world.memory.lines)
        for count in range(len(whole), len(after) + 1):
            world.memory.lines = after[:count]
            state = world.state().calls["hello@1"].state
            assert state in {CallState.IN_DOUBT, CallState.SENT}

    in_world(story)


def test_evidence_is_looked_for_only_where_it_can_say_something_new() -> None:
    """A call that was sent, with its id on record, takes no question of the few that a look may ask."""

    async def story(world: World) -> None:
        listed = campaign_calls(endpoint=EndpointName.BATCH, parts=[["rong"]])
        assert (await world.apply(listed)).exit_code == 0
        assert calls_to_look_at(world.state(), world.clock.now()) == []

    in_world(story)
