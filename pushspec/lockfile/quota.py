"""Count the day's pushes, and find out when the next one is free."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import time

    from pushspec.lockfile.histories import Attempt
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

    def used(self, state: LockState, now: datetime, *, but: str = "") -> int:
        """Return how many pushes of the day are used, without those of the campaign ``but``."""
        own = [it for it in self._counted(state, now) if but and re.split("[/#]", it.key)[0] == but]
        return len(self._counted(state, now)) - len(own)

    def are_one_day(self, moment: datetime, other: datetime) -> bool:
        """Return whether a task of another moment counts on the day of this one."""
        return self._since(moment) < other < self._until(moment)

    def _counted(self, state: LockState, now: datetime) -> list[Attempt]:
        """Return what takes a push of the day: all that was tried, and the tasks that the service sends.

        Where nobody says when the day starts, tasks of the next 24 hours count, too: some day holds both.
        """
        since, until = self._since(now), self._until(now)
        return [it for it in state.pushes if it.at > since and (not it.is_task or it.at < until)]

    def _until(self, now: datetime) -> datetime:
        return (now if self.day_starts is None else self._day_start(now)) + _DAY + _LATE

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
        spent = sorted([*(attempt.at for attempt in self._counted(state, now)), *[now] * planned])
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
