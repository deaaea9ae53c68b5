"""A recall that is killed at each of its steps: nothing is asked for twice, nothing believed untold."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from simulation.crashpoints import CrashPoint
from simulation.promises import BrokenPromiseError
from simulation.recall_deaths import RecallTheatre

from pushspec.errors import DamagedLockfileError

if TYPE_CHECKING:
    from collections.abc import Iterator

EVERYTHING = os.environ.get("PUSHSPEC_PROVE") == "all"
"""Every step of both kinds of recall; otherwise some of every crash point, and of the chat a few."""

MOST_A_DAY = 4
PUSH, CHAT = "everyone@1", "listed@1"
POINTS = [point for point in CrashPoint if point.name in {
    "C1", "C2", "C3", "C5", "C6", "C7", "C8", "C9", "C10", "C11", "C12", "C13", "C14", "C15", "C16", "C17",
    "C18", "C19", "C20", "C22", "C25",
}]  # fmt: skip
FAULTS = ["silent", "closed in the body", "right length, half JSON", "HTTP 502 with a good body", "HTTP 404"]


@pytest.fixture(scope="module")
def theatre() -> Iterator[RecallTheatre]:
    """One server and one place to start processes for all."""
    with RecallTheatre() as theatre:
        yield theatre


@pytest.mark.parametrize("point", POINTS, ids=str)
def test_a_recall_may_die_at_each_step(point: CrashPoint, theatre: RecallTheatre) -> None:
    """SIGKILL at each step of taking back a push; then a run settles it, and another one does nothing."""
    steps = [step.name for step in theatre.steps(PUSH) if step.point is point]
    assert steps

    chosen = steps if EVERYTHING else steps[:: 1 + len(steps) // MOST_A_DAY]
    assert all(theatre.play(PUSH, at) for at in chosen)


@pytest.mark.parametrize("point", POINTS if EVERYTHING else POINTS[4::5], ids=str)
def test_a_recall_of_messages_may_die_at_each_step(point: CrashPoint, theatre: RecallTheatre) -> None:
    """Of a message each person is a request of its own, and a run may die between two of them."""
    steps = [step.name for step in theatre.steps(CHAT) if step.point is point]

    for at in steps if EVERYTHING else steps[:2]:
        theatre.play(CHAT, at)


@pytest.mark.parametrize("fault", FAULTS)
def test_whatever_the_service_answers_recalling_again_settles_it(fault: str, theatre: RecallTheatre) -> None:
    """Undisturbed, and killed with the broken answer read and not written down."""
    at = next(step.name for step in theatre.steps(PUSH) if step.point is CrashPoint.C16)

    theatre.play(PUSH, "", fault=fault)
    theatre.play(PUSH, at, fault=fault)


@pytest.mark.parametrize(
    ("bug", "at", "fault"),
    [
        ("a recall is sent twice", "", "silent"),
        ("recalled is recorded although the answer was lost", "", "HTTP 404"),
        ("a lost answer counts as not taken back", "", "silent"),
        ("the intent of a recall is written after its request", "recall of task3: answer read", ""),
    ],
)
def test_a_planted_bug_in_a_recall_breaks_a_promise(bug: str, at: str, fault: str) -> None:
    """An experiment that could not fail would show nothing."""
    with RecallTheatre(bug) as theatre, pytest.raises((BrokenPromiseError, DamagedLockfileError)):
        theatre.play(PUSH, at, fault=fault)
