"""What a run did, and the exit code that says so."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from pushspec.exit_codes import Ending, ExitCode, decide

if TYPE_CHECKING:
    from pushspec.errors import PushspecError


class Stop(StrEnum):
    """Why a run took no more calls."""

    DONE = "done"
    INTERRUPTED = "interrupted"
    IN_DOUBT = "in doubt"
    TIME = "out of time"
    QUOTA = "quota used up"
    NO_CONNECTION = "no connection"
    CLOCK = "clock is wrong"
    FROZEN = "frozen"
    CREDENTIALS = "credentials refused"
    LOCK = "lockfile out of reach"
    LIST = "list out of reach"


@dataclass(frozen=True, slots=True)
class RunResult:
    """What a run did.

    Attributes:
        stop: Why it took no more calls.
        text: The same in a sentence; empty when it is done.
        sent: Calls that the service took.
        refused: Calls that the service refused.
        not_sent: Calls that certainly did not leave.
        in_doubt: Calls of this run whose outcome is unknown.
        left: Calls that were due and not tried.
        refused_accounts: Accounts that the service refused within calls it took.
        doubts: Keys in doubt in the whole lockfile, when the run was over.
        conflicts: Calls with evidence against the record.
        held_back: Campaigns of the plan that were no part of the run: changed, blocked or frozen.
        mostly_refused: Campaigns that policy ``max-refused`` stopped.
        stopped: Campaigns that a condition of their rollout, or a person, stopped.
        untold: Notices that could not be told, in words.
        made: Tasks that the service keeps since this run.
        rescheduled: Tasks that it took a change of.
        cancelled: Tasks that it keeps no longer.
        open_tasks: Campaigns whose tasks are not what they should be, in words.
        error: What kept the lockfile from being written.
    """

    stop: Stop
    text: str = ""
    sent: int = 0
    refused: int = 0
    not_sent: int = 0
    in_doubt: int = 0
    left: int = 0
    refused_accounts: int = 0
    doubts: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    held_back: tuple[str, ...] = ()
    mostly_refused: tuple[str, ...] = ()
    stopped: tuple[str, ...] = ()
    untold: tuple[str, ...] = ()
    made: int = 0
    rescheduled: int = 0
    cancelled: int = 0
    open_tasks: tuple[str, ...] = ()
    error: PushspecError | None = None

    @property
    def exit_code(self) -> ExitCode:
        """The exit code by the table in ``docs/exit-codes.md``."""
        return decide(
            Ending(
                error=None if self.error is None else self.error.exit_code,
                is_in_doubt=bool(self.doubts or self.in_doubt or self.conflicts),
                is_locked_out=self.stop is Stop.LOCK,
                is_interrupted=self.stop is Stop.INTERRUPTED,
                are_credentials_refused=self.stop is Stop.CREDENTIALS,
                has_sent=bool(self.sent or self.made or self.rescheduled or self.cancelled),
                is_incomplete=bool(
                    self.refused
                    or self.not_sent
                    or self.left
                    or self.refused_accounts
                    or self.held_back
                    or self.stopped
                    or self.open_tasks
                ),
            )
        )
