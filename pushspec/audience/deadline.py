"""End what runs for too long, even where it begins after its time is over."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_AGAIN_S = 0.2


@contextmanager
def deadline(interrupt: Callable[[], object], seconds: float) -> Iterator[None]:
    """Interrupt a connection when the time is over, and again until the block ends.

    Once is not enough: between two statements there is nothing to interrupt, and the next one has no end.

    Args:
        interrupt: Ends the statement that runs, if there is one; called from another thread.
        seconds: How long the block may take.
    """
    is_done = threading.Event()

    def watch() -> None:
        wait_s = seconds
        while not is_done.wait(wait_s):
            interrupt()
            wait_s = _AGAIN_S

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_done.set()
        thread.join()
