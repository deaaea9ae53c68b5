"""Tasks at the service that send at their time: make, change, cancel, read and find them.

Pages: https://www.tencentcloud.com/document/product/1047/78839 (create), 78840 (modify), both read
2026-04-13; https://cloud.tencent.com/document/product/269/130279 (delete), 130280 (read), 130281 (list),
read 2026-04-07. Unknown: how early and how late a time may be, how many tasks may wait, when a task uses up
the day's push, whether it keeps the ``MsgRandom`` that it was made with, and the full list of error codes.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from pushspec.errors import NoAnswerError, OperationRefusedError, message_of
from pushspec.language import phrase
from pushspec.serialization import Json  # noqa: TC001 - pydantic reads it at run time
from pushspec.tencent.limits import SCHEDULED as CREATE_PAGE
from pushspec.tencent.model import Items  # noqa: TC001 - pydantic reads it at run time
from pushspec.tencent.operations.asking import Told, read_told, told
from pushspec.tencent.operations.changing import Became, ChangeRequest, Reply, change, is_turned_away
from pushspec.tencent.operations.operation import Operation
from pushspec.tencent.task_bodies import read_task_time, task_time

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from pushspec.tencent.operations.asking import Asker

_PACE = "scheduled_calls_per_second"
CREATE = Operation("timpush/add_sched_task", _PACE, CREATE_PAGE)
MODIFY = Operation(
    "timpush/modify_sched_task", _PACE, "https://www.tencentcloud.com/document/product/1047/78840"
)
DELETE = Operation(
    "timpush/delete_sched_task", _PACE, "https://cloud.tencent.com/document/product/269/130279"
)
GET = Operation("timpush/get_sched_task", _PACE, "https://cloud.tencent.com/document/product/269/130280")
LIST = Operation("timpush/list_sched_task", _PACE, "https://cloud.tencent.com/document/product/269/130281")

PENDING = "pending"
"""The one ``Status`` that a page shows; others are described, and only in this one a task can be changed."""
NOT_EDITABLE = 90107
_BAD_PARAMETER = 90104
_PAGE_SIZE = 50
_MOST_PAGES = 40

TaskOrder = Literal["created", "due"]


class ToldTask(Told):
    """A task as the service tells it.

    Attributes:
        number: Its ``TaskID``.
        type: ``All``, ``Tag`` or ``User``.
        due_text: When it is sent, as the service writes it.
        created_text: When it was made, as the service writes it.
        content: What it sends.
        status: Where it is.
        is_sent: Whether the send worked; 1 or true where it did.
        error: Why it did not.
        task_id: The id of the push once it was sent; empty before.
    """

    number: int = Field(validation_alias="TaskID")
    type: str | None = told("Type")
    due_text: str | None = told("SchedAt")
    created_text: str | None = told("CreateAt")
    content: dict[str, Json] | None = told("Content")
    status: str | None = told("Status")
    is_sent: int | bool | None = told("DispatchSuccess")
    error: str | None = told("DispatchErr")
    task_id: str | None = told("PushTaskID")

    @property
    def is_over(self) -> bool:
        """Whether it was sent, or can certainly be neither changed nor cancelled any more."""
        return bool(self.task_id) or (self.status is not None and self.status != PENDING)

    @property
    def has_failed(self) -> bool:
        """Whether the service says that it tried and sent nothing."""
        return self.is_over and not self.task_id and bool(self.error) and not self.is_sent

    @property
    def due_at(self) -> datetime | None:
        """When it is sent; None where the service does not tell, or not in its form."""
        return None if self.due_text is None else read_task_time(self.due_text)

    @property
    def accounts(self) -> tuple[str, ...] | None:
        """Who is listed in it; None where the service does not tell a list of texts."""
        found = (self.content or {}).get("To_Account")
        if not isinstance(found, list) or not all(isinstance(it, str) for it in found):
            return None
        return tuple(found)

    @property
    def mark(self) -> tuple[Json, Json]:
        """``DataId`` and ``MsgRandom``, which pushspec gave it; None where they are not told."""
        content = self.content or {}
        return content.get("DataId"), content.get("MsgRandom")


class _GetAnswer(Told):
    task: ToldTask = Field(validation_alias="TaskInfo")


class _ListAnswer(Told):
    total: int = Field(validation_alias="Total", ge=0)
    tasks: Items[ToldTask] = Field(validation_alias="Tasks")


class _CreateAnswer(Told):
    number: int = Field(validation_alias="TaskID", gt=0)


class _DoneAnswer(Told):
    number: int | None = told("TaskID")


def create_request(app_id: int, kind: str, due_at: datetime, content: Mapping[str, Json]) -> ChangeRequest:
    """Return the request that makes a task, from the whole body of the send."""
    return ChangeRequest(
        CREATE, {"Sdkappid": app_id, "Type": kind, "SchedAt": task_time(due_at), "Content": dict(content)}
    )


def change_request(
    app_id: int, number: int, kind: str, due_at: datetime, content: Mapping[str, Json]
) -> ChangeRequest:
    """Return the request that gives a task another time and content."""
    named = {"Sdkappid": app_id, "TaskID": number, "Type": kind}
    return ChangeRequest(MODIFY, {**named, "SchedAt": task_time(due_at), "Content": dict(content)})


def cancel_request(app_id: int, number: int, kind: str) -> ChangeRequest:
    """Return the request that deletes a task."""
    return ChangeRequest(DELETE, {"Sdkappid": app_id, "TaskID": number, "Type": kind})


async def carry_out(asker: Asker, request: ChangeRequest, *, check: Callable[[], None]) -> Reply:
    """Make a request and say what became of it; only a whole answer of the service proves anything.

    Args:
        asker: The way to the service, which keeps its rate.
        request: What to make, change or cancel.
        check: The last check on the open connection; raises ``GateClosedError`` when it may not leave.
    """
    number_in = partial(_number_told, request)
    return await change(asker, request, check=check, refused=_of_code, number_in=number_in)


def _number_told(request: ChangeRequest, answer: Mapping[str, Json]) -> int:
    """Return the task that was made; a task that was changed or cancelled must be the one that was named."""
    if request.operation is CREATE:
        return read_told(_CreateAnswer, answer).number
    number = read_told(_DoneAnswer, answer).number
    if number is not None and number != request.body["TaskID"]:  # 0 where a deletion failed
        raise NoAnswerError(
            "wrong_shape", phrase("the service told of another task than asked"), has_left=True
        )
    return 0


def _of_code(error: OperationRefusedError) -> Reply:
    """Return what a code proves. A task's own two, and those of the layers in front, refuse it."""
    is_refusal = error.code in {_BAD_PARAMETER, NOT_EDITABLE} or is_turned_away(error.code)
    return Reply(Became.NOT_DONE if is_refusal else Became.UNKNOWN, str(error.code), message_of(error))


async def read_task(asker: Asker, app_id: int, number: int) -> ToldTask | None:
    """Return a task as the service has it; None where it says that there is none.

    Raises:
        NoAnswerError: The service could not be asked, its answer is not understood, or of another task.
        CredentialsError: The service did not accept who asks.
        OperationRefusedError: It refused the question for another reason.
    """
    try:
        answer = await asker.ask(GET, {"Sdkappid": app_id, "TaskID": number})
    except OperationRefusedError as error:
        if error.code == _BAD_PARAMETER:  # the question is well formed, so what is wrong is the number
            return None
        raise
    task = read_told(_GetAnswer, answer).task
    if task.number != number:
        raise NoAnswerError(
            "wrong_shape", phrase("the service told of another task than asked"), has_left=True
        )
    return task


async def list_tasks(
    asker: Asker, app_id: int, order: TaskOrder, begin: datetime, end: datetime, *, is_china: bool
) -> list[ToldTask]:
    """Return all tasks of a span, whole or not at all.

    Args:
        asker: The way to the service.
        app_id: The app.
        order: Whether the span is of their making or of their time.
        begin: Where the span begins.
        end: Where it ends; no page says how long it may be.
        is_china: The pages for China and for elsewhere spell the orders differently.

    Raises:
        NoAnswerError: As :func:`read_task`, also where the list is not whole.
        CredentialsError: The service did not accept who asks.
        OperationRefusedError: It refused the question.
    """
    word = {"created": "createAt", "due": "schedAt"}[order]
    asked = {
        "Sdkappid": app_id,
        "Want": _PAGE_SIZE,
        "OrderBy": word if is_china else word.lower(),
        "Asc": True,
        "BeginTime": task_time(begin),
        "EndTime": task_time(end),
    }
    found: dict[int, ToldTask] = {}
    for _ in range(_MOST_PAGES):
        answer = read_told(_ListAnswer, await asker.ask(LIST, {**asked, "Offset": len(found)}))
        before = len(found)
        found |= {task.number: task for task in answer.tasks}
        if len(found) == answer.total:
            return list(found.values())
        if len(found) == before:
            break
    raise NoAnswerError("wrong_shape", phrase("the service's list of tasks is not whole"), has_left=True)
