"""``python -m benchmarks.help``: ``pushspec --help`` against a bare click program with as many commands."""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks.measure import Command, Goal, python_main, run_in_turn, table


def commands() -> dict[str, Command]:
    """Return what is measured."""
    here = Path(__file__).parent
    return {
        "pushspec --help": Command(python_main("pushspec.cli.main", "--help"), here),
        "bare click --help": Command(python_main("benchmarks.bare", "--help"), here),
    }


def main() -> None:
    """Measure and print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=31)
    options = parser.parse_args()
    goal = Goal("pushspec --help", "bare click --help", 1.3)
    print(table(run_in_turn(commands(), options.rounds), [goal]))


if __name__ == "__main__":
    main()
