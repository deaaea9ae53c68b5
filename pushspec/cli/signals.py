"""Ctrl-C, SIGTERM and a closed terminal: the first signal stops cleanly, the second one at once."""

from __future__ import annotations

import contextlib
import os
import signal
from typing import TYPE_CHECKING

import click

from pushspec.exit_codes import ExitCode
from pushspec.language import phrase, said, say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

_NAMES = {
    signal.SIGINT: "Ctrl-C",
    signal.SIGTERM: "SIGTERM",
    signal.SIGHUP: phrase("the terminal was closed"),
}
_STDERR = 2
_UNSENT = phrase("Nothing was sent.")

WITHIN_S = 6.5
"""From the first signal to the end of the process: the longest request, and a moment to record it."""
_AGAIN_S = 3
"""To the next KeyboardInterrupt where the first one led to nothing."""


class _Interrupts:
    """The handler that breaks into a command, and remembers that it did.

    Python raises the KeyboardInterrupt in whatever line runs at that moment, and not every line lets it pass:
    a class that is being made turns it into a RuntimeError, a group of tasks into a BaseExceptionGroup, which
    is no Exception, and a finalizer swallows it. So it is raised again where nobody heeds it, lest a command
    that was told to stop works on to its end.
    """

    def __init__(self) -> None:
        self.came = False

    def __call__(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self.came = True
        if signal.getsignal(signal.SIGALRM) is self:
            signal.setitimer(signal.ITIMER_REAL, _AGAIN_S)
        raise KeyboardInterrupt


_interrupts = _Interrupts()


def interrupt_on_signals() -> None:
    """Let SIGTERM and a closed terminal end a command as Ctrl-C does; nohup stays nohup."""
    for number in (*_NAMES, signal.SIGALRM):
        if signal.getsignal(number) in {signal.SIG_DFL, signal.default_int_handler}:
            signal.signal(number, _interrupts)


def stop_is_heeded() -> None:
    """Let the command wind up in peace: the first signal is not raised again."""
    if signal.getsignal(signal.SIGALRM) is _interrupts:
        signal.setitimer(signal.ITIMER_REAL, 0)


def was_interrupted() -> bool:
    """Return whether a signal broke into this process, whatever became of the KeyboardInterrupt."""
    return _interrupts.came


@contextlib.contextmanager
def stopped_unsent(what: str = _UNSENT) -> Iterator[None]:
    """Say of a stop in this block that nothing was done yet, and end the command with 130."""
    try:
        with breaking_off():
            yield
    except (KeyboardInterrupt, click.Abort):
        stop_is_heeded()
        click.echo(say("Stopped. {what}", what=what), err=True)
        raise click.exceptions.Exit(ExitCode.INTERRUPTED) from None


@contextlib.contextmanager
def breaking_off(is_asked: Callable[[], bool] = was_interrupted) -> Iterator[None]:
    """Leave this block with a KeyboardInterrupt where a stop was asked for, however the block ends."""
    try:
        yield
    except (Exception, BaseExceptionGroup):
        # A template process that the same Ctrl-C killed fails anyhow; others go on.
        if is_asked():
            raise KeyboardInterrupt from None
        raise
    if is_asked():
        raise KeyboardInterrupt


class Interruption:
    """A stop that somebody asks for while calls may be under way.

    The first signal asks, and the run has ``WITHIN_S`` to end by itself. Then, or at a second signal, the
    process ends whatever it waits for, and says what state it leaves.

    Attributes:
        is_asked: Whether the first signal came.
    """

    def __init__(self, *, first_text: Callable[[str], str], last_text: Callable[[str], str]) -> None:
        """Take the texts to print.

        Args:
            first_text: Returns the text for the first signal, given its name.
            last_text: Returns the text for when the process ends without waiting, given why it does.
        """
        self.is_asked = False
        self._first_text = first_text
        self._last_text = last_text
        self._breaks_in = False
        self._wake: Callable[[], object] = _nobody

    @contextlib.contextmanager
    def heeded(self) -> Iterator[None]:
        """Heed the signals in this block; those that are ignored stay so."""
        heeded = [number for number in _NAMES if signal.getsignal(number) is not signal.SIG_IGN]
        before = {number: signal.signal(number, self._on_signal) for number in heeded}
        # An alarm, and no thread: it also comes while the main thread waits for a disk or another process.
        before[signal.SIGALRM] = signal.signal(signal.SIGALRM, self._on_alarm)
        try:
            yield
        finally:
            for number in heeded:
                signal.signal(number, before[number])
            # Behind those, for they wind it up; before its own handler goes, for without one it kills.
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before[signal.SIGALRM])

    @contextlib.contextmanager
    def at_once(self) -> Iterator[None]:
        """Let the first signal break into this block, in which nothing is under way that has to finish.

        Raises:
            KeyboardInterrupt: The first signal comes, or came before.
        """
        self._breaks_in = True
        try:
            if self.is_asked:
                raise KeyboardInterrupt
            with breaking_off(lambda: self.is_asked):
                yield
        finally:
            self._breaks_in = False

    @contextlib.contextmanager
    def calling(self, wake: Callable[[], object]) -> Iterator[None]:
        """Have ``wake`` called at a first signal in this block, or now if it came before."""
        self._wake = wake
        if self.is_asked:
            wake()
        try:
            yield
        finally:
            self._wake = _nobody

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        del frame
        if not self.is_asked:
            self._ask(number)
        elif number != signal.SIGHUP:
            # The shell and the system both tell of a closed terminal: that is no impatience.
            self._end(say("Stopped at once"))

    def _ask(self, number: int) -> None:
        self.is_asked = True
        signal.setitimer(signal.ITIMER_REAL, WITHIN_S)
        if self._breaks_in:
            raise KeyboardInterrupt
        _write(self._first_text(said(_NAMES[signal.Signals(number)])))
        self._wake()

    def _on_alarm(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self._end(say("Stopped without waiting any longer"))

    def _end(self, why: str) -> None:
        _write(self._last_text(why))
        os._exit(ExitCode.INTERRUPTED)


def _nobody() -> None:
    """Wake nobody: no run is under way yet, or any more."""


def _write(text: str) -> None:
    """Write to stderr below Python's buffers, which the interrupted code may be writing to at this moment."""
    with contextlib.suppress(OSError):
        os.write(_STDERR, f"{text}\n".encode())
