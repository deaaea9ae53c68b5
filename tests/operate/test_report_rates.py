"""Rates with honest intervals, against figures of the literature and against chance itself."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pushspec.operate.report_rates import compare, rate_of


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    [
        # Newcombe 1998, "Two-sided confidence intervals for the single proportion", table I, method 3.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_the_interval_is_wilsons(part: int, whole: int, low: float, high: float) -> None:
    """The figures are those of the paper that compares the methods."""
    rate = rate_of(part, whole)

    assert rate is not None
    assert (round(rate.low, 4), round(rate.high, 4)) == (low, high)


@pytest.mark.parametrize(("part", "whole"), [(None, 5), (1, None), (None, None), (0, 0), (6, 5)])
def test_what_is_not_known_has_no_rate(part: int | None, whole: int | None) -> None:
    """Not even 0 %: nobody was asked, or the numbers contradict each other."""
    assert rate_of(part, whole) is None


@given(st.integers(1, 10**9).flatmap(lambda whole: st.tuples(st.integers(0, whole), st.just(whole))))
def test_the_rate_lies_within_its_bounds(counts: tuple[int, int]) -> None:
    """At both ends, too, and for ten million people."""
    rate = rate_of(*counts)

    assert rate is not None
    assert 0 <= rate.low <= rate.value <= rate.high <= 1


def test_a_clear_difference_is_told() -> None:
    """Twice as many of thousands is no chance."""
    (found,) = compare({"a": (100, 1000), "b": (200, 1000)})

    assert (found.higher, found.lower, found.is_certain, found.more_needed) == ("b", "a", True, None)


def test_a_difference_of_few_people_is_not_told_yet() -> None:
    """2 of 10 against 1 of 10 is nothing; the answer says how many more it takes."""
    (found,) = compare({"a": (2, 10), "b": (1, 10)})

    assert (found.higher, found.is_certain) == ("a", False)
    # The textbook's number for 20 % against 10 % at 95 % and 80 % is about 200 a group.
    assert found.more_needed is not None
    assert 180 <= found.more_needed <= 200


def test_no_difference_at_all_needs_no_number() -> None:
    """However many more come, nobody can say of what size the difference would be."""
    (found,) = compare({"a": (5, 50), "b": (5, 50)})

    assert (found.is_certain, found.more_needed) == (False, None)


def test_a_variant_that_is_not_known_is_not_compared() -> None:
    """Its silence is no low rate."""
    assert compare({"a": (5, 50), "b": (None, 50)}) == ()


@pytest.mark.parametrize("variants", [2, 5])
def test_chance_alone_finds_a_difference_in_few_reports(variants: int) -> None:
    """Equal variants, many reports: at most about one of twenty may call something certain."""
    draw, wrong, reports = random.Random(7), 0, 400
    for _ in range(reports):
        counts = {str(name): (sum(draw.random() < 0.3 for _ in range(120)), 120) for name in range(variants)}
        wrong += any(found.is_certain for found in compare(counts))

    assert wrong <= reports * 0.07
