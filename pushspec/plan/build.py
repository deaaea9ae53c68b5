"""The plan: every campaign with its state, its exact calls, and what all of it costs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pushspec.plan.compile import compile_campaigns
from pushspec.plan.policies import evaluate
from pushspec.plan.policies.context import PolicyContext
from pushspec.plan.policies.related import overlap_index, related_campaign
from pushspec.plan.quota import (
    Load,
    QuotaImpact,
    fan_out_seconds,
    pacing_seconds,
    quota_impact,
    room_text,
)
from pushspec.plan.snapshots import newest_by_name, snapshot_of_sent
from pushspec.plan.states import CampaignState, Progress, decide, progress_of
from pushspec.serialization import digest_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from pushspec.lockfile.state import LockState
    from pushspec.plan.calls import Call, CampaignCalls
    from pushspec.plan.compile import CompiledCampaign
    from pushspec.plan.policies.context import PolicyResult
    from pushspec.plan.snapshots import Snapshot
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
        policy_results: What the policies say, lifted ones included.
        digest: SHA-256 over what is still to be sent of it.
        fan_out_s: How long the service takes to deliver it, at most, in seconds; None where unknown.
        last: What left last under its name, of a campaign that is still to be sent or was changed since.
    """

    compiled: CompiledCampaign
    state: CampaignState
    reason: str
    progress: Progress
    policy_results: tuple[PolicyResult, ...]
    digest: str
    fan_out_s: float | None
    last: Snapshot | None = None

    @property
    def name(self) -> str:
        """The campaign's name, without its version."""
        return self.compiled.calls.name

    @property
    def key(self) -> str:
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
        is_in_doubt: Whether anything in the lockfile is in doubt or contradicted, also outside this plan.
        lock_note: Why the lockfile could not be read; empty when it was.
    """

    project: str
    environment_name: str
    environment: Environment
    campaigns: tuple[PlannedCampaign, ...]
    quota: QuotaImpact
    pacing_s: float
    digest: str
    warnings: tuple[Problem, ...]
    is_in_doubt: bool
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
    project_names: frozenset[str] | None = None,
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
        project_names: Names of all campaigns of the project, where ``specs`` are only some of them.
        lock_note: Why ``state`` is not what the lockfile says.

    Returns:
        The plan, or None where a rule is broken, and every problem.
    """
    compiled, problems = compile_campaigns(project, environment_name, specs, renderer)
    if any(problem.is_error for problem in problems):
        return None, problems
    environment = project.project.environments[environment_name]
    names = project_names or frozenset(spec.campaign.name for spec in specs)
    campaigns = list(_planned(compiled, project, environment, state, names, now))
    due = [campaign for campaign in campaigns if campaign.state is CampaignState.SEND]
    plan = Plan(
        project=project.project.name,
        environment_name=environment_name,
        environment=environment,
        campaigns=tuple(campaigns),
        quota=quota_impact(environment, state, _pushes(campaigns), now),
        pacing_s=pacing_seconds(map(_load, due), environment.limits),
        digest=_plan_digest(environment_name, environment, campaigns),
        warnings=tuple(sorted(problems, key=lambda problem: problem.sort_key)),
        is_in_doubt=bool(state.in_doubt(now) or state.conflicts),
        lock_note=lock_note,
    )
    return plan, problems


def _planned(
    compiled: Sequence[CompiledCampaign],
    project: ProjectSpec,
    environment: Environment,
    state: LockState,
    names: frozenset[str],
    now: datetime,
) -> Iterator[PlannedCampaign]:
    """Yield the campaigns with their states, in the order of sending: each leaves less of the day's quota."""
    frozen = project.project.frozen or state.frozen_reason
    planned = [(campaign.calls, related_campaign(campaign.calls, now)) for campaign in compiled]
    others = overlap_index(planned, state, now, days=project.project.policy.same_text_days, names=names)
    newest = newest_by_name(state)
    quota = quota_impact(environment, state, 0, now)
    for campaign, (calls, this) in zip(compiled, planned, strict=True):
        progress = progress_of(calls, state, now)
        need = _push_calls(calls, progress)
        context = PolicyContext(
            campaign=campaign,
            policy=project.project.policy,
            environment=environment,
            now=now,
            push_calls_needed=need,
            push_calls_used=quota.used + quota.planned,
            this=this,
            others=others,
        )
        policy_results = tuple(evaluate(context)) if progress.remaining else ()
        evidence = state.conflict_of(calls.campaign_key)
        conflict = f"evidence against the record: {evidence.why}" if evidence is not None else ""
        where, why = decide(calls, progress, policy_results, frozen=frozen, conflict=conflict, now=now)
        if where is CampaignState.SEND and need > quota.left:
            room = room_text(environment, state, need, quota.planned, now)
            taken = f"{quota.used + quota.planned} of {quota.limit} calls of the day are used"
            where, why = CampaignState.BLOCKED, f"quota ({taken}, {need} needed; {room})"
        elif where is CampaignState.SEND:
            quota = replace(quota, planned=quota.planned + need)
        digest, fan_out_s = _digest(calls, progress), fan_out_seconds(calls, environment)
        is_new = bool(progress.remaining) and not progress.begun_digest
        history = newest.get(calls.name) if is_new or where is CampaignState.CHANGED else None
        last = snapshot_of_sent(history) if history is not None else None
        yield PlannedCampaign(campaign, where, why, progress, policy_results, digest, fan_out_s, last)


def _digest(calls: CampaignCalls, progress: Progress) -> str:
    """Return the campaign's own digest, or one over the rest where a part of it is done."""
    if len(progress.remaining) == calls.call_count:
        return calls.digest
    return digest_of({"campaign": calls.digest, "remaining": list(progress.remaining)})


def _load(campaign: PlannedCampaign) -> Load:
    calls, remaining = campaign.compiled.calls, campaign.progress.remaining
    if len(remaining) == calls.call_count:
        return Load(calls.endpoint.pace, calls.call_count, calls.account_count)
    accounts = sum(len(call.accounts) for call in campaign.remaining_calls())
    return Load(calls.endpoint.pace, len(remaining), accounts)


def _push_calls(calls: CampaignCalls, progress: Progress) -> int:
    return len(progress.remaining) if calls.endpoint.counts_in_daily_quota else 0


def _pushes(campaigns: Sequence[PlannedCampaign]) -> int:
    due = (campaign for campaign in campaigns if campaign.state is CampaignState.SEND)
    return sum(_push_calls(campaign.compiled.calls, campaign.progress) for campaign in due)


def _plan_digest(
    environment_name: str, environment: Environment, campaigns: Sequence[PlannedCampaign]
) -> str:
    pending = [[campaign.key, campaign.digest] for campaign in campaigns if campaign.state.is_pending]
    return digest_of(
        {
            "app": environment.app_id,
            "environment": environment_name,
            "place": environment.location,
            "pending": pending,
        }
    )
