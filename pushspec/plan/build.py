"""The plan: every campaign with its state, its exact calls, and what all of it costs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pushspec.canonical import digest_of
from pushspec.plan.compile import compile_campaigns
from pushspec.plan.policies import exceptions_known, judge
from pushspec.plan.quota import DailyQuota, daily_quota, fan_out_seconds, pacing_seconds
from pushspec.plan.states import CampaignState, Progress, decide, progress_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from pushspec.lockfile.state import LockState
    from pushspec.plan.calls import Call
    from pushspec.plan.compile import CompiledCampaign
    from pushspec.plan.policies import Verdict
    from pushspec.problems import Problem
    from pushspec.spec.load import CampaignSpec, ProjectSpec
    from pushspec.spec.project import Environment
    from pushspec.spec.templates import Renderer

SHORT_DIGEST = 12
"""How many hex digits of a digest people see and type."""


@dataclass(frozen=True, slots=True)
class PlannedCampaign:
    """One campaign in a plan.

    Attributes:
        compiled: What it sends.
        state: Where it stands.
        reason: Why, in a few words; may be empty.
        progress: What the lockfile knows of its calls.
        verdicts: What the policies say, lifted ones included.
        digest: SHA-256 over what is still to be sent of it.
        fan_out_s: How long the service takes to deliver it, at most, in seconds; None where unknown.
    """

    compiled: CompiledCampaign
    state: CampaignState
    reason: str
    progress: Progress
    verdicts: tuple[Verdict, ...]
    digest: str
    fan_out_s: float | None

    @property
    def name(self) -> str:
        """``name@version``."""
        return self.compiled.calls.campaign_key

    @property
    def is_open(self) -> bool:
        """Whether a run has something to do for it: calls to make, or only its end to write down."""
        return self.state is CampaignState.SEND or (
            self.state is CampaignState.SENT and not self.progress.is_ended
        )

    def remaining_calls(self) -> Iterator[Call]:
        """Walk the calls that are still to be made, in order."""
        remaining = set(self.progress.remaining)
        return (call for call in self.compiled.calls.calls() if call.key in remaining)


@dataclass(frozen=True, slots=True)
class Plan:
    """What an apply would do now.

    Attributes:
        project: The project's name.
        environment_name: Which environment.
        environment: What the project file says of it.
        campaigns: In the order of their names, which is the order of sending.
        quota: The day's pushes.
        pacing_s: How long the service's rates make it take, in seconds.
        digest: SHA-256 over all that is still to be sent, due now or waiting.
        warnings: What the rules noticed, errors excluded.
        lock_note: Why the lockfile could not be read; empty when it was.
    """

    project: str
    environment_name: str
    environment: Environment
    campaigns: tuple[PlannedCampaign, ...]
    quota: DailyQuota
    pacing_s: float
    digest: str
    warnings: tuple[Problem, ...]
    lock_note: str = ""

    @property
    def short_digest(self) -> str:
        """The digest as people see and type it."""
        return self.digest[:SHORT_DIGEST]

    def in_state(self, state: CampaignState) -> list[PlannedCampaign]:
        """Return the campaigns in one state."""
        return [campaign for campaign in self.campaigns if campaign.state is state]

    @property
    def due(self) -> list[PlannedCampaign]:
        """The campaigns that an apply would send now."""
        return self.in_state(CampaignState.SEND)


def build_plan(
    project: ProjectSpec,
    environment_name: str,
    specs: Sequence[CampaignSpec],
    state: LockState,
    renderer: Renderer,
    *,
    now: datetime,
    lock_note: str = "",
) -> tuple[Plan | None, list[Problem]]:
    """Build the plan of one environment.

    Args:
        project: The project.
        environment_name: One of its environments.
        specs: The campaigns to plan.
        state: What the lockfile knows; reading it is all that a plan does with it.
        renderer: Renders the templates.
        now: The moment that windows, quiet hours and the day's quota are judged by.
        lock_note: Why ``state`` is not what the lockfile says.

    Returns:
        The plan, or None where a rule is broken, and every problem.
    """
    compiled, problems = compile_campaigns(project, environment_name, specs, renderer)
    problems += [problem for campaign in compiled for problem in exceptions_known(campaign)]
    if any(problem.is_error for problem in problems):
        return None, problems
    environment = project.project.environments[environment_name]
    frozen = project.project.frozen or state.frozen_reason
    campaigns = [_planned(campaign, project, environment, state, frozen, now) for campaign in compiled]
    campaigns = _within_quota(campaigns, project, environment, state, now)
    due = [campaign.compiled.calls for campaign in campaigns if campaign.state is CampaignState.SEND]
    plan = Plan(
        project=project.project.name,
        environment_name=environment_name,
        environment=environment,
        campaigns=tuple(campaigns),
        quota=daily_quota(environment, state, _pushes(campaigns), now),
        pacing_s=pacing_seconds(due, environment.limits),
        digest=_plan_digest(environment_name, environment, campaigns),
        warnings=tuple(sorted(problems, key=lambda problem: problem.sort_key)),
        lock_note=lock_note,
    )
    return plan, problems


def _planned(
    compiled: CompiledCampaign,
    project: ProjectSpec,
    environment: Environment,
    state: LockState,
    frozen: str,
    now: datetime,
) -> PlannedCampaign:
    calls = compiled.calls
    progress = progress_of(calls, state, now)
    verdicts = tuple(judge(compiled, project.project.policy, now=now))
    conflict = state.conflicts.get(calls.campaign_key, "")
    where, why = decide(calls, progress, verdicts, frozen=frozen, conflict=conflict, now=now)
    return PlannedCampaign(
        compiled,
        where,
        why,
        progress,
        verdicts,
        _digest(calls.digest, progress),
        fan_out_seconds(calls, environment),
    )


def _digest(campaign_digest: str, progress: Progress) -> str:
    """Return the campaign's own digest, or one over the rest where a part of it is done."""
    if not progress.begun_digest:
        return campaign_digest
    return digest_of({"campaign": campaign_digest, "remaining": list(progress.remaining)})


def _within_quota(
    campaigns: Sequence[PlannedCampaign],
    project: ProjectSpec,
    environment: Environment,
    state: LockState,
    now: datetime,
) -> list[PlannedCampaign]:
    """Block the campaigns that the day's quota has no room for, in the order of sending."""
    quota = daily_quota(environment, state, 0, now)
    own = project.project.policy.max_push_calls_per_day
    left = quota.left
    own_left = left if own is None else max(0, own - quota.used)
    fitted = []
    for campaign in campaigns:
        need = _push_calls(campaign)
        if campaign.state is CampaignState.SEND and need > min(left, own_left):
            limit = "quota" if need > left else "max-push-calls-per-day"
            figure = quota.limit if need > left else own
            reason = f"{limit} ({quota.used} of {figure} calls of the day are used, {need} needed)"
            campaign = replace(campaign, state=CampaignState.BLOCKED, reason=reason)  # noqa: PLW2901 - the same one, blocked
        elif campaign.state is CampaignState.SEND:
            left, own_left = left - need, own_left - need
        fitted.append(campaign)
    return fitted


def _push_calls(campaign: PlannedCampaign) -> int:
    counts = campaign.compiled.calls.endpoint.counts_in_daily_quota
    return len(campaign.progress.remaining) if counts else 0


def _pushes(campaigns: Sequence[PlannedCampaign]) -> int:
    return sum(_push_calls(campaign) for campaign in campaigns if campaign.state is CampaignState.SEND)


def _plan_digest(
    environment_name: str, environment: Environment, campaigns: Sequence[PlannedCampaign]
) -> str:
    pending = [[campaign.name, campaign.digest] for campaign in campaigns if campaign.state.is_pending]
    return digest_of(
        {
            "app": environment.app_id,
            "environment": environment_name,
            "place": environment.place,
            "pending": pending,
        }
    )
