"""What became of campaigns: their calls added up, their variants and earlier sends compared."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from statistics import median
from typing import TYPE_CHECKING

from pushspec.lockfile.histories import CallState
from pushspec.operate.report_calls import CallReport, Knowledge, report_call
from pushspec.operate.report_counts import (
    CallbackCounts,
    Counts,
    Loss,
    PlatformRow,
    lowest,
    sum_counts,
    sum_losses,
    sum_platforms,
)
from pushspec.operate.report_rates import Comparison, Rate, compare, rate_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pushspec.lockfile.histories import CampaignHistory
    from pushspec.lockfile.state import LockState


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
        losses_as_of: The oldest time of losses that no later answer told; None where there are none.
        is_recorded: Whether the oldest count is a recorded one, which the service did not tell this time.
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
    losses_as_of: datetime | None = None
    is_recorded: bool = False

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
        summary=_campaign(history, calls, known),
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
    return tuple(report_call(call, known, is_doubted=call.key in doubted) for call in state.calls_of(key))


def _variants(history: CampaignHistory, calls: Sequence[CallReport]) -> tuple[Summary, ...]:
    # A key may name a stage where another names a variant, or behind it; the keys of contents name no stage.
    names = {key.partition("/")[2].partition("#")[0] for key in history.begin.contents}
    by_name: dict[str, list[CallReport]] = defaultdict(list)
    for call in calls:
        name = (call.variant or "").partition("/")[0]
        if name and name in names:
            by_name[name].append(call)
    is_whole = len(calls) == history.begin.calls
    found = (_summary(name, its, is_whole=is_whole) for name, its in by_name.items())
    return tuple(found)


def _campaign(history: CampaignHistory, calls: Sequence[CallReport], known: Knowledge) -> Summary:
    begin = history.begin
    found = _summary(begin.campaign, calls, is_whole=len(calls) == begin.calls)
    counts = found.counts
    if begin.accounts:
        begun = sum(call.counts.meant or 0 for call in calls)
        later = max(0, begin.accounts - begun)  # whose calls, of a later stage or hour, are not even intended
        counts = replace(counts, meant=begin.accounts, not_sent=(counts.not_sent or 0) + later)
    is_new = found.as_of is None or (known.looked_at is not None and found.as_of >= known.looked_at)
    return replace(found, counts=counts, calls=begin.calls, is_recorded=not is_new)


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
        losses_as_of=min(
            (call.losses_as_of for call in calls if call.losses_as_of is not None), default=None
        ),
    )


def _earlier(state: LockState, history: CampaignHistory, known: Knowledge) -> Earlier:
    found = [
        _campaign(other, _calls(state, key, known), known)
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
