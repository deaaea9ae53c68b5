"""Judge each campaign of a plan: what is left of it, what the policies say, and whether it leaves now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pushspec.language import joined, phrase
from pushspec.plan.planned import PlannedCampaign
from pushspec.plan.policies import evaluate
from pushspec.plan.policies.context import PolicyContext
from pushspec.plan.progress import Progress, progress_of
from pushspec.plan.quota import DayBudget, fan_out_seconds
from pushspec.plan.schedules import decide_schedule, partly_sent, planned_schedule
from pushspec.plan.snapshots import last_cut, snapshot_of_sent, snapshot_of_tasks
from pushspec.plan.states import CampaignState, closed_text, decide
from pushspec.plan.trial import last_try
from pushspec.serialization import digest_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from pushspec.approvals.count import Approvals
    from pushspec.audience.pinned.changes import PeopleChange
    from pushspec.audience.pinned.pin import Pin
    from pushspec.lockfile.histories import CampaignHistory
    from pushspec.lockfile.state import LockState
    from pushspec.plan.calls import CampaignCalls
    from pushspec.plan.compiled import CompiledCampaign
    from pushspec.plan.policies.context import PolicyResult
    from pushspec.plan.policies.overlap import OverlapIndex
    from pushspec.plan.policies.related import RelatedCampaign
    from pushspec.plan.schedules import PlannedSchedule
    from pushspec.plan.snapshots import Snapshot
    from pushspec.spec.policy import Policy
    from pushspec.spec.project import Environment
    from pushspec.spec.shares import Holdout

    ApprovalsOf = Callable[[CompiledCampaign], Approvals | None]


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What all campaigns of a plan are judged by.

    Attributes:
        policy: The project's.
        environment_name: Where they would be sent.
        environment: What the project file says of it.
        state: What the lockfile knows.
        holdout: Who is held out of every list; None where nobody is.
        frozen: Why nothing may be sent; empty where it may.
        approvals_of: Returns who approved a campaign; None where the project asks for no approvals.
        highest: The highest version of each name that went out.
        newest: What left last under each name.
        related: What each campaign says to whom, by ``name@version``.
        others: The same of all campaigns that may meet one of the plan.
        now: The moment to judge by.
        people_change: Returns who joined and left the list of a pin since an earlier list, named by its hash.
    """

    policy: Policy
    environment_name: str
    environment: Environment
    state: LockState
    holdout: Holdout | None
    frozen: str
    approvals_of: ApprovalsOf
    highest: Mapping[str, CampaignHistory]
    newest: Mapping[str, CampaignHistory]
    related: Mapping[str, RelatedCampaign]
    others: OverlapIndex
    now: datetime
    people_change: Callable[[str, Pin], PeopleChange | None]

    def judged(self, campaigns: Iterable[CompiledCampaign]) -> Iterator[PlannedCampaign]:
        """Yield the campaigns with their states, in the order of sending: each leaves less of the day."""
        day = DayBudget(self.environment, self.state, self.now)
        for campaign in campaigns:
            yield self._judged(campaign, day)

    def _judged(self, campaign: CompiledCampaign, day: DayBudget) -> PlannedCampaign:
        calls, progress = campaign.calls, progress_of(campaign.calls, self.state, self.now)
        approvals = self.approvals_of(campaign) if progress.remaining else None
        used = day.used if calls.due_at is None else day.used_at(calls.due_at, calls.campaign_key)
        schedule = planned_schedule(calls, self.state)
        is_over = bool(closed_text(calls, progress, self.now))
        results = () if is_over else self._policy_results(campaign, progress, approvals, used=used)
        if schedule is None:
            state, reason = self._state_of(calls, progress, results)
            if state.is_pending and calls.due_at is not None:
                state, reason = partly_sent(calls, self.state.schedules.get(calls.campaign_key))
        else:
            state, reason = decide_schedule(calls, schedule, results, frozen=self.frozen, now=self.now)
        if state.is_due and (no_room := day.take(push_calls(calls, progress), of=calls)):
            state, reason = CampaignState.BLOCKED, no_room
        last = _last(self.newest.get(calls.name), schedule, progress, state)
        return PlannedCampaign(
            compiled=campaign,
            state=state,
            reason=reason,
            progress=progress,
            policy_results=results,
            approvals=approvals,
            last_try=last_try(calls, self.state) if progress.remaining else None,
            digest=_digest(calls, progress),
            fan_out_s=fan_out_seconds(calls, self.environment),
            last=last,
            people_changes=dict(self._people_changes(campaign, last)),
            schedule=schedule,
        )

    def _people_changes(
        self, campaign: CompiledCampaign, last: Snapshot | None
    ) -> Iterator[tuple[str, PeopleChange]]:
        """Yield how each list that it sends to changed since the last send, where both lists are at hand."""
        if last is None:
            return
        for name, pin in campaign.audience_pins.items():
            before = last.lists.get(name, pin.rows_sha256)
            if before != pin.rows_sha256 and (found := self.people_change(before, pin)) is not None:
                yield name, found

    def _policy_results(
        self, campaign: CompiledCampaign, progress: Progress, approvals: Approvals | None, *, used: int
    ) -> tuple[PolicyResult, ...]:
        """Return what the policies say of what is left of a campaign; nothing where nothing is left."""
        if not progress.remaining:
            return ()
        context = PolicyContext(
            campaign=campaign,
            policy=self.policy,
            environment_name=self.environment_name,
            environment=self.environment,
            now=self.now,
            progress=progress,
            highest_sent=self.highest.get(campaign.calls.name),
            push_calls_needed=push_calls(campaign.calls, progress),
            push_calls_used=used,
            this=self.related[campaign.calls.campaign_key],
            others=self.others,
            approvals=approvals,
            last_try=last_try(campaign.calls, self.state),
            holdout=self.holdout,
            last_of_salt=last_cut(self.state, campaign.calls.salt),
            last_sent=self.newest.get(campaign.calls.name),
        )
        return tuple(evaluate(context))

    def _state_of(
        self, calls: CampaignCalls, progress: Progress, results: Sequence[PolicyResult]
    ) -> tuple[CampaignState, str]:
        """Return the state of a campaign and the reason, but for the day's quota."""
        evidence = self.state.conflict_of(calls.campaign_key)
        conflict = (
            phrase("evidence against the record: {why}", why=evidence.why) if evidence is not None else ""
        )
        state, reason = decide(calls, progress, results, frozen=self.frozen, conflict=conflict, now=self.now)
        if state is CampaignState.SENT:
            reason = joined("; ", filter(None, (reason, *self._later(calls))))
        return state, reason

    def _later(self, calls: CampaignCalls) -> Iterator[str]:
        """Yield that a later version of a sent campaign went out, if one did."""
        version = self.highest[calls.name].begin.version
        if version > calls.version:
            yield phrase(
                "version {version} was sent later; changing the file does not undo that", version=version
            )


def push_calls(calls: CampaignCalls, progress: Progress) -> int:
    """Return how many of the day's pushes the calls that are due take."""
    return len(progress.due) if calls.endpoint.counts_in_daily_quota else 0


def _last(
    history: CampaignHistory | None,
    schedule: PlannedSchedule | None,
    progress: Progress,
    state: CampaignState,
) -> Snapshot | None:
    """Return what left last under a campaign's name, where it is new to the lockfile or differs from it.

    Of a campaign whose tasks are at the service that is what those are to send.
    """
    if schedule is not None and schedule.history is not None and schedule.history.live:
        return snapshot_of_tasks(schedule.history.record) if schedule.steps else None
    is_compared = not progress.begun_digest or state is CampaignState.CHANGED
    return snapshot_of_sent(history) if history is not None and is_compared else None


def _digest(calls: CampaignCalls, progress: Progress) -> str:
    """Return the campaign's own digest, or one over the rest where a part of it is done."""
    if len(progress.remaining) == calls.call_count:
        return calls.digest
    return digest_of({"campaign": calls.digest, "remaining": list(progress.remaining)})
