"""Build the plan: every campaign with its state, its exact calls, and the total cost."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from pushspec.plan.compile import compile_campaigns
from pushspec.plan.identity import pending_digest
from pushspec.plan.planned import PlannedCampaign
from pushspec.plan.policies import evaluate
from pushspec.plan.policies.context import PolicyContext
from pushspec.plan.policies.overlap import overlap_index
from pushspec.plan.policies.related import related_campaign
from pushspec.plan.progress import Progress, progress_of
from pushspec.plan.quota import (
    Load,
    QuotaImpact,
    fan_out_seconds,
    pacing_seconds,
    quota_impact,
    room_text,
)
from pushspec.plan.snapshots import highest_sent, last_cut, newest_by_name, snapshot_of_sent
from pushspec.plan.states import CampaignState, decide
from pushspec.plan.trial import last_try
from pushspec.serialization import digest_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime, tzinfo

    from pushspec.approvals.count import Approvals
    from pushspec.lockfile.records import Gate
    from pushspec.lockfile.state import CampaignHistory, LockState
    from pushspec.plan.calls import CampaignCalls
    from pushspec.plan.compiled import CompiledCampaign
    from pushspec.plan.policies.context import PolicyResult
    from pushspec.plan.policies.overlap import OverlapIndex
    from pushspec.plan.policies.related import RelatedCampaign
    from pushspec.plan.snapshots import Snapshot
    from pushspec.problems import Problem
    from pushspec.spec.load import CampaignSpec, ProjectSpec
    from pushspec.spec.policy import Policy
    from pushspec.spec.project import Environment
    from pushspec.spec.shares import Holdout
    from pushspec.spec.templates import Renderer

    ApprovalsOf = Callable[[CompiledCampaign], Approvals | None]

SHORT_DIGEST = 12
"""How many hex digits of a digest people see and type."""


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
        made_at: The moment that windows, quiet hours and the day's quota were judged by.
        zone: In which people read its times; None for this machine's.
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
    made_at: datetime
    zone: tzinfo | None = None
    lock_note: str = ""

    @property
    def short_digest(self) -> str:
        """The digest as people see and type it."""
        return self.digest[:SHORT_DIGEST]

    def in_state(self, state: CampaignState) -> list[PlannedCampaign]:
        """Return the campaigns in one state."""
        return [campaign for campaign in self.campaigns if campaign.state is state]

    @property
    def held_back(self) -> tuple[str, ...]:
        """Keys of the campaigns that are not sent until somebody acts: changed, blocked or frozen."""
        return tuple(campaign.key for campaign in self.campaigns if campaign.state.is_refused)

    @property
    def verdicts(self) -> tuple[Gate, ...]:
        """What gates say that no record says yet, of campaigns that send nothing now."""
        found = ((campaign.key, campaign.verdict) for campaign in self.campaigns)
        return tuple(verdict.record(key) for key, verdict in found if verdict is not None)

    @property
    def refused(self) -> list[PlannedCampaign]:
        """The campaigns that fail a plan: changed after they were sent, or blocked by a policy."""
        return [campaign for campaign in self.campaigns if campaign.is_refused]

    @property
    def due(self) -> list[PlannedCampaign]:
        """The campaigns that an apply would send now."""
        return self.in_state(CampaignState.SEND)


def assemble_plan(
    project: ProjectSpec,
    environment_name: str,
    specs: Sequence[CampaignSpec],
    state: LockState,
    renderer: Renderer,
    *,
    now: datetime,
    project_names: frozenset[str] | None = None,
    states: frozenset[CampaignState] | None = None,
    lock_note: str = "",
    approvals_of: ApprovalsOf = lambda _campaign: None,
    fetch: bool = False,
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
        states: Keep only the campaigns in one of these states, judged beside all the others; None for all.
        lock_note: Why ``state`` is not what the lockfile says.
        approvals_of: Returns who approved a campaign; None where the project asks for no approvals.
        fetch: Whether pinned lists may be fetched from where they lie.

    Returns:
        The plan, or None where a rule is broken, and every problem.
    """
    compiled, problems = compile_campaigns(project, environment_name, specs, renderer, fetch=fetch)
    if any(problem.is_error for problem in problems):
        return None, problems
    environment = project.project.environments[environment_name]
    names = project_names or frozenset(spec.campaign.name for spec in specs)
    policy = project.project.policy
    related = [(campaign.calls, related_campaign(campaign.calls, now)) for campaign in compiled]
    scene = _Scene(
        policy=policy,
        environment=environment,
        state=state,
        holdout=project.project.holdout,
        frozen=project.project.frozen or state.frozen_reason,
        approvals_of=approvals_of,
        highest=highest_sent(state),
        related={calls.campaign_key: it for calls, it in related},
        others=overlap_index(related, state, now, days=policy.same_text_days, names=names),
        now=now,
    )
    campaigns = [it for it in _planned(compiled, scene) if states is None or it.state in states]
    due = [campaign for campaign in campaigns if campaign.state is CampaignState.SEND]
    plan = Plan(
        project=project.project.name,
        environment_name=environment_name,
        environment=environment,
        campaigns=tuple(campaigns),
        quota=quota_impact(environment, state, _pushes(campaigns), now),
        pacing_s=pacing_seconds(map(_load, due), environment.limits),
        digest=pending_digest(
            environment.app_id,
            environment_name,
            environment.location,
            ((campaign.key, campaign.digest) for campaign in campaigns if campaign.state.is_pending),
        ),
        warnings=tuple(sorted(problems, key=lambda problem: problem.sort_key)),
        is_in_doubt=bool(state.in_doubt(now) or state.conflicts),
        made_at=now,
        zone=ZoneInfo(project.project.timezone) if project.project.timezone else None,
        lock_note=lock_note,
    )
    return plan, problems


@dataclass(frozen=True, slots=True)
class _Scene:
    """What all campaigns of a plan are judged by."""

    policy: Policy
    environment: Environment
    state: LockState
    holdout: Holdout | None
    frozen: str
    highest: Mapping[str, CampaignHistory]
    approvals_of: ApprovalsOf
    related: Mapping[str, RelatedCampaign]
    others: OverlapIndex
    now: datetime

    def policy_results(
        self,
        campaign: CompiledCampaign,
        progress: Progress,
        quota: QuotaImpact,
        approvals: Approvals | None,
    ) -> tuple[PolicyResult, ...]:
        """Return what the policies say of what is left of a campaign; nothing where nothing is left."""
        if not progress.remaining:
            return ()
        context = PolicyContext(
            campaign=campaign,
            policy=self.policy,
            environment=self.environment,
            now=self.now,
            progress=progress,
            highest_sent=self.highest.get(campaign.calls.name),
            push_calls_needed=_push_calls(campaign.calls, progress),
            push_calls_used=quota.used + quota.planned,
            this=self.related[campaign.calls.campaign_key],
            others=self.others,
            approvals=approvals,
            last_try=last_try(campaign.calls, self.state),
            holdout=self.holdout,
            last_of_salt=last_cut(self.state, campaign.calls.salt),
        )
        return tuple(evaluate(context))

    def standing(
        self, calls: CampaignCalls, progress: Progress, results: Sequence[PolicyResult], quota: QuotaImpact
    ) -> tuple[CampaignState, str]:
        """Return the state of a campaign and the reason, the day's quota included."""
        evidence = self.state.conflict_of(calls.campaign_key)
        conflict = f"evidence against the record: {evidence.why}" if evidence is not None else ""
        where, why = decide(calls, progress, results, frozen=self.frozen, conflict=conflict, now=self.now)
        if where is CampaignState.SENT and (later := self._later_text(calls)):
            return where, "; ".join(filter(None, (why, later)))
        need = _push_calls(calls, progress)
        if where is not CampaignState.SEND or need <= quota.left:
            return where, why
        room = room_text(self.environment, self.state, need, quota.planned, self.now)
        taken = f"{quota.used + quota.planned} of {quota.limit} calls of the day are used"
        return CampaignState.BLOCKED, f"quota ({taken}, {need} needed; {room})"

    def _later_text(self, calls: CampaignCalls) -> str:
        """Say that a later version than the file's went out; empty where none did."""
        later = self.highest.get(calls.name)
        if later is None or later.begin.version <= calls.version:
            return ""
        return f"version {later.begin.version} was sent later; changing the file does not undo that"


def _planned(compiled: Sequence[CompiledCampaign], scene: _Scene) -> Iterator[PlannedCampaign]:
    """Yield the campaigns with their states, in the order of sending: each leaves less of the day's quota."""
    newest = newest_by_name(scene.state)
    quota = quota_impact(scene.environment, scene.state, 0, scene.now)
    for campaign in compiled:
        calls, progress = campaign.calls, progress_of(campaign.calls, scene.state, scene.now)
        approvals = scene.approvals_of(campaign) if progress.remaining else None
        results = scene.policy_results(campaign, progress, quota, approvals)
        where, why = scene.standing(calls, progress, results, quota)
        if where is CampaignState.SEND:
            quota = replace(quota, planned=quota.planned + _push_calls(calls, progress))
        yield PlannedCampaign(
            compiled=campaign,
            state=where,
            reason=why,
            progress=progress,
            policy_results=results,
            approvals=approvals,
            last_try=last_try(calls, scene.state) if progress.remaining else None,
            digest=_digest(calls, progress),
            fan_out_s=fan_out_seconds(calls, scene.environment),
            last=_last(newest.get(calls.name), progress, where),
        )


def _last(history: CampaignHistory | None, progress: Progress, where: CampaignState) -> Snapshot | None:
    """Return what left last under a campaign's name, where it is new to the lockfile or differs from it."""
    is_new = bool(progress.remaining) and not progress.begun_digest
    is_compared = is_new or where is CampaignState.CHANGED
    return snapshot_of_sent(history) if history is not None and is_compared else None


def _digest(calls: CampaignCalls, progress: Progress) -> str:
    """Return the campaign's own digest, or one over the rest where a part of it is done."""
    if len(progress.remaining) == calls.call_count:
        return calls.digest
    return digest_of({"campaign": calls.digest, "remaining": list(progress.remaining)})


def _load(campaign: PlannedCampaign) -> Load:
    calls, due = campaign.sending, campaign.progress.due
    if len(due) == calls.call_count:
        return Load(calls.endpoint.pace, calls.call_count, calls.account_count)
    counts = calls.table.account_counts()
    return Load(calls.endpoint.pace, len(due), sum(counts[key] for key in due))


def _push_calls(calls: CampaignCalls, progress: Progress) -> int:
    return len(progress.due) if calls.endpoint.counts_in_daily_quota else 0


def _pushes(campaigns: Sequence[PlannedCampaign]) -> int:
    due = (campaign for campaign in campaigns if campaign.state is CampaignState.SEND)
    return sum(_push_calls(campaign.sending, campaign.progress) for campaign in due)
