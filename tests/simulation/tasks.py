"""Made-up histories of tasks at the service with the real engine, and the promises that must hold in each.

What is made up: time, the network, the service, and the disk below the lockfile; see ``simulation.universe``.
What is real besides the engine: the plan of the files, and what settles a doubt.
"""

from __future__ import annotations

import itertools
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import anyio

from pushspec.api.approval import require_approved
from pushspec.apply.engine import apply_calls
from pushspec.apply.run import Provenance, RunOptions, RunSetup, SilentReporter
from pushspec.apply.task_doubts import TasksBlockedError, settled
from pushspec.apply.task_look import TaskService, end_of
from pushspec.errors import PushspecError
from pushspec.lockfile.journal import Journal, Runtime
from pushspec.operate.halting import freeze, thaw
from pushspec.operate.resolve import Resolution, Statement
from pushspec.operate.resolve_task import record_found, resolve_task
from pushspec.tencent.answers import NO_IDS, ServiceIds
from pushspec.tencent.limits import Limits
from pushspec.tencent.operations.asking import Asker
from simulation.calls import APP
from simulation.events import Apply
from simulation.loop import VirtualClock, run_virtually
from simulation.machine import Disk, Handle, KilledError, Process
from simulation.network import LATEST_ARRIVAL_S
from simulation.task_files import SLOTS, Files, asked_by, plan_files
from simulation.task_histories import Approve, Edit, Halt, Look, Pass, Run, Say, Touch
from simulation.task_network import TaskNetwork
from simulation.task_promises import Sight, TaskWitness

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from anyio.abc import TaskGroup

    from pushspec.apply.result import RunResult
    from pushspec.lockfile.histories import TaskHistory
    from pushspec.lockfile.records import SettledTask
    from pushspec.lockfile.state import LockState
    from pushspec.plan.build import Plan
    from pushspec.plan.calls import CampaignCalls
    from pushspec.plan.schedules import Step, TaskWork
    from simulation.task_histories import TaskEvent, TaskPast

    Ended = TypeVar("Ended")

_MOST_APPLIES = 4
"""Clean ones, after which nothing may be left: one settles, one cancels, one makes."""


class Screen(SilentReporter):
    """What a person has seen of a run."""

    def __init__(self, witness: TaskWitness) -> None:
        self._witness = witness

    def task_settled(self, step: Step, task: TaskHistory) -> None:
        """Check that what is shown is durable."""
        self._witness.shown(step.key, task)


class TaskUniverse:
    """One app and its tasks over several runs, with the truth about what the service keeps and sends."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.disk = Disk()
        self.witness = TaskWitness(self.disk, self.clock)
        self.elsewhere: TaskGroup
        self.files: Files = {}
        self.approval: tuple[str, Files] | None = None
        self._tokens = itertools.count()
        self._alive: list[Process] = []
        self._runs: list[anyio.Event] = []
        self._under_way = 0

    async def play(self, past: TaskPast) -> None:
        """Let a history happen, bring everything to rest, and check every promise."""
        async with anyio.create_task_group() as self.elsewhere:
            for event in past:
                await self.happen(event)
                self.witness.check()
            await self.come_to_rest()

    async def happen(self, event: TaskEvent) -> None:
        """Let one event happen."""
        match event:
            case Edit(state=None):
                self.files.pop(event.name, None)
            case Edit():
                assert event.state is not None
                self.files[event.name] = event.state
            case Approve():
                self.approve()
            case Run():
                await self._perhaps_behind(event.fate, partial(self.apply, event))
            case Look():
                await self._perhaps_behind(event.fate, partial(self.look, event))
            case Say():
                self._say(event)
            case Touch():
                self.witness.server.touch(event.how, event.which)
            case Halt():
                act = freeze if event.frozen else thaw
                self._by_person(lambda journal: act(journal, by="eve", why="wrong text"))
            case Pass():
                await anyio.sleep(event.seconds if event.until is None else self._until(event.until))

    def _until(self, before_s: float) -> float:
        """Return the seconds up to shortly before the next moment at which a file may be sent."""
        moments = [slot.total_seconds() - before_s - self.clock.monotonic() for slot in SLOTS]
        return min(moment for moment in [*moments, 60.0] if moment > 0)

    def approve(self) -> Plan:
        """Let somebody approve the plan of now, and return it."""
        plan = plan_files(self.files, self.witness.truth.state, self.clock.now())
        self.approval = plan.digest, dict(self.files)
        for name, state in self.files.items():
            self.witness.ever_approved.update(asked_by(name, state))
        return plan

    async def _perhaps_behind(self, fate: Apply, run: Callable[[], Awaitable[object]]) -> None:
        if fate.goes_on_after_s is None:
            await run()
            return
        over = anyio.Event()
        self._runs.append(over)

        async def behind() -> None:
            await run()
            over.set()

        self.elsewhere.start_soon(behind)
        await anyio.sleep(fate.goes_on_after_s)

    async def apply(self, event: Run) -> RunResult | None:
        """Run apply; None if it was refused, kept out, or died."""
        if self.approval is None:
            return None
        digest, approved = self.approval
        process = self._process(event.fate)
        sight = Sight(process, approved, self.witness.touched())
        works: list[TaskWork] = []

        def choose(state: LockState) -> Sequence[CampaignCalls]:
            plan = plan_files(self.files, state, process.clock.now())
            require_approved(digest, plan)
            works.extend(plan.task_work)
            return [campaign.sending for campaign in plan.campaigns if campaign.is_open]

        journal = self._journal(process)
        setup = RunSetup(
            journal=journal,
            sender=TaskNetwork(self.witness, self.elsewhere, sight, list(event.replies)),
            clock=process.clock,
            options=RunOptions(Limits(), longest_wait_s=0),
            provenance=Provenance(holder=f"ada@{len(self._alive)}", plan_digest="d"),
            reporter=Screen(self.witness),
            tasks=lambda: works,
            in_thread=process.in_thread,
        )
        result = await self._unless_it_dies(process, lambda: apply_calls(choose, setup, anyio.Event()))
        if result is not None:
            known = self.files | approved  # others may have written files while it slept
            self.witness.check_result(
                result, known, records=journal.state.next_seq, is_alone=not self._under_way
            )
        return result

    async def look(self, event: Look) -> None:
        """Settle what the service proves of doubts, and record what it has sent."""
        process = self._process(event.fate)
        sight = Sight(process, {}, self.witness.touched())
        network = TaskNetwork(self.witness, self.elsewhere, sight, list(event.replies))
        asker = Asker(network, limits=Limits(), clock=process.clock)
        service = TaskService(asker, APP, is_china=False)

        async def looked() -> None:
            journal = self._journal(process)
            state = journal.load()
            found: list[SettledTask] = []
            for task in state.tasks_in_doubt(process.clock.now()):
                try:
                    record = await settled(service, task, state.task_numbers(), process.clock.now())
                except TasksBlockedError:
                    continue
                found += [record] if record is not None else []
            if found:
                record_found(journal, found, by="pushspec")
            kept = [task for task in _tasks_of(journal.load()) if task.held is not None and not task.is_open]
            for task in kept:
                told = await service.read(task.held) if task.held is not None else None
                ended = end_of(task, told) if told is not None else None
                if ended is not None:
                    journal.append(ended)

        await self._unless_it_dies(process, looked)

    async def _unless_it_dies(self, process: Process, run: Callable[[], Awaitable[Ended]]) -> Ended | None:
        self._under_way += 1
        try:
            return await run()
        except PushspecError:
            return None
        except BaseException as error:  # nobody hears what a dead process raises; the rest goes on
            if process.is_dead and not _is_finding(error):
                return None
            raise
        finally:
            self._under_way -= 1

    def _say(self, event: Say) -> None:
        """Let a person say what the console shows at this moment, too early or not."""
        doubted = [task for task in self.witness.tasks if task.is_open]
        if not doubted:
            return
        task = doubted[event.which % len(doubted)]
        number = self.witness.done_as(task)
        verdict = Resolution.NOT_DONE if number is None else Resolution.DONE
        ids = ServiceIds(task_id=str(number)) if number and task.action == "create" else NO_IDS
        statement = Statement(task.key, verdict, by="eve", why="console", ids=ids)
        now = self.clock.now()
        self._by_person(lambda journal: resolve_task(journal, statement, now=now))

    def _by_person(self, act: Callable[[Journal], object]) -> None:
        process = self._process(Apply())
        try:
            act(self._journal(process))
        except (PushspecError, KilledError):
            return

    def _process(self, fate: Apply) -> Process:
        clock = VirtualClock(self.clock.start, timedelta(seconds=fate.skew_s))
        process = Process(clock, self.disk, fate, partial(self._die, fate))
        self._alive.append(process)
        return process

    def _die(self, fate: Apply) -> None:
        if fate.power_keeps is not None:
            for process in self._alive:
                process.is_dead = True
            self.disk.lose_power(fate.power_keeps)
            self.witness.power_was_cut()

    def _journal(self, process: Process) -> Journal:
        runtime = Runtime(
            now=process.clock.now,
            token=lambda: f"{next(self._tokens):016x}",
            pause=lambda _s: process.step(),
            tool="simulated",
            process=str(self._alive.index(process)),
            is_gone=lambda name: name is not None and self._alive[int(name)].is_dead,
        )
        handle = Handle(self.disk, process, list(process.fate.store))
        return Journal(handle, sdk_app_id=APP, environment="prod", runtime=runtime)

    async def come_to_rest(self) -> None:
        """Apply cleanly until nothing is left to do: then the service keeps what the files say."""
        for over in self._runs:
            await over.wait()
        await anyio.sleep(LATEST_ARRIVAL_S + 120)
        self._by_person(lambda journal: thaw(journal, by="eve", why="end"))
        plan = self.approve()
        for _ in range(_MOST_APPLIES):
            if not plan.has_work:
                break
            await self.apply(Run(Apply()))
            await self.look(Look(Apply()))
            self.witness.check()
            plan = self.approve()
        self.witness.check_rest(plan, self.files)
        await anyio.sleep(2 * 86_400)
        await self.look(Look(Apply()))
        self.witness.check()
        self.witness.check_sent()


def _tasks_of(state: LockState) -> list[TaskHistory]:
    return [task for schedule in state.schedules.values() for task in schedule.tasks.values()]


def _is_finding(error: BaseException) -> bool:
    if isinstance(error, BaseExceptionGroup):
        return any(_is_finding(inner) for inner in error.exceptions)
    return not isinstance(error, KilledError)


def broken_task(past: TaskPast) -> str:
    """Play a history; return what it breaks, or nothing."""
    try:
        run_virtually(lambda: TaskUniverse().play(past))
    except BaseException as error:  # noqa: BLE001 - whatever escapes is a finding
        while isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        return f"{type(error).__name__}: {error}"
    return ""
