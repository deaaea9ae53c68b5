"""Plays a history with the real engine, and knows what the service really did.

What is made up: time, the network, the service, and the disk below the lockfile. What is real: engine, pace,
gate, classifier, journal, fold, and the operations of people. A killed process does nothing more; requests
that have left go their way without it, as long as fourteen minutes.
"""

from __future__ import annotations

import itertools
import json
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import anyio

from pushspec.apply.engine import apply_calls
from pushspec.apply.rules import Provenance, Rules
from pushspec.canonical import sha256_hex
from pushspec.errors import PushspecError
from pushspec.lockfile.fold import advance, fold
from pushspec.lockfile.journal import Journal, Surroundings
from pushspec.lockfile.lines import crc_of, decode, decode_all
from pushspec.lockfile.records import Sent
from pushspec.lockfile.state import CallState, LockState
from pushspec.lockfile.stores import BrokenStoreError, SlotTakenError, StoreError
from pushspec.operate.freeze import freeze, thaw
from pushspec.operate.resolve import Statement, Verdict, resolve
from pushspec.operate.unlock import unlock
from pushspec.tencent.endpoints import EndpointName
from pushspec.tencent.exchange import TOTAL_S, Exchange, Gate, GateClosedError
from pushspec.tencent.limits import Limits
from simulation.calls import APP, campaign_calls
from simulation.events import Apply, Event, Freeze, History, Resolve, Unlock, Wait
from simulation.loop import VirtualClock, run_virtually
from simulation.service import fail, ok

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from anyio.abc import TaskGroup

    from pushspec.apply.classify import Outcome
    from pushspec.apply.result import RunResult
    from pushspec.lockfile.records import AnyRecord
    from pushspec.plan.calls import Call, CampaignCalls

LATEST_ARRIVAL_S = 14 * 60
"""How long the made-up network keeps a request; the rules assume less than 15 minutes."""

CAMPAIGNS: tuple[CampaignCalls, ...] = (
    campaign_calls("everyone"),
    campaign_calls("listed", endpoint=EndpointName.BATCH, parts=[["a", "b"], ["c", "d"], ["e"]]),
    campaign_calls("chat", endpoint=EndpointName.BATCHSENDMSG, parts=[["a", "b"], ["c"]]),
)
_KEY_OF = {call.msg_random: call.key for campaign in CAMPAIGNS for call in campaign.calls()}


class BrokenPromiseError(AssertionError):
    """A promise of the specification does not hold."""


class KilledError(BaseException):
    """The process is gone; nothing of it runs any more."""


@dataclass
class Process:
    """One run of the program, which may die, sleep, or have its clock set."""

    clock: VirtualClock
    kill_at: int | None = None
    pause_at: int | None = None
    pause_s: float = 0
    jump_at: int | None = None
    jump_s: float = 0
    steps: int = 0
    is_dead: bool = False
    wakes_at_s: float = 0

    def step(self) -> None:
        """Something is about to happen: die here, or fall asleep here."""
        if self.is_dead:
            raise KilledError
        number, self.steps = self.steps, self.steps + 1
        if number == self.kill_at:
            self.is_dead = True
            raise KilledError
        if number == self.pause_at:
            self.wakes_at_s = self.clock.monotonic() + self.pause_s
        if number == self.jump_at:
            self.clock.error += timedelta(seconds=self.jump_s)

    async def sleepy_step(self) -> None:
        """The same where other processes may go on meanwhile."""
        self.step()
        await anyio.sleep(max(0.0, self.wakes_at_s - self.clock.monotonic()))
        if self.is_dead:
            raise KilledError

    async def in_thread(self, function: Callable[[], None]) -> None:
        """Stand in for a worker thread."""
        await self.sleepy_step()
        function()
        await self.sleepy_step()


@dataclass
class Disk:
    """The lockfile that outlives every process."""

    lines: list[bytes] = field(default_factory=list)


@dataclass
class Handle:
    """A process's way to the lockfile, with the faults of its run."""

    disk: Disk
    process: Process
    faults: list[str] = field(default_factory=list)
    where: str = "disk"
    is_gone: bool = False
    is_stale: bool = False

    def read(self, first: int = 0) -> Iterator[bytes]:
        self.process.step()
        if self.is_gone:
            raise BrokenStoreError("the disk is gone")
        if self.is_stale and first:
            self.is_stale = False
            return iter(())
        return iter(self.disk.lines[first:])

    def append(self, first: int, lines: Sequence[bytes]) -> None:
        self.process.step()
        fault = self.faults.pop(0) if self.faults else "none"
        self.is_gone = self.is_gone or fault == "gone"
        if self.is_gone:
            raise BrokenStoreError("the disk is gone")
        if fault == "error before":
            raise StoreError("connection refused")
        self.put(first, lines)
        self.process.step()
        if fault == "error after":
            raise StoreError("no answer")
        if fault in {"taken by itself", "stale read"}:
            self.is_stale = fault == "stale read"
            raise SlotTakenError("refused our own write")

    def put(self, first: int, lines: Sequence[bytes]) -> None:
        """Write only where the slot is free."""
        if first != len(self.disk.lines):
            raise SlotTakenError(f"slot {first} is taken")
        self.disk.lines.extend(lines)

    def probe(self) -> None:
        """The disk keeps its promise."""

    def close(self) -> None:
        """Nothing is open."""


@dataclass
class Service:
    """The other side, which remembers what it really sent."""

    universe: Universe
    accepted: Counter[str] = field(default_factory=Counter)
    named: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    last: dict[tuple[str, int], str] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def receive(self, body: dict[str, Any], path: str) -> bytes:
        """Send the push and answer; a repeat within the same second is dropped and answered alike."""
        key = _KEY_OF[body["MsgRandom"]]
        second = int(self.universe.clock.true_now().timestamp())
        if (key, second) not in self.last:
            self.accepted[key] += 1
            self.last[key, second] = ok(path, next(self.numbers)).decode()
        answer = self.last[key, second].encode()
        self.named[key].add(_id_of(answer))
        return answer


def _id_of(answer: bytes) -> str:
    fields = json.loads(answer)
    return str(fields.get("TaskId") or fields.get("MsgKey"))


@dataclass
class Network:
    """A run's way to the service, with what happens to each of its requests."""

    universe: Universe
    process: Process
    latency_s: float
    replies: list[str]

    async def send(self, path: str, payload: bytes, gate: Gate) -> Exchange:
        await self.process.sleepy_step()
        reply = self.replies.pop(0) if self.replies else "ok"
        await anyio.sleep(self.latency_s / 10)
        await self.process.sleepy_step()
        if reply == "unreachable":
            return self._failed(gate, "connect_failed")
        try:
            gate.pass_through()
        except GateClosedError as closed:
            return self._failed(gate, closed.case)
        self.universe.check_intent(payload)
        answer = _Answer()
        self.universe.elsewhere.start_soon(self._travel, path, json.loads(payload), reply, answer)
        await self.process.sleepy_step()
        with anyio.move_on_after(TOTAL_S):
            await answer.has_come.wait()
        await self.process.sleepy_step()
        return self._exchange(gate, answer)

    def _failed(self, gate: Gate, case: str) -> Exchange:
        return Exchange(case, case, gate.left_at, self.process.clock.now())

    def _exchange(self, gate: Gate, answer: _Answer) -> Exchange:
        if not answer.has_come.is_set():
            return self._failed(gate, "timeout")
        if answer.case != "answered":
            return self._failed(gate, answer.case)
        return Exchange("answered", "", gate.left_at, self.process.clock.now(), answer.status, answer.body)

    async def _travel(self, path: str, body: dict[str, Any], reply: str, answer: _Answer) -> None:
        """Carry a request that has left; nothing that happens to its sender can stop it."""
        if reply == "never arrives":
            return
        if reply == "late":
            await anyio.sleep(LATEST_ARRIVAL_S)
        await anyio.sleep(self.latency_s)
        service = self.universe.service
        refusals = {"too soon": 90024, "refused": 90001, "credentials": 70009, "quota": 90047}
        if reply in refusals:
            answer.come(fail(refusals[reply]))
        elif reply == "forbidden":
            answer.come(b"<html>", status=403)
        elif reply.endswith("not sent"):
            answer.come(fail(91000), status=200 if "internal" in reply else 502)
        else:
            said = service.receive(body, path)
            if reply == "twice":
                service.receive(body, path)
            self._answer(reply, said, answer)

    def _answer(self, reply: str, said: bytes, answer: _Answer) -> None:
        match reply:
            case "silent" | "late":
                return
            case "cut":
                answer.come(b"", case="connection_lost")
            case "garbage":
                answer.come(said[:-5])
            case "no id":
                answer.come(b'{"ActionStatus":"OK","ErrorCode":0}')
            case "gateway":
                answer.come(b"<html>", status=502)
            case "internal":
                answer.come(fail(91000))
            case "unknown code":
                answer.come(fail(99_999))
            case _:
                answer.come(said)


@dataclass
class _Answer:
    has_come: anyio.Event = field(default_factory=anyio.Event)
    case: str = "answered"
    status: int = 200
    body: bytes = b""

    def come(self, body: bytes, *, status: int = 200, case: str = "answered") -> None:
        self.body, self.status, self.case = body, status, case
        self.has_come.set()


@dataclass
class Screen:
    """What a person has seen of a run."""

    universe: Universe
    process: Process

    def waiting(self, until: datetime, why: str) -> None:
        """Nothing to check."""

    def calling(self, call: Call, attempt: int) -> None:
        self.process.step()

    def settled(self, call: Call, attempt: int, outcome: Outcome) -> None:
        self.process.step()
        self.universe.check_shown(call.key, outcome)

    def blocked(self, campaign_key: str, why: str) -> None:
        """Nothing to check."""

    def stopping(self, why: str) -> None:
        """Nothing to check."""


class Universe:
    """One app over several runs, with the truth about what was sent."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.disk = Disk()
        self.service = Service(self)
        self.forgiven: Counter[str] = Counter()
        self.settled_by_people: set[str] = set()
        self.shown: dict[str, set[str]] = defaultdict(set)
        self.elsewhere: TaskGroup
        self._truth = Truth()
        self._tokens = itertools.count()
        self._running: list[anyio.Event] = []

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
                await self._apply_event(event)
            case Wait():
                await anyio.sleep(event.seconds)
            case Resolve():
                self._by_person(event.kill_at, lambda journal: self._resolve(journal, event))
            case Unlock():
                self._by_person(event.kill_at, lambda journal: unlock(journal, by="eve", why="stuck"))
            case Freeze(frozen=True):
                self._by_person(None, lambda journal: freeze(journal, by="eve", why="wrong text"))
            case Freeze():
                self._by_person(None, lambda journal: thaw(journal, by="eve", why="fixed"))
        self.check()

    async def come_to_rest(self) -> None:
        """Wait for everything that travels, then run cleanly once: nothing may be missing."""
        for over in self._running:
            await over.wait()
        await anyio.sleep(LATEST_ARRIVAL_S + 90_000)
        self.clock.error = timedelta(0)
        self._by_person(None, lambda journal: thaw(journal, by="eve", why="end"))
        result = await self.apply(Apply())
        self.check()
        self.check_rest(result)

    async def _apply_event(self, event: Apply) -> None:
        if event.goes_on_after_s is None:
            await self.apply(event)
            return
        over = anyio.Event()
        self._running.append(over)

        async def behind() -> None:
            await self.apply(event)
            over.set()

        self.elsewhere.start_soon(behind)
        await anyio.sleep(event.goes_on_after_s)

    async def apply(self, event: Apply) -> RunResult | None:
        """Run apply; ``None`` if it was refused, kept out, or died."""
        process = Process(
            self.clock, event.kill_at, event.pause_at, event.pause_s, event.jump_at, event.jump_s
        )
        journal = self.journal(process, self.handle(process, list(event.store)))
        try:
            result = await apply_calls(
                lambda _state: [CAMPAIGNS[number] for number in event.only],
                journal=journal,
                sender=Network(self, process, event.latency_s, list(event.replies)),
                clock=self.clock,
                rules=Rules(Limits(), max_in_doubt=event.max_in_doubt, longest_wait_s=0),
                provenance=Provenance(holder="ada", plan_digest="d"),
                reporter=Screen(self, process),
                stop=anyio.Event(),
                in_thread=process.in_thread,
            )
        except PushspecError:
            return None
        except BaseException as error:
            if process.is_dead and not _holds_broken_promise(error):
                return None
            raise
        self.check_exit(result, journal.run_id)
        return result

    def handle(self, process: Process, faults: list[str]) -> Handle:
        """Return a process's way to the lockfile."""
        return Handle(self.disk, process, faults)

    def journal(self, process: Process, handle: Handle) -> Journal:
        around = Surroundings(
            now=self.clock.now,
            token=lambda: f"{next(self._tokens):016x}",
            pause=lambda _s: process.step(),
            tool="simulated",
        )
        return Journal(handle, sdk_app_id=APP, environment="prod", around=around)

    def state(self) -> LockState:
        """Return what the lockfile says now."""
        return self._truth.follow(self.disk.lines)

    def _by_person(self, kill_at: int | None, act: Callable[[Journal], object]) -> None:
        process = Process(self.clock, kill_at)
        try:
            act(self.journal(process, Handle(self.disk, process)))
        except (PushspecError, KilledError):
            return

    def _resolve(self, journal: Journal, event: Resolve) -> None:
        known = sorted(self.state().calls)
        if not known:
            return
        key = known[event.which % len(known)]
        before = self.state().calls[key]
        # A person who says "not sent" of a call that was sent takes the next push upon himself: the record
        # holds from the moment it is durable, also if the person's machine dies right then.
        try:
            resolve(
                journal,
                Statement(key, Verdict(event.verdict), by="eve", why="looked"),
                now=self.clock.now(),
            )
        finally:
            after = self.state().calls[key]
            if after.state is not before.state and after.text.startswith("eve"):
                self.settled_by_people.add(key)
                self.forgiven[key] += after.state is CallState.NOT_SENT and self._may_be_known_sent(key)

    def _may_be_known_sent(self, key: str) -> bool:
        """Whether the person could have seen that it was sent; what arrives later is not his fault."""
        return self.service.accepted[key] > self.forgiven[key]

    def check_intent(self, payload: bytes) -> None:
        """Invariants 2 and 7: no byte leaves before its intent is durable, and none but the intended."""
        call = self.state().calls.get(_KEY_OF[json.loads(payload)["MsgRandom"]])
        promise(call is not None, "a request left without an intent")
        promise(
            call is not None and call.payload_sha256 == sha256_hex(payload), "other bytes left than intended"
        )

    def check_shown(self, key: str, outcome: Outcome) -> None:
        """Invariant 3: what was printed is in the journal."""
        name = outcome.task_id or outcome.msg_key
        if outcome.state is CallState.SENT and name:
            self.shown[key].add(name)
            promise(name in self._recorded()[key], f"{name} was shown, but is not in the lockfile")

    def check(self) -> None:
        """Check what must hold at every moment."""
        state = self.state()
        for key, count in self.service.accepted.items():
            promise(count <= 1 + self.forgiven[key], f"{key} was sent {count} times")
            promise(key in state.calls, f"{key} was sent, and the lockfile does not know it")
        recorded = self._recorded()
        for key, names in self.shown.items():
            promise(names <= recorded[key], f"a TaskId of {key} is lost")
        for key, names in recorded.items():
            promise(names <= self.service.named[key], f"the lockfile names a TaskId that {key} never had")

    def check_exit(self, result: RunResult, run_id: str) -> None:
        """Invariant 13: exit 0 only if nothing was under way or in doubt when the run left the lock."""
        if result.exit_code == 0 and (self.state().doubted or self.state().under_way):
            left = fold(self._records_until_close(run_id))
            promise(not left.doubted and not left.under_way, "exit 0 with a doubt")

    def _records_until_close(self, run_id: str) -> Iterator[AnyRecord]:
        for record in decode_all(self.disk.lines):
            yield record
            if record.record == "close" and record.run == run_id:
                return

    def check_rest(self, result: RunResult | None) -> None:
        """Invariant 4: after one clean run every call is final or in doubt, and nothing sent is denied."""
        state = self.state()
        promise(result is not None, "a clean run did not end")
        promise(not state.under_way, "a call is still under way")
        for campaign in CAMPAIGNS:
            for call in campaign.calls():
                known = state.calls.get(call.key)
                was_sent = self.service.accepted[call.key] > 0
                if known is None or known.state in {CallState.NOT_SENT, CallState.REFUSED}:
                    denied = was_sent and call.key not in self.settled_by_people
                    promise(not denied, f"{call.key} was sent, and the lockfile denies it")
                if known is not None and known.state is CallState.SENT:
                    claimed = not was_sent and call.key not in self.settled_by_people
                    promise(not claimed, f"{call.key} was never sent, and the lockfile claims it")

    def _recorded(self) -> dict[str, set[str]]:
        self._truth.follow(self.disk.lines)
        return self._truth.named


@dataclass
class Truth:
    """The lockfile's meaning, read along as it grows."""

    state: LockState = field(default_factory=LockState)
    named: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    last: bytes = b""

    def follow(self, lines: Sequence[bytes]) -> LockState:
        known = self.state.next_seq
        if len(lines) < known or (known and lines[known - 1] is not self.last):
            raise BrokenPromiseError("a record was changed or deleted")
        for line in lines[known:]:
            crc = crc_of(self.last) if self.last else 0
            record = decode(line, previous_crc=crc, seq=self.state.next_seq)
            advance(self.state, record)
            self.last = line
            if isinstance(record, Sent):
                self.named[record.key].add(str(record.task_id or record.msg_key))
        return self.state


def promise(holds: bool, text: str) -> None:
    """Check one promise.

    Raises:
        BrokenPromiseError: It does not hold.
    """
    if not holds:
        raise BrokenPromiseError(text)


def _holds_broken_promise(error: BaseException) -> bool:
    if isinstance(error, BaseExceptionGroup):
        return any(_holds_broken_promise(inner) for inner in error.exceptions)
    return isinstance(error, AssertionError)


def broken_promise(history: History, universe: Callable[[], Universe] = Universe) -> str:
    """Play a history; return what it breaks, or nothing."""

    async def main() -> None:
        await universe().play(history)

    try:
        run_virtually(main)
    except BaseException as error:  # noqa: BLE001 - whatever escapes is a finding
        return _first_text(error)
    return ""


def _first_text(error: BaseException) -> str:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return f"{type(error).__name__}: {error}"
