"""Who meets whom and who says the same: the index against a look at every pair."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st
from workbench import NOON

from pushspec.plan.policies.overlap import OverlapIndex
from pushspec.plan.policies.related import UNSAID, Reach, RelatedCampaign

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

DAY = timedelta(days=1)
SINCE = NOON - timedelta(hours=2)
"""What was sent before is no longer the same text."""
HOURS = [-25, -24, -23, -2, -1, 0, 1, 2, 23, 24, 25]
REACHES = [
    Reach(everyone=True, groups=frozenset()),
    Reach(everyone=False, groups=frozenset({"tag A"})),
    Reach(everyone=False, groups=frozenset({"tag A", "tag B"})),
    Reach(everyone=False, groups=frozenset({"tag B", "city=X"})),
    Reach(everyone=False, groups=frozenset({f"{UNSAID}list"})),
    Reach(everyone=False, groups=frozenset()),
]


@st.composite
def campaigns(draw: st.DrawFn) -> list[RelatedCampaign]:
    """Draw a few campaigns around noon; of those that were sent, the project has some no longer."""
    keys = draw(st.permutations([f"{name}@{version}" for name in "abc" for version in (1, 2)]))
    return [
        RelatedCampaign(
            key=key,
            leaves_at=NOON + timedelta(hours=draw(st.sampled_from(HOURS))),
            is_sent=is_sent,
            is_gone=is_sent and draw(st.booleans()),
            reach=draw(st.sampled_from(REACHES)),
            fingerprints=tuple(draw(st.lists(st.sampled_from("xy"), unique=True))),
            marketing=frozenset(draw(st.sets(st.sampled_from(["huawei", "oppo"])))),
        )
        for key in keys[: draw(st.integers(1, len(keys)))]
        for is_sent in [draw(st.booleans())]
    ]


def shared(this: RelatedCampaign, other: RelatedCampaign) -> list[str]:
    """Return the words for the people whom two campaigns share."""
    if this.reach.everyone and other.reach.everyone:
        return ["everyone"]
    if this.reach.everyone or other.reach.everyone:
        return ["part of everyone"]
    both = this.reach.groups & other.reach.groups
    return ["one list of accounts" if UNSAID in words else words for words in sorted(both)]


def near(this: RelatedCampaign, every: Iterable[RelatedCampaign]) -> list[RelatedCampaign]:
    """Return those that leave less than a day before or after, the first ones first."""
    return sorted(
        (one for one in every if abs(one.leaves_at - this.leaves_at) < DAY), key=lambda one: one.leaves_at
    )


def said(this: RelatedCampaign, some: list[RelatedCampaign]) -> tuple[int, int, list[str], list[str]]:
    """Return what a group should say: how many, how many others, the first four, and whom they share."""
    others = [one for one in some if one.key != this.key]
    words = {word for one in others for word in shared(this, one)}
    return len(some), len(others), [one.key for one in some[:4]], sorted(words)


def views(every: list[RelatedCampaign]) -> Iterator[tuple[RelatedCampaign, list[RelatedCampaign]]]:
    """Yield each campaign with those that the index knows: the first one's own beginning may be too old."""
    for known in (every, every[1:]):
        for this in every:
            yield this, known


@given(campaigns())
def test_meetings_are_those_of_every_pair(every: list[RelatedCampaign]) -> None:
    """Whoever is to everyone comes apart, so that the remark is the same for all whom it meets."""
    for this, known in views(every):
        met = [one for one in near(this, known) if shared(this, one)]
        to_all = [one for one in met if one.reach.everyone and not this.reach.everyone]
        rest = [one for one in met if one not in to_all]

        groups = OverlapIndex(known, same_text_since=SINCE).meetings(this, DAY)
        found = [(it.count, it.others, [*map(_key, it.first)], [*it.shared]) for it in groups]

        assert found == [group for group in (said(this, to_all), said(this, rest)) if group[1]]


@given(campaigns(), st.sampled_from(["huawei", "vivo"]))
def test_marketing_is_counted_over_every_pair(every: list[RelatedCampaign], vendor: str) -> None:
    """A phone of a tag gets what is sent to everyone, too, and so the other way round."""
    for this, known in views(every):
        met = [one for one in near(this, known) if shared(this, one) and vendor in one.marketing]

        found = OverlapIndex(known, same_text_since=SINCE).marketing(this, DAY, vendor)

        assert (found.count, found.others, [*map(_key, found.first)], sorted(found.shared)) == said(this, met)


@given(campaigns())
def test_texts_are_those_of_every_pair(every: list[RelatedCampaign]) -> None:
    """The first one is the original: what was sent, in that order, and then by name."""
    index = OverlapIndex(every, same_text_since=SINCE)
    recent = sorted((one for one in every if not one.is_sent or one.leaves_at >= SINCE), key=_age)
    for this in every:
        renamed, copies, same_texts = [], [], []
        for wording in this.fingerprints:
            alike = [one for one in recent if wording in one.fingerprints]
            gone = [one for one in alike if one.reach == this.reach and one.is_gone]
            to_same = [one for one in alike if one.reach == this.reach and not one.is_gone]
            renamed += [gone] if gone else []
            copies += [to_same] if this in to_same[1:] else []
            same_texts += [alike] if this in alike[1:] and len(alike) > len(gone + to_same) else []

        for groups, found in (
            (renamed, index.renamed(this)),
            (copies, index.copies(this)),
            (same_texts, index.same_texts(this)),
        ):
            assert [(it.count, it.others, [*map(_key, it.first)], it.shared) for it in found] == [
                (len(some), len(some) - 1, [*map(_key, some[:4])], ()) for some in groups
            ]


def _age(one: RelatedCampaign) -> tuple[bool, datetime, str]:
    return not one.is_sent, one.leaves_at if one.is_sent else NOON, one.key


def _key(one: RelatedCampaign) -> str:
    return one.key
