"""Policies on what people get beside a campaign: the same push again, the same words, too many pushes."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from pushspec.plan.policies.subject import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pushspec.plan.policies.neighbours import Meeting, Neighbour
    from pushspec.plan.policies.subject import Subject

_DAY = timedelta(days=1)
_NAMED = 3
"""Other campaigns that a message names."""


def repeat(subject: Subject) -> Iterator[Finding]:
    """A campaign that was sent and then renamed must not be sent again under its new name."""
    for other in _with_same_text(subject):
        if _is_renamed(other, subject):
            yield Finding(
                f"the same text went to the same people as {_told(other)}; is it renamed?", ("name",)
            )


def same_text(subject: Subject) -> Iterator[Finding]:
    """Words that people have read lately are seldom meant to be sent again."""
    for other in _with_same_text(subject):
        if not _is_renamed(other, subject):
            people = " to the same people" if other.reach == subject.this.reach else ""
            yield Finding(f"the same text{people} as {_told(other)}", ("notification",))


def _is_renamed(other: Neighbour, subject: Subject) -> bool:
    """Whether a sent campaign seems to live on under this one's name: its own is gone from the project."""
    return other.is_sent and other.name not in subject.project_names and other.reach == subject.this.reach


def _with_same_text(subject: Subject) -> Iterator[Neighbour]:
    """Yield what says the same within the project's days; of two in one plan, the later name notices."""
    since = subject.now - timedelta(days=subject.policy.same_text_days)
    for other in subject.others.with_same_text(subject.this):
        earlier = other.leaves_at >= since if other.is_sent else other.key < subject.this.key
        if earlier:
            yield other


def same_people(subject: Subject) -> Iterator[Finding]:
    """Several campaigns to the same people within a day are counted by those people."""
    meeting = subject.others.meeting(subject.this, _DAY, first=_NAMED)
    if meeting.count:
        shared = ", ".join(meeting.shared)
        yield Finding(f"the same people ({shared}) get {_names(meeting)} within a day", ("audience",))


def marketing_cap(subject: Subject) -> Iterator[Finding]:
    """A vendor shows a device so many marketing pushes of an app a day and drops the rest."""
    for vendor in sorted(subject.this.marketing):
        cap = getattr(subject.environment.limits, f"{vendor}_marketing").value
        counted = subject.others.meeting(subject.this, _DAY, first=_NAMED, vendor=vendor)
        if counted.count >= cap:
            words = f"{vendor} shows {cap} marketing pushes a day; this would be number {counted.count + 1}"
            yield Finding(f"{words}, after {_names(counted)}", ("notification",))


def _names(meeting: Meeting) -> str:
    names = ", ".join(other.key for other in meeting.first)
    more = meeting.count - len(meeting.first)
    return f"{names} and {more} more" if more else names


def _told(other: Neighbour) -> str:
    return f"{other.key}, sent {other.leaves_at:%Y-%m-%d}" if other.is_sent else f"{other.key} of this plan"
