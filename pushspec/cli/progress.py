"""Report a running apply: how far each campaign is, what the service refused, and why it waits."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from pushspec import CallState, SilentReporter
from pushspec.api.call_keys import campaign_of
from pushspec.cli.live import LiveArea
from pushspec.cli.output import line_width, paint, show, tell
from pushspec.clock import steady_s
from pushspec.language import say
from pushspec.sanitize import printable
from pushspec.timestamps import in_zone, local_text
from pushspec.views.outcome_text import Tally, outcome_lines, refused_lines
from pushspec.views.recorded import said_anew
from pushspec.views.tasks import task_line
from pushspec.views.tones import marked
from pushspec.views.wrapping import fitted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from contextlib import AbstractContextManager
    from datetime import datetime, tzinfo

    from pushspec import Call, CallOutcome, PlannedCampaign, Step, TaskHistory

_EVERY_S = 10
"""Between two lines on how far a campaign is."""
_REDRAWN_S = 0.1
"""Between two pictures of the same lines."""


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
        zone: tzinfo | None = None,
        steady: Callable[[], float] = steady_s,
    ) -> None:
        """Begin to count.

        Args:
            due: The campaigns that are to be sent.
            is_verbose: Show every call with its task, instead of a line a campaign.
            zone: In which people read times; None for this machine's.
            steady: A clock in seconds that never jumps.
        """
        self._tallies = {} if is_verbose else {campaign.key: _tally(campaign) for campaign in due}
        self._zone = zone
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
            moment = local_text(until, self._zone, seconds=True)
            self._wait(say("  … waiting until {until}: {why}", until=moment, why=self._told(why)))
        self._told_until = until

    def _told(self, why: str) -> str:
        return in_zone(printable(said_anew(why)), self._zone, is_named=False)

    def calling(self, call: Call, attempt: int) -> None:
        """Remember it, and say nothing: the outcome follows within seconds."""
        self.under_way[call.key] = None
        self._begun_at.setdefault(campaign_of(call.key), self._steady())

    def settled(self, call: Call, attempt: int, outcome: CallOutcome) -> None:
        """Show what became of a call."""
        self.under_way.pop(call.key, None)
        self.sent += outcome.state is CallState.SENT
        tally = self._tallies.get(campaign_of(call.key))
        if tally is None or outcome.state is not CallState.SENT:
            self._show(outcome_lines(call, attempt, outcome))
        else:
            self._count(tally, call, outcome)

    def task_settled(self, step: Step, task: TaskHistory) -> None:
        """Show what became of a task at the service."""
        self._show(task_line(step, task, self._zone))

    def _count(self, tally: Tally, call: Call, outcome: CallOutcome) -> None:
        """Show how far a campaign is, at its end and now and then before."""
        tally.add(call, outcome)
        now = self._steady()
        shown = refused_lines(call, outcome)
        if tally.is_done or now - self._told_at >= _EVERY_S:
            shown += self._line(tally)
            self._told_at = now
        if shown:
            self._show(shown)

    def _line(self, tally: Tally) -> str:
        now = self._steady()
        return tally.line(now - self._begun_at.get(tally.key, now))

    def finish(self) -> None:
        """Show how far the campaigns are of which something was sent and something is left."""
        for tally in self._tallies.values():
            if tally.done_calls and not tally.is_done:
                self._show(tally.line(0))

    def blocked(self, campaign_key: str, why: str) -> None:
        """Show that a campaign goes no further."""
        self._show(f"  ! {campaign_key}  {printable(said_anew(why))}\n")

    def stopping(self, why: str) -> None:
        """Show why no more calls are made."""
        if not self.is_stop_told:
            reason = printable(said_anew(why)).rstrip(".。")
            self._tell(say("Stopping: {why}. Calls under way finish.", why=reason))

    def stop_told(self) -> None:
        """Take note that people are told why no more calls are made."""
        self.is_stop_told = True

    def _wait(self, text: str) -> None:
        self._tell(text)

    def _show(self, text: str) -> None:
        self._write(fitted(text, line_width()))

    def _write(self, text: str) -> None:
        with contextlib.suppress(OSError):  # a full disk under the log, say: the lockfile has it all
            show(marked(text, paint))

    def _tell(self, text: str) -> None:
        with contextlib.suppress(OSError):
            tell(text)


class LiveProgress(ProgressLines):
    """Draws the campaigns under way over and over below what stays, for somebody at a terminal."""

    def __init__(
        self,
        due: Iterable[PlannedCampaign] = (),
        *,
        zone: tzinfo | None = None,
        steady: Callable[[], float] = steady_s,
    ) -> None:
        """Begin to count, as lines do."""
        super().__init__(due, zone=zone, steady=steady)
        self._area = LiveArea()
        self._drawn_at = -_REDRAWN_S
        self._why = ""
        self._is_live = True

    def calling(self, call: Call, attempt: int) -> None:
        """Show that its campaign is under way."""
        super().calling(call, attempt)
        self._why = ""
        self._draw()

    def finish(self) -> None:
        """Leave the lines that stay, and no others."""
        self._is_live = False
        self._show("")
        super().finish()

    def stop_told(self) -> None:
        """Draw nothing from now on over what people are told."""
        super().stop_told()
        self._is_live, self._area = False, LiveArea()

    def _count(self, tally: Tally, call: Call, outcome: CallOutcome) -> None:
        tally.add(call, outcome)
        if tally.is_done:
            self._show(tally.refused_lines() + self._line(tally))
        else:
            self._draw()

    def _wait(self, text: str) -> None:
        self._why = text
        self._draw(at_once=True)

    def _draw(self, *, at_once: bool = False) -> None:
        if at_once or self._steady() - self._drawn_at >= _REDRAWN_S:
            self._show("")

    def _show(self, text: str) -> None:
        self._drawn_at = self._steady()
        # In one piece, so that a slow terminal never shows the lines gone.
        kept = fitted(text, line_width())
        self._write(self._area.away() + kept + self._area.over(self._lines()))

    def _tell(self, text: str) -> None:
        self._write(self._area.away())
        super()._tell(text)
        self._show("")

    def _lines(self) -> list[str]:
        if not self._is_live:
            return []
        open_ones = [it for it in self._tallies.values() if it.key in self._begun_at and not it.is_done]
        lines = [self._line(tally).rstrip("\n") for tally in open_ones]
        return [*lines, self._why] if self._why else lines


def _tally(campaign: PlannedCampaign) -> Tally:
    counts, due = campaign.sending.table.account_counts(), campaign.progress.due
    return Tally(campaign.key, len(due), sum(counts[key] for key in due))
