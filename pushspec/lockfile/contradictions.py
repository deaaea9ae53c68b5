"""The error for a record that cannot be true beside those before it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushspec.errors import DamagedLockfileError
from pushspec.language import phrase

if TYPE_CHECKING:
    from pushspec.lockfile.records import AnyRecord, OutcomeRecord, RecallOutcome


def contradiction(record: AnyRecord | OutcomeRecord | RecallOutcome, why: str) -> DamagedLockfileError:
    """Return the error that says which record contradicts those before it, and how."""
    return DamagedLockfileError(
        phrase(
            "record {seq} of the lockfile ({record}) cannot be true: {why}",
            seq=record.seq,
            record=record.record,
            why=why,
        ),
        hint=phrase("do not edit or merge lockfiles; restore the last good copy"),
    )
