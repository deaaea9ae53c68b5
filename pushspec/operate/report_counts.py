"""Counts of people: what is known of each call, and sums in which a missing number stays missing."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from pushspec.lockfile.histories import CallState
from pushspec.tencent.losses import loss_reason
from pushspec.tencent.operations.statistics import OFFLINE, ONLINE, PLATFORMS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pushspec.lockfile.histories import CallHistory
    from pushspec.lockfile.records import LossStage, LossStats, Stats
    from pushspec.lockfile.stats import KnownStats

_CHANNELS = {OFFLINE: "offline", ONLINE: "online"}


@dataclass(frozen=True, slots=True)
class Counts:
    """People, by how far a push came for them; None is "not known", and never 0.

    Attributes:
        meant: Whom it was for: the accounts named, else those that the service found.
        refused: Accounts that the service refused.
        accepted: Accounts in calls that it took, without those; None where it names none.
        sent: Handed to a channel.
        reached: Arrived.
        opened: Opened.
        lost: The sum of the losses.
        not_sent: People whose calls did not leave so far: a later stage, or one that certainly failed.
    """

    meant: int | None = None
    refused: int | None = None
    accepted: int | None = None
    sent: int | None = None
    reached: int | None = None
    opened: int | None = None
    lost: int | None = None
    not_sent: int | None = 0

    @property
    def not_told(self) -> int | None:
        """People that it was sent to, and neither said to have reached nor to have lost."""
        if self.meant is None or self.refused is None or self.reached is None or self.lost is None:
            return None
        return max(0, self.meant - self.refused - self.reached - self.lost - (self.not_sent or 0))


@dataclass(frozen=True, slots=True)
class CallbackCounts:
    """What callbacks told: at least so many people, for some may be missing."""

    sent: int = 0
    reached: int = 0
    opened: int = 0

    @staticmethod
    def sum_of(parts: Iterable[CallbackCounts | None]) -> CallbackCounts | None:
        """Return the sum of those that are known; None where none is."""
        known = [part for part in parts if part is not None]
        if not known:
            return None
        return CallbackCounts(
            sum(part.sent for part in known),
            sum(part.reached for part in known),
            sum(part.opened for part in known),
        )

    @staticmethod
    def by_stage(people: dict[int, int]) -> CallbackCounts:
        """Return counts from how many people came to which highest stage."""
        at_least = [sum(count for stage, count in people.items() if stage >= least) for least in (1, 2, 3)]
        return CallbackCounts(*at_least)


@dataclass(frozen=True, slots=True)
class PlatformRow:
    """The counts of one phone maker and channel.

    Attributes:
        platform: The maker; a number that no page lists, as text; None for a running app or an unknown one.
        channel: ``offline`` over the maker's channel, ``online`` into the running app, or a number as text.
        sent: Handed to the channel.
        reached: Arrived.
        opened: Opened.
        lost: Lost; None where losses were not told by channel.
    """

    platform: str | None
    channel: str | None
    sent: int | None
    reached: int | None
    opened: int | None
    lost: int | None = None


@dataclass(frozen=True, slots=True)
class Loss:
    """People that a push did not reach for one reason.

    Attributes:
        stage: Before it was handed to a channel, or after.
        code: The service's number; None where it gave none.
        count: How many; None where it did not say.
        text: Why, in words.
        advice: What to do.
    """

    stage: LossStage
    code: str | None
    count: int | None
    text: str
    advice: str


def call_counts(call: CallHistory, state: CallState, stats: KnownStats | None) -> Counts:
    """Return how far a call came, as far as anybody knows.

    Args:
        call: The call.
        state: Its state, in doubt where nobody knows its outcome.
        stats: What the service told about its task.
    """
    accounts = call.accounts or None
    if state in {CallState.REFUSED, CallState.NOT_SENT}:
        refused = call.accounts if state is CallState.REFUSED else sum(call.refused.values())
        return Counts(
            accounts,
            refused if accounts else None,
            0,
            sent=0,
            reached=0,
            opened=0,
            lost=0,
            not_sent=max(0, call.accounts - refused),
        )
    if state is not CallState.SENT:
        return Counts(meant=accounts)
    refused = sum(call.refused.values())
    told, losses = (stats.counts, losses_of(stats)) if stats is not None else (None, None)
    lost = _sum([loss.count for loss in losses]) if losses is not None else None
    return Counts(
        meant=accounts if accounts is not None or told is None else told.total,
        refused=refused,
        accepted=accounts - refused if accounts is not None else None,
        sent=told.sent if told is not None else None,
        reached=told.reached if told is not None else None,
        opened=told.opened if told is not None else None,
        lost=lost,
    )


def is_everybody_known(counts: Counts, total: int | None) -> bool:
    """Whether a task's every person was reached or lost."""
    if total is None or counts.reached is None or counts.lost is None:
        return False
    return counts.reached + counts.lost >= total


def losses_of(stats: KnownStats | None) -> tuple[Loss, ...] | None:
    """Return the losses that are known of a task; None where the service told none."""
    if stats is None or stats.losses is None or stats.losses.losses is None:
        return None
    return tuple(_loss(loss) for loss in stats.losses.losses)


def _loss(told: LossStats) -> Loss:
    reason = loss_reason(told.code, told.text)
    return Loss(told.stage, told.code, told.count, told.text or reason.meaning, reason.advice)


def platform_rows(stats: KnownStats | None) -> tuple[PlatformRow, ...]:
    """Return a task's counts by phone maker and channel; none where they were not told."""
    if stats is None or stats.counts is None:
        return ()
    return tuple(
        PlatformRow(
            platform=_platform(each.platform),
            channel=None if each.channel is None else _CHANNELS.get(each.channel, str(each.channel)),
            sent=each.sent,
            reached=each.reached,
            opened=each.opened,
            lost=_lost_at(stats.losses, each.channel, each.platform),
        )
        for each in stats.counts.platforms or ()
    )


def _lost_at(told: Stats | None, channel: int | None, platform: int | None) -> int | None:
    """Return how many were lost at a phone maker; a maker that is not named lost nobody only if all are."""
    if told is None or told.platform_losses is None:
        return None
    lost = [
        loss.count for loss in told.platform_losses if (loss.channel, loss.platform) == (channel, platform)
    ]
    named = _after_sending(told.platform_losses)
    if not lost and (named is None or named != _after_sending(told.losses or ())):
        return None
    return _sum(lost)


def _after_sending(losses: Iterable[LossStats]) -> int | None:
    return _sum([loss.count for loss in losses if loss.stage == "after_sending"])


def _platform(number: int | None) -> str | None:
    return None if number is None else PLATFORMS.get(number, str(number)) or None


def sum_counts(parts: Sequence[Counts]) -> Counts:
    """Return the sums; one part that is not known makes its sum unknown."""
    return Counts(**{name: _sum([getattr(part, name) for part in parts]) for name in _NAMES})


def lowest(parts: Sequence[Counts]) -> Counts:
    """Return the sums of what is known, None where nothing is: it is at least so many."""
    known = {name: [it for part in parts if (it := getattr(part, name)) is not None] for name in _NAMES}
    return Counts(**{name: sum(values) if values else None for name, values in known.items()})


def sum_platforms(parts: Iterable[Sequence[PlatformRow]]) -> tuple[PlatformRow, ...]:
    """Return the rows of the same phone maker and channel added up, in the order of their names."""
    by_name: dict[tuple[str, str], list[PlatformRow]] = defaultdict(list)
    for rows in parts:
        for row in rows:
            by_name[row.channel or "", row.platform or ""].append(row)
    return tuple(
        PlatformRow(
            rows[0].platform,
            rows[0].channel,
            _sum([row.sent for row in rows]),
            _sum([row.reached for row in rows]),
            _sum([row.opened for row in rows]),
            _sum([row.lost for row in rows]),
        )
        for _, rows in sorted(by_name.items())
    )


def sum_losses(parts: Sequence[Sequence[Loss] | None]) -> tuple[Loss, ...] | None:
    """Return the losses of the same stage and code added up, the most first; None where no part is known."""
    if all(part is None for part in parts):
        return None
    by_reason: dict[tuple[str, str | None], list[Loss]] = defaultdict(list)
    for part in parts:
        for loss in part or ():
            by_reason[loss.stage, loss.code].append(loss)
    sums = [
        Loss(
            losses[0].stage,
            losses[0].code,
            _sum([loss.count for loss in losses]),
            losses[0].text,
            losses[0].advice,
        )
        for losses in by_reason.values()
    ]
    return tuple(sorted(sums, key=lambda loss: (-(loss.count or 0), loss.stage, loss.code or "")))


def _sum(parts: Sequence[int | None]) -> int | None:
    """Return a sum; None where a part is. The sum of no parts is 0: there is nobody to count."""
    known = [part for part in parts if part is not None]
    return sum(known) if len(known) == len(parts) else None


_NAMES = tuple(each.name for each in fields(Counts))
