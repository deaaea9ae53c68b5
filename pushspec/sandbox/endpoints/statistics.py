"""How far pushes came: counts, losses, and the way of one push to one user.

Sources: https://www.tencentcloud.com/document/product/1047/71894 (counts), 71893 (trace),
https://trtc.io/zh/document/71895 (losses), 71896 to 71898 for chat messages. Only the device that a user
logged in to last is counted.

Of a time, the pages say that it "supports up to 30 days of data query" (7 for losses and traces). That may
bound the length of a range or the age of what is told; the strictest reading is both, so a task that began
before is not in an answer, whatever range was asked for.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pushspec.sandbox.answers import Body, Refusal, success
from pushspec.sandbox.checks.fields import is_integer
from pushspec.sandbox.checks.sends import BATCH, CHATS, IM_PUSH, PUSH, WEBBATCH, WEBPUSH
from pushspec.sandbox.endpoints.requests import read_body
from pushspec.sandbox.routing import OFFLINE_PUSH, Loss, Stage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pushspec.sandbox.state import State
    from pushspec.sandbox.store.statistics import Count, Trace

_BAD_BODY = 90001
_PUSHES = (PUSH, IM_PUSH, BATCH, WEBPUSH, WEBBATCH)
# The samples carry a text here although all went well.
_INFO = "succeed"


def push_counts(state: State, path: str, caller: str, raw: bytes) -> Body:
    """Answer ``all_member_push_statistics``."""
    del path, caller
    body, span = _request(state, raw, state.settings.limits.statistics_range_s.value)
    results = []
    for task_id, numbers in _tasks(state, body, span):
        counts = _counts(state, numbers)
        results.append({"TaskID": task_id, **_totals(counts), "PlatformStatistics": _by_platform(counts)})
    return success(Results=results) | {"ErrorInfo": _INFO}


def push_losses(state: State, path: str, caller: str, raw: bytes) -> Body:
    """Answer ``all_member_push_loss``."""
    del path, caller
    body, span = _request(state, raw, state.settings.limits.loss_range_s.value)
    results = [
        {"TaskID": task_id, **_losses(_counts(state, numbers))}
        for task_id, numbers in _tasks(state, body, span)
    ]
    return success(Results=results) | {"ErrorInfo": _INFO}


def push_trace(state: State, path: str, caller: str, raw: bytes) -> Body:
    """Answer ``all_member_push_trace``."""
    del path, caller
    body = read_body(state, raw, _BAD_BODY)
    task_id, user = body.get("TaskID"), body.get("UserID")
    if not isinstance(task_id, str) or not isinstance(user, str) or not task_id or not user:
        raise Refusal(_BAD_BODY, "TaskID or UserID is missing or not a string")
    since = state.settings.clock.now() - state.settings.limits.loss_range_s.value
    traces = state.statistics.traces(task_id, user, since)
    return success(InstanceTrace=[_instance(trace) for trace in traces]) | {"ErrorInfo": _INFO}


def chat_counts(state: State, path: str, caller: str, raw: bytes) -> Body:
    """Answer ``normal_push_statistics``."""
    del path, caller
    _, span = _request(state, raw, state.settings.limits.statistics_range_s.value, tasks=False)
    counts = _counts(state, state.statistics.started(CHATS, *span))
    return success(**_totals(counts), PlatformStatistics=_by_platform(counts)) | {"ErrorInfo": _INFO}


def chat_losses(state: State, path: str, caller: str, raw: bytes) -> Body:
    """Answer ``normal_push_loss``."""
    del path, caller
    _, span = _request(state, raw, state.settings.limits.loss_range_s.value, tasks=False)
    counts = _counts(state, state.statistics.started(CHATS, *span))
    return success(**_losses(counts)) | {"ErrorInfo": _INFO}


def chat_trace(state: State, path: str, caller: str, raw: bytes) -> Body:
    """Answer ``normal_push_trace``; ``PushID`` comes with the callback ``Push.OfflinePush``."""
    del path, caller
    push_id = read_body(state, raw, _BAD_BODY).get("PushID")
    if not isinstance(push_id, str) or not push_id:
        raise Refusal(_BAD_BODY, "PushID is missing or not a string")
    since = state.settings.clock.now() - state.settings.limits.loss_range_s.value
    traces = state.statistics.trace_of(push_id, since)
    return success(InstanceTrace=[_instance(trace) for trace in traces]) | {"ErrorInfo": _INFO}


def _counts(state: State, tasks: Sequence[int]) -> list[Count]:
    now, delays = state.settings.clock.now(), state.settings.delays
    if delays.statistics_s == 0:
        return state.statistics.counts(tasks)
    counts = state.statistics.settled(tasks, lambda begun: delays.settled_share(now - begun))
    return [count for count in counts if count.number]


def _request(
    state: State, raw: bytes, range_s: int, *, tasks: bool = True
) -> tuple[Body, tuple[float, float]]:
    body = read_body(state, raw, _BAD_BODY)
    start, end = body.get("StartTime"), body.get("EndTime")
    if not is_integer(start) or not is_integer(end):
        raise Refusal(_BAD_BODY, "StartTime or EndTime is missing or not an integer")
    span = (int(start), int(end))  # type: ignore[arg-type] # is_integer has looked at both
    if not 0 <= span[1] - span[0] <= range_s:
        raise Refusal(_BAD_BODY, f"the range must be 0 to {range_s // 86_400} days long")
    most = state.settings.limits.statistics_tasks_per_call.value
    wanted = body.get("TaskID")
    fits = isinstance(wanted, list) and len(wanted) <= most and all(isinstance(item, str) for item in wanted)
    if tasks and not fits:
        raise Refusal(_BAD_BODY, f"TaskID is not an array of 0 to {most} strings")
    kept_since = state.settings.clock.now() - range_s
    return body, (max(span[0], kept_since), span[1])


def _tasks(state: State, body: Body, span: tuple[float, float]) -> list[tuple[str, list[int]]]:
    """Return the tasks asked for, or all of the app as one when none is named."""
    started = state.statistics.started(_PUSHES, *span)
    if not body["TaskID"]:
        return [("", started)]
    named = [(task_id, state.tasks.find(task_id)) for task_id in body["TaskID"]]
    inside = set(started)
    return [(task_id, [task.id]) for task_id, task in named if task is not None and task.id in inside]


def _totals(counts: Sequence[Count]) -> dict[str, int]:
    return {
        "TotalCount": sum(count.number for count in counts),
        "SentCount": sum(count.number for count in counts if count.stage >= Stage.SENT),
        "DeliveredCount": sum(count.number for count in counts if count.stage >= Stage.REACHED),
        "ClickCount": sum(count.number for count in counts if count.stage >= Stage.CLICKED),
    }


def _by_platform(counts: Sequence[Count]) -> list[dict[str, int]]:
    keys = sorted({(count.event, count.platform) for count in counts})
    return [
        {
            "EventType": event,
            "PushPlatform": platform,
            **_totals([count for count in counts if (count.event, count.platform) == (event, platform)]),
        }
        for event, platform in keys
    ]


def _losses(counts: Sequence[Count]) -> dict[str, Any]:
    before = [count for count in counts if count.code and count.stage == Stage.LOST]
    after = [count for count in counts if count.code and count.stage == Stage.SENT]
    return {
        "ReadyToSendLoss": _loss_items(before, by_platform=False),
        "PostSendDeliveredLoss": _loss_items(after, by_platform=False),
        "PlatformReadyToSendLoss": _loss_items(before, by_platform=True),
        "PlatformPostSendDeliveredLoss": _loss_items(after, by_platform=True),
    }


def _loss_items(counts: Sequence[Count], *, by_platform: bool) -> list[dict[str, Any]]:
    sums: dict[tuple[int, ...], int] = {}
    for count in counts:
        key = (count.event, count.platform, count.code) if by_platform else (count.code,)
        sums[key] = sums.get(key, 0) + count.number
    return [
        {
            **({"EventType": key[0], "PushPlatform": key[1]} if by_platform else {}),
            "ErrCode": str(key[-1]),
            "ErrCount": number,
            "ErrInfo": Loss(key[-1]).text,
        }
        for key, number in sorted(sums.items())
    ]


def _instance(trace: Trace) -> dict[str, Any]:
    reached = trace.stage >= Stage.REACHED
    offline = trace.event == OFFLINE_PUSH
    done = _stage(trace, reached=True)
    arrived = _stage(trace, reached=reached)
    offline_stages = {
        "OfflineStat": _stage(trace, reached=trace.stage >= Stage.SENT),
        "ChannelStat": arrived,
        "DeviceStat": arrived,
        "ClickStat": _stage(trace, reached=trace.stage >= Stage.CLICKED, failed=False),
    }
    return {
        "InstanceId": str(trace.device),
        "PushTime": int(trace.at),
        "DeviceModel": trace.model,
        "System": trace.vendor,
        "SystemVersion": trace.system_version,
        "EventType": trace.event,
        "PushPlatform": trace.platform,
        "Token": trace.token or "",
        "CertId": "1" if trace.has_certificate else "",
        "SdkVersion": trace.sdk,
        "PushVersion": trace.sdk,
        "NotificationStatus": 1,
        "last_active_terminal": int(trace.last_active),
        "IMCommitStat": {"IMStat": done},
        "OfflinePushStat": offline_stages if offline else {},
        "OnlinePushStat": {} if offline else {"OnlineStat": arrived},
    }


def _stage(trace: Trace, *, reached: bool, failed: bool = True) -> dict[str, Any]:
    lost = failed and not reached
    return {
        "PushStatus": int(reached),
        "ErrorCode": trace.code if lost else 0,
        "ErrorInfo": Loss(trace.code).text if lost else "",
        "EventTime": datetime.fromtimestamp(trace.at, UTC).strftime("%Y-%m-%d %H:%M:%S") if reached else "",
    }
