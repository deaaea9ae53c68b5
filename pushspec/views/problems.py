"""Problems as people read them: the place, the line, what is wrong, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushspec.problems import Level
from pushspec.sanitize import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pushspec.problems import Location, Problem

_LINE_WIDTH = 100
_LEAD = 30
"""How much of a long line stands before the place that is meant."""


def problems_text(problems: Iterable[Problem]) -> str:
    """Return problems in file order, each with its line and a mark under its place."""
    return "".join(
        problem_text(problem) for problem in sorted(problems, key=lambda problem: problem.sort_key)
    )


def problem_text(problem: Problem) -> str:
    """Return one problem as ``file:line:column: level[rule]: message`` with the line and the hint below."""
    head = f"{place_text(problem.location)}: {problem.level}[{problem.rule}]: {printable(problem.message)}\n"
    hint = f"  hint: {printable(problem.hint)}\n" if problem.hint else ""
    return head + _excerpt(problem.location) + hint


def place_text(location: Location) -> str:
    """Return ``file:line:column`` as far as it is known."""
    place = printable(location.file)
    if location.line:
        place += f":{location.line}"
        place += f":{location.column}" if location.column else ""
    return place


def _excerpt(location: Location) -> str:
    if not location.line or not location.text:
        return ""
    from rich.cells import cell_len

    at = max(0, location.column - 1)
    start = at - _LEAD if at > _LINE_WIDTH - _LEAD else 0
    shown = printable(location.text[start : start + _LINE_WIDTH])
    before = cell_len(printable(location.text[start:at]))
    gutter = f"  {location.line} | "
    mark = f"{' ' * (len(gutter) - 2)}| {' ' * before}^\n" if location.column else ""
    return f"{gutter}{shown}\n{mark}"


def tally(problems: Iterable[Problem]) -> str:
    """Return how many errors and warnings there are: ``2 errors, 1 warning``."""
    levels = [problem.level for problem in problems]
    counts = [(levels.count(level), level.value) for level in Level]
    return (
        ", ".join(f"{count} {word}{'' if count == 1 else 's'}" for count, word in counts if count)
        or "no problems"
    )
