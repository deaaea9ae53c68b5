"""Rows of a source, many at a time: the accounts, the personalizing values, and the place of each row.

No message shows what a row holds, only where it stands: whoever is in a list of the repository may be in a
pinned one as well, and a message goes into tickets, pull requests and logs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pushspec.disclosure import shown_message
from pushspec.errors import message_of
from pushspec.language import phrase
from pushspec.problems import Location, Problem

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Batch:
    """Consecutive rows.

    Attributes:
        accounts: One a row, as written.
        values: For each personalizing column, one value a row.
        lines: The line of each row, counted from 1.
        file: The file that holds the rows; empty for accounts of the campaign file itself.
        is_checked: The rows were checked before, and no line of a file holds them.
        place: The one place of all rows.
        query: The place of the query whose result the rows are; ``lines`` count its rows.
        counts: How many rows of the source each one stands for; empty for one each.
    """

    accounts: Sequence[str]
    values: tuple[Sequence[str], ...] = ()
    lines: Sequence[int] = ()
    file: str = ""
    is_checked: bool = False
    place: Location | None = None
    counts: Sequence[int] = ()
    query: Location | None = None

    @property
    def row_count(self) -> int:
        """How many rows of the source these are."""
        return sum(self.counts) if self.counts else len(self.accounts)

    def location(self, row: int) -> Location:
        """Return the place of a row: its line, whatever column the account is in."""
        if self.place is not None:
            return self.place
        if self.is_checked:
            return Location(self.file)
        if self.query is not None:
            named = phrase("row {number} of the result", number=self.lines[row])
            return Location(self.query.file, self.query.line, text=named)
        return Location(self.file, self.lines[row])

    def only(self, rows: Sequence[int]) -> Batch:
        """Return the batch with some of its rows."""
        return Batch(
            [self.accounts[row] for row in rows],
            tuple([column[row] for row in rows] for column in self.values),
            [self.lines[row] for row in rows] if self.lines else (),
            self.file,
            self.is_checked,
            self.place,
            [self.counts[row] for row in rows] if self.counts else (),
            self.query,
        )


class FormatError(Exception):
    """A file of accounts is not what its name says; none of its words are the file's, not even of its header.

    Attributes:
        rule: The rule that it breaks.
        line: Where, counted from 1; 0 for the file as a whole.
        hint: What to do about it; may be empty.
        file: The file, where it is not the one that the reader was told to read.
    """

    def __init__(self, rule: str, message: str, line: int = 0, *, hint: str = "") -> None:
        super().__init__(shown_message(message))
        self.rule = rule
        self.line = line
        self.hint = shown_message(hint)
        self.file = ""

    def problem(self, file: str) -> Problem:
        """Return it as a problem of a file."""
        return Problem(Location(file, self.line), self.rule, message_of(self), self.hint)
