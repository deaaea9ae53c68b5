"""What became of a call or of a campaign's calls so far, in a line, and who was refused in words."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pushspec.language import phrase, plural, said, say
from pushspec.lockfile.histories import CallState, RecallState
from pushspec.sanitize import printable
from pushspec.tencent.codes import meaning_of
from pushspec.text import counted, listed
from pushspec.timestamps import how_far_text
from pushspec.views.recorded import outcome_said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pushspec.apply.classify import CallOutcome
    from pushspec.language import Phrase
    from pushspec.plan.calls import Call
    from pushspec.tencent.answers import ServiceIds

_SYMBOLS = {
    CallState.SENT: "+",
    CallState.REFUSED: "!",
    CallState.NOT_SENT: "-",
    CallState.IN_DOUBT: "?",
}
_STATES = {
    CallState.INTENDED: phrase("under way"),
    CallState.SENT: phrase("sent"),
    CallState.REFUSED: phrase("refused"),
    CallState.NOT_SENT: phrase("not sent"),
    CallState.IN_DOUBT: phrase("in doubt"),
    CallState.ABANDONED: phrase("abandoned"),
}
_RECALLS = {
    RecallState.INTENDED: phrase("under way"),
    RecallState.TAKEN_BACK: phrase("taken back"),
    RecallState.NOT_TAKEN_BACK: phrase("not taken back"),
    RecallState.IN_DOUBT: phrase("unknown"),
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
        refused = say(", {people:,} refused", people=self.refused_people) if self.refused_people else ""
        return f"  … {self.key}  {self._so_far(elapsed_s)}{refused}\n"

    def refused_lines(self) -> str:
        """Return the people whom the service refused so far, a line for each reason."""
        return "".join(
            _refused_line(self.key, code, endpoint, count, self.refused_first[code, endpoint])
            for (code, endpoint), count in self.refused.items()
        )

    def _so_far(self, elapsed_s: float) -> str:
        if not self.people:
            return say("{done:,} of {calls}", done=self.done_calls, calls=counted(self.calls, "call"))
        return said(how_far_text(self.done_people, self.people, phrase("people"), elapsed_s))

    def _sent(self) -> str:
        if self.people:
            return say(
                "sent to {reached:,} of {people}",
                reached=self.people - self.refused_people,
                people=people_text(self.people),
            )
        return say("sent") if self.calls == 1 else say("sent in {calls}", calls=counted(self.calls, "call"))


def outcome_lines(call: Call, attempt: int, outcome: CallOutcome) -> str:
    """Return what became of a call, with the accounts that the service refused.

    Args:
        call: The call.
        attempt: Which attempt it was, counted from 1.
        outcome: What came of it.
    """
    again = say(" (attempt {attempt})", attempt=attempt) if attempt > 1 else ""
    symbol = _SYMBOLS.get(outcome.state, " ")
    if outcome.state is CallState.REFUSED and outcome.refused:  # every account: these lines say why
        return refused_lines(call, outcome)
    return f"  {symbol} {call.key}  {outcome_text(outcome)}{again}\n{refused_lines(call, outcome)}"


def refused_lines(call: Call, outcome: CallOutcome) -> str:
    """Return the people whom the service refused, a line for each reason."""
    return "".join(
        _refused_line(call.key, code, call.endpoint.name, len(accounts), () if call.is_private else accounts)
        for code, accounts in outcome.refused.items()
    )


def _refused_line(key: str, code: int, endpoint: str, count: int, first: Sequence[str]) -> str:
    why = refusal_text(code, endpoint)
    people = people_text(count)
    who = say(": {accounts}", accounts=_few(first, count)) if first else ""
    return say("  ! {key}  {people} refused ({why}){who}\n", key=key, people=people, why=why, who=who)


def people_text(number: int) -> Phrase:
    """Return ``1 person``, ``2,000 people``."""
    return plural("{number:,} person", "{number:,} people", number)


def refusal_text(code: int, endpoint: str) -> str:
    """Return why the service refuses an account: ``the account does not exist, 70107``."""
    meaning = meaning_of(code, endpoint)
    return (
        say("{meaning}, {code}", meaning=meaning.meaning, code=code)
        if meaning is not None
        else say("code {code}", code=code)
    )


def call_state_name(state: CallState) -> str:
    """Return the name of what became of a call."""
    return said(_STATES[state])


def recall_state_name(state: RecallState) -> str:
    """Return the name of what became of a recall."""
    return said(_RECALLS[state])


def outcome_text(outcome: CallOutcome) -> str:
    """Return what became of a call, in a line."""
    if outcome.state is CallState.SENT:
        return say("sent  {name}", name=printable(name_text(outcome.ids)))
    code = f" ({outcome.code})" if outcome.code is not None else ""
    state, text = call_state_name(outcome.state), printable(outcome_said(outcome.text, outcome.code))
    return say("{state}{code}: {text}", state=state, code=code, text=text)


def name_text(ids: ServiceIds) -> str:
    """Return the name of what the service started, ``task …`` or ``message …``; empty where it has none."""
    if ids.task_id:
        return say("task {task_id}", task_id=ids.task_id)
    return say("message {msg_key}", msg_key=ids.msg_key) if ids.msg_key else ""


def ids_text(ids: ServiceIds) -> str:
    """Return all ids of what the service started; empty where it has none."""
    return name_text(ids) + (say(", id {msg_id}", msg_id=ids.msg_id) if ids.msg_key and ids.msg_id else "")


def _few(first: Sequence[str], count: int) -> str:
    shown = said(listed(printable(account) for account in first[:_SHOWN_ACCOUNTS]))
    more = count - min(len(first), _SHOWN_ACCOUNTS)
    return (
        say("{shown} and {more:,} more (all are in the lockfile)", shown=shown, more=more)
        if more > 0
        else shown
    )
