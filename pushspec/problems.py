"""A problem in a file: what is wrong, where, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pushspec.disclosure import shown_message


class Level(StrEnum):
    """How much a problem weighs: an error stops the run, a warning is shown."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A place in a file that a person wrote.

    Attributes:
        file: Path relative to the project folder, with forward slashes.
        line: Counted from 1; 0 when the file as a whole is meant.
        column: Counted from 1, in characters; 0 when the line as a whole is meant.
        text: The line itself, without its line break, for showing under the message.
    """

    file: str
    line: int = 0
    column: int = 0
    text: str = ""

    def __str__(self) -> str:
        """Return ``file:line:column`` as far as it is known."""
        return ":".join(str(part) for part in (self.file, self.line, self.column) if part)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong.

    Attributes:
        location: Where.
        rule: The rule's name in kebab-case; it has an entry in ``docs/rules.md``.
        message: What is wrong, one sentence, no final full stop.
        hint: What to do about it; empty when the message already says so.
        level: Error or warning.
    """

    location: Location
    rule: str
    message: str
    hint: str = ""
    level: Level = Level.ERROR

    def __post_init__(self) -> None:
        """Hide user info and queries of the addresses that the words quote."""
        object.__setattr__(self, "message", shown_message(self.message))
        object.__setattr__(self, "hint", shown_message(self.hint))

    @property
    def is_error(self) -> bool:
        """Whether this stops the run."""
        return self.level is Level.ERROR

    @property
    def sort_key(self) -> tuple[Location, Level, str, str]:
        """Problems are shown in file order, errors before warnings at one place."""
        return (self.location, self.level, self.rule, self.message)
