"""Say what a lockfile recorded, which is English, in the language in force where the words are ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushspec.api import recorded
from pushspec.language import said

if TYPE_CHECKING:
    from pushspec.lockfile.records import Conflict, Gate, Resolved


def audience_said(text: str) -> str:
    """Return who got it: ``2 accounts of vips``; a text of another form is shown as it is."""
    return said(recorded.audience_phrase(text))


def outcome_said(text: str, code: int | None = None) -> str:
    """Return what became of a call, a recall or a task; the words of others are shown as they are."""
    return said(recorded.outcome_phrase(text, code))


def end_said(why: str) -> str:
    """Return why a run left the lock."""
    return said(recorded.end_phrase(why))


def gate_said(gate: Gate) -> str:
    """Return why a stage waits, opened or was stopped; a person's reason is shown as typed."""
    return said(recorded.gate_phrase(gate))


def resolved_said(record: Resolved | Conflict) -> str:
    """Return on what grounds a call was settled; a person's reason is shown as typed."""
    return said(recorded.resolved_phrase(record))


def purpose_said(text: str) -> str:
    """Return what a run took the lock for."""
    return said(recorded.purpose_phrase(text))


def said_anew(text: str) -> str:
    """Return a phrase in the language in force, recorded values within it, too."""
    return said(recorded.reread(text))
