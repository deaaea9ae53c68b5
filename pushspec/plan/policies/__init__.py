"""Evaluate the project's policies: one function per policy, one module per subject.

A policy is lifted only in the campaign file, under ``exceptions``, with a reason that every view shows. To
add one: its name in :class:`~pushspec.spec.policy.PolicyName`, a function in one of these modules, a line
in ``POLICIES``, an entry in ``docs/policies.md``, and a test that triggers it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushspec.language import phrase
from pushspec.plan.policies import approvals, bounds, content, pins, repeats, rollout, shares, sizes, timing
from pushspec.plan.policies.context import Finding, PolicyResult
from pushspec.problems import Level
from pushspec.spec.policy import PolicyName

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pushspec.plan.policies.context import PolicyContext, Rule

_MOST_FINDINGS = 10
"""Of one policy on one campaign, which is more than there are makers with a cap; a personalized text may
break it once for every reader."""

POLICIES: dict[PolicyName, tuple[Level, Rule]] = {
    PolicyName.REQUIRE: (Level.ERROR, bounds.require),
    PolicyName.EVERYONE: (Level.WARNING, bounds.everyone),
    PolicyName.MAX_ACCOUNTS: (Level.ERROR, bounds.max_accounts),
    PolicyName.MAX_TEXTS: (Level.ERROR, bounds.max_texts),
    PolicyName.EXCLUDE_WITHOUT_EFFECT: (Level.ERROR, bounds.exclude_without_effect),
    PolicyName.MAX_PUSH_CALLS_PER_DAY: (Level.ERROR, bounds.max_push_calls_per_day),
    PolicyName.MAX_REFUSED: (Level.ERROR, bounds.max_refused),
    PolicyName.QUIET_HOURS: (Level.ERROR, timing.quiet_hours),
    PolicyName.BLACKOUT_DATES: (Level.ERROR, timing.blackout_dates),
    PolicyName.ALLOWED_SENDERS: (Level.ERROR, bounds.allowed_senders),
    PolicyName.FORBIDDEN_WORDS: (Level.ERROR, content.forbidden_words),
    PolicyName.ALLOWED_LINK_HOSTS: (Level.ERROR, content.allowed_link_hosts),
    PolicyName.PLACEHOLDER_TEXT: (Level.ERROR, content.placeholder_text),
    PolicyName.TEST_TEXT: (Level.WARNING, content.test_text),
    PolicyName.VERSION_LOWERED: (Level.ERROR, repeats.version_lowered),
    PolicyName.REPEAT: (Level.ERROR, repeats.repeat),
    PolicyName.SAME_TEXT: (Level.WARNING, repeats.same_text),
    PolicyName.SAME_PEOPLE: (Level.WARNING, repeats.same_people),
    PolicyName.MARKETING_CAP: (Level.WARNING, repeats.marketing_cap),
    PolicyName.GIT_PUSHES: (Level.WARNING, timing.git_pushes),
    PolicyName.PACE: (Level.ERROR, timing.pace),
    PolicyName.LOCAL_HOURS: (Level.WARNING, timing.local_hours),
    PolicyName.HOLDOUT: (Level.WARNING, shares.holdout),
    PolicyName.SHARES_CHANGED: (Level.WARNING, shares.shares_changed),
    PolicyName.PIN_AGE: (Level.ERROR, pins.pin_age),
    PolicyName.GROWTH: (Level.ERROR, sizes.growth),
    PolicyName.SHRINKAGE: (Level.ERROR, sizes.shrinkage),
    PolicyName.POPULATION_SHARE: (Level.ERROR, sizes.population_share),
    PolicyName.APPROVALS: (Level.ERROR, approvals.approvals),
    PolicyName.APPROVAL_RULES: (Level.WARNING, approvals.approval_rules),
    PolicyName.ROLLOUT: (Level.ERROR, rollout.rollout),
    PolicyName.ROLLOUT_TIME: (Level.WARNING, rollout.rollout_time),
    PolicyName.ROLLOUT_EVIDENCE: (Level.WARNING, rollout.rollout_evidence),
}
"""Every policy with the level it has where the project sets no other."""


def evaluate(context: PolicyContext) -> Iterator[PolicyResult]:
    """Yield what the policies say of a campaign, lifted ones included."""
    lifted = {exception.policy: exception.reason for exception in context.spec.exceptions}
    levels = context.policy.levels
    for name, (level, rule) in POLICIES.items():
        level = Level(levels[name]) if name in levels else level  # noqa: PLW2901 - the project's own
        for finding in _first(rule(context)):
            yield PolicyResult(
                name,
                finding.message,
                level,
                lifted.get(name, ""),
                finding.path,
                finding.own or finding.message,
                finding.passes_at,
                finding.is_of_group,
            )


def _first(findings: Iterator[Finding]) -> Iterator[Finding]:
    """Yield the first different findings, and how many more there are."""
    seen = set[int]()
    for finding in findings:
        # Only hashes are kept: of a million readers each may break it in a way of their own.
        known = len(seen)
        seen.add(hash(finding))
        if known < len(seen) <= _MOST_FINDINGS:
            yield finding
    if len(seen) > _MOST_FINDINGS:
        more = phrase("and {more:,} more", more=len(seen) - _MOST_FINDINGS)
        yield Finding(more, finding.path, passes_at=finding.passes_at)
