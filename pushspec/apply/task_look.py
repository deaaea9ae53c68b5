"""Look at tasks as the service has them: find one that was made, and compare one with what was written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from pushspec.audience.accounts import accounts_sha256
from pushspec.errors import NoAnswerError
from pushspec.language import joined, phrase
from pushspec.lockfile.records import Dispatched
from pushspec.lockfile.status import task_resolvable_at
from pushspec.tencent.operations.schedules import list_tasks, read_task
from pushspec.tencent.task_bodies import content_differences, task_type
from pushspec.text import counted
from pushspec.timestamps import instant_text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import datetime

    from pushspec.lockfile.histories import Task, TaskHistory
    from pushspec.tencent.operations.asking import Asker
    from pushspec.tencent.operations.schedules import ToldTask

_AROUND = timedelta(minutes=2)
"""Around the moment of a task, or of its making: clocks differ, and a request takes its time."""


@dataclass(frozen=True, slots=True)
class TaskService:
    """The tasks of one app at the service.

    Attributes:
        asker: The way to the service, which keeps its rate.
        app_id: The app.
        is_china: Whether it lives in China, whose pages spell the orders of a list otherwise.
    """

    asker: Asker
    app_id: int
    is_china: bool

    async def read(self, task: Task) -> ToldTask | None:
        """Return a task; None where the service has no such one, by its number and in its list.

        Raises:
            NoAnswerError: The service could not be asked, or its answer is not understood.
            CredentialsError: The service did not accept who asks.
            OperationRefusedError: It refused the question.
        """
        found = await read_task(self.asker, self.app_id, task.number)
        if found is None:  # no page says which code a missing number gets, so the list has to agree
            around = await self._around("due", task.due_at, task.due_at)
            found = next((it for it in around if it.number == task.number), None)
        return found

    async def made(self, task: TaskHistory, known: Collection[int]) -> list[ToldTask]:
        """Return the tasks that an attempt in doubt may have made, those of other attempts left out.

        It raises as :meth:`read` does, also where the list is not whole: then nothing is known.
        """
        wanted = task.wanted
        if wanted is None:
            return []
        tasks = await self._around("due", wanted.due_at, wanted.due_at)
        # A late request makes its task late, and somebody may have moved that to another time since.
        tasks += await self._around("created", task.intended_at, task_resolvable_at(task))
        found = {it.number: it for it in tasks if it.number not in known}
        return [it for it in found.values() if _is_made_of(it, wanted, task.endpoint)]

    async def _around(self, order: str, begin: datetime, end: datetime) -> list[ToldTask]:
        return await list_tasks(
            self.asker,
            self.app_id,
            "due" if order == "due" else "created",
            begin - _AROUND,
            end + _AROUND,
            is_china=self.is_china,
        )


def _is_made_of(told: ToldTask, wanted: Task, endpoint: str) -> bool:
    """Whether a task is one of ours: it bears our mark, or says exactly what was wanted."""
    data_id, msg_random = told.mark
    if msg_random == wanted.msg_random or (wanted.data_id is not None and data_id == wanted.data_id):
        return True
    try:
        return not any(True for _ in task_differences(wanted, told, endpoint))
    except NoAnswerError:
        return False


def task_differences(held: Task, told: ToldTask, endpoint: str) -> Iterator[str]:
    """Yield how a task differs from what was made, in words.

    Raises:
        NoAnswerError: The service does not tell enough of it to compare.
    """
    due_at, content = told.due_at, told.content
    if told.type is None or due_at is None or content is None:
        raise NoAnswerError(
            "wrong_shape", phrase("the service does not tell a task's type, time or content"), has_left=True
        )
    kind = task_type(endpoint, held.content)
    if told.type != kind:
        yield phrase("its type is {type}, not {kind}", type=told.type, kind=kind)
    if due_at != held.due_at:
        yield phrase(
            "its time is {told}, not {held}", told=instant_text(due_at), held=instant_text(held.due_at)
        )
    if held.accounts and (told.accounts is None or accounts_sha256(told.accounts) != held.accounts_sha256):
        now = counted(len(told.accounts or ()), "account")
        yield phrase(
            "it lists {now}, and not the {accounts} that it was made with",
            now=now,
            accounts=counted(held.accounts, "account"),
        )
    yield from content_differences(held.content, content, data_id=held.data_id)


def drift_text(task: TaskHistory, told: ToldTask | None) -> str:
    """Say how the service's task differs from what the lockfile holds; empty where it does not.

    Raises:
        NoAnswerError: The service does not tell enough of it to compare.
    """
    if task.held is None:
        return ""
    if told is None:
        return phrase(
            "task {number} ({key}) was deleted in the console", number=task.held.number, key=task.key
        )
    differing = list(task_differences(task.held, told, task.endpoint))
    return (
        phrase(
            "task {number} ({key}) was edited in the console: {changes}",
            number=task.held.number,
            key=task.key,
            changes=joined("; ", differing),
        )
        if differing
        else ""
    )


def end_of(task: TaskHistory, told: ToldTask) -> Dispatched | None:
    """Return the record of a task that the service has sent, or failed to; None while that is open."""
    if task.held is None or told.number != task.held.number:
        return None
    if told.task_id:
        return Dispatched(key=task.key, task=told.number, task_id=told.task_id)
    if told.has_failed:
        return Dispatched(key=task.key, task=told.number, text=told.error or "")
    return None
