"""Errands: what a process is sent to do besides apply and resolve, and what must hold if it dies on the way.

Each begins on a lockfile that earlier runs left behind, is killed at one of its steps, and is brought to
rest; the promises are checked after each run, against what the server really did.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from pushspec.lockfile.histories import CallState, RecallState
from pushspec.lockfile.reading import read_lock, read_records
from pushspec.lockfile.records import RecallIntent
from pushspec.lockfile.stores import open_store
from pushspec.operate.resolve import Resolution
from simulation.crashpoints import CrashPoint
from simulation.fate import KILL, Step
from simulation.faults import FAULTS
from simulation.nursery import KILLED, Nursery
from simulation.promises import promise
from simulation.stages import STAGED, STAGED_KEY, StageTruth
from simulation.tries import TryTruth, is_try
from simulation.worker import KEYS, TRIED, Job

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from pushspec.lockfile.state import LockState
    from simulation.fault_server import FaultServer
    from simulation.scene import Ground

PATIENCE_S = 20.0
_PAST_EVERY_HOLD_S = 700
_PAST_THE_MARGIN_S = 1200
_MOST_RUNS = 30
STAGED_KEYS = tuple(call.key for call in STAGED.calls())

APPLY: Mapping[str, Any] = {}
STAGES: Mapping[str, Any] = {"is_staged": True}
TRY: Mapping[str, Any] = {"trial": TRIED}
GO_ON: Mapping[str, Any] = {"steer": "opened"}
STOP: Mapping[str, Any] = {"steer": "stopped"}


@dataclass(frozen=True)
class Errand:
    """What a process is sent to do.

    Attributes:
        point: The crash point that its deaths belong to.
        job: The fields of its :class:`~simulation.worker.Job` that say so.
        before: The same of the runs before it, all of which live.
        fault_on: Whose request meets a fault; empty where it sends none.
        ahead_s: How long after those runs it begins.
    """

    point: CrashPoint
    job: Mapping[str, Any]
    before: tuple[Mapping[str, Any], ...] = ()
    fault_on: str = ""
    ahead_s: float = 0


ERRANDS: dict[str, Errand] = {
    "first stage": Errand(CrashPoint.C30, STAGES, fault_on=STAGED_KEYS[0]),
    "next stage": Errand(
        CrashPoint.C30, STAGES, (STAGES,), fault_on=STAGED_KEYS[3], ahead_s=_PAST_EVERY_HOLD_S
    ),
    "continue": Errand(CrashPoint.C31, GO_ON, (STAGES,)),
    "stop": Errand(CrashPoint.C31, STOP, (STAGES,)),
    "try": Errand(CrashPoint.C32, TRY, fault_on=f"{TRIED}!try1"),
    "recall of a push": Errand(CrashPoint.C33, {"recall": "everyone@1"}, (APPLY,), "recall"),
    "recall of messages": Errand(CrashPoint.C33, {"recall": "listed@1"}, (APPLY,), "recall"),
}


@dataclass(frozen=True)
class Past:
    """What earlier runs left behind: the lockfile's lines, and what the server knows."""

    lines: Sequence[bytes] = ()
    accepted: Mapping[str, int] = field(default_factory=dict)
    named: Mapping[str, list[str]] = field(default_factory=dict)


@dataclass
class ErrandScene:
    """One lockfile on which an errand is run, and the runs that bring it to rest."""

    nursery: Nursery
    server: FaultServer
    ground: Ground
    folder: Path
    errand: Errand
    past: Past = field(default_factory=Past)
    answer_within_s: float = 0.4
    _runs: int = 0
    _ahead_s: float = 0

    def __post_init__(self) -> None:
        """Put the lockfile in its place, and let the server remember what is in it."""
        self._store = open_store(self.ground.lock, root=self.ground.elsewhere)
        if self.past.lines:
            self._store.append(0, self.past.lines)
            self._ahead_s = self.errand.ahead_s
        self.server.accepted.update(self.past.accepted)
        self.server.named.update({key: list(names) for key, names in self.past.named.items()})

    def close(self) -> None:
        """Let go of the store."""
        self._store.close()

    def leave_behind(self) -> Past:
        """Make the runs before the errand, undisturbed, and return what they left."""
        for job in self.errand.before:
            promise(self._run(job) == 0, "a run before the errand failed")
        lines = tuple(self._store.read()) if self.errand.before else ()
        return Past(lines, dict(self.server.accepted), {key: [*it] for key, it in self.server.named.items()})

    def perform(self, at: str = "", blow: str = KILL, fault: str = "") -> bool:
        """Let the errand meet its fate at a step; return whether it did."""
        if fault:
            self.server.faults = {self.errand.fault_on: FAULTS[fault]}
        has_died = self._run(self.errand.job, at=at, blow=blow) == KILLED
        promise(not has_died or bool(at), "a process was killed that nobody killed")
        return has_died

    def steps(self) -> list[Step]:
        """Return the steps of the last run, but for renewals, which come when their time has come."""
        told = json.loads((self.folder / f"desk-{self._runs - 1}" / "steps").read_text())
        steps = [Step(name, CrashPoint[point], can_fail) for name, point, can_fail in told]
        return [step for step in steps if not step.name.startswith("renew")]

    def _run(self, what: Mapping[str, Any], *, at: str = "", blow: str = KILL) -> object:
        promise(self._runs < _MOST_RUNS, "run after run leaves something to do")
        desk = self.folder / f"desk-{self._runs}"
        desk.mkdir()
        (desk / "clock").write_text("0")
        self._runs += 1
        job = Job(
            self.ground.lock, str(self.ground.root), self.server.url, str(desk),
            ahead_s=self._ahead_s, at=at, blow=blow, answer_within_s=self.answer_within_s,
        )  # fmt: skip
        ended = self.nursery.run(replace(job, **what))
        self.server.wait_until_quiet()
        self.check()
        return ended

    def come_to_rest(self) -> None:
        """Run until nothing is left to do, and once more: then nothing leaves."""
        if "recall" in self.errand.job:
            self._take_back_the_rest(str(self.errand.job["recall"]))
        elif "trial" in self.errand.job:
            self._settle_all()
            promise(self._run(TRY) == 0, "a try behind a dead one failed")
            self._send_the_rest(APPLY, KEYS)
        else:
            self._stop_for_good()
            self._send_the_rest(STAGES, STAGED_KEYS)

    def _take_back_the_rest(self, campaign: str) -> None:
        while self._run(self.errand.job) != 0:
            pass
        asked = self.server.asked_back.total()
        promise(self._run(self.errand.job) == 0, "a recall with nothing left to do failed")
        promise(self.server.asked_back.total() == asked, "what was taken back was asked for again")
        states = {it.state for it in self._state().recalls_of(campaign)}
        promise(states == {RecallState.TAKEN_BACK}, f"not all of it is taken back: {states}")

    def _stop_for_good(self) -> None:
        """After a stop nothing leaves, however it was recorded, until a person lets it go on."""
        if self.errand.job is not STOP:
            return
        promise(self._run(STOP) == 0, "a stop behind a dead one failed")
        sent = self.server.accepted.total()
        self._ahead_s += _PAST_EVERY_HOLD_S
        self._run(STAGES)
        promise(self.server.accepted.total() == sent, "something was sent after a stop")

    def _send_the_rest(self, job: Mapping[str, Any], keys: Sequence[str]) -> None:
        """Apply, settle doubts as they were, and let the stages go on, until every call is final."""
        while not all(self._is_final(key) for key in keys):
            self._run(job)  # at once, too: within the hold nothing may leave
            self._ahead_s += _PAST_EVERY_HOLD_S
            self._run(job)
            self._settle_all()
            if job is STAGES and self._run_is_held():
                self._run(GO_ON)
        sent = self.server.accepted.total()
        promise(self._run(job) == 0, "an apply with nothing left to send failed")
        promise(self.server.accepted.total() == sent, "what was sent was sent again")
        for key in keys:
            promise(self.server.accepted[key] == 1, f"{key} was sent {self.server.accepted[key]} times")

    def _is_final(self, key: str) -> bool:
        call = self._state().calls.get(key)
        return call is not None and call.state is CallState.SENT

    def _run_is_held(self) -> bool:
        """Whether a stop, or a gate that has too little to go by, keeps the stages from going on."""
        state = self._state()
        return STAGED_KEY in state.stops or any(call.text for call in state.calls_of(STAGED_KEY))

    def _settle_all(self) -> None:
        """Say of each doubt what really became of it."""
        while doubts := sorted(self._state().doubted | self._state().under_way):
            self._ahead_s += _PAST_THE_MARGIN_S
            key, names = doubts[0], self.server.named.get(doubts[0])
            verdict = Resolution.SENT if self.server.accepted[key] else Resolution.NOT_SENT
            said_id = names[0] if names else None
            ended = self._run({"key": key, "verdict": verdict.value, "said_id": said_id})
            promise(ended == 0, f"resolve ended with {ended}")

    def _state(self) -> LockState:
        return read_lock(self._store)

    def check(self) -> None:
        """Check the promises against what the server really did."""
        state, tries, stages = self._state(), TryTruth(), StageTruth()
        intents: list[RecallIntent] = []
        for record in read_records(self._store):
            tries.note(record)
            stages.note(record)
            intents += [record] if isinstance(record, RecallIntent) else []
        for key, count in self.server.accepted.items():
            promise(count <= 1, f"{key} was sent {count} times")
            self._check_known(key, state, tries)
            broken = tries.faults.get(key, "") or stages.broken_by(key)
            promise(not broken, f"{key} left {broken}")
        self._check_recalls(state, intents)

    def _check_known(self, key: str, state: LockState, tries: TryTruth) -> None:
        if is_try(key):
            promise(key in tries.intended, f"the try {key} was sent, and the lockfile does not know it")
            promise(key not in tries.denied, f"the try {key} was sent, and the lockfile denies it")
            return
        call = state.calls.get(key)
        promise(call is not None, f"{key} was sent, and the lockfile does not know it")
        assert call is not None
        is_told = call.state in {CallState.SENT, CallState.IN_DOUBT, CallState.INTENDED}
        promise(is_told, f"{key} was sent, and the lockfile says {call.state}")

    def _check_recalls(self, state: LockState, intents: Sequence[RecallIntent]) -> None:
        known = {record.task_id or record.msg_key: record.key for record in intents}
        for what, count in self.server.asked_back.items():
            key = known.get(what[0])
            promise(key is not None, f"{what} was asked for without an intent")
            attempts = sum(record.key == key for record in intents)
            promise(count <= attempts, f"{what} was asked for {count} times by {attempts} intents")
        for what in self.server.taken_back:
            became = state.recalls[known[what[0]]].state
            promise(
                became is not RecallState.NOT_TAKEN_BACK, f"{what} is taken back, and the lockfile denies it"
            )
        named = {what[0] for what in self.server.taken_back}
        for name, key in known.items():
            is_claimed = state.recalls[key].state is RecallState.TAKEN_BACK
            promise(name in named or not is_claimed, f"{key} is recorded as taken back, and is not")
