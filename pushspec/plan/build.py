"""Build the plan: every campaign with its state, its exact calls, and the total cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pushspec.audience.pinned.reading import PinnedLists
from pushspec.plan.begun import as_begun
from pushspec.plan.compile import compile_campaigns
from pushspec.plan.evaluation import Circumstances, push_calls
from pushspec.plan.identity import pending_digest
from pushspec.plan.policies.overlap import overlap_index
from pushspec.plan.policies.related import related_campaign
from pushspec.plan.quota import Load, QuotaImpact, pacing_seconds, quota_impact
from pushspec.plan.schedules import TaskWork, cancellations_of
from pushspec.plan.snapshots import highest_sent, newest_by_name
from pushspec.plan.states import CampaignState
from pushspec.zones import zone_named

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime, tzinfo

    from pushspec.audience.pinned.stores import OnBytes
    from pushspec.lockfile.records import Gate
    from pushspec.lockfile.state import LockState
    from pushspec.plan.compiled import CompiledCampaign
    from pushspec.plan.evaluation import ApprovalsOf
    from pushspec.plan.planned import PlannedCampaign
    from pushspec.plan.schedules import Cancellation
    from pushspec.problems import Problem
    from pushspec.spec.load import CampaignSpec, ProjectSpec
    from pushspec.spec.project import Environment
    from pushspec.spec.templates import Renderer

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
        is_lockfile_lost: Whether it was to be read, and could not.
        cancellations: Tasks at the service that no file asks for any more.
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
    zone: tzinfo | None
    lock_note: str
    is_lockfile_lost: bool
    cancellations: tuple[Cancellation, ...]

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
        return tuple(
            campaign.key
            for campaign in self.campaigns
            if campaign.state.is_refused and not campaign.passes_by_itself
        )

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
        """The campaigns that an apply would send now, or hand to the service."""
        return [campaign for campaign in self.campaigns if campaign.state.is_due]

    @property
    def task_work(self) -> tuple[TaskWork, ...]:
        """What there is to do about tasks at the service; what goes comes before what is made."""
        return (
            *(TaskWork(it.key, None, is_replaced=it.is_replaced) for it in self.cancellations),
            *(
                TaskWork(campaign.key, campaign.sending, blocked=campaign.task_blocked)
                for campaign in self.due
                if campaign.schedule is not None
            ),
        )

    @property
    def has_work(self) -> bool:
        """Whether an apply would make a request."""
        return bool(self.due or self.cancellations)


def assemble_plan(
    project: ProjectSpec,
    environment_name: str,
    specs: Sequence[CampaignSpec],
    state: LockState,
    renderer: Renderer,
    *,
    now: datetime,
    problems: Iterable[Problem],
    project_names: frozenset[str],
    states: frozenset[CampaignState] | None,
    lock_note: str,
    is_lockfile_lost: bool,
    approvals_of: ApprovalsOf,
    fetch: bool,
    on_bytes: OnBytes,
    is_whole: bool,
) -> tuple[Plan | None, list[Problem]]:
    """Build the plan of one environment.

    Args:
        project: The project.
        environment_name: One of its environments.
        specs: The campaigns to plan.
        state: What the lockfile knows; reading it is all that a plan does with it.
        renderer: Renders the templates.
        now: The moment that windows, quiet hours and the day's quota are judged by.
        problems: What was noticed when the files were read.
        project_names: Names of all campaigns of the project; ``specs`` may be only some of them.
        states: Keep only the campaigns in one of these states, judged beside all the others; None for all.
        lock_note: Why ``state`` is not what the lockfile says; empty where it is.
        is_lockfile_lost: Whether the lockfile was to be read, and could not.
        approvals_of: Returns who approved a campaign; None where the project asks for no approvals.
        fetch: Whether pinned lists may be fetched from where they lie.
        on_bytes: Is told how the fetch of a list comes on.
        is_whole: Whether ``specs`` are all the files of the project, so that what none of them names is gone.

    Returns:
        The plan, or None where a rule is broken, and every problem in order.
    """
    compiled, found = compile_campaigns(
        project, environment_name, specs, renderer, fetch=fetch, on_bytes=on_bytes
    )
    every = sorted([*problems, *found], key=lambda problem: problem.sort_key)
    if any(problem.is_error for problem in every):
        return None, every
    environment = project.project.environments[environment_name]
    compiled = [as_begun(campaign, state, environment.app_id) for campaign in compiled]
    circumstances = _circumstances(
        project, environment_name, compiled, state, now=now, names=project_names, approvals_of=approvals_of
    )
    campaigns = [it for it in circumstances.judged(compiled) if states is None or it.state in states]
    due = [campaign for campaign in campaigns if campaign.state is CampaignState.SEND]
    cancellations = cancellations_of(state, specs, environment_name, is_whole=is_whole, now=now)
    plan = Plan(
        project=project.project.name,
        environment_name=environment_name,
        environment=environment,
        campaigns=tuple(campaigns),
        quota=quota_impact(environment, state, _pushes(campaigns), now),
        pacing_s=pacing_seconds(map(_load, due), environment.limits),
        digest=_digest(environment, environment_name, campaigns, cancellations),
        warnings=tuple(every),
        is_in_doubt=bool(state.in_doubt(now) or state.conflicts or state.tasks_in_doubt(now)),
        made_at=now,
        zone=zone_named(project.project.timezone) if project.project.timezone else None,
        lock_note=lock_note,
        is_lockfile_lost=is_lockfile_lost,
        cancellations=cancellations,
    )
    return plan, every


def _circumstances(
    project: ProjectSpec,
    environment_name: str,
    compiled: Sequence[CompiledCampaign],
    state: LockState,
    *,
    now: datetime,
    names: frozenset[str],
    approvals_of: ApprovalsOf,
) -> Circumstances:
    """Return what every campaign is judged by, which is the same for all of them."""
    environment, policy = project.project.environments[environment_name], project.project.policy
    related = [(campaign.calls, related_campaign(campaign.calls, now)) for campaign in compiled]
    return Circumstances(
        policy=policy,
        environment_name=environment_name,
        environment=environment,
        state=state,
        holdout=project.project.holdout,
        frozen=project.project.frozen or state.frozen_reason,
        approvals_of=approvals_of,
        highest=highest_sent(state),
        newest=newest_by_name(state),
        related={calls.campaign_key: it for calls, it in related},
        others=overlap_index(related, state, now, days=policy.same_text_days, names=names),
        now=now,
        people_change=PinnedLists(project.root, environment_name, environment.audience_store).change_since,
    )


def _digest(
    environment: Environment,
    environment_name: str,
    campaigns: Sequence[PlannedCampaign],
    cancellations: Sequence[Cancellation],
) -> str:
    """Return the SHA-256 over all that is still to be sent or cancelled, due now or waiting."""
    pending = [
        *((campaign.key, campaign.digest) for campaign in campaigns if campaign.state.is_pending),
        *((cancellation.key, cancellation.digest) for cancellation in cancellations),
    ]
    return pending_digest(environment.app_id, environment_name, environment.location, pending)


def _load(campaign: PlannedCampaign) -> Load:
    calls, due = campaign.sending, campaign.progress.due
    if len(due) == calls.call_count:
        return Load(calls.endpoint.pace, calls.call_count, calls.account_count)
    counts = calls.table.account_counts()
    return Load(calls.endpoint.pace, len(due), sum(counts[key] for key in due))


def _pushes(campaigns: Sequence[PlannedCampaign]) -> int:
    due = (campaign for campaign in campaigns if campaign.state is CampaignState.SEND)
    return sum(push_calls(campaign.sending, campaign.progress) for campaign in due)
