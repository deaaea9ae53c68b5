"""What a run writes down of its gates: each verdict once, none too early, none against a person's word."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import anyio
from simulation.calls import campaign_calls
from simulation.loop import START, at_once
from simulation.world import World, in_world
from story import begin_of, intent_of

from pushspec.apply.classify import CallOutcome
from pushspec.apply.guard import Guard
from pushspec.apply.journal_writer import JournalWriter
from pushspec.apply.run import RunOptions
from pushspec.apply.stage_gates import StageGates
from pushspec.lockfile.histories import CallState
from pushspec.lockfile.records import Gate, NotSent, Sent
from pushspec.spec.rollout import Stage
from pushspec.tencent.endpoints import EndpointName
from pushspec.tencent.exchange import Exchange
from pushspec.tencent.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from pushspec.lockfile.journal import Journal

HOLD_S = 600
SALE = campaign_calls(
    "sale",
    endpoint=EndpointName.BATCH,
    parts=[["a", "b"], ["c", "d"], ["e", "f"]],
    max_refused=None,
    rollout=[
        Stage.model_validate(
            {"stage": "canary", "share": "60%", "hold": f"{HOLD_S}s", "min_count": 1}
            | {"continue_if": {"refused": "< 20%"}}
        ),
        Stage.model_validate({"stage": "rest"}),
    ],
    stage_of=[0, 0, 1],
)
KEY = SALE.campaign_key
CALLS = list(SALE.calls())
STOP = Gate(campaign=KEY, stage="", verdict="stopped", by="lin", why="wrong price")
NOTHING_SEEN = Exchange(case="answered", text="", left_at=START, ended_at=START)


def at_gates(story: Callable[[World, Journal, Guard, StageGates], Awaitable[None]]) -> World:
    """Let a story happen to the gates of a run that holds the lock and has begun the campaign."""

    async def with_gates(world: World) -> None:
        journal = world.journal()
        journal.take(holder="ada")
        journal.append(begin_of(SALE))
        guard = Guard(journal, world.clock, RunOptions(Limits()), world.notes)
        await story(world, journal, guard, StageGates(JournalWriter(journal, at_once), world.clock, guard))

    return in_world(with_gates)


def send_canary(journal: Journal, refused: Sequence[str] = ()) -> None:
    """Record the calls of the first stage as sent; the service refuses some people of the first one."""
    for number, call in enumerate(CALLS[:2]):
        told = {"70107": list(refused)} if refused and not number else {}
        journal.append(
            intent_of(call, not_after=START),
            Sent(key=call.key, attempt=1, task_id="t", refused=told, left_at=START, answered_at=START),
        )


def fail_condition(journal: Journal, guard: Guard) -> None:
    """Let the guard see that too many people of the first stage were refused."""
    send_canary(journal, refused=["a"])
    outcome = CallOutcome(CallState.SENT, "answered", refused={70107: ("a",)})
    guard.judge(SALE, CALLS[0], outcome, NOTHING_SEEN)
    assert guard.failure(SALE, 0)


def verdicts(world: World) -> list[str]:
    return [f"{it.verdict} {it.opens}".strip() for it in world.records() if isinstance(it, Gate)]


def test_a_gate_that_still_holds_is_not_written_down_before_the_stage_is_sent() -> None:
    """What the gate says behind the stage is told once the run has sent what it may."""

    async def story(_world: World, journal: Journal, _guard: Guard, gates: StageGates) -> None:
        send_canary(journal)
        assert await gates.open(SALE) == [call.key for call in CALLS[:2]]

    assert verdicts(at_gates(story)) == []


def test_an_open_gate_is_on_record_before_a_call_behind_it_leaves() -> None:
    """Once, whoever asks again."""

    async def story(_world: World, journal: Journal, _guard: Guard, gates: StageGates) -> None:
        send_canary(journal)
        await anyio.sleep(HOLD_S)
        for _ in range(2):
            assert await gates.open(SALE) == [call.key for call in CALLS]

    assert verdicts(at_gates(story)) == ["opened rest"]


def test_a_gate_that_could_open_when_the_run_is_over_waits_for_the_next_one() -> None:
    """Nobody has looked at what the stage brought: the record says that it waits, and for whom."""

    async def story(_world: World, journal: Journal, _guard: Guard, gates: StageGates) -> None:
        send_canary(journal)
        await anyio.sleep(HOLD_S)
        await gates.tell(SALE)

    world = at_gates(story)

    assert verdicts(world) == ["held rest"]
    assert "the next apply may open it" in next(it.why for it in world.records() if isinstance(it, Gate))


def test_no_gate_opens_on_record_while_a_person_stops_the_campaign() -> None:
    """Whoever lifts the stop would find a gate open that nobody has judged since."""

    async def story(_world: World, journal: Journal, _guard: Guard, gates: StageGates) -> None:
        send_canary(journal)
        journal.append(STOP)
        await anyio.sleep(HOLD_S)
        assert list(await gates.open(SALE)) == []
        await gates.tell(SALE)

    assert verdicts(at_gates(story)) == ["stopped"]


def test_two_calls_that_fail_a_condition_together_stop_the_campaign_once() -> None:
    """Their outcomes come in the same moment, before the first of them is on record."""

    async def story(_world: World, journal: Journal, guard: Guard, gates: StageGates) -> None:
        fail_condition(journal, guard)
        async with anyio.create_task_group() as group:
            group.start_soon(gates.stop_failed, SALE, 0)
            group.start_soon(gates.stop_failed, SALE, 0)

    assert verdicts(at_gates(story)) == ["stopped rest"]


def test_a_condition_that_fails_adds_nothing_to_a_persons_stop() -> None:
    """The last word on record is who stopped it; `continue` lifts that one."""

    async def story(_world: World, journal: Journal, guard: Guard, gates: StageGates) -> None:
        fail_condition(journal, guard)
        journal.append(STOP)
        await gates.stop_failed(SALE, 0)

    assert verdicts(at_gates(story)) == ["stopped"]


def test_a_condition_that_holds_stops_nothing() -> None:
    """A stage without refusals goes on."""

    async def story(_world: World, journal: Journal, _guard: Guard, gates: StageGates) -> None:
        send_canary(journal)
        await gates.stop_failed(SALE, 0)

    assert verdicts(at_gates(story)) == []


def test_a_gate_that_stops_after_the_last_call_stops_the_campaign_of_the_run() -> None:
    """Its last answer refused everybody: people are told, and the exit code says so."""

    async def story(_world: World, journal: Journal, guard: Guard, gates: StageGates) -> None:
        for call in CALLS[:2]:
            journal.append(
                intent_of(call, not_after=START),
                NotSent(key=call.key, attempt=1, refused_by_service=True, code=90001, case="refused"),
            )
        await gates.tell(SALE)
        assert guard.stopped == {KEY}

    world = at_gates(story)

    assert verdicts(world) == ["stopped rest"]
    assert "stopped after stage canary: refused 4 of 4" in world.notes.blocks[KEY]


def test_a_campaign_that_nothing_stops_is_not_called_stopped_after_its_last_call() -> None:
    """Its window may end with the last answer, which keeps nothing from leaving that was to leave."""
    late = campaign_calls("late", not_after=START)

    async def story(_world: World, _journal: Journal, _guard: Guard, gates: StageGates) -> None:
        await anyio.sleep(timedelta(minutes=1).total_seconds())
        await gates.tell(late)

    world = at_gates(story)

    assert (verdicts(world), world.notes.blocks) == ([], {})


def test_without_a_verdict_nothing_is_written() -> None:
    """Each append is a round trip to the lockfile's store."""
    appends: list[int] = []

    async def story(world: World, _journal: Journal, _guard: Guard, gates: StageGates) -> None:
        world.memory.before_append = lambda first, _lines: appends.append(first)
        await gates.record(())
        assert appends == []
        await gates.record([STOP])

    assert verdicts(at_gates(story)) == ["stopped"]
    assert len(appends) == 1
