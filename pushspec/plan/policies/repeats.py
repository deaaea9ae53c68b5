"""Policies on what else people get: the same push again, the same words, too many pushes."""

from __future__ import annotations

from datetime import timedelta
from itertools import zip_longest
from typing import TYPE_CHECKING

from pushspec.language import phrase
from pushspec.plan.policies.context import Finding
from pushspec.tencent.makers import MAKERS
from pushspec.text import few_text, listed
from pushspec.timestamps import instant_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pushspec.plan.policies.context import PolicyContext
    from pushspec.plan.policies.overlap import Group
    from pushspec.plan.policies.related import RelatedCampaign
    from pushspec.spec.validation import KeyPath

_DAY = timedelta(days=1)
_NAMED = 3
"""Campaigns that a message names."""


def version_lowered(context: PolicyContext) -> Iterator[Finding]:
    """After a version was sent, an earlier one is nearly always a commit that somebody reverted."""
    highest, version = context.highest_sent, context.spec.version
    if highest is not None and version < highest.begin.version:
        when = phrase("begun {instant}", instant=instant_text(highest.begun_at))
        yield Finding(
            phrase(
                "version {sent} was sent ({when}), this is {version}",
                sent=highest.begin.version,
                when=when,
                version=version,
            ),
            ("version",),
        )


def repeat(context: PolicyContext) -> Iterator[Finding]:
    """A campaign that was sent and then renamed must not be sent again under its new name."""
    for group in context.others.renamed(context.this):
        yield Finding(
            phrase("the same text went to the same people as {names}; was it renamed?", names=_names(group)),
            ("name",),
        )
    # Better one campaign too many is looked at than that a review passes what apply, with the list, refuses.
    for group in context.others.perhaps_renamed(context.this):
        yield Finding(
            phrase(
                "the same text went to people of the same list as {names}; was it renamed?",
                names=_names(group),
            ),
            ("name",),
        )


def same_text(context: PolicyContext) -> Iterator[Finding]:
    """Words that people have read lately are seldom meant to be sent again."""
    contents = context.campaign.contents.values()
    copies, alike = context.others.copies(context.this), context.others.same_texts(context.this)
    for groups, people in ((copies, phrase(" for the same people")), (alike, "")):
        for group in groups:
            others = _other_names(group, context)
            words = phrase("{names} have the same text{people}", names=_names(group), people=people)
            own = phrase("the same text{people} as {others}", people=people, others=others)
            yield Finding(words, _common(it.main_path for it in contents), own, is_of_group=True)


def same_people(context: PolicyContext) -> Iterator[Finding]:
    """Several campaigns to the same people within a day are counted by those people."""
    for met in context.others.meetings(context.this, _DAY):
        shared = listed(met.shared)
        words = phrase(
            "the same people ({shared}) get {names} within a day", shared=shared, names=_names(met)
        )
        own = phrase(
            "the same people ({shared}) get {other_names} within a day, too",
            shared=shared,
            other_names=_other_names(met, context),
        )
        yield Finding(words, ("audience",), own, is_of_group=met.count > met.others)


def marketing_cap(context: PolicyContext) -> Iterator[Finding]:
    """A vendor shows a device so many marketing pushes of an app a day and drops the rest."""
    for vendor in sorted(context.this.marketing):
        cap = getattr(context.environment.limits, f"{vendor}_marketing").value
        met = context.others.marketing(context.this, _DAY, vendor)
        if met.others >= cap:
            caps = phrase("{vendor} shows {cap} marketing pushes a day", vendor=MAKERS[vendor], cap=cap)
            words = phrase("{caps}; {names} leave within a day", caps=caps, names=_names(met))
            own = phrase(
                "{caps}; {other_names} leave within a day, too",
                caps=caps,
                other_names=_other_names(met, context),
            )
            yield Finding(words, _marked_at(context), own, is_of_group=True)


def _marked_at(context: PolicyContext) -> KeyPath:
    """Return where the file calls it marketing: for every vendor at once, or in what each of them shows."""
    delivery = context.spec.delivery
    if delivery is not None and delivery.marketing:
        return ("delivery", "marketing")
    return _common(content.notification_path for content in context.campaign.contents.values())


def _common(paths: Iterable[KeyPath]) -> KeyPath:
    """Return the one place that all contents share; where variants have places of their own, that of all."""
    only, *others = set(paths)
    return ("variants",) if others else only


def _names(group: Group) -> str:
    return few_text(_dated(group.first[:_NAMED]), group.count)


def _other_names(group: Group, context: PolicyContext) -> str:
    """Return the names of a group without the campaign that is looked at."""
    others = [one for one in group.first if one.key != context.this.key]
    return few_text(_dated(others[:_NAMED]), group.others)


def _dated(some: Sequence[RelatedCampaign]) -> list[str]:
    """Return campaigns by name; what was sent at one time has the time behind the last of them."""
    begun = [instant_text(one.leaves_at) if one.is_sent else "" for one in some]
    return [
        phrase("{key} (begun {instant})", key=one.key, instant=instant)
        if instant and instant != after
        else one.key
        for one, instant, after in zip_longest(some, begun, begun[1:])
    ]
