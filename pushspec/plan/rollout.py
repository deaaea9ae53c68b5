"""How far a rollout has come: which stage may leave, and what the gate behind it says.

The plan shows it, and a run asks it again under the lock: one function, so that both say the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from pushspec.language import joined, phrase
from pushspec.lockfile.histories import CallState
from pushspec.lockfile.records import Gate
from pushspec.plan.evidence import evidence_of, failure_text, read_conditions
from pushspec.text import counted
from pushspec.timestamps import span_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from pushspec.lockfile.histories import CallHistory
    from pushspec.lockfile.state import LockState
    from pushspec.plan.calls import CampaignCalls
    from pushspec.plan.evidence import Known
    from pushspec.spec.rollout import Measure, Stage


UNKNOWN = "unknown is not continue"
"""How the reason of a gate ends that waits for numbers and for no moment."""


class Verdict(StrEnum):
    """What a gate says; the words that the lockfile holds."""

    OPENED = "opened"
    HELD = "held"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class GateReading:
    """What the gate behind a stage says at a moment.

    Attributes:
        stage: The stage that it stands behind.
        opens: The stage that it opens.
        verdict: What it says.
        why: The same with its numbers, in words.
        opens_at: From when on it may open, as far as that is known.
        evidence: The numbers that it is judged by.
        is_sent: Whether no call of the stage is left to make or to settle.
    """

    stage: str
    opens: str
    verdict: Verdict
    why: str
    opens_at: datetime | None
    evidence: Mapping[Measure, Known]
    is_sent: bool

    def is_told(self, last: Gate | None) -> bool:
        """Whether the last record of the gate says the same, or there is no verdict yet to record."""
        if self.verdict is Verdict.HELD and self.opens_at is None:
            return True
        return last is not None and (last.verdict, last.opens_at) == (self.verdict, self.opens_at)

    def record(self, campaign_key: str, *, is_over: bool = False) -> Gate:
        """Return what the lockfile keeps of it.

        Args:
            campaign_key: ``name@version``.
            is_over: The run has sent what it may send: a gate that would open waits for the next run.
        """
        waits = is_over and self.verdict is Verdict.OPENED
        return Gate(
            campaign=campaign_key,
            stage=self.stage,
            opens=self.opens,
            verdict=Verdict.HELD.value if waits else self.verdict.value,
            why=phrase("the next apply may open it: {why}", why=self.why) if waits else self.why,
            opens_at=self.opens_at,
            evidence={measure.value: list(known) for measure, known in self.evidence.items()},
        )


@dataclass(frozen=True, slots=True)
class Rollout:
    """How far a campaign's stages have come.

    Attributes:
        stages: The stages.
        current: The number of the last stage whose gate somebody has passed, on record.
        gate: What the gate behind it says; None behind the last stage.
        stop: A person's or a gate's word, on record, that nothing more leaves; None without one.
        is_new: Whether ``gate`` says what no record says yet.
    """

    stages: Sequence[Stage]
    current: int
    gate: GateReading | None
    stop: Gate | None
    is_new: bool

    @property
    def waits_for_numbers(self) -> bool:
        """Whether the hold is over and the gate stays closed, since too little is known."""
        gate = self.gate
        return gate is not None and gate.verdict is Verdict.HELD and gate.why.endswith(UNKNOWN)

    @property
    def open_stages(self) -> int:
        """How many stages may leave now; none while the campaign is stopped."""
        if self.stop_text:
            return 0
        return self.current + 1 + (self.gate is not None and self.gate.verdict is Verdict.OPENED)

    @property
    def stop_text(self) -> str:
        """Why the campaign is stopped; empty while it is not."""
        if self.stop is not None:
            return stop_text(self.stop)
        if self.gate is not None and self.gate.verdict is Verdict.STOPPED:
            return phrase("stopped after stage {stage}: {why}", stage=self.gate.stage, why=self.gate.why)
        return ""


def stop_text(stop: Gate) -> str:
    """Say who stopped a campaign, and why."""
    if stop.by:
        return phrase("stopped by {by}: {why}", by=stop.by, why=stop.why)
    return phrase("stopped after stage {stage}: {why}", stage=stop.stage, why=stop.why)


def rollout_of(calls: CampaignCalls, state: LockState, now: datetime) -> Rollout:
    """Return how far the stages of a campaign have come at a moment; it may have none."""
    key, stages = calls.campaign_key, calls.rollout
    gates, stop = state.gates.get(key, {}), state.stops.get(key)
    current = 0
    while current < len(stages) - 1 and state.has_passed(key, stages[current].stage):
        current += 1
    if current >= len(stages) - 1:
        return Rollout(stages, current, None, stop, is_new=False)
    gate = _read_gate(calls, state, current, now)
    is_told = gate is None or stop is not None or gate.is_told(gates.get(stages[current].stage))
    return Rollout(stages, current, gate, stop, is_new=not is_told)


def open_keys(calls: CampaignCalls, rollout: Rollout, now: datetime) -> Sequence[str]:
    """Return the keys of all calls whose stage or hour may leave at a moment, made ones included."""
    if calls.hours and not rollout.stop_text:
        numbers = (number for number, it in enumerate(calls.hours) if it.departure.closed_at(now) is None)
        return [key for number in numbers for key in calls.table.keys_of_stage(number)]
    if not calls.rollout:
        return () if rollout.stop_text else calls.table.keys
    return [key for stage in range(rollout.open_stages) for key in calls.table.keys_of_stage(stage)]


def _read_gate(calls: CampaignCalls, state: LockState, number: int, now: datetime) -> GateReading | None:
    """Judge the gate behind a stage; None before the campaign was begun."""
    if calls.campaign_key not in state.campaigns:
        return None
    stage = calls.rollout[number]
    keys = calls.table.keys_of_stage(number)
    made = [state.calls[key] for key in keys if key in state.calls]
    doubted = {call.key for call in state.in_doubt(now)}
    settled = [call for call in made if call.is_settled and call.key not in doubted]
    evidence = evidence_of(settled, state.stats)
    verdict, why, opens_at = _judge(stage, len(keys), settled, evidence, now)
    is_sent, opens = len(settled) == len(keys), calls.rollout[number + 1].stage
    return GateReading(stage.stage, opens, verdict, why, opens_at, evidence, is_sent)


def _judge(
    stage: Stage,
    calls: int,
    settled: Sequence[CallHistory],
    evidence: Mapping[Measure, Known],
    now: datetime,
) -> tuple[Verdict, str, datetime | None]:
    readings = read_conditions(stage, evidence)
    # A failed condition stops at once, also while the stage is still being sent or its hold lasts.
    if failed := failure_text(readings, stage):
        return Verdict.STOPPED, failed, None
    if len(settled) < calls:
        return (
            Verdict.HELD,
            phrase(
                "{calls} of {stage} not sent yet",
                calls=counted(calls - len(settled), "call"),
                stage=stage.stage,
            ),
            None,
        )
    if not any(call.state is CallState.SENT for call in settled):
        return Verdict.STOPPED, phrase("nothing of {stage} was sent", stage=stage.stage), None
    opens_at = max(call.settled_at or call.intended_at for call in settled) + stage.hold_time
    if now < opens_at:
        return (
            Verdict.HELD,
            phrase("holds for {span} after {stage}", span=span_text(stage.hold), stage=stage.stage),
            opens_at,
        )
    known = joined(", ", (reading.text() for reading in readings))
    if all(reading.holds for reading in readings):
        return Verdict.OPENED, known or phrase("{stage} was sent", stage=stage.stage), opens_at
    if now >= opens_at + stage.longest_wait:
        return (
            Verdict.STOPPED,
            phrase("{known}, even {span} after the hold", known=known, span=span_text(stage.max_wait)),
            None,
        )
    return Verdict.HELD, phrase("{known}; unknown is not continue", known=known), opens_at
