"""Problems as GitHub's workflow commands: a remark on each line of the pull request.

Values are escaped as https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts does; whatever
a file says, it can neither end its command nor begin another one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushspec.sanitize import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pushspec.problems import Problem

_DATA = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY = _DATA | str.maketrans({":": "%3A", ",": "%2C"})


def problems_github(problems: Iterable[Problem]) -> str:
    """Return a workflow command a problem, in file order."""
    ordered = sorted(problems, key=lambda problem: problem.sort_key)
    return "".join(f"{_command(problem)}\n" for problem in ordered)


def _command(problem: Problem) -> str:
    location = problem.location
    properties = {"title": problem.rule, "file": printable(location.file)}
    properties |= {"line": str(location.line)} if location.line else {}
    properties |= {"col": str(location.column)} if location.line and location.column else {}
    written = ",".join(f"{name}={value.translate(_PROPERTY)}" for name, value in properties.items())
    text = printable(problem.message) + (f"\n{printable(problem.hint)}" if problem.hint else "")
    return f"::{problem.level} {written}::{text.translate(_DATA)}"
