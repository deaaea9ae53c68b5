"""What a running apply says: a line a call, and why it waits."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from pushspec import CallState, SilentReporter
from pushspec.cli.output import show, tell
from pushspec.sanitize import printable
from pushspec.timestamps import local_text
from pushspec.views.outcome_text import outcome_lines

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from datetime import datetime

    from pushspec import Call, CallOutcome


class ProgressLines(SilentReporter):
    """Writes results to stdout, and everything else to stderr; a place that takes no more text stops nothing.

    Attributes:
        under_way: Keys whose intent is durable and whose outcome is not yet.
        sent: How many calls were sent, and that is durable.
        is_stop_told: Whether people know already why no more calls are made.
        around_planning: What surrounds the planning under the lock.
    """

    def __init__(self) -> None:
        self.under_way: dict[str, None] = {}
        self.sent = 0
        self.is_stop_told = False
        self.around_planning: AbstractContextManager[object] = contextlib.nullcontext()
        self._told_until: datetime | None = None

    def planning(self) -> AbstractContextManager[object]:
        """Return what surrounds the planning under the lock."""
        return self.around_planning

    def waiting(self, until: datetime, why: str) -> None:
        """Say why nothing happens, once a wait."""
        if self._told_until is None or (until - self._told_until).total_seconds() > 2:
            _tell(f"  … waiting until {local_text(until, seconds=True)}: {printable(why)}")
        self._told_until = until

    def calling(self, call: Call, attempt: int) -> None:
        """Remember it, and say nothing: the outcome follows within seconds."""
        self.under_way[call.key] = None

    def settled(self, call: Call, attempt: int, outcome: CallOutcome) -> None:
        """Show what became of a call."""
        self.under_way.pop(call.key, None)
        self.sent += outcome.state is CallState.SENT
        _show(outcome_lines(call.key, attempt, outcome))

    def blocked(self, campaign_key: str, why: str) -> None:
        """Show that a campaign goes no further."""
        _show(f"  ! {campaign_key}  {printable(why)}\n")

    def stopping(self, why: str) -> None:
        """Show why no more calls are made."""
        if not self.is_stop_told:
            _tell(f"Stopping: {printable(why).rstrip('.')}. Calls under way finish.")


def _show(text: str) -> None:
    with contextlib.suppress(OSError):  # a full disk under the log, say: the lockfile has it all
        show(text)


def _tell(text: str) -> None:
    with contextlib.suppress(OSError):
        tell(text)
