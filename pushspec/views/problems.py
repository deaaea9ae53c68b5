"""Problems as people read them: the place, the line, what is wrong, and what to do."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from pushspec.language import phrase, plural, said, say
from pushspec.problems import Level
from pushspec.sanitize import printable
from pushspec.text import few_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pushspec.problems import Location, Problem

_LEVELS = {Level.ERROR: phrase("error"), Level.WARNING: phrase("warning")}
_FEW = 3
"""How many problems with the same message are shown one by one; nobody reads more."""
_LINE_WIDTH = 100
_LEAD = 30
"""How many characters of a long line to show before the place."""


def problems_text(problems: Iterable[Problem]) -> str:
    """Return problems in file order, each with its line; what many share is said once, with a few places."""
    return "".join(
        _shared_text(alike) if len(alike) > _FEW else "".join(map(problem_text, alike))
        for alike in grouped(problems)
    )


def grouped(problems: Iterable[Problem]) -> list[list[Problem]]:
    """Return problems in file order, more than a few that say the same together at the first of them."""
    found: dict[tuple[str, ...], list[Problem]] = {}
    for problem in sorted(problems, key=lambda problem: problem.sort_key):
        said = (problem.level.value, problem.rule, problem.message, problem.hint)
        found.setdefault(said, []).append(problem)
    groups = [
        group
        for alike in found.values()
        for group in ([alike] if len(alike) > _FEW else [[problem] for problem in alike])
    ]
    return sorted(groups, key=lambda group: group[0].sort_key)


def few_of_each_text(problems: Iterable[Problem], *, command: str) -> str:
    """Return problems as ``problems_text`` does, of each rule a few, and how many more there are.

    Args:
        problems: What was found.
        command: What shows all of them.
    """
    shown, more = [], Counter[str]()
    seen = Counter[str]()
    for alike in grouped(problems):
        rule = alike[0].rule
        seen[rule] += 1
        if seen[rule] <= _FEW:
            shown += alike
        else:
            more[rule] += len(alike)
    rest = (
        say("and {count:,} more of {rule}: `{command}` shows all\n", count=count, rule=rule, command=command)
        for rule, count in more.items()
    )
    return problems_text(shown) + "".join(rest)


def shared_place(alike: Sequence[Problem]) -> str:
    """Return the first few places of problems that say the same, and how many more there are."""
    return few_text([place_text(problem.location) for problem in alike[:_FEW]], len(alike))


def _shared_text(alike: Sequence[Problem]) -> str:
    first = alike[0]
    return _head(said(shared_place(alike)), first) + _hint(first)


def problem_text(problem: Problem) -> str:
    """Return one problem as ``file:line:column: level[rule]: message`` with the line and the hint below."""
    return _head(place_text(problem.location), problem) + _excerpt(problem.location) + _hint(problem)


def _head(place: str, problem: Problem) -> str:
    level, message = _LEVELS[problem.level], printable(said(problem.message))
    head = say(
        "{place}: {level}[{rule}]: {message}", place=place, level=level, rule=problem.rule, message=message
    )
    return f"{head}\n"


def _hint(problem: Problem) -> str:
    return f"  {say('hint: {hint}', hint=printable(said(problem.hint)))}\n" if problem.hint else ""


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
    errors, warnings = (levels.count(level) for level in (Level.ERROR, Level.WARNING))
    counts = [plural("{number} error", "{number} errors", errors)] if errors else []
    counts += [plural("{number} warning", "{number} warnings", warnings)] if warnings else []
    return say(", ").join(map(said, counts)) or say("no problems")
