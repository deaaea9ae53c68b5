"""What a merge of a plan's files leads to, in sentences, and who still has to approve."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from pushspec.language import plural, said, say
from pushspec.plan.states import CampaignState
from pushspec.text import counted, few_text
from pushspec.views import tasks
from pushspec.views.estimates import estimate
from pushspec.views.plan_rows import in_order, next_text
from pushspec.views.plan_wording import approval_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pushspec.plan.build import Plan
    from pushspec.plan.planned import PlannedCampaign

_FEW = 20


def merging_texts(plan: Plan) -> Iterator[str]:
    """Yield what happens after a merge: what leaves at once, what later, and what not at all."""
    due = plan.in_state(CampaignState.SEND)
    if plan.has_work and not due:
        yield say("Merging sends nothing by itself.")
    yield from tasks.merging_texts(plan)
    if due:
        yield say(
            "Merging sends nothing by itself. The next apply sends {campaigns} in {calls}.",
            campaigns=counted(len(due), "campaign"),
            calls=estimate(
                counted(sum(len(campaign.progress.due) for campaign in due), "call"),
                is_about=any(campaign.sending.is_about for campaign in due),
            ),
        )
    elif not plan.has_work:
        yield say("Merging sends nothing, and the next apply has nothing to send yet.")
    if waiting := plan.in_state(CampaignState.WAITING):
        yield _waiting_text(waiting, plan)
    if count := sum(it.passes_by_itself for it in plan.campaigns):
        yield said(
            plural(
                "{number:,} campaign leaves with the first apply after the hours that forbid it now: "
                "see below.",
                "{number:,} campaigns leave with the first apply after the hours that forbid it now: "
                "see below.",
                count,
            )
        )
    if count := sum(it.state.is_refused and not it.passes_by_itself for it in plan.campaigns):
        yield said(
            plural(
                "{number:,} campaign does not leave as things are: see below.",
                "{number:,} campaigns do not leave as things are: see below.",
                count,
            )
        )
    if doubted := plan.in_state(CampaignState.IN_DOUBT):
        yield said(
            plural(
                "{number:,} campaign is in doubt until somebody settles it.",
                "{number:,} campaigns are in doubt until somebody settles it.",
                len(doubted),
            )
        )


def approval_texts(plan: Plan) -> dict[str, str]:
    """Return who approved and who still has to, by the campaigns of which the same is to be said.

    A quarter has hundreds of campaigns and few rules, and what is over needs nobody any more.
    """
    said_of: defaultdict[str, list[str]] = defaultdict(list)
    for campaign in in_order(plan.campaigns):
        found = campaign.approvals
        if found is not None and found.needed and not campaign.state.is_over:
            said_of[approval_text(found)].append(campaign.key)
    return {said(few_text(keys[:_FEW], len(keys))): words for words, keys in said_of.items()}


def unasked_text(plan: Plan) -> str:
    """Name the campaigns that may leave and that no rule asks approvals for; empty where no rules are set.

    Without it, nobody could tell them from campaigns whose rules the plan does not know.
    """
    keys = [
        campaign.key
        for campaign in in_order(plan.campaigns)
        if campaign.state.is_pending and campaign.approvals is not None and not campaign.approvals.needed
    ]
    if not keys:
        return ""
    return say("no rule asks anybody to approve {unasked}", unasked=few_text(keys[:_FEW], len(keys)))


def _waiting_text(waiting: Sequence[PlannedCampaign], plan: Plan) -> str:
    """Say that campaigns wait for their windows, and when the first of these opens."""
    what = plural(
        "{number:,} campaign waits for its window",
        "{number:,} campaigns wait for their windows",
        len(waiting),
    )
    opens = [it.opens_at for it in waiting if it.opens_at is not None]
    if not opens:
        return say("{campaigns}.", campaigns=what)
    return say("{campaigns}; the first opens {when}.", campaigns=what, when=next_text(min(opens), plan))
