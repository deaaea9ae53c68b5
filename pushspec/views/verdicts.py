"""A plan as problems, so that what policies say stands beside the line it is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushspec.plan.states import CampaignState
from pushspec.problems import Level, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pushspec.plan.build import Plan, PlannedCampaign


def plan_problems(plan: Plan) -> list[Problem]:
    """Return what the rules and the policies say of a plan, and which campaigns cannot be sent."""
    found = [*plan.warnings, *(problem for campaign in plan.campaigns for problem in _problems(campaign))]
    return sorted(found, key=lambda problem: problem.sort_key)


def _problems(campaign: PlannedCampaign) -> Iterator[Problem]:
    document = campaign.compiled.spec.document
    for verdict in campaign.verdicts:
        lifted = f"; lifted: {verdict.exception}" if verdict.exception else ""
        level = Level.ERROR if verdict.blocks else Level.WARNING
        yield document.problem(
            verdict.path, verdict.policy, f"{verdict.message}{lifted}", level=level, key=bool(verdict.path)
        )
    if campaign.state is CampaignState.CHANGED or campaign.state is CampaignState.IN_DOUBT:
        rule = campaign.state.value.replace(" ", "-")
        yield document.problem(
            ("version",), rule, f"{campaign.name} {campaign.state}: {campaign.reason}", key=True
        )
