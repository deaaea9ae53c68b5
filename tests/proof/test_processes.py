"""Real processes that die at every step, on a file, on git, on PostgreSQL, against a misbehaving server."""

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
from simulation.cells import WAYS, Cell, in_drawn_order
from simulation.crashpoints import NOT_THERE, CrashPoint
from simulation.everywhere import Tally
from simulation.faults import FAULTS
from simulation.killing import Theatre, stores
from simulation.promises import BrokenPromiseError
from simulation.worker import KEYS, Job

from pushspec.errors import DamagedLockfileError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

EVERYTHING = os.environ.get("PUSHSPEC_PROVE") == "all"
"""Each crash point with all its cells; ``make prove`` plays the same ones, over all processors."""

EVERY_DAY = {"file": 1, "git": 7, "postgresql": 4}
"""Each so-many-th crash point of a store, with one of its cells."""

POINTS = [
    (store, point)
    for store in stores()
    for point in [point for point in CrashPoint if point not in NOT_THERE[store]][
        :: 1 if EVERYTHING else EVERY_DAY[store]
    ]
]
RANDOM_CELLS = 5


@pytest.fixture(scope="module")
def theatre() -> Iterator[Theatre]:
    """One server and one place to start processes for all."""
    with Theatre() as theatre:
        yield theatre


@pytest.mark.parametrize("store", stores())
def test_each_crash_point_is_reached_or_it_is_said_why_not(store: str, theatre: Theatre) -> None:
    """A crash point without a step would be a promise that nobody tries."""
    reached = {point for point in CrashPoint if any(True for _ in theatre.cells_of(store, point))}

    assert reached == set(CrashPoint) - NOT_THERE[store].keys()


@pytest.mark.parametrize(("store", "point"), POINTS, ids=str)
def test_whatever_dies_when_nothing_is_sent_twice_and_nothing_is_forgotten(
    store: str, point: CrashPoint, theatre: Theatre
) -> None:
    """Promise 1, with real signals, a real disk and real sockets."""
    play(theatre, theatre.cells_of(store, point), at_most=None if EVERYTHING else 1)


@pytest.mark.parametrize("fault", [*FAULTS, *WAYS])
def test_whatever_the_service_does_a_process_may_die_then(fault: str, theatre: Theatre) -> None:
    """A broken answer and a crash in the same moment is what a bad day looks like."""
    points = [CrashPoint.C12, CrashPoint.C15, CrashPoint.C16, CrashPoint.C18]
    cells = (cell for point in points for cell in theatre.cells_of("file", point))

    play(theatre, (cell for cell in cells if cell.trouble == fault), at_most=1)


def test_runs_one_after_another_each_meet_something_drawn(theatre: Theatre) -> None:
    """What no table thought of."""
    play(theatre, theatre.random_cells(range(RANDOM_CELLS)))


def play(theatre: Theatre, cells: Iterable[Cell], *, at_most: int | None = None) -> None:
    """Play cells, and name the one that breaks a promise: ``simulation.prove --cell`` plays it alone."""
    chosen = in_drawn_order(cells)[:at_most]
    assert chosen
    for cell in chosen:
        try:
            theatre.play(cell)
        except AssertionError as error:
            error.add_note(f"in the cell {str(cell)!r}")
            raise


def test_the_name_of_a_cell_is_enough_to_play_it_again(theatre: Theatre) -> None:
    """A finding that cannot be repeated is half a finding."""
    cells = [cell for point in CrashPoint for cell in theatre.cells_of("file", point)]

    assert [Cell.parse(str(cell)) for cell in cells] == cells
    assert len({str(cell) for cell in cells}) == len(cells)


@pytest.mark.parametrize(
    ("bug", "cell"),
    {
        "every doubt is tried again some seconds later": "C12 | file | closed in the body on everyone@1",
        "a gateway's status is taken for a refusal": "C12 | file | HTTP 503 on everyone@1",
        "an old intent counts as not sent": "C12 | file | no fault | apply, SIGKILL at everyone@1: all sent",
        "the intent is written after the request": (
            "C13 | file | no fault | apply, SIGKILL at everyone@1: status line read"
        ),
        "the outcome is shown before it is durable": (
            "C16 | file | no fault | apply, SIGKILL at outcome everyone@1: about to be written"
        ),
    }.items(),
)
def test_a_planted_bug_breaks_a_promise(bug: str, cell: str) -> None:
    """An experiment that could not fail would show nothing."""
    with Theatre(bug) as theatre, pytest.raises((BrokenPromiseError, DamagedLockfileError)):
        theatre.play(Cell.parse(cell))


def test_the_signature_is_renewed_for_each_request_of_these_runs(theatre: Theatre) -> None:
    """Else no crash would ever fall into a renewal."""
    theatre.play(Cell(CrashPoint.C25, "file", ()))

    assert len(theatre.server.signatures) == theatre.server.connections >= len(KEYS)


def test_the_figures_say_what_was_tried_and_what_broke() -> None:
    """They are quoted, so they must not count anything twice, and a finding names its cell."""
    tally = Tally()
    for name in (
        "C12 | file | silent on everyone@1 | apply, SIGKILL at everyone@1: all sent",
        "C12 | file | silent on listed@1#1 | apply, SIGKILL at listed@1#1: all sent",
        "drawn | file | no fault | apply, SIGSTOP at everyone@1: connected",
    ):
        tally.add(Cell.parse(name), "", has_happened=True)
    broken = "C1 | git | no fault | apply, SIGKILL at log: read"
    tally.add(Cell.parse(broken), "sent twice", has_happened=False)

    assert list(tally.lines()) == [
        "real processes    4 cells, 1 broke a promise",
        "  file            2 cells: 1 of 32 crash points x 1 faults, 1 pairs of them",
        "  git             1 cells: 1 of 30 crash points x 1 faults, 1 pairs of them",
        "  drawn           1 cells of one to three runs on a file",
        "  not reached     in 1 of all a run was over before its moment came",
    ]
    assert tally.broken == [f"sent twice\n  in the cell '{broken}'"]


STRACE = shutil.which("strace")


@pytest.mark.parametrize("strace", [STRACE] if STRACE else [])
def test_the_disk_is_synced_before_each_request(strace: str, tmp_path: Path, theatre: Theatre) -> None:
    """SIGKILL does not show a missing fsync, a power cut does: so the system calls are looked at."""
    theatre.server.forget()
    trace, folder = tmp_path / "trace", str(tmp_path)
    (tmp_path / "clock").write_text("0")
    job = Job(
        "pushspec.prod.lock", folder, theatre.server.url, desk=folder, is_mortal=False, answer_within_s=30
    )
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

    assert sum(theatre.server.accepted.values()) == 3
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
