"""A journal on any store, at a moment that a test chooses, and a record to write with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushspec.lockfile.journal import Journal, Runtime
from pushspec.lockfile.records import Frozen
from simulation.loop import START
from simulation.world import token

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from pushspec.lockfile.stores import Store

FREEZE = Frozen(frozen=True, by="eve", why="wrong text")


def journal(
    store: Store, *, now: Callable[[], datetime] = lambda: START, environment: str = "prod"
) -> Journal:
    """Return a journal on a store; it waits for nothing."""
    runtime = Runtime(now=now, token=token, pause=lambda _s: None, tool="test")
    return Journal(store, sdk_app_id=1, environment=environment, runtime=runtime)
