"""A database's result that was cut off on its way is refused: it would miss people, or exclude too few."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from pushspec.audience.rows import FormatError
from pushspec.audience.sources.reading import source_batches
from pushspec.audience.sources.source import Column, Dialect
from pushspec.problems import Location

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class Wire:
    """A database behind a connection: two people in three rows, then the row that counts all of them."""

    dialect = Dialect('"', "cast({} as text)")

    def __init__(self, *, keeps: list[int]) -> None:
        """Let these of its rows through, by number."""
        self._keeps = keeps

    def columns(self, sql: str) -> Sequence[Column]:
        del sql
        return [Column("id", "text", is_text_or_whole=True)]

    def batches(self, sql: str) -> Iterator[pa.RecordBatch]:
        del sql
        rows = {"k0": ["ada", "lin", None], "n": [2, 1, 3], "is_total": [0, 0, 1]}
        yield pa.RecordBatch.from_pydict(rows).take(pa.array(self._keeps, pa.int64()))


def _pull(keeps: list[int]) -> list[int]:
    source = Wire(keeps=keeps)
    return [it.row_count for it in source_batches(source, "select id from m", None, (), Location("a.yaml"))]


def test_a_whole_result_adds_up() -> None:
    """Three rows of two people."""
    assert sum(_pull([0, 1, 2])) == 3


@pytest.mark.parametrize("keeps", [[], [0], [0, 1], [2], [0, 2], [1, 2]])
def test_a_result_without_all_its_rows_is_refused(keeps: list[int]) -> None:
    """The row of the total may come first or last, so it may be there although people are missing."""
    with pytest.raises(FormatError, match="the result was cut off"):
        _pull(keeps)
