"""The last lines of a terminal, drawn over and over while a run sends."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_UP_AND_CLEAR = "\x1b[{}A\r\x1b[J"
"""Up by so many lines, to their start, and everything below goes; the cursor is never hidden."""
_LEAST_ROWS = 3


def can_draw(environ: Mapping[str, str] = os.environ) -> bool:
    """Return whether somebody looks at a terminal whose lines can be drawn again.

    A CI service may give a job a terminal, and keeps every line that was ever drawn.
    """
    is_dumb = environ.get("TERM", "dumb") in {"dumb", "unknown"}
    return sys.stdout.isatty() and not is_dumb and not environ.get("CI")


class LiveArea:
    """Lines at the bottom of a terminal that are replaced by the next ones.

    Not rich's Live, which hides the cursor: a second Ctrl-C ends the process at once and would leave it so.
    """

    def __init__(self) -> None:
        self._drawn = 0

    def over(self, lines: Sequence[str]) -> str:
        """Return what to write so that these lines are below what stays; the last ones must be away.

        Args:
            lines: Those that do not fit the screen are left out.
        """
        columns, rows = shutil.get_terminal_size()
        shown = list(lines)[: max(_LEAST_ROWS, rows - 1)]
        self._drawn = len(shown)
        return "".join(f"{_cut(line, columns - 1)}\n" for line in shown)

    def away(self) -> str:
        """Return what to write so that the lines are gone."""
        text = _UP_AND_CLEAR.format(self._drawn) if self._drawn else ""
        self._drawn = 0
        return text


def _cut(line: str, columns: int) -> str:
    return line if cell_len(line) <= columns else set_cell_size(line, max(columns - 1, 1)).rstrip() + "…"
