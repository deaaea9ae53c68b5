"""Campaigns around another one: those of the same plan, and those that the lockfile saw leave lately."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from functools import reduce
from itertools import chain, islice
from operator import or_
from typing import TYPE_CHECKING

from pushspec.canonical import digest_of
from pushspec.lockfile.state import CallState
from pushspec.tencent.endpoints import ENDPOINTS, EndpointName

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from pushspec.canonical import Json
    from pushspec.lockfile.state import LockState
    from pushspec.plan.calls import CampaignCalls

_MARKETING: tuple[tuple[str, str, Json], ...] = (
    ("huawei", "HuaWeiCategory", "MARKETING"),
    ("honor", "HonorImportance", "LOW"),
    ("oppo", "OPPOCategory", "MARKETING"),
    ("vivo", "VIVOCategory", "MARKETING"),
    ("vivo", "VIVOClassification", 0),
    ("meizu", "MeiZuNoticeMsgType", 0),
)
"""What marks a push as marketing (https://cloud.tencent.com/document/product/269/132325, 2026-05-29)."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Who gets a campaign, as far as two of them can be compared.

    Attributes:
        everyone: All users of the app.
        groups: Tags, attribute values and lists of accounts, each in words.
    """

    everyone: bool
    groups: frozenset[str]


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A campaign that was sent lately or is about to be.

    Attributes:
        name: The campaign's name.
        key: ``name@version``.
        leaves_at: When it was begun, or would leave.
        is_sent: Whether it was sent.
        reach: Who gets it.
        wordings: A hash of the texts of each of its contents.
        marketing: The vendors that count it as marketing.
    """

    name: str
    key: str
    leaves_at: datetime
    is_sent: bool
    reach: Reach
    wordings: frozenset[str]
    marketing: frozenset[str]


@dataclass(frozen=True, slots=True)
class Meeting:
    """The others that reach the same people at about the same time; there may be thousands.

    Attributes:
        shared: Whom they share, in words.
        count: How many there are.
        first: A few of them, those that leave first.
    """

    shared: tuple[str, ...]
    count: int
    first: tuple[Neighbour, ...]


class Neighbourhood:
    """Campaigns that were sent lately or are about to be, found by what they say and whom they reach.

    Those that share something are kept as the bits of one number, in the order of leaving: each of a thousand
    campaigns to the same tag meets all the others, and to look at every pair would take longer than the rest
    of a plan.
    """

    def __init__(self, neighbours: Iterable[Neighbour]) -> None:
        self._all = sorted(neighbours, key=_leaves_at)
        self._by_wording: dict[str, list[Neighbour]] = defaultdict(list)
        self._by_key: dict[str, int] = defaultdict(int)
        self._by_group: dict[str, int] = defaultdict(int)
        self._by_vendor: dict[str, int] = defaultdict(int)
        self._to_everyone = 0
        for place, other in enumerate(self._all):
            self._by_key[other.key] |= 1 << place
            for wording in other.wordings:
                self._by_wording[wording].append(other)
            for group in other.reach.groups:
                self._by_group[group] |= 1 << place
            for vendor in other.marketing:
                self._by_vendor[vendor] |= 1 << place
            if other.reach.everyone:
                self._to_everyone |= 1 << place

    def with_same_text(self, this: Neighbour) -> list[Neighbour]:
        """Return the others that say what one campaign says, in order."""
        found = (other for wording in sorted(this.wordings) for other in self._by_wording.get(wording, ()))
        return [other for other in dict.fromkeys(found) if other.key != this.key]

    def meeting(self, this: Neighbour, within: timedelta, *, first: int, vendor: str = "") -> Meeting:
        """Return who else certainly may reach the people of a campaign.

        Args:
            this: The campaign.
            within: They leave less than this time before or after it.
            first: How many of them to name.
            vendor: Only those that this vendor counts as marketing; all where it is empty.
        """
        near = self._near(this, within) & (self._by_vendor.get(vendor, 0) if vendor else -1)
        shared = {words: near & bits for words, bits in self._sharing(this.reach)}
        found = reduce(or_, shared.values(), 0)
        return Meeting(
            shared=tuple(words for words, bits in shared.items() if bits),
            count=found.bit_count(),
            first=tuple(self._all[place] for place in islice(_places(found), first)),
        )

    def _near(self, this: Neighbour, within: timedelta) -> int:
        start = bisect_right(self._all, this.leaves_at - within, key=_leaves_at)
        stop = bisect_left(self._all, this.leaves_at + within, key=_leaves_at)
        return (1 << stop) - (1 << start) & ~self._by_key.get(this.key, 0)

    def _sharing(self, reach: Reach) -> Iterator[tuple[str, int]]:
        """Yield who reaches some of the same people, after the words for what they share."""
        if reach.everyone:
            yield "everyone", self._to_everyone
            yield "part of everyone", ~self._to_everyone
            return
        yield "part of everyone", self._to_everyone
        yield from ((group, self._by_group.get(group, 0)) for group in sorted(reach.groups))


def _places(bits: int) -> Iterator[int]:
    while bits:
        yield (bits & -bits).bit_length() - 1
        bits &= bits - 1


def _leaves_at(neighbour: Neighbour) -> datetime:
    return neighbour.leaves_at


def neighbourhood(
    planned: Iterable[tuple[CampaignCalls, Neighbour]], state: LockState, now: datetime, *, days: int
) -> Neighbourhood:
    """Return the campaigns that were sent in the last ``days``, and those of a plan that still may be."""
    since = now - timedelta(days=max(days, 1))
    return Neighbourhood(chain(_sent(state, since), _due(planned, state, now)))


def _due(
    planned: Iterable[tuple[CampaignCalls, Neighbour]], state: LockState, now: datetime
) -> Iterator[Neighbour]:
    for calls, own in planned:
        is_over = calls.not_after is not None and calls.not_after <= now
        if calls.campaign_key not in state.campaigns and not is_over:
            yield own


def _sent(state: LockState, since: datetime) -> Iterator[Neighbour]:
    """Yield the campaigns that were begun after an instant and that somebody may have got."""
    reached = {
        call.campaign
        for call in state.calls.values()
        if call.state in {CallState.SENT, CallState.IN_DOUBT, CallState.INTENDED}
    }
    for key, history in state.campaigns.items():
        begin = history.begin
        if history.begun_at >= since and key in reached:
            yield Neighbour(
                name=begin.name,
                key=key,
                leaves_at=history.begun_at,
                is_sent=True,
                reach=_reach(EndpointName(begin.endpoint), begin.contents, begin.accounts_sha256),
                wordings=_wordings(begin.contents),
                marketing=_marketing(begin.contents),
            )


def neighbour(calls: CampaignCalls, now: datetime) -> Neighbour:
    """Return a campaign as others see it, leaving as early as it may."""
    return Neighbour(
        name=calls.name,
        key=calls.campaign_key,
        leaves_at=now if calls.not_before is None else max(now, calls.not_before),
        is_sent=False,
        reach=_reach(calls.endpoint.name, calls.contents, calls.accounts_sha256),
        wordings=_wordings(calls.contents),
        marketing=_marketing(calls.contents),
    )


def _wordings(contents: Mapping[str, Mapping[str, Json]]) -> frozenset[str]:
    """Return a hash of what each content says; nothing for those that say nothing."""
    said = (_wording(body) for body in contents.values())
    return frozenset(digest_of(wording) for wording in said if any(wording))


def _wording(body: Mapping[str, Json]) -> list[Json]:
    info = body.get("OfflinePushInfo", {})
    return [info.get(name) for name in ("Title", "Desc", "MultiLanguageContent")] + [body.get("MsgBody")]


def _reach(endpoint: EndpointName, contents: Mapping[str, Mapping[str, Json]], accounts_sha256: str) -> Reach:
    if ENDPOINTS[endpoint].to_accounts:
        return Reach(everyone=False, groups=frozenset({f"the same accounts ({accounts_sha256[:8]})"}))
    conditions = [body.get("Condition") for body in contents.values()]
    groups = frozenset(group for condition in conditions if condition for group in _groups(condition))
    return Reach(not all(conditions), groups)


def _groups(condition: Mapping[str, Json]) -> Iterator[str]:
    for name in ("TagsOr", "TagsAnd"):
        yield from (f"tag {tag}" for tag in condition.get(name, ()))
    for name in ("AttrsOr", "AttrsAnd"):
        yield from (f"{key}={value}" for key, value in condition.get(name, {}).items())


def _marketing(contents: Mapping[str, Mapping[str, Json]]) -> frozenset[str]:
    android = [body.get("OfflinePushInfo", {}).get("AndroidInfo", {}) for body in contents.values()]
    return frozenset(
        vendor for vendor, field, mark in _MARKETING if any(info.get(field) == mark for info in android)
    )
