"""Taken back once and never believed without proof, whatever dies: made-up histories of recalls."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from simulation.planted_recalls import BUGS
from simulation.recalls import broken_recall, draw_recalls

if TYPE_CHECKING:
    from simulation.planted import Bug

EVERYTHING = os.environ.get("PUSHSPEC_PROVE") == "all"
HISTORIES = 4_000 if EVERYTHING else 200
AT_ONCE = 50
PATIENCE = 400
"""A planted bug must be found within so many seeds."""


@pytest.mark.parametrize("first", range(0, HISTORIES, AT_ONCE))
def test_no_history_of_recalls_breaks_a_promise(first: int) -> None:
    """No request without a synced intent, none twice, no recall that is recorded and did not happen."""
    for seed in range(first, first + AT_ONCE):
        assert broken_recall(draw_recalls(seed)) == "", f"seed {seed}"


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_every_planted_bug_in_a_recall_is_found(bug: Bug) -> None:
    """Histories that find none of them would prove nothing."""
    with bug.planted():
        assert any(broken_recall(draw_recalls(seed)) for seed in range(PATIENCE))


def test_a_history_of_recalls_is_the_same_each_time() -> None:
    """A seed in a report must lead to the same failure on another machine."""
    assert [draw_recalls(seed) for seed in range(50)] == [draw_recalls(seed) for seed in range(50)]
