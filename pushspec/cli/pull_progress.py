"""Say how far a pull is: a line that moves on a terminal, a line every ten seconds elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushspec.cli.live import LiveArea, can_draw
from pushspec.cli.output import show, tell
from pushspec.clock import steady_s
from pushspec.timestamps import how_far_text

if TYPE_CHECKING:
    from collections.abc import Callable

_EVERY_S = 10.0
"""Between two lines of a log."""
_REDRAWN_S = 0.1
"""Between two pictures of the same line."""


class PullProgress:
    """Counts the rows of one audience after the other."""

    def __init__(self, *, steady: Callable[[], float] = steady_s) -> None:
        """Begin to count; ``steady`` is a clock in seconds that never jumps."""
        self._steady = steady
        self._area = LiveArea() if can_draw() else None
        self._name = ""
        self._rows = 0
        self._began_at = self._told_at = 0.0

    def __call__(self, name: str, rows: int, expected: int) -> None:
        """Count rows, and say from time to time how far it is.

        Args:
            name: The audience.
            rows: How many more were read.
            expected: How many its last pull read; 0 where there was none.
        """
        now = self._steady()
        if name != self._name:
            self._name, self._rows, self._began_at, self._told_at = name, 0, now, now
        self._rows += rows
        if now - self._told_at < (_EVERY_S if self._area is None else _REDRAWN_S):
            return
        self._told_at = now
        # A source that grew since its last pull would look finished and go on.
        total = expected if self._rows < expected else 0
        line = f"  … {name}: {how_far_text(self._rows, total, 'rows', now - self._began_at)}"
        if self._area is None:
            tell(line)
        else:
            show(self._area.away() + self._area.over([line]))

    def finish(self) -> None:
        """Take the moving line away, before a result or an error is written."""
        if self._area is not None:
            show(self._area.away())
