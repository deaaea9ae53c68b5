"""Rules on each person's hour: a list must say who lives where, and nobody may wait behind a gate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushspec.language import phrase
from pushspec.spec.recipients import AudienceKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pushspec.problems import Problem
    from pushspec.spec.rules.context import Rule, RuleContext


def local_audience(context: RuleContext) -> Iterator[Problem]:
    """Only of listed accounts can anybody know in which zone they are."""
    schedule, audience = context.campaign.schedule, context.audience
    if schedule is None or schedule.local is None or audience is None:
        return
    kind = audience.recipients.kind
    if not audience.lists_accounts:
        yield context.problem(
            ("schedule", "local"),
            "local-audience",
            phrase(
                "{kind} cannot have each person's hour: only the service knows who that is, and where",
                kind=kind,
            ),
            phrase("list the accounts, or write not_before for one moment everywhere"),
            key=True,
        )
    elif schedule.timezone_column is not None and kind is AudienceKind.ACCOUNTS:
        yield context.problem(
            ("schedule", "timezone_column"),
            "local-column",
            phrase("timezone_column has no effect next to accounts, which have no columns"),
            phrase("send to a file, a query or an audience with that column, or keep default alone"),
            key=True,
        )


def local_rollout(context: RuleContext) -> Iterator[Problem]:
    """A stage waits behind a gate, and by then each person's hour is over."""
    schedule = context.campaign.schedule
    if schedule is not None and schedule.local is not None and context.campaign.rollout is not None:
        yield context.problem(
            ("rollout",),
            "local-rollout",
            phrase("a stage that waits for a gate would miss each person's hour"),
            phrase("send the first stage as a campaign of its own on the day before, or leave out local"),
            key=True,
        )


RULES: tuple[Rule, ...] = (local_audience, local_rollout)
