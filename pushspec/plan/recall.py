"""Plan a recall: which calls of a sent campaign can be taken back, and which can not, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pushspec.errors import RefusedError, UsageError
from pushspec.language import phrase
from pushspec.lockfile.histories import CallState, RecallState
from pushspec.plan.build import SHORT_DIGEST
from pushspec.plan.recall_steps import RecallSteps, is_in_time
from pushspec.plan.recallable import recall_seconds
from pushspec.plan.snapshots import highest_sent
from pushspec.serialization import digest_of
from pushspec.suggest import did_you_mean
from pushspec.tencent.endpoints import ENDPOINTS, EndpointName
from pushspec.tencent.operations.revoke import (
    RECALLS,
    REVOKE,
    carries_message,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from pushspec.lockfile.histories import CallHistory, RecallHistory
    from pushspec.lockfile.records import Begin
    from pushspec.lockfile.state import LockState
    from pushspec.plan.recall_steps import RecallStep, SentLists
    from pushspec.spec.project import Environment
    from pushspec.tencent.operations.revoke import RecallFacts


@dataclass(frozen=True, slots=True)
class RecallPlan:
    """What a recall would do now.

    Attributes:
        begin: The campaign as it was frozen before its first call.
        facts: What the service does and does not do.
        steps: The calls to take back, in the order they were sent.
        taken_back: Calls that are taken back already.
        too_late: Calls that were sent too long ago.
        unsettled: Those of them whose recall is in doubt, and stays so.
        doubted: Calls whose outcome nobody knows: they may be out, and cannot be named to the service.
        unnamed: Calls that were sent, as a person said without the id that a recall needs.
        unsent: How many calls were never sent; a recall keeps them from ever being sent.
        pacing_s: How long the service's rate makes it take, at least.
        digest: SHA-256 over all requests and where they go.
    """

    begin: Begin
    facts: RecallFacts
    steps: tuple[RecallStep, ...]
    taken_back: tuple[RecallHistory, ...]
    too_late: tuple[CallHistory, ...]
    unsettled: tuple[RecallHistory, ...]
    doubted: tuple[CallHistory, ...]
    unnamed: tuple[CallHistory, ...]
    unsent: int
    pacing_s: float
    digest: str

    @property
    def key(self) -> str:
        """``name@version``."""
        return self.begin.campaign

    @property
    def short_digest(self) -> str:
        """The digest as people see and type it."""
        return self.digest[:SHORT_DIGEST]

    @property
    def withdraws_chat(self) -> bool:
        """Whether the campaign carried a message that a revoked task takes out of the chat, too."""
        contents = self.begin.contents.values()
        return self.facts.operation is REVOKE and any(map(carries_message, contents))

    @property
    def request_count(self) -> int:
        """How many requests it makes."""
        return sum(step.request_count for step in self.steps)

    @property
    def until(self) -> datetime | None:
        """When the first of its calls can be taken back no longer; None where no page states an end."""
        return min((step.until for step in self.steps if step.until is not None), default=None)


def find_sent(state: LockState, name: str) -> Begin:
    """Return the campaign that somebody means by ``name`` (its highest version that went out) or ``name@2``.

    Raises:
        UsageError: The lockfile has no such campaign, or nobody got it.
    """
    campaign = state.campaigns.get(name) or highest_sent(state).get(name)
    if campaign is None:
        if any(history.begin.name == name for history in state.campaigns.values()):
            why = phrase("nobody got {name}, so there is nothing to take back", name=name)
            raise UsageError(why, hint=phrase("pushspec show {name} tells who was refused", name=name))
        hint = did_you_mean(name, _begun_names(state, name)) or phrase("pushspec status lists what was sent")
        raise UsageError(phrase("nothing was sent as {name}", name=name), hint=hint)
    return campaign.begin


def _begun_names(state: LockState, name: str) -> Collection[str]:
    """Return what somebody may have meant who wrote a version, or none."""
    return state.campaigns if "@" in name else {it.begin.name for it in state.campaigns.values()}


def assemble_recall(
    begin: Begin,
    state: LockState,
    environment: Environment,
    lists: SentLists,
    *,
    environment_name: str,
    now: datetime,
) -> RecallPlan:
    """Return what a recall of a campaign would do.

    Args:
        begin: The campaign.
        state: What the lockfile knows.
        environment: Where it was sent.
        lists: Looks up who got it; asked only where the requests need it.
        environment_name: The environment's name.
        now: The moment that the service's window is judged by.

    Raises:
        RefusedError: It was sent elsewhere, or who got it cannot be found out.
    """
    _check_location(begin, environment, environment_name)
    facts = RECALLS[EndpointName(begin.endpoint)]
    known = list(state.calls_of(begin.campaign))
    sent = [call for call in known if call.state is CallState.SENT]
    done = [it for it in state.recalls_of(begin.campaign) if it.state is RecallState.TAKEN_BACK]
    done_keys = {it.key for it in done}
    left = [call for call in sent if _is_named(call) and call.key not in done_keys]
    builder = RecallSteps(begin, state, environment, lists)
    too_late = [call for call in left if not is_in_time(builder.until(call), now)]
    late_keys = {call.key for call in too_late}
    steps = tuple(builder.step(call) for call in left if call.key not in late_keys)
    return RecallPlan(
        begin=begin,
        facts=facts,
        steps=tuple(step for step in steps if step.request_count),
        taken_back=tuple(done),
        too_late=tuple(too_late),
        unsettled=tuple(
            it
            for it in state.recalls_of(begin.campaign)
            if it.key in late_keys and it.state is RecallState.IN_DOUBT
        ),
        doubted=tuple(call for call in known if call.key in state.doubted | state.under_way),
        unnamed=tuple(call for call in sent if not _is_named(call)),
        unsent=max(0, begin.calls - sum(not state.is_open(call.key) for call in known)),
        pacing_s=recall_seconds(sum(step.request_count for step in steps), facts, environment.limits),
        digest=_digest(begin, steps, environment, environment_name),
    )


def _check_location(begin: Begin, environment: Environment, environment_name: str) -> None:
    """Refuse to take back at one place what was sent to another."""
    if begin.location and begin.location != environment.location:
        raise RefusedError(
            phrase(
                "{campaign} was sent to {location}; {environment_name} is {environment_location}",
                campaign=begin.campaign,
                location=begin.location,
                environment_name=environment_name,
                environment_location=environment.location,
            ),
            hint=phrase("restore the environment in pushspec.yaml to take it back"),
        )


def _is_named(call: CallHistory) -> bool:
    """Whether the service can be told which call is meant."""
    return bool(call.ids.name_at(ENDPOINTS[EndpointName(call.endpoint)]))


def _digest(
    begin: Begin, steps: Sequence[RecallStep], environment: Environment, environment_name: str
) -> str:
    return digest_of(
        {
            "app": environment.app_id,
            "environment": environment_name,
            "place": environment.location,
            "recall": begin.campaign,
            "steps": [[step.call.key, step.request_count, step.payload_sha256()] for step in steps],
        }
    )
