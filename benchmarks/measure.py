"""Runs whole commands in turn and compares their medians, so that a busy machine slows all of them alike."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Command:
    """A command line, and the folder it runs in."""

    arguments: Sequence[str]
    folder: Path


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a command.

    Attributes:
        wall_s: From start to end, in seconds.
        cpu_s: Processor time of the command and of the processes that it started, in seconds.
        rss_mb: Largest memory that one of these processes held, in MB.
    """

    wall_s: float
    cpu_s: float
    rss_mb: float


@dataclass(frozen=True, slots=True)
class Goal:
    """How much of another command's time a command may take."""

    name: str
    reference: str
    at_most: float


def python_main(module: str, *arguments: str) -> tuple[str, ...]:
    """Return the command line that runs the ``main`` of a module as an installed script does."""
    root = str(Path(__file__).parent.parent)
    code = f"import sys; sys.path.append({root!r}); from {module} import main; main()"
    return (sys.executable, "-c", code, *arguments)


def run_once(command: Command) -> Run:
    """Run a command to its end with its output thrown away.

    Raises:
        RuntimeError: It failed; a time of a failure says nothing.
    """
    # Installed modules are compiled once; where this is set, each start would compile them again.
    environment = {name: text for name, text in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    with open(os.devnull, "wb") as nowhere:  # noqa: PTH123 - a device, not a file
        start = time.perf_counter()
        process = subprocess.Popen(
            command.arguments, cwd=command.folder, env=environment, stdout=nowhere, stderr=nowhere
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall_s = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(f"{command.arguments[0]} ended with exit code {process.returncode}")
    return Run(wall_s, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def run_in_turn(commands: Mapping[str, Command], rounds: int) -> dict[str, list[Run]]:
    """Run every command once a round, after one round that only warms the disk's cache."""
    for command in commands.values():
        run_once(command)
    runs: dict[str, list[Run]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            runs[name].append(run_once(command))
    return runs


def table(runs: Mapping[str, Sequence[Run]], goals: Sequence[Goal]) -> str:
    """Return medians and ratios as a Markdown table.

    A ratio is the median over the rounds of one round's ratio: what slows a whole round does not count.
    """
    lines = ["| command | wall s (min to max) | CPU s | memory MB |", "| --- | --- | --- | --- |"]
    for name, of_name in runs.items():
        walls = [run.wall_s for run in of_name]
        cpu_s, rss_mb = median(run.cpu_s for run in of_name), median(run.rss_mb for run in of_name)
        spread = f"{median(walls):.3f} ({min(walls):.3f} to {max(walls):.3f})"
        lines.append(f"| {name} | {spread} | {cpu_s:.3f} | {rss_mb:.0f} |")
    lines += ["", "| ratio of wall time | reached | goal | |", "| --- | --- | --- | --- |"]
    for goal in goals:
        reached = ratio(runs[goal.name], runs[goal.reference])
        verdict = "met" if reached <= goal.at_most else "missed"
        lines.append(f"| {goal.name} / {goal.reference} | {reached:.2f} | {goal.at_most:.1f} | {verdict} |")
    return "\n".join(lines)


def ratio(runs: Sequence[Run], reference: Sequence[Run]) -> float:
    """Return the median of the rounds' ratios of wall time."""
    return median(run.wall_s / other.wall_s for run, other in zip(runs, reference, strict=True))
