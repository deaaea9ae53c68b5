"""What a running apply says: a line a call, and why it waits."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from pushspec.cli.output import show, tell
from pushspec.lockfile.state import CallState
from pushspec.sanitize import printable
from pushspec.timestamps import local_text

if TYPE_CHECKING:
    from datetime import datetime

    from pushspec.apply.classify import CallOutcome
    from pushspec.plan.calls import Call

_SYMBOLS = {
    CallState.SENT: "+",
    CallState.REFUSED: "!",
    CallState.NOT_SENT: "-",
    CallState.IN_DOUBT: "?",
}
_SHOWN_ACCOUNTS = 10


class ProgressLines:
    """Writes results to stdout, and everything else to stderr; a place that takes no more text stops nothing.

    Attributes:
        under_way: Keys whose intent is durable and whose outcome is not yet.
        sent: How many calls were sent, and that is durable.
        is_stop_told: Whether people know already why no more calls are made.
    """

    def __init__(self) -> None:
        self.under_way: dict[str, None] = {}
        self.sent = 0
        self.is_stop_told = False
        self._told_until: datetime | None = None

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
        again = f" (attempt {attempt})" if attempt > 1 else ""
        lines = [f"  {_SYMBOLS.get(outcome.state, ' ')} {call.key}  {outcome_text(outcome)}{again}"]
        lines += [
            f"      refused with {code}: {_few(accounts)}" for code, accounts in outcome.refused.items()
        ]
        _show("".join(f"{line}\n" for line in lines))

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


def outcome_text(outcome: CallOutcome) -> str:
    """Return what became of a call, in a line."""
    if outcome.state is CallState.SENT:
        name = f"task {outcome.task_id}" if outcome.task_id else f"message {outcome.msg_key}"
        return f"sent  {printable(name)}"
    code = f" ({outcome.code})" if outcome.code is not None else ""
    return f"{outcome.state.value}{code}: {printable(outcome.text)}"


def _few(accounts: tuple[str, ...] | list[str]) -> str:
    shown = ", ".join(printable(account) for account in accounts[:_SHOWN_ACCOUNTS])
    more = len(accounts) - _SHOWN_ACCOUNTS
    return f"{shown} and {more} more (all are in the lockfile)" if more > 0 else shown
