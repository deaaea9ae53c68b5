"""Statistics of tasks: how many got a push, why others did not, and the way of a push to one person.

The service counts only the device of a person that logged in last. It states neither how long counts keep
moving nor whether it takes the tasks of ``timpush/batch``; a task that it does not name is not known, and
never zero. Pages: https://www.tencentcloud.com/document/product/1047/71894 (counts),
https://trtc.io/zh/document/71895 (losses), https://www.tencentcloud.com/document/product/1047/71893 (trace),
all read 2026-05-18.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, TypeVar

from pydantic import Field

from pushspec.errors import NoAnswerError
from pushspec.language import phrase
from pushspec.tencent.limits import STATISTICS
from pushspec.tencent.model import Items, WireModel, required
from pushspec.tencent.operations.asking import Told, read_told, told
from pushspec.tencent.operations.operation import Operation

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pushspec.serialization import Json
    from pushspec.tencent.operations.asking import Asker

_PACE = "statistics_calls_per_second"
COUNTS = Operation("timpush/all_member_push_statistics", _PACE, STATISTICS)
LOSSES = Operation("timpush/all_member_push_loss", _PACE, "https://trtc.io/zh/document/71895")
TRACE = Operation(
    "timpush/all_member_push_trace", _PACE, "https://www.tencentcloud.com/document/product/1047/71893"
)

OFFLINE, ONLINE = 1, 2
"""``EventType``: over the phone maker's channel, or into the running app."""

PLATFORMS = {
    0: "",
    1: "apns",
    2: "xiaomi",
    3: "huawei",
    4: "fcm",
    5: "meizu",
    6: "oppo",
    7: "vivo",
    8: "honor",
}
"""``PushPlatform``; 0 is unknown, or a push to a running app."""

Count = Annotated[int, Field(ge=0)]


class _TasksRequest(WireModel):
    start_s: int = required("StartTime")
    end_s: int = required("EndTime")
    task_ids: Items[str] = required("TaskID")


class _TraceRequest(WireModel):
    task_id: str = required("TaskID")
    account: str = required("UserID")


class Counts(Told):
    """How far a push came, in people.

    Attributes:
        total: Whom it was for.
        sent: Handed to a channel.
        reached: Arrived.
        opened: Opened.
    """

    total: Count | None = told("TotalCount")
    sent: Count | None = told("SentCount")
    reached: Count | None = told("DeliveredCount")
    opened: Count | None = told("ClickCount")


class PlatformCounts(Counts):
    """The part of one phone maker and channel.

    Attributes:
        event: ``OFFLINE``, ``ONLINE`` or a number that no page lists.
        platform: A key of :data:`PLATFORMS`, or a number that no page lists.
    """

    event: int | None = told("EventType")
    platform: int | None = told("PushPlatform")


class TaskCounts(Counts):
    """The counts of one task."""

    task_id: str = Field(validation_alias="TaskID")
    platforms: Items[PlatformCounts] | None = told("PlatformStatistics")


class LossCount(Told):
    """How many were lost for one reason.

    Attributes:
        code: The reason's number, as text. The page's samples: -1 no certificate id, -2 token never uploaded,
            1 invalid registration id, 410 unregistered device.
        count: People.
        text: What the service says of it.
        event: Of the losses of one channel.
        platform: Of the losses of one channel.
    """

    code: str | int | None = told("ErrCode")
    count: Count | None = told("ErrCount")
    text: str | None = told("ErrInfo")
    event: int | None = told("EventType")
    platform: int | None = told("PushPlatform")


class TaskLosses(Told):
    """The losses of one task: before it was handed to a channel, and after; and both again by channel."""

    task_id: str = Field(validation_alias="TaskID")
    before_sending: Items[LossCount] | None = told("ReadyToSendLoss")
    after_sending: Items[LossCount] | None = told("PostSendDeliveredLoss")
    platforms_before_sending: Items[LossCount] | None = told("PlatformReadyToSendLoss")
    platforms_after_sending: Items[LossCount] | None = told("PlatformPostSendDeliveredLoss")


class Step(Told):
    """One step on the way to a device.

    Attributes:
        status: 0 where it did not happen; the page lists no other number.
        code: Why, 0 where nothing went wrong.
        text: What the service says of it.
        at: When, as the service wrote it: the page names no zone.
    """

    status: int | None = told("PushStatus")
    code: int | None = told("ErrorCode")
    text: str | None = told("ErrorInfo")
    at: str | None = told("EventTime")


class CommitSteps(Told):
    """What the service itself did."""

    accepted: Step | None = told("IMStat")


class OfflineSteps(Told):
    """The way over a phone maker's channel."""

    prepared: Step | None = told("OfflineStat")
    channel: Step | None = told("ChannelStat")
    device: Step | None = told("DeviceStat")
    opened: Step | None = told("ClickStat")


class OnlineSteps(Told):
    """The way into a running app; its name is from the sandbox, no page shows what is inside."""

    device: Step | None = told("OnlineStat")


class DeviceTrace(Told):
    """The way of a push to one device. The answer's device token is not read, so that nothing can show it."""

    model: str | None = told("DeviceModel")
    system: str | None = told("System")
    system_version: str | None = told("SystemVersion")
    event: int | None = told("EventType")
    platform: int | None = told("PushPlatform")
    sdk_version: str | None = told("SdkVersion")
    commit: CommitSteps | None = told("IMCommitStat")
    offline: OfflineSteps | None = told("OfflinePushStat")
    online: OnlineSteps | None = told("OnlinePushStat")


Task = TypeVar("Task", TaskCounts, TaskLosses)


class _CountsAnswer(Told):
    results: Items[TaskCounts] = Field(validation_alias="Results")


class _AppAnswer(Told):
    results: Items[Counts] = Field(validation_alias="Results")


class _LossesAnswer(Told):
    results: Items[TaskLosses] = Field(validation_alias="Results")


class _TraceAnswer(Told):
    devices: Items[DeviceTrace] = Field(validation_alias="InstanceTrace")


async def ask_counts(
    asker: Asker, task_ids: Sequence[str], *, since: datetime, until: datetime
) -> dict[str, TaskCounts]:
    """Return the counts of tasks, by task; a task that the service does not name is missing.

    Args:
        asker: The way to the service.
        task_ids: 1 to ``statistics_tasks_per_call`` tasks that began in the span.
        since: At most ``statistics_range_s`` before ``until``.
        until: Where the span ends.

    Raises:
        NoAnswerError: The service could not be asked, or its answer is not understood.
        CredentialsError: The service did not accept who asks.
        OperationRefusedError: It refused the question.
    """
    _check_named(task_ids)
    answer = await asker.ask(COUNTS, _tasks_request(task_ids, since, until))
    return _by_task(read_told(_CountsAnswer, answer).results, task_ids)


async def ask_app_counts(asker: Asker, *, since: datetime, until: datetime) -> Counts | None:
    """Return the counts of all pushes of the app that began in a span; None where they are not told.

    It raises as :func:`ask_counts` does.
    """
    answer = await asker.ask(COUNTS, _tasks_request((), since, until))
    results = read_told(_AppAnswer, answer).results
    return results[0] if len(results) == 1 else None


async def ask_losses(
    asker: Asker, task_ids: Sequence[str], *, since: datetime, until: datetime
) -> dict[str, TaskLosses]:
    """Return the losses of tasks, by task; as :func:`ask_counts`, with a span of ``loss_range_s``."""
    _check_named(task_ids)
    answer = await asker.ask(LOSSES, _tasks_request(task_ids, since, until))
    return _by_task(read_told(_LossesAnswer, answer).results, task_ids)


async def ask_trace(asker: Asker, task_id: str, account: str) -> tuple[DeviceTrace, ...]:
    """Return the way of a task of the last ``loss_range_s`` to each device of a person.

    It raises as :func:`ask_counts` does.
    """
    request = _TraceRequest(task_id=task_id, account=account)
    return read_told(_TraceAnswer, await asker.ask(TRACE, request.to_wire())).devices


def _check_named(task_ids: Sequence[str]) -> None:
    """Refuse an empty list: it would ask for the sums of the whole app."""
    if not task_ids:
        raise ValueError(phrase("no task is named"))


def _tasks_request(task_ids: Sequence[str], since: datetime, until: datetime) -> dict[str, Json]:
    start_s, end_s = math.floor(since.timestamp()), math.floor(until.timestamp())
    return _TasksRequest(start_s=start_s, end_s=end_s, task_ids=tuple(task_ids)).to_wire()


def _by_task(results: Sequence[Task], asked: Sequence[str]) -> dict[str, Task]:
    found = {result.task_id: result for result in results if result.task_id in asked}
    if len(found) != sum(result.task_id in asked for result in results):
        raise NoAnswerError(
            "wrong_shape", phrase("the answer of the service names a task twice"), has_left=True
        )
    return found
