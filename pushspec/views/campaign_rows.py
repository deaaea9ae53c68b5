"""The campaigns of a plan in a few words each, for a page that shows them beside something else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushspec.language import Language, speaking
from pushspec.text import counted
from pushspec.timestamps import in_zone
from pushspec.views.recorded import said_anew

if TYPE_CHECKING:
    from pushspec.plan.build import Plan


def campaign_rows(plan: Plan) -> list[dict[str, str]]:
    """Return ``key``, ``title``, ``state``, ``reason``, ``reason_zh``, ``endpoint`` and ``calls`` of each."""
    return [
        {
            "key": campaign.key,
            "title": campaign.headline,
            "state": campaign.state.value,
            "reason": in_zone(campaign.reason, plan.zone, is_named=False),
            "reason_zh": _in_chinese(campaign.reason, plan),
            "endpoint": campaign.endpoint.name,
            "calls": counted(len(campaign.progress.remaining), "call"),
        }
        for campaign in plan.campaigns
    ]


def _in_chinese(reason: str, plan: Plan) -> str:
    """Return a reason in Chinese: who reads the page need not speak the language of whoever started it."""
    with speaking(Language.CHINESE):
        return in_zone(said_anew(reason), plan.zone, is_named=False)
