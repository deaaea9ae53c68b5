"""Take back what was sent: a durable intent before each call's requests, a durable outcome behind them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Protocol

import anyio
from anyio import to_thread

from pushspec.errors import LockError, message_of
from pushspec.exit_codes import Ending, ExitCode, decide
from pushspec.language import phrase
from pushspec.lockfile.admission import CLOCK_TOLERANCE
from pushspec.lockfile.histories import RecallState
from pushspec.lockfile.journal import LEASE_S
from pushspec.lockfile.records import Close, RecallIntent, Renew
from pushspec.operate.recall_outcome import Tally
from pushspec.plan.recall_steps import is_in_time
from pushspec.tencent.exchange import GateClosedError
from pushspec.tencent.operations.asking import Asker
from pushspec.tencent.operations.changing import Became, Reply
from pushspec.tencent.operations.revoke import take_back

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from pushspec.clock import Clock
    from pushspec.lockfile.journal import Journal
    from pushspec.lockfile.records import Record
    from pushspec.lockfile.state import LockState
    from pushspec.operate.recall_outcome import AnyRecallOutcome
    from pushspec.plan.recall import RecallPlan
    from pushspec.plan.recall_steps import RecallStep
    from pushspec.tencent.exchange import Sender
    from pushspec.tencent.limits import Limits
    from pushspec.tencent.operations.changing import ChangeRequest


INTENT_LIFE = timedelta(seconds=30)
"""How long after its intent the first request may leave."""
_LIFE_EACH = timedelta(seconds=0.05)
"""How much longer for each request: ten times what the service's rate takes."""
_AT_ONCE = 32
_BACKOFF_S = (2.0, 4.0, 8.0)
_RENEW_BELOW = timedelta(seconds=LEASE_S * 2 / 3)


class RecallReporter(Protocol):
    """Is told what happens, after it is durable."""

    def settled(self, step: RecallStep, outcome: AnyRecallOutcome) -> None:
        """What became of taking a call back is durable."""


@dataclass(frozen=True, slots=True)
class RecallSetup:
    """What one recall works with.

    Attributes:
        journal: The lockfile; nobody else may use it meanwhile.
        sender: Sends requests.
        clock: Tells the time and waits.
        limits: The vendor's limits of the environment.
        holder: Who runs it, in words.
        plan_digest: Digest of the plan that was confirmed.
        reporter: Is told what happens.
        in_thread: Runs the lockfile's blocking calls.
    """

    journal: Journal
    sender: Sender
    clock: Clock
    limits: Limits
    holder: str
    plan_digest: str
    reporter: RecallReporter
    in_thread: Callable[[Callable[[], None]], Awaitable[None]] = to_thread.run_sync


@dataclass(frozen=True, slots=True)
class RecallResult:
    """What is known of a campaign's calls after a recall; the three counts cover all that may be out.

    Attributes:
        taken_back: Calls whose recall the service accepted, in this run or before.
        not_taken_back: Calls that are out and were not taken back.
        unknown: Calls that are taken back or not, or sent or not: nobody knows.
        stopped: Why the run ended early; empty where it did not.
        is_interrupted: Whether somebody stopped it.
        are_credentials_refused: Whether the service did not accept who asks.
        error: What kept the lockfile from being written.
    """

    taken_back: int
    not_taken_back: int
    unknown: int
    stopped: str
    is_interrupted: bool
    are_credentials_refused: bool
    error: LockError | None

    @property
    def exit_code(self) -> ExitCode:
        """The exit code by the table in ``docs/exit-codes.md``."""
        return decide(
            Ending(
                error=None if self.error is None else self.error.exit_code,
                is_in_doubt=bool(self.unknown),
                is_interrupted=self.is_interrupted and bool(self.not_taken_back),
                are_credentials_refused=self.are_credentials_refused,
                has_sent=bool(self.taken_back),
                is_incomplete=bool(self.not_taken_back),
            )
        )


async def recall_calls(
    choose: Callable[[LockState], RecallPlan], setup: RecallSetup, stop: anyio.Event
) -> RecallResult:
    """Take the lock, plan again, and take back every call of the plan.

    Args:
        choose: Plans again under the lock, or raises ``RefusedError``.
        setup: What the run works with.
        stop: Set by Ctrl-C: no new request leaves, those under way finish.

    Raises:
        LockError: Another run holds the lock, or the lockfile cannot be read.
        RefusedError: What would be taken back is not what was confirmed; no call was made.
    """
    take = partial(setup.journal.take, holder=setup.holder, purpose="recall", plan_digest=setup.plan_digest)
    await setup.in_thread(take)
    run = _Run(setup, stop)
    try:
        plan = choose(setup.journal.state)
    except BaseException:  # also when cancelled: the lock is given back, and the error goes on
        with anyio.CancelScope(shield=True):
            await run.close("refused")
        raise
    for step in plan.steps:
        if stop.is_set() or run.stopped:
            break
        await run.take_back(step)
    await run.close(run.stopped or ("interrupted" if stop.is_set() else "done"))
    return run.result(plan)


class _Run:
    """One recall, from taking the lock to leaving it.

    Attributes:
        stopped: Why no more calls are taken back; empty while they are.
    """

    def __init__(self, setup: RecallSetup, stop: anyio.Event) -> None:
        self._setup = setup
        self._journal = setup.journal
        self._clock = setup.clock
        self._asker = Asker(setup.sender, limits=setup.limits, clock=setup.clock)
        self._stop = stop
        self._error: LockError | None = None
        self._are_credentials_refused = False
        self.stopped = ""

    async def take_back(self, step: RecallStep) -> None:
        """Take one call back; what certainly did nothing is tried again a few times."""
        try:
            for number, backoff_s in enumerate((*_BACKOFF_S, None)):
                tally = await self._attempt(replace(step, attempt=step.attempt + number))
                if tally.are_credentials_refused:
                    self._are_credentials_refused, self.stopped = True, tally.text
                if not tally.may_be_repeated or tally.counts[Became.UNKNOWN]:
                    return
                if backoff_s is None:
                    self.stopped = phrase("{key}: {text}", key=step.call.key, text=tally.text)
                    return
                if await self._clock.wait(self._stop, backoff_s):
                    return
        except LockError as error:
            self._error, self.stopped = error, message_of(error)

    async def _attempt(self, step: RecallStep) -> Tally:
        """Make the requests of one call and write down what became of them; it finishes when cancelled."""
        with anyio.CancelScope(shield=True):
            intent = self._intent(step)
            await self._keep_lock()
            await self._write(intent)
            tally = Tally()
            requests = step.requests()
            while some := list(islice(requests, _AT_ONCE)):
                await self._keep_lock()
                await self._ask(some, intent, step, tally)
            record = tally.record(step)
            await self._write(record)
            self._setup.reporter.settled(step, record)
        if tally.error is not None:
            raise tally.error
        return tally

    def _intent(self, step: RecallStep) -> RecallIntent:
        requests = step.request_count
        return RecallIntent(
            campaign=step.call.campaign,
            key=step.call.key,
            attempt=step.attempt,
            endpoint=next(step.requests()).operation.path,
            task_id=step.call.ids.task_id,
            msg_key=step.call.ids.msg_key,
            payload_sha256=step.payload_sha256(),
            requests=requests,
            not_after=self._clock.now() + INTENT_LIFE + _LIFE_EACH * requests,
        )

    async def _ask(
        self, requests: Sequence[ChangeRequest], intent: RecallIntent, step: RecallStep, tally: Tally
    ) -> None:
        check = partial(self._check, intent, step)

        async def ask(request: ChangeRequest) -> None:
            try:
                tally.add(await take_back(self._asker, request, check=check))
            except Exception as error:  # noqa: BLE001 - written as unknown first, raised after that
                tally.error = error
                tally.add(
                    Reply(
                        Became.UNKNOWN,
                        "failed",
                        phrase("pushspec failed ({kind})", kind=type(error).__name__),
                    )
                )

        async with anyio.create_task_group() as under_way:
            for request in requests:
                under_way.start_soon(ask, request)

    def _check(self, intent: RecallIntent, step: RecallStep) -> None:
        """Look whether a request may leave at this very moment."""
        state, now = self._journal.state, self._clock.now()
        if self._stop.is_set():
            raise GateClosedError("stopped", phrase("stopped on request"))
        if not self._journal.holds_lock:
            raise GateClosedError("lease", phrase("the lease on the lockfile has ended"))
        if now > intent.not_after:
            raise GateClosedError("deadline", phrase("connecting took too long"))
        if state.updated_at is not None and state.updated_at - now > CLOCK_TOLERANCE:
            raise GateClosedError(
                "clock", phrase("this machine's clock was set back while the recall was under way")
            )
        if not is_in_time(step.until, now):
            raise GateClosedError("too_late", phrase("the service takes it back no longer"))
        known = state.recalls.get(intent.key)
        intended = (RecallState.INTENDED, intent.attempt, intent.payload_sha256)
        if known is None or (known.state, known.attempts, known.payload_sha256) != intended:
            raise GateClosedError(
                "invariant", phrase("{key} is not what the lockfile intends to take back", key=intent.key)
            )

    async def _keep_lock(self) -> None:
        run = self._journal.state.run
        if run is not None and run.lease_end - self._clock.now() < _RENEW_BELOW:
            await self._write(Renew(lease_end=self._journal.next_lease_end()))

    async def _write(self, record: Record) -> None:
        prepared = self._journal.prepare(record)
        await self._setup.in_thread(partial(self._journal.write, prepared))

    async def close(self, why: str) -> None:
        """Leave the lock; one that cannot be left ends with its lease."""
        if self._error is not None:
            return
        try:
            await self._write(Close(why=why))
        except LockError as error:
            self._error, self.stopped = (
                error,
                phrase("the lock could not be released: {error}", error=message_of(error)),
            )

    def result(self, plan: RecallPlan) -> RecallResult:
        """Return the three counts, and how the run ended."""
        states = Counter(recall.state for recall in self._journal.state.recalls_of(plan.key))
        known = {recall.key for recall in self._journal.state.recalls_of(plan.key)}
        untried = [step.call.key for step in plan.steps] + [call.key for call in plan.too_late]
        return RecallResult(
            taken_back=states[RecallState.TAKEN_BACK],
            not_taken_back=states[RecallState.NOT_TAKEN_BACK]
            + sum(key not in known for key in untried)
            + len(plan.unnamed),
            unknown=states[RecallState.IN_DOUBT] + states[RecallState.INTENDED] + len(plan.doubted),
            stopped=self.stopped,
            is_interrupted=self._stop.is_set(),
            are_credentials_refused=self._are_credentials_refused,
            error=self._error,
        )
