"""Find campaigns related to another one by text, audience and time of sending."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from functools import reduce
from itertools import chain, islice
from operator import attrgetter, or_
from typing import TYPE_CHECKING

from pushspec.language import phrase
from pushspec.plan.policies.related import UNSAID, due_campaigns, sent_campaigns

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from pushspec.lockfile.state import LockState
    from pushspec.plan.calls import CampaignCalls
    from pushspec.plan.policies.related import Reach, RelatedCampaign

_EVERYONE, _PART, _LISTED = phrase("everyone"), phrase("part of everyone"), phrase("one list of accounts")
_FIRST = 4
"""Campaigns of a group that are kept: one more than a message names, for the campaign itself may be one."""


@dataclass(frozen=True, slots=True)
class Group:
    """Campaigns that share something; there may be thousands.

    Attributes:
        count: How many there are.
        others: How many there are beside the one that was asked about.
        first: A few of them, those that leave first.
        shared: The people they share, in words; empty if they share a text.
    """

    count: int
    others: int
    first: tuple[RelatedCampaign, ...]
    shared: tuple[str, ...] = ()


class OverlapIndex:
    """Campaigns that were sent lately or are about to be.

    Those that say the same are found by a hash of it. Those that reach the same people are kept as the bits
    of one number, in the order of leaving: each of a thousand campaigns to the same tag meets all the others,
    and to look at every pair would take longer than the rest of a plan.
    """

    def __init__(self, related: Iterable[RelatedCampaign], *, same_text_since: datetime) -> None:
        self._all = sorted(related, key=_leaves_at)
        self._by_key: dict[str, int] = defaultdict(int)
        self._by_group: dict[str, int] = defaultdict(int)
        self._by_vendor: dict[str, int] = defaultdict(int)
        self._to_everyone = 0
        for place, other in enumerate(self._all):
            self._by_key[other.key] |= 1 << place
            for group in other.reach.groups:
                self._by_group[group] |= 1 << place
            for vendor in other.marketing:
                self._by_vendor[vendor] |= 1 << place
            if other.reach.everyone:
                self._to_everyone |= 1 << place
        self._texts = _Texts(it for it in self._all if not it.is_sent or it.leaves_at >= same_text_since)

    def renamed(self, this: RelatedCampaign) -> Iterator[Group]:
        """Yield what was sent with the words of a campaign to its people, under names that are gone."""
        for wording in this.fingerprints:
            gone = self._texts.gone.get((wording, this.reach), {})
            if gone:
                yield _group(gone)

    def perhaps_renamed(self, this: RelatedCampaign) -> Iterator[Group]:
        """Yield the same of a campaign whose reach does not tell, by what was sent to its lists."""
        for wording in this.fingerprints if this.is_unsure else ():
            gone = self._texts.gone_by_lists.get((wording, this.lists), {})
            if gone:
                yield _group(gone)

    def copies(self, this: RelatedCampaign) -> Iterator[Group]:
        """Yield the campaigns, this one among them, that say the same to the same people.

        Nothing for the first of them: what comes later is the copy.
        """
        for wording in this.fingerprints:
            alike = self._texts.to_same.get((wording, this.reach), {})
            if _is_later(this, alike):
                yield _group(alike)

    def same_texts(self, this: RelatedCampaign) -> Iterator[Group]:
        """Yield the campaigns, this one among them, that say the same and not all to the same people.

        Nothing for the first of them.
        """
        for wording in this.fingerprints:
            alike = self._texts.to_any.get(wording, {})
            same = (self._texts.to_same, self._texts.gone)
            to_same_people = sum(len(index.get((wording, this.reach), ())) for index in same)
            if len(alike) > to_same_people and _is_later(this, alike):
                yield _group(alike)

    def meetings(self, this: RelatedCampaign, within: timedelta) -> Iterator[Group]:
        """Yield who certainly may reach the people of a campaign within a time, before or after it.

        Those to everyone come in a group of their own, the same one for all campaigns that they meet; in the
        other group the campaign itself is included.
        """
        near, sharing = self._near(this, within), self._sharing(this.reach)
        apart: list[dict[str, int]] = [] if this.reach.everyone else [{_PART: sharing.pop(_PART)}]
        for some in [*apart, sharing]:
            met = self._met(this, near, some)
            if met.others:
                yield met

    def marketing(self, this: RelatedCampaign, within: timedelta, vendor: str) -> Group:
        """Return who certainly may reach the people of a campaign with what a vendor counts as marketing."""
        near = self._near(this, within) & self._by_vendor.get(vendor, 0)
        return self._met(this, near, self._sharing(this.reach))

    def _met(self, this: RelatedCampaign, near: int, sharing: Mapping[str, int]) -> Group:
        others = ~self._by_key.get(this.key, 0)
        shared = {words: near & bits for words, bits in sharing.items()}
        found = reduce(or_, shared.values(), 0)
        return Group(
            count=found.bit_count(),
            others=(found & others).bit_count(),
            first=tuple(self._all[place] for place in islice(_places(found), _FIRST)),
            shared=tuple(
                _LISTED if UNSAID in words else words for words, bits in shared.items() if bits & others
            ),
        )

    def _near(self, this: RelatedCampaign, within: timedelta) -> int:
        start = bisect_right(self._all, this.leaves_at - within, key=_leaves_at)
        stop = bisect_left(self._all, this.leaves_at + within, key=_leaves_at)
        return (1 << stop) - (1 << start)

    def _sharing(self, reach: Reach) -> dict[str, int]:
        """Return who reaches some of the same people, by the words for what they share."""
        if reach.everyone:
            return {_EVERYONE: self._to_everyone, _PART: ~self._to_everyone}
        groups = {group: self._by_group.get(group, 0) for group in sorted(reach.groups)}
        return {_PART: self._to_everyone} | groups


def overlap_index(
    planned: Iterable[tuple[CampaignCalls, RelatedCampaign]],
    state: LockState,
    now: datetime,
    *,
    days: int,
    names: frozenset[str],
) -> OverlapIndex:
    """Return the campaigns that were sent in the last ``days``, and those of a plan that still may be.

    Args:
        planned: The campaigns of the plan.
        state: What the lockfile knows.
        now: The moment of the plan.
        days: How far back a text counts as the same.
        names: Names of all campaigns that the project has now.
    """
    since = now - timedelta(days=max(days, 1))
    around = chain(sent_campaigns(state, since, names), due_campaigns(planned, state, now))
    return OverlapIndex(around, same_text_since=now - timedelta(days=days))


class _Texts:
    """Campaigns by what they say, by key: what was sent, in the order of leaving, then what is to be sent.

    Attributes:
        to_any: By what they say.
        to_same: By what they say and to whom, without those whose name is gone.
        gone: Those whose name is gone.
        gone_by_lists: The same, by what they say and the pinned lists that they used.
    """

    def __init__(self, related: Iterable[RelatedCampaign]) -> None:
        self.to_any: dict[str, dict[str, RelatedCampaign]] = defaultdict(dict)
        self.to_same: dict[tuple[str, Reach], dict[str, RelatedCampaign]] = defaultdict(dict)
        self.gone: dict[tuple[str, Reach], dict[str, RelatedCampaign]] = defaultdict(dict)
        self.gone_by_lists: dict[tuple[str, frozenset[str]], dict[str, RelatedCampaign]] = defaultdict(dict)
        by_key = sorted(related, key=attrgetter("key"))
        sent = sorted((it for it in by_key if it.is_sent), key=_leaves_at)
        for other in (*sent, *(it for it in by_key if not it.is_sent)):
            index = self.gone if other.is_gone else self.to_same
            for wording in other.fingerprints:
                self.to_any[wording][other.key] = other
                index[wording, other.reach][other.key] = other
                if other.is_gone:
                    self.gone_by_lists[wording, other.lists][other.key] = other


def _is_later(this: RelatedCampaign, alike: Mapping[str, RelatedCampaign]) -> bool:
    return this.key in alike and next(iter(alike)) != this.key


def _group(alike: Mapping[str, RelatedCampaign]) -> Group:
    return Group(len(alike), len(alike) - 1, tuple(islice(alike.values(), _FIRST)))


def _places(bits: int) -> Iterator[int]:
    while bits:
        yield (bits & -bits).bit_length() - 1
        bits &= bits - 1


def _leaves_at(related_campaign: RelatedCampaign) -> datetime:
    return related_campaign.leaves_at
