"""Fold records into state: a pure function, and the only place that interprets records."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from pushspec.lockfile.contradictions import contradiction
from pushspec.lockfile.histories import Attempt, CallHistory, CallState, CampaignHistory
from pushspec.lockfile.recalls import doubt_recalls_under_way, intend_recall, settle_recall
from pushspec.lockfile.records import (
    Begin,
    Cancelled,
    Close,
    Conflict,
    Dispatched,
    End,
    Frozen,
    Gate,
    Header,
    Intent,
    Moved,
    NotRecalled,
    NotScheduled,
    NotSent,
    Open,
    PeopleWritten,
    Recalled,
    RecallIntent,
    RecallUnknown,
    Renew,
    Rescheduled,
    Resolved,
    Schedule,
    Scheduled,
    Sent,
    Stats,
    TaskIntent,
    TaskUnknown,
    Tried,
    Unknown,
    ids_of,
)
from pushspec.lockfile.schedules import (
    doubt_tasks_under_way,
    end_task,
    intend_task,
    settle_task,
    write_schedule,
)
from pushspec.lockfile.state import LockState, Run
from pushspec.lockfile.stats import add_stats
from pushspec.tencent.endpoints import ENDPOINTS, EndpointName

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pushspec.lockfile.records import AnyRecord, OutcomeRecord


def fold(records: Iterable[AnyRecord]) -> LockState:
    """Return the state that the records of a whole lockfile add up to.

    Raises:
        DamagedLockfileError: The records contradict each other.
    """
    state = LockState()
    for record in records:
        advance(state, record)
    return state


def advance(state: LockState, record: AnyRecord) -> None:  # noqa: C901 - one case a kind, and mypy proves that none is missing
    """Take one more record into the state.

    It changes ``state`` in place: a run appends thousands of records, and each is folded once.

    Raises:
        DamagedLockfileError: The record contradicts those before it.
    """
    _check_place(state, record)
    match record:
        case Header():
            state.header = record
        case Open():
            _take(state, record)
        case Renew():
            _renew(state, record)
        case Close():
            _leave(state)
        case Begin():
            _begin(state, record)
        case Intent():
            _intend(state, record)
        case Sent():
            _settle(state, record, _as_sent(record, _known(state, record.key, record).accounts))
        case NotSent():
            _settle(state, record, _as_not_sent(record))
        case Unknown():
            _settle(state, record, _as_unknown(record))
        case Resolved():
            _resolve(state, record)
        case Conflict():
            state.conflicts[_known(state, record.key, record).key] = record
            state.evidence_seen.add((record.key, record.task_id))
        case RecallIntent():
            intend_recall(state, record)
        case Recalled() | NotRecalled() | RecallUnknown():
            settle_recall(state, record)
        case Schedule():
            write_schedule(state, record)
        case TaskIntent():
            intend_task(state, record)
        case Scheduled() | Rescheduled() | Cancelled() | NotScheduled() | TaskUnknown():
            settle_task(state, record)
        case Dispatched():
            end_task(state, record)
        case End():
            _end(state, record)
        case Frozen():
            state.frozen_reason = record.why if record.frozen else ""
        case Stats():
            _measure(state, record)
        case Gate():
            _pass_gate(state, record)
        case Tried():
            state.tries.setdefault(record.campaign, {})[record.key] = record
        case PeopleWritten():
            state.people = record
        case Moved():
            state.moved_to = record.to
        case _:  # pragma: no cover - mypy proves that no kind is left
            assert_never(record)
    state.next_seq = record.seq + 1
    state.updated_at = record.at if state.updated_at is None else max(state.updated_at, record.at)


def _check_place(state: LockState, record: AnyRecord) -> None:
    header = state.header
    if isinstance(record, Header) is not (header is None):
        raise contradiction(record, "the header must be the first record, and only that")
    if header is not None and record.journal != header.journal:
        raise contradiction(record, "it belongs to another lockfile")
    if record.seq != state.next_seq:
        raise contradiction(record, f"record {state.next_seq} was expected here")
    if state.moved_to:
        raise contradiction(record, "nothing may follow after the lockfile was moved")
    if record.epoch != (record.seq if isinstance(record, Open) else state.epoch):
        raise contradiction(record, "a run wrote it after another one had taken over")
    if not (isinstance(record, Header | Open) or record.is_note):
        _owner(state, record)


def _owner(state: LockState, record: AnyRecord) -> Run:
    if state.run is None or state.run.run_id != record.run:
        raise contradiction(record, "who wrote it did not hold the lock")
    return state.run


def _take(state: LockState, record: Open) -> None:
    state.epoch = record.seq
    state.run = Run(record.run, record.holder, record.purpose, record.at, record.lease_end, record.process)
    _doubt_what_is_under_way(state)


def _renew(state: LockState, record: Renew) -> None:
    state.run = replace(_owner(state, record), lease_end=record.lease_end)


def _leave(state: LockState) -> None:
    state.run = None
    _doubt_what_is_under_way(state)


def _doubt_what_is_under_way(state: LockState) -> None:
    for key in state.under_way:
        state.calls[key] = replace(
            state.calls[key],
            state=CallState.IN_DOUBT,
            case="run_ended",
            text="the run ended before it wrote what became of this call",
        )
    state.doubted |= state.under_way
    state.under_way.clear()
    doubt_recalls_under_way(state)
    doubt_tasks_under_way(state)


def _begin(state: LockState, record: Begin) -> None:
    if record.campaign in state.campaigns:
        raise contradiction(record, f"{record.campaign} was begun before")
    state.campaigns[record.campaign] = CampaignHistory(record, record.at)


def _end(state: LockState, record: End) -> None:
    campaign = state.campaigns.get(record.campaign)
    if campaign is None:
        raise contradiction(record, f"{record.campaign} was never begun")
    state.campaigns[record.campaign] = replace(campaign, end=record)


def _pass_gate(state: LockState, record: Gate) -> None:
    """Take in a verdict; a person's word holds against one that a run wrote without having seen it."""
    key, gates = record.campaign, state.gates.setdefault(record.campaign, {})
    if record.by:
        if record.verdict == "stopped":
            state.stops[key] = record
            return
        state.stops.pop(key, None)
    elif key not in state.campaigns:
        raise contradiction(record, f"{key} was never begun")
    elif key in state.stops or state.has_passed(key, record.stage):
        return
    elif record.verdict == "stopped":
        state.stops[key] = record
    if record.stage:
        gates[record.stage] = record


def _intend(state: LockState, record: Intent) -> None:
    before = state.calls.get(record.key)
    _check_turn(state, record, before)
    if before is None:
        state.keys_of.setdefault(record.campaign, []).append(record.key)
    state.calls[record.key] = CallHistory(
        key=record.key,
        campaign=record.campaign,
        endpoint=record.endpoint,
        state=CallState.INTENDED,
        attempts=record.attempt,
        msg_random=record.msg_random,
        data_id=record.data_id,
        payload_sha256=record.payload_sha256,
        accounts=record.accounts,
        intended_at=record.at,
        not_after=record.not_after,
    )
    state.under_way.add(record.key)
    pace = ENDPOINTS[EndpointName(record.endpoint)].pace
    state.attempts.setdefault(pace, []).append(Attempt(record.key, record.at, max(1, record.accounts)))


def _check_turn(state: LockState, record: Intent, before: CallHistory | None) -> None:
    if record.campaign not in state.campaigns:
        raise contradiction(record, f"{record.campaign} was never begun")
    if record.endpoint not in ENDPOINTS:
        raise contradiction(record, f"{record.endpoint} is not known to this pushspec")
    if state.recalls_of(record.campaign):
        raise contradiction(record, f"{record.campaign} was to be taken back, and sends nothing more")
    if record.campaign in state.schedules and state.schedules[record.campaign].live:
        raise contradiction(record, f"{record.campaign} is sent by tasks at the service")
    if before is not None and before.campaign != record.campaign:
        raise contradiction(record, f"{record.key} is a call of {before.campaign}")
    may_try = before is None or (
        before.state in {CallState.NOT_SENT, CallState.REFUSED} and not before.was_taken
    )
    if before is not None and not may_try:
        raise contradiction(record, f"{record.key} is {before.state}, and may not be tried again")
    if record.attempt != (1 if before is None else before.attempts + 1):
        raise contradiction(record, f"attempt {record.attempt} of {record.key} is out of order")


def _settle(state: LockState, record: OutcomeRecord, changes: dict[str, object]) -> None:
    before = _known(state, record.key, record)
    if before.state is not CallState.INTENDED or before.attempts != record.attempt:
        raise contradiction(record, f"attempt {record.attempt} of {record.key} was not under way")
    _put(state, replace(before, settled_at=record.at, **changes))  # type: ignore[arg-type] # fields of the class itself


def _as_sent(record: Sent, accounts: int) -> dict[str, object]:
    """Return what a call became that the service took; one whose every account it refused was not sent."""
    refused = sum(map(len, record.refused.values()))
    reached_nobody = 0 < accounts <= refused
    return {
        "state": CallState.REFUSED if reached_nobody else CallState.SENT,
        "sent_at": None if reached_nobody else record.left_at,
        "text": all_refused_text(record.refused) if reached_nobody else "",
        "ids": ids_of(record),
        "refused": _counted(record.refused),
    }


def _as_not_sent(record: NotSent) -> dict[str, object]:
    return {
        "state": CallState.REFUSED if record.refused_by_service else CallState.NOT_SENT,
        "code": record.code,
        "http_status": record.http_status,
        "case": record.case,
        "text": record.text,
        "refused": _counted(record.refused),
    }


def _as_unknown(record: Unknown) -> dict[str, object]:
    return {
        "state": CallState.IN_DOUBT,
        "code": record.code,
        "http_status": record.http_status,
        "case": record.case,
        "text": record.text,
    }


def _resolve(state: LockState, record: Resolved) -> None:
    before = _known(state, record.key, record)
    from_states = {CallState.IN_DOUBT}
    if record.verdict == "abandoned":
        from_states |= {CallState.NOT_SENT, CallState.REFUSED}
        from_states |= {CallState.ABANDONED} if record.key in state.conflicts else set()
    if before.state not in from_states or before.attempts != record.attempt:
        raise contradiction(record, f"{record.key} is {before.state}, and cannot become {record.verdict}")
    settled = replace(
        before,
        state=_VERDICTS[record.verdict],
        settled_at=record.at,
        text=f"{record.by}: {record.why}",
    )
    if record.verdict == "sent":
        settled = replace(
            settled,
            sent_at=before.intended_at,
            ids=ids_of(record),
        )
    if record.verdict == "abandoned":
        # Given up by a person who has seen the evidence: it can never be sent again, so it blocks nothing.
        state.conflicts.pop(record.key, None)
    _put(state, settled)


_VERDICTS = {"sent": CallState.SENT, "not_sent": CallState.NOT_SENT, "abandoned": CallState.ABANDONED}


def _measure(state: LockState, record: Stats) -> None:
    if _known(state, record.key, record).ids.task_id != record.task_id:
        raise contradiction(record, f"{record.task_id} is not the task of {record.key}")
    state.stats[record.key] = add_stats(state.stats.get(record.key), record)


def _put(state: LockState, call: CallHistory) -> None:
    state.calls[call.key] = call
    state.under_way.discard(call.key)
    state.doubted.discard(call.key)
    if call.state is CallState.IN_DOUBT:
        state.doubted.add(call.key)


def _known(state: LockState, key: str, record: AnyRecord | OutcomeRecord) -> CallHistory:
    call = state.calls.get(key)
    if call is None:
        raise contradiction(record, f"{key} has no intent")
    return call


def all_refused_text(codes: Iterable[object]) -> str:
    """Say that a call reached nobody."""
    return f"every account was refused ({', '.join(map(str, codes))})"


def _counted(refused: Mapping[str, list[str]]) -> dict[int, int]:
    return {int(code): len(accounts) for code, accounts in refused.items()}
