"""Real processes that die while they take something back, on a real file, against a real server."""

from __future__ import annotations

import json
import shutil
import tempfile
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from pushspec.lockfile.reading import read_lock, read_records
from pushspec.lockfile.records import RecallIntent
from pushspec.lockfile.state import RecallState
from pushspec.lockfile.stores import open_store
from simulation.crashpoints import CrashPoint
from simulation.fate import KILL, Step
from simulation.fault_server import fault_server
from simulation.faults import FAULTS
from simulation.nursery import KILLED, Nursery
from simulation.promises import promise
from simulation.worker import Job

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from simulation.fault_server import FaultServer

_MOST_RUNS = 6
_LOCK = "pushspec.prod.lock"


class RecallTheatre:
    """A server, a place to start processes, and the lockfile of an apply that sent everything."""

    def __init__(self, bug: str = "") -> None:
        self._ends = ExitStack()
        self.nursery = Nursery(bug)
        self._ends.callback(self.nursery.close)
        self.server = self._ends.enter_context(fault_server())
        self._steps: dict[str, list[Step]] = {}
        self._sent = Path(self._ends.enter_context(tempfile.TemporaryDirectory(prefix="pushspec-sent-")))
        self._send_everything()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ends.close()

    def _send_everything(self) -> None:
        self.server.forget()
        (self._sent / "clock").write_text("0")
        job = Job(_LOCK, str(self._sent), self.server.url, desk=str(self._sent), answer_within_s=20)
        promise(self.nursery.run(job) == 0, "the apply before the recall failed")

    def steps(self, campaign: str) -> list[Step]:
        """List the steps of an undisturbed recall."""
        if campaign not in self._steps:
            with self._stage(campaign) as stage:
                stage.run(answer_within_s=20)
                self._steps[campaign] = [step for step in stage.steps() if not step.name.startswith("renew")]
        return self._steps[campaign]

    def play(self, campaign: str, at: str, blow: str = KILL, fault: str = "") -> bool:
        """Let a recall meet its fate at a step, go on until it rests, and check every promise.

        Returns:
            Whether it met its fate.

        Raises:
            BrokenPromiseError: A promise does not hold.
        """
        with self._stage(campaign, fault) as stage:
            has_died = stage.run(at=at, blow=blow) == KILLED
            stage.come_to_rest()
        return has_died

    @contextmanager
    def _stage(self, campaign: str, fault: str = "") -> Iterator[RecallStage]:
        self.server.taken_back.clear()
        self.server.asked_back.clear()
        self.server.faults = {"recall": FAULTS[fault]} if fault else {}
        with tempfile.TemporaryDirectory(prefix="pushspec-recall-") as folder:
            shutil.copy(self._sent / _LOCK, folder)
            yield RecallStage(self.nursery, self.server, Path(folder), campaign)


@dataclass
class RecallStage:
    """One lockfile on which a campaign is taken back, run after run."""

    nursery: Nursery
    server: FaultServer
    folder: Path
    campaign: str
    runs: int = 0

    def run(self, *, at: str = "", blow: str = KILL, answer_within_s: float = 0.4) -> object:
        """Run one recall, and check the promises; return how it ended."""
        desk = self.folder / f"desk-{self.runs}"
        desk.mkdir()
        (desk / "clock").write_text("0")
        self.runs += 1
        job = Job(
            _LOCK, str(self.folder), self.server.url, str(desk),
            at=at, blow=blow, recall=self.campaign, answer_within_s=answer_within_s,
        )  # fmt: skip
        fate = self.nursery.run(job)
        self.server.wait_until_quiet()
        self.check()
        return fate

    def steps(self) -> list[Step]:
        """Return the steps of the last run."""
        told = json.loads((self.folder / f"desk-{self.runs - 1}" / "steps").read_text())
        return [Step(name, CrashPoint[point], can_fail) for name, point, can_fail in told]

    def come_to_rest(self) -> None:
        """Recall until nothing is left to ask for, and once more: then nothing leaves."""
        while self.run() != 0:
            promise(self.runs < _MOST_RUNS, "run after run leaves something unknown")
        asked = self.server.asked_back.total()
        promise(self.run() == 0, "a recall with nothing left to do failed")
        promise(self.server.asked_back.total() == asked, "what was taken back was asked for again")
        store = open_store(_LOCK, root=self.folder)
        states = {it.state for it in read_lock(store).recalls_of(self.campaign)}
        promise(states == {RecallState.TAKEN_BACK}, f"not all of it is taken back: {states}")

    def check(self) -> None:
        """Check the lockfile against what the server really took back."""
        store = open_store(_LOCK, root=self.folder)
        state = read_lock(store)
        intents = [record for record in read_records(store) if isinstance(record, RecallIntent)]
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
