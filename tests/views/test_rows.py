"""Rows of a table end where the terminal does."""

from __future__ import annotations

from rich.cells import cell_len

from pushspec.views.rows import Row, table_lines
from pushspec.views.tones import Tone, unpainted


def test_a_row_fits_a_narrow_terminal() -> None:
    """What stands at its end would go on in the next line otherwise."""
    row = Row("+", Tone.PLAIN, "a-name-of-20-columns", "timpush/batch", "3 accounts", "1 of 2 calls")

    assert max(map(cell_len, table_lines([row], width=60, paint=unpainted))) == 60


def test_a_command_below_a_row_stays_whole() -> None:
    """Somebody pastes it; its end stood in a line of its own, and half a command is another one."""
    command = "pushspec recall a-name-of-20-columns@1 -e sandbox"
    row = Row("=", Tone.DIM, "a-name-of-20-columns@1", "timpush/push", below=[f"to take it back: {command}"])

    narrow, wide = (list(table_lines([row], width=width, paint=unpainted))[1:] for width in (70, 100))

    assert [line.strip() for line in narrow] == ["to take it back:", command]
    assert max(map(cell_len, narrow)) == 70
    assert [line.strip() for line in wide] == [f"to take it back: {command}"]
