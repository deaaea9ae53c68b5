"""How much memory a long list of accounts takes, while it is read and afterwards."""

from __future__ import annotations

import subprocess
import sys
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pushspec.audience.accounts import read_accounts
from pushspec.problems import Location, Problem
from pushspec.spec.recipients import FromFile
from pushspec.tencent.limits import Limits

if TYPE_CHECKING:
    from workbench import Project

COUNT = 50_000
ROWS = [f"user_{number:07}_of_the_app" for number in range(COUNT)]
WIDTH = len(ROWS[0])
FILES = {
    "all.txt": "".join(f"{row}\n" for row in ROWS),
    "all.csv": "".join(f"{row},en\n" for row in ("id", *ROWS)),
    "all.jsonl": "".join(f'{{"id": "{row}"}}\n' for row in ROWS),
}


@pytest.mark.parametrize("name", list(FILES))
def test_a_long_list_is_read_row_by_row_and_kept_packed(project: Project, name: str) -> None:
    """A list of millions is planned on the smallest runner: its rows are never all in memory."""
    project.write({name: FILES[name]})
    source = FromFile(name, "id")

    tracemalloc.start()
    try:
        accounts, problems = read_accounts(
            source,
            project.root,
            Limits().user_id_bytes,
            lambda _, rule, why, hint: Problem(Location(""), rule, why, hint),
        )
        kept, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert problems == []
    assert accounts is not None
    assert list(accounts) == ROWS
    assert kept / COUNT < 2 * WIDTH
    assert peak / COUNT < 8 * WIDTH


def test_the_benchmark_of_long_lists_runs() -> None:
    """A benchmark that is never run no longer measures anything by the time it is wanted."""
    command = [sys.executable, "-m", "benchmarks.audience", "--rows", "200", "--rounds", "1"]

    done = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=120)

    assert done.returncode == 0, done.stderr
    assert "| pull of 200 rows of parquet / floor of parquet |" in done.stdout
    assert "| plan from a pin of 200 / plan of one account |" in done.stdout


def test_the_benchmark_of_long_applies_runs() -> None:
    """It starts a sandbox, fills it and stops it again."""
    command = [sys.executable, "-m", "benchmarks.sending", "--accounts", "600"]

    done = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=120)

    assert done.returncode == 0, done.stderr
    assert "| 600 | 2 |" in done.stdout
