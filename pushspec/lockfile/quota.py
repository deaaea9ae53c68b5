"""Count the day's pushes, and find out when the next one is free."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from pushspec.tencent.endpoints import Pace

if TYPE_CHECKING:
    from datetime import time

    from pushspec.lockfile.state import LockState

_DAY = timedelta(days=1)

_LATE = timedelta(seconds=40)
"""A request may reach the service this much later than it was intended, and counts when it arrives."""


@dataclass(frozen=True, slots=True)
class QuotaWindow:
    """The day's pushes; every attempt counts, whatever became of it.

    Attributes:
        limit: How many there are (``Limits.push_calls_per_day``).
        day_starts: When the service's day starts, with its zone; ``None`` counts the last 24 hours, which is
            never too generous, wherever the service's midnight is.
    """

    limit: int
    day_starts: time | None = None

    def used(self, state: LockState, now: datetime) -> int:
        """Return how many pushes of the day are used."""
        return state.attempts_since(self._since(now), Pace.PUSH)

    def left(self, state: LockState, now: datetime) -> int:
        """Return how many pushes of the day are left; never below 0."""
        return max(0, self.limit - self.used(state, now))

    def free_at(self, state: LockState, now: datetime, *, need: int = 1, planned: int = 0) -> datetime | None:
        """Return when room for more pushes is there.

        Args:
            state: What was tried so far.
            now: This moment.
            need: How many pushes want room at once.
            planned: Pushes that are made now, before them.

        Returns:
            ``now``, or the end of the wait; None if a day has never so many.
        """
        if need > self.limit:
            return None
        if self.left(state, now) >= need + planned:
            return now
        if self.day_starts is not None:
            return self._day_with_room(state, now, need, planned)
        since, attempts = self._since(now), state.pushes
        spent = sorted(attempt.at for attempt in attempts if attempt.at > since) + [now] * planned
        return spent[need - self.limit - 1] + _DAY + _LATE

    def _day_with_room(self, state: LockState, now: datetime, need: int, planned: int) -> datetime:
        """Return when the next day with room begins; what leaves around its start counts in it, too."""
        start = self._day_start(now - _LATE) + _DAY + _LATE
        while self.left(state, start) < need + (planned if now > self._since(start) else 0):
            start += _DAY
        return start

    def _since(self, now: datetime) -> datetime:
        start = now - _DAY if self.day_starts is None else self._day_start(now - _LATE)
        return start - _LATE

    def _day_start(self, now: datetime) -> datetime:
        if self.day_starts is None:  # pragma: no cover - only asked for days that start
            raise ValueError("no day start is set")
        local = now.astimezone(self.day_starts.tzinfo)
        start = datetime.combine(local.date(), self.day_starts)
        return start if start <= now else start - _DAY
