"""What is unusual about a plan: what stops a campaign, what was lifted in the open, and warnings."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pushspec.language import said, say
from pushspec.plan.standstill import freeze_of
from pushspec.plan.states import CampaignState
from pushspec.sanitize import printable
from pushspec.text import few_text
from pushspec.timestamps import in_zone
from pushspec.views.plan_problems import (
    RepeatedWarnings,
    own_warnings,
    repeated_warnings,
    unknown_authors_text,
)
from pushspec.views.plan_states import state_name, state_text
from pushspec.views.problems import grouped, shared_place
from pushspec.views.recorded import said_anew

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pushspec.plan.build import Plan
    from pushspec.plan.planned import PlannedCampaign
    from pushspec.problems import Problem

DRAWN = frozenset({"title-cut", "desc-cut"})
"""Warnings that the phones of a view show themselves."""
_FEW = 3
"""How many campaigns a line names."""


@dataclass(frozen=True, slots=True)
class Remark:
    """Something to look at twice.

    Attributes:
        campaign: Whose, or the first few of many; empty for the plan as a whole.
        text: What.
        weight: 0 stops the campaign, 1 was lifted in the open, 2 is a warning.
        reason: The reason of an exception; empty without one.
    """

    campaign: str
    text: str
    weight: int
    reason: str = ""


def remarks(plan: Plan) -> list[Remark]:
    """Return what is unusual about a plan, what stops a campaign first."""
    repeated = repeated_warnings(plan)
    found = [remark for campaign in plan.campaigns for remark in _remarks(campaign, repeated)]
    found += _refused(plan)
    found += [
        Remark(names, say("{name}: {words}", name=policy, words=said_anew(message)), 2)
        for (policy, message), names in repeated.lines.items()
    ]
    found += _expired(plan)
    found += [
        Remark("", say("{name}: {words}", name=shared_place(alike), words=said(alike[0].message)), 2)
        for alike in grouped(_without_column(it) for it in plan.warnings if it.rule not in DRAWN)
    ]
    if authors := unknown_authors_text(plan):
        found.append(Remark("", said(authors), 2))
    if frozen := freeze_text(plan):
        found.insert(0, Remark("", frozen, 0))
    if plan.lock_note:
        found.insert(0, Remark("", said(plan.lock_note), 0))
    told = (replace(remark, text=in_zone(remark.text, plan.zone)) for remark in found)
    return sorted(told, key=lambda remark: remark.weight)


def freeze_text(plan: Plan) -> str:
    """Say that nothing may be sent, and why, where no campaign of the plan says so."""
    reason = "" if plan.in_state(CampaignState.FROZEN) else freeze_of(plan)
    if not reason:
        return ""
    return say("{state}: {reason}", state=state_name(CampaignState.FROZEN), reason=printable(reason))


def _without_column(problem: Problem) -> Problem:
    return replace(problem, location=replace(problem.location, column=0))


def _expired(plan: Plan) -> Iterator[Remark]:
    """Yield one line for all the campaigns that expired before anything of them was begun."""
    unsent = [it for it in plan.in_state(CampaignState.EXPIRED) if not it.progress.begun_digest]
    if len(unsent) == 1:
        yield Remark(unsent[0].key, _state_and_reason(unsent[0]), 2)
    elif unsent:
        names = few_text([it.key for it in unsent[:_FEW]], len(unsent))
        yield Remark(said(names), say("have expired, and nothing of them was sent"), 2)


def _refused(plan: Plan) -> Iterator[Remark]:
    """Yield what keeps campaigns back; a reason that many share once, as each part of a view has its own."""
    alike: defaultdict[str, list[PlannedCampaign]] = defaultdict(list)
    for campaign in plan.campaigns:
        if campaign.state.is_refused:
            alike[_reason(campaign)].append(campaign)
    for reason, found in alike.items():
        if len(found) > _FEW:
            yield Remark(said(few_text([it.key for it in found[:_FEW]], len(found))), reason, 0)
        else:
            yield from (Remark(campaign.key, _state_and_reason(campaign), 0) for campaign in found)


def kept_back_text(campaign: PlannedCampaign, plan: Plan) -> str:
    """Return why a campaign does not leave, for its own part of a view; empty where nothing keeps it back."""
    if not (campaign.state.is_refused or campaign.state.is_over or campaign.state is CampaignState.IN_DOUBT):
        return ""
    return in_zone(_reason(campaign), plan.zone)


def _reason(campaign: PlannedCampaign) -> str:
    return say("{name}: {words}", name=state_name(campaign.state), words=said_anew(campaign.reason))


def _state_and_reason(campaign: PlannedCampaign) -> str:
    return say("{name}: {words}", name=state_text(campaign), words=said_anew(campaign.reason))


def _remarks(campaign: PlannedCampaign, repeated: RepeatedWarnings) -> Iterator[Remark]:
    is_cut_short = campaign.state.is_over and bool(campaign.progress.begun_digest)
    if campaign.state is CampaignState.IN_DOUBT or is_cut_short:
        yield Remark(campaign.key, _state_and_reason(campaign), 0)
    for result in campaign.policy_results:
        if result.exception:
            lifted = say(
                "{policy} is lifted ({message})", policy=result.policy, message=said_anew(result.message)
            )
            yield Remark(campaign.key, lifted, 1, result.exception)
    for policy, message in own_warnings(campaign, repeated):
        yield Remark(campaign.key, say("{name}: {words}", name=policy, words=said_anew(message)), 2)
