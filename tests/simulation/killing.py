"""Where cells are played: real processes on real lockfiles, against a real server that misbehaves."""

from __future__ import annotations

import tempfile
import uuid
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Self

from simulation import cells
from simulation.cells import APPLY, RESOLVE, STORES, Act, Cell
from simulation.crashpoints import CrashPoint
from simulation.errands import ERRANDS, PATIENCE_S, ErrandScene, Past
from simulation.fate import KILL
from simulation.fault_server import fault_server
from simulation.nursery import Nursery
from simulation.places import POSTGRES, running_postgres
from simulation.scene import Ground, Scene, git_ground

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import TracebackType

    from simulation.fate import Step


def stores() -> list[str]:
    """Return the kinds of stores that can be tried on this machine."""
    return [store for store in STORES if store != "postgresql" or POSTGRES is not None]


class Theatre:
    """Where cells are played: a server, a place to start processes, and the stores."""

    def __init__(self, bug: str = "") -> None:
        self._ends = ExitStack()
        self.nursery = Nursery(bug)
        self._ends.callback(self.nursery.close)
        self.server = self._ends.enter_context(fault_server())
        self._postgres = ""
        self._steps = cache(self._list_steps)
        self._past = cache(self._leave_behind)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End everything that was started."""
        self._ends.close()

    def play(self, cell: Cell) -> bool:
        """Play a cell and check every promise.

        Returns:
            Whether everything happened that was to happen; a run may end before its step comes.

        Raises:
            BrokenPromiseError: A promise does not hold.
        """
        if cell.acts and cell.acts[0].command in ERRANDS:
            return self._run_errand(cell)
        with self._scene(cell.store, dict(cell.faults), cell.way) as scene:
            has_happened = [scene.perform(act) for act in cell.acts]
            scene.come_to_rest()
        return all(has_happened)

    def _run_errand(self, cell: Cell) -> bool:
        (act,) = cell.acts
        with self._errand(cell.store, act.command) as scene:
            has_died = scene.perform(act.step, act.blow, cell.faults[0][1] if cell.faults else "")
            scene.come_to_rest()
        return has_died

    def steps(self, store: str, *earlier: Act, command: str = APPLY) -> Sequence[Step]:
        """List the steps of an undisturbed run, perhaps behind runs that died."""
        return self._steps(store, earlier, command)

    def _list_steps(self, store: str, earlier: Sequence[Act], command: str) -> Sequence[Step]:
        if command in ERRANDS:
            with self._errand(store, command) as errand:
                errand.answer_within_s = PATIENCE_S
                errand.perform()
                return errand.steps()
        with self._scene(store, {}, "") as scene:
            # A busy machine must not make a run look shorter than it is.
            scene.answer_within_s = PATIENCE_S
            for act in earlier:
                scene.perform(act)
            scene.perform(Act("", KILL, command))
            # Renewals come when their time has come, not at a place in the run.
            return [step for step in scene.last_steps() if not step.name.startswith("renew")]

    def cells_of(self, store: str, point: CrashPoint) -> Iterator[Cell]:
        """Yield the cells of one crash point on one store."""
        errands = {name: errand for name, errand in ERRANDS.items() if errand.point is point}
        for name, errand in errands.items():
            yield from cells.deaths_on_errand(store, name, errand, self.steps(store, command=name))
        if not errands:
            yield from self._cells_of_an_apply(store, point)

    def _cells_of_an_apply(self, store: str, point: CrashPoint) -> Iterator[Cell]:
        steps = self.steps(store)
        match point:
            case CrashPoint.C23:
                for first in cells.first_deaths(steps):
                    yield from cells.second_deaths(store, first, self.steps(store, first))
            case CrashPoint.C24:
                for first in cells.doubtful_deaths(steps):
                    resolving = self.steps(store, first, command=RESOLVE)
                    yield from cells.deaths_in_resolve(store, first, resolving)
            case CrashPoint.C26:
                yield from cells.friendly_ends(store, steps)
            case CrashPoint.C27:
                yield from cells.long_stops(store, steps)
            case CrashPoint.C28:
                yield from cells.full_disks(store, steps)
            case CrashPoint.C29:
                yield from cells.clock_jumps(store, steps)
            case _:
                yield from cells.single_deaths(store, steps, point)

    def random_cells(self, seeds: range) -> Iterator[Cell]:
        """Yield cells drawn by seeds."""
        steps = self.steps("file")
        resolving = self.steps("file", next(cells.doubtful_deaths(steps)), command=RESOLVE)
        for seed in seeds:
            yield cells.random_cell(seed, steps, resolving)

    @contextmanager
    def _scene(self, store: str, faults: dict[str, str], way: str) -> Iterator[Scene]:
        self.server.forget(faults)
        with tempfile.TemporaryDirectory(prefix="pushspec-cell-") as folder:
            ground = self._ground(store, Path(folder))
            scene = Scene(self.nursery, self.server, ground, Path(folder), way)
            try:
                yield scene
            finally:
                scene.close()

    @contextmanager
    def _errand(self, store: str, name: str, *, past: bool = True) -> Iterator[ErrandScene]:
        errand = ERRANDS[name]
        left = self._past(name) if past else Past()
        self.server.forget()
        with tempfile.TemporaryDirectory(prefix="pushspec-errand-") as folder:
            ground = self._ground(store, Path(folder))
            scene = ErrandScene(self.nursery, self.server, ground, Path(folder), errand, left)
            try:
                yield scene
            finally:
                scene.close()

    def _leave_behind(self, name: str) -> Past:
        """Return what the runs before an errand leave, on a file; every store can begin with its lines."""
        with self._errand("file", name, past=False) as scene:
            scene.answer_within_s = PATIENCE_S
            return scene.leave_behind()

    def _ground(self, store: str, folder: Path) -> Ground:
        match store:
            case "file":
                return Ground("pushspec.prod.lock", folder, folder)
            case "git":
                return git_ground(folder)
            case _:
                if not self._postgres:
                    self._postgres = self._ends.enter_context(running_postgres())
                return Ground(f"{self._postgres}#{uuid.uuid4().hex}", folder, folder)
