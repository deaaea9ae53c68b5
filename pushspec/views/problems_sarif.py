"""Problems as SARIF 2.1.0, which code hosts and editors read."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from urllib.parse import quote

from pushspec.sanitize import printable
from pushspec.views.json_text import json_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pushspec.problems import Location, Problem
    from pushspec.serialization import Json

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json"


def problems_sarif(problems: Sequence[Problem], *, version: str) -> str:
    """Return problems as one SARIF run, in file order.

    Args:
        problems: What to report.
        version: Of pushspec.
    """
    ordered = sorted(problems, key=lambda problem: problem.sort_key)
    rules = sorted({problem.rule for problem in ordered})
    driver = {"name": "pushspec", "version": version, "rules": [{"id": rule} for rule in rules]}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(problem, rules.index(problem.rule)) for problem in ordered],
    }
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return json_text(log)


def _result(problem: Problem, rule: int) -> dict[str, Json]:
    text = printable(problem.message) + (f". {printable(problem.hint)}" if problem.hint else "")
    return {
        "ruleId": problem.rule,
        "ruleIndex": rule,
        "level": problem.level.value,
        "message": {"text": text},
        "locations": [{"physicalLocation": _place(problem.location)}],
    }


def _place(location: Location) -> dict[str, Json]:
    place: dict[str, Json] = {"artifactLocation": {"uri": quote(os.fsencode(location.file))}}
    if location.line:
        place["region"] = {"startLine": location.line}
        place["region"] |= {"startColumn": location.column} if location.column else {}
    return place
