"""Play cells over several processes, and count what was tried and what broke."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from multiprocessing import Pool
from multiprocessing.util import Finalize
from typing import TYPE_CHECKING

from simulation.cells import Cell, in_drawn_order
from simulation.crashpoints import NOT_THERE, CrashPoint
from simulation.killing import Theatre, stores
from simulation.parts import Parts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_AT_ONCE = 10


@dataclass
class Tally:
    """What was tried.

    Attributes:
        cells: How many on each store.
        pairs: Pairs of crash point and fault tried on each store.
        drawn: How many were drawn.
        broken: What broke, with its cell.
        unreached: How many ended before their step came.
    """

    cells: Counter[str] = field(default_factory=Counter)
    pairs: dict[str, set[tuple[CrashPoint, str]]] = field(default_factory=lambda: defaultdict(set))
    drawn: int = 0
    broken: list[str] = field(default_factory=list)
    unreached: int = 0

    def add(self, cell: Cell, problem: str, *, has_happened: bool) -> None:
        """Count one cell."""
        if cell.point is None:
            self.drawn += 1
        else:
            self.cells[cell.store] += 1
            self.pairs[cell.store].add((cell.point, cell.trouble))
        self.unreached += not has_happened
        if problem:
            self.broken.append(f"{problem}\n  in the cell {str(cell)!r}")

    def lines(self) -> Iterator[str]:
        """Say it in lines that can be quoted."""
        count = self.cells.total() + self.drawn
        yield f"real processes    {count:,} cells, {len(self.broken)} broke a promise"
        for store, count in sorted(self.cells.items()):
            points, faults = ({pair[side] for pair in self.pairs[store]} for side in (0, 1))
            there = len(CrashPoint) - len(NOT_THERE[store])
            tried = f"{len(points)} of {there} crash points x {len(faults)} faults"
            yield f"  {store:<15} {count:,} cells: {tried}, {len(self.pairs[store]):,} pairs of them"
        yield f"  drawn           {self.drawn:,} cells of one to three runs on a file"
        yield f"  not reached     in {self.unreached:,} of all a run was over before its moment came"


@dataclass(frozen=True)
class Choice:
    """Which cells are played.

    Attributes:
        share: Which part of the listed cells, from 0 to 1.
        points: Crash points; all where it is empty.
        drawn: Seeds of the random cells.
        only: Names of cells; then nothing else is played.
    """

    share: float = 1
    points: Sequence[CrashPoint] = ()
    drawn: range = range(0)
    only: Sequence[str] = ()


def play_everywhere(choice: Choice, *, jobs: int, parts: Parts | None = None) -> Tally:
    """Play cells, as many at once as there are jobs; those that ``parts`` holds are finished."""
    tally = Tally()
    pool = Pool(jobs, _open_theatre)
    try:
        cells = [Cell.parse(name) for name in choice.only] or pool.apply(_list, (choice,))
        named = {str(cell): cell for cell in cells}
        played = (parts or Parts()).finish(pool, _play, named, noun="cells", at_once=_AT_ONCE)
    finally:
        # The theatres are closed by their processes, which therefore must end by themselves.
        pool.close()
        pool.join()
    for cell in cells:
        problem, has_happened = played[str(cell)]
        tally.add(cell, problem, has_happened=has_happened)
    return tally


_theatres: list[Theatre] = []


def _open_theatre() -> None:
    theatre = Theatre()
    _theatres.append(theatre)
    Finalize(theatre, theatre.close, exitpriority=10)


def _list(choice: Choice) -> list[Cell]:
    theatre = _theatres[0]
    listed = [
        cell
        for store, point in itertools.product(stores() if choice.share else (), choice.points or CrashPoint)
        for cell in theatre.cells_of(store, point)
    ]
    chosen = in_drawn_order(listed)[: round(choice.share * len(listed))]
    return [*chosen, *theatre.random_cells(choice.drawn)]


def _play(cell: Cell) -> tuple[str, bool]:
    try:
        return "", _theatres[0].play(cell)
    except Exception as error:  # noqa: BLE001 - whatever escapes is a finding
        return f"{type(error).__name__}: {error}", True
