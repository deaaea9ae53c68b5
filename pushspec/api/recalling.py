"""Plan a recall, and carry out the one that was confirmed, without printing or handling signals."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from pushspec.api.lockfile import check_alone, open_journal, read_lockfile, read_refused_accounts
from pushspec.api.own_loop import run_in_own_loop, stop_event
from pushspec.api.planning import compile_project
from pushspec.api.service import open_service
from pushspec.api.stopping import StopSignal
from pushspec.clock import Clock, SystemClock, utc_now
from pushspec.errors import PushspecError, RefusedError, message_of
from pushspec.language import phrase
from pushspec.lockfile.histories import CallState, RecallState
from pushspec.operate.recall import RecallReporter, RecallResult, RecallSetup, recall_calls
from pushspec.operate.recall_outcome import AnyRecallOutcome
from pushspec.plan.recall import RecallPlan, assemble_recall, find_sent
from pushspec.plan.recall_steps import RecallStep, RecallSteps, is_in_time

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from pushspec.api.project import LoadedProject
    from pushspec.exit_codes import ExitCode
    from pushspec.lockfile.journal import Journal
    from pushspec.lockfile.records import Begin
    from pushspec.lockfile.state import LockState
    from pushspec.lockfile.status import Status
    from pushspec.plan.calls import CampaignCalls

__all__ = [
    "AnyRecallOutcome",
    "RecallPlan",
    "RecallReporter",
    "RecallResult",
    "RecallStep",
    "exit_code_of",
    "plan_recall",
    "recalls_to_offer",
    "recalls_to_settle",
    "take_back",
]


def plan_recall(
    project: LoadedProject, name: str, *, now: datetime | None = None, state: LockState | None = None
) -> RecallPlan:
    """Return what a recall would do: by the lockfile, and by the campaign's files where people must be named.

    Args:
        project: The project, at one of its environments.
        name: The campaign's name for its highest version that went out, or ``name@2``.
        now: The moment to judge the service's window by, aware; this moment when left out.
        state: What the lockfile says, where it was read already.

    Raises:
        UsageError: Nothing was sent under this name.
        RefusedError: It was sent elsewhere, or the files no longer say who got it.
        LockError: The lockfile cannot be read.
    """
    if state is None:
        state = read_lockfile(project)
    begin = find_sent(state, name)
    return assemble_recall(
        begin,
        state,
        project.environment,
        _SentLists(project, begin),
        environment_name=project.environment_name,
        now=now or utc_now(),
    )


def take_back(
    project: LoadedProject,
    name: str,
    *,
    digest: str,
    holder: str,
    reporter: RecallReporter,
    environ: Mapping[str, str] = os.environ,
    clock: Clock | None = None,
    stop: StopSignal | None = None,
    journal: Journal | None = None,
) -> RecallResult:
    """Take back what the plan with this digest shows; use it in a thread that runs no event loop.

    Args:
        project: The project, at one of its environments.
        name: As it was planned.
        digest: The whole digest of the plan that was confirmed.
        holder: Who runs it, in words; goes into the lockfile.
        reporter: Is told what became of each call.
        environ: Where the secret is read; only the variable that the project file names.
        clock: Tells the time and waits; the machine's when left out.
        stop: Set it, and no new request leaves; those under way finish.
        journal: The lockfile as ``open_journal`` opens it, where the caller looks at it meanwhile.

    Raises:
        RefusedError: The plan is another one now; no call was made.
        LockError: Another run holds the lock, or the lockfile is missing or unreadable.
        CredentialsError: The variable with the secret is missing.
    """
    clock = clock or SystemClock()

    def choose(state: LockState) -> RecallPlan:
        check_alone(project)
        plan = plan_recall(project, name, now=clock.now(), state=state)
        if plan.digest != digest:
            raise RefusedError(
                phrase("the recall of {key} changed after its plan was shown", key=plan.key),
                hint=phrase(
                    "look at it again: pushspec recall {name} -e {environment_name}",
                    name=name,
                    environment_name=project.environment_name,
                ),
            )
        return plan

    async def run() -> RecallResult:
        with stop_event(stop or StopSignal()) as asked:
            async with open_service(project, now=clock.now, environ=environ) as service:
                setup = RecallSetup(
                    journal=journal or open_journal(project, now=clock.now),
                    sender=service,
                    clock=clock,
                    limits=project.environment.limits,
                    holder=holder,
                    plan_digest=digest,
                    reporter=reporter,
                )
                return await recall_calls(choose, setup, asked)

    return run_in_own_loop(run())


def exit_code_of(result: RecallResult, *, from_some: bool) -> ExitCode:
    """Return what a recall ends with.

    Args:
        result: What is known of the campaign's calls.
        from_some: Whether the service took a message back from a person, also of a call that counts as not
            taken back because others still have it.
    """
    # The counts are of whole calls; to whoever reads the code, some people are some.
    known = replace(result, taken_back=1) if from_some and not result.taken_back else result
    return known.exit_code


def recalls_to_settle(project: LoadedProject, status: Status, *, now: datetime) -> Mapping[str, int]:
    """Return of how many calls another recall can find out whether they are taken back, by ``name@version``.

    A recall without an outcome counts, too, unless a run still works on it.

    Raises:
        LockError: The lockfile cannot be read.
    """
    unknown = {RecallState.IN_DOUBT} | ({RecallState.INTENDED} if status.run is None else set())
    if not any(unknown & campaign.recalls.keys() for campaign in status.campaigns):
        return {}
    state, found = read_lockfile(project), Counter[str]()
    for recall in state.recalls.values():
        if recall.state in unknown:
            begin = state.campaigns[recall.campaign].begin
            steps = RecallSteps(begin, state, project.environment, _SentLists(project, begin))
            found[recall.campaign] += is_in_time(steps.until(state.calls[recall.key]), now)
    return +found


def recalls_to_offer(project: LoadedProject, status: Status, *, now: datetime) -> frozenset[str]:
    """Return the stopped campaigns, as ``name@version``, of which a recall can still take something back.

    Raises:
        LockError: The lockfile cannot be read.
    """
    stopped = [it for it in status.campaigns if it.stop is not None and CallState.SENT in it.counts]
    if not stopped:
        return frozenset()
    state = read_lockfile(project)
    return frozenset(it.key for it in stopped if _is_in_time_for_any(project, state, it.key, now))


def _is_in_time_for_any(project: LoadedProject, state: LockState, key: str, now: datetime) -> bool:
    """Whether a call of a campaign went out that nobody asked to take back, and it is not too late to."""
    begin = state.campaigns[key].begin
    steps = RecallSteps(begin, state, project.environment, _SentLists(project, begin))
    return any(
        call.state is CallState.SENT and call.key not in state.recalls and is_in_time(steps.until(call), now)
        for call in state.calls_of(key)
    )


class _SentLists:
    """Who got a campaign, which the lockfile does not keep: the campaign's files as they are now."""

    def __init__(self, project: LoadedProject, begin: Begin) -> None:
        self._project = project
        self._begin = begin

    @cached_property
    def calls(self) -> CampaignCalls:
        """The campaign's calls, if its files still make the very calls that were sent.

        Raises:
            RefusedError: They do not.
        """
        begin = self._begin
        try:
            compiled = compile_project(self._project, names=[begin.name], fetch=bool(begin.lists))
        except PushspecError as error:
            raise self._gone(message_of(error)) from error
        for campaign in compiled:
            if campaign.calls.digest == begin.digest:
                return campaign.calls
        raise self._gone(phrase("its files say something else now"))

    @cached_property
    def refused(self) -> Mapping[str, frozenset[str]]:
        """The accounts that the service refused, by call: they got nothing."""
        found: defaultdict[str, set[str]] = defaultdict(set)
        for refused in read_refused_accounts(self._project):
            found[refused.key].add(refused.account)
        return {key: frozenset(accounts) for key, accounts in found.items()}

    def _gone(self, why: str) -> RefusedError:
        begin = self._begin
        at = (
            phrase("commit {commit}", commit=begin.commit[:12])
            if begin.commit
            else phrase("the commit that was applied")
        )
        return RefusedError(
            phrase(
                "the lockfile does not keep who got {campaign}, and {spec} cannot tell: {why}",
                campaign=begin.campaign,
                spec=begin.spec,
                why=why,
            ),
            hint=phrase("run it in a checkout of {at}", at=at),
        )
