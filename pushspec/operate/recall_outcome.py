"""What the replies to the requests of one recalled call add up to."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pushspec.lockfile.records import NotRecalled, Recalled, RecallUnknown
from pushspec.tencent.operations.changing import Became
from pushspec.tencent.operations.revoke import NOT_FOUND

if TYPE_CHECKING:
    from typing import Any

    from pushspec.plan.recall_steps import RecallStep
    from pushspec.tencent.operations.changing import Reply

AnyRecallOutcome = Recalled | NotRecalled | RecallUnknown
"""What can become of taking a call back."""


@dataclass(slots=True)
class Tally:
    """The replies to the requests of one attempt."""

    counts: Counter[Became] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    text: str = ""
    may_be_repeated: bool = False
    are_credentials_refused: bool = False
    error: Exception | None = None

    def add(self, reply: Reply) -> None:
        """Count one more reply."""
        self.counts[reply.became] += 1
        if reply.became is Became.NOT_DONE:
            self.reasons[reply.case] += 1
        self.text = self.text or reply.text
        self.may_be_repeated |= reply.may_be_repeated
        self.are_credentials_refused |= reply.are_credentials_refused

    def record(self, step: RecallStep) -> AnyRecallOutcome:
        """Return what the replies add up to; a message that is not there needs no further attempt."""
        said: dict[str, Any] = {
            "key": step.call.key,
            "attempt": step.attempt,
            "taken_back": self.counts[Became.DONE],
            "not_taken_back": dict(sorted(self.reasons.items())),
            "unknown": self.counts[Became.UNKNOWN],
            "text": self.text,
        }
        if self.counts[Became.UNKNOWN]:
            return RecallUnknown(**said)
        if self.counts[Became.DONE] and self.reasons.keys() <= {str(NOT_FOUND)}:
            return Recalled(**said)
        return NotRecalled(**said)
