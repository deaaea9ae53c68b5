"""Time as the engine sees it, so that a simulation can hand it another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import anyio

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime


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
    """The clocks of this machine, given by the command line."""

    read_wall: Callable[[], datetime]
    read_steady: Callable[[], float]

    def now(self) -> datetime:
        """Return the wall clock's instant, aware."""
        return self.read_wall()

    def monotonic(self) -> float:
        """Return seconds that never jump."""
        return self.read_steady()

    async def wait(self, event: anyio.Event, seconds: float) -> bool:
        """Wait until the event is set, at most so many seconds; return whether it is set."""
        with anyio.move_on_after(seconds):
            await event.wait()
        return event.is_set()
