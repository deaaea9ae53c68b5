"""Fold the records of calls: an intent, what became of the attempt, and what a person said of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from pushspec.lockfile.contradictions import contradiction
from pushspec.lockfile.histories import CallHistory, CallState
from pushspec.lockfile.packed import AttemptLog
from pushspec.lockfile.records import NotSent, Sent, Unknown, ids_of
from pushspec.tencent.endpoints import ENDPOINTS, EndpointName

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pushspec.lockfile.records import Conflict, Intent, Resolved, Stats
    from pushspec.lockfile.state import LockState

_VERDICTS = {"sent": CallState.SENT, "not_sent": CallState.NOT_SENT, "abandoned": CallState.ABANDONED}


def intend_call(state: LockState, record: Intent) -> None:
    """Take an intent to make a call into the state.

    Raises:
        DamagedLockfileError: The call may not be made, or not again, or not as this attempt.
    """
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
    state.attempts.setdefault(pace, AttemptLog()).add(record.key, record.at, max(1, record.accounts))


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


def settle_call(state: LockState, record: Sent | NotSent | Unknown) -> None:
    """Take what became of an attempt into the state.

    Raises:
        DamagedLockfileError: The attempt was not under way.
    """
    before = known_call(state, record)
    if before.state is not CallState.INTENDED or before.attempts != record.attempt:
        raise contradiction(record, f"attempt {record.attempt} of {record.key} was not under way")
    changes = _changes(record, before.accounts)
    _put(state, replace(before, settled_at=record.at, **changes))  # type: ignore[arg-type] # fields of the class itself


def _changes(record: Sent | NotSent | Unknown, accounts: int) -> dict[str, object]:
    match record:
        case Sent():
            return _as_sent(record, accounts)
        case NotSent():
            return _as_not_sent(record)
        case Unknown():
            return _as_unknown(record)
        case _:  # pragma: no cover - mypy proves that no kind is left
            assert_never(record)


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


def resolve_call(state: LockState, record: Resolved) -> None:
    """Take what a person said of a call into the state.

    Raises:
        DamagedLockfileError: The call is not in a state of which a person may say that.
    """
    before = known_call(state, record)
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


def doubt_calls_under_way(state: LockState) -> None:
    """Leave in doubt what was being sent when its run ended."""
    for key in state.under_way:
        state.calls[key] = replace(
            state.calls[key],
            state=CallState.IN_DOUBT,
            case="run_ended",
            text="the run ended before it wrote what became of this call",
        )
    state.doubted |= state.under_way
    state.under_way.clear()


def _put(state: LockState, call: CallHistory) -> None:
    state.calls[call.key] = call
    state.under_way.discard(call.key)
    state.doubted.discard(call.key)
    if call.state is CallState.IN_DOUBT:
        state.doubted.add(call.key)


def known_call(
    state: LockState, record: Sent | NotSent | Unknown | Resolved | Conflict | Stats
) -> CallHistory:
    """Return the call that a record is about.

    Raises:
        DamagedLockfileError: It has no intent.
    """
    call = state.calls.get(record.key)
    if call is None:
        raise contradiction(record, f"{record.key} has no intent")
    return call


def all_refused_text(codes: Iterable[object]) -> str:
    """Say that a call reached nobody."""
    return f"every account was refused ({', '.join(map(str, codes))})"


def _counted(refused: Mapping[str, list[str]]) -> dict[int, int]:
    return {int(code): len(accounts) for code, accounts in refused.items()}
