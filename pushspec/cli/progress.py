"""Report a running apply: a line for each campaign, what the service refused, and why it waits."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING

from pushspec import CallState, SilentReporter
from pushspec.cli.output import show, tell
from pushspec.clock import steady_s
from pushspec.sanitize import printable
from pushspec.timestamps import local_text
from pushspec.views.outcome_text import Tally, outcome_lines, refused_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from contextlib import AbstractContextManager
    from datetime import datetime

    from pushspec import Call, CallOutcome, PlannedCampaign

_EVERY_S = 10
"""Between two lines on how far a campaign is."""


class ProgressLines(SilentReporter):
    """Writes results to stdout, and everything else to stderr; a place that takes no more text stops nothing.

    Attributes:
        under_way: Keys whose intent is durable and whose outcome is not yet.
        sent: How many calls were sent, and that is durable.
        is_stop_told: Whether people know already why no more calls are made.
        around_planning: What surrounds the planning under the lock.
    """

    def __init__(
        self,
        due: Iterable[PlannedCampaign] = (),
        *,
        is_verbose: bool = False,
        steady: Callable[[], float] = steady_s,
    ) -> None:
        """Begin to count.

        Args:
            due: The campaigns that are to be sent.
            is_verbose: Show every call with its task, instead of a line a campaign.
            steady: A clock in seconds that never jumps.
        """
        self._tallies = {} if is_verbose else {campaign.key: _tally(campaign) for campaign in due}
        self._steady = steady
        self._told_at = steady()
        self._begun_at: dict[str, float] = {}
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
        self._begun_at.setdefault(_campaign_of(call), self._steady())

    def settled(self, call: Call, attempt: int, outcome: CallOutcome) -> None:
        """Show what became of a call."""
        self.under_way.pop(call.key, None)
        self.sent += outcome.state is CallState.SENT
        tally = self._tallies.get(_campaign_of(call))
        if tally is None or outcome.state is not CallState.SENT:
            _show(outcome_lines(call, attempt, outcome))
        else:
            self._count(tally, call, outcome)

    def _count(self, tally: Tally, call: Call, outcome: CallOutcome) -> None:
        """Show how far a campaign is, at its end and now and then before."""
        tally.add(call, outcome)
        now = self._steady()
        shown = refused_lines(call, outcome)
        if tally.is_done or now - self._told_at >= _EVERY_S:
            shown += tally.line(now - self._begun_at.get(tally.key, now))
            self._told_at = now
        if shown:
            _show(shown)

    def finish(self) -> None:
        """Show how far the campaigns are of which something was sent and something is left."""
        for tally in self._tallies.values():
            if tally.done_calls and not tally.is_done:
                _show(tally.line(0))

    def blocked(self, campaign_key: str, why: str) -> None:
        """Show that a campaign goes no further."""
        _show(f"  ! {campaign_key}  {printable(why)}\n")

    def stopping(self, why: str) -> None:
        """Show why no more calls are made."""
        if not self.is_stop_told:
            _tell(f"Stopping: {printable(why).rstrip('.')}. Calls under way finish.")


def _campaign_of(call: Call) -> str:
    return re.split("[/#]", call.key)[0]


def _tally(campaign: PlannedCampaign) -> Tally:
    people = sum(len(call.accounts) for call in campaign.remaining_calls())
    return Tally(campaign.key, len(campaign.progress.remaining), people)


def _show(text: str) -> None:
    with contextlib.suppress(OSError):  # a full disk under the log, say: the lockfile has it all
        show(text)


def _tell(text: str) -> None:
    with contextlib.suppress(OSError):
        tell(text)
