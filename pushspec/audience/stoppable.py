"""Call into a driver so that a stop arrives: Python heeds a signal between its own steps alone."""

from __future__ import annotations

from concurrent.futures import Future, wait
from contextlib import suppress
from threading import Thread
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

_HEEDED_S = 3.0
"""How long a call may take to end that was cancelled; a server that is gone hears of nothing."""
_AGAIN_S = 0.2


class StillRunningError(KeyboardInterrupt):
    """A stop that a call did not heed: a thread is still in the driver, and nobody may touch what it uses."""


def stoppable(call: Callable[[], T], cancel: Callable[[], object] | None = None) -> T:
    """Return what a call returns that waits in a driver, as for the first row of a query.

    The call is made in a thread of its own, and this one waits where Ctrl-C and SIGTERM arrive. What the
    driver raises because it was cancelled does not matter: somebody wanted it to stop.

    Args:
        call: Touches nothing that this thread uses meanwhile.
        cancel: Ends the call from another thread; it may come too early, so it is asked again. None where
            the driver knows no such way.

    Raises:
        KeyboardInterrupt: A stop came, and the call has ended.
        StillRunningError: A stop came, and the call goes on.
    """
    result: Future[T] = Future()
    try:
        Thread(target=_settle, args=(result, call), name="pushspec_call", daemon=True).start()
        return result.result()
    except KeyboardInterrupt:
        _end(result, cancel)
        raise


def _settle(result: Future[T], call: Callable[[], T]) -> None:
    try:
        value = call()
    except BaseException as error:  # noqa: BLE001 - raised where the result is waited for
        result.set_exception(error)
    else:
        result.set_result(value)


def _end(result: Future[T], cancel: Callable[[], object] | None) -> None:
    """Cancel a call, and wait until both have ended: a cancellation uses the connection, and may hang."""
    if cancel is None:
        raise StillRunningError from None
    ending = Thread(target=_cancel, args=(result, cancel), name="pushspec_cancel", daemon=True)
    try:
        ending.start()
        ending.join(_HEEDED_S)
    finally:  # also where a second stop came
        if ending.is_alive() or not result.done():
            raise StillRunningError from None


def _cancel(result: Future[T], cancel: Callable[[], object]) -> None:
    while not result.done():
        with suppress(Exception):
            cancel()
        wait([result], _AGAIN_S)
