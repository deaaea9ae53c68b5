"""The whole proof at once, with its figures at the end: ``python -m simulation.prove`` from ``tests/``."""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from multiprocessing import Pool
from pathlib import Path
from typing import TYPE_CHECKING

from simulation.events import draw_history, shrink
from simulation.planted import BUGS
from simulation.universe import broken_promise

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE = 3_000
_AT_ONCE = 250


def main() -> int:
    """Run everything and return 0 if every promise held and every planted bug was found."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--histories", type=int, default=100_000)
    options.add_argument("--first-seed", type=int, default=0)
    options.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    chosen = options.parse_args()

    with Pool(chosen.jobs) as pool:
        firsts = range(chosen.first_seed, chosen.first_seed + chosen.histories, _AT_ONCE)
        broken = [
            finding for found in _shown(pool.imap_unordered(_play, firsts), len(firsts)) for finding in found
        ]
        needed = pool.map(_seeds_needed, range(len(BUGS)))
    for finding in broken:
        print(finding)
    killed, is_well = _kill_everywhere(chosen.jobs)
    found = [count for count in needed if count]
    for bug, count in zip(BUGS, needed, strict=True):
        print(f"  {count or 'NOT FOUND':>9}  {bug.name}")
    seeds = f"seeds {chosen.first_seed:,} to {chosen.first_seed + chosen.histories - 1:,}"
    print()
    print(f"histories         {chosen.histories:,} ({seeds}), {len(broken)} broke a promise")
    print(
        f"planted bugs      {len(found)} of {len(BUGS)} found, each within {max(found, default=0)} histories"
    )
    print(f"killed processes  {killed}")
    return 0 if not broken and len(found) == len(BUGS) and is_well else 1


def _play(first: int) -> list[str]:
    findings = []
    for seed in range(first, first + _AT_ONCE):
        broken = broken_promise(draw_history(seed))
        if broken:
            small = shrink(draw_history(seed), lambda history: bool(broken_promise(history)))
            findings.append(f"seed {seed}: {broken}\n  smallest: {small!r}")
    return findings


def _seeds_needed(number: int) -> int:
    """Return after how many histories a planted bug shows; 0 if it does not."""
    with BUGS[number].planted():
        for seed in range(PATIENCE):
            if broken_promise(draw_history(seed)):
                return seed + 1
    return 0


def _kill_everywhere(jobs: int) -> tuple[str, bool]:
    tests = Path(__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n", str(jobs), "--no-header", "proof/test_processes.py"],
        cwd=tests,
        env={**os.environ, "PUSHSPEC_PROVE": "all"},
        capture_output=True,
        text=True,
        check=False,
    )
    last = done.stdout.strip().splitlines()[-1] if done.stdout.strip() else done.stderr[-500:]
    if done.returncode != 0:
        print(done.stdout[-4000:])
    counts = {word: int(number) for number, word in re.findall(r"(\d+) (passed|failed|error)", last)}
    return ", ".join(f"{number:,} {word}" for word, number in counts.items()) or last, done.returncode == 0


def _shown(results: Iterator[list[str]], total: int) -> Iterator[list[str]]:
    for number, result in enumerate(results, 1):
        if sys.stderr.isatty() or number % 40 == 0:
            print(
                f"\r{number * _AT_ONCE:,} of {total * _AT_ONCE:,} histories",
                end="",
                file=sys.stderr,
                flush=True,
            )
        yield result
    print(file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
