"""Gather what is known of calls in doubt from callbacks, files and the service, and settle what is proved."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING

import anyio

from pushspec.api.callbacks import known_callbacks
from pushspec.api.lockfile import open_journal, read_lockfile
from pushspec.api.recipients import accounts_of_call
from pushspec.api.service import open_service
from pushspec.api.task_doubts import settle_tasks
from pushspec.api.tasks import settle_ended
from pushspec.api.testers import read_testers
from pushspec.errors import CredentialsError, InDoubtError, PushspecError, ServiceError, message_of
from pushspec.language import phrase
from pushspec.lockfile.status import status_of
from pushspec.operate.evidence import (
    BY,
    Evidence,
    Findings,
    Ledger,
    Sighting,
    calls_to_look_at,
    sightings_of,
    unknown_tasks,
    window_of,
)
from pushspec.operate.resolve import Resolution, Statement, resolve
from pushspec.tencent.answers import ServiceIds
from pushspec.tencent.operations.asking import Asker
from pushspec.tencent.operations.statistics import ask_app_counts, ask_counts, ask_trace
from pushspec.web.store import CallbackStoreError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pushspec.api.project import LoadedProject
    from pushspec.clock import Clock
    from pushspec.lockfile.histories import CallHistory
    from pushspec.lockfile.state import LockState
    from pushspec.lockfile.status import Status
    from pushspec.web.store import CallbackStore

__all__ = [
    "Evidence",
    "Findings",
    "Sighting",
    "gather_evidence",
    "read_status_with_evidence",
    "settle_proved",
]

_MOST_EVENTS = 1_000
"""Callbacks of one call that are looked at; a call has 500 people, each with a few."""
_MOST_QUESTIONS = 20
"""Questions of one look, which the service answers at one a second; what is left stays in doubt."""
_MOST_TESTERS = 2
"""Testers whose traces are asked for of one task, besides the person of its callback."""
_MARGIN = timedelta(minutes=1)
"""How far the service's clock may be from ours."""


def read_status_with_evidence(
    project: LoadedProject, *, clock: Clock, environ: Mapping[str, str]
) -> tuple[Status, Findings]:
    """Return the status of the environment after evidence settled what it proves, and the evidence.

    Tasks at the service are looked at, too; those that it has sent are recorded.

    Raises:
        LockError: The lockfile cannot be read.
    """
    state = read_lockfile(project)
    findings = gather_evidence(project, state, clock=clock, environ=environ)
    if any(evidence.proof is not None for evidence in findings.evidence.values()):
        findings = settle_proved(project, findings, clock=clock)
        state = read_lockfile(project)
    doubts = settle_tasks(project, state, clock=clock, environ=environ)
    if doubts.settled:
        state = read_lockfile(project)
    tasks = settle_ended(project, state, clock=clock, environ=environ)
    if tasks.ended:
        state = read_lockfile(project)
    warnings = (*findings.warnings, *doubts.warnings, *tasks.warnings)
    found = replace(findings, warnings=warnings, drift=tasks.drift, tasks=doubts)
    return status_of(state, clock.now()), found


def gather_evidence(
    project: LoadedProject,
    state: LockState,
    *,
    clock: Clock,
    environ: Mapping[str, str],
    key: str | None = None,
) -> Findings:
    """Return what is known of the calls in doubt, and of those whose record a callback contradicts.

    It writes nothing, and whatever is out of reach is a warning: no evidence proves nothing.

    Args:
        project: The project, at the environment.
        state: What its lockfile says.
        clock: Tells the time and waits.
        environ: Where the secret is read; only the variable that the project file names.
        key: Only this call; all of them when left out.
    """
    calls = [call for call in calls_to_look_at(state, clock.now()) if key in {None, call.key}]
    if not calls:
        return Findings()
    gathering = _Gathering(project, state, calls, clock)
    gathering.read_callbacks()
    anyio.run(gathering.ask, environ)
    return Findings(gathering.evidence, warnings=tuple(dict.fromkeys(gathering.warnings)))


def settle_proved(project: LoadedProject, findings: Findings, *, clock: Clock) -> Findings:
    """Record what is proved, and return the findings with what was settled.

    A proof against the record becomes a conflict. Where the lockfile cannot be written, a warning says so.
    """
    settled, contradicted, warnings = {}, [], list(findings.warnings)
    for key, evidence in findings.evidence.items():
        proof = evidence.proof
        if proof is None:
            continue
        try:
            resolve(open_journal(project, now=clock.now), _statement(proof), now=clock.now())
        except InDoubtError:
            contradicted.append(key)
        except PushspecError as error:
            warnings.append(
                phrase(
                    "{key} is proved sent, but that was not recorded: {error}",
                    key=key,
                    error=message_of(error),
                )
            )
        else:
            settled[key] = proof.task_id
    return replace(
        findings, settled=settled, contradicted=tuple(contradicted), warnings=tuple(dict.fromkeys(warnings))
    )


def _statement(proof: Sighting) -> Statement:
    return Statement(
        key=proof.key,
        verdict=Resolution.SENT,
        by=BY,
        why=proof.why,
        evidence_sha256=proof.sha256,
        ids=ServiceIds(task_id=proof.task_id),
    )


class _Gathering:
    """Evidence on its way: callbacks first, then the service about what they name."""

    def __init__(
        self, project: LoadedProject, state: LockState, calls: Sequence[CallHistory], clock: Clock
    ) -> None:
        self._project = project
        self._state = state
        self._calls = calls
        self._clock = clock
        self._doubted = {call.key for call in state.in_doubt(clock.now())}
        self.evidence: dict[str, Evidence] = {}
        self.warnings: list[str] = []
        self._asked_so_far = 0
        self._accounts_of = cache(self._accounts_of_call)

    def read_callbacks(self) -> None:
        """Look for callbacks of each call."""
        ledger = Ledger.of(self._state, self._clock.now())
        try:
            with known_callbacks(self._project) as store:
                if store is not None:
                    found = {call.key: self._sightings(store, ledger, call) for call in self._calls}
                    self.evidence = {key: Evidence(its) for key, its in found.items() if its}
        except CallbackStoreError as error:
            self.warnings.append(message_of(error))
        for call in self._calls:
            if call.key in self._doubted:
                self.evidence.setdefault(call.key, Evidence())

    def _sightings(self, store: CallbackStore, ledger: Ledger, call: CallHistory) -> tuple[Sighting, ...]:
        if call.data_id is None:
            return unknown_tasks(ledger, call, store.tasks_begun(*window_of(call)))
        events = islice(store.events(data_id=call.data_id), _MOST_EVENTS)
        return sightings_of(
            ledger,
            call,
            events,
            names=lambda account: account in self._accounts_of(call.key),
            data_ids_of=store.data_ids,
        )

    def _accounts_of_call(self, key: str) -> frozenset[str]:
        return accounts_of_call(self._project, self._state, self._state.calls[key])

    def _testers_of(self, call: CallHistory) -> Sequence[str]:
        """Return testers whose traces may tell of a call: those whom it named, or any if it named nobody."""
        if self._project.environment.testers is None:
            return ()
        try:
            testers = read_testers(self._project).accounts
        except PushspecError as error:
            self.warnings.append(phrase("no tester's trace was asked for: {error}", error=message_of(error)))
            return ()
        named = self._accounts_of(call.key) if call.accounts else frozenset(testers)
        return [account for account in testers if account in named][:_MOST_TESTERS]

    async def ask(self, environ: Mapping[str, str]) -> None:
        """Ask the service about the tasks that callbacks name, and about the time of calls in doubt."""
        if not self.evidence:
            return
        try:
            async with open_service(self._project, now=self._clock.now, environ=environ) as service:
                asker = Asker(service, limits=self._project.environment.limits, clock=self._clock)
                for key, evidence in self.evidence.items():
                    self.evidence[key] = await self._asked(asker, self._state.calls[key], evidence)
        except (ServiceError, CredentialsError) as error:
            self.warnings.append(
                phrase("the service could not be asked about everything: {error}", error=message_of(error))
            )

    async def _asked(self, asker: Asker, call: CallHistory, evidence: Evidence) -> Evidence:
        # What may be a proof comes first: whoever forges many hints must not use up the questions.
        sightings = sorted(evidence.sightings, key=lambda sighting: not sighting.may_be_proof)
        found = Evidence(tuple([await self._looked_up(asker, call, sighting) for sighting in sightings]))
        if found.proof is not None or call.key not in self._doubted or not self._may_ask():
            return found
        since, until = (datetime.fromtimestamp(second, UTC) for second in window_of(call))
        counts = await ask_app_counts(asker, since=since, until=until)
        return replace(found, people_in_window=counts.total if counts is not None else None)

    async def _looked_up(self, asker: Asker, call: CallHistory, sighting: Sighting) -> Sighting:
        """Return a sighting with what the service knows of its task around the time of a call."""
        since, until = call.intended_at - _MARGIN, call.not_after + _MARGIN
        if not self._may_ask():
            return sighting
        told = (await ask_counts(asker, [sighting.task_id], since=since, until=until)).get(sighting.task_id)
        if told is not None and max(told.total or 0, told.sent or 0, told.reached or 0) > 0:
            return replace(sighting, known_by="statistics", counted=told.total)
        return replace(sighting, known_by=await self._traced_by(asker, call, sighting))

    async def _traced_by(self, asker: Asker, call: CallHistory, sighting: Sighting) -> str:
        # A forged hint must not use up the questions of others.
        is_worth_it = sighting.may_be_proof or not call.accounts
        testers = self._testers_of(call) if is_worth_it else ()
        for account in dict.fromkeys([sighting.account, *testers]):
            if self._may_ask() and await ask_trace(asker, sighting.task_id, account):
                return "trace" if account == sighting.account else "tester"
        return ""

    def _may_ask(self) -> bool:
        self._asked_so_far += 1
        return self._asked_so_far <= _MOST_QUESTIONS
