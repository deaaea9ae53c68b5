"""Apply an approved plan, without printing, handling signals or reading undeclared variables."""

from __future__ import annotations

import os
import pwd
import socket
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import anyio
import anyio.lowlevel
import anyio.to_thread

from pushspec.api.approval import require_approved
from pushspec.api.lockfile import check_alone, open_journal, pushes_elsewhere
from pushspec.api.notifying import Notices
from pushspec.api.own_loop import run_in_own_loop, stop_event
from pushspec.api.planning import build_plan
from pushspec.api.project import load_project
from pushspec.api.service import open_service
from pushspec.api.stopping import StopSignal
from pushspec.api.written_freeze import WrittenFreeze
from pushspec.apply.engine import apply_calls
from pushspec.apply.run import Provenance, Reporter, RunOptions, RunSetup, SilentReporter
from pushspec.clock import Clock, SystemClock
from pushspec.errors import PushspecError, RefusedError, SpecError, UsageError, message_of
from pushspec.language import phrase
from pushspec.spec.project import PROJECT_FILE
from pushspec.tencent.exchange import TOTAL_S

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pushspec.api.project import LoadedProject
    from pushspec.apply.result import RunResult
    from pushspec.lockfile.journal import Journal
    from pushspec.lockfile.records import Gate
    from pushspec.lockfile.state import LockState
    from pushspec.plan.calls import CampaignCalls
    from pushspec.plan.saved import SavedPlan
    from pushspec.plan.schedules import TaskWork

LONGEST_CALL_S = TOTAL_S
"""From the first step of connecting to the last byte of the answer; a run may not be shorter."""


def apply_plan(
    project: LoadedProject,
    *,
    approval: str | SavedPlan,
    names: Sequence[str] = (),
    selectors: Sequence[str] = (),
    max_duration_s: float | None = None,
    max_in_doubt: int = 0,
    lock_timeout_s: float = 0,
    environ: Mapping[str, str] = os.environ,
    provenance: Provenance | None = None,
    clock: Clock | None = None,
    reporter: Reporter | None = None,
    stop: StopSignal | None = None,
    journal: Journal | None = None,
) -> RunResult:
    """Send what an approved plan shows, each call once; use it in a thread that runs no event loop.

    The project is planned again under the lock, and nothing is sent that the approval does not cover.

    Args:
        project: The project, at one of its environments; ``sandbox: true`` is the embedded service.
        approval: The whole digest of the plan, 64 hex digits, or a saved plan.
        names: The campaigns that were planned; a saved plan knows its own.
        selectors: As they were planned.
        max_duration_s: When to take no more calls, in seconds from the start; None for no end.
        max_in_doubt: Calls of a campaign to listed accounts that may be in doubt before the run stops.
        lock_timeout_s: How long to wait for another run to leave the lock, in seconds.
        environ: Where the secret is read; only the variable that the project file names.
        provenance: Who sends, from where; goes into the lockfile.
        clock: Tells the time and waits; the machine's when left out.
        reporter: Is told what happens.
        stop: Set it, and no new call is made; those under way finish.
        journal: The lockfile as ``open_journal`` opens it, where the caller looks at it meanwhile.

    Returns:
        What the run did; calls that failed, and doubts, are in it and raise nothing.

    Raises:
        RefusedError: What would be sent is not what was approved; nothing was sent.
        SpecError: A file is wrong now; nothing was sent.
        LockError: Another run holds the lock, or the lockfile is missing or unreadable; nothing was sent.
        CredentialsError: The variable with the secret is missing; nothing was sent.
        UsageError: An event loop runs in this thread: use ``apply_plan_async`` there.
    """
    _refuse_running_loop()
    clock, stop = clock or SystemClock(), stop or StopSignal()
    digest = approval if isinstance(approval, str) else approval.digest
    if not isinstance(approval, str):
        names, selectors = approval.names, approval.selectors
    planned = _Planned(project, approval, names, selectors, clock)
    notices = Notices(project, environ, now=clock.now, stop=stop)
    journal = journal or open_journal(project, now=clock.now)
    setup = partial(
        RunSetup,
        journal=journal,
        clock=clock,
        options=_options(project, max_in_doubt, max_duration_s, lock_timeout_s),
        provenance=replace(provenance or _own_provenance(), plan_digest=digest),
        reporter=reporter or SilentReporter(),
        verdicts=lambda: planned.verdicts,
        tasks=lambda: planned.tasks,
        heard=notices.heard,
    )

    async def send() -> RunResult:
        with stop_event(stop) as asked:
            async with open_service(project, now=clock.now, environ=environ) as service:
                return await apply_calls(planned.choose, setup(sender=service), asked)

    with notices:
        result = run_in_own_loop(send())
        notices.run_ended(journal.state)
    return replace(result, held_back=tuple(planned.held_back), untold=tuple(notices.failures))


async def apply_plan_async(
    project: LoadedProject,
    *,
    approval: str | SavedPlan,
    names: Sequence[str] = (),
    selectors: Sequence[str] = (),
    max_duration_s: float | None = None,
    max_in_doubt: int = 0,
    lock_timeout_s: float = 0,
    environ: Mapping[str, str] = os.environ,
    provenance: Provenance | None = None,
    clock: Clock | None = None,
    reporter: Reporter | None = None,
    stop: StopSignal | None = None,
) -> RunResult:
    """Do what :func:`apply_plan` does, from a coroutine of asyncio or trio.

    The run has a thread and a loop of its own, so that reading files and rendering never block the caller's;
    the reporter is called in that thread. Cancelling it stops the run as ``stop`` does and waits for its end.
    """
    inner = StopSignal()
    run = partial(
        apply_plan,
        project,
        approval=approval,
        names=names,
        selectors=selectors,
        max_duration_s=max_duration_s,
        max_in_doubt=max_in_doubt,
        lock_timeout_s=lock_timeout_s,
        environ=environ,
        provenance=provenance,
        clock=clock,
        reporter=reporter,
        stop=inner,
    )

    async def stop_when_cancelled() -> None:
        try:
            await anyio.sleep_forever()
        except anyio.get_cancelled_exc_class():
            inner.set()
            raise

    # The thread hands errors back: raised in the group they would come as an ExceptionGroup.
    with (stop or StopSignal()).waking(inner.set):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(stop_when_cancelled)
            outcome = await anyio.to_thread.run_sync(_caught, run, limiter=anyio.CapacityLimiter(1))
            tasks.cancel_scope.cancel()
    await anyio.lowlevel.checkpoint_if_cancelled()
    if isinstance(outcome, PushspecError):
        raise outcome
    return outcome


def _options(
    project: LoadedProject, max_in_doubt: int, max_duration_s: float | None, lock_timeout_s: float
) -> RunOptions:
    environment = project.environment
    return RunOptions(
        limits=environment.limits,
        quota_day_starts=environment.quota_day_start,
        max_in_doubt=max_in_doubt,
        max_duration_s=max_duration_s,
        lock_timeout_s=lock_timeout_s,
        is_china=environment.region == "china",
        frozen=WrittenFreeze(project.root),
    )


@dataclass(slots=True)
class _Planned:
    """What an approval covers, planned again under the lock.

    Attributes:
        project: The project, at the environment.
        approval: What was approved.
        names: The campaigns that were planned.
        selectors: As they were planned.
        clock: Tells the time.
        held_back: Campaigns of the plan that are no part of the run.
        verdicts: What gates of campaigns that send nothing now say.
        tasks: What there is to do about tasks at the service.
    """

    project: LoadedProject
    approval: str | SavedPlan
    names: Sequence[str]
    selectors: Sequence[str]
    clock: Clock
    held_back: Sequence[str] = ()
    verdicts: Sequence[Gate] = ()
    tasks: Sequence[TaskWork] = ()

    def choose(self, state: LockState) -> Sequence[CampaignCalls]:
        """Return the campaigns to send, from the files as they are now, if that is what was approved.

        Raises:
            RefusedError: It is not.
            SpecError: A file is wrong now.
        """
        check_alone(self.project)
        state.pushes_elsewhere = pushes_elsewhere(self.project)
        fresh, now = _as_it_is_now(self.project), self.clock.now()
        plan = build_plan(fresh, now=now, names=self.names, selectors=self.selectors, state=state, fetch=True)
        require_approved(self.approval, plan)
        self.held_back, self.verdicts, self.tasks = plan.held_back, plan.verdicts, plan.task_work
        return [campaign.sending for campaign in plan.campaigns if campaign.is_open]


def _as_it_is_now(project: LoadedProject) -> LoadedProject:
    """Read the project file again; the service and the lockfile were opened from its earlier content.

    Raises:
        RefusedError: The file is wrong now, or the environment is another one.
    """
    hint = phrase("run `pushspec plan` and approve what it shows now")
    try:
        fresh = load_project(project.root, environment=project.environment_name)
    except (UsageError, SpecError) as error:
        raise RefusedError(
            phrase(
                "{project_file} changed after the plan was made: {error}",
                project_file=PROJECT_FILE,
                error=_first_problem(error) if isinstance(error, SpecError) else message_of(error),
            ),
            hint=hint,
        ) from None
    if fresh.environment != project.environment:
        what = phrase("environment {environment_name}", environment_name=project.environment_name)
        raise RefusedError(
            phrase(
                "{what} changed in {project_file} after the plan was made",
                what=what,
                project_file=PROJECT_FILE,
            ),
            hint=hint,
        )
    return fresh


def _first_problem(error: SpecError) -> str:
    problem = error.problems[0]
    at = problem.location
    place = f"{at.file}:{at.line}:{at.column}"
    return phrase("{place}: {problem}", place=place, problem=problem.message)


def _caught(run: Callable[[], RunResult]) -> RunResult | PushspecError:
    try:
        return run()
    except PushspecError as error:
        return error


def _refuse_running_loop() -> None:
    try:
        anyio.get_cancelled_exc_class()
    except RuntimeError:  # there is none, as it should be
        return
    raise UsageError(
        phrase("apply_plan blocks, and an event loop runs in this thread"),
        hint=phrase("await apply_plan_async"),
    )


def _own_provenance() -> Provenance:
    """Return the user and the machine, as the system and no variable names them."""
    try:
        user = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a container's user need not have a name
        user = f"uid-{os.getuid()}"
    return Provenance(holder=f"{user}@{socket.gethostname()}", actor=user)
