"""Run a coroutine in an event loop of its own, which leaves signals to whoever calls."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

import anyio

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator
    from typing import Any

    from pushspec.api.stopping import StopSignal

T = TypeVar("T")


def run_in_own_loop(work: Coroutine[Any, Any, T]) -> T:
    """Return what a coroutine returns, or raise what it raises; this thread must run no loop."""
    # Not `asyncio.run`, which takes over SIGINT.
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        return runner.get_loop().run_until_complete(work)


@contextmanager
def stop_event(stop: StopSignal) -> Iterator[anyio.Event]:
    """Return an event of the running loop that a stop sets, from whichever thread it comes."""
    asked, loop = anyio.Event(), asyncio.get_running_loop()
    with stop.waking(lambda: loop.call_soon_threadsafe(asked.set)):
        yield asked
