"""The clocks of this machine, the only place that reads them; a simulation hands the engine others."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    import anyio


def utc_now() -> datetime:
    """Return the wall clock's instant, aware."""
    return datetime.now(UTC)


def steady_s() -> float:
    """Return seconds that never jump."""
    return time.monotonic()


class Clock(Protocol):
    """A wall clock for what is written down, and a steady one for waiting."""

    def now(self) -> datetime:
        """Return the wall clock's instant, aware."""

    def monotonic(self) -> float:
        """Return seconds that never jump."""

    async def wait(self, event: anyio.Event, seconds: float) -> bool:
        """Wait until the event is set, at most so many seconds; return whether it is set."""


@dataclass(frozen=True, slots=True)
class SystemClock:
    """The clocks of this machine, unless others are given."""

    read_wall: Callable[[], datetime] = utc_now
    read_steady: Callable[[], float] = steady_s

    def now(self) -> datetime:
        """Return the wall clock's instant, aware."""
        return self.read_wall()

    def monotonic(self) -> float:
        """Return seconds that never jump."""
        return self.read_steady()

    async def wait(self, event: anyio.Event, seconds: float) -> bool:
        """Wait until the event is set, at most so many seconds; return whether it is set."""
        import anyio

        with anyio.move_on_after(seconds):
            await event.wait()
        return event.is_set()
