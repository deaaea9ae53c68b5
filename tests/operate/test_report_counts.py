"""Counts of people: what is not known stays so, and no number is ever below nobody."""

from __future__ import annotations

import pytest

from pushspec.operate.report_counts import CallbackCounts, Counts, Loss, lowest, sum_counts, sum_losses


@pytest.mark.parametrize(
    ("counts", "not_told"),
    [
        (Counts(meant=10, refused=1, reached=5, lost=2), 2),
        (Counts(meant=10, refused=0, reached=10, lost=0), 0),
        (Counts(meant=10, refused=0, reached=11, lost=1), 0),
        (Counts(meant=None, refused=0, reached=5, lost=2), None),
        (Counts(meant=10, refused=None, reached=5, lost=2), None),
        (Counts(meant=10, refused=0, reached=None, lost=2), None),
        (Counts(meant=10, refused=0, reached=5, lost=None), None),
    ],
)
def test_whom_nobody_tells_of_is_never_fewer_than_nobody(counts: Counts, not_told: int | None) -> None:
    """The service counts who came after the call, too: more people than it was for."""
    assert counts.not_told == not_told


def test_a_sum_with_a_part_that_is_not_known_is_not_known() -> None:
    """Half of a number looks like a whole one; what is known is told as "at least"."""
    parts = [Counts(meant=3, reached=2), Counts(meant=4)]

    assert (sum_counts(parts).meant, sum_counts(parts).reached) == (7, None)
    assert (lowest(parts).meant, lowest(parts).reached, lowest(parts).lost) == (7, 2, None)


def test_who_opened_a_push_was_reached_and_sent_to() -> None:
    """A callback tells of the highest stage alone."""
    assert CallbackCounts.by_stage({1: 4, 2: 2, 3: 1}) == CallbackCounts(sent=7, reached=3, opened=1)
    assert CallbackCounts.sum_of([None, CallbackCounts(1, 1, 0), CallbackCounts(2, 0, 0)]) == CallbackCounts(
        3, 1
    )
    assert CallbackCounts.sum_of([None]) is None


def test_the_reason_that_cost_most_people_comes_first() -> None:
    """It is the one to do something about; one without a number is last."""

    def lost(code: str, count: int | None) -> Loss:
        return Loss("before_sending", code, count, f"text {code}", "")

    found = sum_losses([[lost("1", 2), lost("2", None)], None, [lost("3", 4), lost("1", 1)]])

    assert found is not None
    assert [(loss.code, loss.count) for loss in found] == [("3", 4), ("1", 3), ("2", None)]
    assert sum_losses([None, None]) is None
