"""Send a try: a few calls to testers, each with an intent on record before it and its outcome behind it.

It is no run: it knows no campaign's calls, and what it records is never counted as the send.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import anyio

from pushspec.apply.attempt import INTENT_LIFE
from pushspec.apply.classify import classify
from pushspec.apply.journal_writer import JournalWriter
from pushspec.apply.pace import ended_attempts
from pushspec.errors import RefusedError
from pushspec.language import phrase
from pushspec.lockfile.admission import CLOCK_TOLERANCE
from pushspec.lockfile.histories import CallState
from pushspec.lockfile.records import Close, Tried
from pushspec.serialization import sha256_hex
from pushspec.tencent.exchange import Gate, GateClosedError
from pushspec.tencent.pacing import Pacer
from pushspec.tencent.rates import rates_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from typing import Literal

    from pushspec.apply.classify import CallOutcome
    from pushspec.apply.run import RunSetup
    from pushspec.lockfile.state import LockState
    from pushspec.plan.trial import Trial, TrialCall

    Step = Literal["sent", "not_sent", "unknown"]


@dataclass(frozen=True, slots=True)
class TriedCall:
    """What became of one call of a try.

    Attributes:
        trial: The call.
        outcome: What became of it, which is durable.
    """

    trial: TrialCall
    outcome: CallOutcome


async def send_trial(choose: Callable[[LockState], Trial], setup: RunSetup) -> tuple[Trial, list[TriedCall]]:
    """Take the lock, make the try, and leave the lock; refused credentials end it at once.

    Args:
        choose: Makes the try under the lock, or raises ``RefusedError``.
        setup: What it works with.

    Raises:
        LockError: Another run holds the lock, or the lockfile cannot be written.
        RefusedError: A freeze holds, or ``choose`` refuses; nothing was sent.
    """
    journal = setup.journal
    await setup.in_thread(partial(journal.take, holder=setup.provenance.holder, purpose="try"))
    writer = JournalWriter(journal, setup.in_thread)
    try:
        if reason := journal.state.frozen_reason or setup.options.frozen():
            raise RefusedError(
                phrase("frozen: {reason}", reason=reason), hint=phrase("a freeze stops a try, too")
            )
        trial = choose(journal.state)
        tries = _Tries(trial, setup, writer)
        made: list[TriedCall] = []
        for call in trial.calls:
            made.append(await tries.make(call))
            if made[-1].outcome.is_credentials_trouble:  # every other call would end the same way
                break
        return trial, made
    finally:
        with anyio.CancelScope(shield=True):
            await writer.write(Close(why="tried"))


class _Tries:
    """The calls of one try, one after another."""

    def __init__(self, trial: Trial, setup: RunSetup, writer: JournalWriter) -> None:
        self._trial = trial
        self._setup = setup
        self._writer = writer
        pace, now = trial.calls[0].call.endpoint.pace, setup.clock.now()
        self._pacer = Pacer(rates_of(pace, setup.options.limits), setup.clock)
        self._pacer.remember(ended_attempts(setup.journal.state, pace, now), now)

    async def make(self, trial: TrialCall) -> TriedCall:
        call, clock = trial.call, self._setup.clock
        await self._pacer.enter(call.weight, stop=anyio.Event(), waiting=self._tell_wait)
        with anyio.CancelScope(shield=True):
            try:
                payload, not_after = call.body, clock.now() + INTENT_LIFE
                await self._writer.write(self._record(trial, "intended", payload))
                gate = Gate(partial(self._check, not_after), now=clock.now)
                exchange = await self._setup.sender.send(call.endpoint.path, payload, gate)
                outcome = classify(call.endpoint, exchange).of_call_to(len(call.accounts))
                await self._writer.write(self._record(trial, _step(outcome), payload, outcome))
            finally:
                self._pacer.leave(call.weight)
        return TriedCall(trial, outcome)

    def _check(self, not_after: datetime) -> None:
        """Make the last check, on the open connection: no window, no quiet hours, but every freeze."""
        state, now = self._setup.journal.state, self._setup.clock.now()
        if now > not_after:
            raise GateClosedError("deadline", phrase("connecting took too long"))
        if not self._setup.journal.holds_lock:
            raise GateClosedError("lease", phrase("the lease on the lockfile has ended"))
        if state.updated_at is not None and state.updated_at - now > CLOCK_TOLERANCE:
            raise GateClosedError("clock", phrase("this machine's clock was set back"))
        if reason := state.frozen_reason or self._setup.options.frozen():
            raise GateClosedError("frozen", phrase("frozen: {reason}", reason=reason))

    def _tell_wait(self, why: str, wait_s: float) -> None:
        self._setup.reporter.waiting(self._setup.clock.now() + timedelta(seconds=wait_s), why)

    def _record(
        self,
        trial: TrialCall,
        step: Literal["intended"] | Step,
        payload: bytes,
        outcome: CallOutcome | None = None,
    ) -> Tried:
        ids = outcome.ids if outcome is not None else None
        return Tried(
            campaign=self._trial.campaign_key,
            key=trial.call.key,
            content_sha256=self._trial.digest,
            step=step,
            endpoint=trial.call.endpoint.name,
            accounts=len(trial.call.accounts),
            calls=len(self._trial.calls),
            payload_sha256=sha256_hex(payload),
            by=self._setup.provenance.actor,
            task_id=ids.task_id if ids is not None else None,
            msg_key=ids.msg_key if ids is not None else None,
            msg_id=ids.msg_id if ids is not None else None,
            refused={str(code): len(who) for code, who in outcome.refused.items()} if outcome else {},
            text=outcome.text if outcome is not None else "",
        )


def _step(outcome: CallOutcome) -> Step:
    match outcome.state:
        case CallState.SENT:
            return "sent"
        case CallState.IN_DOUBT:
            return "unknown"
        case _:
            return "not_sent"
