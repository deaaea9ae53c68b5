"""A plan of an environment in which nothing may be sent, also where nothing would be."""

from __future__ import annotations

from dataclasses import dataclass, fields

from pushspec.plan.build import Plan


@dataclass(frozen=True, slots=True)
class FrozenPlan(Plan):
    """A plan under a freeze; its campaigns say so only where something of them is left to send.

    Attributes:
        frozen_reason: Why nothing may be sent.
    """

    frozen_reason: str = ""


def under_freeze(plan: Plan, reason: str) -> Plan:
    """Return a plan that knows of a freeze; the same plan where the reason is empty."""
    if not reason:
        return plan
    return FrozenPlan(**{it.name: getattr(plan, it.name) for it in fields(plan)}, frozen_reason=reason)


def freeze_of(plan: Plan) -> str:
    """Return why nothing may be sent in the environment of a plan; empty where it may."""
    return plan.frozen_reason if isinstance(plan, FrozenPlan) else ""
