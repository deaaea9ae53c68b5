"""The policies about stages: one that was stopped, and what the last ones may wait for in vain."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from pushspec.language import joined, phrase
from pushspec.plan.departure import SAVED_PLAN_LIFE
from pushspec.plan.policies.context import Finding
from pushspec.spec.rollout import Measure
from pushspec.timestamps import instant_text, rfc3339_text, span_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from pushspec.plan.policies.context import PolicyContext
    from pushspec.spec.validation import KeyPath


def rollout(context: PolicyContext) -> Iterator[Finding]:
    """A campaign that a gate or a person stopped goes on only when a person says so."""
    text = context.progress.rollout.stop_text
    if text:
        yield Finding(
            phrase(
                "{text}; pushspec continue {name} -e {environment} --why REASON lets it go on",
                text=text,
                name=context.campaign.calls.name,
                environment=context.environment_name,
            ),
            ("rollout",),
        )


def rollout_time(context: PolicyContext) -> Iterator[Finding]:
    """Window, saved plan and approval last until the last stage, or each person's hour, can open."""
    hours, ends = context.campaign.calls.hours, context.campaign.calls.not_after
    path: KeyPath = ("schedule", "local") if hours else ("rollout",)
    if hours:
        opens_at = hours[-1].opens_at
        when = phrase("the last hour opens at {instant} at the earliest", instant=instant_text(opens_at))
    elif context.progress.rollout.stages:
        opens_at = _last_opens_at(context)
        when = phrase("the last stage opens at {instant} at the earliest", instant=instant_text(opens_at))
    else:
        return
    if ends is not None and opens_at >= ends:
        yield Finding(
            phrase("{when}, and the window ends {instant}", when=when, instant=instant_text(ends)),
            ("schedule",),
        )
    if opens_at - context.now >= SAVED_PLAN_LIFE:
        yield Finding(
            phrase(
                "{when}; a plan saved now is good for {span}",
                when=when,
                span=span_text(SAVED_PLAN_LIFE.total_seconds()),
            ),
            path,
        )
    expiry = context.approvals.expires_at if context.approvals is not None else None
    if expiry is not None and opens_at >= expiry:
        yield Finding(
            phrase("{when}, and the approval ends {instant}", when=when, instant=rfc3339_text(expiry)), path
        )


def rollout_evidence(context: PolicyContext) -> Iterator[Finding]:
    """A condition that nothing tells about stops the campaign in the end."""
    measured = {measure for stage in context.progress.rollout.stages for measure in stage.thresholds}
    if Measure.OPENED in measured:
        yield Finding(
            phrase(
                "nothing tells when everybody has opened who will: such a condition stays unknown, and the "
                "campaign stops unless somebody continues it"
            ),
            ("rollout",),
        )
    counted = sorted(measured & {Measure.LOST, Measure.REACHED})
    if counted:
        whether = (
            phrase("; no page says that the service counts pushes to listed accounts")
            if context.campaign.calls.endpoint.to_accounts
            else ""
        )
        yield Finding(
            phrase(
                "{conditions} are known once pushspec report has recorded that everybody was "
                "reached or lost{whether}",
                conditions=joined(" and ", counted),
                whether=whether,
            ),
            ("rollout",),
        )


def _last_opens_at(context: PolicyContext) -> datetime:
    """Return when the last stage can leave at the earliest: after each hold that is still to come."""
    found = context.progress.rollout
    holds = (stage.hold_time for stage in found.stages[found.current :])
    return context.leaves_at + sum(holds, timedelta(0))
