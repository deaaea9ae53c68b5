"""Tell whoever watches that there is something new to see."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_QUIET_S = 15.0


class Changes:
    """A bell that several watchers hear; many rings between two looks count as one."""

    def __init__(self) -> None:
        self._bells: set[asyncio.Event] = set()
        self._is_over = False

    def ring(self) -> None:
        """Wake every watcher."""
        for bell in self._bells:
            bell.set()

    def end(self) -> None:
        """Send every watcher away; there is nothing more to see."""
        self._is_over = True
        self.ring()

    async def listen(self) -> AsyncIterator[bool]:
        """Yield ``True`` at once and after each change, ``False`` after a quiet while."""
        bell = asyncio.Event()
        bell.set()
        self._bells.add(bell)
        try:
            while True:
                try:
                    await asyncio.wait_for(bell.wait(), _QUIET_S)
                except TimeoutError:
                    yield False
                else:
                    if self._is_over:
                        return
                    bell.clear()
                    yield True
        finally:
            self._bells.discard(bell)
