"""Stages, tries and recalls that are killed at any step: nothing twice, nothing untold, no gate passed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from simulation.cells import Act, Cell, deaths_on_errand, in_drawn_order
from simulation.crashpoints import CrashPoint
from simulation.errands import ERRANDS
from simulation.fate import KILL
from simulation.killing import Theatre
from simulation.promises import BrokenPromiseError

from pushspec.errors import DamagedLockfileError

if TYPE_CHECKING:
    from collections.abc import Iterator

A_DAY = 4
"""Cells of each errand on a file; ``make prove`` plays all of them, on every store."""

FAULTS = ["silent", "closed in the body", "right length, half JSON", "HTTP 502 with a good body", "HTTP 404"]


@pytest.fixture(scope="module")
def theatre() -> Iterator[Theatre]:
    """One server and one place to start processes for all."""
    with Theatre() as theatre:
        yield theatre


@pytest.mark.parametrize("name", ERRANDS)
def test_an_errand_may_die_at_each_step(name: str, theatre: Theatre) -> None:
    """SIGKILL; then runs and people bring it to rest, and once more nothing leaves."""
    steps = theatre.steps("file", command=name)
    assert any("half written" in step.name for step in steps)

    for cell in in_drawn_order(deaths_on_errand("file", name, ERRANDS[name], steps))[:A_DAY]:
        theatre.play(cell)


@pytest.mark.parametrize("name", ["next stage", "try", "recall of messages"])
@pytest.mark.parametrize("point", [CrashPoint.C8, CrashPoint.C12, CrashPoint.C16])
def test_the_worst_moments_of_an_errand(name: str, point: CrashPoint, theatre: Theatre) -> None:
    """With its intent durable, with its request out, and with its answer not written down."""
    steps = [step for step in theatre.steps("file", command=name) if step.point is point]

    assert theatre.play(Cell(ERRANDS[name].point, "file", (Act(steps[-1].name, KILL, name),)))


@pytest.mark.parametrize("name", ["try", "recall of a push"])
@pytest.mark.parametrize("fault", FAULTS)
def test_whatever_the_service_answers_it_comes_to_rest(fault: str, name: str, theatre: Theatre) -> None:
    """A broken answer leaves a doubt, and the doubt is settled."""
    errand = ERRANDS[name]

    theatre.play(Cell(errand.point, "file", (Act("", KILL, name),), ((errand.fault_on, fault),)))


@pytest.mark.parametrize(
    ("bug", "name", "at", "fault"),
    [
        ("a recall is sent twice", "recall of a push", "", "silent"),
        ("recalled is recorded although the answer was lost", "recall of a push", "", "HTTP 404"),
        ("a lost answer counts as not taken back", "recall of a push", "", "silent"),
        (
            "the intent of a recall is written after its request",
            "recall of a push",
            "recall of task3: answer read",
            "",
        ),
        ("the intent of a try is written after its request", "try", "everyone@1!try1: answer read", ""),
        ("a gate opens before its hold is over", "first stage", "close: about to be written", ""),
        ("a person's stop is not kept", "stop", "gate staged@1: acknowledged", ""),
    ],
)
def test_a_planted_bug_breaks_a_promise(bug: str, name: str, at: str, fault: str) -> None:
    """An experiment that could not fail would show nothing."""
    errand = ERRANDS[name]
    faults = ((errand.fault_on, fault),) if fault else ()
    with Theatre(bug) as theatre, pytest.raises((BrokenPromiseError, DamagedLockfileError)):
        theatre.play(Cell(errand.point, "file", (Act(at, KILL, name),), faults))
