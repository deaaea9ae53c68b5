"""Ask the service what became of tasks: up to five at once, within its ranges, believing no half."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from pushspec.errors import NoAnswerError, OperationRefusedError, ServiceError
from pushspec.lockfile.records import LossStage, LossStats, PlatformStats, Stats
from pushspec.tencent.operations.statistics import ask_counts, ask_losses

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence
    from datetime import datetime

    from pushspec.tencent.limits import Limits
    from pushspec.tencent.operations.asking import Asker
    from pushspec.tencent.operations.statistics import LossCount, TaskCounts, TaskLosses

T = TypeVar("T")

_MARGIN = timedelta(minutes=1)
"""The service's clock may be behind ours, and then a task began before its intent."""
_MOST_FAILURES = 2
"""Questions in a row without an answer before a look is given up: each one may take seconds."""
_MOST_REFUSALS = 10
"""Tasks in a row that the service refuses before a look is given up: it takes none of this kind."""
_MOST_TEXT = 200
"""Characters of the service's words that are kept for each loss."""


@dataclass(frozen=True, slots=True)
class Task:
    """A call that the service took, as one asks about it.

    Attributes:
        key: The call.
        task_id: What the service calls it.
        began_at: When it was intended.
    """

    key: str
    task_id: str
    began_at: datetime


@dataclass(slots=True)
class Look:
    """What one look at the service gave.

    Attributes:
        told: What it told, by the call's key; not yet written anywhere.
        failures: Questions that it did not answer, in the order asked.
    """

    told: dict[str, Stats] = field(default_factory=dict)
    failures: list[ServiceError] = field(default_factory=list)


def reachable(tasks: Sequence[Task], *, range_s: int, now: datetime) -> list[Task]:
    """Return the tasks that a range which ends now still covers, oldest first."""
    since = now - timedelta(seconds=range_s)
    return sorted(
        (task for task in tasks if task.began_at > since), key=lambda task: (task.began_at, task.key)
    )


def questions(tasks: Sequence[Task], *, limits: Limits, now: datetime) -> int:
    """Return how many questions a look at these tasks takes, at one a second."""
    most = limits.statistics_tasks_per_call.value
    counts = len(reachable(tasks, range_s=limits.statistics_range_s.value, now=now))
    losses = len(reachable(tasks, range_s=limits.loss_range_s.value, now=now))
    return -(-counts // most) - (-losses // most)


async def look(asker: Asker, tasks: Sequence[Task], *, limits: Limits, now: Callable[[], datetime]) -> Look:
    """Ask about tasks and return what the service told.

    A task that it does not name is not in the result, and neither are numbers that it does not give. A look
    ends early where the service answers nothing twice in a row, or refuses ten tasks in a row.

    Args:
        asker: The way to the service.
        tasks: Those out of reach are passed over.
        limits: Its ranges, and tasks a question.
        now: The wall clock.

    Raises:
        CredentialsError: The service did not accept who asks.
    """
    asking = _Asking(asker, limits, now)
    counts = await asking.ask_all(tasks, ask_counts, range_s=limits.statistics_range_s.value)
    losses = await asking.ask_all(tasks, ask_losses, range_s=limits.loss_range_s.value)
    for task in tasks:
        record = _record(task, counts.get(task.task_id), losses.get(task.task_id), now())
        if record is not None:
            asking.found.told[task.key] = record
    return asking.found


@dataclass(slots=True)
class _Asking:
    asker: Asker
    limits: Limits
    now: Callable[[], datetime]
    found: Look = field(default_factory=Look)

    async def ask_all(
        self, tasks: Sequence[Task], ask: Callable[..., Awaitable[dict[str, T]]], *, range_s: int
    ) -> dict[str, T]:
        told: dict[str, T] = {}
        pending = deque(self._groups(reachable(tasks, range_s=range_s, now=self.now())))
        failed = refused = 0
        while pending and failed < _MOST_FAILURES and refused < _MOST_REFUSALS:
            group, until = pending.popleft(), self.now()
            since = max(group[0].began_at - _MARGIN, until - timedelta(seconds=range_s))
            try:
                told |= await ask(self.asker, [task.task_id for task in group], since=since, until=until)
            except OperationRefusedError as error:
                refused += len(group) == 1
                self._refused(group, error, pending)
            except NoAnswerError as error:
                self.found.failures.append(error)
                failed += 1
            else:
                failed = refused = 0
        return told

    def _groups(self, tasks: Sequence[Task]) -> Iterator[Sequence[Task]]:
        most = self.limits.statistics_tasks_per_call.value
        for start in range(0, len(tasks), most):
            yield tasks[start : start + most]

    def _refused(
        self, group: Sequence[Task], error: OperationRefusedError, pending: deque[Sequence[Task]]
    ) -> None:
        """Ask about each task alone: no page says which tasks are taken, and one must not hide the others."""
        if len(group) == 1:
            self.found.failures.append(error)
        else:
            pending.extendleft([task] for task in reversed(group))


def _record(
    task: Task, counts: TaskCounts | None, losses: TaskLosses | None, asked_at: datetime
) -> Stats | None:
    """Return what the service told about a task; None where it told nothing."""
    record = Stats(key=task.key, task_id=task.task_id, asked_at=asked_at)
    if counts is not None:
        record = record.model_copy(update=_counts(counts))
    if losses is not None:
        record = record.model_copy(update=_losses(losses))
    is_empty = record == Stats(key=task.key, task_id=task.task_id, asked_at=asked_at)
    return None if is_empty else record


def _counts(counts: TaskCounts) -> dict[str, object]:
    platforms = counts.platforms
    return {
        "total": counts.total,
        "sent": counts.sent,
        "reached": counts.reached,
        "opened": counts.opened,
        "platforms": None
        if platforms is None
        else tuple(
            PlatformStats(
                channel=each.event,
                platform=each.platform,
                total=each.total,
                sent=each.sent,
                reached=each.reached,
                opened=each.opened,
            )
            for each in platforms
        ),
    }


def _losses(losses: TaskLosses) -> dict[str, object]:
    return {
        "losses": _both(losses.before_sending, losses.after_sending),
        "platform_losses": _both(losses.platforms_before_sending, losses.platforms_after_sending),
    }


def _both(
    before: Sequence[LossCount] | None, after: Sequence[LossCount] | None
) -> tuple[LossStats, ...] | None:
    """Return the losses of both stages; None where one was not told, for then nobody knows the sum."""
    if before is None or after is None:
        return None
    stages: tuple[tuple[LossStage, Sequence[LossCount]], ...] = (
        ("before_sending", before),
        ("after_sending", after),
    )
    return tuple(
        LossStats(
            stage=stage,
            code=None if each.code is None else str(each.code),
            count=each.count,
            text=(each.text or "")[:_MOST_TEXT],
            channel=each.event,
            platform=each.platform,
        )
        for stage, losses in stages
        for each in losses
    )
