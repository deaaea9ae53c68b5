"""Say how far a pull or a fetch is: a line that moves on a terminal, a line every ten seconds elsewhere."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from pushspec.cli.live import LiveArea, can_draw
from pushspec.cli.output import show, tell
from pushspec.clock import steady_s
from pushspec.language import phrase, said
from pushspec.timestamps import how_far_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_ROWS = phrase("rows")
_EVERY_S = 10.0
"""Between two lines of a log."""
_REDRAWN_S = 0.1
"""Between two pictures of the same line."""


class ReadingProgress:
    """Counts what comes of one audience after the other."""

    def __init__(self, noun: str = _ROWS, size: int = 1, *, steady: Callable[[], float] = steady_s) -> None:
        """Begin to count.

        Args:
            noun: What people read is counted, in the plural.
            size: How much of what is told makes one of it.
            steady: A clock in seconds that never jumps.
        """
        self._noun, self._size, self._steady = noun, size, steady
        self._area = LiveArea() if can_draw() else None
        self._name = ""
        self._done = 0
        self._began_at = self._told_at = 0.0

    def __call__(self, name: str, more: int, expected: int) -> None:
        """Count, and say from time to time how far it is.

        Args:
            name: The audience.
            more: How many more came.
            expected: How many will come, about; 0 where nobody knows.
        """
        now = self._steady()
        if name != self._name:
            self._name, self._done, self._began_at, self._told_at = name, 0, now, now
        self._done += more
        if now - self._told_at < (_EVERY_S if self._area is None else _REDRAWN_S):
            return
        self._told_at = now
        # A source that grew since its last pull would look finished and go on.
        total = expected if self._done <= expected else 0
        done, total = self._done // self._size, total // self._size
        line = f"  … {name}: {said(how_far_text(done, total, self._noun, now - self._began_at))}"
        if self._area is None:
            tell(line)
        else:
            show(self._area.away() + self._area.over([line]))

    def finish(self) -> None:
        """Take the moving line away, before a result or an error is written."""
        if self._area is not None:
            show(self._area.away())


@contextmanager
def told_of_fetches() -> Iterator[ReadingProgress]:
    """Yield what is told how the fetch of lists comes on, in kilobytes; its line goes away with the block."""
    progress = ReadingProgress("kB", 1_000)
    try:
        yield progress
    finally:
        progress.finish()
