"""The policies about who approved a campaign."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushspec.language import joined, phrase, plural
from pushspec.plan.policies.context import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pushspec.approvals.count import Approvals
    from pushspec.plan.policies.context import PolicyContext

_NAMED = 3
"""How many of those who could still approve a message names."""


def approvals(context: PolicyContext) -> Iterator[Finding]:
    """As many people as a rule asks for must have approved exactly what is about to be sent."""
    found = context.approvals
    if found is not None and not found.is_enough:
        yield Finding(missing_text(found))


def approval_rules(context: PolicyContext) -> Iterator[Finding]:
    """Signers and rules that changed since the last send need a look, and so do lines that do not count."""
    if context.approvals is not None:
        yield from (Finding(warning) for warning in context.approvals.warnings)


def missing_text(found: Approvals) -> str:
    """Return what is missing: ``1 of 2 approved; 1 more of lin@acme.com``, then what does not count."""
    if found.why:
        return phrase("{why}: {hint}", why=found.why, hint=found.hint) if found.hint else found.why
    who = found.missing[:_NAMED]
    others = len(found.missing) - _NAMED
    more = plural(", {number:,} other", ", {number:,} others", others) if others > 0 else ""
    names = phrase(
        "{people} more of {who}{more}", people=found.needed - found.people, who=", ".join(who), more=more
    )
    wanted = names if who else phrase("nobody else may approve")
    refused = [
        phrase("{principal} does not count: {why}", principal=it.principal, why=it.why)
        for it in found.found
        if not it.counts
    ]
    approved = phrase("{people} of {needed} approved", people=found.people, needed=found.needed)
    return joined("; ", [approved, wanted, *refused[:_NAMED]])
