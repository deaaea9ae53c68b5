"""Rules on shares: every variant has one, together they are no more than all, and a list is there to cut."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from pushspec.language import phrase
from pushspec.spec.shares import share_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pushspec.problems import Problem
    from pushspec.spec.campaign import Variant
    from pushspec.spec.rules.context import Rule, RuleContext


def share_missing(context: RuleContext) -> Iterator[Problem]:
    """A variant without a share beside one that has one would get everybody, or nobody."""
    shared = _shared(context)
    for index, variant in enumerate(context.campaign.variants or ()):
        if shared and variant.share is None:
            yield context.problem(
                ("variants", index),
                "share-missing",
                phrase("the variant {name} has no share, and others have", name=variant.name),
                phrase("give every variant a share, or none"),
            )


def share_sum(context: RuleContext) -> Iterator[Problem]:
    """Shares are parts of one list."""
    shared = _shared(context)
    total = sum((share_of(share) for _, _, share in shared), Decimal(0))
    if total > 1:
        yield context.problem(
            ("variants", shared[-1][0], "share"),
            "share-sum",
            phrase("the shares add up to {percent:f}%", percent=(total * 100).normalize()),
            phrase("make them 100% or less; whom no variant takes is held out"),
        )


def share_of_list(context: RuleContext) -> Iterator[Problem]:
    """Only a list can be cut, and it is the campaign's: an audience of the variant's own is another one."""
    audience = context.campaign.audience
    for index, variant, _ in _shared(context):
        path = ("variants", index, "share")
        if variant.audience is not None:
            yield context.problem(
                path,
                "share-audience",
                phrase(
                    "the variant {name} takes a share of the campaign's list, and has an audience",
                    name=variant.name,
                ),
                phrase("move the audience to the campaign, or leave out share"),
            )
        elif audience is not None and not audience.lists_accounts:
            yield context.problem(
                path,
                "share-kind",
                phrase(
                    "{kinds} cannot be cut: only the service knows who they are",
                    kinds=" and ".join(audience.kinds),
                ),
                phrase("list the accounts, or give each variant a tag of its own"),
            )


def _shared(context: RuleContext) -> list[tuple[int, Variant, str]]:
    """Return the variants with a share, each with its index and the share."""
    variants = enumerate(context.campaign.variants or ())
    return [(index, variant, variant.share) for index, variant in variants if variant.share is not None]


RULES: tuple[Rule, ...] = (share_missing, share_sum, share_of_list)
