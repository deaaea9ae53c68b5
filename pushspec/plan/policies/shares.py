"""The policies on shares: who is held out of every list, and who would change sides in a test."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

from pushspec.audience.shares import SPACE, Cut, arm_salt, point
from pushspec.language import phrase
from pushspec.plan.policies.context import Finding
from pushspec.spec.policy import PolicyName
from pushspec.spec.shares import share_of
from pushspec.text import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pushspec.audience.arms import Arms
    from pushspec.plan.policies.context import PolicyContext


def holdout(context: PolicyContext) -> Iterator[Finding]:
    """Those whom the project holds out of every list get a push to everyone, a tag or an attribute."""
    if context.holdout is None:
        return
    share = context.holdout.share
    if not context.campaign.calls.endpoint.to_accounts:
        why = phrase("only the service knows who gets it")
        yield Finding(
            phrase("{why}, so the project's holdout of {share} gets it, too", why=why, share=share),
            ("audience",),
        )
    elif context.spec.lifts(PolicyName.HOLDOUT):
        yield Finding(phrase("the project's holdout of {share} gets it, too", share=share), ("audience",))


def shares_changed(context: PolicyContext) -> Iterator[Finding]:
    """Other shares, or another order of variants, move people from one side of a test to the other."""
    arms, last = context.campaign.arms, context.last_of_salt
    if arms is None or last is None or last.begin.shares is None:
        return
    before = last.begin.shares
    if list(before.items()) == list(arms.shares.items()):
        return
    was = ", ".join(f"{name} {share}" for name, share in before.items())
    yield Finding(
        phrase(
            "{campaign} with the salt {salt} had {was}; {change}",
            campaign=last.begin.campaign,
            salt=arms.salt,
            was=was,
            change=_change_text(arms, before),
        ),
        ("variants",),
    )


def _change_text(arms: Arms, before: Mapping[str, str]) -> str:
    number, whole = _moved(arms, before), arms.whole
    moved = counted(number, "account")
    if whole.is_about or not whole.is_at_hand:
        moved = phrase("about {accounts}", accounts=moved)
    if number == 1:
        return phrase("{moved} of {count:,} changes its share", moved=moved, count=whole.count)
    return phrase("{moved} of {count:,} change their share", moved=moved, count=whole.count)


def _moved(arms: Arms, before: Mapping[str, str]) -> int:
    """Return how many accounts of the whole list fall into another variant than before, or into none.

    Where the list is not at hand, so many of its people do as points do.
    """
    cuts = [
        (Cut(arm_salt(arms.salt), list(map(share_of, shares.values()))), [*shares, None])
        for shares in (before, arms.shares)
    ]

    def is_moved(at: int) -> bool:
        return len({names[cut.place_of(at)] for cut, names in cuts}) > 1

    if arms.whole.is_at_hand:
        return sum(is_moved(point(arm_salt(arms.salt), account)) for account in arms.whole)
    edges = sorted({0, *(end for cut, _ in cuts for end in cut.ends)})
    points = sum(stop - start for start, stop in pairwise(edges) if is_moved(start))
    return round(Fraction(arms.whole.count * points, SPACE))
