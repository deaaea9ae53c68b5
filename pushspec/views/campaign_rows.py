"""The campaigns of a plan in a few words each, for a page that shows them beside something else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushspec.text import counted

if TYPE_CHECKING:
    from pushspec.plan.build import Plan
    from pushspec.plan.planned import PlannedCampaign


def campaign_rows(plan: Plan) -> list[dict[str, str]]:
    """Return ``key``, ``title``, ``state``, ``reason``, ``endpoint`` and ``calls`` of each campaign."""
    return [
        {
            "key": campaign.key,
            "title": _title(campaign),
            "state": campaign.state.value,
            "reason": campaign.reason,
            "endpoint": campaign.endpoint.name,
            "calls": counted(len(campaign.progress.remaining), "call"),
        }
        for campaign in plan.campaigns
    ]


def _title(campaign: PlannedCampaign) -> str:
    notifications = (content.notification for content in campaign.contents.values())
    return next((each.title for each in notifications if each is not None and each.title), "")
