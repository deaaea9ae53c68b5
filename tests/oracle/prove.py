"""Plays many histories and prints the block of figures: ``python -m oracle.prove`` from ``tests/``."""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from dataclasses import dataclass, field
from multiprocessing import Pool
from typing import TYPE_CHECKING

from oracle.generate import draw_history
from oracle.not_yet import NOT_YET
from oracle.planted import BUGS
from oracle.play import Tally, played

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

HISTORIES = 20_000
_AT_ONCE = 50


@dataclass
class Figures:
    """What was played.

    Attributes:
        histories: How many histories.
        tally: What happened in them.
        broken: What broke, with its seed.
    """

    histories: int = 0
    tally: Tally = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)


def prove(seeds: range, *, jobs: int, bugs: bool = True) -> tuple[list[str], bool]:
    """Play histories and look for each planted bug; return the figures and whether all is well."""
    figures = Figures()
    batches = [seeds[first : first + _AT_ONCE] for first in range(0, len(seeds), _AT_ONCE)]
    with Pool(jobs) as pool:
        for done, part in enumerate(_shown(pool.imap_unordered(play_batch, batches), len(batches)), 1):
            del done
            figures.histories += part.histories
            figures.tally += part.tally
            figures.broken += part.broken
        found = pool.map(_seed_of, range(len(BUGS)), chunksize=1) if bugs else []
    for finding in figures.broken:
        print(finding)
    for bug, seed in zip(BUGS, found, strict=False):
        print(f"  {'NOT FOUND' if seed is None else seed:>9}  {bug.name}")
    lines = list(_lines(figures, seeds, found))
    return lines, not figures.broken and None not in found


def play_batch(seeds: Iterable[int]) -> Figures:
    """Play some histories."""
    figures = Figures()
    for seed in seeds:
        figures.histories += 1
        broken = played(draw_history(seed), figures.tally)
        if broken is not None:
            figures.broken.append(f"seed {seed}: {broken}"[:500])
    return figures


def _seed_of(number: int) -> int | None:
    return BUGS[number].found_at()


def _lines(figures: Figures, seeds: range, found: list[int | None]) -> Iterator[str]:
    tally = figures.tally
    span = f"seeds {seeds[0]:,} to {seeds[-1]:,}"
    yield f"file histories    {figures.histories:,} ({span}), {len(figures.broken)} broke a promise"
    runs, killed, requests = (f"{tally[word]:,}" for word in ("runs", "killed", "requests"))
    yield f"  runs            {runs} applies, {killed} of them killed; {requests} requests left"
    yield f"  refused         {tally['refused']:,} runs sent nothing, for reasons that the reference shares"
    if found:
        needed = [seed + 1 for seed in found if seed is not None]
        most = max(needed, default=0)
        yield f"  planted bugs    {len(needed)} of {len(found)} found, each within {most} histories"
    if NOT_YET:
        yield f"  not drawn yet   {', '.join(NOT_YET)}"


def _shown(parts: Iterator[Figures], total: int) -> Iterator[Figures]:
    for number, part in enumerate(parts, 1):
        if sys.stderr.isatty() or number % 20 == 0:
            print(
                f"\r{number * _AT_ONCE:,} of {total * _AT_ONCE:,} file histories",
                end="",
                file=sys.stderr,
                flush=True,
            )
        yield part
    print(file=sys.stderr)


def main() -> int:
    """Play and print; return 0 if all is well."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--histories", type=int, default=HISTORIES)
    options.add_argument("--first-seed", type=int, default=0, help="go on where an earlier part stopped")
    options.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    options.add_argument("--no-bugs", action="store_true", help="play only, plant nothing")
    chosen = options.parse_args()
    seeds = range(chosen.first_seed, chosen.first_seed + chosen.histories)
    lines, is_well = prove(seeds, jobs=chosen.jobs, bugs=not chosen.no_bugs)
    print("\n".join(lines))
    return 0 if is_well else 1


if __name__ == "__main__":
    sys.exit(main())
