"""Carrying out a recall: its pace, its last check, its retries, and when it stops."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import anyio
import pytest
from simulation.calls import APP, campaign_calls
from simulation.loop import START, at_once
from simulation.service import fail, ok
from simulation.world import World, in_world

from pushspec.errors import FencedError, HeldLockError, RefusedError
from pushspec.lockfile.histories import RecallState
from pushspec.lockfile.records import NotRecalled, Recalled, RecallIntent, Renew
from pushspec.operate.recall import RecallResult, RecallSetup, recall_calls
from pushspec.plan.recall import RecallPlan, assemble_recall
from pushspec.spec.project import Environment
from pushspec.tencent.endpoints import EndpointName

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulation.service import Body

    from pushspec.lockfile.journal import Journal
    from pushspec.lockfile.state import LockState
    from pushspec.plan.calls import CampaignCalls

ENVIRONMENT = Environment(sdk_app_id=APP, region="singapore")
TASKS = campaign_calls("push", variants=["a", "b", "c"])
CHAT = campaign_calls("chat", endpoint=EndpointName.BATCHSENDMSG, parts=[[f"u{n}" for n in range(70)]])
DONE = b'{"ActionStatus": "OK", "ErrorCode": 0, "ErrorInfo": ""}'


@dataclass(frozen=True)
class Lists:
    """Who got it, as the files say."""

    calls: CampaignCalls
    refused: dict[str, frozenset[str]] = field(default_factory=dict)


@dataclass
class Said:
    """What a run told."""

    keys: list[str] = field(default_factory=list)

    def settled(self, step: Any, outcome: object) -> None:
        """Remember it."""
        del outcome
        self.keys.append(step.call.key)


def plan_of(campaign: CampaignCalls, state: LockState, world: World) -> RecallPlan:
    begin = state.campaigns[campaign.campaign_key].begin
    return assemble_recall(
        begin, state, ENVIRONMENT, Lists(campaign), environment_name="prod", now=world.clock.now()
    )


async def recall(
    world: World,
    campaign: CampaignCalls = TASKS,
    *,
    stop: anyio.Event | None = None,
    choose: Callable[[LockState], RecallPlan] | None = None,
    journal: Journal | None = None,
) -> RecallResult:
    """Take a campaign back."""
    setup = RecallSetup(
        journal=journal or world.journal(),
        sender=world.sender,
        clock=world.clock,
        limits=ENVIRONMENT.limits,
        holder="ada",
        plan_digest="d",
        reporter=Said(),
        in_thread=at_once,
    )
    return await recall_calls(
        choose or (lambda state: plan_of(campaign, state, world)), setup, stop or anyio.Event()
    )


async def sent(world: World, campaign: CampaignCalls = TASKS) -> None:
    """Send a campaign, and let every answer from then on say that it is taken back."""
    world.sender.script = lambda number, body: ok("openim" if "To_Account" in body else "push", number)
    await world.apply(campaign)
    world.sender.script = lambda _number, _body: DONE
    world.sender.arrivals.clear()


def arrivals(world: World) -> list[str]:
    return [arrival.body.get("TaskId") or arrival.body["To_Account"] for arrival in world.sender.arrivals]


def test_recalls_leave_more_than_a_second_apart() -> None:
    """The service answers 90051 to faster ones."""
    results: list[RecallResult] = []

    async def story(world: World) -> None:
        await sent(world)
        results.append(await recall(world))

    world = in_world(story)

    times = [arrival.at_s for arrival in world.sender.arrivals]
    assert len(times) == 3
    assert all(after - before > 1 for before, after in pairwise(times))
    assert (results[0].taken_back, results[0].not_taken_back, results[0].unknown) == (3, 0, 0)
    assert results[0].exit_code == 0
    assert not any(isinstance(record, Renew) for record in world.records())  # it ends long before its lease


def test_a_list_of_people_is_one_intent_and_one_outcome() -> None:
    """A fsync for each of a million people would take longer than the recall may."""

    async def story(world: World) -> None:
        await sent(world, CHAT)
        await recall(world, CHAT)

    world = in_world(story)

    assert sorted(arrivals(world)) == sorted(f"u{n}" for n in range(70))
    records = [record for record in world.records() if isinstance(record, RecallIntent | Recalled)]
    assert [record.record for record in records] == ["recall_intent", "recalled"]
    assert isinstance(records[1], Recalled)
    assert records[1].taken_back == 70


@pytest.mark.parametrize(("code", "tries"), [(90051, 4), (90049, 1)])
def test_only_what_may_help_is_tried_again(code: int, tries: int) -> None:
    """Too soon is gone in a moment, an unknown TaskId is not; each attempt has an intent of its own."""

    async def story(world: World) -> None:
        await sent(world)
        world.sender.script = lambda _number, _body: fail(code)
        await recall(world)

    world = in_world(story)

    first = world.state().recalls["push@1/a"]
    assert (first.state, first.attempts) == (RecallState.NOT_TAKEN_BACK, tries)
    assert first.not_taken_back == {str(code): 1}


def test_without_a_connection_the_run_stops_after_a_few_tries() -> None:
    """Every further call would wait as long for the same."""
    results: list[RecallResult] = []

    async def story(world: World) -> None:
        await sent(world)
        world.sender.script = lambda _number, _body: "unreachable"
        results.append(await recall(world))

    world = in_world(story)

    assert "push@1/a: connect_failed" in results[0].stopped
    assert list(world.state().recalls) == ["push@1/a"]
    assert (results[0].not_taken_back, results[0].exit_code) == (3, 6)


def test_an_unknown_answer_is_not_repeated_and_the_next_call_goes_on() -> None:
    """The sooner the others stop, the fewer people get the wrong text."""
    results: list[RecallResult] = []

    async def story(world: World) -> None:
        await sent(world)
        world.sender.script = lambda _number, body: "silent" if body["TaskId"] == "task0" else DONE
        results.append(await recall(world))

    world = in_world(story)

    assert len(arrivals(world)) == 3
    assert (results[0].taken_back, results[0].unknown, results[0].exit_code) == (2, 1, 5)


def test_refused_credentials_stop_the_run() -> None:
    """Nobody has to see the same error a thousand times."""
    results: list[RecallResult] = []

    async def story(world: World) -> None:
        await sent(world)
        world.sender.script = lambda _number, _body: fail(70001)
        results.append(await recall(world))

    world = in_world(story)

    assert len(arrivals(world)) == 1
    assert (results[0].not_taken_back, results[0].exit_code) == (3, 9)


def test_a_stop_lets_no_new_request_leave() -> None:
    """Ctrl-C in the middle of a list: what left is recorded, and the rest is not taken back."""
    results: list[RecallResult] = []

    async def story(world: World) -> None:
        await sent(world, CHAT)
        stop = anyio.Event()

        def script(number: int, body: Body) -> bytes:
            if len(world.sender.arrivals) > 40:
                stop.set()
            return DONE

        world.sender.script = script
        results.append(await recall(world, CHAT, stop=stop))

    world = in_world(story)

    outcome = world.state().recalls["chat@1#1"]
    assert outcome.state is RecallState.NOT_TAKEN_BACK
    assert outcome.taken_back == len(arrivals(world)) < 70
    assert outcome.not_taken_back == {"stopped": 70 - outcome.taken_back}
    assert results[0].exit_code == 130


def test_nothing_is_asked_for_when_the_day_is_over_at_the_last_check() -> None:
    """Connecting may take its time; the service would refuse it, and the screen would be wrong."""

    async def story(world: World) -> None:
        await sent(world)
        late = START + timedelta(seconds=86_410)
        world.sender.before_gate = lambda: setattr(world.clock, "error", late - world.clock.true_now())
        await recall(world)

    world = in_world(story)

    assert arrivals(world) == []
    refused = [record for record in world.records() if isinstance(record, NotRecalled)]
    assert [record.not_taken_back for record in refused[1:]] == [{"too_late": 1}, {"too_late": 1}]


@pytest.mark.parametrize(
    ("jump_s", "case"), [(70, "lease"), (40, "deadline"), (-40, "clock")], ids=["lease", "deadline", "clock"]
)
def test_the_last_check_stands_on_the_open_connection(jump_s: int, case: str) -> None:
    """A machine that slept with the request ready must not send it when it wakes."""

    async def story(world: World) -> None:
        await sent(world)

        def sleep() -> None:
            world.clock.error = timedelta(seconds=jump_s)
            world.sender.before_gate = lambda: None

        world.sender.before_gate = sleep
        await recall(world)

    world = in_world(story)

    first = next(record for record in world.records() if isinstance(record, NotRecalled))
    assert first.not_taken_back == {case: 1}


def test_only_what_the_lockfile_intends_leaves() -> None:
    """The bytes at the gate are those of the durable intent, whatever went wrong in between."""

    async def story(world: World) -> None:
        await sent(world)
        journal = world.journal()

        def mix_up() -> None:
            recalls = journal.state.recalls
            recalls["push@1/a"] = replace(recalls["push@1/a"], payload_sha256="of something else")
            world.sender.before_gate = lambda: None

        world.sender.before_gate = mix_up
        await recall(world, journal=journal)

    world = in_world(story)

    assert arrivals(world) == ["task1", "task2"]
    first = next(record for record in world.records() if isinstance(record, NotRecalled))
    assert first.not_taken_back == {"invariant": 1}


def test_a_long_recall_holds_its_lock() -> None:
    """Otherwise another run would take it over in the middle."""
    parts = campaign_calls("long", variants=[f"v{n}" for n in range(60)])

    async def story(world: World) -> None:
        await sent(world, parts)
        await recall(world, parts)

    world = in_world(story)

    assert len(arrivals(world)) == 60
    assert any(isinstance(record, Renew) for record in world.records())


def test_a_run_that_was_overtaken_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever cannot write its outcome may not make the request."""
    results: list[RecallResult] = []

    async def story(world: World) -> None:
        await sent(world)

        def overtake() -> None:
            world.journal().take(holder="eve", purpose="unlock", force=True)
            world.sender.before_gate = lambda: None

        world.sender.before_gate = overtake
        results.append(await recall(world))

    world = in_world(story)

    del monkeypatch
    assert len(arrivals(world)) <= 1
    assert isinstance(results[0].error, FencedError)
    assert results[0].exit_code == 8


def test_while_another_run_holds_the_lock_nothing_is_asked_for() -> None:
    """An apply that still sends has to be stopped first."""

    async def story(world: World) -> None:
        await sent(world)
        world.journal().take(holder="ci")
        with pytest.raises(HeldLockError):
            await recall(world)

    assert arrivals(in_world(story)) == []


def test_a_plan_that_is_refused_leaves_the_lock() -> None:
    """The next command must not wait for a lease."""

    def refuse(_state: LockState) -> RecallPlan:
        raise RefusedError("another plan")

    async def story(world: World) -> None:
        await sent(world)
        with pytest.raises(RefusedError):
            await recall(world, choose=refuse)

    world = in_world(story)

    assert world.state().run is None
    assert arrivals(world) == []


def test_a_mistake_of_ours_leaves_the_call_unknown() -> None:
    """An exception in the middle of a request must not look as if nothing had left."""

    async def story(world: World) -> None:
        await sent(world)

        def script(_number: int, _body: Body) -> bytes:
            raise ZeroDivisionError

        world.sender.script = script
        with pytest.raises(ZeroDivisionError):
            await recall(world)

    assert in_world(story).state().recalls["push@1/a"].state is RecallState.IN_DOUBT


def test_a_campaign_that_is_taken_back_sends_nothing_more() -> None:
    """The run looks before each call, whatever the plan said."""

    async def story(world: World) -> None:
        world.sender.script = lambda number, _body: ok("push", number) if number == 0 else fail(90045)
        await world.apply(TASKS)
        world.sender.script = lambda _number, _body: DONE
        await recall(world)
        world.sender.arrivals.clear()
        world.sender.script = lambda number, _body: ok("push", number)
        await world.apply(TASKS)

    world = in_world(story)

    assert arrivals(world) == []
    assert world.notes.blocks["push@1"] == "it was to be taken back, and sends nothing more"
