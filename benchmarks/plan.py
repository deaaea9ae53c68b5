"""``python -m benchmarks.plan``: the plan of 1,000 campaigns against the floor and against Terraform."""

from __future__ import annotations

import argparse
import shutil
import subprocess
import tempfile
from pathlib import Path

from benchmarks.example import write_project, write_resources
from benchmarks.measure import Command, Goal, python_main, run_in_turn, table


def commands(folder: Path, campaigns: int) -> dict[str, Command]:
    """Write the example and return what is measured on it; Terraform only where it is installed."""
    project = folder / "project"
    write_project(project, campaigns)
    found = {
        "pushspec plan": Command(python_main("pushspec.cli.main", "plan"), project),
        "pushspec plan --format json": Command(
            python_main("pushspec.cli.main", "plan", "--format", "json"), project
        ),
        "floor": Command(python_main("benchmarks.floor", "."), project),
    }
    terraform = shutil.which("terraform")
    if terraform is not None:
        resources = folder / "resources"
        write_resources(resources, campaigns)
        subprocess.run((terraform, "init", "-input=false"), cwd=resources, check=True, capture_output=True)
        found["terraform plan"] = Command((terraform, "plan", "-input=false", "-no-color"), resources)
    return found


def goals(measured: dict[str, Command]) -> list[Goal]:
    """Return the goals whose reference could be measured."""
    wanted = [
        Goal("pushspec plan", "floor", 1.5),
        Goal("pushspec plan --format json", "floor", 1.5),
        Goal("pushspec plan", "terraform plan", 0.5),
    ]
    return [goal for goal in wanted if goal.reference in measured]


def main() -> None:
    """Measure and print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--campaigns", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measured = commands(Path(folder), options.campaigns)
        print(table(run_in_turn(measured, options.rounds), goals(measured)))
    if "terraform plan" not in measured:
        print("\nTerraform is not installed here, so there is no figure for it.")


if __name__ == "__main__":
    main()
