"""Policies on what people get beside a campaign: the same push again, the same words, too many pushes."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from pushspec.plan.policies.subject import Finding
from pushspec.plan.words import few_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pushspec.plan.policies.neighbourhood import Group
    from pushspec.plan.policies.neighbours import Neighbour
    from pushspec.plan.policies.subject import Subject

_DAY = timedelta(days=1)


def repeat(subject: Subject) -> Iterator[Finding]:
    """A campaign that was sent and then renamed must not be sent again under its new name."""
    for group in subject.others.renamed(subject.this):
        yield Finding(f"the same text went to the same people as {_names(group)}; is it renamed?", ("name",))


def same_text(subject: Subject) -> Iterator[Finding]:
    """Words that people have read lately are seldom meant to be sent again."""
    for group in subject.others.copies(subject.this):
        yield Finding(f"{_names(group)} have the same text for the same people", ("notification",))
    for group in subject.others.same_texts(subject.this):
        yield Finding(f"{_names(group)} have the same text", ("notification",))


def same_people(subject: Subject) -> Iterator[Finding]:
    """Several campaigns to the same people within a day are counted by those people."""
    for met in subject.others.meetings(subject.this, _DAY):
        shared = ", ".join(met.shared)
        yield Finding(f"the same people ({shared}) get {_names(met)} within a day", ("audience",))


def marketing_cap(subject: Subject) -> Iterator[Finding]:
    """A vendor shows a device so many marketing pushes of an app a day and drops the rest."""
    for vendor in sorted(subject.this.marketing):
        cap = getattr(subject.environment.limits, f"{vendor}_marketing").value
        met = subject.others.marketing(subject.this, _DAY, vendor)
        if met.others >= cap:
            words = f"{vendor} shows {cap} marketing pushes a day; {_names(met)} leave within a day"
            yield Finding(words, ("notification",))


def _names(group: Group) -> str:
    return few_words([_name(one) for one in group.first], group.count)


def _name(one: Neighbour) -> str:
    return f"{one.key} (begun {one.leaves_at:%Y-%m-%d})" if one.is_sent else one.key
