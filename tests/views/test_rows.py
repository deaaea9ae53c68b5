"""Rows of a table end where the terminal does."""

from __future__ import annotations

from rich.cells import cell_len

from pushspec.views.rows import Row, table_lines
from pushspec.views.tones import Tone, unpainted


def test_a_row_fits_a_narrow_terminal() -> None:
    """What stands at its end would go on in the next line otherwise."""
    row = Row("+", Tone.PLAIN, "a-name-of-20-columns", "timpush/batch", "3 accounts", "1 of 2 calls")

    assert max(map(cell_len, table_lines([row], width=60, paint=unpainted))) == 60
