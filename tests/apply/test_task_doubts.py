"""What the service proves of a task in doubt, and from when on what it does not show proves something."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

import anyio
import pytest

from pushspec.apply.task_doubts import TasksBlockedError, settled
from pushspec.apply.task_look import TaskService
from pushspec.lockfile.histories import Task, TaskHistory, TaskState
from pushspec.lockfile.status import task_resolvable_at
from pushspec.tencent.operations.schedules import ToldTask
from pushspec.tencent.task_bodies import task_time

if TYPE_CHECKING:
    from collections.abc import Collection

    from pushspec.lockfile.records import Schedule, SettledTask

AT = datetime(2026, 12, 1, 10, tzinfo=UTC)
HELD = Task(
    content={"a": 1},
    msg_random=7,
    data_id=None,
    task_sha256="t",
    accounts=0,
    accounts_sha256="a",
    due_at=AT + timedelta(days=3),
    schedule=cast("Schedule", None),
    number=4,
)
DOUBT = TaskHistory(
    key="hello@1",
    campaign="hello@1",
    endpoint="timpush/push",
    state=TaskState.IN_DOUBT,
    action="create",
    attempts=1,
    payload_sha256="p",
    intended_at=AT,
    not_after=AT + timedelta(seconds=30),
    held=None,
    wanted=HELD,
)
CHANGE = replace(DOUBT, action="change", attempts=2, held=HELD, wanted=replace(HELD, content={"a": 2}))
CANCEL = replace(DOUBT, action="cancel", attempts=2, held=HELD, wanted=None)
LAST = task_resolvable_at(DOUBT)
"""The last moment at which the request may still arrive."""
AFTER = LAST + timedelta(microseconds=1)


def told(number: int = 4, **fields: Any) -> ToldTask:
    shown = {"Type": "All", "SchedAt": task_time(HELD.due_at), "Content": dict(HELD.content)}
    return ToldTask.model_validate({"TaskID": number, "Status": "pending"} | shown | fields)


@dataclass(frozen=True, slots=True)
class Shows(TaskService):
    """A service of which it is known what it shows."""

    shown: tuple[ToldTask, ...] = ()

    async def read(self, task: Task) -> ToldTask | None:
        """Return it by its number."""
        return next((it for it in self.shown if it.number == task.number), None)

    async def made(self, task: TaskHistory, known: Collection[int]) -> list[ToldTask]:
        """Return all that is shown and not known."""
        del task
        return [it for it in self.shown if it.number not in known]


def settle(task: TaskHistory, *shown: ToldTask, now: datetime = AT) -> SettledTask | None:
    service = Shows(cast("Any", None), 1, is_china=False, shown=shown)
    return anyio.run(settled, service, task, {1}, now)


def kind(record: SettledTask | None) -> str | None:
    return None if record is None else record.record


def test_a_task_that_is_listed_was_made_under_its_number() -> None:
    """Another attempt's task is not taken for it."""
    record = settle(DOUBT, told(1), told(9))

    assert kind(record) == "scheduled"
    assert getattr(record, "task", None) == 9


@pytest.mark.parametrize("task", [DOUBT, CANCEL, CHANGE], ids=lambda task: task.action)
def test_what_is_not_seen_proves_nothing_while_the_request_may_arrive(task: TaskHistory) -> None:
    """A list without it, or the task as it was, is what the service shows a moment before it arrives, too."""
    shown = () if task is DOUBT else (told(),)

    assert settle(task, *shown, now=LAST) is None
    assert kind(settle(task, *shown, now=AFTER)) == "not_scheduled"


def test_a_task_that_is_gone_was_cancelled() -> None:
    """Whoever deleted it."""
    assert kind(settle(CANCEL)) == "cancelled"


@pytest.mark.parametrize("task", [CANCEL, CHANGE], ids=lambda task: task.action)
def test_a_task_that_is_over_can_be_changed_by_nothing_any_more(task: TaskHistory) -> None:
    """Nobody has to wait for a request that has nothing left to do."""
    assert kind(settle(task, told(Status="dispatched", PushTaskID="x"), now=AT)) == "not_scheduled"


def test_a_change_of_a_task_that_is_gone_did_nothing() -> None:
    """It cannot arrive at a task that is not there."""
    assert kind(settle(CHANGE, now=AT)) == "not_scheduled"


@pytest.mark.parametrize(("count", "names"), [(2, "2 and 3"), (3, "2, 3 and 4"), (4, "2, 3, 4 and 1 more")])
def test_several_tasks_like_it_are_left_to_a_person(count: int, names: str) -> None:
    """Each of them would be a push of its own."""
    shown = [told(number) for number in range(2, 2 + count)]

    with pytest.raises(TasksBlockedError, match=f"the service has {names} like hello@1; delete all but one"):
        settle(DOUBT, *shown)
