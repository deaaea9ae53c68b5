"""``python -m benchmarks.audience``: time and memory of a plan whose audience is a very long list."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from benchmarks.measure import Command, python_main, run_in_turn, table

_PROJECT = """\
apiVersion: pushspec/v1
kind: Project
name: measured
environments: {sandbox: {sandbox: true}}
"""
_CAMPAIGN = """\
apiVersion: pushspec/v1
kind: Campaign
name: news
version: 1
endpoint: timpush/batch
from: administrator
audience: {file: audiences/all.txt}
notification: {title: News, desc: For many}
"""


def write_list(folder: Path, accounts: int) -> Path:
    """Write a project with one campaign to so many accounts, and return its folder."""
    for name in ("campaigns", "audiences"):
        (folder / name).mkdir(parents=True)
    (folder / "pushspec.yaml").write_text(_PROJECT, encoding="utf-8")
    (folder / "campaigns" / "news.yaml").write_text(_CAMPAIGN, encoding="utf-8")
    with (folder / "audiences" / "all.txt").open("w", encoding="utf-8") as file:
        file.writelines(f"user_{number:08}_of_app\n" for number in range(accounts))
    return folder


def commands(folder: Path, sizes: list[int]) -> dict[str, Command]:
    """Write a project of each size and return the plans that are measured."""
    return {
        f"plan of {size:,} accounts": Command(
            python_main("pushspec.cli.main", "plan"), write_list(folder / str(size), size)
        )
        for size in sizes
    }


def main() -> None:
    """Measure and print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, nargs="+", default=[1_000, 100_000, 300_000, 1_000_000])
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print(table(run_in_turn(commands(Path(folder), options.accounts), options.rounds), []))


if __name__ == "__main__":
    main()
