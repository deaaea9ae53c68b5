"""Cut people into shares by a salted hash: whole numbers only, alike on every machine and in every version.

docs/audiences.md publishes the rule and a test vector, so that a warehouse can find the same people.
"""

from __future__ import annotations

import hashlib
import math
from bisect import bisect_right
from fractions import Fraction
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

SPACE = 1 << 64
"""Points are whole numbers from 0 up to this, which is none."""


def arm_salt(salt: str) -> str:
    """Return what decides the variant of a person; a campaign's ``salt`` holds no colon."""
    return salt


def rollout_salt(salt: str) -> str:
    """Return what decides the stage of a person; no ``salt`` of any campaign is equal to it."""
    return f"{salt}:rollout"


def holdout_salt(salt: str) -> str:
    """Return what decides who is held out; the project's own ``salt`` may not be ``rollout``."""
    return f"holdout:{salt}"


def point(salt: str, account: str) -> int:
    """Return the point of a person: the first 8 bytes, big-endian, of SHA-256(salt, line feed, account)."""
    return int.from_bytes(hashlib.sha256(f"{salt}\n{account}".encode()).digest()[:8], "big")


class Cut:
    """Shares laid end to end from point 0: each takes the points from the end of the one before to its own.

    Args:
        salt: What :func:`arm_salt`, :func:`rollout_salt` or :func:`holdout_salt` returns.
        shares: Each above 0 and at most 1, exact; together at most 1.

    Attributes:
        ends: The first point behind each share.
    """

    def __init__(self, salt: str, shares: Sequence[Decimal]) -> None:
        self._salt = salt
        # A point is whole: it lies below a fraction exactly when it lies below the next whole number.
        self.ends = [math.ceil(SPACE * total) for total in accumulate(map(Fraction, shares))]

    def place(self, account: str) -> int:
        """Return the number of the share that a person falls into, from 0; that of no share if into none."""
        return self.place_of(point(self._salt, account))

    def place_of(self, at: int) -> int:
        """Return the number of the share that a point lies in; that of no share if in none."""
        return bisect_right(self.ends, at)

    def about(self, count: int) -> list[int]:
        """Return about how many of so many people fall into each share, and last into none; none is empty."""
        starts = [0, *self.ends]
        sizes = [end - start for start, end in zip(starts, [*self.ends, SPACE], strict=True)]
        return [max(1, round(Fraction(count * size, SPACE))) if size else 0 for size in sizes]
