"""The policies on shares: who is held out of every list, and who would change sides in a test."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushspec.audience.shares import Cut, arm_salt
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
    moved = counted(_moved(arms, before), "account")
    was = ", ".join(f"{name} {share}" for name, share in before.items())
    change = phrase("{moved} of {count:,} change their share", moved=moved, count=arms.whole.count)
    yield Finding(
        phrase(
            "{campaign} with the salt {salt} had {was}; {change}",
            campaign=last.begin.campaign,
            salt=arms.salt,
            was=was,
            change=change,
        ),
        ("variants",),
    )


def _moved(arms: Arms, before: Mapping[str, str]) -> int:
    """Return how many accounts of the whole list fall into another variant than before, or into none."""
    sides = [(_cut(arms.salt, shares), [*shares, None]) for shares in (before, arms.shares)]
    return sum(len({names[cut.place(account)] for cut, names in sides}) > 1 for account in arms.whole)


def _cut(salt: str, shares: Mapping[str, str]) -> Cut:
    return Cut(arm_salt(salt), [share_of(share) for share in shares.values()])
