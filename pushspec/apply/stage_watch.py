"""Watch the stages of a run's rollouts: no call of a stage leaves before its gate, or after a stop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushspec.language import phrase
from pushspec.plan.evidence import Refusals, failure_text, read_conditions
from pushspec.plan.rollout import stop_text
from pushspec.spec.rollout import Measure

if TYPE_CHECKING:
    from pushspec.lockfile.histories import CallHistory
    from pushspec.lockfile.journal import Journal
    from pushspec.plan.calls import CampaignCalls


class StageWatch:
    """Knows of each stage what the lockfile says of its gate, and what its own calls brought so far."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._refusals: dict[tuple[str, int], Refusals] = {}
        self._failures: dict[tuple[str, int], str] = {}

    def closed_text(self, campaign: CampaignCalls, stage: int) -> str:
        """Return why no call of a stage may leave; empty where one may."""
        state, key = self._journal.state, campaign.campaign_key
        stop = state.stops.get(key)
        if stop is not None:
            return stop_text(stop)
        before = campaign.rollout[:stage]
        closed = next((it.stage for it in before if not state.has_passed(key, it.stage)), None)
        if closed is not None:
            return phrase("the gate behind stage {closed} is not open", closed=closed)
        return self.failure(campaign, stage)

    def add(self, campaign: CampaignCalls, stage: int, call: CallHistory) -> None:
        """Count what became of a call, and hold it against the conditions of its stage."""
        if not campaign.rollout:
            return
        refusals = self._refusals.get((campaign.campaign_key, stage))
        if refusals is None:
            refusals = self._refusals[campaign.campaign_key, stage] = self._counted(campaign, stage)
        refusals.add(call)
        readings = read_conditions(campaign.rollout[stage], {Measure.REFUSED: refusals.known})
        self._failures[campaign.campaign_key, stage] = failure_text(readings, campaign.rollout[stage])

    def failure(self, campaign: CampaignCalls, stage: int) -> str:
        """Return which condition of a stage fails; empty where none does, or a person passed its gate."""
        failed = self._failures.get((campaign.campaign_key, stage), "")
        if not failed or self._journal.state.has_passed(campaign.campaign_key, campaign.rollout[stage].stage):
            return ""
        return phrase(
            "stopped after stage {stage}: {failed}", stage=campaign.rollout[stage].stage, failed=failed
        )

    def _counted(self, campaign: CampaignCalls, stage: int) -> Refusals:
        """Return the count of a stage's calls, those of earlier runs included."""
        keys = set(campaign.table.keys_of_stage(stage))
        refusals = Refusals()
        for call in self._journal.state.calls_of(campaign.campaign_key):
            if call.key in keys:
                refusals.add(call)
        return refusals
