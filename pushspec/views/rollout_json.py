"""The stages of a campaign as a plan's JSON shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from pushspec.views.json_view import View
from pushspec.views.stages import stage_rows

if TYPE_CHECKING:
    from pushspec.plan.planned import PlannedCampaign
    from pushspec.plan.rollout import GateReading
    from pushspec.views.stages import StageRow


class StageView(View):
    """One stage of a rollout."""

    stage: str
    share: str | None = Field(description="As written; null for a tag, and for the rest.")
    tag: str | None
    accounts: int = Field(description="Listed accounts; 0 for a tag.")
    accounts_so_far: int = Field(description="With those of the stages before it.")
    calls: int
    calls_left: int
    state: str = Field(description="sent, refused, in doubt, due, waiting or stopped.")
    when: str
    hold_s: int
    continue_if: dict[str, str]
    min_count: int
    max_wait_s: int


class GateView(View):
    """The gate behind the last stage that may leave."""

    stage: str
    opens: str
    verdict: str = Field(description="opened, held or stopped.")
    why: str
    opens_at: str | None
    evidence: dict[str, list[int]] = Field(description="How many of how many whose outcome is known.")


class RolloutView(View):
    """The stages of a campaign."""

    stages: list[StageView]
    gate: GateView | None
    stopped: str = Field(description="Why nothing more leaves; empty while that is not so.")


def rollout_view(campaign: PlannedCampaign) -> RolloutView | None:
    """Return the stages of a campaign; None where it has none and nobody stopped it."""
    rollout = campaign.progress.rollout
    if not rollout.stages and not rollout.stop_text:
        return None
    stages = [_stage_view(row) for row in stage_rows(campaign)]
    return RolloutView(stages=stages, gate=_gate_view(rollout.gate), stopped=rollout.stop_text)


def _stage_view(row: StageRow) -> StageView:
    stage = row.stage
    return StageView(
        stage=stage.stage,
        share=stage.share,
        tag=stage.tag,
        accounts=row.accounts,
        accounts_so_far=row.accounts_so_far,
        calls=row.calls,
        calls_left=row.left,
        state=row.state,
        when=row.when,
        hold_s=stage.hold,
        continue_if={measure.value: text for measure, text in stage.condition_texts().items()},
        min_count=stage.min_count,
        max_wait_s=stage.max_wait,
    )


def _gate_view(gate: GateReading | None) -> GateView | None:
    if gate is None:
        return None
    return GateView(
        stage=gate.stage,
        opens=gate.opens,
        verdict=gate.verdict.value,
        why=gate.why,
        opens_at=gate.opens_at.isoformat() if gate.opens_at is not None else None,
        evidence={measure.value: list(known) for measure, known in gate.evidence.items()},
    )
