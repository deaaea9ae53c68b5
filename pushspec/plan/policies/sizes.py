"""The policies on how many people a list holds: against the last send, and against all users of the app."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from pushspec.language import phrase
from pushspec.plan.policies.context import Finding
from pushspec.spec.shares import share_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pushspec.plan.policies.context import PolicyContext

FEWEST = 100
"""Lists that never held so many people come and go as they like."""


def growth(context: PolicyContext) -> Iterator[Finding]:
    """A join that multiplies rows, or a filter that got lost, makes a list grow at once."""
    before, now = _sizes(context)
    most = context.policy.max_growth
    if before and now > before * (1 + share_of(most)):
        more = _percent(Decimal(now - before) / before)
        yield Finding(
            phrase(
                "{against}: {more} more, {most} allowed",
                against=_against(context, now, before),
                more=more,
                most=most,
            ),
            ("audience",),
        )


def shrinkage(context: PolicyContext) -> Iterator[Finding]:
    """A table that was read while it was filled holds a part of its people."""
    before, now = _sizes(context)
    most = context.policy.max_shrinkage
    if before and now < before * (1 - share_of(most)):
        fewer = _percent(Decimal(before - now) / before)
        yield Finding(
            phrase(
                "{against}: {fewer} fewer, {most} allowed",
                against=_against(context, now, before),
                fewer=fewer,
                most=most,
            ),
            ("audience",),
        )


def population_share(context: PolicyContext) -> Iterator[Finding]:
    """A list that holds nearly everyone was meant for some."""
    most, population = context.policy.max_population_share, context.environment.population
    now = context.campaign.calls.account_count
    if most is None or population is None or now <= population * share_of(most):
        return
    share = _percent(Decimal(now) / population)
    yield Finding(
        phrase(
            "{now:,} accounts are {share} of the {population:,} users, {most} allowed",
            now=now,
            share=share,
            population=population,
            most=most,
        ),
        ("audience",),
    )


def _sizes(context: PolicyContext) -> tuple[int, int]:
    """Return how many accounts the last send of the name had, 0 where that says nothing, and this one has."""
    now, last = context.campaign.calls.account_count, context.last_sent
    if last is None or not now:
        return 0, now
    before = last.begin.accounts
    return (before if max(before, now) >= FEWEST else 0), now


def _against(context: PolicyContext, now: int, before: int) -> str:
    last = context.last_sent.begin.campaign if context.last_sent is not None else ""
    return phrase("{now:,} accounts, {before:,} when {last} was sent", now=now, before=before, last=last)


def _percent(share: Decimal) -> str:
    return f"{share * 100:.0f}%"
