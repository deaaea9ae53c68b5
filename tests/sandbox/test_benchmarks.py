"""The sandbox's benchmarks run; what they measure is for quiet machines, not for tests."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "benchmarks"


@pytest.mark.parametrize(
    ("name", "arguments", "word"),
    [
        ("sandbox_throughput.py", ("--calls", "40", "--rounds", "1"), "ratio"),
        ("sandbox_million.py", ("--accounts", "200"), "matched"),
    ],
)
def test_a_benchmark_runs(name: str, arguments: tuple[str, ...], word: str) -> None:
    """A benchmark that has rotted measures nothing when it is needed."""
    command = [sys.executable, str(FOLDER / name), *arguments]

    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)

    assert word in done.stdout, done.stderr
