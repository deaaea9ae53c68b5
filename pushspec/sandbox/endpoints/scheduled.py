"""Scheduled pushes: create, change, delete, read and list them, and send them when they are due.

Sources: https://www.tencentcloud.com/document/product/1047/78839 (create), 78840 (modify) and the pages after
them. Times are UTC. The pages say nothing of the daily quota; it is spent when a task is dispatched.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pushspec.sandbox.answers import Body, Refusal, encode, success
from pushspec.sandbox.checks.fields import is_integer
from pushspec.sandbox.checks.sends import BATCH, PUSH, check_send
from pushspec.sandbox.endpoints.requests import read_body, rules_of
from pushspec.sandbox.endpoints.sends import accept
from pushspec.sandbox.store.scheduled import PENDING, Scheduled

if TYPE_CHECKING:
    from pushspec.sandbox.state import State

_BAD_PARAMETER = 90104
_NOT_EDITABLE = 90107
_TOO_SOON = 90024
_TIME = "%Y-%m-%d %H:%M:%S"
_TYPES = {"All": PUSH, "Tag": PUSH, "User": BATCH}
_ORDERS = {"createat": "created_at", "schedat": "due_at"}
_UINT32 = 2**32


def create(state: State, path: str, caller: str, raw: bytes) -> Body:
    """Answer ``add_sched_task``."""
    del path, caller
    body = _request(state, raw)
    kind = body.get("Type")
    if kind not in _TYPES:
        raise Refusal(_BAD_PARAMETER, "Type is none of All, Tag, User")
    due_at = _due(state, body.get("SchedAt"))
    content = _content(state, kind, body.get("Content"))
    number = state.scheduled.add(kind, created_at=state.settings.clock.now(), due_at=due_at, content=content)
    return success(TaskID=number)


def modify(state: State, path: str, caller: str, raw: bytes) -> Body:
    """Answer ``modify_sched_task``; the type stays."""
    del path, caller
    body = _request(state, raw)
    task = _find(state, body)
    _check_editable(task, body)
    due_at = _due(state, body["SchedAt"]) if "SchedAt" in body else task.due_at
    content = _content(state, task.type, body["Content"]) if "Content" in body else task.content
    state.scheduled.change(task.id, due_at=due_at, content=content)
    return success(TaskID=task.id)


def delete(state: State, path: str, caller: str, raw: bytes) -> Body:
    """Answer ``delete_sched_task``; ``TaskID`` is 0 when it failed."""
    del path, caller
    try:
        body = _request(state, raw)
        task = _find(state, body)
        _check_editable(task, body)
    except Refusal as refusal:
        return {**refusal.body, "TaskID": 0}
    state.scheduled.delete(task.id)
    return success(TaskID=task.id)


def get(state: State, path: str, caller: str, raw: bytes) -> Body:
    """Answer ``get_sched_task``."""
    del path, caller
    task = _find(state, _request(state, raw))
    return success(TaskInfo=_info(state, task))


def list_tasks(state: State, path: str, caller: str, raw: bytes) -> Body:
    """Answer ``list_sched_task``."""
    del path, caller
    body = _request(state, raw)
    offset, want = body.get("Offset"), body.get("Want")
    # mypy does not see that is_integer has looked.
    if not is_integer(offset) or not is_integer(want) or int(offset) < 0 or int(want) < 1:  # type: ignore[arg-type]
        raise Refusal(_BAD_PARAMETER, "Offset is 0 or more, Want 1 or more")
    order = _ORDERS.get(str(body.get("OrderBy")).lower())
    if order is None or not isinstance(body.get("Asc"), bool):
        raise Refusal(_BAD_PARAMETER, "OrderBy is createAt or schedAt, Asc is true or false")
    begin, end = _time(body.get("BeginTime")), _time(body.get("EndTime"))
    keyword = body.get("Keyword", "")
    if not isinstance(keyword, str):
        raise Refusal(_BAD_PARAMETER, "Keyword is not a string")
    found = state.scheduled.between(order, begin, end, ascending=body["Asc"])
    matching = [task for task in found if keyword in task.title or keyword in task.desc]
    page = matching[int(offset) : int(offset) + int(want)]  # type: ignore[arg-type] # is_integer has looked
    return success(Total=len(matching), Tasks=[_info(state, task) for task in page])


def dispatch_due(state: State) -> None:
    """Send the scheduled pushes whose time has come; call it inside a transaction."""
    now = state.settings.clock.now()
    for task in state.scheduled.due(now):
        try:
            endpoint = _TYPES[task.type]
            wanted, body = check_send(endpoint, encode(task.content), rules_of(state))
            answer = accept(state, wanted, body, state.settings.admins[0])
        except Refusal as refusal:
            if refusal.code == _TOO_SOON:
                return
            state.scheduled.finish(task.id, push_task_id="", error=f"{refusal.code}: {refusal.info}")
        else:
            state.scheduled.finish(task.id, push_task_id=answer["TaskId"], error="")


def _request(state: State, raw: bytes) -> Body:
    body = read_body(state, raw, _BAD_PARAMETER)
    if not is_integer(body.get("Sdkappid")) or body["Sdkappid"] != state.settings.sdk_app_id:
        raise Refusal(_BAD_PARAMETER, "Sdkappid is missing or not that of the URL")
    return body


def _find(state: State, body: Body) -> Scheduled:
    number = body.get("TaskID")
    task = state.scheduled.find(int(number)) if is_integer(number) else None  # type: ignore[arg-type] # see is_integer
    if task is None:
        raise Refusal(_BAD_PARAMETER, "there is no scheduled task with this TaskID")
    return task


def _check_editable(task: Scheduled, body: Body) -> None:
    if body.get("Type") != task.type:
        raise Refusal(_BAD_PARAMETER, "the Type of a scheduled task cannot change")
    if task.status != PENDING:
        raise Refusal(_NOT_EDITABLE, f"the task is {task.status}")


def _due(state: State, text: object) -> float:
    due_at = _time(text)
    if due_at <= state.settings.clock.now():
        raise Refusal(_BAD_PARAMETER, "SchedAt lies in the past (it is UTC)")
    return due_at


def _time(text: object) -> float:
    try:
        return datetime.strptime(str(text), _TIME).replace(tzinfo=UTC).timestamp()
    except ValueError:
        raise Refusal(_BAD_PARAMETER, "a time is not of the form YYYY-MM-DD HH:MM:SS") from None


def _content(state: State, kind: str, content: object) -> Body:
    if not isinstance(content, dict):
        raise Refusal(_BAD_PARAMETER, "Content is missing or not an object")
    if (kind == "Tag") != ("Condition" in content):
        raise Refusal(_BAD_PARAMETER, "Content has a Condition for Tag, and for nothing else")
    # The samples leave MsgRandom out; a dispatched task has one.
    content = {"MsgRandom": state.random.randrange(_UINT32), **content}
    if kind == "User":
        content.setdefault("From_Account", state.settings.admins[0])
    try:
        check_send(_TYPES[kind], encode(content), rules_of(state))
    except Refusal as refusal:
        raise Refusal(_BAD_PARAMETER, f"Content: {refusal.info} ({refusal.code})") from None
    return content


def _info(state: State, task: Scheduled) -> dict[str, Any]:
    return {
        "TaskID": task.id,
        "Sdkappid": state.settings.sdk_app_id,
        "CreateAt": _text(task.created_at),
        "Type": task.type,
        "SchedAt": _text(task.due_at),
        "Content": task.content,
        "Title": task.title,
        "Desc": task.desc,
        "Status": task.status,
        "DispatchSuccess": task.success,
        "DispatchErr": task.error,
        "PushTaskID": task.push_task_id,
    }


def _text(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime(_TIME)
