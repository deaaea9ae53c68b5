"""Plays a history with the real engine.

What is made up: time, the network, the service, and the disk below the lockfile. What is real: engine, pace,
gate, classifier, journal, fold, and the operations of people. A killed process does nothing more; requests
that have left go their way without it, as long as fourteen minutes.
"""

from __future__ import annotations

import itertools
from datetime import time, timedelta
from functools import lru_cache, partial
from typing import TYPE_CHECKING, TypeVar
from unittest.mock import patch
from zoneinfo import ZoneInfo

import anyio

from pushspec.apply import trial as trial_module
from pushspec.apply.engine import apply_calls
from pushspec.apply.result import Stop
from pushspec.apply.run import Provenance, RunOptions, RunSetup, SilentReporter
from pushspec.errors import PushspecError
from pushspec.lockfile import journal as journal_module
from pushspec.lockfile.histories import CallState
from pushspec.lockfile.journal import Journal, Runtime
from pushspec.lockfile.lines import decode
from pushspec.operate.halting import freeze, thaw, unlock
from pushspec.operate.resolve import Resolution, Statement, resolve
from pushspec.operate.steering import stop_campaign
from pushspec.plan.departure import QuietTimes
from pushspec.tencent.endpoints import EndpointName
from pushspec.tencent.limits import Limits
from simulation.calls import APP, accounts, campaign_calls
from simulation.events import Apply, Event, Freeze, History, Resolve, Steer, Try, Unlock, Wait
from simulation.hours import LOCAL, LOCAL_KEY
from simulation.loop import START, VirtualClock, run_virtually
from simulation.machine import Disk, Handle, KilledError, Process
from simulation.network import LATEST_ARRIVAL_S, Network, Service
from simulation.promises import Witness
from simulation.stages import LONGEST_HOLD_S, STAGED, STAGED_KEY, go_on
from simulation.tries import keys_of_tries, make_try

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence
    from datetime import datetime

    from anyio.abc import TaskGroup

    from pushspec.apply.classify import CallOutcome
    from pushspec.apply.result import RunResult
    from pushspec.apply.run import Reporter
    from pushspec.lockfile.state import LockState
    from pushspec.plan.calls import Call, CampaignCalls

    Ended = TypeVar("Ended")

LIMITS = Limits().with_overrides({"push_calls_per_day": 6})
"""A quota that a history can reach."""

QUIET = ("chat", time(2, 1), time(2, 11))
"""A campaign that may not leave at these hours, UTC; the first runs of a history begin just before them."""

_QUIET_TIMES = (QuietTimes(QUIET[1], QUIET[2], ZoneInfo("UTC")),)
_FROM, _UNTIL = START + timedelta(seconds=5), START + timedelta(seconds=3000)
CAMPAIGNS: tuple[CampaignCalls, ...] = (
    campaign_calls("everyone"),
    campaign_calls("listed", endpoint=EndpointName.BATCH, parts=[accounts(20), accounts(2, first=20), ["e"]]),
    campaign_calls(
        "chat", endpoint=EndpointName.BATCHSENDMSG, parts=[["a", "b"], ["c"]], forbidden=_QUIET_TIMES
    ),
    campaign_calls("tagged", not_before=_FROM, not_after=_UNTIL),
    STAGED,
    LOCAL,
)
EDITED: tuple[CampaignCalls, ...] = (
    campaign_calls("everyone", text="ho"),
    campaign_calls("listed", endpoint=EndpointName.BATCH, parts=[accounts(19), accounts(3, first=19), ["e"]]),
    campaign_calls(
        "chat", endpoint=EndpointName.BATCHSENDMSG, parts=[["c", "a"], ["b"]], forbidden=_QUIET_TIMES
    ),
    campaign_calls("tagged", text="ho", not_before=_FROM, not_after=_UNTIL),
    STAGED,
    LOCAL,
)
"""The same campaigns after somebody changed their files without raising the version."""

_BY_RANDOM = {call.msg_random: campaign for campaign in CAMPAIGNS for call in campaign.calls()}
_KEY_OF = keys_of_tries(CAMPAIGNS) | {
    call.msg_random: call.key for campaign in CAMPAIGNS for call in campaign.calls()
}


class Screen(SilentReporter):
    """What a person has seen of a run.

    Attributes:
        without: Campaigns of which the run makes no more calls, as it says.
    """

    def __init__(self, witness: Witness, process: Process) -> None:
        self._witness = witness
        self._process = process
        self.without: set[str] = set()

    def blocked(self, campaign_key: str, why: str) -> None:
        self.without.add(campaign_key)

    def calling(self, call: Call, attempt: int) -> None:
        self._process.step()

    def settled(self, call: Call, attempt: int, outcome: CallOutcome) -> None:
        self._process.step()
        self._witness.shown(call.key, outcome)


class Universe:
    """One app over several runs, with the truth about what was sent."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.disk = Disk()
        self.service = Service(self.clock, _KEY_OF)
        self.witness = Witness(self.disk, self.service, CAMPAIGNS, LIMITS, QUIET)
        self.elsewhere: TaskGroup
        self._tokens = itertools.count()
        self._runs: list[anyio.Event] = []
        self._alive: list[Process] = []
        self._blocked: set[str] = set()

    async def play(self, history: History) -> None:
        """Let a history happen, bring everything to rest, and check every promise."""
        async with anyio.create_task_group() as self.elsewhere:
            for event in history:
                await self.happen(event)
            await self.come_to_rest()

    async def happen(self, event: Event) -> None:
        """Let one event happen."""
        match event:
            case Apply():
                await self._perhaps_behind(event, partial(self.apply, event))
            case Try():
                await self._perhaps_behind(event.run, partial(self.try_, event))
            case Wait():
                await anyio.sleep(event.seconds)
            case Resolve():
                fate = Apply(kill_at=event.kill_at, skew_s=event.skew_s)
                self._by_person(fate, lambda journal, now: self._resolve(journal, event, now))
            case Unlock():
                fate = Apply(kill_at=event.kill_at)
                self._by_person(fate, lambda journal, _now: unlock(journal, by="eve", why="stuck"))
            case Steer(goes_on=True):
                self._by_person(Apply(), go_on)
            case Steer():
                self._by_person(
                    Apply(), lambda journal, _now: stop_campaign(journal, STAGED_KEY, by="eve", why="price")
                )
            case Freeze(frozen=True):
                self._by_person(Apply(), lambda journal, _now: freeze(journal, by="eve", why="wrong text"))
            case Freeze():
                self._by_person(Apply(), lambda journal, _now: thaw(journal, by="eve", why="fixed"))
        self.witness.check()

    async def come_to_rest(self) -> None:
        """Wait for everything that travels, then run cleanly: nothing may be missing, and nothing be left."""
        for over in self._runs:
            await over.wait()
        await anyio.sleep(LATEST_ARRIVAL_S + 90_000)
        self._by_person(Apply(), lambda journal, _now: thaw(journal, by="eve", why="end"))
        begun = self.state().campaigns
        chosen = (0, 1, 2, 3, *(4,) * (STAGED_KEY in begun), *(5,) * (LOCAL_KEY in begun))
        as_begun = Apply(only=chosen, edited=tuple(self._begun_edited()))
        result = await self.apply(as_begun)
        for _ in STAGED.rollout[1:] if 4 in chosen else ():
            await anyio.sleep(LONGEST_HOLD_S)
            result = await self.apply(as_begun)
        self.witness.check()
        self.witness.check_takeovers(self._is_gone)
        self.witness.check_rest(result, set(self._due(chosen, result)))
        sent = self.service.accepted.total()
        await self.apply(as_begun)
        self.witness.check_nothing_more(sent)

    def _due(self, chosen: Sequence[int], result: RunResult | None) -> Iterator[str]:
        """Yield the calls that no block, no stop and no early end kept the last run from making."""
        if result is not None and result.stop is Stop.DONE:
            is_held = self.witness.truth.stages.is_held
            for campaign in (CAMPAIGNS[number] for number in chosen):
                if campaign.campaign_key not in self._blocked and not (campaign is STAGED and is_held):
                    yield from (call.key for call in campaign.calls())

    def _begun_edited(self) -> Sequence[int]:
        begun = self.state().campaigns
        digests = {known.begin.digest for known in begun.values()}
        return [number for number, campaign in enumerate(EDITED) if campaign.digest in digests]

    async def _perhaps_behind(self, fate: Apply, run: Callable[[], Awaitable[object]]) -> None:
        """Wait for a run, or let the next thing happen while it is at work."""
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

    async def apply(self, event: Apply) -> RunResult | None:
        """Run apply; ``None`` if it was refused, kept out, or died."""
        process = self._process(event)
        screen = Screen(self.witness, process)
        setup = self._setup(process, screen)
        chosen = [(EDITED if number in event.edited else CAMPAIGNS)[number] for number in event.only]
        result = await _unless_it_dies(
            process, lambda: apply_calls(lambda _state: chosen, setup, anyio.Event())
        )
        if result is not None:
            self._blocked = screen.without
            self.witness.check_exit(result, setup.provenance.holder)
        return result

    async def try_(self, event: Try) -> None:
        """Try a campaign on the testers' phones; a freeze, another run and death keep it from that."""
        process, campaign = self._process(event.run), CAMPAIGNS[event.which]
        setup = self._setup(process, SilentReporter())
        await _unless_it_dies(process, lambda: trial_module.send_trial(partial(make_try, campaign), setup))

    def _setup(self, process: Process, reporter: Reporter) -> RunSetup:
        fate = process.fate
        network = Network(
            self.service,
            process,
            self.elsewhere,
            self.witness,
            _BY_RANDOM,
            fate.latency_s,
            list(fate.replies),
        )
        return RunSetup(
            journal=self._journal(process, Handle(self.disk, process, list(fate.store))),
            sender=network,
            clock=process.clock,
            options=RunOptions(LIMITS, max_in_doubt=fate.max_in_doubt, longest_wait_s=0),
            provenance=Provenance(holder=f"ada@{len(self._alive)}", plan_digest="d"),
            reporter=reporter,
            heard=self.witness.heard,
            in_thread=process.in_thread,
        )

    def _process(self, fate: Apply) -> Process:
        clock = VirtualClock(self.clock.start, timedelta(seconds=fate.skew_s))
        if fate.skew_s or fate.jump_at is not None:
            self.witness.clocks_are_right = False
        process = Process(clock, self.disk, fate, lambda: self._die(fate))
        self._alive.append(process)
        return process

    def _die(self, fate: Apply) -> None:
        if fate.power_keeps is not None:
            for process in self._alive:
                process.is_dead = True
            self.disk.lose_power(fate.power_keeps)
            self.witness.power_was_cut()

    def _journal(self, process: Process, handle: Handle) -> Journal:
        token = "0" * 16 if process.fate.is_dull else None
        runtime = Runtime(
            now=process.clock.now,
            token=lambda: token or f"{next(self._tokens):016x}",
            pause=lambda _s: process.step(),
            tool="simulated",
            process=str(self._alive.index(process)),
            is_gone=self._is_gone,
        )
        return Journal(handle, sdk_app_id=APP, environment="prod", runtime=runtime)

    def _is_gone(self, process: str | None) -> bool:
        """Answer as the kernel of the one machine on which everything runs."""
        return process is not None and self._alive[int(process)].is_dead

    def state(self) -> LockState:
        """Return what the lockfile says now."""
        return self.witness.truth.state

    def _by_person(self, fate: Apply, act: Callable[[Journal, datetime], object]) -> None:
        process = self._process(fate)
        try:
            act(self._journal(process, Handle(self.disk, process)), process.clock.now())
        except (PushspecError, KilledError):
            return

    def _resolve(self, journal: Journal, event: Resolve, now: datetime) -> None:
        known = sorted(self.state().calls)
        if not known:
            return
        key = known[event.which % len(known)]
        before = self.state().calls[key]
        # A person who says "not sent" of a call that was sent takes the next push upon himself: the record
        # holds from the moment it is durable, also if the person's machine dies right then.
        try:
            resolve(journal, Statement(key, Resolution(event.verdict), by="eve", why="looked"), now=now)
        finally:
            after = self.state().calls[key]
            if after.state is not before.state and after.text.startswith("eve"):
                self.witness.settled_by_people.add(key)
                is_wrong = after.state is CallState.NOT_SENT and self._may_be_known_sent(key)
                self.witness.forgiven[key] += is_wrong

    def _may_be_known_sent(self, key: str) -> bool:
        """Whether the person could have seen that it was sent; what arrives later is not his fault."""
        return self.service.accepted[key] > self.witness.forgiven[key]


async def _unless_it_dies(process: Process, run: Callable[[], Awaitable[Ended]]) -> Ended | None:
    """Return how a run ended; ``None`` if it was refused, kept out, or died."""
    try:
        return await run()
    except PushspecError:
        return None
    except BaseException as error:  # nobody hears what a dead process raises; the rest goes on
        if process.is_dead and not _holds_broken_promise(error):
            return None
        raise


def _holds_broken_promise(error: BaseException) -> bool:
    if isinstance(error, BaseExceptionGroup):
        return any(_holds_broken_promise(inner) for inner in error.exceptions)
    return isinstance(error, AssertionError)


_decode = lru_cache(maxsize=4096)(decode)
"""Every run of a history reads the same lines again; what they say at their place never changes."""


def broken_promise(history: History, universe: Callable[[], Universe] = Universe) -> str:
    """Play a history; return what it breaks, or nothing."""

    async def main() -> None:
        await universe().play(history)

    try:
        with patch.object(journal_module, "decode", _decode):
            run_virtually(main)
    except BaseException as error:  # noqa: BLE001 - whatever escapes is a finding
        return _first_text(error)
    return ""


def _first_text(error: BaseException) -> str:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return f"{type(error).__name__}: {error}"
