"""What became of campaigns: the lockfile's calls and the service's numbers, added up, none invented."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import timedelta
from statistics import median
from typing import TYPE_CHECKING

from pushspec.lockfile.state import CallState
from pushspec.operate.report_counts import (
    CallbackCounts,
    Counts,
    Loss,
    PlatformRow,
    call_counts,
    is_everybody_known,
    losses_of,
    lowest,
    platform_rows,
    sum_counts,
    sum_losses,
    sum_platforms,
)
from pushspec.operate.report_rates import Comparison, Rate, compare, rate_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from pushspec.lockfile.state import CallHistory, CampaignHistory, LockState
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
    """

    stats: Mapping[str, KnownStats]
    callbacks: Mapping[str, CallbackCounts] = field(default_factory=dict)
    out_of_reach: frozenset[str] = frozenset()


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
    is_settled: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Summary:
    """Some calls added up; a sum to which one call adds nothing known is not known.

    Attributes:
        name: ``name@version`` of a campaign, or the name of a variant.
        counts: The sums.
        at_least: The sums of what was told.
        platforms: By phone maker and channel, of the calls that were told.
        losses: By stage and code, of the calls that were told; None where none was.
        callbacks: What callbacks told; None where none did.
        calls: How many calls there are.
        told: For how many of them the service gave counts.
        as_of: The oldest time of any count in it.
        is_settled: Whether nothing moves any more.
    """

    name: str
    counts: Counts
    at_least: Counts
    platforms: tuple[PlatformRow, ...]
    losses: tuple[Loss, ...] | None
    callbacks: CallbackCounts | None
    calls: int
    told: int
    as_of: datetime | None
    is_settled: bool

    @property
    def reached_rate(self) -> Rate | None:
        """Of those that it was sent to, how many it reached."""
        return rate_of(self.counts.reached, self.counts.sent)

    @property
    def opened_rate(self) -> Rate | None:
        """Of those that it reached, how many opened it."""
        return rate_of(self.counts.opened, self.counts.reached)


@dataclass(frozen=True, slots=True)
class Earlier:
    """The median of earlier sends of a name; sends of which a rate is not known are not in it.

    Attributes:
        sends: Earlier versions that were sent.
        reached: Median of their rates of people reached, 0 to 1; None where no rate is known.
        reached_known: Sends behind it.
        opened: Median of their rates of people who opened it.
        opened_known: Sends behind it.
    """

    sends: int
    reached: float | None
    reached_known: int
    opened: float | None
    opened_known: int


@dataclass(frozen=True, slots=True)
class CampaignReport:
    """What became of one campaign.

    Attributes:
        name: Without its version.
        version: Its version.
        endpoint: Where its calls went.
        audience: Whom it was for, in words.
        sent_at: When its first call left; None while none did.
        summary: All calls together.
        variants: Each variant; none in a campaign without any.
        calls: Each call, in the order first intended.
        earlier: Earlier sends of the name.
        reached_compared: Variants by the rate of people reached.
        opened_compared: Variants by the rate of people who opened it.
        not_told: What the service does not tell of it, in words.
        is_randomized: Whether chance decided who got which variant.
    """

    name: str
    version: int
    endpoint: str
    audience: str
    sent_at: datetime | None
    summary: Summary
    variants: tuple[Summary, ...]
    calls: tuple[CallReport, ...]
    earlier: Earlier
    reached_compared: tuple[Comparison, ...]
    opened_compared: tuple[Comparison, ...]
    not_told: tuple[str, ...]
    is_randomized: bool

    @property
    def key(self) -> str:
        """``name@version``."""
        return self.summary.name


def report_campaign(state: LockState, key: str, known: Knowledge) -> CampaignReport:
    """Return what became of a campaign that was begun.

    Args:
        state: The lockfile.
        key: ``name@version``.
        known: What is known beside it.
    """
    history = state.campaigns[key]
    calls = _calls(state, key, known)
    variants = _variants(history, calls)
    opened = {each.name: (each.counts.opened, each.counts.reached) for each in variants}
    reached = {each.name: (each.counts.reached, each.counts.sent) for each in variants}
    begin = history.begin
    return CampaignReport(
        name=begin.name,
        version=begin.version,
        endpoint=begin.endpoint,
        audience=begin.audience,
        sent_at=min((call.sent_at for call in state.calls_of(key) if call.sent_at is not None), default=None),
        summary=_campaign(history, calls),
        variants=variants,
        calls=calls,
        earlier=_earlier(state, history, known),
        reached_compared=compare(reached),
        opened_compared=compare(opened),
        not_told=tuple(dict.fromkeys(call.note for call in calls if call.note)),
        is_randomized=bool(begin.shares),
    )


def _calls(state: LockState, key: str, known: Knowledge) -> tuple[CallReport, ...]:
    # Evidence against a record makes it as doubtful as no record: nothing of such a call is known to be 0.
    doubted = state.doubted | state.under_way | state.conflicts.keys()
    return tuple(_call(call, known, is_doubted=call.key in doubted) for call in state.calls_of(key))


def _call(call: CallHistory, known: Knowledge, *, is_doubted: bool) -> CallReport:
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


def _note(report: CallReport, known: Knowledge) -> str:
    if report.state is CallState.IN_DOUBT:
        return "calls in doubt: nobody knows whether they went out; `pushspec status` says what to do"
    if report.state is not CallState.SENT or report.as_of is not None:
        return ""
    if report.task_id is None:
        return "chat messages: the service counts no single one of them"
    if report.key in known.out_of_reach:
        return "tasks that the service has forgotten, after 30 days; no numbers were recorded in time"
    return "tasks that the service did not name in its answer"


def _variant(key: str) -> str | None:
    _, slash, rest = key.partition("/")
    return rest.partition("#")[0] if slash else None


def _variants(history: CampaignHistory, calls: Sequence[CallReport]) -> tuple[Summary, ...]:
    by_name: dict[str, list[CallReport]] = defaultdict(list)
    for call in calls:
        if call.variant is not None:
            by_name[call.variant].append(call)
    is_whole = len(calls) == history.begin.calls
    found = (_summary(name, its, is_whole=is_whole) for name, its in by_name.items())
    return tuple(found)


def _campaign(history: CampaignHistory, calls: Sequence[CallReport]) -> Summary:
    begin = history.begin
    found = _summary(begin.campaign, calls, is_whole=len(calls) == begin.calls)
    counts = replace(found.counts, meant=begin.accounts) if begin.accounts else found.counts
    return replace(found, counts=counts, calls=begin.calls)


def _summary(name: str, calls: Sequence[CallReport], *, is_whole: bool) -> Summary:
    all_losses = [call.losses for call in calls if call.state is CallState.SENT]
    counts = sum_counts([call.counts for call in calls])
    return Summary(
        name=name,
        counts=counts if is_whole else replace(counts, meant=None),
        at_least=lowest([call.counts for call in calls]),
        platforms=sum_platforms(call.platforms for call in calls),
        losses=sum_losses(all_losses),
        callbacks=CallbackCounts.sum_of(call.callbacks for call in calls),
        calls=len(calls),
        told=sum(call.as_of is not None for call in calls),
        as_of=min((call.as_of for call in calls if call.as_of is not None), default=None),
        is_settled=is_whole and all(call.is_settled for call in calls),
    )


def _earlier(state: LockState, history: CampaignHistory, known: Knowledge) -> Earlier:
    found = [
        _campaign(
            other, [_call(call, known, is_doubted=call.key in state.doubted) for call in state.calls_of(key)]
        )
        for key, other in state.campaigns.items()
        if other.begin.name == history.begin.name and other.begin.version < history.begin.version
    ]
    reached = [rate.value for each in found if (rate := each.reached_rate) is not None]
    opened = [rate.value for each in found if (rate := each.opened_rate) is not None]
    return Earlier(
        sends=len(found),
        reached=median(reached) if reached else None,
        reached_known=len(reached),
        opened=median(opened) if opened else None,
        opened_known=len(opened),
    )
