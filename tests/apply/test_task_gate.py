"""What a request about a task has to pass on the open connection: each reason to hold it back, alone."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import anyio.lowlevel
import pytest
from simulation.loop import START, at_once
from simulation.task_files import FileState, due_at, plan_files
from simulation.world import World, in_world

from pushspec.apply.guard import Guard
from pushspec.apply.result import Stop
from pushspec.apply.run import Provenance, RunSetup
from pushspec.apply.task_gate import INTENT_LIFE, TaskGate
from pushspec.apply.task_records import cancel_intent, make_intent, schedule_record
from pushspec.lockfile.records import Frozen, Renew, Scheduled
from pushspec.lockfile.state import LockState
from pushspec.plan.schedules import Action, Step
from pushspec.tencent.exchange import GateClosedError
from pushspec.tencent.limits import Limits
from pushspec.tencent.operations.asking import Asker
from pushspec.tencent.operations.schedules import cancel_request, carry_out, create_request

if TYPE_CHECKING:
    from collections.abc import Callable

    from pushspec.lockfile.journal import Journal
    from pushspec.lockfile.records import TaskIntent
    from pushspec.plan.calls import CampaignCalls

DUE = due_at(FileState())


class Scene:
    """A run that has just written the intent of a task."""

    def __init__(self, world: World, action: Action = Action.CREATE, version: int = 1) -> None:
        self.world = world
        self.journal: Journal = world.journal()
        self.journal.take(holder="ada")
        self.calls = _calls(version)
        self.setup = RunSetup(
            journal=self.journal,
            sender=world.sender,
            clock=world.clock,
            options=world.options,
            provenance=Provenance(holder="ada"),
            reporter=world.notes,
            in_thread=at_once,
        )
        self.guard = Guard(self.journal, world.clock, world.options, world.notes)
        self.gate = TaskGate(self.setup, self.guard, self.calls.campaign_key)
        self.step = Step(self.calls.campaign_key, Action.CREATE)
        self.journal.append(schedule_record(self.calls, self.setup.provenance))
        self.intent = self._intend()
        if action is Action.CANCEL:
            self.journal.append(Scheduled(key=self.intent.key, attempt=1, task=7))
            self.step = Step(self.step.key, Action.CANCEL)
            self.intent = self._intend_cancel()

    def _intend(self) -> TaskIntent:
        not_after = self.world.clock.now() + INTENT_LIFE
        attempt = make_intent(self.calls, self.step, None, 1, not_after=not_after)
        self.journal.append(attempt.intent)
        return attempt.intent

    def _intend_cancel(self) -> TaskIntent:
        task = self.journal.state.schedules[self.calls.campaign_key].tasks[self.step.key]
        attempt = cancel_intent(task, 1, not_after=self.world.clock.now() + INTENT_LIFE)
        self.journal.append(attempt.intent)
        return attempt.intent

    def case(self) -> str:
        """Return why the request may not leave; empty where it may."""
        try:
            self.gate.check(self.step, self.intent)
        except GateClosedError as closed:
            return closed.case
        return ""


def _calls(version: int) -> CampaignCalls:
    (work,) = plan_files({"one": FileState(version=version)}, LockState(), START).task_work
    assert work.calls is not None
    return work.calls


async def _quit(scene: Scene) -> None:
    scene.guard.halt(Stop.INTERRUPTED, "stopped by the user")


async def _lose_lease(scene: Scene) -> None:
    scene.intent = scene.intent.model_copy(update={"not_after": DUE})
    await anyio.sleep(61)


async def _set_clock_back(scene: Scene) -> None:
    await anyio.lowlevel.checkpoint()
    scene.world.clock.error -= timedelta(seconds=31)


async def _connect_long(scene: Scene) -> None:
    await anyio.sleep(30.5)


async def _connect_just_in_time(_: Scene) -> None:
    await anyio.sleep(29.5)


async def _let_its_time_come(scene: Scene) -> None:
    scene.intent = scene.intent.model_copy(update={"not_after": DUE + timedelta(hours=1)})
    await anyio.sleep((DUE - START).total_seconds())
    scene.journal.append(Renew(lease_end=scene.journal.next_lease_end()))


async def _freeze(scene: Scene) -> None:
    await anyio.lowlevel.checkpoint()
    scene.journal.append(Frozen(frozen=True, by="eve", why="wrong text"))


async def _keep_another_version(scene: Scene) -> None:
    await anyio.lowlevel.checkpoint()
    other = _calls(2)
    step = Step(other.campaign_key, Action.CREATE)
    attempt = make_intent(other, step, None, 1, not_after=DUE)
    scene.journal.append(schedule_record(other, scene.setup.provenance), attempt.intent)
    scene.journal.append(Scheduled(key=step.key, attempt=1, task=9))


async def _change_the_bytes(scene: Scene) -> None:
    await anyio.lowlevel.checkpoint()
    scene.intent = scene.intent.model_copy(update={"payload_sha256": "0" * 64})


async def _count_wrong(scene: Scene) -> None:
    await anyio.lowlevel.checkpoint()
    scene.intent = scene.intent.model_copy(update={"attempt": 5})


async def _settle(scene: Scene) -> None:
    await anyio.lowlevel.checkpoint()
    scene.journal.append(Scheduled(key=scene.intent.key, attempt=1, task=7))


HELD_BACK: dict[str, tuple[Callable[[Scene], Any], bool]] = {
    "stopped": (_quit, True),
    "lease": (_lose_lease, True),
    "clock": (_set_clock_back, True),
    "deadline": (_connect_long, True),
    "too_late": (_let_its_time_come, False),
    "frozen": (_freeze, False),
    "scheduled": (_keep_another_version, False),
}
"""What happens between the intent and the first byte, and whether it holds back a cancellation as well."""


def _case(happens: Callable[[Scene], Any] | None, action: Action) -> str:
    found = []

    async def story(world: World) -> None:
        scene = Scene(world, action)
        if happens is not None:
            await happens(scene)
        found.append(scene.case())

    in_world(story)
    return found[0]


@pytest.mark.parametrize("happens", [None, _connect_just_in_time])
@pytest.mark.parametrize("action", [Action.CREATE, Action.CANCEL])
def test_a_request_leaves_where_nothing_speaks_against_it(
    action: Action, happens: Callable[[Scene], Any] | None
) -> None:
    """Otherwise the tests below would show nothing."""
    assert _case(happens, action) == ""


@pytest.mark.parametrize("case", HELD_BACK)
def test_each_reason_alone_holds_back_what_makes_a_task(case: str) -> None:
    """The moment of the last check is the only one that counts: connecting takes its time."""
    assert _case(HELD_BACK[case][0], Action.CREATE) == case


@pytest.mark.parametrize("case", HELD_BACK)
def test_a_cancellation_works_in_a_freeze_and_at_any_time(case: str) -> None:
    """Whoever stops an incident freezes first, and then removes the file."""
    happens, holds_back = HELD_BACK[case]

    assert _case(happens, Action.CANCEL) == (case if holds_back else "")


@pytest.mark.parametrize("happens", [_change_the_bytes, _count_wrong, _settle])
def test_a_request_is_the_one_that_the_lockfile_intends(happens: Callable[[Scene], Any]) -> None:
    """Other bytes, another attempt, or one that is over: a bug of ours must not reach the service."""
    assert _case(happens, Action.CREATE) == "invariant"


def test_no_second_sees_more_than_five_requests_about_tasks() -> None:
    """That is the service's rate, and making and cancelling share it."""
    left: list[float] = []

    async def story(world: World) -> None:
        world.sender.latency_s = 0.01
        world.sender.before_gate = lambda: left.append(world.clock.monotonic())
        asker = Asker(world.sender, limits=Limits(), clock=world.clock)
        for number in range(8):
            await carry_out(asker, create_request(1, "All", DUE, {}), check=lambda: None)
            await carry_out(asker, cancel_request(1, number, "All"), check=lambda: None)

    in_world(story)

    assert len(left) == 16
    assert all(later - first >= 1.0 for first, later in zip(left, left[5:], strict=False))
