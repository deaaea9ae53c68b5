"""Carry out a plan: make each call once, at its pace, and lose no record when a process dies."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

import anyio

from pushspec.apply.attempt import Attempts
from pushspec.apply.campaign_keys import campaign_keys
from pushspec.apply.guard import Guard
from pushspec.apply.invariants import check_calls, check_unchanged
from pushspec.apply.journal_writer import JournalWriter
from pushspec.apply.pace import ended_attempts
from pushspec.apply.result import RunResult, Stop
from pushspec.apply.run_lock import RunLock
from pushspec.apply.stage_gates import StageGates
from pushspec.apply.tasks import TaskRun
from pushspec.apply.under_way import UnderWay
from pushspec.errors import LockError, message_of
from pushspec.files import FileAccessError
from pushspec.language import phrase
from pushspec.lockfile.histories import CallState
from pushspec.lockfile.records import Begin, End
from pushspec.plan.hour_progress import begun_hours
from pushspec.plan.schedules import Action
from pushspec.tencent.pacing import pacers

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pushspec.apply.classify import CallOutcome
    from pushspec.apply.run import RunSetup
    from pushspec.lockfile.state import LockState
    from pushspec.plan.calls import Call, CampaignCalls
    from pushspec.tencent.endpoints import Pace
    from pushspec.tencent.pacing import Pacer

_BACKOFF_S = (2.0, 4.0, 8.0)
"""Waits before automatic attempts; a repeat some milliseconds later may fall into another second."""


async def apply_calls(
    choose: Callable[[LockState], Sequence[CampaignCalls]], setup: RunSetup, stop: anyio.Event
) -> RunResult:
    """Take the lock, plan again, and make every call that is still open.

    Args:
        choose: Plans again under the lock and returns what is due now, or raises ``RefusedError``.
        setup: What the run works with.
        stop: Set by Ctrl-C: no new call is taken, those under way finish.

    Raises:
        LockError: Another run holds the lock, or the lockfile cannot be read.
        RefusedError: What is to be sent is not what was begun, or ``choose`` refuses; nothing was sent.
        BrokenInvariantError: The calls are not what their campaigns say; nothing was sent.
    """
    run = _Run(setup)
    await run.lock.take(stop)
    try:
        with setup.reporter.planning():
            campaigns = choose(setup.journal.state)
        check_calls([*campaigns, *(it.calls for it in setup.tasks() if it.calls is not None)])
        check_unchanged(setup.journal.state, campaigns)
    except BaseException:  # also when cancelled: the lock is given back, and the error goes on
        with anyio.CancelScope(shield=True):
            await run.lock.leave("refused", RunResult(Stop.DONE))
        raise
    return await run.through(campaigns, stop)


class _Run:
    """One run, from taking the lock to leaving it."""

    def __init__(self, setup: RunSetup) -> None:
        self._setup = setup
        self._journal = setup.journal
        self._clock = setup.clock
        self._guard = Guard(setup.journal, setup.clock, setup.options, setup.reporter)
        self._writer = JournalWriter(setup.journal, setup.in_thread, setup.heard)
        self.lock = RunLock(setup, self._writer, self._guard)
        self._attempts = Attempts(self._writer, setup.sender, setup.clock, setup.reporter, self._guard.check)
        self._gates = StageGates(self._writer, self._clock, self._guard)
        self._tasks = TaskRun(setup, self._writer, self._guard)
        self._pacers: dict[Pace, Pacer] = {}
        self._sent = 0
        self._last: dict[str, CallState] = {}
        self._due: dict[str, Sequence[str]] = {}
        self._refused_accounts = 0

    async def through(self, campaigns: Sequence[CampaignCalls], stop: anyio.Event) -> RunResult:
        async with anyio.create_task_group() as background:
            background.start_soon(self.lock.renew)
            background.start_soon(self._guard.watch_time)
            background.start_soon(self._heed, stop)
            await self._tasks.carry_out(self._setup.tasks())
            await self._send(campaigns)
            background.cancel_scope.cancel()
        await self.lock.leave(self._guard.stop.value, self._result(campaigns))
        # Anew, because leaving the lock may have shown that another run has taken it.
        return self._result(campaigns)

    async def _heed(self, stop: anyio.Event) -> None:
        await stop.wait()
        self._guard.halt(Stop.INTERRUPTED, phrase("stopped by the user"))

    async def _send(self, campaigns: Sequence[CampaignCalls]) -> None:
        try:
            await self._gates.record(self._setup.verdicts())
        except LockError as error:
            self._guard.halt(Stop.LOCK, message_of(error), error)
        for campaign in campaigns:
            await self._send_campaign(campaign)

    async def _send_campaign(self, campaign: CampaignCalls) -> None:
        # Looked at before the first record, so that a campaign that cannot start leaves no trace.
        if self._guard.quit.is_set() or not await self._may_leave(campaign):
            return
        try:
            self._due[campaign.campaign_key] = await self._gates.open(campaign)
            if campaign.campaign_key not in self._journal.state.campaigns:
                await self._writer.write(self._begin(campaign))
            await self._send_calls(campaign)
            await self._gates.tell(campaign)
            await self._end(campaign)
        except LockError as error:
            self._guard.halt(Stop.LOCK, message_of(error), error)

    def _begin(self, campaign: CampaignCalls) -> Begin:
        return Begin(
            **campaign_keys(campaign, self._setup.provenance),
            hours=begun_hours(campaign) or None,
            zone_data=campaign.zone_data or None,
        )

    async def _send_calls(self, campaign: CampaignCalls) -> None:
        held = set(campaign.table.keys) - set(self._due[campaign.campaign_key])
        pacer = self._pacer(campaign.endpoint.pace)
        under_way = UnderWay(pacer.most_at_once, self._guard.refusals_of(campaign))
        async with anyio.create_task_group() as tasks:
            for row, key in enumerate(campaign.table.keys):
                if key in held or not self._journal.state.is_open(key):
                    continue
                await under_way.await_room()
                if self._guard.quit.is_set() or self._guard.is_blocked(campaign):
                    break
                if self._guard.is_blocked(campaign, campaign.table.stage(row)):
                    continue
                try:
                    call = campaign.call(row)
                except FileAccessError as error:  # whom it names cannot be read: nobody else gets it instead
                    self._guard.halt(Stop.LIST, message_of(error))
                    break
                under_way.add(call)
                tasks.start_soon(self._make, campaign, call, pacer, under_way)

    def _pacer(self, pace: Pace) -> Pacer:
        if not self._pacers:
            # All of them: what another endpoint sent a moment ago counts for the project's own rate.
            self._pacers = pacers(self._setup.options.limits, self._clock)
            now = self._clock.now()
            for known, pacer in self._pacers.items():
                pacer.remember(ended_attempts(self._journal.state, known, now), now)
        return self._pacers[pace]

    async def _make(self, campaign: CampaignCalls, call: Call, pacer: Pacer, under_way: UnderWay) -> None:
        try:
            for backoff_s in (*_BACKOFF_S, None):
                outcome = await self._attempt(campaign, call, pacer)
                if outcome is None or not outcome.may_be_tried_again:
                    return
                if backoff_s is None:
                    self._give_up(call, outcome)
                    return
                self._tell_wait(phrase("{key}: {text}", key=call.key, text=outcome.text), backoff_s)
                if await self._clock.wait(self._guard.quit, backoff_s):
                    return
        except LockError as error:
            self._guard.halt(Stop.LOCK, message_of(error), error)
        finally:
            under_way.end(call)

    async def _attempt(self, campaign: CampaignCalls, call: Call, pacer: Pacer) -> CallOutcome | None:
        """Make one attempt when it may be made; ``None`` when it may not."""
        if not await self._guard.await_quota(campaign):
            return None
        if not await pacer.enter(call.weight, stop=self._guard.quit, waiting=self._tell_wait):
            return None
        try:
            if not await self._may_leave(campaign, call.stage):
                return None
            known = self._journal.state.calls.get(call.key)
            number = 1 if known is None else known.attempts + 1
            outcome, exchange = await self._attempts.make(campaign, call, number)
        finally:
            pacer.leave(call.weight)
        self._count(call.key, outcome.state)
        self._refused_accounts += sum(map(len, outcome.refused.values()))
        self._guard.judge(campaign, call, outcome, exchange)
        await self._gates.stop_failed(campaign, call.stage)
        return outcome

    def _count(self, key: str, state: CallState) -> None:
        """Remember what became of a call; of the many that were sent, only how many they are."""
        if state is CallState.SENT:
            self._last.pop(key, None)
            self._sent += 1
        else:
            self._last[key] = state

    async def _may_leave(self, campaign: CampaignCalls, stage: int | None = None) -> bool:
        """Whether a call may leave; a lease that ran out is renewed first, unless another run took over."""
        if not self._journal.holds_lock:
            await self.lock.hold_on()
        return self._guard.is_clear(campaign, stage)

    def _give_up(self, call: Call, outcome: CallOutcome) -> None:
        if outcome.state is CallState.NOT_SENT:
            self._guard.halt(Stop.NO_CONNECTION, phrase("{key}: {text}", key=call.key, text=outcome.text))

    def _tell_wait(self, why: str, wait_s: float) -> None:
        if not self._guard.has_time(wait_s):
            return
        self._setup.reporter.waiting(self._clock.now() + timedelta(seconds=wait_s), why)

    async def _end(self, campaign: CampaignCalls) -> None:
        state, key = self._journal.state, campaign.campaign_key
        states, refused_accounts = Counter[CallState](), 0
        for call in state.calls_of(key):
            if call.is_settled:
                states[call.state] += 1
                refused_accounts += sum(call.refused.values())
        if states.total() < campaign.call_count or state.campaigns[key].end is not None:
            return
        await self._writer.write(
            End(
                campaign=key,
                sent=states[CallState.SENT],
                refused=states[CallState.REFUSED],
                abandoned=states[CallState.ABANDONED],
                refused_accounts=refused_accounts,
            )
        )

    def _result(self, campaigns: Sequence[CampaignCalls]) -> RunResult:
        state, counts = self._journal.state, Counter(self._last.values())
        return RunResult(
            stop=self._guard.stop,
            text=self._guard.text,
            sent=self._sent,
            refused=counts[CallState.REFUSED],
            not_sent=counts[CallState.NOT_SENT],
            in_doubt=counts[CallState.IN_DOUBT],
            left=sum(self._left_of(campaign) for campaign in campaigns),
            refused_accounts=self._refused_accounts,
            doubts=tuple(sorted(state.doubted | state.under_way | self._tasks.doubts)),
            made=self._tasks.done[Action.CREATE],
            rescheduled=self._tasks.done[Action.CHANGE],
            cancelled=self._tasks.done[Action.CANCEL],
            open_tasks=tuple(sorted(self._tasks.left)),
            conflicts=tuple(sorted(state.conflicts)),
            mostly_refused=tuple(sorted(self._guard.mostly_refused)),
            stopped=tuple(sorted(self._guard.stopped)),
            error=self._guard.error,
        )

    def _left_of(self, campaign: CampaignCalls) -> int:
        """Return how many calls were due and not tried; those behind a gate were not due."""
        state, due = self._journal.state, self._due.get(campaign.campaign_key)
        if due is None:
            due = self._gates.due(campaign)
        return sum(key not in self._last and state.is_open(key) for key in due)
