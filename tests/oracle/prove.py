"""Plays many histories of files and every planted bug, in parts that a stopped proof goes on from."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from oracle.generate import draw_history
from oracle.judge import BrokenPromiseError
from oracle.killed import play_killed
from oracle.not_yet import NOT_YET
from oracle.planted import BUGS
from oracle.play import Tally, played

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from multiprocessing.pool import Pool

    from simulation.parts import Parts

HISTORIES = 20_000
_ONE_IN = 100
"""Of so many seeds one is played with real processes that are killed as well."""
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


def play_batch(seeds: Iterable[int]) -> Figures:
    """Play some histories."""
    figures = Figures()
    for seed in seeds:
        figures.histories += 1
        broken = played(draw_history(seed), figures.tally)
        if broken is not None:
            figures.broken.append(f"seed {seed}: {broken}"[:500])
    return figures


def prove_files(seeds: range, pool: Pool, parts: Parts) -> tuple[list[str], bool]:
    """Play histories and look for each planted bug; return the figures and whether all is well."""
    batches = [seeds[first : first + _AT_ONCE] for first in range(0, len(seeds), _AT_ONCE)]
    named = {f"file histories {batch.start} to {batch.stop}": batch for batch in batches}
    figures = _sum(parts.finish(pool, _play, named, noun=f"ranges of {_AT_ONCE} file histories").values())
    bugs = {f"planted in the files: {bug.name}": number for number, bug in enumerate(BUGS)}
    needed = list(parts.finish(pool, _histories_needed, bugs, noun="bugs planted in the files").values())
    deaths = {f"killed for real {seed}": seed for seed in seeds[::_ONE_IN]}
    killed = parts.finish(pool, _killed, deaths, noun="files played with real deaths").values()
    figures.tally["really killed"] = sum(one["killed"] for one in killed)
    figures.broken += [one["broken"] for one in killed if one["broken"]]
    for finding in figures.broken:
        print(finding)
    for bug, count in zip(BUGS, needed, strict=True):
        print(f"  {count or 'NOT FOUND':>9}  {bug.name}")
    return list(_lines(figures, seeds, needed)), not figures.broken and all(needed)


def _play(seeds: range) -> dict[str, Any]:
    figures = play_batch(seeds)
    return {"histories": figures.histories, "tally": dict(figures.tally), "broken": figures.broken}


def _killed(seed: int) -> dict[str, Any]:
    try:
        return {"killed": play_killed(seed), "broken": ""}
    except BrokenPromiseError as broken:
        return {"killed": 0, "broken": f"killed for real, seed {seed}: {broken}"[:500]}


def _sum(played: Iterable[dict[str, Any]]) -> Figures:
    figures = Figures()
    for part in played:
        figures.histories += part["histories"]
        figures.tally.update(part["tally"])
        figures.broken += part["broken"]
    return figures


def _histories_needed(number: int) -> int:
    """Return after how many histories a planted bug shows; 0 if it does not."""
    seed = BUGS[number].found_at()
    return 0 if seed is None else seed + 1


def _lines(figures: Figures, seeds: range, needed: list[int]) -> Iterator[str]:
    tally = figures.tally
    span = f"seeds {seeds[0]:,} to {seeds[-1]:,}"
    runs, killed, requests = (f"{tally[word]:,}" for word in ("runs", "killed", "requests"))
    found = [count for count in needed if count]
    most = max(found, default=0)
    yield f"file histories    {figures.histories:,} ({span}), {len(figures.broken)} broke a promise"
    yield f"  runs            {runs} applies, {killed} of them killed; {requests} requests left"
    yield f"  real processes  {tally['really killed']:,} more runs, each killed by the kernel"
    yield f"  refused         {tally['refused']:,} runs sent nothing, for reasons that the reference shares"
    yield f"  planted bugs    {len(found)} of {len(needed)} found, each within {most} histories"
    if NOT_YET:
        yield f"  not drawn yet   {', '.join(NOT_YET)}"
