"""Made-up histories of recalls with the real engine, and the promises that must hold in each of them.

What is made up: time, the network, the service, and the disk below the lockfile; see ``simulation.universe``.
"""

from __future__ import annotations

import itertools
import json
import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import anyio

from pushspec.errors import PushspecError
from pushspec.lockfile.fold import advance
from pushspec.lockfile.histories import RecallState
from pushspec.lockfile.journal import Journal, Runtime
from pushspec.lockfile.lines import crc_of, decode
from pushspec.lockfile.records import Begin, Close, Intent, RecallIntent, Sent
from pushspec.lockfile.state import LockState
from pushspec.operate.recall import RecallSetup, recall_calls
from pushspec.plan.recall import RecallPlan, assemble_recall
from pushspec.serialization import digest_of, sha256_hex
from pushspec.spec.project import Environment
from pushspec.tencent.exchange import TOTAL_S, Exchange, Gate, GateClosedError
from simulation.calls import APP, campaign_calls
from simulation.events import STORE_FAULTS, Apply
from simulation.loop import START, VirtualClock, run_virtually
from simulation.machine import Disk, Handle, KilledError, Process
from simulation.promises import promise
from simulation.service import subject_of, take_back

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from anyio.abc import TaskGroup

    from pushspec.plan.calls import CampaignCalls
    from pushspec.plan.recall_steps import RecallStep

DAY_S = 86_400.0
LATEST_ARRIVAL_S = 14 * 60
REPLIES = (
    "ok", "ok", "too soon", "refused", "unreachable", "never arrives", "silent", "late", "garbage", "gateway",
    "internal", "internal, not done",
)  # fmt: skip
ENVIRONMENT = Environment(sdk_app_id=APP, region="singapore")
TASKS: CampaignCalls = campaign_calls("push", variants=["a", "b"])
CHAT: CampaignCalls = campaign_calls("chat", endpoint="openim/batchsendmsg", parts=[["x", "y", "z"]])  # type: ignore[arg-type] # its value


@dataclass(frozen=True)
class RecallRun:
    """Somebody takes a campaign back, and something may befall the run.

    Attributes:
        of_chat: The chat messages; otherwise the pushes.
        fate: What befalls the process, and its store's faults.
        replies: What the service does, one entry a request; all is well afterwards.
        waits_s: Time that passes before it.
    """

    of_chat: bool
    fate: Apply
    replies: tuple[str, ...]
    waits_s: float


RecallHistory = tuple[RecallRun, ...]


def draw_recalls(seed: int) -> RecallHistory:
    """Return the history of a seed."""
    chance = random.Random(seed)
    return tuple(_draw(chance) for _ in range(chance.randint(1, 5)))


def _draw(chance: random.Random) -> RecallRun:
    fate = Apply(
        kill_at=chance.randrange(60) if chance.random() < 0.5 else None,
        power_keeps=chance.randrange(3) if chance.random() < 0.2 else None,
        pause_at=chance.randrange(40) if chance.random() < 0.2 else None,
        pause_s=chance.choice([40.0, 70.0, 1800.0]),
        store=tuple(chance.choice(("none", *STORE_FAULTS)) for _ in range(chance.randrange(4))),
    )
    replies = tuple(chance.choice(REPLIES) for _ in range(chance.randrange(8)))
    waits_s = chance.choice([0.0, 1.0, 30.0, 300.0, 900.0, 7200.0, DAY_S - 100, DAY_S])
    return RecallRun(chance.random() < 0.4, fate, replies, waits_s)


@dataclass
class RecallService:
    """The other side: what it really took back, and when each request came.

    Attributes:
        taken_back: The tasks, and the messages with their person.
    """

    taken_back: set[tuple[str, ...]] = field(default_factory=set)

    def receive(self, body: dict[str, Any]) -> dict[str, Any]:
        """Take something back; what was taken back before is refused as such."""
        told: dict[str, Any] = json.loads(take_back(self.taken_back, body))
        return told


@dataclass
class RecallTruth:
    """The lockfile's meaning, read along as it grows, and where the newest intent of each call stands."""

    state: LockState = field(default_factory=LockState)
    intended: dict[str, int] = field(default_factory=dict)
    _last: bytes = b""

    def follow(self, lines: Sequence[bytes]) -> RecallTruth:
        """Read what is new."""
        for line in lines[self.state.next_seq :]:
            crc = crc_of(self._last) if self._last else 0
            record = decode(line, previous_crc=crc, seq=self.state.next_seq)
            advance(self.state, record)
            self._last = line
            if isinstance(record, RecallIntent):
                self.intended[record.key] = record.seq
        return self


@dataclass
class RecallUniverse:
    """One app whose sends are out, and the recalls that follow."""

    clock: VirtualClock = field(default_factory=VirtualClock)
    disk: Disk = field(default_factory=Disk)
    service: RecallService = field(default_factory=RecallService)
    elsewhere: TaskGroup = field(init=False)
    alive: list[Process] = field(default_factory=list)
    left: Counter[tuple[int, tuple[str, ...]]] = field(default_factory=Counter)
    tokens: Iterator[int] = field(default_factory=itertools.count)
    truth: RecallTruth = field(default_factory=RecallTruth)

    async def play(self, history: RecallHistory) -> None:
        """Let a history happen, bring everything to rest, and check every promise."""
        async with anyio.create_task_group() as self.elsewhere:
            self._send_everything()
            for run in history:
                await anyio.sleep(run.waits_s)
                await self.recall(run)
                self.check()
            await anyio.sleep(LATEST_ARRIVAL_S)
            await self._come_to_rest()

    def _send_everything(self) -> None:
        """Write down what an apply wrote that sent everything."""
        journal = self._journal(self._process(Apply()))
        journal.take(holder="ada")
        for campaign in (TASKS, CHAT):
            journal.append(_begin(campaign))
            for call in campaign.calls():
                journal.append(_intent(campaign, call.key), _sent(campaign, call.key))
        journal.release(Close())

    async def _come_to_rest(self) -> None:
        """Recall both campaigns cleanly: within the day all is taken back, and once more nothing leaves."""
        is_early = self.clock.monotonic() < DAY_S - 200
        for of_chat in (False, True):
            for _ in range(3):
                await self.recall(RecallRun(of_chat, Apply(), (), 0))
                await anyio.sleep(100)
        self.check()
        left = self.left.total()
        for of_chat in (False, True):
            await self.recall(RecallRun(of_chat, Apply(), (), 0))
        states = {key: recall.state for key, recall in self.state().recalls.items()}
        if is_early:
            promise(set(states.values()) == {RecallState.TAKEN_BACK}, f"not all is taken back: {states}")
            promise(len(states) == 3, f"a call was forgotten: {states}")
            promise(self.left.total() == left, "what was taken back was asked for again")

    async def recall(self, run: RecallRun) -> None:
        """Run one recall, which may die."""
        process = self._process(run.fate)
        campaign = CHAT if run.of_chat else TASKS
        lists = _Lists(campaign)

        def choose(state: LockState) -> RecallPlan:
            begin = state.campaigns[campaign.campaign_key].begin
            now = process.clock.now()
            return assemble_recall(begin, state, ENVIRONMENT, lists, environment_name="prod", now=now)

        setup = RecallSetup(
            journal=self._journal(process, list(run.fate.store)),
            sender=RecallNetwork(self, process, list(run.replies)),
            clock=process.clock,
            limits=ENVIRONMENT.limits,
            holder=f"ada@{len(self.alive)}",
            plan_digest="d",
            reporter=_Nobody(),
            in_thread=process.in_thread,
        )
        try:
            result = await recall_calls(choose, setup, anyio.Event())
        except PushspecError:
            return
        except BaseException as error:  # nobody hears what a dead process raises; the rest goes on
            if process.is_dead and not _is_finding(error):
                return
            raise
        unknown = [
            it for it in self.state().recalls_of(campaign.campaign_key) if it.state is RecallState.IN_DOUBT
        ]
        promise(result.exit_code != 0 or not unknown, "exit 0 with an unknown recall")

    def _process(self, fate: Apply) -> Process:
        process = Process(VirtualClock(self.clock.start), self.disk, fate, partial(self._die, fate))
        self.alive.append(process)
        return process

    def _die(self, fate: Apply) -> None:
        if fate.power_keeps is not None:
            for process in self.alive:
                process.is_dead = True
            self.disk.lose_power(fate.power_keeps)
            self.truth = RecallTruth()

    def _journal(self, process: Process, faults: Sequence[str] = ()) -> Journal:
        runtime = Runtime(
            now=process.clock.now,
            token=lambda: f"{next(self.tokens):016x}",
            pause=lambda _s: process.step(),
            tool="simulated",
            process=str(self.alive.index(process)),
            is_gone=lambda name: name is not None and self.alive[int(name)].is_dead,
        )
        return Journal(
            Handle(self.disk, process, list(faults)), sdk_app_id=APP, environment="prod", runtime=runtime
        )

    def state(self) -> LockState:
        """Return what the lockfile says now."""
        return self.truth.follow(self.disk.lines).state

    def leaving(self, payload: bytes, process: Process) -> None:
        """Check what must hold when a request's first byte may leave."""
        what = subject_of(json.loads(payload))
        key = _key_of(what[0])
        owner = self.state().recalls.get(key)
        promise(owner is not None, f"{what} was asked for without an intent")
        assert owner is not None
        promise(
            self.truth.intended[key] < self.disk.synced, f"{what} was asked for before its intent was synced"
        )
        promise(owner.state is RecallState.INTENDED, f"{what} was asked for while it is {owner.state}")
        is_single = owner.requests == 1
        promise(
            not is_single or owner.payload_sha256 == sha256_hex(payload), f"{what}: other bytes than intended"
        )
        attempt = (owner.attempts, what)
        self.left[attempt] += 1
        promise(self.left[attempt] == 1, f"{what} was asked for twice in one attempt")
        is_late = "chat" not in owner.key and process.clock.now() >= START + timedelta(seconds=DAY_S)
        promise(not is_late, f"{what} was asked for after the service's day")

    def check(self) -> None:
        """Check the lockfile against what the service really did."""
        recalls = self.state().recalls
        for what in self.service.taken_back:
            known = recalls.get(_key_of(what[0]))
            promise(known is not None, f"{what} is taken back, and the lockfile does not know it")
            is_denied = (
                known is not None and known.state is RecallState.NOT_TAKEN_BACK and known.requests == 1
            )
            promise(not is_denied, f"{what} is taken back, and the lockfile denies it")
        for recall in recalls.values():
            if recall.state is RecallState.TAKEN_BACK:
                whole = [what for what in _subjects(recall.key) if what not in self.service.taken_back]
                promise(not whole, f"{whole} is recorded as taken back, and is not")


def _key_of(number: str) -> str:
    return {"t-a": "push@1/a", "t-b": "push@1/b", "m": "chat@1#1"}[number]


def _subjects(key: str) -> list[tuple[str, ...]]:
    return [("m", person) for person in "xyz"] if key.startswith("chat") else [(f"t-{key[-1]}",)]


@dataclass
class RecallNetwork:
    """A run's way to the service, with what happens to each of its requests."""

    universe: RecallUniverse
    process: Process
    replies: list[str]

    async def send(self, path: str, payload: bytes, gate: Gate) -> Exchange:
        del path
        await self.process.sleepy_step()
        reply = self.replies.pop(0) if self.replies else "ok"
        await anyio.sleep(0.01)
        await self.process.sleepy_step()
        if reply == "unreachable":
            return self._failed(gate, "connect_failed")
        try:
            gate.pass_through()
        except GateClosedError as closed:
            return self._failed(gate, closed.case)
        self.universe.leaving(payload, self.process)
        answer: list[tuple[int, bytes]] = []
        has_come = anyio.Event()
        self.universe.elsewhere.start_soon(self._travel, json.loads(payload), reply, answer, has_come)
        await self.process.sleepy_step()
        with anyio.move_on_after(TOTAL_S):
            await has_come.wait()
        await self.process.sleepy_step()
        if not answer:
            return self._failed(gate, "timeout")
        status, body = answer[0]
        return Exchange("answered", "", gate.left_at, self.process.clock.now(), status, body)

    def _failed(self, gate: Gate, case: str) -> Exchange:
        return Exchange(case, case, gate.left_at, self.process.clock.now())

    async def _travel(
        self, body: dict[str, Any], reply: str, answer: list[tuple[int, bytes]], has_come: anyio.Event
    ) -> None:
        """Carry a request that has left; nothing that happens to its sender can stop it."""
        if reply == "never arrives":
            return
        await anyio.sleep(LATEST_ARRIVAL_S if reply == "late" else 0.1)
        codes = {"too soon": 90051, "refused": 90001, "internal, not done": 91000}
        if reply in codes:
            told = {"ActionStatus": "FAIL", "ErrorCode": codes[reply], "ErrorInfo": ""}
        else:
            told = self.universe.service.receive(body)
        if reply in {"silent", "late"}:
            return
        if reply == "internal":
            told = {"ActionStatus": "FAIL", "ErrorCode": 91000, "ErrorInfo": ""}
        good = json.dumps(told).encode()
        answer.append((502, b"") if reply == "gateway" else (200, b"{" if reply == "garbage" else good))
        has_come.set()


@dataclass(frozen=True)
class _Lists:
    """Who got it, as the files say; nobody was refused."""

    calls: CampaignCalls
    refused: dict[str, frozenset[str]] = field(default_factory=dict)


class _Nobody:
    def settled(self, step: RecallStep, outcome: object) -> None:
        """Tell nobody."""


def _begin(campaign: CampaignCalls) -> Begin:
    return Begin(
        campaign=campaign.campaign_key,
        name=campaign.name,
        version=1,
        digest=campaign.digest,
        endpoint=campaign.endpoint.name,
        audience="everyone",
        contents={key: dict(content) for key, content in campaign.contents.items()},
        accounts=campaign.account_count,
        accounts_sha256=campaign.accounts_sha256,
        calls=campaign.call_count,
        spec="s",
        spec_sha256=digest_of([]),
        recall={"title": "Sorry"},
    )


def _intent(campaign: CampaignCalls, key: str) -> Intent:
    return Intent(
        campaign=campaign.campaign_key,
        key=key,
        attempt=1,
        endpoint=campaign.endpoint.name,
        msg_random=1,
        payload_sha256="p",
        accounts=campaign.account_count,
        not_after=START,
    )


def _sent(campaign: CampaignCalls, key: str) -> Sent:
    names = {"msg_key": "m", "msg_id": "i"} if campaign is CHAT else {"task_id": f"t-{key[-1]}"}
    return Sent(key=key, attempt=1, left_at=START, answered_at=START, **names)  # type: ignore[arg-type] # names are texts


def _is_finding(error: BaseException) -> bool:
    if isinstance(error, BaseExceptionGroup):
        return any(_is_finding(inner) for inner in error.exceptions)
    return not isinstance(error, KilledError)


def broken_recall(history: RecallHistory) -> str:
    """Play a history; return what it breaks, or nothing."""
    try:
        run_virtually(lambda: RecallUniverse().play(history))
    except BaseException as error:  # noqa: BLE001 - whatever escapes is a finding
        while isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        return f"{type(error).__name__}: {error}"
    return ""
