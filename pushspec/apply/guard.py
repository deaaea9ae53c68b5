"""Decide whether a call may leave now, and why a run takes no more calls."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import TYPE_CHECKING

import anyio

from pushspec.apply.result import Stop
from pushspec.apply.stage_watch import StageWatch
from pushspec.language import phrase
from pushspec.lockfile.admission import CLOCK_TOLERANCE
from pushspec.lockfile.histories import CallState
from pushspec.plan.refusals import refusal_count
from pushspec.spec.policy import PolicyName
from pushspec.tencent.codes import Remedy, meaning_of
from pushspec.tencent.exchange import TOTAL_S, GateClosedError
from pushspec.timestamps import local_text

if TYPE_CHECKING:
    from datetime import datetime

    from pushspec.apply.classify import CallOutcome
    from pushspec.apply.run import Reporter, RunOptions
    from pushspec.clock import Clock
    from pushspec.errors import LockError
    from pushspec.lockfile.journal import Journal
    from pushspec.lockfile.state import LockState
    from pushspec.plan.calls import Call, CampaignCalls
    from pushspec.plan.refusals import RefusalCount
    from pushspec.tencent.exchange import Exchange

_DATE_GRAIN = timedelta(seconds=1)
_STOPS = {
    "frozen": Stop.FROZEN,
    "clock": Stop.CLOCK,
    "certificate": Stop.NO_CONNECTION,
    "proxy_refused": Stop.NO_CONNECTION,
}
"""What ends the run, and not only its campaign: every other call would end the same way."""
_TIMES = frozenset({"window", PolicyName.QUIET_HOURS, PolicyName.BLACKOUT_DATES})
"""What closes the gate of one hour and of no other."""


class Guard:
    """The stops of one run.

    Attributes:
        quit: Set when the run takes no more calls.
        stop: Why.
        text: The same in a sentence.
        error: What kept the lockfile from being written.
        blocked: Campaigns of which no more calls are made.
        mostly_refused: Those of them that policy ``max-refused`` stopped.
        stopped: Those of them that a condition of their rollout, or a person, stopped.
    """

    def __init__(self, journal: Journal, clock: Clock, options: RunOptions, reporter: Reporter) -> None:
        self._journal = journal
        self._clock = clock
        self._options = options
        self._reporter = reporter
        self._started = clock.monotonic()
        self.quit = anyio.Event()
        self.stop = Stop.DONE
        self.text = ""
        self.error: LockError | None = None
        self.blocked: set[str] = set()
        self.mostly_refused: set[str] = set()
        self.stopped: set[str] = set()
        self._stages = StageWatch(journal)
        self._refusals: dict[str, RefusalCount] = {}
        self._closed_hours: set[tuple[str, int | None]] = set()

    def halt(self, stop: Stop, text: str, error: LockError | None = None) -> None:
        """Take no more calls; the first reason is the one that counts."""
        self.error = self.error or error
        if not self.quit.is_set():
            self.stop, self.text = stop, text
            self.quit.set()
            self._reporter.stopping(text)

    def check_run(self) -> None:
        """Look whether this run may make any request at this very moment.

        Raises:
            GateClosedError: It may not.
        """
        state = self._journal.state
        if self.quit.is_set():
            raise GateClosedError("stopped", self.text)
        if not self._journal.holds_lock:
            raise GateClosedError("lease", phrase("the lease on the lockfile has ended"))
        if state.updated_at is not None and state.updated_at - self._clock.now() > CLOCK_TOLERANCE:
            raise GateClosedError(
                "clock", phrase("this machine's clock was set back while the run was under way")
            )

    def check(self, campaign: CampaignCalls, stage: int | None = None) -> None:
        """Look whether a call of this campaign may leave at this very moment; it never waits.

        Args:
            campaign: The campaign.
            stage: The number of the call's stage or hour; None for the campaign as a whole.

        Raises:
            GateClosedError: It may not.
        """
        self.check_run()
        state, now, key = self._journal.state, self._clock.now(), campaign.campaign_key
        if reason := state.frozen_reason or self._options.frozen():
            raise GateClosedError("frozen", phrase("frozen: {reason}", reason=reason))
        departure = campaign.departure if stage is None else campaign.departure_of(stage)
        closure = departure.closed_at(now)
        if closure is not None:
            raise GateClosedError(closure.case, closure.text)
        if stopped := self._stages.closed_text(campaign, stage or 0):
            raise GateClosedError("rollout", phrase("rollout ({stopped})", stopped=stopped))
        self._check_record(state, key)
        refusals = self.refusals_of(campaign)
        if refusals is not None and refusals.excess:
            raise GateClosedError("max-refused", phrase("max-refused ({excess})", excess=refusals.excess))
        if self._has_too_many_doubts(campaign):
            raise GateClosedError("in_doubt", phrase("a call of this campaign is in doubt"))

    def _check_record(self, state: LockState, key: str) -> None:
        """Look whether the lockfile speaks against any further call of a campaign."""
        evidence = state.conflict_of(key)
        if evidence is not None:
            raise GateClosedError("conflict", phrase("evidence against the record: {why}", why=evidence.why))
        if others := state.schedules_of(key.partition("@")[0]):
            text = phrase(
                "{key} is scheduled at the service, and not known to be sent or cancelled", key=others[0].key
            )
            raise GateClosedError("scheduled", text)
        if state.recalls_of(key):
            raise GateClosedError("recalled", phrase("it was to be taken back, and sends nothing more"))

    def is_clear(self, campaign: CampaignCalls, stage: int | None = None) -> bool:
        """Whether a call may leave; if not, its campaign is blocked or the run stops, and people are told.

        Of a campaign with local hours, one that closes leaves the others open.
        """
        try:
            self.check(campaign, stage)
        except GateClosedError as closed:
            self._close(campaign, stage, closed.case, str(closed))
            return False
        return True

    def is_blocked(self, campaign: CampaignCalls, stage: int | None = None) -> bool:
        """Whether this run makes no more calls of a campaign, or of one of its hours."""
        key = campaign.campaign_key
        return key in self.blocked or (key, stage) in self._closed_hours

    def failure(self, campaign: CampaignCalls, stage: int) -> str:
        """Return which condition of a stage fails by what is durable; empty where none does."""
        return self._stages.failure(campaign, stage)

    def has_time(self, wait_s: float = 0) -> bool:
        """Whether a call that first waits so long still ends within the run's duration; if not, stop."""
        if wait_s > self._left_s():
            self._end_in_time()
        return not self.quit.is_set()

    async def watch_time(self) -> None:
        """Stop the run at the last moment at which a call may leave; what waits then leaves no more."""
        if not await self._clock.wait(self.quit, self._left_s()):
            self._end_in_time()

    def _left_s(self) -> float:
        """For how many seconds calls may still leave."""
        if self._options.max_duration_s is None:
            return math.inf
        return self._started + self._options.max_duration_s - TOTAL_S - self._clock.monotonic()

    def _end_in_time(self) -> None:
        self.halt(Stop.TIME, phrase("another call might not end within --max-duration"))

    async def await_quota(self, campaign: CampaignCalls) -> bool:
        """Wait until the day's pushes leave room for one more.

        Returns:
            Whether there is room; not where the campaign is blocked, or the run stops first.
        """
        while campaign.endpoint.counts_in_daily_quota and self._goes_on(campaign):
            now = self._clock.now()
            until = self._options.quota.free_at(self._journal.state, now)
            if until == now:
                self._keep_own_limit(campaign, now)
                break
            await self._await_day(campaign, until, now)
        return self._goes_on(campaign)

    def _goes_on(self, campaign: CampaignCalls) -> bool:
        return self.has_time() and campaign.campaign_key not in self.blocked

    def _keep_own_limit(self, campaign: CampaignCalls, now: datetime) -> None:
        """Block a campaign that the project's own limit on a day's pushes has no more room for."""
        most, used = campaign.max_push_calls_per_day, self._options.quota.used(self._journal.state, now)
        if most is not None and used >= most:
            text = phrase(
                "max-push-calls-per-day ({used} of {most} calls of the day are used)", used=used, most=most
            )
            self._block(campaign, "max-push-calls-per-day", text)

    async def _await_day(self, campaign: CampaignCalls, until: datetime | None, now: datetime) -> None:
        """Wait for room in the day's pushes, or stop where nothing may leave then, or it is too far away."""
        if until is None:
            self.halt(Stop.QUOTA, phrase("no pushes are allowed: push_calls_per_day is 0"))
        elif (wait_s := (until - now).total_seconds()) > self._options.longest_wait_s:
            self.halt(
                Stop.QUOTA,
                phrase(
                    "the day's pushes are used up; the next are free from {moment} on",
                    moment=local_text(until, seconds=True),
                ),
            )
        elif (closure := campaign.departure.closed_at(until)) is not None:
            then = phrase("when the day has room again, {moment}", moment=local_text(until, seconds=True))
            self._block(campaign, closure.case, phrase("{text} {then}", text=closure.text, then=then))
        elif self.has_time(wait_s):
            self._reporter.waiting(until, phrase("the day's pushes are used up"))
            await self._clock.wait(self.quit, wait_s)

    def judge(self, campaign: CampaignCalls, call: Call, outcome: CallOutcome, exchange: Exchange) -> None:
        """Decide from an outcome that is durable whether the campaign, or the run, goes on."""
        row = None if outcome.code is None else meaning_of(outcome.code, call.endpoint.name)
        known = self._journal.state.calls.get(call.key)
        if known is not None:
            if (refusals := self._refusals.get(campaign.campaign_key)) is not None:
                refusals.add(known)  # one that is begun later counts it from the journal
            self._stages.add(campaign, call.stage, known)
        if outcome.state is CallState.IN_DOUBT:
            if self._has_too_many_doubts(campaign):
                self.halt(Stop.IN_DOUBT, phrase("{key} is in doubt: {text}", key=call.key, text=outcome.text))
        elif outcome.is_credentials_trouble:
            self.halt(
                Stop.CREDENTIALS, phrase("the service refused the credentials: {text}", text=outcome.text)
            )
        elif row is not None and row.remedy is Remedy.NEXT_DAY:
            again = phrase("apply again when the service's day is over")
            self.halt(
                Stop.QUOTA,
                phrase(
                    "the service says {code}: {text}; {again}",
                    code=outcome.code,
                    text=outcome.text,
                    again=again,
                ),
            )
        elif outcome.state is CallState.NOT_SENT and not outcome.may_be_tried_again:
            self._close(campaign, call.stage, outcome.case, outcome.text)
        self._compare_clocks(exchange)

    def refusals_of(self, campaign: CampaignCalls) -> RefusalCount | None:
        """Return the campaign's count, earlier runs included; None where nothing is counted."""
        key = campaign.campaign_key
        if campaign.max_refused is not None and key not in self._refusals:
            calls = self._journal.state.calls_of(key)
            self._refusals[key] = refusal_count(campaign.max_refused, calls)
        return self._refusals.get(key)

    def _has_too_many_doubts(self, campaign: CampaignCalls) -> bool:
        state = self._journal.state
        doubts = sum(state.calls[key].campaign == campaign.campaign_key for key in state.doubted)
        return doubts > (self._options.max_in_doubt if campaign.endpoint.to_accounts else 0)

    def _close(self, campaign: CampaignCalls, stage: int | None, case: str, text: str) -> None:
        """Block what a closed gate holds back: an hour that is over, else the whole campaign."""
        key = campaign.campaign_key
        if not campaign.hours or stage is None or case not in _TIMES:
            self._block(campaign, case, text)
        elif not self.is_blocked(campaign, stage) and not self.quit.is_set():
            self._closed_hours.add((key, stage))
            self._reporter.blocked(key, phrase("{key}: {text}", key=campaign.hours[stage].name, text=text))

    def _block(self, campaign: CampaignCalls, case: str, text: str) -> None:
        if case in _STOPS:
            self.halt(_STOPS[case], text)
        elif campaign.campaign_key not in self.blocked and not self.quit.is_set():
            self.blocked.add(campaign.campaign_key)
            if case == "max-refused":
                self.mostly_refused.add(campaign.campaign_key)
            if case == "rollout":
                self.stopped.add(campaign.campaign_key)
            self._reporter.blocked(campaign.campaign_key, text)

    def _compare_clocks(self, exchange: Exchange) -> None:
        if exchange.served_at is None:
            return
        apart = abs(exchange.ended_at - exchange.served_at)
        if apart > CLOCK_TOLERANCE + _DATE_GRAIN:
            seconds = phrase("{seconds:.0f} s", seconds=apart.total_seconds())
            self.halt(
                Stop.CLOCK,
                phrase("this machine's clock and the service's are {seconds} apart", seconds=seconds),
            )
