"""``python -m benchmarks.parts``: the calls that a plan of a long list makes, and the memory of its JSON."""

from __future__ import annotations

import argparse
import sys
import tempfile
from functools import partial
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, TypeVar
from unittest.mock import patch

from benchmarks.audience import write_list
from benchmarks.measure import Command, python_main, run_in_turn, table
from pushspec import build_plan, load_project
from pushspec.plan.calls import Call
from pushspec.views.plan_json import plan_json
from pushspec.views.plan_text import plan_text

# The service, the clock and the lockfile of the apply are those of the tests: 500 s of pace take no time.
sys.path.append(str(Path(__file__).parents[1] / "tests"))

from simulation.world import in_world

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from simulation.world import World

    from benchmarks.measure import Run
    from pushspec import LoadedProject

Result = TypeVar("Result")


def counts(folder: Path) -> dict[str, int]:
    """Return how many calls a campaign has, and how many of them are made by whom."""
    project = load_project(folder)
    made, plan = _count(lambda: build_plan(project))
    (campaign,) = plan.campaigns
    return {
        "its calls": campaign.sending.call_count,
        "made by the plan": made,
        "made by its text with bodies": _count(lambda: plan_text(plan, width=120, with_bodies=True))[0],
        "made by its JSON": _count(lambda: plan_json(plan))[0],
        "made by its apply": _count(lambda: in_world(partial(_apply, project)))[0],
    }


def _count(action: Callable[[], Result]) -> tuple[int, Result]:
    with patch.object(Call, "__init__", autospec=True, side_effect=Call.__init__) as made:
        result = action()
    return made.call_count, result


async def _apply(project: LoadedProject, world: World) -> None:
    """Plan again under the lock and send everything, in virtual time."""
    await world.apply(choose=lambda _state: [campaign.sending for campaign in build_plan(project).due])


def memory_ratio(runs: Sequence[Run], reference: Sequence[Run]) -> float:
    """Return the median of the rounds' ratios of peak memory."""
    return median(run.rss_mb / other.rss_mb for run, other in zip(runs, reference, strict=True))


def main() -> None:
    """Measure and print the counts and one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, default=400_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = write_list(Path(name) / "list", options.accounts)
        plan = ("pushspec.cli.main", "plan")
        text, as_json = "pushspec plan", "pushspec plan --format json"
        runs = run_in_turn(
            {
                text: Command(python_main(*plan), folder),
                as_json: Command(python_main(*plan, "--format", "json"), folder),
            },
            options.rounds,
        )
        counted = counts(folder)
    print(table(runs, []))
    print(f"\nmemory of {as_json} / {text}: {memory_ratio(runs[as_json], runs[text]):.2f}, goal 1.0\n")
    print(f"| of a list of {options.accounts:,} accounts | |\n| --- | --- |")
    for what, count in counted.items():
        print(f"| {what} | {count:,} |")


if __name__ == "__main__":
    main()
