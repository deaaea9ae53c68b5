"""Every row of every source goes through here: wrong accounts become problems, empty values become empty."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pushspec.audience.columnar import ColumnBatch
from pushspec.language import phrase
from pushspec.problems import Level, Location, Problem
from pushspec.spec.account_form import (
    AccountFault,
    account_fault,
    account_warning,
    are_plain,
    is_missing,
)
from pushspec.text import listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pushspec.audience.rows import Batch
    from pushspec.tencent.limits import Limit

_LISTED = 5
"""How many lines a problem names."""


@dataclass(slots=True)
class _Rows:
    """Rows of one file with the same fault."""

    fault: AccountFault
    rule: str
    level: Level
    first: Location
    count: int = 0
    lines: list[int] = field(default_factory=list)
    are_of_result: bool = False

    def add(self, batch: Batch, row: int) -> None:
        self.count += batch.counts[row] if batch.counts else 1
        if len(self.lines) < _LISTED and batch.place is None:
            self.lines.append(batch.lines[row])
            self.are_of_result = batch.query is not None

    def problem(self) -> Problem:
        message, place = self.fault.message, self.first
        if self.are_of_result:  # not every form shows the text of a place
            message, place = (
                phrase("{fault}, in {row}", fault=message, row=place.text),
                replace(place, text=""),
            )
        if self.count > 1:
            lines = self._lines() if self.lines else ""
            message = phrase(
                "{fault}; {count:,} rows are like this{lines}",
                fault=self.fault.message,
                count=self.count,
                lines=lines,
            )
        return Problem(place, self.rule, message, self.fault.hint, self.level)

    def _lines(self) -> str:
        numbers, more = listed(map(str, self.lines)), ", ..." if self.count > len(self.lines) else ""
        if self.are_of_result:
            return phrase(": rows {numbers}{more} of the result", numbers=numbers, more=more)
        return phrase(": lines {numbers}{more}", numbers=numbers, more=more)


class RowCheck:
    """Checks the rows of one source, and remembers what was wrong."""

    def __init__(self, limit: Limit) -> None:
        """Check rows.

        Args:
            limit: How long an account may be.
        """
        self._limit = limit
        self._problems: list[Problem] = []
        self._rows: dict[tuple[str, str], _Rows] = {}

    def sound(self, batches: Iterable[Batch | Problem]) -> Iterator[Batch]:
        """Yield the rows that can be sent to, with an empty text for each personal value that is missing."""
        for batch in batches:
            if isinstance(batch, Problem):
                self._problems.append(batch)
            elif (
                (batch.file or batch.place or batch.query)
                and not batch.is_checked
                and not are_plain(batch.accounts, self._limit)
            ):
                yield _with_missing(
                    batch.only([row for row in range(len(batch.accounts)) if self._is_sound(batch, row)])
                )
            else:  # what stands in the campaign file is checked with it
                yield _with_missing(batch)

    def sound_columns(
        self, batches: Iterable[ColumnBatch | Batch | Problem]
    ) -> Iterator[ColumnBatch | Batch]:
        """Yield the rows that can be sent to, as columns where no account of a batch needs a look."""
        for batch in batches:
            if not isinstance(batch, ColumnBatch):
                yield from self.sound([batch])
            elif batch.is_plain(self._limit):
                yield batch.with_missing()
            else:
                yield from self.sound([batch.rows()])

    def _is_sound(self, batch: Batch, row: int) -> bool:
        account = batch.accounts[row]
        if fault := account_fault(account, self._limit):
            self._note(batch, row, fault, "account-form", Level.ERROR)
            return False
        if warning := account_warning(account, phrase("an account")):
            self._note(batch, row, warning, "account-characters", Level.WARNING)
        return True

    def _note(self, batch: Batch, row: int, fault: AccountFault, rule: str, level: Level) -> None:
        key = (batch.file, fault.kind)
        if key not in self._rows:
            self._rows[key] = _Rows(fault, rule, level, batch.location(row))
        self._rows[key].add(batch, row)

    @property
    def problems(self) -> list[Problem]:
        """All that was wrong so far, rows with the same fault as one problem."""
        return [*self._problems, *(rows.problem() for rows in self._rows.values())]


def _with_missing(batch: Batch) -> Batch:
    missing = {value for column in batch.values for value in set(column) if is_missing(value)}
    if not any(missing):
        return batch
    values = tuple(["" if value in missing else value for value in column] for column in batch.values)
    return replace(batch, values=values)
