"""The made-up service's tasks: what it really keeps, what it really sent, and what somebody did by hand."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from simulation.promises import promise
from simulation.task_files import PUSHES_A_DAY, Asked, read_asked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from simulation.loop import VirtualClock

TIME = "%Y-%m-%d %H:%M:%S"
_DAY_S = 86_400
_BAD_PARAMETER, _NOT_EDITABLE = 90104, 90107


@dataclass
class KeptTask:
    """A task at the service.

    Attributes:
        number: Its number.
        kind: Its type.
        due: When it is sent, in the service's form.
        content: What it sends.
        created: When it was made, in the service's form.
        push: What it became; empty before.
        is_touched: Somebody changed or deleted it in the console.
        is_gone: It was deleted.
    """

    number: int
    kind: str
    due: str
    content: dict[str, Any]
    created: str
    push: str = ""
    is_touched: bool = False
    is_gone: bool = False

    @property
    def asked(self) -> Asked:
        """What it says."""
        return read_asked(self.kind, self.due, self.content)

    @property
    def is_waiting(self) -> bool:
        """Whether it is still to be sent."""
        return not self.push and not self.is_gone

    @property
    def due_at(self) -> datetime:
        """When it is sent."""
        return datetime.strptime(self.due, TIME).replace(tzinfo=UTC)

    def told(self) -> dict[str, Any]:
        """Return it as the service tells it."""
        return {
            "TaskID": self.number,
            "CreateAt": self.created,
            "Type": self.kind,
            "SchedAt": self.due,
            "Content": self.content,
            "Status": "dispatched" if self.push else "pending",
            "DispatchSuccess": int(bool(self.push)),
            "DispatchErr": "",
            "PushTaskID": self.push,
        }


@dataclass
class TaskServer:
    """The other side.

    Attributes:
        clock: The true time.
        dispatched: Is told of each task that is sent.
        tasks: All that it ever kept, by number.
    """

    clock: VirtualClock
    dispatched: Callable[[KeptTask], None]
    tasks: dict[int, KeptTask] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def waiting(self) -> list[KeptTask]:
        """Return what is still to be sent, after sending what is due."""
        now = self.clock.true_now()
        for task in sorted(self.tasks.values(), key=lambda task: task.due):
            if task.is_waiting and task.due_at <= now:
                task.push = f"push-{task.number}"
                self.dispatched(task)
        return [task for task in self.tasks.values() if task.is_waiting]

    def receive(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Do what is asked, and return the answer."""
        self.waiting()
        answer = {
            "add": self._add,
            "modify": self._modify,
            "delete": self._delete,
            "get": self._get,
            "list": self._list,
        }[operation_of(path)]
        return {"ActionStatus": "OK", "ErrorCode": 0, "ErrorInfo": ""} | answer(body)

    def touch(self, how: str, which: int) -> None:
        """Let somebody edit or delete a task in the console."""
        waiting = self.waiting()
        if not waiting:
            return
        task = waiting[which % len(waiting)]
        task.is_touched = True
        match how:
            case "delete":
                task.is_gone = True
            case "time":
                task.due = (task.due_at + timedelta(minutes=7)).strftime(TIME)
            case _:
                info = {**task.content["OfflinePushInfo"], "Desc": "by hand"}
                task.content = {**task.content, "OfflinePushInfo": info}

    def _add(self, body: dict[str, Any]) -> dict[str, Any]:
        now = self.clock.true_now().strftime(TIME)
        if body["SchedAt"] <= now:
            return refusal(_BAD_PARAMETER)
        number = next(self._numbers)
        self.tasks[number] = KeptTask(number, body["Type"], body["SchedAt"], body["Content"], now)
        self._check_kept()
        return {"TaskID": number}

    def _modify(self, body: dict[str, Any]) -> dict[str, Any]:
        task = self.tasks.get(body["TaskID"])
        if task is None or task.is_gone or task.kind != body["Type"]:
            return refusal(_BAD_PARAMETER)
        if task.push:
            return refusal(_NOT_EDITABLE)
        if body["SchedAt"] <= self.clock.true_now().strftime(TIME):
            return refusal(_BAD_PARAMETER)
        task.due, task.content = body["SchedAt"], body["Content"]
        self._check_kept()
        return {"TaskID": task.number}

    def _delete(self, body: dict[str, Any]) -> dict[str, Any]:
        task = self.tasks.get(body["TaskID"])
        if task is None or task.is_gone:
            return {**refusal(_BAD_PARAMETER), "TaskID": 0}
        if task.push:
            return {**refusal(_NOT_EDITABLE), "TaskID": 0}
        task.is_gone = True
        return {"TaskID": task.number}

    def _get(self, body: dict[str, Any]) -> dict[str, Any]:
        task = self.tasks.get(body["TaskID"])
        return refusal(_BAD_PARAMETER) if task is None or task.is_gone else {"TaskInfo": task.told()}

    def _list(self, body: dict[str, Any]) -> dict[str, Any]:
        by_due = body["OrderBy"].lower() == "schedat"
        found = [
            task.told()
            for task in self.tasks.values()
            if not task.is_gone
            and body["BeginTime"] <= (task.due if by_due else task.created) <= body["EndTime"]
        ]
        page = found[body["Offset"] : body["Offset"] + body["Want"]]
        return {"Total": len(found), "Tasks": page}

    def _check_kept(self) -> None:
        """Check that what is kept would reach nobody twice."""
        kept = [task for task in self.tasks.values() if task.is_waiting and not task.is_touched]
        for first, other in itertools.combinations(kept, 2):
            if first.asked.name == other.asked.name:
                check_apart(first.asked, other.asked, "waits beside")
        sent = [task for task in self.tasks.values() if task.push and not task.is_touched]
        for first, other in itertools.product(kept, sent):
            if first.asked[:2] == other.asked[:2]:
                check_apart(first.asked, other.asked, "waits after")

    def check_day(self, asked: Asked, instead_of: int | None) -> None:
        """Check that one more push leaves room in its day."""
        others = [
            task.due_at.timestamp()
            for task in self.tasks.values()
            if not task.is_gone and not task.is_touched and task.kind == "All" and task.number != instead_of
        ]
        moment = datetime.strptime(asked.due, TIME).replace(tzinfo=UTC).timestamp()
        for start in [moment, *others]:
            in_day = [it for it in [*others, moment] if start - _DAY_S < it <= start]
            if moment in in_day:
                promise(len(in_day) <= PUSHES_A_DAY, f"{asked} is one push too many for its day")


def check_apart(first: Asked, other: Asked, how: str) -> None:
    """Check that two tasks of one campaign reach different people."""
    is_apart = first.version == other.version and first.people and other.people
    promise(
        bool(is_apart) and not set(first.people) & set(other.people),
        f"{first} {how} {other}",
    )


def operation_of(path: str) -> str:
    """Return ``add``, ``modify``, ``delete``, ``get`` or ``list``."""
    return path.rsplit("/", 1)[1].split("_", maxsplit=1)[0]


def refusal(code: int) -> dict[str, Any]:
    """Return the fields of a refusal."""
    return {"ActionStatus": "FAIL", "ErrorCode": code, "ErrorInfo": "no"}


def answer_bytes(reply: str, told: dict[str, Any]) -> tuple[int, bytes]:
    """Return status and body of an answer, as the way back leaves it."""
    whole = json.dumps(told).encode()
    match reply:
        case "garbage":
            return 200, whole[:-4]
        case "gateway":
            return 502, b"<html>"
        case "internal":
            return 200, json.dumps(refusal(91000)).encode()
        case "unknown code":
            return 200, json.dumps(refusal(99_999)).encode()
        case "half" if "Total" in told:
            return 200, json.dumps({**told, "Total": told["Total"] + 1}).encode()
        case "no number" if "TaskID" in told:
            return 200, json.dumps({**told, "TaskID": None}).encode()
    return 200, whole
