"""Say how far a pull or a fetch is: a line that moves on a terminal, a line every ten seconds elsewhere."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import copy_context
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING

from pushspec.cli.live import LiveArea, can_draw
from pushspec.cli.output import show, tell
from pushspec.clock import steady_s
from pushspec.language import phrase, said
from pushspec.timestamps import how_far_text, span_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_EVERY_S = 10.0
"""Between two lines of a log."""
_REDRAWN_S = 0.1
"""Between two pictures of the same line."""
_RATED_S = 1.0
"""Before this a rate is that of one batch, which was read before the clock ran."""
_LOOK_S = 1.0
"""Between two looks at work that tells nothing, as a sort: a line may be due."""


class ReadingProgress:
    """Counts what is done of one audience after the other."""

    def __init__(self, size: int = 1, *, steady: Callable[[], float] = steady_s) -> None:
        """Begin to count.

        Args:
            size: How much of what is told makes one of it.
            steady: A clock in seconds that never jumps.
        """
        self._size, self._steady = size, steady
        self._area = LiveArea() if can_draw() else None
        self._name = self._doing = ""
        self._done: int | None = None
        self._total = 0
        self._began_at = self._told_at = 0.0
        self._lock = Lock()

    def __call__(self, name: str, doing: str, more: int | None, total: int) -> None:
        """Count, and say from time to time how far it is.

        Args:
            name: The audience.
            doing: What is counted, in the plural; or what goes on, where that cannot be counted.
            more: How many more are done; None where it cannot be counted.
            total: How many there will be, about; 0 where nobody knows.
        """
        with self._lock:
            now = self._steady()
            if name != self._name:
                self._told_at = now
            if (name, doing) != (self._name, self._doing):
                self._name, self._doing, self._done, self._began_at = name, doing, None, now
            if more is not None:
                self._done = (self._done or 0) + more
            self._total = total
            self._tell(now)

    def _tell(self, now: float) -> None:
        if not self._name or now - self._told_at < (_EVERY_S if self._area is None else _REDRAWN_S):
            return
        self._told_at = now
        line = f"  … {self._name}: {said(self._how_far(now - self._began_at))}"
        if self._area is None:
            tell(line)
        else:
            show(self._area.away() + self._area.over([line]))

    def _how_far(self, elapsed_s: float) -> str:
        if self._done is None:
            return phrase("{doing}, {span} so far", doing=self._doing, span=span_text(elapsed_s))
        # A source that grew since its last pull would look finished and go on.
        total = self._total if self._done <= self._total else 0
        rated_s = elapsed_s if elapsed_s >= _RATED_S else 0
        return how_far_text(self._done // self._size, total // self._size, self._doing, rated_s)

    @contextmanager
    def going_on(self, wait: Callable[[float], bool] | None = None) -> Iterator[None]:
        """Say how far it is within the block also while nothing is told: a sort of millions takes minutes.

        Args:
            wait: Waits so many seconds, and returns whether the block has ended; for tests.
        """
        ended = Event()
        wait = wait or ended.wait
        # The thread speaks the language of the command.
        thread = Thread(target=copy_context().run, args=(self._look_on, wait), daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def _look_on(self, wait: Callable[[float], bool]) -> None:
        while not wait(_LOOK_S):
            with self._lock:
                self._tell(self._steady())

    def finish(self) -> None:
        """Take the moving line away, before a result or an error is written."""
        with self._lock:
            self._name = self._doing = ""
            if self._area is not None:
                show(self._area.away())


@contextmanager
def told_of_fetches() -> Iterator[Callable[[str, int, int], None]]:
    """Yield what is told how the fetch of lists comes on, in kilobytes; its line goes away with the block."""
    progress = ReadingProgress(1_000)
    try:
        yield lambda name, more, whole: progress(name, "kB", more, whole)
    finally:
        progress.finish()
