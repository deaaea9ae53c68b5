"""Rows of a source, many at a time: the accounts, the personalizing values, and the place of each row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pushspec.disclosure import shown_message, shown_row
from pushspec.errors import message_of
from pushspec.language import phrase
from pushspec.problems import Location, Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

_SHOWN = 200
"""How many characters of a row a problem shows."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Consecutive rows.

    Attributes:
        accounts: One a row, as written.
        values: For each personalizing column, one value a row.
        lines: The line of each row, counted from 1.
        file: The file that holds the rows; empty for accounts of the campaign file itself.
        is_private: The rows were checked before, and no message may show one.
        place: The one place of all rows, where no message may show one.
        query: The place of the query whose result the rows are; ``lines`` count its rows.
        counts: How many rows of the source each one stands for; empty for one each.
    """

    accounts: Sequence[str]
    values: tuple[Sequence[str], ...] = ()
    lines: Sequence[int] = ()
    file: str = ""
    is_private: bool = False
    place: Location | None = None
    counts: Sequence[int] = ()
    query: Location | None = None

    @property
    def row_count(self) -> int:
        """How many rows of the source these are."""
        return sum(self.counts) if self.counts else len(self.accounts)

    def location(self, row: int) -> Location:
        """Return the place of a row of a file."""
        if self.place is not None:
            return self.place
        if self.is_private:
            return Location(self.file)
        shown = ",".join((self.accounts[row], *(column[row] for column in self.values)))
        shown = shown_row(shown)[:_SHOWN]
        if self.query is not None:
            named = phrase("row {number} of the result: {row}", number=self.lines[row], row=shown)
            return Location(self.query.file, self.query.line, text=named)
        return Location(self.file, self.lines[row], 1, shown)

    def only(self, rows: Sequence[int]) -> Batch:
        """Return the batch with some of its rows."""
        return Batch(
            [self.accounts[row] for row in rows],
            tuple([column[row] for row in rows] for column in self.values),
            [self.lines[row] for row in rows] if self.lines else (),
            self.file,
            self.is_private,
            self.place,
            [self.counts[row] for row in rows] if self.counts else (),
            self.query,
        )


class FormatError(Exception):
    """A file of accounts is not what its name says.

    Attributes:
        rule: The rule that it breaks.
        line: Where, counted from 1; 0 for the file as a whole.
        text: The line itself.
        hint: What to do about it; may be empty.
        bare: Message and hint without what the file holds, where these show it: a header may be a person.
        file: The file, where it is not the one that the reader was told to read.
    """

    def __init__(
        self,
        rule: str,
        message: str,
        line: int = 0,
        *,
        text: str = "",
        hint: str = "",
        bare: tuple[str, str] | None = None,
    ) -> None:
        super().__init__(shown_message(message))
        self.rule = rule
        self.line = line
        self.text = shown_row(text)[:_SHOWN]
        self.hint = shown_message(hint)
        self.bare = bare or (message, hint)
        self.file = ""

    def problem(self, file: str, *, shows_rows: bool = True) -> Problem:
        """Return it as a problem of a file, without anything that the file holds unless rows may be shown."""
        if shows_rows:
            return Problem(Location(file, self.line, text=self.text), self.rule, message_of(self), self.hint)
        return Problem(Location(file, self.line), self.rule, *self.bare)
