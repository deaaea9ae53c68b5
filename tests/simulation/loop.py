"""An event loop whose time jumps to the next timer instead of passing, so that hours take milliseconds."""

from __future__ import annotations

import asyncio
import selectors
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

import anyio

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

T = TypeVar("T")

START = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)


class StuckError(Exception):
    """Everything waits for something that will never come."""


class _Jump(selectors.SelectSelector):
    def __init__(self) -> None:
        super().__init__()
        self.now_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready:
            if timeout is None:
                raise StuckError("no task can go on and no timer is set")
            self.now_s += max(0.0, timeout)
        return ready

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return super().get_map()


class VirtualLoop(asyncio.SelectorEventLoop):
    """Runs only what needs no thread and no socket."""

    def __init__(self) -> None:
        self._jump = _Jump()
        super().__init__(self._jump)
        # A timer counts as due this much early; with whole milliseconds nothing may be due before its time.
        self._clock_resolution = 1e-9

    def time(self) -> float:
        return self._jump.now_s


class VirtualClock:
    """The engine's clock in virtual time; its wall clock can be set wrong."""

    def __init__(self, start: datetime = START, error: timedelta | None = None) -> None:
        self.start = start
        self.error = error or timedelta()

    def now(self) -> datetime:
        return self.true_now() + self.error

    def true_now(self) -> datetime:
        return self.start + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()

    async def wait(self, event: anyio.Event, seconds: float) -> bool:
        with anyio.move_on_after(seconds):
            await event.wait()
        return event.is_set()


def run_virtually(main: Callable[[], Awaitable[T]]) -> T:
    """Run a coroutine function to its end in virtual time."""
    return anyio.run(main, backend="asyncio", backend_options={"loop_factory": VirtualLoop})


async def at_once(function: Callable[[], None]) -> None:
    """Stand in for a thread: in virtual time nothing blocks."""
    function()
