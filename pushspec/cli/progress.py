"""What a running apply says: a line a call, and why it waits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pushspec.instants import local_text
from pushspec.lockfile.state import CallState
from pushspec.visible import visible

if TYPE_CHECKING:
    from datetime import datetime

    from pushspec.apply.classify import Outcome
    from pushspec.plan.calls import Call

_SYMBOLS = {
    CallState.SENT: "+",
    CallState.REFUSED: "!",
    CallState.NOT_SENT: "-",
    CallState.IN_DOUBT: "?",
}
_SHOWN_ACCOUNTS = 10


class ProgressLines:
    """Writes results to stdout, and everything else to stderr."""

    def __init__(self) -> None:
        self._told_until: datetime | None = None

    def waiting(self, until: datetime, why: str) -> None:
        """Say why nothing happens, once a wait."""
        if self._told_until is None or (until - self._told_until).total_seconds() > 2:
            click.echo(f"  … waiting until {local_text(until, seconds=True)}: {visible(why)}", err=True)
        self._told_until = until

    def calling(self, call: Call, attempt: int) -> None:
        """Say nothing: the outcome follows within seconds."""

    def settled(self, call: Call, attempt: int, outcome: Outcome) -> None:
        """Show what became of a call."""
        again = f" (attempt {attempt})" if attempt > 1 else ""
        click.echo(f"  {_SYMBOLS.get(outcome.state, ' ')} {call.key}  {outcome_text(outcome)}{again}")
        for code, accounts in outcome.refused.items():
            click.echo(f"      refused with {code}: {_few(accounts)}")

    def blocked(self, campaign_key: str, why: str) -> None:
        """Show that a campaign goes no further."""
        click.echo(f"  ! {campaign_key}  {visible(why)}")

    def stopping(self, why: str) -> None:
        """Show why no more calls are made."""
        click.echo(f"Stopping: {visible(why)}. Calls under way finish.", err=True)


def outcome_text(outcome: Outcome) -> str:
    """Return what became of a call, in a line."""
    if outcome.state is CallState.SENT:
        name = f"task {outcome.task_id}" if outcome.task_id else f"message {outcome.msg_key}"
        return f"sent  {visible(name)}"
    code = f" ({outcome.code})" if outcome.code is not None else ""
    return f"{outcome.state.value}{code}: {visible(outcome.text)}"


def _few(accounts: tuple[str, ...] | list[str]) -> str:
    shown = ", ".join(visible(account) for account in accounts[:_SHOWN_ACCOUNTS])
    more = len(accounts) - _SHOWN_ACCOUNTS
    return f"{shown} and {more} more (all are in the lockfile)" if more > 0 else shown
