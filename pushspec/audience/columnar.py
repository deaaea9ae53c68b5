"""Rows as Arrow columns: millions are checked and handed on without becoming objects of Python."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

from pushspec.audience.arrow import block, compute
from pushspec.audience.rows import Batch
from pushspec.spec.account_form import MISSING, is_missing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pushspec.problems import Location
    from pushspec.tencent.limits import Limit

_PLAIN = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"


@dataclass(frozen=True, slots=True)
class ColumnBatch:
    """Consecutive rows as Arrow arrays of texts.

    Attributes:
        accounts: One a row; null where there is none.
        values: For each kept column, one value a row.
        file: The file that holds the rows.
        line: The line of the first row; each row takes one line.
        place: Where the query of a database is written, in place of file and line: no message shows its rows.
        counts: How many rows of a database each row stands for; None for one each.
        total: How many rows the database counts, where this batch says it.
    """

    accounts: Any
    values: tuple[Any, ...] = ()
    file: str = ""
    line: int = 0
    place: Location | None = None
    counts: Any = None
    total: int | None = None

    @classmethod
    def of_groups(cls, batch: Any, place: Location) -> Self:  # noqa: ANN401 - pyarrow has no types of its own
        """Return the rows of :func:`pushspec.audience.sources.reading.counted_query`."""
        pa, pc = compute()
        *texts, counts, is_total = batch.columns
        is_total = pc.greater(is_total.cast(pa.int64()), 0)
        totals = pc.filter(counts, is_total).to_pylist()
        accounts, *values = (pc.filter(column, pc.invert(is_total)).cast(pa.string()) for column in texts)
        counts = pc.filter(counts, pc.invert(is_total)).cast(pa.int64())
        total = int(totals[0]) if totals else None
        return cls(accounts, tuple(values), place=place, counts=counts, total=total)

    @property
    def row_count(self) -> int:
        """How many rows of the source these are."""
        if self.counts is None:
            return len(self.accounts)
        _, pc = compute()
        return int(pc.sum(self.counts).as_py() or 0)

    def is_plain(self, limit: Limit) -> bool:
        """Whether no account needs a look: of letters, digits, ``_`` and ``-``, and no word for nothing."""
        pa, pc = compute()
        if not len(self.accounts):
            return True
        lengths = pc.min_max(pc.binary_length(self.accounts)).as_py()
        if self.accounts.null_count or not 1 <= lengths["min"] <= lengths["max"] <= limit.value:
            return False
        if bytes(block(self.accounts)).translate(None, _PLAIN):
            return False
        return not pc.any(pc.is_in(pc.ascii_lower(self.accounts), pa.array(sorted(MISSING)))).as_py()

    def with_missing(self) -> Self:
        """Return the rows with an empty text for each value that means nothing."""
        return replace(self, values=tuple(map(_with_missing, self.values)))

    def rows(self) -> Batch:
        """Return the same rows as objects of Python, with empty texts for nulls."""
        return Batch(
            _texts(self.accounts),
            tuple(map(_texts, self.values)),
            range(self.line, self.line + len(self.accounts)),
            self.file,
            place=self.place,
            counts=() if self.counts is None else self.counts.to_pylist(),
        )


def rows_not_whole(column: Any, counts: Any) -> int:  # noqa: ANN401 - pyarrow has no types of its own
    """Return how many rows of a column of texts hold anything but digits, with or without a minus.

    Args:
        column: A null is a row without a value, and no wrong one.
        counts: How many rows each text stands for.
    """
    _, pc = compute()
    is_other = pc.invert(pc.match_substring_regex(column, "^-?[0-9]+$"))
    return int(pc.sum(pc.filter(counts, is_other)).as_py() or 0)


def is_text_or_whole(kind: Any) -> bool:  # noqa: ANN401 - pyarrow has no types of its own
    """Whether a type is text or whole numbers."""
    pa, _ = compute()
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_integer(kind))


def _texts(column: Any) -> list[str]:  # noqa: ANN401 - pyarrow has no types of its own
    return ["" if value is None else value for value in column.to_pylist()]


def _with_missing(column: Any) -> Any:  # noqa: ANN401 - pyarrow has no types of its own
    pa, pc = compute()
    column = pc.fill_null(column, "")
    found: Sequence[str] = [value for value in pc.unique(column).to_pylist() if is_missing(value)]
    if not any(found):
        return column
    return pc.if_else(pc.is_in(column, pa.array(found)), "", column)
