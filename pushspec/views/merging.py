"""What a merge of a plan's files leads to, in sentences, and who still has to approve."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushspec.plan.states import CampaignState
from pushspec.text import counted
from pushspec.views import tasks
from pushspec.views.plan_rows import in_order, next_text
from pushspec.views.plan_wording import approval_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pushspec.plan.build import Plan
    from pushspec.plan.planned import PlannedCampaign


def merging_texts(plan: Plan) -> Iterator[str]:
    """Yield what happens after a merge: what leaves at once, what later, and what not at all."""
    due = plan.in_state(CampaignState.SEND)
    yield from tasks.merging_texts(plan)
    if due:
        calls = counted(sum(len(campaign.progress.due) for campaign in due), "call")
        yield f"Merging sends nothing by itself. The next apply sends {_many(due)} in {calls}."
    elif not plan.has_work:
        yield "Merging sends nothing, and the next apply has nothing to send yet."
    if waiting := plan.in_state(CampaignState.WAITING):
        yield f"{_many(waiting)} {_verb(waiting, 'waits', 'wait')} for {_windows(waiting, plan)}."
    if resting := [it for it in plan.campaigns if it.passes_by_itself]:
        verb = _verb(resting, "leaves", "leave")
        yield f"{_many(resting)} {verb} with the first apply after the hours that forbid it now: see below."
    if stopped := [it for it in plan.campaigns if it.state.is_refused and not it.passes_by_itself]:
        yield f"{_many(stopped)} {_verb(stopped, 'does', 'do')} not leave as things are: see below."
    if doubted := plan.in_state(CampaignState.IN_DOUBT):
        yield f"{_many(doubted)} {_verb(doubted, 'is', 'are')} in doubt until somebody settles it."


def approval_texts(plan: Plan) -> dict[str, str]:
    """Return who approved each campaign that a rule asks approvals for, and who still has to."""
    return {
        campaign.key: approval_text(campaign.approvals)
        for campaign in in_order(plan.campaigns)
        if campaign.approvals is not None and campaign.approvals.needed
    }


def _windows(waiting: Sequence[PlannedCampaign], plan: Plan) -> str:
    opens = [it.opens_at for it in waiting if it.opens_at is not None]
    first = f"; the first opens {next_text(min(opens), plan)}" if opens else ""
    return f"{'their windows' if len(waiting) > 1 else 'its window'}{first}"


def _many(campaigns: Sequence[PlannedCampaign]) -> str:
    return counted(len(campaigns), "campaign")


def _verb(campaigns: Sequence[PlannedCampaign], one: str, many: str) -> str:
    return one if len(campaigns) == 1 else many
