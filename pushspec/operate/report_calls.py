"""What became of one call: the lockfile's record of it and the service's numbers, none invented."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from pushspec.language import phrase
from pushspec.lockfile.histories import CallState
from pushspec.operate.report_counts import (
    CallbackCounts,
    Counts,
    Loss,
    PlatformRow,
    call_counts,
    is_everybody_known,
    losses_of,
    platform_rows,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from pushspec.lockfile.histories import CallHistory
    from pushspec.lockfile.stats import KnownStats

SETTLES_AFTER = timedelta(hours=1)
"""How long numbers have to stay the same before they are complete. The vendor names no time; this is ours."""


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What is known beside the lockfile's state.

    Attributes:
        stats: What the service told about calls, by key, the newest look included.
        callbacks: What its callbacks told, by key.
        out_of_reach: Calls whose task is older than the service's statistics.
        looked_at: When the service began to be asked; None where it was not, and all numbers are recorded.
    """

    stats: Mapping[str, KnownStats]
    callbacks: Mapping[str, CallbackCounts] = field(default_factory=dict)
    out_of_reach: frozenset[str] = frozenset()
    looked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CallReport:
    """What became of one call.

    Attributes:
        key: The call.
        variant: Its variant; None in a campaign without any.
        task_id: The service's name of it, where it has one.
        state: What the lockfile says.
        counts: How far it came, in people.
        platforms: The same by phone maker and channel.
        losses: Whom it did not reach, and why; None where the service did not tell.
        callbacks: What callbacks told of it; None where none did.
        as_of: When the service gave the counts; None where it gave none.
        losses_as_of: When it gave the losses, where no later answer about the call told any.
        is_settled: Whether nothing of it moves any more.
        note: Why the service tells nothing of it; empty where it does.
    """

    key: str
    variant: str | None
    task_id: str | None
    state: CallState
    counts: Counts
    platforms: tuple[PlatformRow, ...] = ()
    losses: tuple[Loss, ...] | None = None
    callbacks: CallbackCounts | None = None
    as_of: datetime | None = None
    losses_as_of: datetime | None = None
    is_settled: bool = False
    note: str = ""


def report_call(call: CallHistory, known: Knowledge, *, is_doubted: bool) -> CallReport:
    """Return what became of a call.

    Args:
        call: The call, as the lockfile knows it.
        known: What is known beside it.
        is_doubted: Nobody knows whether it went out, whatever its record says.
    """
    state = CallState.IN_DOUBT if is_doubted else call.state
    stats = known.stats.get(call.key)
    counts = call_counts(call, state, stats)
    told = stats.counts if stats is not None else None
    losses = losses_of(stats)
    report = CallReport(
        key=call.key,
        variant=_variant(call.key),
        task_id=call.ids.task_id,
        state=state,
        counts=counts,
        platforms=platform_rows(stats),
        losses=losses,
        callbacks=known.callbacks.get(call.key),
        as_of=told.asked_at if told is not None else None,
        losses_as_of=_older_losses(stats),
    )
    is_settled = _is_settled(call, report, stats, known)
    return replace(report, is_settled=is_settled, note=_note(report, known))


def _is_settled(call: CallHistory, report: CallReport, stats: KnownStats | None, known: Knowledge) -> bool:
    if report.state is not CallState.SENT:
        return call.is_settled and report.state is not CallState.IN_DOUBT
    if stats is None or stats.counts is None:
        return False
    if call.key in known.out_of_reach or is_everybody_known(report.counts, stats.counts.total):
        return True
    return stats.counts.asked_at - stats.changed_at >= SETTLES_AFTER


def _older_losses(stats: KnownStats | None) -> datetime | None:
    if stats is None or stats.counts is None or stats.losses is None:
        return None
    return stats.losses.asked_at if stats.losses.asked_at < stats.counts.asked_at else None


def _note(report: CallReport, known: Knowledge) -> str:
    if report.state is CallState.IN_DOUBT:
        return phrase("calls in doubt: nobody knows whether they went out; `pushspec status` says what to do")
    if report.state is not CallState.SENT or report.as_of is not None:
        return ""
    if report.task_id is None:
        return phrase("chat messages: the service counts no single one of them")
    if report.key in known.out_of_reach:
        return phrase("tasks that the service has forgotten, after 30 days; no numbers were recorded in time")
    return phrase("tasks that the service did not name in its answer")


def _variant(key: str) -> str | None:
    _, slash, rest = key.partition("/")
    return rest.partition("#")[0] if slash else None
