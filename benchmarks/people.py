"""``python -m benchmarks.people``: what `people plan` costs besides waiting for the service, beside a floor.

Both read the same csv file and get the same answers from memory, two questions for every hundred people. The
floor does what nobody can do without: it reads rows, writes questions, parses answers and compares sets.
"""

from __future__ import annotations

import argparse
import csv
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import anyio

from pushspec.audience.people import read_people
from pushspec.clock import SystemClock
from pushspec.reconcile.people_service import PeopleService
from pushspec.serialization import wire_json
from pushspec.tencent.exchange import Exchange, Gate
from pushspec.tencent.limits import Limits
from pushspec.tencent.operations.asking import Asker

_BATCH = 100
_FILE = """\
apiVersion: pushspec/v1
kind: People
attribute_names: [city]
file: people/crm.csv
"""
_LIMITS = Limits().with_overrides({"tag_calls_per_second": 1_000_000})
_CHANGED = 20
"""Every so-many-th person lacks a tag."""


def _answer(path: str, payload: bytes) -> bytes:
    accounts = json.loads(payload)["To_Account"]
    head = {"ActionStatus": "OK", "ErrorCode": 0, "ErrorInfo": ""}
    if path.endswith("get_attr"):
        return wire_json(
            head | {"UserAttrs": [{"To_Account": it, "Attrs": {"city": "c"}} for it in accounts]}
        )
    tags = [["vip"] if int(account[1:]) % _CHANGED else [] for account in accounts]
    told = [{"To_Account": it, "Tags": its} for it, its in zip(accounts, tags, strict=True)]
    return wire_json(head | {"UserTags": told})


class _Service:
    async def send(self, path: str, payload: bytes, gate: Gate) -> Exchange:
        gate.pass_through()
        now = SystemClock().now()
        return Exchange("answered", "", gate.left_at, now, 200, _answer(path, payload))


def ours(folder: Path) -> int:
    """Return how many people lack something, as the command finds it."""
    declared, problems = read_people(folder, _LIMITS)
    assert not problems

    async def compare() -> int:
        clock = SystemClock()
        asker = Asker(_Service(), limits=_LIMITS, clock=clock)
        service = PeopleService(asker, limits=_LIMITS, clock=clock, telling=lambda _: None)
        plan = await service.compare(declared, (), count=len(declared), environment="prod", app_id=1)
        return len(plan.changes)

    with declared:
        return anyio.run(compare)


def floor(folder: Path) -> int:
    """Return the same number with as little as possible."""
    with (folder / "people" / "crm.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))[1:]
    lacking = 0
    for start in range(0, len(rows), _BATCH):
        batch = rows[start : start + _BATCH]
        question = wire_json({"To_Account": [row[0] for row in batch]})
        tags = json.loads(_answer("timpush/get_tag", question))["UserTags"]
        attributes = json.loads(_answer("timpush/get_attr", question))["UserAttrs"]
        for row, has, values in zip(batch, tags, attributes, strict=True):
            lacks = set(row[1].split("|")) - set(has["Tags"]) or values["Attrs"].get("city") != row[2]
            lacking += bool(lacks)
    return lacking


def write_people(folder: Path, people: int) -> None:
    """Write a people file and its csv of so many people, into a folder that is empty."""
    (folder / "people").mkdir()
    (folder / "people" / "crm.yaml").write_text(_FILE, encoding="utf-8")
    with (folder / "people" / "crm.csv").open("w", encoding="utf-8") as file:
        file.write("user_id,tags,city\n")
        file.writelines(f"p{number:08},vip,c\n" for number in range(people))


def _measure(side: str, folder: Path, people: int) -> tuple[float, float]:
    """Return processor seconds and peak memory in MB of one side, in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.people", "--side", side, "--folder", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found, seconds, memory_mb = done.stdout.split()
    assert int(found) == -(-people // _CHANGED), f"{side} found {found}"
    return float(seconds), float(memory_mb)


def main() -> None:
    """Print processor seconds, people a second and memory of both sides, and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, nargs="+", default=[10_000, 100_000, 300_000])
    parser.add_argument("--side", choices=["ours", "floor"], help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.side:
        began = time.process_time()
        found = (ours if chosen.side == "ours" else floor)(chosen.folder)
        peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_024
        print(found, time.process_time() - began, peak_mb)
        return
    for people in chosen.people:
        with tempfile.TemporaryDirectory() as folder:
            write_people(Path(folder), people)
            sides = {side: _measure(side, Path(folder), people) for side in ("ours", "floor")}
        for side, (seconds, memory_mb) in sides.items():
            rate = people / seconds
            print(
                f"{people:>9,} people {side:<6} {seconds:>7.2f} s {rate:>9,.0f} a second {memory_mb:,.0f} MB"
            )
        print(f"{'':>9}         ours/floor {sides['ours'][0] / sides['floor'][0]:.1f}")


if __name__ == "__main__":
    main()
