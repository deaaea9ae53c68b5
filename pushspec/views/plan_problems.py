"""A plan as problems, so that each policy's message appears at its line."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from pushspec.plan.states import CampaignState
from pushspec.problems import Level, Location, Problem
from pushspec.spec.project import PROJECT_FILE
from pushspec.text import few_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pushspec.plan.build import Plan
    from pushspec.plan.planned import PlannedCampaign
    from pushspec.plan.policies.context import PolicyResult

_FEW = 3
"""Most campaigns that repeat the same warning; repeated more often, nobody would read it."""
_MANY = 20
"""A plan of more campaigns says of a pair, too, only once what both are warned of."""

Warned = tuple[str, str]
"""A policy's name and its message."""


def plan_problems(plan: Plan) -> list[Problem]:
    """Return what the rules and the policies say of a plan, and which campaigns cannot be sent."""
    found = [*plan.warnings, *(problem for campaign in plan.campaigns for problem in _problems(campaign))]
    if plan.lock_note:
        found.append(Problem(Location(PROJECT_FILE), "lockfile-unread", plan.lock_note, level=Level.WARNING))
    return sorted(found, key=lambda problem: problem.sort_key)


def repeated_warnings(plan: Plan) -> dict[Warned, str]:
    """Return what the policies warn of alike in more than a few campaigns, and the names of those in words.

    A view says it once for all of them; what it says of each campaign is left to :func:`own_warnings`.
    """
    names: dict[Warned, list[str]] = defaultdict(list)
    for campaign in plan.campaigns:
        for result in _warnings(campaign):
            names[result.policy, result.message].append(campaign.key)
    most = _FEW if len(plan.campaigns) <= _MANY else 1
    return {
        warned: few_text(found[:_FEW], len(found)) for warned, found in names.items() if len(found) > most
    }


def own_warnings(campaign: PlannedCampaign, repeated: Mapping[Warned, str]) -> list[Warned]:
    """Return what the policies warn of in a campaign, without what is said once for several, nor its name."""
    return [
        (result.policy, result.own or result.message)
        for result in _warnings(campaign)
        if (result.policy, result.message) not in repeated
    ]


def _warnings(campaign: PlannedCampaign) -> list[PolicyResult]:
    return [
        result for result in campaign.policy_results if result.level is Level.WARNING and not result.exception
    ]


def _problems(campaign: PlannedCampaign) -> Iterator[Problem]:
    document = campaign.spec.document
    for result in campaign.policy_results:
        lifted = f"; lifted: {result.exception}" if result.exception else ""
        level = Level.ERROR if result.blocks else Level.WARNING
        yield document.problem(
            result.path, result.policy, f"{result.message}{lifted}", level=level, key=bool(result.path)
        )
    if campaign.state in {CampaignState.CHANGED, CampaignState.IN_DOUBT, CampaignState.DRIFTED}:
        rule = campaign.state.value.replace(" ", "-")
        yield document.problem(
            ("version",), rule, f"{campaign.key} {campaign.state}: {campaign.reason}", key=True
        )
