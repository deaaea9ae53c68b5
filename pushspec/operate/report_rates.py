"""How sure a rate is, whether two rates differ, and how many more people it would take to tell."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations
from statistics import NormalDist
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

CONFIDENCE = 0.95
_POWER = 0.8
"""How often a difference of the size that was seen should be found by the number that is asked for."""


@dataclass(frozen=True, slots=True)
class Rate:
    """A part of people, and between which bounds the true rate lies with :data:`CONFIDENCE`.

    Attributes:
        part: People that did.
        whole: People that could, at least 1.
        low: Lower bound of the Wilson interval, 0 to 1.
        high: Upper bound.
    """

    part: int
    whole: int
    low: float
    high: float

    @property
    def value(self) -> float:
        """The rate, 0 to 1."""
        return self.part / self.whole


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two variants, the one with the higher rate first.

    Attributes:
        higher: Its name.
        lower: The other one's name.
        is_certain: Whether the difference is more than chance, with all pairs of variants in mind.
        more_needed: Where it may be chance: about how many more people each variant needs before a difference
            of the size seen can be told from none; None where no difference was seen.
    """

    higher: str
    lower: str
    is_certain: bool
    more_needed: int | None


def rate_of(part: int | None, whole: int | None, *, z: float | None = None) -> Rate | None:
    """Return a rate with its Wilson interval; None where a number is not known or they make no rate.

    Args:
        part: People that did.
        whole: People that could.
        z: Half the width of the interval in standard errors; that of :data:`CONFIDENCE` when left out.
    """
    if part is None or not whole or part > whole:
        return None
    z = _z(1) if z is None else z
    value, square = part / whole, z * z
    middle = (value + square / (2 * whole)) / (1 + square / whole)
    half = z / (1 + square / whole) * math.sqrt(value * (1 - value) / whole + square / (4 * whole * whole))
    # At the ends the formula misses 0 and 1 by a rounding error.
    low = 0.0 if part == 0 else max(0.0, middle - half)
    high = 1.0 if part == whole else min(1.0, middle + half)
    return Rate(part, whole, low, high)


def compare(counts: Mapping[str, tuple[int | None, int | None]]) -> tuple[Comparison, ...]:
    """Compare each pair of variants whose rates are known, in the order given.

    The interval of a difference is Newcombe's, made of two Wilson intervals; with several pairs each one has
    to be surer, so that chance finds a difference in no more than one report of twenty (Bonferroni).

    Args:
        counts: People that did and people that could, by the variant's name.
    """
    known = [name for name, (part, whole) in counts.items() if rate_of(part, whole) is not None]
    pairs = list(combinations(known, 2))
    return tuple(_pair(first, second, counts, _z(len(pairs))) for first, second in pairs)


def _pair(
    first: str, second: str, counts: Mapping[str, tuple[int | None, int | None]], z: float
) -> Comparison:
    rates = {name: rate_of(*counts[name], z=z) for name in (first, second)}
    a, b = rates[first], rates[second]
    assert a is not None  # noqa: S101 - compare() pairs known rates alone
    assert b is not None  # noqa: S101 - compare() pairs known rates alone
    if b.value > a.value:
        first, second, a, b = second, first, b, a
    difference = a.value - b.value
    below = math.hypot(a.value - a.low, b.high - b.value)
    if difference > below:
        return Comparison(first, second, is_certain=True, more_needed=None)
    return Comparison(first, second, is_certain=False, more_needed=_more_needed(a, b, z))


def _more_needed(a: Rate, b: Rate, z: float) -> int | None:
    difference = a.value - b.value
    if difference == 0:
        return None
    spread = a.value * (1 - a.value) + b.value * (1 - b.value)
    wanted = (z + NormalDist().inv_cdf(_POWER)) ** 2 * spread / difference**2
    return max(1, math.ceil(wanted) - min(a.whole, b.whole))


def _z(pairs: int) -> float:
    return NormalDist().inv_cdf(1 - (1 - CONFIDENCE) / (2 * max(1, pairs)))
