"""What a recall of a campaign would do, as a plan's JSON shows it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from pydantic import Field

from pushspec.plan.recallable import recallable
from pushspec.views.json_view import View

if TYPE_CHECKING:
    from pushspec.plan.planned import PlannedCampaign
    from pushspec.tencent.limits import Limits


class RecallView(View):
    """What a recall would do once the campaign is sent."""

    possible: bool | None = Field(description="null where the vendor's pages do not tell.")
    title: str | None = Field(description="What replaces the notification; null without a recall text.")
    desc: str | None
    window_s: int | None = Field(description="How long after the send; null where no page states an end.")
    requests: int
    pacing_s: float
    effects: list[str]
    stays: str = Field(description="What it cannot undo.")
    unknown: list[str]
    calls: dict[str, int] = Field(description="Calls that were to be taken back, by what became of that.")


def recall_view(campaign: PlannedCampaign, limits: Limits) -> RecallView:
    """Return what a recall would do once a campaign is sent."""
    recall = recallable(campaign.sending, limits)
    text = recall.text or {}
    return RecallView(
        possible=True if recall.facts.is_certain else None,
        title=text.get("title"),
        desc=text.get("desc"),
        window_s=recall.window_s,
        requests=recall.requests,
        pacing_s=round(recall.pacing_s, 3),
        effects=list(recall.facts.effects),
        stays=recall.facts.stays,
        unknown=list(recall.facts.unknown),
        calls=dict(Counter(it.state.value for it in campaign.progress.recalls)),
    )
