"""Settle a doubt with a person's statement, reason and name."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from pushspec.errors import InDoubtError, RefusedError, UsageError
from pushspec.language import phrase
from pushspec.lockfile.histories import CallState
from pushspec.lockfile.records import Close, Conflict, Resolved
from pushspec.lockfile.status import resolvable_at
from pushspec.suggest import did_you_mean
from pushspec.tencent.answers import NO_IDS, ServiceIds
from pushspec.timestamps import local_text

if TYPE_CHECKING:
    from datetime import datetime

    from pushspec.lockfile.histories import CallHistory
    from pushspec.lockfile.journal import Journal
    from pushspec.lockfile.records import Record
    from pushspec.lockfile.state import LockState


_NOT_GONE = frozenset({CallState.NOT_SENT, CallState.REFUSED})


class Resolution(StrEnum):
    """What a person says of a call, or whether what was asked for about a task at the service was done."""

    SENT = "sent"
    NOT_SENT = "not_sent"
    ABANDONED = "abandoned"
    DONE = "done"
    NOT_DONE = "not_done"


OF_TASKS = frozenset({Resolution.DONE, Resolution.NOT_DONE})
"""What a person says of tasks, and never of calls."""


@dataclass(frozen=True, slots=True)
class Statement:
    """What a person states, who it is, and how they know.

    Attributes:
        key: The call, or the call that the task makes.
        verdict: What became of it.
        by: Who says so.
        why: On what grounds.
        evidence_sha256: SHA-256 of a file that shows it; may be empty.
        ids: What the service calls it, where known.
    """

    key: str
    verdict: Resolution
    by: str
    why: str
    evidence_sha256: str = ""
    ids: ServiceIds = NO_IDS


def resolve(journal: Journal, statement: Statement, *, now: datetime) -> CallHistory:
    """Record a person's statement on a call and return what is known of the call then.

    Raises:
        UsageError: The call is unknown, or nobody doubts it.
        RefusedError: It is too early to call it not sent.
        InDoubtError: The statement contradicts the record; that is recorded, and blocks the campaign.
        LockError: A run is under way, or the lockfile cannot be written.
    """
    check_statement(statement)
    if statement.verdict in OF_TASKS:
        raise UsageError(
            phrase("{key} is no task in doubt", key=statement.key),
            hint=phrase("of a call, say sent, not-sent or abandoned"),
        )
    _record_for(journal.load(), statement, now)
    journal.take(holder=statement.by, purpose="resolve")
    record = _record_for(journal.state, statement, now)
    journal.append(record)
    journal.release(Close(why="resolved"))
    if isinstance(record, Conflict):
        raise InDoubtError(
            phrase(
                "{key} is {state} in the lockfile, yet it was sent",
                key=statement.key,
                state=journal.state.calls[statement.key].state,
            ),
            hint=phrase("both are recorded and the campaign is blocked; `pushspec status` shows what to do"),
        )
    return journal.state.calls[statement.key]


def check_statement(statement: Statement) -> None:
    """Raise a usage error unless a statement has a name and a reason, and names only what can have a name."""
    if not statement.by.strip():
        raise UsageError(
            phrase("resolving a doubt needs a name"),
            hint=phrase("the lockfile keeps it for whoever asks later"),
        )
    if not any(letter.isalnum() for letter in statement.why):
        raise UsageError(
            phrase("{why!r} is no reason", why=statement.why),
            hint=phrase("say how you know what happened, such as where you looked"),
        )
    if statement.verdict not in {Resolution.SENT, Resolution.DONE} and statement.ids:
        raise UsageError(
            phrase("an id from the service goes with sent or done alone"),
            hint=phrase("what has one reached the service; of anything else, leave the id out"),
        )


def _record_for(state: LockState, statement: Statement, now: datetime) -> Record:
    call = state.calls.get(statement.key)
    if call is None:
        raise UsageError(
            phrase("the lockfile has no call {key}", key=statement.key),
            hint=_calls_meant(state, statement.key),
        )
    is_doubted = call.state in {CallState.IN_DOUBT, CallState.INTENDED}
    match statement.verdict:
        case Resolution.SENT if call.state in _NOT_GONE | {CallState.ABANDONED}:
            return Conflict(
                key=call.key,
                by=statement.by,
                why=statement.why,
                evidence_sha256=statement.evidence_sha256,
                task_id=statement.ids.task_id,
            )
        case Resolution.ABANDONED if call.key in state.conflicts or call.state in _NOT_GONE:
            return _resolved(call, statement)
        case _ if not is_doubted:
            raise UsageError(
                phrase("{key} is not in doubt: {known}", key=call.key, known=_known(call)),
                hint=phrase("nothing was written"),
            )
        case Resolution.NOT_SENT if now <= resolvable_at(call):
            raise RefusedError(
                phrase("{key} may still arrive at the service", key=call.key),
                hint=phrase(
                    "try again after {resolvable_at}",
                    resolvable_at=local_text(resolvable_at(call), seconds=True),
                ),
            )
        case _:
            return _resolved(call, statement)


def _calls_meant(state: LockState, key: str) -> str:
    """Say which calls in doubt somebody may have meant who typed a key that is none."""
    doubted = sorted(state.doubted | state.under_way)
    below = [call for call in doubted if key in {state.calls[call].campaign, call.split("@")[0]}]
    if below:
        return phrase("its calls in doubt: {below}", below=", ".join(below))
    return did_you_mean(key, doubted) or phrase("no call is in doubt")


def _known(call: CallHistory) -> str:
    named = f" ({call.ids.name})" if call.ids.name else ""
    text = f", {call.text}" if call.text else ""
    return phrase("it is {state}{named}{text}", state=call.state, named=named, text=text)


def _resolved(call: CallHistory, statement: Statement) -> Resolved:
    said = {**asdict(statement), **asdict(statement.ids), "verdict": statement.verdict.value}
    del said["ids"]
    return Resolved(attempt=call.attempts, **said)
