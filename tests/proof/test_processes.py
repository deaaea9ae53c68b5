"""Real processes, really killed: on a file, on git, on PostgreSQL, against a server that misbehaves."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import asdict
from json import dumps
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from simulation.killing import REPLIES, FaultServer, fault_server, kill_and_recover
from simulation.places import POSTGRES
from simulation.worker import Job, Nursery

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simulation.places import Place

STEPS = {"file": 97, "git": 195, "postgresql": 62}
"""How many steps a whole run has, so that dying at the last one is not dying."""

SAMPLE = [
    *(("file", "ok", step) for step in range(1, 97, 4)),
    *(("file", reply, 40 + number) for number, reply in enumerate(REPLIES)),
    *(("file", reply, 62 + number) for number, reply in enumerate(REPLIES)),
    *(("git", reply, 60 + 9 * number) for number, reply in enumerate(REPLIES)),
    *(("postgresql", reply, 14 + 2 * number) for number, reply in enumerate(REPLIES)),
]
"""Cells of store, misbehaviour and step for every day; ``make prove`` takes all that follow."""

EVERY = [
    *(("file", reply, step) for reply in REPLIES for step in range(STEPS["file"])),
    *((kind, "ok", step) for kind in ("git", "postgresql") for step in range(STEPS[kind])),
    *(("git", reply, step) for reply in REPLIES[1:] for step in range(0, STEPS["git"], 10)),
    *(("postgresql", reply, step) for reply in REPLIES[1:] for step in range(0, STEPS["postgresql"], 5)),
]

CELLS = [
    cell
    for cell in (EVERY if os.environ.get("PUSHSPEC_PROVE") == "all" else SAMPLE)
    if cell[0] != "postgresql" or POSTGRES is not None
]


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    """Where processes start quickly."""
    nursery = Nursery()
    yield nursery
    nursery.close()


@pytest.fixture(scope="module")
def server() -> Iterator[FaultServer]:
    """One server for all; each test begins with a clean one."""
    with fault_server() as server:
        yield server


@pytest.mark.parametrize(("kind", "reply", "step"), CELLS)
def test_a_process_killed_at_a_step_sends_nothing_twice_and_forgets_nothing(
    kind: str, reply: str, step: int, request: pytest.FixtureRequest, nursery: Nursery, server: FaultServer
) -> None:
    """Promise 1, with a real SIGKILL, a real disk and real sockets."""
    place: Place = request.getfixturevalue(f"{kind}_place")
    server.accepted.clear()
    server.replies[:] = [reply]
    lock, root = place.address()

    def job(die_at: int | None = None, ahead_s: float = 0) -> Job:
        return Job(lock, str(root), server.url, ahead_s, die_at)

    kill_and_recover(nursery, server, job, place.open, step)


STRACE = shutil.which("strace")


@pytest.mark.parametrize("strace", [STRACE] if STRACE else [])
def test_the_disk_is_synced_before_each_request(strace: str, tmp_path: Path, server: FaultServer) -> None:
    """SIGKILL does not show a missing fsync, a power cut does: so the system calls are looked at."""
    server.accepted.clear()
    server.replies[:] = []
    trace = tmp_path / "trace"
    job = Job("pushspec.prod.lock", str(tmp_path), server.url)
    subprocess.run(
        [
            strace, "-f", "-y", "-s", "4096", "-o", str(trace),
            "-e", "trace=write,sendto,sendmsg,fsync", sys.executable, "-m", "simulation.worker",
        ],
        input=dumps(asdict(job)) + "\n",
        cwd=Path(__file__).parents[1],
        text=True,
        check=True,
        stdout=subprocess.DEVNULL,
    )  # fmt: skip

    requests = list(_requests_with_durable_intents(trace.read_text()))

    assert sum(server.accepted.values()) == 3
    assert requests == [True, True, True]


def _requests_with_durable_intents(trace: str) -> Iterator[bool]:
    """Yield for each request of a trace whether its own intent was synced before it left."""
    written: set[str] = set()
    durable: set[str] = set()
    for line in trace.replace('\\"', '"').splitlines():
        if "POST /v4/" in line and "<socket:" in line:
            (number,) = re.findall(r'"MsgRandom":(\d+)', line)
            yield number in durable
        elif "pushspec.prod.lock>" in line and "write(" in line:
            written |= set(re.findall(r'"record":"intent".*?"msg_random":(\d+)', line))
        elif re.search(r"fsync(\(\d+<[^>]*pushspec\.prod\.lock>| resumed).*= 0", line):
            durable |= written
