"""Report what became of campaigns: ask the service, add what callbacks told, record new numbers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import anyio

from pushspec.api.callbacks import known_callbacks
from pushspec.api.lockfile import open_journal, read_lockfile
from pushspec.api.report_choice import chosen_campaigns
from pushspec.api.service import open_service
from pushspec.api.tasks import settle_ended
from pushspec.errors import LockError, message_of
from pushspec.language import phrase
from pushspec.lockfile.histories import CallState
from pushspec.lockfile.stats import look_again
from pushspec.operate.report import CampaignReport, Summary, report_campaign
from pushspec.operate.report_asking import Look, Task, look, questions, reachable
from pushspec.operate.report_calls import CallReport, Knowledge
from pushspec.operate.report_counts import CallbackCounts, Counts, Loss, PlatformRow
from pushspec.operate.report_rates import CONFIDENCE, Comparison, Rate
from pushspec.plan.trial import tries_that_left
from pushspec.tencent.operations.asking import Asker
from pushspec.web.store import CallbackStoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime, tzinfo

    from pushspec.api.project import LoadedProject
    from pushspec.clock import Clock
    from pushspec.lockfile.records import Stats
    from pushspec.lockfile.state import LockState

__all__ = [
    "CONFIDENCE",
    "CallReport",
    "CallbackCounts",
    "CampaignReport",
    "Comparison",
    "Counts",
    "Loss",
    "PlatformRow",
    "Rate",
    "Report",
    "ReportOptions",
    "Summary",
    "make_report",
]

DEFAULT_SINCE = timedelta(days=7)
"""How far a report without names looks back: as far as the service tells losses."""

_LOOK_EVERY_S = 30.0
"""How often a report that waits looks again."""

_WORTH_TELLING = 20
"""Questions that take so many seconds that somebody wonders."""


@dataclass(frozen=True, slots=True)
class ReportOptions:
    """What to report on.

    Attributes:
        names: Campaigns by name, glob or ``name@version``; none for all of ``since``.
        since: Only campaigns that began so long ago or later; None for any time, the newest of each name.
        wait_s: How long to wait for numbers that still move, in seconds.
        asks: Whether the service is asked at all; otherwise only what is recorded is shown.
        records: Whether new numbers go into the lockfile.
    """

    names: tuple[str, ...] = ()
    since: timedelta | None = None
    wait_s: float = 0
    asks: bool = True
    records: bool = True


@dataclass(frozen=True, slots=True)
class Report:
    """What became of the campaigns of an environment.

    Attributes:
        project: The project's name.
        environment_name: The environment.
        made_at: When.
        zone: In which people read times; None for this machine's.
        since: From when on campaigns are in it; None where they were named.
        campaigns: The newest first.
        warnings: What could not be asked, read or recorded, in words.
        is_learnt: False where the service was asked and nothing that it said could be used.
        tries: How many tries to testers are in no number of it.
    """

    project: str
    environment_name: str
    made_at: datetime
    zone: tzinfo | None
    since: datetime | None
    campaigns: tuple[CampaignReport, ...]
    warnings: tuple[str, ...]
    is_learnt: bool
    tries: int = 0


def make_report(
    project: LoadedProject,
    options: ReportOptions,
    *,
    clock: Clock,
    environ: Mapping[str, str],
    telling: Callable[[str], None] = lambda _: None,
) -> Report:
    """Report what became of campaigns; nothing is sent, and no outcome changes.

    Args:
        project: The project, at the environment.
        options: What to report on.
        clock: Tells the time and waits.
        environ: Where the secret is read; only the variable that the project file names.
        telling: Is told what takes long.

    Raises:
        UsageError: A name is of no campaign that was begun.
        LockError: The lockfile cannot be read.
        CredentialsError: The secret is missing, or the service refused it.
    """
    state, now = read_lockfile(project), clock.now()
    failures: tuple[str, ...] = ()
    if options.asks and options.records:
        state, failures = _with_ended_tasks(project, state, clock, environ)
    since = options.since if options.since is not None or options.names else DEFAULT_SINCE
    keys = chosen_campaigns(state, options.names, now - since if since is not None else None)
    asking = _Reporting(project, state, keys, clock, telling)
    asking.about_tasks = failures
    if options.asks:
        anyio.run(asking.ask, options, environ)
    else:
        asking.is_learnt = True
    found = asking.report(now - since if since is not None else None)
    return replace(found, tries=tries_that_left(state, keys if options.names else None, found.since))


def _with_ended_tasks(
    project: LoadedProject, state: LockState, clock: Clock, environ: Mapping[str, str]
) -> tuple[LockState, tuple[str, ...]]:
    """Return the lockfile's state after the service was asked which of its tasks it has sent."""
    found = settle_ended(project, state, clock=clock, environ=environ, only_overdue=True)
    return (read_lockfile(project) if found.ended else state), found.warnings


class _Reporting:
    """One report on its way: what is known grows with each look."""

    def __init__(
        self,
        project: LoadedProject,
        state: LockState,
        keys: Sequence[str],
        clock: Clock,
        telling: Callable[[str], None],
    ) -> None:
        self._project = project
        self._state = state
        self._keys = keys
        self._clock = clock
        self._telling = telling
        self._limits = project.environment.limits
        self._stats = dict(state.stats)
        self._warnings: list[str] = []
        self._looked_at: datetime | None = None
        self.about_tasks: tuple[str, ...] = ()
        self.is_learnt = False

    async def ask(self, options: ReportOptions, environ: Mapping[str, str]) -> None:
        ends_at, self._looked_at = self._clock.monotonic() + options.wait_s, self._clock.now()
        tasks = self._tasks()
        if not tasks:
            self.is_learnt = True
            return
        self._announce(tasks)
        async with open_service(self._project, now=self._clock.now, environ=environ) as service:
            asker = Asker(service, limits=self._limits, clock=self._clock)
            while True:
                self._take(await look(asker, tasks, limits=self._limits, now=self._clock.now), options)
                tasks = self._moving(tasks)
                left_s = ends_at - self._clock.monotonic()
                if not tasks or left_s <= 0:
                    return
                await self._clock.wait(anyio.Event(), min(_LOOK_EVERY_S, left_s))

    def _tasks(self) -> list[Task]:
        """Return the tasks of the campaigns that the service can still tell something about."""
        calls = [call for key in self._keys for call in self._state.calls_of(key)]
        found = [
            Task(call.key, call.ids.task_id, call.intended_at)
            for call in calls
            if call.state is CallState.SENT and call.ids.task_id is not None
        ]
        return reachable(found, range_s=self._limits.statistics_range_s.value, now=self._clock.now())

    def _announce(self, tasks: Sequence[Task]) -> None:
        asked = questions(tasks, limits=self._limits, now=self._clock.now())
        if asked > _WORTH_TELLING:
            minutes = -(-asked // (60 * self._limits.statistics_calls_per_second.value))
            self._telling(
                phrase(
                    "Asking the service {asked:,} times, which takes about {minutes:,} min.",
                    asked=asked,
                    minutes=minutes,
                )
            )

    def _take(self, seen: Look, options: ReportOptions) -> None:
        self.is_learnt = self.is_learnt or bool(seen.told) or not seen.failures
        self._warnings = [str(failure) for failure in seen.failures]
        new: list[Stats] = []
        for key, record in seen.told.items():
            self._stats[key], is_new = look_again(self._stats.get(key), record)
            new += [record] if is_new else []
        if new and options.records:
            self._record(new)

    def _record(self, records: Sequence[Stats]) -> None:
        """Write new numbers behind the lockfile's tail; a report that cannot write is shown all the same."""
        try:
            journal = open_journal(self._project, now=self._clock.now)
            journal.load()
            journal.append(*records)
        except LockError as error:
            self._warnings.append(phrase("the numbers were not recorded: {error}", error=message_of(error)))

    def _moving(self, tasks: Sequence[Task]) -> list[Task]:
        known = self._knowledge({})
        reports = [report_campaign(self._state, key, known) for key in self._keys]
        settled = {call.key for report in reports for call in report.calls if call.is_settled}
        return [task for task in tasks if task.key not in settled]

    def report(self, since: datetime | None) -> Report:
        known = self._knowledge(self._callbacks())
        return Report(
            project=self._project.name,
            environment_name=self._project.environment_name,
            made_at=self._clock.now(),
            zone=self._project.zone,
            since=since,
            campaigns=tuple(report_campaign(self._state, key, known) for key in self._keys),
            warnings=tuple(dict.fromkeys([*self.about_tasks, *self._warnings])),
            is_learnt=self.is_learnt,
        )

    def _knowledge(self, callbacks: Mapping[str, CallbackCounts]) -> Knowledge:
        oldest = self._clock.now() - timedelta(seconds=self._limits.statistics_range_s.value)
        forgotten = (key for key, call in self._state.calls.items() if call.intended_at <= oldest)
        return Knowledge(self._stats, callbacks, frozenset(forgotten), self._looked_at)

    def _callbacks(self) -> dict[str, CallbackCounts]:
        calls = [call for key in self._keys for call in self._state.calls_of(key)]
        tasks = {call.key: call.ids.task_id for call in calls if call.ids.task_id is not None}
        found: dict[str, dict[int, int]] = {}
        try:
            with known_callbacks(self._project) as store:
                if store is not None:
                    found = {key: store.people_by_stage(task_id) for key, task_id in tasks.items()}
        except CallbackStoreError as error:
            self._warnings.append(message_of(error))
        return {key: CallbackCounts.by_stage(people) for key, people in found.items() if people}
