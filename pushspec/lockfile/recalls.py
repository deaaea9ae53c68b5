"""Fold the records of recalls: which calls were to be taken back, and what became of that."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pushspec.lockfile.contradictions import contradiction
from pushspec.lockfile.histories import CallState, RecallHistory, RecallState

if TYPE_CHECKING:
    from pushspec.lockfile.records import RecallIntent, RecallOutcome
    from pushspec.lockfile.state import LockState

_STATES = {
    "recalled": RecallState.TAKEN_BACK,
    "not_recalled": RecallState.NOT_TAKEN_BACK,
    "recall_unknown": RecallState.IN_DOUBT,
}


def intend_recall(state: LockState, record: RecallIntent) -> None:
    """Take an intent to take a call back into the state.

    Raises:
        DamagedLockfileError: Only a call that was sent can be taken back, and only once.
    """
    call, before = state.calls.get(record.key), state.recalls.get(record.key)
    if call is None or call.state is not CallState.SENT or call.campaign != record.campaign:
        raise contradiction(record, f"{record.key} is no sent call of {record.campaign}")
    if (record.task_id, record.msg_key) != (call.ids.task_id, call.ids.msg_key):
        raise contradiction(record, f"the service named {record.key} otherwise")
    if before is not None and before.state in {RecallState.INTENDED, RecallState.TAKEN_BACK}:
        raise contradiction(record, f"{record.key} is {before.state}, and may not be taken back again")
    if record.attempt != (1 if before is None else before.attempts + 1):
        raise contradiction(record, f"attempt {record.attempt} to take back {record.key} is out of order")
    state.recalls[record.key] = RecallHistory(
        key=record.key,
        campaign=record.campaign,
        state=RecallState.INTENDED,
        attempts=record.attempt,
        payload_sha256=record.payload_sha256,
        requests=record.requests,
        not_after=record.not_after,
        was_doubted=before is not None and before.was_doubted,
    )


def settle_recall(state: LockState, record: RecallOutcome) -> None:
    """Take what became of an attempt into the state.

    Raises:
        DamagedLockfileError: The attempt was not under way, or the counts are not those of its outcome.
    """
    before = state.recalls.get(record.key)
    if before is None or before.state is not RecallState.INTENDED or before.attempts != record.attempt:
        raise contradiction(record, f"attempt {record.attempt} to take back {record.key} was not under way")
    refused = sum(record.not_taken_back.values())
    if record.taken_back + refused + record.unknown != before.requests:
        raise contradiction(record, f"{record.key} is taken back by {before.requests} requests")
    became = _STATES[record.record]
    if (became is RecallState.IN_DOUBT) != bool(record.unknown) or (
        became is RecallState.TAKEN_BACK and not record.taken_back
    ):
        raise contradiction(record, f"its counts do not make {record.key} {became}")
    is_doubted = became is RecallState.IN_DOUBT or before.was_doubted
    if became is RecallState.NOT_TAKEN_BACK and before.was_doubted:
        became = RecallState.IN_DOUBT  # this attempt did nothing, and an earlier one may have done it
    state.recalls[record.key] = replace(
        before,
        state=became,
        was_doubted=is_doubted,
        settled_at=record.at,
        taken_back=record.taken_back,
        not_taken_back=dict(record.not_taken_back),
        unknown=record.unknown,
        text=record.text,
    )


def doubt_recalls_under_way(state: LockState) -> None:
    """Leave in doubt what was being taken back when its run ended."""
    for key, recall in state.recalls.items():
        if recall.state is RecallState.INTENDED:
            state.recalls[key] = replace(
                recall,
                state=RecallState.IN_DOUBT,
                was_doubted=True,
                unknown=recall.requests,
                text="the run ended before it wrote what became of this recall",
            )
