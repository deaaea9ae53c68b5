"""Ask a run to stop, from any thread, coroutine or signal handler."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class StopSignal:
    """Once set, a run makes no new call; those under way finish and are recorded."""

    def __init__(self) -> None:
        self._is_set = False
        self._wakes: tuple[Callable[[], object], ...] = ()

    def is_set(self) -> bool:
        """Return whether somebody asked for a stop."""
        return self._is_set

    def set(self) -> None:
        """Ask for a stop; asking again changes nothing. It takes no lock, as a signal handler must not."""
        self._is_set = True
        for wake in self._wakes:
            with contextlib.suppress(RuntimeError):  # the loop of a run that has just ended
                wake()

    @contextlib.contextmanager
    def waking(self, wake: Callable[[], object]) -> Iterator[None]:
        """Have ``wake`` called at a stop in this block, or now if it came before."""
        self._wakes = (*self._wakes, wake)
        try:
            if self._is_set:
                wake()
            yield
        finally:
            self._wakes = tuple(known for known in self._wakes if known is not wake)
