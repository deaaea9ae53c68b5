"""Stop a campaign, or let it go on: a person's word, which the lockfile keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushspec.errors import UsageError
from pushspec.language import phrase
from pushspec.lockfile.records import Close, Gate

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pushspec.lockfile.journal import Journal
    from pushspec.lockfile.state import LockState


def stop_campaign(journal: Journal, campaign_key: str, *, by: str, why: str) -> Gate:
    """Let no more calls of a campaign leave, and return what was recorded; a run under way stops soon.

    Raises:
        UsageError: Name or reason is missing.
        LockError: The lockfile cannot be written.
    """
    return _note(journal, Gate(campaign=campaign_key, stage="", verdict="stopped", by=by, why=why))


def continue_campaign(
    journal: Journal, campaign_key: str, *, stage: str, opens: str, by: str, why: str
) -> Gate:
    """Lift a stop, open the gate behind a stage for good, and return what was recorded.

    Args:
        journal: The lockfile.
        campaign_key: ``name@version``.
        stage: The stage behind which the gate stands; empty to open none.
        opens: The stage that it opens.
        by: Who decides.
        why: The reason.

    Raises:
        UsageError: Name or reason is missing.
        LockError: The lockfile cannot be written.
    """
    gate = Gate(campaign=campaign_key, stage=stage, opens=opens, verdict="opened", by=by, why=why)
    return _note(journal, gate)


def record_verdicts(
    journal: Journal, verdicts_of: Callable[[LockState], Sequence[Gate]], *, holder: str
) -> Sequence[Gate]:
    """Take the lock and write down what gates say, and return it; nothing is sent.

    Raises:
        LockError: Another run holds the lock, or the lockfile cannot be written.
    """
    with journal.held(holder=holder, purpose="judge gates", close=Close(why="gates judged")):
        gates = verdicts_of(journal.state)
        if gates:
            journal.append(*gates)
    return gates


def _note(journal: Journal, gate: Gate) -> Gate:
    if not gate.by.strip() or not gate.why.strip():
        raise UsageError(phrase("stopping and continuing need a name and a reason"))
    journal.load()
    journal.append(gate)
    return gate
