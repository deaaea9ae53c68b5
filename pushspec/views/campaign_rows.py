"""The campaigns of a plan in a few words each, for a page that shows them beside something else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushspec.text import counted
from pushspec.timestamps import in_zone

if TYPE_CHECKING:
    from pushspec.plan.build import Plan


def campaign_rows(plan: Plan) -> list[dict[str, str]]:
    """Return ``key``, ``title``, ``state``, ``reason``, ``endpoint`` and ``calls`` of each campaign."""
    return [
        {
            "key": campaign.key,
            "title": campaign.headline,
            "state": campaign.state.value,
            "reason": in_zone(campaign.reason, plan.zone, is_named=False),
            "endpoint": campaign.endpoint.name,
            "calls": counted(len(campaign.progress.remaining), "call"),
        }
        for campaign in plan.campaigns
    ]
