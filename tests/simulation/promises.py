"""What must hold in every history: the promises, checked against what the service really did."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pushspec.lockfile.fold import advance, fold
from pushspec.lockfile.histories import CallState
from pushspec.lockfile.lines import crc_of, decode, decode_all
from pushspec.lockfile.records import Close, Conflict, End, Frozen, Gate, Intent, Open, Renew, Sent, Unknown
from pushspec.lockfile.state import LockState
from pushspec.serialization import sha256_hex
from pushspec.tencent.endpoints import Pace
from simulation.hours import hour_fault
from simulation.stages import STAGED_KEY, StageTruth
from simulation.tries import TESTERS, TryTruth, is_try

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence
    from datetime import time

    from pushspec.apply.classify import CallOutcome
    from pushspec.apply.result import RunResult
    from pushspec.lockfile.records import AnyRecord, Record
    from pushspec.plan.calls import CampaignCalls
    from pushspec.tencent.limits import Limits
    from simulation.machine import Disk, Process
    from simulation.network import Service

_NEXT_ATTEMPT_S = 2.0 - 1e-6  # sums of floats
_DAY_S = 86_400.0


_NEWS = (Gate, Unknown, Conflict, Frozen, End)
"""What people hear of."""

_IN_EVERY_RECORD = {"seq", "journal", "epoch", "run", "nonce", "at"}


def _said(record: Record) -> str:
    return record.model_dump_json(exclude=_IN_EVERY_RECORD)


class BrokenPromiseError(AssertionError):
    """A promise of the specification does not hold."""


def promise(holds: bool, text: str) -> None:
    """Check one promise.

    Raises:
        BrokenPromiseError: It does not hold.
    """
    if not holds:
        raise BrokenPromiseError(text)


@dataclass
class Truth:
    """The lockfile's meaning, read along as it grows."""

    state: LockState = field(default_factory=LockState)
    named: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    refused: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    intended: dict[str, int] = field(default_factory=dict)
    stopped: dict[str, int] = field(default_factory=dict)
    frozen: int | None = None
    stages: StageTruth = field(default_factory=StageTruth)
    tries: TryTruth = field(default_factory=TryTruth)
    news: dict[str, int] = field(default_factory=dict)
    last: bytes = b""

    def follow(self, lines: Sequence[bytes]) -> Truth:
        """Read what is new.

        Raises:
            BrokenPromiseError: What was read before is no longer there (invariant 12).
        """
        known = self.state.next_seq
        if len(lines) < known or (known and lines[known - 1] is not self.last):
            raise BrokenPromiseError("a record was changed or deleted")
        for line in lines[known:]:
            crc = crc_of(self.last) if self.last else 0
            record = decode(line, previous_crc=crc, seq=self.state.next_seq)
            advance(self.state, record)
            self.last = line
            self._note(record)
        return self

    def _note(self, record: AnyRecord) -> None:
        self.stages.note(record)
        self.tries.note(record)
        if isinstance(record, _NEWS):
            self.news.setdefault(_said(record), record.seq)
        match record:
            case Sent():
                self.named[record.key].add(str(record.task_id or record.msg_key))
                self.refused[record.key] |= {name for names in record.refused.values() for name in names}
                call = self.state.calls[record.key]
                # Half and more of twenty: as docs/policies.md says of max-refused, counted here once more.
                is_guarded = call.campaign != STAGED_KEY  # its stages have a condition of their own
                if is_guarded and call.accounts >= 20 and 2 * len(self.refused[record.key]) > call.accounts:
                    self.stopped.setdefault(call.campaign, record.seq)
            case Intent():
                self.intended[record.key] = record.seq
            case Frozen(frozen=True) if self.frozen is None:
                self.frozen = record.seq
            case Frozen(frozen=False):
                self.frozen = None


@dataclass
class Witness:
    """Sees everything: the lockfile, the requests, the screens, and what the service really sent.

    Attributes:
        quiet: A campaign that may not leave at some hours, UTC: its name, their start and their end.
        forgiven: How many pushes of a call a person took upon himself by saying "not sent" of a sent one.
        settled_by_people: Calls whose record is what a person said.
        clocks_are_right: Whether a rate may be judged over several machines.
    """

    disk: Disk
    service: Service
    campaigns: Sequence[CampaignCalls]
    limits: Limits
    quiet: tuple[str, time, time]
    forgiven: Counter[str] = field(default_factory=Counter)
    settled_by_people: set[str] = field(default_factory=set)
    clocks_are_right: bool = True
    _shown: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    _left: dict[str, tuple[Process, float]] = field(default_factory=dict)
    _tried: set[str] = field(default_factory=set)
    _pushes_left: list[float] = field(default_factory=list)
    _last_push_came: float = float("-inf")
    _truth: Truth = field(default_factory=Truth)

    @property
    def truth(self) -> Truth:
        """What the lockfile says now."""
        return self._truth.follow(self.disk.lines)

    def power_was_cut(self) -> None:
        """Unsynced records may be gone, and rightly so."""
        self._truth = Truth()

    def leaving(self, payload: bytes, process: Process, campaign: CampaignCalls) -> None:
        """Check what must hold when a request's first byte may leave (invariants 2, 7, 14; promise 4)."""
        body, truth = json.loads(payload), self.truth
        key = self.service.key_of[body["MsgRandom"]]
        call = truth.state.calls.get(key)
        promise(call is not None, f"{key} left without an intent")
        assert call is not None
        promise(call.payload_sha256 == sha256_hex(payload), f"{key} left with other bytes than intended")
        promise(truth.intended[key] < self.disk.synced, f"{key} left before its intent was synced")
        is_frozen = truth.frozen is not None and truth.frozen < truth.intended[key]
        promise(not is_frozen, f"{key} left against a freeze")
        stopped = truth.stopped.get(campaign.campaign_key, truth.intended[key])
        promise(truth.intended[key] <= stopped, f"{key} left after most of its list was refused")
        broken = truth.stages.broken_by(key)
        promise(not broken, f"{key} left {broken}")
        now = process.clock.now()
        missed = hour_fault(key, now)
        promise(not missed, f"{key} left {missed}")
        promise(campaign.not_before is None or now >= campaign.not_before, f"{key} left before its window")
        promise(campaign.not_after is None or now <= campaign.not_after, f"{key} left after its window")
        name, quiet_from, quiet_to = self.quiet
        is_quiet = campaign.name == name and quiet_from <= now.time() < quiet_to
        promise(not is_quiet, f"{key} left in the quiet hours")
        self._check_gap(key, process)
        self._check_quota(campaign, process.clock.monotonic())

    def trying(self, payload: bytes, process: Process) -> None:
        """Check what must hold when the first byte of a try may leave."""
        body, truth = json.loads(payload), self.truth
        key = self.service.key_of.get(body["MsgRandom"], "")
        promise(is_try(key), f"a try left under another number than its own: {key}")
        now = process.clock.now() if self.clocks_are_right else None
        broken = truth.tries.broken_by(key, payload, synced=self.disk.synced, frozen=truth.frozen, now=now)
        promise(not broken, f"the try {key} left {broken}")
        promise(key not in self._tried, f"the try {key} left twice")
        self._tried.add(key)
        strangers = set(body["To_Account"]) - set(TESTERS.accounts)
        promise(not strangers, f"the try {key} left for {strangers}, who are no testers")

    def heard(self, record: Record) -> None:
        """Check that what people hear of is durable."""
        if isinstance(record, _NEWS):
            seq = self.truth.news.get(_said(record))
            is_durable = seq is not None and seq < self.disk.synced
            promise(is_durable, f"people heard of {_said(record)}, and it is not durable")

    def _check_gap(self, key: str, process: Process) -> None:
        before, now_s = self._left.get(key), process.clock.monotonic()
        if before is not None and before[0] is process:
            promise(now_s - before[1] >= _NEXT_ATTEMPT_S, f"{key} was tried again too soon")
        self._left[key] = (process, now_s)

    def _check_quota(self, campaign: CampaignCalls, now_s: float) -> None:
        if not campaign.endpoint.counts_in_daily_quota:
            return
        self._pushes_left.append(now_s)
        today = [left for left in self._pushes_left if left > now_s - _DAY_S]
        within = len(today) <= self.limits.push_calls_per_day.value
        promise(within or not self.clocks_are_right, "more pushes left in a day than the quota allows")

    def came(self, campaign: CampaignCalls, now_s: float) -> None:
        """Check the distance of two pushes where the service counts it (invariant 14)."""
        if campaign.endpoint.pace is not Pace.PUSH:
            return
        gap_s, self._last_push_came = now_s - self._last_push_came, now_s
        fits = gap_s > self.limits.push_interval_s.value
        promise(fits or not self.clocks_are_right, f"two pushes came {gap_s:.3f} s apart")

    def shown(self, key: str, outcome: CallOutcome) -> None:
        """Check that what was printed is in the lockfile (invariant 3)."""
        name = outcome.ids.task_id or outcome.ids.msg_key
        if outcome.state is not CallState.SENT or not name:
            return
        self._shown[key].add(name)
        truth = self.truth
        promise(name in truth.named[key], f"{name} was shown, but is not in the lockfile")
        refused = {account for accounts in outcome.refused.values() for account in accounts}
        promise(refused <= truth.refused[key], f"refused accounts of {key} are lost")

    def check(self) -> None:
        """Check what must hold at every moment."""
        truth = self.truth
        for key, count in self.service.accepted.items():
            promise(count <= 1 + self.forgiven[key], f"{key} was sent {count} times")
            known = truth.tries.intended if is_try(key) else truth.state.calls
            promise(key in known, f"{key} was sent, and the lockfile does not know it")
            promise(key not in truth.tries.denied, f"the try {key} was sent, and the lockfile denies it")
        for (campaign, account), keys in self.service.reached.items():
            is_once = len(keys) == 1 or is_try(campaign)  # each tester gets every rendering
            promise(is_once, f"{account} got {campaign} by {len(keys)} calls")
        for key, names in self._shown.items():
            promise(names <= truth.named[key], f"a TaskId of {key} is lost")
        for key, names in truth.named.items():
            promise(names <= self.service.named[key], f"the lockfile names a TaskId that {key} never had")

    def check_exit(self, result: RunResult, holder: str) -> None:
        """Check that exit 0 means nothing under way or in doubt when the run left the lock (invariant 13)."""
        state = self.truth.state
        if result.exit_code == 0 and (state.doubted or state.under_way):
            left = fold(self._records_until_close(holder))
            promise(not left.doubted and not left.under_way, "exit 0 with a doubt")

    def _records_until_close(self, holder: str) -> Iterator[AnyRecord]:
        epoch = -1
        for record in decode_all(self.disk.lines):
            yield record
            if isinstance(record, Open) and record.holder == holder:
                epoch = record.epoch
            if isinstance(record, Close) and record.epoch == epoch:
                return

    def check_nothing_more(self, sent: int) -> None:
        """Check that applying again sends nothing."""
        promise(self.service.accepted.total() == sent, "a second clean run sent again")

    def check_takeovers(self, is_gone: Callable[[str | None], bool]) -> None:
        """Check that no apply and no try took the lock from a run that was alive and within its lease."""
        run: Open | None = None
        lease_end = None
        for record in decode_all(self.disk.lines):
            if isinstance(record, Open):
                is_early = (
                    lease_end is not None and record.at < lease_end and record.purpose in {"apply", "try"}
                )
                if run is not None and is_early and self.clocks_are_right:
                    promise(is_gone(run.process), f"{run.holder} was alive, and the lock was taken from it")
                run = record
            if isinstance(record, Close):
                run = None
            if isinstance(record, Open | Renew):
                lease_end = record.lease_end

    def check_rest(self, result: RunResult | None, due: Collection[str]) -> None:
        """Check that a clean run leaves every call final or in doubt, and denies nothing (invariant 4).

        Args:
            result: Of the run.
            due: Calls that nothing kept it from making.
        """
        state = self.truth.state
        promise(result is not None, "a clean run did not end")
        promise(not state.under_way, "a call is still under way")
        for key in sorted({call.key for campaign in self.campaigns for call in campaign.calls()}):
            known, was_sent = state.calls.get(key), self.service.accepted[key] > 0
            if key in self.settled_by_people:
                continue
            # A call that the service took and refused to every account is no denial, and is never made again.
            is_denied = known is None or (
                known.state in {CallState.NOT_SENT, CallState.REFUSED} and not known.was_taken
            )
            promise(not (was_sent and is_denied), f"{key} was sent, and the lockfile denies it")
            is_claimed = known is not None and known.state is CallState.SENT
            promise(was_sent or not is_claimed, f"{key} was never sent, and the lockfile claims it")
            promise(known is not None or key not in due, f"{key} was due and was never made")
