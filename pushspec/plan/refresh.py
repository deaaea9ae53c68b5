"""Show in a plan what somebody did to tasks at the service; the digest stays, for it is over the files."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pushspec.language import phrase
from pushspec.plan.states import CampaignState

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pushspec.plan.build import Plan
    from pushspec.plan.planned import PlannedCampaign


def refreshed(plan: Plan, drift: Mapping[str, Sequence[str]]) -> Plan:
    """Return a plan with the drift of its campaigns, by ``name@version``.

    A campaign whose tasks drifted is blocked until its version is raised; a task that is replaced goes
    whatever somebody made of it.
    """
    return replace(
        plan,
        campaigns=tuple(_drifted(campaign, drift.get(campaign.key, ())) for campaign in plan.campaigns),
        cancellations=tuple(replace(it, drift=tuple(drift.get(it.key, ()))) for it in plan.cancellations),
    )


def _drifted(campaign: PlannedCampaign, drift: Sequence[str]) -> PlannedCampaign:
    if campaign.schedule is None or not drift:
        return campaign
    more = phrase(" and {number} more", number=len(drift) - 1) if len(drift) > 1 else ""
    return replace(
        campaign,
        state=CampaignState.DRIFTED,
        reason=phrase("{drift}{more}; raise version to replace it", drift=drift[0], more=more),
        schedule=replace(campaign.schedule, drift=tuple(drift)),
    )
