"""The whole proof at once, with its figures at the end: ``python -m simulation.prove`` from ``tests/``."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from dataclasses import dataclass
from multiprocessing import Pool
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from oracle.prove import HISTORIES, prove_files
from web.killed import kill_receivers

from simulation.crashpoints import CrashPoint
from simulation.events import draw_history, shrink
from simulation.everywhere import Choice, play_everywhere
from simulation.parts import Kept, ProveError
from simulation.planted import BUGS as SENDING_BUGS
from simulation.planted_recalls import BUGS as RECALL_BUGS
from simulation.planted_tasks import BUGS as TASK_BUGS
from simulation.planted_tries import BUGS as TRYING_BUGS
from simulation.recalls import broken_recall, draw_recalls
from simulation.task_histories import draw_tasks, shrink_tasks
from simulation.tasks import broken_task
from simulation.universe import broken_promise
from simulation.uses import files_used

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from simulation.parts import Parts
    from simulation.planted import Bug

PROJECT = Path(__file__).parents[2]
PATIENCE = 3_000
BUGS = (*SENDING_BUGS, *TRYING_BUGS)
_AT_ONCE = 250
_CELLS = ("simulation.everywhere", "simulation.worker")
_KILLS_AT_ONCE = 20


@dataclass(frozen=True)
class MadeUp:
    """One kind of made-up histories.

    Attributes:
        noun: What they are called in the block.
        subject: What their kept parts are called.
        runs: The modules that play them and plant their bugs.
        play: Plays seeds, and returns what broke.
        bugs: The bugs that they must find.
        needs: Returns after how many histories a bug shows, by its place; 0 if it does not.
    """

    noun: str
    subject: str
    runs: tuple[str, ...]
    play: Callable[[range], list[str]]
    bugs: Sequence[Bug]
    needs: Callable[[int], int]


class Block(NamedTuple):
    """The figures of one subject, the commit that they are of, and whether all is well."""

    lines: Sequence[str]
    is_well: bool
    commit: str


def main() -> int:
    """Run everything; 0 if every promise held and every planted bug was found, 2 if it is not over."""
    chosen = _options()
    blocks = list[Block]()
    try:
        kept = Kept(chosen.keep, project=PROJECT, seconds=60 * chosen.minutes)
        if chosen.file_histories and not chosen.cell:
            blocks.append(_files(chosen, kept.parts("files", files_used("oracle", "pushspec"))))
        for kind, seeds in _all_made_up(chosen):
            parts = kept.parts(kind.subject, files_used(*kind.runs))
            blocks.append(_made_up(kind, seeds, chosen.jobs, parts))
        if chosen.callback_kills and not chosen.cell:
            parts = kept.parts("callbacks", files_used("web.killed", "web.served"))
            blocks.append(_callbacks(range(chosen.callback_kills), chosen.jobs, parts))
        if chosen.share or chosen.drawn or chosen.cell:
            parts = kept.parts("cells", files_used(*_CELLS))
            blocks.append(_real(chosen, parts))
    except ProveError as error:
        print(f"prove: {error}", file=sys.stderr)
        return 2
    print()
    for block in blocks:
        print("\n".join([*([f"commit            {block.commit}"] if block.commit else []), *block.lines]))
    return 0 if all(block.is_well for block in blocks) else 1


def _all_made_up(chosen: argparse.Namespace) -> Iterator[tuple[MadeUp, range]]:
    """Yield each kind of made-up histories that was chosen, with its seeds."""
    if chosen.cell:
        return
    first = chosen.first_seed
    kinds = {SENDS: range(first, first + chosen.histories)}
    kinds |= {RECALLS: range(chosen.recall_histories), TASKS: range(chosen.task_histories)}
    yield from ((kind, seeds) for kind, seeds in kinds.items() if seeds)


def _options() -> argparse.Namespace:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    options.add_argument("--keep", type=Path, help="a folder for finished parts, to go on from there")
    options.add_argument("--minutes", type=float, default=0, help="begin no new parts after so long")
    made_up = options.add_argument_group("made-up histories")
    made_up.add_argument("--histories", type=int, default=100_000, help="0: none")
    made_up.add_argument("--first-seed", type=int, default=0)
    made_up.add_argument("--recall-histories", type=int, default=20_000, help="0: none")
    made_up.add_argument("--task-histories", type=int, default=20_000, help="0: none")
    files = options.add_argument_group("histories of files")
    files.add_argument("--file-histories", type=int, default=HISTORIES, help="0: none")
    files.add_argument("--first-file-seed", type=int, default=0)
    real = options.add_argument_group("real processes")
    real.add_argument("--share", type=float, default=1, help="part of the listed cells, 0 to 1")
    real.add_argument("--point", action="append", type=CrashPoint.__getitem__, help="a crash point, as C12")
    real.add_argument("--drawn", type=int, default=2_000, help="cells drawn by a seed, besides")
    real.add_argument("--first-drawn", type=int, default=0, help="their first seed")
    real.add_argument("--callback-kills", type=int, default=200, help="of the receiver of callbacks; 0: none")
    real.add_argument("--cell", action="append", help="play this cell alone, by the name that a finding has")
    return options.parse_args()


def _files(chosen: argparse.Namespace, parts: Parts) -> Block:
    """Play histories that begin at the files, and look for the bugs planted there."""
    seeds = range(chosen.first_file_seed, chosen.first_file_seed + chosen.file_histories)
    with Pool(chosen.jobs) as pool:
        return Block(*prove_files(seeds, pool, parts), parts.commit)


def _made_up(kind: MadeUp, seeds: range, jobs: int, parts: Parts) -> Block:
    """Play made-up histories, and look for each planted bug; return the figures and whether all is well."""
    with Pool(jobs) as pool:
        batches = [seeds[first : first + _AT_ONCE] for first in range(0, len(seeds), _AT_ONCE)]
        named = {f"{kind.noun} {batch.start} to {batch.stop}": batch for batch in batches}
        played = parts.finish(pool, kind.play, named, noun=f"ranges of {_AT_ONCE} {kind.noun}")
        broken = [finding for found in played.values() for finding in found]
        bugs = {f"planted: {bug.name}": number for number, bug in enumerate(kind.bugs)}
        needed = list(parts.finish(pool, kind.needs, bugs, noun="planted bugs").values())
    for finding in broken:
        print(finding)
    found = [count for count in needed if count]
    for bug, count in zip(kind.bugs, needed, strict=True):
        print(f"  {count or 'NOT FOUND':>9}  {bug.name}")
    span = f"seeds {seeds[0]:,} to {seeds[-1]:,}"
    most = max(found, default=0)
    lines = [
        f"{kind.noun:<17} {len(seeds):,} ({span}), {len(broken)} broke a promise",
        f"planted bugs      {len(found)} of {len(kind.bugs)} found, each within {most} histories",
    ]
    return Block(lines, not broken and len(found) == len(kind.bugs), parts.commit)


def _callbacks(kills: range, jobs: int, parts: Parts) -> Block:
    """Kill the receiver of callbacks; return the figures and whether no acknowledged event was lost."""
    batches = [kills[first : first + _KILLS_AT_ONCE] for first in range(0, len(kills), _KILLS_AT_ONCE)]
    named = {f"callbacks {batch.start} to {batch.stop}": batch for batch in batches}
    with Pool(jobs) as pool:
        played = parts.finish(pool, _kill_receivers, named, noun=f"ranges of {_KILLS_AT_ONCE} kills").values()
    acknowledged, lost = (sum(counts) for counts in zip(*played, strict=True))
    line = f"callbacks         {len(kills):,} kills, {lost:,} of {acknowledged:,} acknowledged events lost"
    return Block([line], lost == 0 < acknowledged, parts.commit)


def _kill_receivers(kills: range) -> tuple[int, int]:
    with tempfile.TemporaryDirectory(prefix="pushspec-callbacks-") as folder:
        acknowledged, lost = kill_receivers(Path(folder), kills)
    return len(acknowledged), len(lost)


def _real(chosen: argparse.Namespace, parts: Parts) -> Block:
    """Let real processes meet something at each step; return the figures and whether all is well."""
    choice = Choice(
        share=chosen.share,
        points=chosen.point or (),
        drawn=range(chosen.first_drawn, chosen.first_drawn + chosen.drawn),
        only=chosen.cell or (),
    )
    tally = play_everywhere(choice, jobs=chosen.jobs, parts=parts)
    for finding in tally.broken:
        print(finding)
    return Block(list(tally.lines()), not tally.broken, parts.commit)


def _play(seeds: range) -> list[str]:
    findings = []
    for seed in seeds:
        broken = broken_promise(draw_history(seed))
        if broken:
            small = shrink(draw_history(seed), lambda history: bool(broken_promise(history)))
            findings.append(f"seed {seed}: {broken}\n  smallest: {small!r}")
    return findings


def _play_recalls(seeds: range) -> list[str]:
    told = ((seed, broken_recall(draw_recalls(seed))) for seed in seeds)
    return [f"recalls of seed {seed}: {broken}" for seed, broken in told if broken]


def _play_tasks(seeds: range) -> list[str]:
    findings = []
    for seed in seeds:
        if broken := broken_task(draw_tasks(seed)):
            small = shrink_tasks(draw_tasks(seed), broken_task)
            findings.append(f"tasks of seed {seed}: {broken}\n  smallest: {small!r}")
    return findings


def _seeds_needed(number: int) -> int:
    with BUGS[number].planted():
        return next((seed + 1 for seed in range(PATIENCE) if broken_promise(draw_history(seed))), 0)


def _recalls_needed(number: int) -> int:
    with RECALL_BUGS[number].planted():
        return next((seed + 1 for seed in range(PATIENCE) if broken_recall(draw_recalls(seed))), 0)


def _tasks_needed(number: int) -> int:
    with TASK_BUGS[number].planted():
        return next((seed + 1 for seed in range(PATIENCE) if broken_task(draw_tasks(seed))), 0)


SENDS = MadeUp(
    "histories",
    "sends",
    ("simulation.universe", "simulation.planted", "simulation.planted_tries"),
    _play,
    BUGS,
    _seeds_needed,
)
RECALLS = MadeUp(
    "recalls",
    "recalls",
    ("simulation.recalls", "simulation.planted_recalls"),
    _play_recalls,
    RECALL_BUGS,
    _recalls_needed,
)
TASKS = MadeUp(
    "task histories",
    "tasks",
    ("simulation.tasks", "simulation.task_histories", "simulation.planted_tasks"),
    _play_tasks,
    TASK_BUGS,
    _tasks_needed,
)


if __name__ == "__main__":
    sys.exit(main())
