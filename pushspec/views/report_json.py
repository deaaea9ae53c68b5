"""A report as JSON, with a published schema; null means that nobody knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeVar

from pydantic import Field
from pydantic.json_schema import models_json_schema

from pushspec.views.json_text import json_text
from pushspec.views.json_view import View

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from pushspec.api.report import (
        CallReport,
        CampaignReport,
        Comparison,
        Counts,
        Report,
        Summary,
    )

FORMAT_VERSION: Literal[1] = 1


T = TypeVar("T", bound=View)


class CountsView(View):
    """People, by how far a push came for them."""

    meant: int | None = Field(description="Whom it was for.")
    refused: int | None = Field(description="Accounts that the service refused.")
    accepted: int | None = Field(description="Accounts that the service took; null where none are named.")
    sent: int | None = Field(description="Handed to a channel.")
    reached: int | None = Field(description="Arrived.")
    opened: int | None = Field(description="Opened.")
    lost: int | None = Field(description="The sum of the losses; null where they were not told.")
    not_sent: int | None = Field(description="Whose calls did not leave so far, such as a later stage.")
    not_told: int | None = Field(description="Sent to, and neither said to be reached nor to be lost.")


class PlatformView(View):
    """The part of one phone maker and channel."""

    platform: str | None = Field(description="The maker; null for a running app or an unknown one.")
    channel: str | None = Field(description="offline over the maker's channel, online into the app.")
    sent: int | None
    reached: int | None
    opened: int | None
    lost: int | None


class LossView(View):
    """People that it did not reach for one reason."""

    stage: Literal["before_sending", "after_sending"]
    code: str | None
    count: int | None
    text: str = Field(description="Why, in words.")
    advice: str = Field(description="What to do.")


class RateView(View):
    """A rate with the bounds of its 95 % Wilson interval, 0 to 1."""

    value: float
    low: float
    high: float


class CallbacksView(View):
    """What callbacks told: at least so many people."""

    sent: int
    reached: int
    opened: int


class SummaryView(CountsView):
    """Some calls added up."""

    at_least: CountsView = Field(description="The sums of what was told, where some calls were not.")
    platforms: list[PlatformView]
    losses: list[LossView]
    reached_rate: RateView | None = Field(description="Reached, of those that it was sent to.")
    opened_rate: RateView | None = Field(description="Opened, of those that it reached.")
    callbacks: CallbacksView | None
    calls: int
    calls_told: int = Field(description="Calls of which the service gave counts.")
    as_of: str | None = Field(description="The oldest time of any count in it.")
    is_settled: bool = Field(description="Whether nothing moves any more.")


class _VariantHead(View):
    variant: str


class VariantView(SummaryView, _VariantHead):
    """One variant."""


class _CallHead(View):
    key: str
    variant: str | None
    state: str
    task_id: str | None


class CallView(CountsView, _CallHead):
    """One call."""

    platforms: list[PlatformView]
    losses: list[LossView] | None
    callbacks: CallbacksView | None
    as_of: str | None
    is_settled: bool


class EarlierView(View):
    """The median of earlier sends of the name."""

    sends: int
    reached_rate: float | None
    reached_rate_of: int = Field(description="Sends whose rate is known.")
    opened_rate: float | None
    opened_rate_of: int = Field(description="Sends whose rate is known.")


class ComparisonView(View):
    """Two variants."""

    rate: Literal["reached", "opened"]
    higher: str
    lower: str
    is_certain: bool
    more_needed: int | None = Field(description="About how many more people each variant needs to tell.")


class _CampaignHead(View):
    key: str = Field(description="name@version.")
    name: str
    version: int
    endpoint: str
    audience: str
    sent_at: str | None


class CampaignView(SummaryView, _CampaignHead):
    """One campaign."""

    variants: list[VariantView]
    is_randomized: bool = Field(description="Whether chance decided who got which variant.")
    comparisons: list[ComparisonView]
    earlier: EarlierView
    unknown: list[str] = Field(description="What the service does not tell, in words.")
    call_reports: list[CallView]


class ReportView(View):
    """A report."""

    format_version: Literal[1] = FORMAT_VERSION
    project: str
    environment: str
    made_at: str
    since: str | None = Field(description="From when on campaigns are in it; null where they were named.")
    campaigns: list[CampaignView]
    tries: int = Field(description="Tries to testers of that time and of these campaigns; in no count.")
    warnings: list[str]


def report_json(report: Report) -> str:
    """Return a report as JSON."""
    view = ReportView(
        project=report.project,
        environment=report.environment_name,
        made_at=report.made_at.isoformat(),
        since=_instant(report.since),
        campaigns=[_campaign(campaign) for campaign in report.campaigns],
        tries=report.tries,
        warnings=list(report.warnings),
    )
    return json_text(view.model_dump())


def report_schema() -> dict[str, Any]:
    """Return the JSON Schema of a report."""
    _, schema = models_json_schema([(ReportView, "serialization")], title="A pushspec report")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "$ref": "#/$defs/ReportView",
    }


def _campaign(campaign: CampaignReport) -> CampaignView:
    earlier = campaign.earlier
    return CampaignView(
        key=campaign.key,
        name=campaign.name,
        version=campaign.version,
        endpoint=campaign.endpoint,
        audience=campaign.audience,
        sent_at=_instant(campaign.sent_at),
        variants=[VariantView(variant=each.name, **_summary(each)) for each in campaign.variants],
        is_randomized=campaign.is_randomized,
        comparisons=[
            *(_comparison("reached", each) for each in campaign.reached_compared),
            *(_comparison("opened", each) for each in campaign.opened_compared),
        ],
        earlier=EarlierView(
            sends=earlier.sends,
            reached_rate=earlier.reached,
            reached_rate_of=earlier.reached_known,
            opened_rate=earlier.opened,
            opened_rate_of=earlier.opened_known,
        ),
        unknown=list(campaign.not_told),
        call_reports=[_call(call) for call in campaign.calls],
        **_summary(campaign.summary),
    )


def _summary(summary: Summary) -> dict[str, Any]:
    return {
        **_counts(summary.counts),
        "at_least": _counts(summary.at_least),
        "platforms": _all(PlatformView, summary.platforms),
        "losses": _all(LossView, summary.losses or ()),
        "reached_rate": _maybe(RateView, summary.reached_rate),
        "opened_rate": _maybe(RateView, summary.opened_rate),
        "callbacks": _maybe(CallbacksView, summary.callbacks),
        "calls": summary.calls,
        "calls_told": summary.told,
        "as_of": _instant(summary.as_of),
        "is_settled": summary.is_settled,
    }


def _call(call: CallReport) -> CallView:
    return CallView(
        key=call.key,
        variant=call.variant,
        state=call.state.value,
        task_id=call.task_id,
        platforms=_all(PlatformView, call.platforms),
        losses=None if call.losses is None else _all(LossView, call.losses),
        callbacks=_maybe(CallbacksView, call.callbacks),
        as_of=_instant(call.as_of),
        is_settled=call.is_settled,
        **_counts(call.counts),
    )


def _comparison(rate: Literal["reached", "opened"], comparison: Comparison) -> ComparisonView:
    return ComparisonView(
        rate=rate,
        higher=comparison.higher,
        lower=comparison.lower,
        is_certain=comparison.is_certain,
        more_needed=comparison.more_needed,
    )


def _counts(counts: Counts) -> dict[str, Any]:
    return CountsView.model_validate(counts).model_dump()


def _all(view: type[T], values: Iterable[object]) -> list[T]:
    return [view.model_validate(value) for value in values]


def _maybe(view: type[T], value: object | None) -> T | None:
    return None if value is None else view.model_validate(value)


def _instant(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat()
