"""A plan as JSON, with a published schema; the same tree and lockfile give the same bytes."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from pushspec.plan.previews import previews
from pushspec.serialization import Json  # noqa: TC001 - pydantic reads it at run time
from pushspec.views.approvals import ApprovalsView, approvals_view
from pushspec.views.hours import LocalHoursView, local_hours_view
from pushspec.views.json_view import View
from pushspec.views.recall_json import RecallView, recall_view
from pushspec.views.rollout_json import RolloutView, rollout_view
from pushspec.views.tasks_json import CancellationView, ScheduleView, cancellation_view, schedule_view
from pushspec.views.tried_json import TriedView, tried_view

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pushspec.plan.build import Plan
    from pushspec.plan.calls import Call
    from pushspec.plan.planned import PlannedCampaign
    from pushspec.problems import Problem

FORMAT_VERSION: Literal[2] = 2
_SHOWN_CALLS = 50
"""Up to so many calls are in the JSON one by one; of more, the first and the last."""


class CallView(View):
    """One call."""

    key: str
    accounts: int = Field(description="Listed accounts; 0 for everyone, tags and attributes.")
    bytes: int | None = Field(description="Size of the body; null where its pinned list is not at hand.")
    payload_sha256: str | None = Field(description="Null where its pinned list is not at hand.")
    body: dict[str, Json] = Field(description="Exactly what is sent, but for the accounts of a pinned list.")


class PolicyResultView(View):
    """What a policy says."""

    policy: str
    level: str
    message: str
    exception: str = Field(description="Why the campaign file lifts it; empty where it does not.")


class SentView(View):
    """A call that was sent."""

    key: str
    task_id: str | None
    msg_key: str | None
    msg_id: str | None
    sent_at: str | None
    refused_accounts: int


class PreviewView(View):
    """A lock screen."""

    vendor: str
    language: str
    title: str
    desc: str
    is_cut: bool


class ChangeView(View):
    """One thing that differs."""

    field: str
    before: str = Field(description="Empty when it was not there.")
    after: str = Field(description="Empty when it is gone.")
    note: str
    is_risk: bool


class SinceView(View):
    """What differs from what was sent."""

    campaign: str = Field(description="name@version of what was sent.")
    changes: list[ChangeView]


class ExclusionView(View):
    """One entry of exclude."""

    path: str
    entries: int = Field(description="Accounts that it names.")
    found: int | None = Field(
        description="Of them in the audience, and so left out; null until every pinned list is at hand."
    )
    near: int = Field(description="Accounts that still get it and differ by lost zeros or by case.")


class ArmView(View):
    """One variant's share of the list."""

    variant: str
    share: str = Field(description="As written, such as 45%.")
    accounts: int


class CampaignView(View):
    """One campaign."""

    key: str = Field(description="name@version.")
    name: str
    version: int
    state: str
    reason: str
    file: str
    endpoint: str
    audience: str
    is_about: bool = Field(description="Whether sizes are estimates, since a pinned list is not at hand.")
    accounts: int
    duplicates: int
    excluded: int
    exclusions: list[ExclusionView] = Field(description="What each entry of exclude does.")
    holdout: int = Field(description="Accounts that the project holds out of every list.")
    arms: list[ArmView] = Field(description="Shares of the list; empty where variants have none.")
    held_out: int = Field(description="Accounts that no share takes.")
    not_before: str | None
    not_after: str | None
    digest: str
    payload_bytes: int
    limit_bytes: int
    call_count: int = Field(description="Calls still to be made.")
    hidden_texts: int = Field(description="Texts of few people each, known once the pinned list is at hand.")
    calls: list[CallView] = Field(description="All of them, or the first and the last of more than 50.")
    sent: list[SentView]
    policies: list[PolicyResultView]
    previews: list[PreviewView]
    fan_out_s: float | None
    tried: TriedView | None = Field(description="The last try of this content; null where there is none.")
    rollout: RolloutView | None = Field(
        description="Its stages; null where it has none and nobody stopped it."
    )
    local_hours: LocalHoursView | None = Field(description="Each person's hour; null without any.")
    since: SinceView | None = Field(description="What differs from what left last under the name.")
    recall: RecallView
    approvals: ApprovalsView | None = Field(description="null where the project asks for no approvals.")
    schedule: ScheduleView | None = Field(description="null unless the service keeps its time.")


class QuotaView(View):
    """The day's pushes."""

    used: int
    planned: int
    limit: int
    left: int
    paid_calls: int
    price: str


class ProblemView(View):
    """A problem in a file."""

    file: str
    line: int
    column: int
    level: str
    rule: str
    message: str
    hint: str


class PlanView(View):
    """A plan."""

    format_version: Literal[2] = FORMAT_VERSION
    digest: str = Field(description="SHA-256 over all that is still to be sent, due now or waiting.")
    project: str
    environment: str
    sdk_app_id: int
    location: str
    campaigns: list[CampaignView]
    cancellations: list[CancellationView]
    quota: QuotaView
    pacing_s: float
    users_per_second: int | None = Field(
        description="The project's own pace for listed accounts; null without one."
    )
    lock_note: str
    warnings: list[ProblemView]


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
        sent=[
            SentView(
                key=call.key,
                **asdict(call.ids),
                sent_at=call.sent_at.isoformat() if call.sent_at is not None else None,
                refused_accounts=sum(call.refused.values()),
            )
            for call in campaign.progress.sent
        ],
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
