"""A campaign in stages, and when each of its calls may have left: judged from the records, on its own.

No judgement here asks the product how far a rollout is: shares are counted again, and times compared again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from pushspec.lockfile.records import Gate, Intent, NotSent, Resolved, Sent
from pushspec.operate.steering import continue_campaign
from pushspec.plan.rollout import rollout_of
from pushspec.spec.rollout import Stage
from pushspec.tencent.endpoints import EndpointName
from simulation.calls import accounts, campaign_calls

if TYPE_CHECKING:
    from datetime import datetime

    from pushspec.lockfile.journal import Journal
    from pushspec.lockfile.records import AnyRecord

STAGED_KEY = "staged@1"
_HOLDS = (timedelta(seconds=600), timedelta(seconds=300))
LONGEST_HOLD_S = 4_000
"""After so long every gate has opened, or stopped the campaign."""
_MOST_REFUSED, _LEAST_KNOWN = 3, 22
"""Of ten people known, three refused are too many: fewer than 30% are allowed."""

STAGED = campaign_calls(
    "staged",
    endpoint=EndpointName.BATCH,
    parts=[
        accounts(20, first=100),
        *(accounts(4, first=first) for first in (120, 124)),
        accounts(15, first=136),
        ["z1"],
        ["z2"],
    ],
    max_refused=None,
    rollout=[
        Stage.model_validate(
            {"stage": "canary", "share": "40%", "hold": "600s", "continue_if": {"refused": "< 30%"}}
            | {"min_count": _LEAST_KNOWN, "max_wait": "1h"}
        ),
        Stage.model_validate({"stage": "half", "share": "50%", "hold": "300s"}),
        Stage.model_validate({"stage": "rest"}),
    ],
    stage_of=[0, 0, 0, 1, 2, 2],
)
_LATER = {90024, 70009, 90047}
"""Too soon, credentials, quota: refusals of a moment, which say nothing of people; the call is made again."""
_NAMES = ("canary", "half", "rest")
_CALLS = {"canary": 3, "half": 1, "rest": 2}


def go_on(journal: Journal, now: datetime) -> None:
    """Let the campaign go on as the command does: open its next gate, or only lift a stop."""
    journal.load()
    found = rollout_of(STAGED, journal.state, now)
    gate, is_persons = found.gate, found.stop is not None and bool(found.stop.by)
    is_sending = gate is not None and not gate.is_sent
    if not found.stop_text and (gate is None or is_sending):
        return
    stage, opens = ("", "") if gate is None or (is_sending and is_persons) else (gate.stage, gate.opens)
    continue_campaign(journal, STAGED_KEY, stage=stage, opens=opens, by="eve", why="looked")


def _stage(key: str) -> str:
    return re.split("[/#]", key)[1] if key.startswith(f"{STAGED_KEY}/") else ""


@dataclass
class _Closed:
    """What became of a call for good: when, and how many of how many known people were refused."""

    at: datetime
    refused: int = 0
    known: int = 0
    was_sent: bool = True


@dataclass
class StageTruth:
    """What the records say of the campaign's stages."""

    intents: dict[str, Intent] = field(default_factory=dict)
    closed: dict[str, _Closed] = field(default_factory=dict)
    passed: set[str] = field(default_factory=set)
    opened: dict[str, Gate] = field(default_factory=dict)
    stopped: bool = False
    faults: dict[str, str] = field(default_factory=dict)

    def note(self, record: AnyRecord) -> None:
        """Read one more record; an intent that the stages forbid is kept as a fault of its call."""
        match record:
            case Intent() if _stage(record.key):
                self.intents[record.key] = record
                if fault := self._fault(record):
                    self.faults[record.key] = fault
                else:
                    self.faults.pop(record.key, None)
            case Sent() if _stage(record.key):
                refused = sum(map(len, record.refused.values()))
                people = self.intents[record.key].accounts
                self.closed[record.key] = _Closed(record.at, refused, people, was_sent=refused < people)
            case NotSent(refused_by_service=True) if _stage(record.key) and record.code not in _LATER:
                people = self.intents[record.key].accounts
                self.closed[record.key] = _Closed(record.at, people, people, was_sent=False)
            case Resolved(verdict="sent" | "abandoned") if _stage(record.key):
                self.closed[record.key] = _Closed(record.at, was_sent=record.verdict == "sent")
            case Gate() if record.campaign == STAGED_KEY:
                self._hear(record)

    def broken_by(self, key: str) -> str:
        """Return what was wrong with the intent of a call that leaves; empty where nothing was."""
        return self.faults.get(key, "")

    @property
    def is_held(self) -> bool:
        """Whether nothing more may leave by itself: it was stopped, or a stage's numbers are bad."""
        return self.stopped or any(self._too_many(stage) for stage in _NAMES if stage not in self.passed)

    def _hear(self, record: Gate) -> None:
        """Remember a person's word, and of what the product wrote that it stopped."""
        if record.verdict == "stopped" and (record.by or record.stage not in self.passed):
            self.stopped = True
        elif record.verdict == "opened" and record.by:
            self.stopped = False
            self.passed.add(record.stage)
        elif record.verdict == "opened":
            self.opened.setdefault(record.stage, record)

    def _fault(self, intent: Intent) -> str:
        """Return why a call may not be intended now: by times, numbers and persons, and no verdict."""
        if self.stopped:
            return "after it was stopped"
        stage = _stage(intent.key)
        if stage not in self.passed and self._too_many(stage):
            return "although too many of its stage were refused"
        for number, before in enumerate(_NAMES[: _NAMES.index(stage)]):
            if before in self.passed:
                continue
            if before not in self.opened:
                return f"before the gate behind {before} was opened"
            if fault := self._gate_fault(before, self.opened[before].at, number):
                return fault
        return ""

    def _gate_fault(self, stage: str, opened_at: datetime, number: int) -> str:
        calls = [closed for key, closed in self.closed.items() if _stage(key) == stage]
        if len(calls) < _CALLS[stage]:
            return f"while {stage} was not sent yet"
        if not any(call.was_sent for call in calls):
            return f"although nothing of {stage} was sent"
        if opened_at < max(call.at for call in calls) + _HOLDS[number]:
            return f"within the hold of {stage}"
        if stage == "canary" and sum(call.known for call in calls) < _LEAST_KNOWN:
            return f"although too little was known of {stage}"
        return f"although too many of {stage} were refused" if self._too_many(stage) else ""

    def _too_many(self, stage: str) -> bool:
        calls = [closed for key, closed in self.closed.items() if _stage(key) == stage]
        refused, known = sum(call.refused for call in calls), sum(call.known for call in calls)
        return stage == "canary" and known >= _LEAST_KNOWN and refused * 10 >= _MOST_REFUSED * known
