"""The policies on how many people a list holds: against the last send, and against all users of the app."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from pushspec.language import phrase
from pushspec.plan.policies.context import Finding
from pushspec.spec.shares import share_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pushspec.lockfile.records import Begin
    from pushspec.plan.policies.context import PolicyContext

FEWEST = 100
"""Lists that never held so many people come and go as they like."""


def growth(context: PolicyContext) -> Iterator[Finding]:
    """A join that multiplies rows, or a filter that got lost, makes a list grow at once."""
    last, now = _last_list(context), context.campaign.calls.account_count
    most = context.policy.max_growth
    if last is not None and now > last.accounts * (1 + share_of(most)):
        yield Finding(
            phrase(
                "{against}: {more} more, {most} allowed",
                against=_against(last, now),
                more=_percent(Decimal(now - last.accounts) / last.accounts),
                most=most,
            ),
            ("audience",),
        )


def shrinkage(context: PolicyContext) -> Iterator[Finding]:
    """A table that was read while it was filled holds a part of its people."""
    last, now = _last_list(context), context.campaign.calls.account_count
    most = context.policy.max_shrinkage
    if last is not None and now < last.accounts * (1 - share_of(most)):
        yield Finding(
            phrase(
                "{against}: {fewer} fewer, {most} allowed",
                against=_against(last, now),
                fewer=_percent(Decimal(last.accounts - now) / last.accounts),
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


def _last_list(context: PolicyContext) -> Begin | None:
    """Return the last send of the name; None where one of the two is to no list, or both are too short."""
    if context.last_sent is None:
        return None
    last = context.last_sent.begin
    sizes = (last.accounts, context.campaign.calls.account_count)
    return last if all(sizes) and max(sizes) >= FEWEST else None


def _against(last: Begin, now: int) -> str:
    return phrase(
        "{now:,} accounts, {before:,} when {last} was sent", now=now, before=last.accounts, last=last.campaign
    )


def _percent(share: Decimal) -> str:
    return f"{share * 100:.0f}%"
