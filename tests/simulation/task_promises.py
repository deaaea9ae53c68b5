"""What must hold of tasks at the service, judged from requests, records and what the service really did.

No judgement here asks what makes and settles tasks: what a file asks for is written out once more.
"""

from __future__ import annotations

import json
from collections import deque
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pushspec.lockfile.fold import advance
from pushspec.lockfile.histories import TaskHistory, TaskState
from pushspec.lockfile.lines import crc_of, decode
from pushspec.lockfile.records import Frozen, TaskIntent
from pushspec.lockfile.state import LockState
from pushspec.plan.states import CampaignState
from pushspec.serialization import sha256_hex
from simulation.promises import promise
from simulation.task_files import QUIET_SLOT, Asked, Files, asked_by, due_at, read_asked
from simulation.task_service import KeptTask, TaskServer, operation_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pushspec.apply.result import RunResult
    from pushspec.plan.build import Plan
    from simulation.loop import VirtualClock
    from simulation.machine import Disk, Process

PATIENCE_S = 30
"""How long after its intent a request may leave; written out, so that nobody asks the product."""
CALLS_A_SECOND = 5


@dataclass
class TaskTruth:
    """The lockfile's meaning, read along as it grows, and the intents of which no outcome is written.

    Attributes:
        told: Where each state of a task was recorded: a run that sleeps may show what was true a while ago.
    """

    state: LockState = field(default_factory=LockState)
    told: dict[str, list[tuple[int, TaskHistory]]] = field(default_factory=dict)
    open_intents: dict[str, TaskIntent] = field(default_factory=dict)
    frozen: int | None = None
    _last: bytes = b""

    def follow(self, lines: Sequence[bytes]) -> TaskTruth:
        """Read what is new."""
        for line in lines[self.state.next_seq :]:
            crc = crc_of(self._last) if self._last else 0
            record = decode(line, previous_crc=crc, seq=self.state.next_seq)
            advance(self.state, record)
            self._last = line
            key = str(getattr(record, "key", ""))
            if (task := self.state.task(key)) is not None:
                self.told.setdefault(key, []).append((record.seq, task))
            match record:
                case TaskIntent():
                    self.open_intents[record.key] = record
                case Frozen(frozen=True) if self.frozen is None:
                    self.frozen = record.seq
                case Frozen(frozen=False):
                    self.frozen = None
                case _ if record.record in _OUTCOMES:
                    self.open_intents.pop(str(getattr(record, "key", "")), None)
        return self


_OUTCOMES = {"scheduled", "rescheduled", "cancelled", "not_scheduled"}


@dataclass
class Sight:
    """What one run was allowed to do, and what it did.

    Attributes:
        process: Where it runs.
        approved: The files of the plan that somebody approved.
        touched: Tasks that somebody had edited or deleted before it began.
        left_at: When its requests left, by a clock that never jumps.
        was_refused: Whether the service refused to make one of its tasks.
    """

    process: Process
    approved: Files
    touched: frozenset[int]
    left_at: deque[float] = field(default_factory=lambda: deque(maxlen=CALLS_A_SECOND))
    was_refused: bool = False


class TaskWitness:
    """Sees everything: the lockfile, the requests, and what the service really keeps and sends.

    Attributes:
        server: The service.
        ever_approved: What somebody approved, in any plan.
    """

    def __init__(self, disk: Disk, clock: VirtualClock) -> None:
        self._disk = disk
        self._truth = TaskTruth()
        self.server = TaskServer(clock, self.dispatched)
        self.ever_approved: set[Asked] = set()

    @property
    def truth(self) -> TaskTruth:
        """What the lockfile says now."""
        return self._truth.follow(self._disk.lines)

    def power_was_cut(self) -> None:
        """Forget what was read: some of it is gone."""
        self._truth = TaskTruth()

    @property
    def tasks(self) -> list[TaskHistory]:
        """All tasks that the lockfile knows."""
        return [task for it in self.truth.state.schedules.values() for task in it.tasks.values()]

    def touched(self) -> frozenset[int]:
        """Return the tasks that somebody edited or deleted in the console."""
        return frozenset(task.number for task in self.server.tasks.values() if task.is_touched)

    def done_as(self, task: TaskHistory) -> int | None:
        """Return the number under which what was asked for is done; None where it is not."""
        intent = self.truth.open_intents[task.key]
        if intent.action == "create":
            made = [
                kept for kept in self.server.tasks.values() if kept.content["MsgRandom"] == intent.msg_random
            ]
            known = self.truth.state.task_numbers()
            return next((it.number for it in made if not it.is_gone and it.number not in known), None)
        assert intent.task is not None
        kept = self.server.tasks[intent.task]
        if intent.action == "cancel":
            return kept.number if kept.is_gone else None
        return kept.number if kept.content["MsgRandom"] == intent.msg_random and _says(kept, task) else None

    def shown(self, key: str, task: TaskHistory) -> None:
        """Check that what a person sees of a task is durable."""
        found = [seq for seq, told in self.truth.told.get(key, ()) if told == task]
        promise(bool(found), f"{key} was shown as {task.state}, and is not")
        promise(found[0] < self._disk.synced, f"{key} was shown before it was durable")

    def check_result(self, result: RunResult, files: Files, *, records: int, is_alone: bool) -> None:
        """Check how a run ended, which had seen so many records as it left the lock."""
        seen = TaskTruth().follow(self._disk.lines[:records]).state.schedules.values()
        doubts = [task.key for it in seen for task in it.tasks.values() if task.state is TaskState.IN_DOUBT]
        promise(result.exit_code != 0 or not doubts, f"exit 0 with {doubts} in doubt")
        soon = self.server.clock.now() + timedelta(minutes=1)  # for clocks differ
        if result.exit_code == 0 and is_alone and records == len(self._disk.lines):
            left = [
                task.asked
                for task in self.server.waiting()
                if not task.is_touched and task.asked.name not in files and task.due_at > soon
            ]
            promise(not left, f"exit 0, and the service keeps {left}, whose file is gone")

    def dispatched(self, task: KeptTask) -> None:
        """Check what the service sends: what somebody approved, and to nobody twice."""
        if task.is_touched:
            return
        promise(task.asked in self.ever_approved, f"{task.asked} was sent, and nobody approved it")
        for other in self.server.tasks.values():
            is_sent = other.push and other.number != task.number and not other.is_touched
            if is_sent and other.asked[:2] == task.asked[:2]:
                is_apart = other.asked.people and task.asked.people
                both = set(other.asked.people) & set(task.asked.people)
                promise(bool(is_apart) and not both, f"{task.asked} was sent after {other.asked}")

    def leaving(self, sight: Sight, path: str, payload: bytes) -> None:
        """Check what must hold when a request's first byte may leave."""
        now_s = self.server.clock.monotonic()
        is_full = len(sight.left_at) == CALLS_A_SECOND
        promise(not is_full or now_s - sight.left_at[0] >= 1.0 - 1e-6, "more than five calls in a second")
        sight.left_at.append(now_s)
        operation = operation_of(path)
        if operation in {"get", "list"}:
            return
        truth, body, now = self.truth, json.loads(payload), sight.process.clock.now()
        digest = sha256_hex(payload)
        intents = [it for it in truth.open_intents.values() if it.payload_sha256 == digest]
        promise(len(intents) == 1, f"{operation} left without an intent of its bytes")
        (intent,) = intents
        promise(intent.seq < self._disk.synced, f"{intent.key} left before its intent was synced")
        late_s = (now - intent.at).total_seconds()
        promise(late_s <= PATIENCE_S + 1e-6, f"{intent.key} left {late_s:.0f} s after its intent")
        if operation == "delete":
            self._check_cancel(sight, body["TaskID"])
        else:
            self._check_made(sight, body, intent)

    def _check_made(self, sight: Sight, body: dict[str, Any], intent: TaskIntent) -> None:
        asked, now = read_asked(body["Type"], body["SchedAt"], body["Content"]), sight.process.clock.now()
        frozen = self.truth.frozen
        promise(frozen is None or frozen > intent.seq, f"{asked} was asked for in a freeze")
        promise(asked.due > now.strftime("%Y-%m-%d %H:%M:%S"), f"{asked} was asked for after its time")
        state = sight.approved.get(asked.name)
        wanted = asked_by(asked.name, state) if state is not None else []
        promise(asked in wanted, f"{asked} was asked for, and not approved in this run")
        assert state is not None
        promise(state.slot != QUIET_SLOT, f"{asked} rings at night")
        number = body.get("TaskID")
        promise(number not in sight.touched, f"{asked} overwrites what somebody did to task {number}")
        promise(intent.task == number, f"{asked} changes task {number}, and {intent.task} was intended")
        if asked.kind == "All":
            self.server.check_day(asked, number)

    def _check_cancel(self, sight: Sight, number: int) -> None:
        task = self.server.tasks[number]
        asked, state = task.asked, sight.approved.get(task.asked.name)
        is_replaced = state is not None and state.version > asked.version
        promise(
            number not in sight.touched or is_replaced, f"{asked} was deleted, and somebody had edited it"
        )
        if state is not None and not sight.was_refused:
            wanted = asked_by(asked.name, state)
            is_kept = wanted == [asked] or (asked in wanted and not task.is_touched)
            promise(not is_kept, f"{asked} was deleted, and its file wants it")

    def check(self) -> None:
        """Compare what the lockfile holds with what the service really keeps and has sent."""
        self.server.waiting()
        for task in self.tasks:
            match task.state:
                case TaskState.CANCELLED | TaskState.NOT_SCHEDULED:
                    self._check_nothing(task)
                case TaskState.SCHEDULED | TaskState.SENT:
                    self._check_kept(task)

    def _check_nothing(self, task: TaskHistory) -> None:
        intended = {it.msg_random for it in [task.held, task.wanted] if it is not None}
        known = self.truth.state.task_numbers()
        found = [
            kept.number
            for kept in self.server.tasks.values()
            if kept.content["MsgRandom"] in intended and not kept.is_gone and kept.number not in known
        ]
        promise(not found, f"{task.key} is {task.state} in the lockfile, and the service has {found}")

    def _check_kept(self, task: TaskHistory) -> None:
        assert task.held is not None
        kept = self.server.tasks.get(task.held.number)
        promise(kept is not None, f"{task.key} is held as a number that the service never gave")
        assert kept is not None
        if kept.is_touched:
            return
        promise(
            not kept.is_gone, f"{task.key} is {task.state} in the lockfile, and the service has it no longer"
        )
        has = kept.content["OfflinePushInfo"]["Title"], kept.due_at
        holds = task.held.content["OfflinePushInfo"]["Title"], task.held.due_at
        promise(has == holds, f"{task.key}: the service has {has}, and the lockfile holds {holds}")
        begun = self.truth.state.campaigns.get(task.campaign)
        if begun is not None and len(self.truth.state.schedules[task.campaign].tasks) == 1:
            said = {content["OfflinePushInfo"]["Title"] for content in begun.begin.contents.values()}
            promise(said == {has[0]}, f"{task.key}: {has} was sent, and its campaign is recorded as {said}")

    def check_rest(self, plan: Plan, files: Files) -> None:
        """Check that the service keeps what the files say, once nothing is under way any more."""
        doubts = [task.key for task in self.tasks if task.is_open]
        promise(not doubts, f"{doubts} are in doubt after a rest")
        waiting = [task for task in self.server.waiting() if not task.is_touched]
        # What somebody edited holds back all tasks of its campaign: they are made and cancelled as one.
        touched = {task.asked.name for task in self.server.tasks.values() if task.is_touched}
        left = [task.asked for task in waiting if task.asked.name not in {*files, *touched}]
        promise(not left, f"{left} wait, and their files are gone")
        for campaign in plan.campaigns:
            name = campaign.key.partition("@")[0]
            has = sorted(
                task.asked
                for task in self.server.tasks.values()
                if (task.push or task.is_waiting) and task.asked[:2] == (name, files[name].version)
            )
            is_done = campaign.state not in {CampaignState.SCHEDULE, CampaignState.RESCHEDULE}
            promise(is_done or name in touched, f"{name} is {campaign.state} after a rest")
            is_to_come = due_at(files[name]) > plan.made_at
            if campaign.state is CampaignState.SCHEDULED and name not in touched and is_to_come:
                promise(has == sorted(asked_by(name, files[name])), f"{name} is scheduled as {has}")

    def check_sent(self) -> None:
        """Check that the lockfile knows each push that came of an untouched task."""
        known = {call.ids.task_id for call in self.truth.state.calls.values()}
        for task in self.server.tasks.values():
            if task.push and not task.is_touched:
                promise(task.push in known, f"{task.asked} was sent, and the lockfile does not know it")


def _says(kept: KeptTask, task: TaskHistory) -> bool:
    assert task.wanted is not None
    return kept.due_at == task.wanted.due_at and (
        kept.content["OfflinePushInfo"] == task.wanted.content["OfflinePushInfo"]
    )
