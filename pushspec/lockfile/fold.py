"""Fold records into state: a pure function, and with what it calls the only place that interprets records."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from pushspec.lockfile.contradictions import contradiction
from pushspec.lockfile.histories import CampaignHistory
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
)
from pushspec.lockfile.schedules import (
    doubt_tasks_under_way,
    end_task,
    intend_task,
    settle_task,
    write_schedule,
)
from pushspec.lockfile.sends import doubt_calls_under_way, intend_call, known_call, resolve_call, settle_call
from pushspec.lockfile.state import LockState, Run
from pushspec.lockfile.stats import add_stats

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pushspec.lockfile.records import AnyRecord


def fold(records: Iterable[AnyRecord]) -> LockState:
    """Return the state that the records of a whole lockfile add up to.

    Raises:
        DamagedLockfileError: The records contradict each other.
    """
    state = LockState()
    for record in records:
        advance(state, record)
    return state


def advance(state: LockState, record: AnyRecord) -> None:
    """Take one more record into the state.

    It changes ``state`` in place: a run appends thousands of records, and each is folded once.

    Raises:
        DamagedLockfileError: The record contradicts those before it.
    """
    _check_place(state, record)
    _interpret(state, record)
    state.next_seq = record.seq + 1
    state.updated_at = record.at if state.updated_at is None else max(state.updated_at, record.at)


def _interpret(state: LockState, record: AnyRecord) -> None:  # noqa: C901 - one case a kind, and mypy proves that none is missing
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
            intend_call(state, record)
        case Sent() | NotSent() | Unknown():
            settle_call(state, record)
        case Resolved():
            resolve_call(state, record)
        case Conflict():
            state.conflicts[known_call(state, record).key] = record
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
    doubt_calls_under_way(state)
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


def _measure(state: LockState, record: Stats) -> None:
    if known_call(state, record).ids.task_id != record.task_id:
        raise contradiction(record, f"{record.task_id} is not the task of {record.key}")
    state.stats[record.key] = add_stats(state.stats.get(record.key), record)
