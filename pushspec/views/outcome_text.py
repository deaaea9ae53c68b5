"""What became of a call or of a campaign's calls so far, in a line, and who was refused in words."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pushspec.lockfile.histories import CallState
from pushspec.sanitize import printable
from pushspec.tencent.codes import meaning_of
from pushspec.text import counted
from pushspec.timestamps import how_far_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pushspec.apply.classify import CallOutcome
    from pushspec.plan.calls import Call
    from pushspec.tencent.answers import ServiceIds

_SYMBOLS = {
    CallState.SENT: "+",
    CallState.REFUSED: "!",
    CallState.NOT_SENT: "-",
    CallState.IN_DOUBT: "?",
}
_SHOWN_ACCOUNTS = 10


@dataclass
class Tally:
    """How far the calls of a campaign are in this run.

    Attributes:
        key: The campaign.
        calls: Calls that were left when the run began.
        people: The accounts of those calls; 0 where the service alone knows who gets it.
        done_calls: Calls that the service took.
        done_people: Accounts of those, refused ones included.
        refused: How many accounts the service refused, by its code and the endpoint that answered.
        refused_first: The first few of them.
    """

    key: str
    calls: int
    people: int
    done_calls: int = 0
    done_people: int = 0
    refused: Counter[tuple[int, str]] = field(default_factory=Counter)
    refused_first: dict[tuple[int, str], list[str]] = field(default_factory=dict)

    @property
    def is_done(self) -> bool:
        """Whether the service took every call."""
        return self.done_calls >= self.calls

    @property
    def refused_people(self) -> int:
        """Accounts that the service refused."""
        return self.refused.total()

    def add(self, call: Call, outcome: CallOutcome) -> None:
        """Count a call that the service took."""
        self.done_calls += 1
        self.done_people += len(call.accounts)
        for code, accounts in outcome.refused.items():
            reason = (code, call.endpoint.name)
            self.refused[reason] += len(accounts)
            first = self.refused_first.setdefault(reason, [])
            shown = () if call.is_private else accounts[: _SHOWN_ACCOUNTS - len(first)]
            first += shown

    def line(self, elapsed_s: float) -> str:
        """Return how far it is: people of all, their rate, the time left, and how many were refused."""
        if self.is_done:
            return f"  + {self.key}  {self._sent()}\n"
        refused = f", {self.refused_people:,} refused" if self.refused_people else ""
        return f"  … {self.key}  {self._so_far(elapsed_s)}{refused}\n"

    def refused_lines(self) -> str:
        """Return the people whom the service refused so far, a line for each reason."""
        return "".join(
            _refused_line(self.key, code, endpoint, count, self.refused_first[code, endpoint])
            for (code, endpoint), count in self.refused.items()
        )

    def _so_far(self, elapsed_s: float) -> str:
        if not self.people:
            return f"{self.done_calls:,} of {counted(self.calls, 'call')}"
        return how_far_text(self.done_people, self.people, "people", elapsed_s)

    def _sent(self) -> str:
        if self.people:
            return f"sent to {self.people - self.refused_people:,} of {self.people:,} people"
        return "sent" if self.calls == 1 else f"sent in {counted(self.calls, 'call')}"


def outcome_lines(call: Call, attempt: int, outcome: CallOutcome) -> str:
    """Return what became of a call, with the accounts that the service refused.

    Args:
        call: The call.
        attempt: Which attempt it was, counted from 1.
        outcome: What came of it.
    """
    again = f" (attempt {attempt})" if attempt > 1 else ""
    symbol = _SYMBOLS.get(outcome.state, " ")
    return f"  {symbol} {call.key}  {outcome_text(outcome)}{again}\n{refused_lines(call, outcome)}"


def refused_lines(call: Call, outcome: CallOutcome) -> str:
    """Return the people whom the service refused, a line for each reason."""
    return "".join(
        _refused_line(call.key, code, call.endpoint.name, len(accounts), () if call.is_private else accounts)
        for code, accounts in outcome.refused.items()
    )


def _refused_line(key: str, code: int, endpoint: str, count: int, first: Sequence[str]) -> str:
    why = refusal_text(code, endpoint)
    people = f"{count:,} {'person' if count == 1 else 'people'}"
    who = f": {_few(first, count)}" if first else ""
    return f"  ! {key}  {people} refused ({why}){who}\n"


def refusal_text(code: int, endpoint: str) -> str:
    """Return why the service refuses an account: ``the account does not exist, 70107``."""
    meaning = meaning_of(code, endpoint)
    return f"{meaning.meaning}, {code}" if meaning is not None else f"code {code}"


def outcome_text(outcome: CallOutcome) -> str:
    """Return what became of a call, in a line."""
    if outcome.state is CallState.SENT:
        return f"sent  {printable(name_text(outcome.ids))}"
    code = f" ({outcome.code})" if outcome.code is not None else ""
    return f"{outcome.state.value}{code}: {printable(outcome.text)}"


def name_text(ids: ServiceIds) -> str:
    """Return the name of what the service started, ``task …`` or ``message …``; empty where it has none."""
    if ids.task_id:
        return f"task {ids.task_id}"
    return f"message {ids.msg_key}" if ids.msg_key else ""


def ids_text(ids: ServiceIds) -> str:
    """Return all ids of what the service started; empty where it has none."""
    return name_text(ids) + (f", id {ids.msg_id}" if ids.msg_key and ids.msg_id else "")


def _few(first: Sequence[str], count: int) -> str:
    shown = ", ".join(printable(account) for account in first[:_SHOWN_ACCOUNTS])
    more = count - min(len(first), _SHOWN_ACCOUNTS)
    return f"{shown} and {more:,} more (all are in the lockfile)" if more > 0 else shown
