"""One lockfile and the runs that work on it, one after another, with every promise checked after each."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from pushspec.errors import CredentialsError, InDoubtError, LockError, RefusedError
from pushspec.lockfile.histories import CallState
from pushspec.lockfile.reading import read_lock
from pushspec.lockfile.stores import open_store
from pushspec.operate.resolve import Resolution
from simulation.cells import RESOLVE, Act
from simulation.crashpoints import CrashPoint
from simulation.fate import ENDINGS, ERRORS, JUMPS, KILL, STOP_ASLEEP, STOP_SETTLED, STOPS, Step
from simulation.nursery import KILLED, Nursery, Stopped
from simulation.promises import promise
from simulation.worker import ANSWER_WITHIN_S, KEYS, Job

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pushspec.lockfile.state import LockState
    from simulation.fault_server import FaultServer

PAST_THE_LEASE_S = 120
PAST_THE_MARGIN_S = 1200
INTERRUPTED, PARTIAL = 130, 7
_MOST_RUNS = 40


@dataclass(frozen=True)
class Ground:
    """A lockfile that nobody used before: its address, the project folder, and another one to look from."""

    lock: str
    root: Path
    elsewhere: Path


def git_ground(folder: Path) -> Ground:
    """Return a new bare remote, a clone for the runs, and another one to look from."""
    remote, here, elsewhere = (folder / name for name in ("remote.git", "here", "elsewhere"))
    _git(folder, "init", "--bare", "--quiet", "--initial-branch=main", str(remote))
    _git(folder, "init", "--quiet", str(here))
    _git(here, "remote", "add", "origin", str(remote))
    shutil.copytree(here, elsewhere)
    return Ground("git+branch:pushspec/lock/prod", here, elsewhere)


def _git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True)


@dataclass
class Scene:
    """One lockfile and its runs, with what is known of them from outside.

    Attributes:
        way: What stands in the way of the first run's connections; mostly nothing.
        answer_within_s: How long its runs wait for an answer.
    """

    nursery: Nursery
    server: FaultServer
    ground: Ground
    folder: Path
    way: str = ""
    answer_within_s: float = ANSWER_WITHIN_S
    _ahead_s: float = 0
    _runs: int = 0
    _sleeping: list[Stopped] = field(default_factory=list)
    _desk: Path = field(default_factory=Path)

    def __post_init__(self) -> None:
        self._store = open_store(self.ground.lock, root=self.ground.elsewhere)

    def close(self) -> None:
        """Let go of everything."""
        for process in self._sleeping:
            self.nursery.wake(process)
        self._store.close()

    def last_steps(self) -> list[Step]:
        """Return the steps of the last run, in their order, each name once."""
        steps = json.loads((self._desk / "steps").read_text())
        return [Step(name, CrashPoint[point], can_fail) for name, point, can_fail in steps]

    def perform(self, act: Act) -> bool:
        """Let one run meet its fate; return whether it did."""
        if act.command == RESOLVE:
            return self._settle_one(act.step, act.blow)
        before: LockState | None = self.state()
        job = self._job(at=act.step, blow=act.blow, base_url=self._first_url())
        fate = self.nursery.run(job)
        if isinstance(fate, Stopped):
            self._sleeping.append(fate)
            fate = self._take_over_and_wake(fate, act, job)
            before = None
        self._ahead_s += max(0, JUMPS.get(act.blow, 0))
        self._see(fate, before, act)
        return fate == KILLED if act.blow == KILL else self._has_struck(act)

    def _has_struck(self, act: Act) -> bool:
        return any(step.name == act.step for step in self.last_steps())

    def _first_url(self) -> str:
        if self._runs or not self.way:
            return self.server.url
        return (
            self.server.closed_url if self.way == "port closed" else self.server.url.replace("http", "https")
        )

    def _job(self, *, at: str = "", blow: str = KILL, base_url: str = "") -> Job:
        self._desk = self.folder / f"desk-{self._runs}"
        self._desk.mkdir()
        (self._desk / "clock").write_text("0")
        self._runs += 1
        ahead_s, self._ahead_s = self._ahead_s, self._ahead_s + PAST_THE_LEASE_S
        return Job(
            lock=self.ground.lock,
            root=str(self.ground.root),
            base_url=base_url or self.server.url,
            desk=str(self._desk),
            ahead_s=ahead_s,
            at=at,
            blow=blow,
            answer_within_s=self.answer_within_s,
        )

    def _take_over_and_wake(self, process: Stopped, act: Act, job: Job) -> int | Stopped:
        """Let another run, and perhaps a person, do what is to be done while a process is stopped.

        A process that was stopped while it holds the file's lock keeps everybody out until it wakes.
        """
        is_out = self._run_once(act) == LockError.exit_code
        if act.blow == STOP_SETTLED and not is_out:
            self.settle_all()
            self._run_once(act)
        self._desk = Path(job.desk)
        if act.blow != STOP_ASLEEP:
            (self._desk / "clock").write_text(str(self._ahead_s - job.ahead_s))
        self._sleeping.remove(process)
        return self.nursery.wake(process)

    def _run_once(self, meanwhile: Act | None = None) -> int:
        before = self.state()
        fate = self.nursery.run(self._job())
        self._see(fate, before, meanwhile or Act(""))
        assert isinstance(fate, int)
        return fate

    def come_to_rest(self) -> None:
        """Run, and settle every doubt as it was, until a run finds nothing to send and nothing is left."""
        seen, code = self.server.connections, self._run_once()
        while self.settle_all() or self.server.connections != seen:
            promise(self._runs < _MOST_RUNS, "run after run sends something")
            seen, code = self.server.connections, self._run_once()
        state = self.state()
        promise(code == 0, f"the last run had nothing to send and ended with {code}")
        promise(not state.under_way, "a call is still under way after a clean run")
        for key in KEYS:
            promise(not state.is_open(key), f"{key} was forgotten: it is still to be made")

    def settle_all(self) -> bool:
        """Say of each doubt what really became of it; return whether there was one."""
        runs = self._runs
        while self._settle_one():
            promise(self._runs < _MOST_RUNS, "doubts cannot be settled")
        return self._runs > runs

    def _settle_one(self, at: str = "", blow: str = KILL) -> bool:
        self.server.wait_until_quiet()
        state = self.state()
        doubts = sorted(state.doubted | state.under_way)
        if not doubts:
            return False
        self._ahead_s += PAST_THE_MARGIN_S
        job = self._job(at=at, blow=blow)
        key, names = doubts[0], self.server.named[doubts[0]]
        verdict = Resolution.SENT if self.server.accepted[key] else Resolution.NOT_SENT
        said_id = names[0] if names else None
        fate = self.nursery.run(replace(job, key=key, verdict=verdict.value, said_id=said_id))
        allowed = {KILLED} if at and blow == KILL else {LockError.exit_code} if at else {0}
        promise(fate in {0, *allowed}, f"resolve ended with {fate}")
        self.check()
        return fate != 0 if at else True

    def state(self) -> LockState:
        """Return what the lockfile says."""
        return read_lock(self._store)

    def _see(self, fate: int | Stopped, before: LockState | None, act: Act) -> None:
        """Check what must hold after each run."""
        if fate == KILLED:
            promise(act.blow == KILL and bool(act.step), "a process was killed that nobody killed")
            self.server.wait_until_quiet()
        self.check()
        if isinstance(fate, int) and fate != KILLED:
            self._check_exit(fate, before, act)

    def check(self) -> None:
        """Check the promises against what the server really did."""
        state = self.state()
        for key, count in self.server.accepted.items():
            promise(count <= 1, f"{key} was sent {count} times")
            call = state.calls.get(key)
            promise(call is not None, f"{key} was sent, and the lockfile does not know it")
            if call is not None:
                is_told = call.state in {CallState.SENT, CallState.IN_DOUBT, CallState.INTENDED}
                promise(is_told, f"{key} was sent, and the lockfile says {call.state}")
        for key, call in state.calls.items():
            name = call.ids.task_id or call.ids.msg_key
            if call.state is CallState.SENT:
                promise(name in self.server.named[key], f"{key} was never named {name}")
        for line in self._shown():
            key, name = line.split()
            ids = state.calls[key].ids
            known = ids.task_id or ids.msg_key
            promise(known == name, f"{name} of {key} was shown, and the lockfile says {known}")

    def _shown(self) -> Iterator[str]:
        for path in sorted(self.folder.glob("desk-*/shown")):
            yield from path.read_text().splitlines()

    def _check_exit(self, code: int, before: LockState | None, act: Act) -> None:
        state = self.state()
        is_whole = not state.doubted and not state.under_way and not any(map(state.is_open, KEYS))
        lock_trouble = act.blow in ERRORS or act.blow in JUMPS or act.blow in STOPS
        reasons = {
            0: is_whole,
            InDoubtError.exit_code: bool(state.doubted),
            RefusedError.exit_code: before is None or _sent(state) == _sent(before),
            PARTIAL: before is None or _sent(state) > _sent(before),
            LockError.exit_code: lock_trouble,
            CredentialsError.exit_code: not state.doubted,
            INTERRUPTED: act.blow in ENDINGS and not state.doubted,
        }
        promise(code in reasons, f"a run ended with {code}")
        promise(reasons[code], f"a run ended with {code}, and the lockfile says otherwise: {_summary(state)}")


def _sent(state: LockState) -> int:
    return sum(call.state is CallState.SENT for call in state.calls.values())


def _summary(state: LockState) -> str:
    return ", ".join(f"{key} {state.calls[key].state if key in state.calls else 'unknown'}" for key in KEYS)
