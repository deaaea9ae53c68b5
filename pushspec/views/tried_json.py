"""The last try of a campaign, as a plan's JSON shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from pushspec.views.json_view import View

if TYPE_CHECKING:
    from pushspec.plan.planned import PlannedCampaign


class TriedView(View):
    """A try of the content, on testers' devices."""

    at: str
    by: str
    testers: int
    devices: int | None = Field(description="Null where nobody asked, or the service did not tell.")
    reached: int | None


def tried_view(campaign: PlannedCampaign) -> TriedView | None:
    """Return the last try of what a campaign says now; None where there is none."""
    last = campaign.last_try
    if last is None:
        return None
    return TriedView(
        at=last.at.isoformat(),
        by=last.by,
        testers=last.testers,
        devices=last.devices,
        reached=last.reached,
    )
