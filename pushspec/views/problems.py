"""Problems as people read them: the place, the line, what is wrong, and what to do."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from pushspec.language import phrase, plural, said, say
from pushspec.problems import Level
from pushspec.sanitize import printable
from pushspec.text import few_text
from pushspec.views.recorded import said_anew
from pushspec.views.tones import Tone, labelled, unpainted
from pushspec.views.wrapping import folded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from pushspec.problems import Location, Problem
    from pushspec.views.tones import Paint

_LEVELS = {Level.ERROR: phrase("error"), Level.WARNING: phrase("warning")}
_FEW = 3
"""How many problems with the same message are shown one by one; nobody reads more."""
_MOST = 50
"""How many different problems are shown before the rest is counted; each takes up to four lines."""
_TONES = {Level.ERROR: Tone.ERROR, Level.WARNING: Tone.WARNING}
_LINE_WIDTH = 100
_UNBOUNDED = 1_000_000
_LEAD = 30
"""How many characters of a long line to show before the place."""


def problems_text(
    problems: Iterable[Problem],
    *,
    command: str = "",
    with_all: bool = False,
    paint: Paint = unpainted,
    width: int = _UNBOUNDED,
) -> str:
    """Return problems in file order, each with its line; what many share is said once, with a few places.

    Args:
        problems: What was found.
        command: What shows all of them, where the first are enough, errors before warnings.
        with_all: Show each at its place, also what many share.
        paint: Colours a text.
        width: Columns at which a hint folds.
    """
    groups = grouped(problems)
    shown, rest = groups, ""
    if command and len(groups) > _MOST:
        by_weight = sorted(groups, key=lambda group: (group[0].level, group[0].sort_key))
        shown = sorted(by_weight[:_MOST], key=lambda group: group[0].sort_key)
        rest = _rest_text(by_weight[_MOST:], command, paint)
    texts = (
        _shared_text(alike, paint, width)
        if len(alike) > _FEW and not with_all
        else "".join(problem_text(problem, paint, width) for problem in alike)
        for alike in shown
    )
    return "".join(texts) + rest


def _rest_text(groups: Iterable[Sequence[Problem]], command: str, paint: Paint) -> str:
    """Return how many more problems there are of each rule, most first, and what shows them."""
    counts = Counter(problem.rule for group in groups for problem in group)
    by_rule = [
        f"{count:,} {rule}" for rule, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    ]
    told = say(
        "and {count:,} more: {rules}; `{command}` shows all",
        count=counts.total(),
        rules=said(few_text(by_rule[:_FEW], len(by_rule))),
        command=command,
    )
    return paint(told, Tone.BOLD) + "\n"


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


def few_of_each_text(
    problems: Iterable[Problem], *, command: str, paint: Paint = unpainted, width: int = _UNBOUNDED
) -> str:
    """Return problems as ``problems_text`` does, of each rule a few, and how many more there are.

    Args:
        problems: What was found.
        command: What shows all of them.
        paint: Colours a text.
        width: Columns at which a hint folds.
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
    return problems_text(shown, paint=paint, width=width) + "".join(rest)


def shared_place(alike: Sequence[Problem]) -> str:
    """Return the first few places of problems that say the same, and how many more there are."""
    return few_text([printable(str(problem.location)) for problem in alike[:_FEW]], len(alike))


def _shared_text(alike: Sequence[Problem], paint: Paint, width: int) -> str:
    first = alike[0]
    return _head(said(shared_place(alike)), first, paint) + _hint(first, paint, width)


def problem_text(problem: Problem, paint: Paint = unpainted, width: int = _UNBOUNDED) -> str:
    """Return one problem as ``file:line:column: level[rule]: message`` with the line and the hint below."""
    tone = _TONES[problem.level]
    excerpt = _excerpt(problem.location, lambda text: paint(text, tone))
    return _head(printable(str(problem.location)), problem, paint) + excerpt + _hint(problem, paint, width)


def _head(place: str, problem: Problem, paint: Paint) -> str:
    level = paint(f"{said(_LEVELS[problem.level])}[{problem.rule}]", _TONES[problem.level])
    message = printable(said_anew(problem.message))
    head = say("{place}: {level}: {message}", place=paint(place, Tone.BOLD), level=level, message=message)
    return f"{head}\n"


def _hint(problem: Problem, paint: Paint, width: int) -> str:
    if not problem.hint:
        return ""
    hint = say("hint: {hint}", hint=printable(said_anew(problem.hint)))
    first, *more = (line.removeprefix("  ") for line in folded(f"  {hint}", width))
    return "".join(f"  {line}\n" for line in (labelled(first, paint), *more))


def _excerpt(location: Location, marked: Callable[[str], str]) -> str:
    if not location.line or not location.text:
        return ""
    from rich.cells import cell_len

    at = max(0, location.column - 1)
    start = at - _LEAD if at > _LINE_WIDTH - _LEAD else 0
    text = said(location.text)
    shown = printable(text[start : start + _LINE_WIDTH])
    before = cell_len(printable(text[start:at]))
    gutter = f"  {location.line} | "
    mark = f"{' ' * (len(gutter) - 2)}| {' ' * before}{marked('^')}\n" if location.column else ""
    return f"{gutter}{shown}\n{mark}"


def tally(problems: Iterable[Problem]) -> str:
    """Return how many errors and warnings there are: ``2 errors, 1 warning``."""
    levels = [problem.level for problem in problems]
    errors, warnings = (levels.count(level) for level in (Level.ERROR, Level.WARNING))
    counts = [plural("{number} error", "{number} errors", errors)] if errors else []
    counts += [plural("{number} warning", "{number} warnings", warnings)] if warnings else []
    return say(", ").join(map(said, counts)) or say("no problems")
