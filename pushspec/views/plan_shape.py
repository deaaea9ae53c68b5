"""The shape of a plan's JSON, of which the published schema is made."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from pushspec.serialization import Json  # noqa: TC001 - pydantic reads it at run time
from pushspec.views.approvals import ApprovalsView  # noqa: TC001 - pydantic reads it at run time
from pushspec.views.hours import LocalHoursView  # noqa: TC001 - pydantic reads it at run time
from pushspec.views.json_view import View
from pushspec.views.recall_json import RecallView  # noqa: TC001 - pydantic reads it at run time
from pushspec.views.rollout_json import RolloutView  # noqa: TC001 - pydantic reads it at run time
from pushspec.views.tasks_json import CancellationView, ScheduleView  # noqa: TC001 - pydantic reads them at run time
from pushspec.views.tried_json import TriedView  # noqa: TC001 - pydantic reads it at run time

FORMAT_VERSION: Literal[2] = 2


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
    unjudged: list[str] = Field(description="Policies that are judged once every list is at hand.")
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
