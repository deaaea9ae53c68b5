"""One million accounts in the sandbox: how long a tag push takes to find its people, and in how much memory.

python benchmarks/sandbox_million.py [--accounts 1000000]
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
import time
from pathlib import Path

from pushspec.sandbox.endpoints.sends import send
from pushspec.sandbox.sandbox import Sandbox
from pushspec.sandbox.settings import SandboxSettings
from pushspec.sandbox.store.database import writing

GOAL_S, GOAL_MB = 2.0, 500
PUSH = {
    "MsgRandom": 1,
    "Condition": {"TagsOr": ["股票A", "股票B"]},
    "OfflinePushInfo": {"Title": "t", "Desc": "d"},
}


def memory_mb() -> float:
    """Return the most memory that this process has used."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Fill a sandbox, push by tag, serve everyone, and print how long each took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, default=1_000_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "sandbox.db"
        sandbox = Sandbox(SandboxSettings(database=database))
        started = time.perf_counter()
        sandbox.seed(options.accounts)
        seeded = time.perf_counter()
        with writing(sandbox.state.connection):
            answer = send(sandbox.state, "timpush/push", "administrator", json.dumps(PUSH).encode())
        matched = time.perf_counter()
        sandbox.tick()
        served = time.perf_counter()
        total = sandbox.snapshot()["pushes"][0]["total"]
        size_mb = database.stat().st_size >> 20
        sandbox.close()
    print(f"{options.accounts} accounts made up in {seeded - started:.1f} s, {size_mb} MB on disk")
    print(f"{answer['TaskId']}: {total} accounts matched in {matched - seeded:.2f} s  (goal: {GOAL_S:.0f} s)")
    print(f"all of them served in {served - matched:.1f} s")
    print(f"memory {memory_mb():.0f} MB  (goal: {GOAL_MB} MB)")
    sys.exit(0 if matched - seeded < GOAL_S and memory_mb() < GOAL_MB else 1)


if __name__ == "__main__":
    main()
