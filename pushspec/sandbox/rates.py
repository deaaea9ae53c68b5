"""How often a client may call: pushes a second apart, the day's quota, calls, users and messages.

Sources: https://cloud.tencent.com/document/product/269/137903 (rate table),
https://cloud.tencent.com/document/product/269/93324 (messages a minute).
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from pushspec.sandbox.answers import Refusal

if TYPE_CHECKING:
    from pushspec.tencent.limits import Limits

_MINUTE_S = 60.0
_SECOND_S = 1.0


class Window:
    """So many units in any stretch of time of one length.

    One call alone may be larger than the limit (500 users where 30 a second are allowed): it is let in when
    nothing else counts, and then counts as long as its size takes.

    Attributes:
        limit: How many units.
    """

    def __init__(self, limit: int, period_s: float) -> None:
        self.limit = limit
        self._period_s = period_s
        self._entries: deque[tuple[float, int]] = deque()
        self._used = 0

    def used(self, now: float) -> int:
        """Return how many units count now."""
        while self._entries and self._entries[0][0] <= now:
            self._used -= self._entries.popleft()[1]
        return self._used

    def has_room(self, now: float, units: int) -> bool:
        """Whether a call of this size may come in."""
        return self.used(now) + min(units, self.limit) <= self.limit

    def clear(self) -> None:
        """Forget all calls."""
        self._entries.clear()
        self._used = 0

    def add(self, now: float, units: int) -> None:
        """Count a call."""
        lasts_s = self._period_s * max(1.0, units / self.limit)
        self._entries.append((now + lasts_s, min(units, self.limit)))
        self._used += min(units, self.limit)


class Rates:
    """The frequency limits of the endpoints that take lists of accounts, and of the calls around them."""

    def __init__(self, limits: Limits) -> None:
        self._windows: dict[str, list[tuple[Window, bool, int, str]]] = {
            "timpush/batch": [
                _row(limits.batch_calls_per_second.value, _SECOND_S, "calls a second"),
                _row(limits.batch_users_per_second.value, _SECOND_S, "users a second", weighed=True),
            ],
            "timpush/webbatch": [
                _row(limits.webbatch_users_per_second.value, _SECOND_S, "users a second", weighed=True),
            ],
            "openim/batchsendmsg": [
                _row(limits.batchsendmsg_calls_per_second.value, _SECOND_S, "calls a second"),
                _row(
                    limits.batchsendmsg_messages_per_minute.value,
                    _MINUTE_S,
                    "messages a minute",
                    weighed=True,
                    code=90057,
                ),
            ],
        }

    def clear(self) -> None:
        """Forget all calls."""
        for rows in self._windows.values():
            for window, _, _, _ in rows:
                window.clear()

    def allow(self, endpoint: str, calls_per_second: int) -> None:
        """Give an endpoint a limit of calls a second."""
        self._windows[endpoint] = [_row(calls_per_second, _SECOND_S, "calls a second")]

    def admit(self, endpoint: str, units: int, now: float) -> None:
        """Count a call.

        Args:
            endpoint: Its path without ``v4/``.
            units: Users or messages of the call.
            now: The sandbox's time, in Unix seconds.

        Raises:
            Refusal: 60007, or 90057 for messages of ``openim/batchsendmsg``.
        """
        rows = self._windows.get(endpoint, ())
        for window, weighed, code, words in rows:
            if not window.has_room(now, units if weighed else 1):
                raise Refusal(code, f"too many {words}")
        for window, weighed, _, _ in rows:
            window.add(now, units if weighed else 1)

    def usage(self, now: float) -> dict[str, dict[str, tuple[int, int]]]:
        """Return what is used of each limit and the limit itself, by endpoint and unit."""
        return {
            endpoint: {words: (window.used(now), window.limit) for window, _, _, words in rows}
            for endpoint, rows in self._windows.items()
        }


def _row(
    limit: int, period_s: float, words: str, *, weighed: bool = False, code: int = 60007
) -> tuple[Window, bool, int, str]:
    return Window(limit, period_s), weighed, code, words
