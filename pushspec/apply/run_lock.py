"""The lock that a run holds: taken before it plans, renewed while it sends, left at its end."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from pushspec.apply.result import RunResult, Stop
from pushspec.errors import HeldLockError, LockError, message_of
from pushspec.language import phrase
from pushspec.lockfile.records import Close, Renew

if TYPE_CHECKING:
    import anyio

    from pushspec.apply.guard import Guard
    from pushspec.apply.journal_writer import JournalWriter
    from pushspec.apply.run import RunSetup

_RENEW_EVERY_S = 20
_LOOK_AT_LOCK_EVERY_S = 5.0


class RunLock:
    """The lock of one run.

    Args:
        setup: What the run works with.
        writer: Writes its records.
        guard: Is told when the lock is lost.
    """

    def __init__(self, setup: RunSetup, writer: JournalWriter, guard: Guard) -> None:
        self._setup = setup
        self._journal = setup.journal
        self._clock = setup.clock
        self._writer = writer
        self._guard = guard

    async def take(self, stop: anyio.Event) -> None:
        """Take the lock, waiting for another run as long as the options say."""
        provenance = self._setup.provenance
        take = partial(self._journal.take, holder=provenance.holder, plan_digest=provenance.plan_digest)
        until = self._clock.now() + timedelta(seconds=self._setup.options.lock_timeout_s)
        waited_for = ""
        while True:
            try:
                await self._setup.in_thread(take)
            except HeldLockError:
                left_s, run = (until - self._clock.now()).total_seconds(), self._journal.state.run
                if left_s <= 0 or run is None:
                    raise
                if run.run_id != waited_for:
                    waited_for = run.run_id
                    self._setup.reporter.waiting(
                        until,
                        phrase("{holder} holds the lock ({purpose})", holder=run.holder, purpose=run.purpose),
                    )
                if await self._clock.wait(stop, min(_LOOK_AT_LOCK_EVERY_S, left_s)):
                    raise
            else:
                return

    async def renew(self) -> None:
        """Renew the lock until the run ends."""
        while not await self._clock.wait(self._guard.quit, _RENEW_EVERY_S):
            await self.hold_on()

    async def hold_on(self) -> None:
        """Renew the lock once; a run that cannot is over."""
        try:
            await self._writer.write(Renew(lease_end=self._journal.next_lease_end()))
        except LockError as error:
            self._guard.halt(Stop.LOCK, message_of(error), error)

    async def leave(self, why: str, result: RunResult) -> None:
        """Leave the lock; one that cannot be left ends with its lease."""
        if self._guard.error is not None:
            return
        close = Close(
            why=why,
            sent=result.sent,
            refused=result.refused,
            not_sent=result.not_sent,
            in_doubt=result.in_doubt,
        )
        try:
            await self._writer.write(close)
        except LockError as error:
            self._guard.halt(
                Stop.LOCK, phrase("the lock could not be released: {error}", error=message_of(error)), error
            )
