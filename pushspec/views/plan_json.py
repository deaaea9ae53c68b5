"""A plan as JSON, with a published schema; the same tree and lockfile give the same bytes."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from pushspec.plan.previews import previews
from pushspec.views.approvals import approvals_view
from pushspec.views.hours import local_hours_view
from pushspec.views.json_text import json_text
from pushspec.views.plan_shape import (
    FORMAT_VERSION,
    ArmView,
    CallView,
    CampaignView,
    ChangeView,
    ExclusionView,
    PlanView,
    PolicyResultView,
    PreviewView,
    ProblemView,
    QuotaView,
    SentView,
    SinceView,
)
from pushspec.views.recall_json import recall_view
from pushspec.views.rollout_json import rollout_view
from pushspec.views.tasks_json import cancellation_view, schedule_view
from pushspec.views.tried_json import tried_view

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pushspec.lockfile.histories import CallHistory
    from pushspec.plan.build import Plan
    from pushspec.plan.calls import Call
    from pushspec.plan.planned import PlannedCampaign
    from pushspec.problems import Problem
    from pushspec.serialization import Json

_SHOWN_CALLS = 50
"""Up to so many calls are in the JSON one by one; of more, the first and the last."""


def plan_view(plan: Plan) -> PlanView:
    """Return a plan in the shape of its JSON."""
    return PlanView(
        digest=plan.digest,
        project=plan.project,
        environment=plan.environment_name,
        sdk_app_id=plan.environment.app_id,
        location=plan.environment.location,
        campaigns=[_campaign_view(campaign, plan) for campaign in plan.campaigns],
        cancellations=[cancellation_view(it) for it in plan.cancellations],
        quota=QuotaView.model_validate(plan.quota),
        pacing_s=round(plan.pacing_s, 3),
        users_per_second=plan.environment.limits.users_per_second,
        lock_note=plan.lock_note,
        warnings=[problem_view(problem) for problem in plan.warnings],
    )


def plan_json(plan: Plan) -> str:
    """Return a plan as JSON text."""
    return plan_view(plan).model_dump_json(indent=2) + "\n"


def plan_schema() -> dict[str, Json]:
    """Return the JSON Schema of :func:`plan_json`."""
    dialect = "https://json-schema.org/draft/2020-12/schema"
    return {"$schema": dialect, **PlanView.model_json_schema(mode="serialization")}


def problems_json(problems: Iterable[Problem]) -> str:
    """Return problems as JSON text, without a plan."""
    views = [problem_view(problem).model_dump() for problem in problems]
    return json_text({"format_version": FORMAT_VERSION, "problems": views})


def problem_view(problem: Problem) -> ProblemView:
    """Return a problem in the shape of its JSON."""
    return ProblemView(
        file=problem.location.file,
        line=problem.location.line,
        column=problem.location.column,
        level=problem.level.value,
        rule=problem.rule,
        message=problem.message,
        hint=problem.hint,
    )


def _campaign_view(campaign: PlannedCampaign, plan: Plan) -> CampaignView:
    calls = campaign.sending
    limits = plan.environment.limits
    return CampaignView(
        key=campaign.key,
        name=campaign.name,
        version=calls.version,
        state=campaign.state.value,
        reason=campaign.reason,
        file=campaign.path,
        endpoint=calls.endpoint.name,
        audience=calls.audience,
        is_about=calls.is_about,
        accounts=calls.account_count,
        duplicates=campaign.duplicates,
        excluded=campaign.excluded,
        exclusions=[
            ExclusionView(path=it.path, entries=it.entries, found=it.found, near=it.near)
            for it in campaign.exclusions
        ],
        unjudged=[name.value for name in campaign.unjudged],
        holdout=campaign.holdout,
        arms=_arm_views(campaign),
        held_out=campaign.arms.held_out if campaign.arms is not None else 0,
        not_before=calls.not_before.isoformat() if calls.not_before is not None else None,
        not_after=calls.not_after.isoformat() if calls.not_after is not None else None,
        digest=campaign.digest,
        payload_bytes=campaign.payload_bytes,
        limit_bytes=getattr(limits, calls.endpoint.body_limit).value,
        call_count=len(campaign.progress.remaining),
        hidden_texts=calls.hidden_contents,
        calls=[_call_view(call) for call in _shown(campaign)],
        sent=[_sent_view(call) for call in campaign.progress.sent],
        policies=[PolicyResultView.model_validate(result) for result in campaign.policy_results],
        previews=[
            PreviewView.model_validate(preview)
            for content in campaign.contents.values()
            for preview in previews(content, limits)
        ],
        fan_out_s=campaign.fan_out_s,
        tried=tried_view(campaign),
        rollout=rollout_view(campaign),
        local_hours=local_hours_view(campaign),
        since=_since_view(campaign),
        recall=recall_view(campaign, limits),
        approvals=approvals_view(campaign.approvals) if campaign.approvals is not None else None,
        schedule=schedule_view(campaign.schedule),
    )


def _sent_view(call: CallHistory) -> SentView:
    return SentView(
        key=call.key,
        **asdict(call.ids),
        sent_at=call.sent_at.isoformat() if call.sent_at is not None else None,
        refused_accounts=sum(call.refused.values()),
    )


def _arm_views(campaign: PlannedCampaign) -> list[ArmView]:
    if campaign.arms is None:
        return []
    named = zip(campaign.arms.shares.items(), campaign.arms.lists, strict=True)
    return [ArmView(variant=name, share=share, accounts=arm.count) for (name, share), arm in named]


def _since_view(campaign: PlannedCampaign) -> SinceView | None:
    found = campaign.since_last
    if campaign.last is None or found is None:
        return None
    return SinceView(
        campaign=campaign.last.key, changes=[ChangeView.model_validate(change) for change in found.changes]
    )


def _shown(campaign: PlannedCampaign) -> Iterable[Call]:
    if len(campaign.progress.remaining) <= _SHOWN_CALLS:
        return campaign.remaining_calls()
    return campaign.ends_of_remaining()


def _call_view(call: Call) -> CallView:
    return CallView(
        key=call.key,
        accounts=len(call.accounts) + call.unlisted,
        bytes=None if call.unlisted else len(call.body),
        payload_sha256=None if call.unlisted else call.payload_sha256(),
        body=call.shown_fields(),
    )
