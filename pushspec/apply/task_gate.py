"""Decide whether a request about the tasks of a campaign may leave now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from pushspec.language import phrase
from pushspec.lockfile.histories import TaskState
from pushspec.plan.schedules import Action
from pushspec.tencent.exchange import GateClosedError

if TYPE_CHECKING:
    from datetime import datetime

    from pushspec.apply.guard import Guard
    from pushspec.apply.run import RunSetup
    from pushspec.lockfile.records import TaskIntent
    from pushspec.plan.schedules import Step

INTENT_LIFE = timedelta(seconds=30)
"""How long after its intent a request may still leave."""


@dataclass(frozen=True, slots=True)
class TaskGate:
    """What the requests about the tasks of one campaign have to pass.

    Attributes:
        setup: What the run works with.
        guard: The stops of the run.
        key: ``name@version``.
    """

    setup: RunSetup
    guard: Guard
    key: str

    def closed(self, due_at: datetime) -> GateClosedError | None:
        """Return why no task for a moment may be made or changed at this very moment."""
        state, now = self.setup.journal.state, self.setup.clock.now()
        if reason := state.frozen_reason or self.setup.options.frozen():
            return GateClosedError("frozen", phrase("frozen: {reason}", reason=reason))
        if now >= due_at:
            return GateClosedError("too_late", phrase("its time has passed"))
        others = [it for it in state.schedules_of(self.key.partition("@")[0]) if it.key != self.key]
        if others:
            return GateClosedError(
                "scheduled", phrase("the tasks of {key} are not cancelled", key=others[0].key)
            )
        return None

    def check(self, step: Step, intent: TaskIntent) -> None:
        """Look whether a request may leave at this very moment.

        Raises:
            GateClosedError: It may not.
        """
        self.guard.check_run()
        if self.setup.clock.now() > intent.not_after:
            raise GateClosedError(
                "deadline", phrase("connecting took longer than {seconds} s", seconds=INTENT_LIFE.seconds)
            )
        if step.action is not Action.CANCEL and (closed := self.closed(intent.due_at)) is not None:
            raise closed
        known = self.setup.journal.state.schedules[self.key].tasks[intent.key]
        intended = (TaskState.UNDER_WAY, intent.attempt, intent.payload_sha256)
        if (known.state, known.attempts, known.payload_sha256) != intended:
            raise GateClosedError(
                "invariant", phrase("{key} is not what the lockfile intends", key=intent.key)
            )
