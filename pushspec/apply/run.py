"""What an apply is given besides the calls: lockfile and service, its bounds, who runs it, whom it tells."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from anyio import to_thread

from pushspec.lockfile.quota import QuotaWindow

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime, time

    from pushspec.apply.classify import CallOutcome
    from pushspec.clock import Clock
    from pushspec.lockfile.histories import TaskHistory
    from pushspec.lockfile.journal import Journal
    from pushspec.lockfile.records import Gate, Record
    from pushspec.plan.calls import Call
    from pushspec.plan.schedules import Step, TaskWork
    from pushspec.tencent.exchange import Sender
    from pushspec.tencent.limits import Limits


@dataclass(frozen=True, slots=True)
class RunOptions:
    """The bounds of one run.

    Attributes:
        limits: The vendor's limits of the environment.
        quota_day_starts: When the day of the push quota starts; ``None`` counts the last 24 hours.
        max_in_doubt: How many calls of a campaign to listed accounts may be in doubt before the run stops.
        max_duration_s: When to stop taking new calls, in seconds from the start; ``None`` for no end.
        lock_timeout_s: How long to wait for another run to leave the lock, in seconds.
        longest_wait_s: A wait for the quota longer than this ends the run instead.
        is_china: Whether the app lives in the service's region for China.
        frozen: Returns why nothing may leave now, or nothing; asked before each call, so it is quick.
    """

    limits: Limits
    quota_day_starts: time | None = None
    max_in_doubt: int = 0
    max_duration_s: float | None = None
    lock_timeout_s: float = 0
    longest_wait_s: float = 3600
    is_china: bool = False
    frozen: Callable[[], str] = str

    @property
    def quota(self) -> QuotaWindow:
        """The day's pushes."""
        return QuotaWindow(self.limits.push_calls_per_day.value, self.quota_day_starts)


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a run comes from; the lockfile records all of it.

    Attributes:
        holder: Who holds the lock, in words such as ``ada@build-7``.
        plan_digest: Digest of the plan that was approved; ``apply_plan`` fills it in.
        commit: Commit of the project.
        actor: Who started the run.
        run_url: The run's page in CI.
        reviewed_by: Who approved the change on the code host, as the pipeline found out.
    """

    holder: str
    plan_digest: str = ""
    commit: str = ""
    actor: str = ""
    run_url: str = ""
    reviewed_by: tuple[str, ...] = ()


class Reporter(Protocol):
    """Is told what happens, after it is durable."""

    def planning(self) -> AbstractContextManager[object]:
        """Return what surrounds the planning under the lock; nothing is under way in it."""

    def waiting(self, until: datetime, why: str) -> None:
        """The run waits."""

    def calling(self, call: Call, attempt: int) -> None:
        """A call's intent is durable and the call is about to be made."""

    def settled(self, call: Call, attempt: int, outcome: CallOutcome) -> None:
        """What became of a call is durable."""

    def task_settled(self, step: Step, task: TaskHistory) -> None:
        """What became of a request about a task at the service is durable."""

    def blocked(self, campaign_key: str, why: str) -> None:
        """No more calls of a campaign are made in this run."""

    def stopping(self, why: str) -> None:
        """The run takes no more calls; those under way finish."""


@dataclass(frozen=True, slots=True)
class RunSetup:
    """What one run works with.

    Attributes:
        journal: The lockfile; nobody else may use it meanwhile.
        sender: Sends requests.
        clock: Tells the time and waits.
        options: The bounds of the run.
        provenance: Where the run comes from.
        reporter: Is told what happens.
        heard: Is told of each record once it is durable; it must return at once.
        tasks: Returns what is to be done about tasks at the service; asked under the lock.
        verdicts: Returns what gates of campaigns that send nothing now say; asked under the lock.
        in_thread: Runs the lockfile's blocking calls.
    """

    journal: Journal
    sender: Sender
    clock: Clock
    options: RunOptions
    provenance: Provenance
    reporter: Reporter
    tasks: Callable[[], Sequence[TaskWork]] = tuple
    verdicts: Callable[[], Sequence[Gate]] = tuple
    heard: Callable[[Record], None] = lambda _: None
    in_thread: Callable[[Callable[[], None]], Awaitable[None]] = to_thread.run_sync


class SilentReporter:
    """Tells nobody; the base of reporters that care for a part of it."""

    def planning(self) -> AbstractContextManager[object]:
        """Return a context that does nothing."""
        return nullcontext()

    def waiting(self, until: datetime, why: str) -> None:
        """The run waits."""

    def calling(self, call: Call, attempt: int) -> None:
        """A call is about to be made."""

    def settled(self, call: Call, attempt: int, outcome: CallOutcome) -> None:
        """What became of a call is durable."""

    def task_settled(self, step: Step, task: TaskHistory) -> None:
        """What became of a request about a task is durable."""

    def blocked(self, campaign_key: str, why: str) -> None:
        """No more calls of a campaign are made in this run."""

    def stopping(self, why: str) -> None:
        """The run takes no more calls."""
