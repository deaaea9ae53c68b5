"""Bugs planted on purpose: a proof that finds none of them would prove nothing.

Each one replaces a piece of pushspec, or of the world below it, with a version that somebody might write.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from pushspec.apply import attempt as attempt_module
from pushspec.apply import classify as classify_module
from pushspec.apply import engine as engine_module
from pushspec.apply import stage_gates as gates_module
from pushspec.apply.attempt import Attempts, outcome_record
from pushspec.apply.classify import CallOutcome
from pushspec.apply.guard import Guard
from pushspec.apply.stage_watch import StageWatch
from pushspec.lockfile import fold as fold_module
from pushspec.lockfile import journal as journal_module
from pushspec.lockfile import process as process_module
from pushspec.lockfile import sends as sends_module
from pushspec.lockfile import stamping as stamping_module
from pushspec.lockfile import status as status_module
from pushspec.lockfile.histories import CallHistory, CallState
from pushspec.lockfile.journal import Journal
from pushspec.lockfile.stamping import Prepared
from pushspec.lockfile.state import LockState
from pushspec.lockfile.stores import SlotTakenError, StoreError
from pushspec.operate import resolve as resolve_module
from pushspec.plan.call_table import CallTable
from pushspec.plan.calls import CampaignCalls
from pushspec.plan.evidence import Reading, Refusals
from pushspec.spec.rollout import Stage
from pushspec.tencent.codes import proves_nothing_left
from pushspec.tencent.exchange import Gate, GateClosedError
from pushspec.tencent.pacing import Pacer
from simulation.machine import Disk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pushspec.lockfile.records import AnyRecord
    from pushspec.plan.calls import Call
    from pushspec.plan.departure import Departure
    from pushspec.tencent.endpoints import Endpoint
    from pushspec.tencent.exchange import Exchange


@dataclass(frozen=True)
class Bug:
    """One planted bug.

    Attributes:
        name: What somebody might have done.
        patches: What is replaced: owner, name, and the replacement.
    """

    name: str
    patches: tuple[tuple[Any, str, Any], ...]

    @contextmanager
    def planted(self) -> Iterator[None]:
        """Let the bug live for a while."""
        with ExitStack() as stack:
            for owner, name, replacement in self.patches:
                stack.enter_context(patch.object(owner, name, replacement))
            yield


_classify = classify_module.classify


def _timeouts_as_not_sent(endpoint: Endpoint, exchange: Exchange) -> CallOutcome:
    outcome = _classify(endpoint, exchange)
    return replace(outcome, state=CallState.NOT_SENT) if outcome.case == "timeout" else outcome


def _doubts_tried_again(endpoint: Endpoint, exchange: Exchange) -> CallOutcome:
    outcome = _classify(endpoint, exchange)
    is_doubt = outcome.state is CallState.IN_DOUBT
    return replace(outcome, state=CallState.NOT_SENT, case="timeout") if is_doubt else outcome


def _status_as_refusal(exchange: Exchange, error: Exception) -> CallOutcome:
    del error
    return CallOutcome(CallState.REFUSED, "http_refused", http_status=exchange.status)


def _internal_error_as_refusal(code: int, endpoint: str) -> bool:
    internal_error = 91000
    return code == internal_error or proves_nothing_left(code, endpoint)


async def _intent_after_send(
    self: Attempts, campaign: CampaignCalls, call: Call, number: int
) -> tuple[CallOutcome, Exchange]:
    payload = call.body
    intent = self._intent(campaign, call, number, payload)
    exchange = await self.sender.send(call.endpoint.path, payload, Gate(lambda: None, now=self.clock.now))
    outcome = _classify(call.endpoint, exchange)
    await self.writer.write(intent, outcome_record(call.key, number, outcome, exchange))
    self.reporter.settled(call, number, outcome)
    return outcome, exchange


async def _shown_before_durable(
    self: Attempts, campaign: CampaignCalls, call: Call, number: int
) -> tuple[CallOutcome, Exchange]:
    payload = call.body
    await self.writer.write(self._intent(campaign, call, number, payload))
    gate = Gate(lambda: self.check(campaign, call.stage), now=self.clock.now)
    exchange = await self.sender.send(call.endpoint.path, payload, gate)
    outcome = _classify(call.endpoint, exchange)
    self.reporter.settled(call, number, outcome)
    await self.writer.write(outcome_record(call.key, number, outcome, exchange))
    return outcome, exchange


_read_with_dead_run = process_module.read_with_dead_run


def _every_run_is_gone(read: Callable[[], LockState], is_gone: object) -> LockState:
    del is_gone
    return _read_with_dead_run(read, lambda process: process is not None)


def _put_anywhere(self: Disk, first: int, lines: Sequence[bytes]) -> None:
    self.lines[first : first + len(lines)] = lines


def _retry_blindly(self: Journal, prepared: Prepared) -> None:
    for _ in range(4):
        try:
            self._store.append(prepared.first, prepared.lines)
        except SlotTakenError:
            first = len(list(self._store.read()))
            prepared = Prepared(prepared.records, first, prepared.lines)
        except StoreError:
            continue
        else:
            return
    raise StoreError("gave up")


def _taken_means_ours(self: Journal, prepared: Prepared) -> None:
    for _ in range(4):
        try:
            self._store.append(prepared.first, prepared.lines)
        except SlotTakenError:
            return
        except StoreError:
            continue
        else:
            return
    raise StoreError("gave up")


def _forget_what_was_under_way(state: LockState) -> None:
    for key in state.under_way:
        state.calls[key] = replace(state.calls[key], state=CallState.NOT_SENT)
    state.under_way.clear()


_as_unknown = sends_module._as_unknown


def _unknown_as_not_sent(record: Any) -> dict[str, object]:
    return {**_as_unknown(record), "state": CallState.NOT_SENT}


def _no_deadline(
    self: Attempts, campaign: CampaignCalls, stage: int, intent: object, payload: object
) -> None:
    del intent, payload
    self.check(campaign, stage)


class _EarlyGate(Gate):
    """Makes its check when it is made itself, before the connection."""

    def __init__(self, check: Any, *, now: Any) -> None:
        self._closed: GateClosedError | None = None
        super().__init__(self._answer_of_then, now=now)
        try:
            check()
        except GateClosedError as closed:
            self._closed = closed

    def _answer_of_then(self) -> None:
        if self._closed is not None:
            raise self._closed


def _no_window_of_doubt(self: Guard, campaign: CampaignCalls) -> bool:
    del self, campaign
    return False


def _in_doubt_is_open(self: LockState, key: str) -> bool:
    call = self.calls.get(key)
    return call is None or call.state is not CallState.SENT


_intend_call = sends_module.intend_call


def _intend_anything(state: LockState, record: Any) -> None:
    known = state.calls.get(record.key)
    if known is not None and known.state is CallState.IN_DOUBT:
        state.calls[record.key] = replace(known, state=CallState.NOT_SENT)
        state.doubted.discard(record.key)
    _intend_call(state, record)


def _a_day_ago(call: CallHistory) -> Any:
    return call.intended_at - timedelta(days=1)


def _skip_unknown_records(state: LockState, record: AnyRecord) -> None:
    if record.record == "unknown":
        state.calls[record.key] = replace(state.calls[record.key], state=CallState.REFUSED, code=90024)
        state.under_way.discard(record.key)
        state.next_seq = record.seq + 1
        return
    _advance(state, record)


_advance = fold_module.advance

_check = Guard.check


def _check_without(case: str) -> Callable[..., None]:
    """Return the last check without one of its questions."""

    def check(self: Guard, campaign: CampaignCalls, stage: int | None = None) -> None:
        try:
            _check(self, campaign, stage)
        except GateClosedError as closed:
            if closed.case != case:
                raise

    return check


def _remember_nothing(self: Pacer, ended: object, now: object) -> None:
    del self, ended, now


def _all_well(state: LockState, campaigns: object) -> None:
    del state, campaigns


def _sync_the_one_before(self: Disk) -> None:
    self.synced = max(self.synced, len(self.lines) - 1)


def _nobody(outcome: CallOutcome) -> dict[str, list[str]]:
    del outcome
    return {}


def _unknown_holds(self: Reading) -> bool:
    return self.known is None or self.known.of < self.least or self.threshold.holds(*self.known)


def _no_failure(self: StageWatch, campaign: CampaignCalls, stage: int) -> str:
    del self, campaign, stage
    return ""


def _opens_all(self: LockState, campaign_key: str, stage: str) -> bool:
    del stage
    return any(gate.verdict == "opened" for gate in self.gates.get(campaign_key, {}).values())


_pass_gate = fold_module._pass_gate


def _forget_persons_stop(state: LockState, record: Any) -> None:
    if not (record.by and record.verdict == "stopped"):
        _pass_gate(state, record)


_keys_of_stage = CallTable.keys_of_stage


def _all_but_the_last(self: CallTable, stage: int) -> Sequence[str]:
    keys = _keys_of_stage(self, stage)
    return keys[:-1] or keys


_add = Refusals.add


def _a_persons_word_is_known(self: Refusals, call: CallHistory) -> None:
    _add(self, replace(call, case=""))


def _the_whole_day(self: CampaignCalls, stage: int) -> Departure:
    del stage
    return self.departure


_departure_of = CampaignCalls.departure_of


def _without_nights(self: CampaignCalls, stage: int) -> Departure:
    return replace(_departure_of(self, stage), forbidden=())


def _all_of_it(calls: CampaignCalls, rollout: object, now: object) -> Sequence[str]:
    del rollout, now
    return calls.table.keys


BUGS: tuple[Bug, ...] = (
    Bug(
        "a timeout is taken for not sent and tried again",
        ((attempt_module, "classify", _timeouts_as_not_sent),),
    ),
    Bug(
        "every doubt is tried again some seconds later",
        ((attempt_module, "classify", _doubts_tried_again),),
    ),
    Bug(
        "every doubt is tried again at once, trusting the second in which repeats are dropped",
        (
            (attempt_module, "classify", _doubts_tried_again),
            (engine_module, "_BACKOFF_S", (0.05, 0.05, 0.05)),
        ),
    ),
    Bug("the intent is written after the request", ((Attempts, "make", _intent_after_send),)),
    Bug("the outcome is shown before it is durable", ((Attempts, "make", _shown_before_durable),)),
    Bug(
        "a gateway's status is taken for a refusal",
        ((classify_module, "_not_the_service", _status_as_refusal),),
    ),
    Bug(
        "91000 is taken for a refusal",
        ((classify_module, "proves_nothing_left", _internal_error_as_refusal),),
    ),
    Bug("an append overwrites", ((Disk, "put", _put_anywhere),)),
    Bug("a lost answer of the store is followed by another append", ((Journal, "_write", _retry_blindly),)),
    Bug("a taken slot is taken for one's own write", ((Journal, "_write", _taken_means_ours),)),
    Bug(
        "an old intent counts as not sent",
        ((fold_module, "_doubt_what_is_under_way", _forget_what_was_under_way),),
    ),
    Bug("an unknown outcome counts as not sent", ((sends_module, "_as_unknown", _unknown_as_not_sent),)),
    Bug(
        "a doubt may be resolved at once",
        ((resolve_module, "resolvable_at", _a_day_ago),),
    ),
    Bug("a doubt may be resolved without a margin", ((status_module, "MARGIN", timedelta(0)),)),
    Bug(
        "a request may leave however old its intent is",
        ((Attempts, "_last_check", _no_deadline), (Guard, "check", _check_without("lease"))),
    ),
    Bug("the last check is made before connecting", ((attempt_module, "Gate", _EarlyGate),)),
    Bug(
        "calls in doubt are open again",
        (
            (LockState, "is_open", _in_doubt_is_open),
            (fold_module, "intend_call", _intend_anything),
            (Guard, "_has_too_many_doubts", _no_window_of_doubt),
        ),
    ),
    Bug(
        "an unknown outcome counts as refused for a moment",
        (
            (fold_module, "advance", _skip_unknown_records),
            (journal_module, "advance", _skip_unknown_records),
            (stamping_module, "advance", _skip_unknown_records),
        ),
    ),
    Bug("a campaign whose files changed is sent on", ((engine_module, "check_unchanged", _all_well),)),
    Bug("a run forgets what the run before it sent a moment ago", ((Pacer, "remember", _remember_nothing),)),
    Bug("a refused call is tried again at once", ((engine_module, "_BACKOFF_S", (0.05, 0.05, 0.05)),)),
    Bug("a freeze is not heeded", ((Guard, "check", _check_without("frozen")),)),
    Bug("a window is not heeded", ((Guard, "check", _check_without("window")),)),
    Bug(
        "quiet hours are judged when the plan is made only",
        ((Guard, "check", _check_without("quiet-hours")),),
    ),
    Bug(
        "a list of which most was refused is sent on",
        ((Guard, "check", _check_without("max-refused")),),
    ),
    Bug("a clock that is set back is not noticed", ((Guard, "check", _check_without("clock")),)),
    Bug("a store acknowledges what it has not synced", ((Disk, "sync", _sync_the_one_before),)),
    Bug(
        "a living run is taken for dead",
        ((journal_module, "read_with_dead_run", _every_run_is_gone),),
    ),
    Bug("refused accounts are not recorded", ((attempt_module, "_as_text", _nobody),)),
    Bug("a gate opens on what is unknown", ((Reading, "holds", property(_unknown_holds)),)),
    Bug("a gate opens before its hold is over", ((Stage, "hold_time", timedelta(0)),)),
    Bug("a gate opens before its stage was sent", ((CallTable, "keys_of_stage", _all_but_the_last),)),
    Bug("one opened gate opens all", ((LockState, "has_passed", _opens_all),)),
    Bug(
        "every stage leaves at once",
        ((gates_module, "open_keys", _all_of_it), (Guard, "check", _check_without("rollout"))),
    ),
    Bug("a failed condition is seen when the stage was sent", ((StageWatch, "failure", _no_failure),)),
    Bug("a stop is read when the run begins only", ((Guard, "check", _check_without("rollout")),)),
    Bug("a person's stop is not kept", ((fold_module, "_pass_gate", _forget_persons_stop),)),
    Bug("a doubt that a person settled counts as known", ((Refusals, "add", _a_persons_word_is_known),)),
    Bug("an hour is judged when the run begins only", ((CampaignCalls, "departure_of", _the_whole_day),)),
    Bug(
        "every hour leaves with the first",
        ((gates_module, "open_keys", _all_of_it), (CampaignCalls, "departure_of", _the_whole_day)),
    ),
    Bug("the night of a zone is not heeded", ((CampaignCalls, "departure_of", _without_nights),)),
)
