"""The sandbox's time: real, faster, or standing still until it is moved by hand."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Clock:
    """Tells the time that quotas, windows, lifetimes and scheduled tasks go by.

    Signatures are checked against :meth:`wall`, the machine's own time, because whoever signs knows no other.
    """

    def __init__(
        self, *, speed: float = 1.0, start: float | None = None, source: Callable[[], float] = time.time
    ) -> None:
        """Start a clock.

        Args:
            speed: Seconds of the sandbox in one real second; 0 stands still until :meth:`advance`.
            start: Unix time to start at; the source's own when left out.
            source: The machine's time, in Unix seconds.
        """
        self._source = source
        self._origin = source()
        self._start = self._origin if start is None else start
        self._speed = speed

    @property
    def speed(self) -> float:
        """Seconds of the sandbox in one real second."""
        return self._speed

    def now(self) -> float:
        """Return the sandbox's time in Unix seconds."""
        return self._start + (self._source() - self._origin) * self._speed

    def wall(self) -> float:
        """Return the machine's time in Unix seconds."""
        return self._source()

    def advance(self, seconds: float) -> float:
        """Move the time forward and return it.

        Raises:
            ValueError: ``seconds`` is negative; time does not go back.
        """
        if seconds < 0:
            raise ValueError("the clock does not go back")
        self._start += seconds
        return self.now()

    def run_at(self, speed: float) -> None:
        """Change the speed from now on; 0 stops the clock.

        Raises:
            ValueError: ``speed`` is negative.
        """
        if speed < 0:
            raise ValueError("the clock does not go back")
        self._start, self._origin, self._speed = self.now(), self._source(), speed
