"""Every way pushspec stops early, each with the exit code that scripts rely on."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pushspec.disclosure import shown_message
from pushspec.exit_codes import ExitCode
from pushspec.language import Phrase, phrase, plural

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pushspec.problems import Problem


class PushspecError(Exception):
    """The root: a message for people, in plain words, without secrets.

    Attributes:
        exit_code: What the process ends with (the table in ``docs/exit-codes.md``).
        message: What happened, which a view says in the language in force.
        hint: What to do about it; may be empty.
    """

    exit_code: ClassVar[ExitCode] = ExitCode.BUG

    def __init__(self, message: str, *, hint: str = "") -> None:
        shown = shown_message(message)
        super().__init__(shown)
        self.message = shown
        self.hint = shown_message(hint)


class SpecError(PushspecError):
    """The files that people wrote are wrong; nothing was sent."""

    exit_code = ExitCode.INVALID

    def __init__(self, problems: Sequence[Problem]) -> None:
        once = dict.fromkeys(problems)  # several readers of one file find the same in it
        errors = sum(problem.is_error for problem in once)
        super().__init__(plural("{number} error", "{number} errors", errors))
        self.problems = tuple(sorted(once, key=lambda problem: problem.sort_key))

    def __str__(self) -> str:
        """Return how many errors there are, and the first of them: what a traceback shows of this one."""
        first = next((problem for problem in self.problems if problem.is_error), None)
        return f"{self.message}: {first.location}: {first.message}" if first else str(self.message)


class BrokenInvariantError(PushspecError):
    """pushspec contradicts itself: a mistake in it, found before it could do harm."""


class UsageError(PushspecError):
    """Invalid command line."""

    exit_code = ExitCode.USAGE


class InDoubtError(PushspecError):
    """A call's outcome is unknown, or the evidence contradicts the record."""

    exit_code = ExitCode.IN_DOUBT


class RefusedError(PushspecError):
    """Policy, quota, window, freeze, or a stale or changed plan forbids the send."""

    exit_code = ExitCode.REFUSED


class LockError(PushspecError):
    """The lock is held by another run, or the store cannot be reached or trusted."""

    exit_code = ExitCode.LOCKED


class HeldLockError(LockError):
    """Another run holds the lock, and may leave it soon."""


class FencedError(LockError):
    """Another run took over the lockfile: this one may no longer write, and so not send."""


class DamagedLockfileError(LockError):
    """The lockfile is not what pushspec wrote; nothing is guessed from it."""


class MissingLockfileError(LockError):
    """There is no lockfile: it was never begun, or it is lost with everything it recorded."""

    def __init__(self, environment: str, place: str) -> None:
        super().__init__(
            phrase("{environment} has no lockfile at {place} yet", environment=environment, place=place),
            hint=way_to_begin(environment),
        )


def way_to_begin(environment: str) -> Phrase:
    """Return what to do where no lockfile tells what was sent: only a person knows."""
    return phrase(
        "if anything was ever sent from it, bring the lockfile back; "
        "if nothing was: pushspec lock init -e {environment}",
        environment=environment,
    )


class ServiceError(PushspecError):
    """The service cannot be opened here, and nothing was sent."""

    exit_code = ExitCode.LOCKED


class NoAnswerError(ServiceError):
    """The service gave no answer that can be trusted; :attr:`has_left` tells whether it was asked at all.

    Attributes:
        case: What happened, in one word.
        has_left: Whether the request may have reached the service.
    """

    def __init__(self, case: str, text: str, *, has_left: bool, hint: str = "") -> None:
        super().__init__(text, hint=hint)
        self.case = case
        self.has_left = has_left


class OperationRefusedError(ServiceError):
    """The service answered with an error code.

    Attributes:
        code: Its ``ErrorCode``.
    """

    def __init__(self, code: int, text: str, *, hint: str = "") -> None:
        super().__init__(text, hint=hint)
        self.code = code


class CredentialsError(PushspecError):
    """The secret is missing, or the service refused it."""

    exit_code = ExitCode.CREDENTIALS


def message_of(error: Exception) -> str:
    """Return what an error says, as a phrase where it is one; ``str`` would leave its English alone."""
    first = error.args[0] if error.args else ""
    return first if isinstance(first, Phrase) else str(error)
