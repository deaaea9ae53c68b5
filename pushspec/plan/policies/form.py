"""Policies on what a campaign file must say and who may send it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushspec.plan.policies.context import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pushspec.plan.policies.context import PolicyContext


def require(context: PolicyContext) -> Iterator[Finding]:
    """The keys that the project asks for are there and hold something."""
    spec = context.spec
    for key in context.policy.require:
        holder = spec.schedule if key in {"not_before", "not_after"} else spec
        name = "from_" if key == "from" else key
        if holder is None or not getattr(holder, name):
            yield Finding(f"{key} is missing")


def allowed_senders(context: PolicyContext) -> Iterator[Finding]:
    """A push is sent in a name that the project has allowed."""
    sender, allowed = context.spec.from_, context.policy.allowed_senders
    if allowed is not None and sender is not None and sender not in allowed:
        yield Finding(f"{sender} is not one of {', '.join(allowed)}", ("from",))
