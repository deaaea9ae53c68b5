"""One campaign in a plan: what it sends, its state and why, and how it differs from what was sent."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from pushspec.language import phrase
from pushspec.plan.departure import leaving_at
from pushspec.plan.diff import FieldChange, diff
from pushspec.plan.hour_progress import next_hour
from pushspec.plan.policies.context import all_pass_at
from pushspec.plan.snapshots import snapshot_of
from pushspec.plan.states import CampaignState
from pushspec.spec.policy import PolicyName
from pushspec.tencent.bodies import kept_s
from pushspec.text import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from pushspec.approvals.count import Approvals
    from pushspec.audience.arms import Arms
    from pushspec.audience.exclusions import Exclusion
    from pushspec.audience.pinned.changes import PeopleChange
    from pushspec.plan.calls import Call, CampaignCalls
    from pushspec.plan.compiled import CompiledCampaign
    from pushspec.plan.diff import CampaignDiff
    from pushspec.plan.policies.context import PolicyResult
    from pushspec.plan.progress import Progress
    from pushspec.plan.rollout import GateReading
    from pushspec.plan.schedules import PlannedSchedule
    from pushspec.plan.snapshots import Snapshot
    from pushspec.plan.trial import LastTry
    from pushspec.serialization import Json
    from pushspec.spec.content import Content
    from pushspec.spec.load import CampaignSpec
    from pushspec.spec.recipients import Recipients
    from pushspec.tencent.endpoints import Endpoint


@dataclass(frozen=True)
class PlannedCampaign:
    """One campaign in a plan.

    Attributes:
        compiled: What it sends.
        state: Its state.
        reason: Why, in a few words; may be empty.
        progress: What the lockfile knows of its calls.
        policy_results: What the policies say, lifted ones included.
        digest: SHA-256 over what is still to be sent of it.
        fan_out_s: How long the service takes to deliver it, at most, in seconds; None where unknown.
        last: What left last under its name, of a campaign that is still to be sent or was changed since.
        approvals: Who approved it; None where the project asks for no approvals, or nothing is left to send.
        last_try: The last try of exactly what it says, of a campaign that is still to be sent.
        schedule: Its tasks at the service; None where apply sends it, or the service has sent it.
        people_changes: Who joined and left each pinned list since ``last``, where both lists are at hand.
    """

    compiled: CompiledCampaign
    state: CampaignState
    reason: str
    progress: Progress
    policy_results: tuple[PolicyResult, ...]
    digest: str
    fan_out_s: float | None
    last: Snapshot | None = None
    approvals: Approvals | None = None
    last_try: LastTry | None = None
    schedule: PlannedSchedule | None = None
    people_changes: Mapping[str, PeopleChange] = field(default_factory=dict)

    @property
    def task_blocked(self) -> str:
        """Why no task may be made or changed whose fate is in doubt now; empty where one may."""
        blocking = [f"{result.policy} ({result.message})" for result in self.policy_results if result.blocks]
        return "; ".join(blocking)

    @property
    def waits_for_approval(self) -> bool:
        """Whether somebody could approve it, and it does not leave before that."""
        found = self.approvals
        return found is not None and not found.is_enough and bool(found.missing)

    @property
    def kept_s(self) -> int:
        """How long the service keeps it for phones that it cannot reach, in seconds; 0 if it does not."""
        return max((kept_s(content) for content in self.sending.contents.values()), default=0)

    @property
    def spec(self) -> CampaignSpec:
        """Its file."""
        return self.compiled.spec

    @property
    def path(self) -> str:
        """Its file's path, relative to the project."""
        return self.compiled.spec.path

    @property
    def sending(self) -> CampaignCalls:
        """What it sends: what the engine is given, with who approved it."""
        if self.approvals is None or not self.approvals.counted:
            return self.compiled.calls
        signed = tuple(f"{it.principal} {it.fingerprint}" for it in self.approvals.counted)
        return replace(
            self.compiled.calls, approved_by=signed, statement_sha256=self.approvals.statement_sha256
        )

    def calls(self) -> Iterator[Call]:
        """Walk all its calls in order, those that were made included."""
        return self.sending.calls()

    @property
    def name(self) -> str:
        """The campaign's name, without its version."""
        return self.sending.name

    @property
    def key(self) -> str:
        """``name@version``."""
        return self.sending.campaign_key

    @property
    def endpoint(self) -> Endpoint:
        """Where all its calls go."""
        return self.sending.endpoint

    @property
    def audiences(self) -> tuple[Recipients, ...]:
        """Who gets it, one a variant."""
        return self.compiled.audiences

    @property
    def is_to_everyone(self) -> bool:
        """Whether all users of the app get it."""
        return self.compiled.is_to_everyone

    @property
    def contents(self) -> Mapping[str, Content]:
        """The rendered contents, by the key without ``#part``."""
        return self.compiled.contents

    @property
    def headline(self) -> str:
        """The first words that people read of it; empty where it has none."""
        return next((content.headline for content in self.contents.values() if content.headline), "")

    @property
    def duplicates(self) -> int:
        """How many rows named an account again."""
        return self.compiled.duplicates

    @property
    def excluded(self) -> int:
        """How many accounts were left out."""
        return self.compiled.excluded

    @property
    def exclusions(self) -> tuple[Exclusion, ...]:
        """What each entry of ``exclude`` does."""
        return self.compiled.exclusions

    @property
    def unjudged(self) -> tuple[PolicyName, ...]:
        """The policies of which nobody can tell before every list is at hand whether they block it."""
        name = PolicyName.EXCLUDE_WITHOUT_EFFECT
        is_open = any(it.found is None for it in self.exclusions)
        return (name,) if is_open and not self.spec.campaign.lifts(name) else ()

    @property
    def holdout(self) -> int:
        """How many accounts were left out because the project holds them out of every list."""
        return self.compiled.holdout

    @property
    def arms(self) -> Arms | None:
        """Its list as the shares of its variants cut it; None where they have none."""
        return self.compiled.arms

    @property
    def payload_bytes(self) -> int:
        """Size of its largest body."""
        return self.compiled.payload_bytes

    @property
    def is_open(self) -> bool:
        """Whether a run has something to do for it: calls to make, or only its end to write down."""
        is_due = self.state is CampaignState.SEND and self.sending.due_at is None
        return is_due or (
            self.state is CampaignState.SENT and not self.progress.is_ended and not self.progress.recalls
        )

    @property
    def verdict(self) -> GateReading | None:
        """What a run only has to write down: a gate that holds, or stopped it; None where nothing is new."""
        rollout = self.progress.rollout
        is_still = self.state in {CampaignState.WAITING, CampaignState.BLOCKED}
        return rollout.gate if is_still and rollout.is_new else None

    @property
    def opens_at(self) -> datetime | None:
        """From when on it may leave, of a campaign that waits; None where nobody can tell."""
        gate = self.progress.rollout.gate
        if self.progress.hours:
            coming = next_hour(self.progress.hours)
            return coming.leaves_at if coming is not None else None
        if self.progress.due or gate is None:
            return self.sending.not_before
        return None if gate.opens_at is None else leaving_at(gate.opens_at, self.sending.departure)

    @property
    def is_refused(self) -> bool:
        """Whether it was changed after it was sent, or at the service, or a policy blocks it."""
        return self.state in {CampaignState.CHANGED, CampaignState.DRIFTED} or (
            self.state is CampaignState.BLOCKED
            and any(result.blocks for result in self.policy_results)
            and not self.passes_by_itself
        )

    @property
    def passes_at(self) -> datetime | None:
        """From when on it may leave, if it is blocked for some hours only; None where somebody must act."""
        is_over = bool(self.progress.recalls)  # what was taken back stays away, whatever else passes
        return (
            None if self.state is not CampaignState.BLOCKED or is_over else all_pass_at(self.policy_results)
        )

    @property
    def passes_by_itself(self) -> bool:
        """Whether it is blocked for some hours only, so that the first run after them sends it."""
        return self.passes_at is not None

    def remaining_calls(self) -> Iterator[Call]:
        """Make the calls that are still to be sent, in order, each when it is asked for."""
        return map(self.sending.call, self._remaining_rows())

    def _remaining_rows(self) -> Iterator[int]:
        """Yield the rows of the calls to send whose content is known."""
        remaining, table = set(self.progress.remaining), self.sending.table
        for row, (key, (group, _)) in enumerate(zip(table.keys, table.parts(), strict=True)):
            if key in remaining and not group.hidden:
                yield row

    def ends_of_remaining(self) -> list[Call]:
        """Make the first and the last of the calls that are still to be sent, and none between them."""
        rows = list(self._remaining_rows())
        return [self.sending.call(row) for row in dict.fromkeys((*rows[:1], *rows[-1:]))]

    @cached_property
    def coming(self) -> frozenset[str]:
        """Keys of the calls that may leave yet: what is over, taken back or missed its hour never will."""
        if self.state.is_over or self.progress.recalls:
            return frozenset()
        missed = (number for number, it in enumerate(self.progress.hours) if it.leaves_at is None)
        table = self.sending.table
        return frozenset(self.progress.remaining).difference(*map(table.keys_of_stage, missed))

    def first_coming(self) -> Call | None:
        """Make the first call that may leave yet and whose content is known; None where there is none."""
        coming = self.coming
        rows = (row for row in self._remaining_rows() if self.sending.table.keys[row] in coming)
        row = next(rows, None)
        return None if row is None else self.sending.call(row)

    def coming_contents(self) -> Iterator[tuple[int, Mapping[str, Json]]]:
        """Yield each content that may leave yet, once, after the row of its first such call."""
        coming, seen, table = self.coming, set[str](), self.sending.table
        for row, (key, (group, _)) in enumerate(zip(table.keys, table.parts(), strict=True)):
            # Stages and hours are groups of their own that say the same.
            if group.content_name not in seen and key in coming and not group.hidden:
                seen.add(group.content_name)
                yield row, group.content

    @cached_property
    def since_last(self) -> CampaignDiff | None:
        """What differs from what left last under its name; None where :attr:`last` is."""
        if self.last is None:
            return None
        found = diff(self.last, snapshot_of(self.sending))
        return replace(found, changes=(*found.changes, *self._list_changes()))

    def _list_changes(self) -> Iterator[FieldChange]:
        for name, it in self.people_changes.items():
            people = phrase(
                "{accounts} joined, {removed:,} left",
                accounts=counted(it.added, "account"),
                removed=it.removed,
            )
            yield FieldChange(phrase("list {name}", name=name), "", "", people)
