"""What became of a call, in a line and its accounts below."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushspec.lockfile.state import CallState
from pushspec.sanitize import printable

if TYPE_CHECKING:
    from pushspec.apply.classify import CallOutcome

_SYMBOLS = {
    CallState.SENT: "+",
    CallState.REFUSED: "!",
    CallState.NOT_SENT: "-",
    CallState.IN_DOUBT: "?",
}
_SHOWN_ACCOUNTS = 10


def outcome_lines(key: str, attempt: int, outcome: CallOutcome) -> str:
    """Return what became of a call, with the accounts that the service refused.

    Args:
        key: The call.
        attempt: Which attempt it was, counted from 1.
        outcome: What came of it.
    """
    again = f" (attempt {attempt})" if attempt > 1 else ""
    lines = [f"  {_SYMBOLS.get(outcome.state, ' ')} {key}  {outcome_text(outcome)}{again}"]
    lines += [f"      refused with {code}: {_few(accounts)}" for code, accounts in outcome.refused.items()]
    return "".join(f"{line}\n" for line in lines)


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
