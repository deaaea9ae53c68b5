"""Why a recall took nothing back, or not from everybody, in words: from the reasons that the lockfile counts.

The recorded text is that of one reply. It is shown only where no other reply of the attempt can have said it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushspec.language import phrase, said, say
from pushspec.sanitize import printable
from pushspec.tencent.codes import meaning_of, meanings_of
from pushspec.tencent.operations.revoke import REVOKE, WITHDRAW
from pushspec.views.recorded import outcome_said

if TYPE_CHECKING:
    from pushspec.operate.recall_outcome import AnyRecallOutcome

_NOT_ASKED = {
    "deadline": phrase("not asked in time; the next recall asks them"),
    "stopped": phrase("not asked, for somebody stopped it; the next recall asks them"),
    "lease": phrase("not asked, for the lease on the lockfile had ended; the next recall asks them"),
    "clock": phrase("not asked, for this machine's clock was set back; the next recall asks them"),
    "invariant": phrase("not asked, for the lockfile says something else"),
}
"""The cases of requests that pushspec itself held back; these words are all there is to say."""
_NOT_REACHED = {
    "too_late": phrase("not asked any more"),
    "credentials": phrase("the service did not accept who asks"),
    "connect_failed": phrase("no connection"),
    "connection_lost": phrase("the connection broke before the request left"),
    "timeout": phrase("no connection in time"),
}
"""The other cases that are no code of the service; the recorded text says more of them."""
_DONE_BEFORE = ("90050", "20023")


def recall_why(outcome: AnyRecallOutcome) -> str:
    """Return the reasons of an attempt, to stand behind its outcome; empty where there are none."""
    cases = outcome.not_taken_back
    reasons = say(", ").join(f"{number} × {_named(case)}" for case, number in cases.items())
    text = _text(outcome)
    return (f" ({reasons})" if reasons else "") + (f": {text}" if text else "")


def _named(case: str) -> str:
    return said(_NOT_ASKED.get(case) or _NOT_REACHED.get(case) or case)


def _text(outcome: AnyRecallOutcome) -> str:
    cases = outcome.not_taken_back
    meanings = [said(meaning) for meaning in map(_meaning, cases) if meaning]
    if meanings:
        return say("; ").join(meanings)
    if cases.keys() & _NOT_ASKED.keys() or (cases and (outcome.unknown or outcome.taken_back)):
        return ""
    is_of_another = outcome.unknown and outcome.text in map(_meaning, _DONE_BEFORE)
    return "" if is_of_another else printable(outcome_said(outcome.text))


def _meaning(case: str) -> str:
    """Return what a code means where something is taken back; empty for what is no known code."""
    if not case.isdecimal():
        return ""
    rows = meanings_of(int(case))
    fitting = (row for row in rows if row.scope & {REVOKE.path, WITHDRAW.path})
    row = next(fitting, None) or meaning_of(int(case), REVOKE.path)
    return row.meaning if row is not None else ""
