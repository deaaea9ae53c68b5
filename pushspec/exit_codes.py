"""What a command ends with: the codes, and the one function that decides between them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class ExitCode(IntEnum):
    """What the process ends with; scripts rely on it (``docs/exit-codes.md``)."""

    DONE = 0
    INVALID = 1
    USAGE = 2
    BUG = 3
    PENDING = 4
    IN_DOUBT = 5
    REFUSED = 6
    PARTIAL = 7
    LOCKED = 8
    CREDENTIALS = 9
    INTERRUPTED = 130


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a command ended, as far as its exit code depends on it.

    Attributes:
        error: The code of what kept the lockfile from being written.
        is_in_doubt: The outcome of a call is unknown, or evidence contradicts the record.
        is_locked_out: The lockfile went out of reach.
        is_interrupted: Somebody stopped it.
        are_credentials_refused: The service refused the secret.
        has_sent: Something was sent.
        is_incomplete: Something due was not sent, accounts were refused, or a campaign was held back.
        is_pending: Something would be sent, and the caller asked to be told.
    """

    error: ExitCode | None = None
    is_in_doubt: bool = False
    is_locked_out: bool = False
    is_interrupted: bool = False
    are_credentials_refused: bool = False
    has_sent: bool = False
    is_incomplete: bool = False
    is_pending: bool = False


def decide(ending: Ending) -> ExitCode:
    """Return the exit code: of all that holds, what a person has to know first."""
    if ending.error is not None:
        return ending.error
    if ending.is_in_doubt:
        return ExitCode.IN_DOUBT
    if ending.is_locked_out:
        return ExitCode.LOCKED
    if ending.is_interrupted:
        return ExitCode.INTERRUPTED
    if ending.are_credentials_refused and not ending.has_sent:
        return ExitCode.CREDENTIALS
    if ending.is_incomplete:
        return ExitCode.PARTIAL if ending.has_sent else ExitCode.REFUSED
    return ExitCode.PENDING if ending.is_pending else ExitCode.DONE
