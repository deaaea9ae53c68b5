"""Play cells over several processes, and count what was tried and what broke."""

from __future__ import annotations

import itertools
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from multiprocessing import Pool
from multiprocessing.util import Finalize
from typing import TYPE_CHECKING

from simulation.cells import Cell, in_drawn_order
from simulation.crashpoints import NOT_THERE, CrashPoint
from simulation.killing import Theatre, stores

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_AT_ONCE = 10


@dataclass
class Tally:
    """What was tried.

    Attributes:
        cells: How many on each store.
        points: Crash points tried on each store.
        troubles: Faults tried on each store.
        pairs: Pairs of crash point and fault tried on each store.
        broken: What broke, with its cell.
        unreached: How many ended before their step came.
    """

    cells: Counter[str] = field(default_factory=Counter)
    points: dict[str, set[CrashPoint]] = field(default_factory=lambda: defaultdict(set))
    troubles: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    pairs: dict[str, set[tuple[CrashPoint, str]]] = field(default_factory=lambda: defaultdict(set))
    broken: list[str] = field(default_factory=list)
    unreached: int = 0

    def add(self, cell: Cell, problem: str, *, has_happened: bool) -> None:
        """Count one cell."""
        self.cells[cell.store] += 1
        self.points[cell.store].add(cell.point)
        self.troubles[cell.store].add(cell.trouble)
        self.pairs[cell.store].add((cell.point, cell.trouble))
        self.unreached += not has_happened
        if problem:
            self.broken.append(f"{problem}\n  in the cell {str(cell)!r}")

    def lines(self) -> Iterator[str]:
        """Say it in lines that can be quoted."""
        broken = f"{len(self.broken)} broke a promise"
        yield f"processes         {self.cells.total():,} cells on real stores, {broken}"
        for store, count in sorted(self.cells.items()):
            there = len(CrashPoint) - len(NOT_THERE[store])
            tried = f"{len(self.points[store])} of {there} crash points, {len(self.troubles[store])} faults"
            yield f"  {store:<15} {count:,} cells: {tried}, {len(self.pairs[store]):,} pairs of them"
        yield f"                  in {self.unreached:,} a run was over before its moment came"


def play_everywhere(*, jobs: int, share: float, drawn: range, only: Sequence[str]) -> Tally:
    """Play every cell, or some.

    Args:
        jobs: How many processes play.
        share: Which part of the listed cells is played, from 0 to 1.
        drawn: Seeds of the random cells.
        only: Names of cells; then nothing else is played.
    """
    tally = Tally()
    pool = Pool(jobs, _open_theatre)
    cells = [Cell.parse(name) for name in only] or pool.apply(_list, (share, drawn))
    for number, (cell, problem, has_happened) in enumerate(pool.imap_unordered(_play, cells, _AT_ONCE), 1):
        tally.add(cell, problem, has_happened=has_happened)
        if sys.stderr.isatty() or number % 500 == 0:
            print(f"\r{number:,} of {len(cells):,} cells", end="", file=sys.stderr, flush=True)
    # The theatres are closed by their processes, which therefore must end by themselves.
    pool.close()
    pool.join()
    print(file=sys.stderr)
    return tally


_theatres: list[Theatre] = []


def _open_theatre() -> None:
    theatre = Theatre()
    _theatres.append(theatre)
    Finalize(theatre, theatre.close, exitpriority=10)


def _list(share: float, drawn: range) -> list[Cell]:
    theatre = _theatres[0]
    listed = [
        cell
        for store, point in itertools.product(stores(), CrashPoint)
        for cell in theatre.cells_of(store, point)
    ]
    chosen = in_drawn_order(listed)[: round(share * len(listed))]
    return [*chosen, *theatre.random_cells(len(drawn), first_seed=drawn.start)]


def _play(cell: Cell) -> tuple[Cell, str, bool]:
    try:
        return cell, "", _theatres[0].play(cell)
    except Exception as error:  # noqa: BLE001 - whatever escapes is a finding
        return cell, f"{type(error).__name__}: {error}", True
