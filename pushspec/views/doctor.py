"""Findings about an environment, as text and as JSON: one list, from which the exit code comes, too."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size

from pushspec.api.doctor import Health
from pushspec.language import phrase, said, say
from pushspec.sanitize import printable
from pushspec.views.commands import named_in
from pushspec.views.json_text import json_text
from pushspec.views.tones import Tone, unpainted
from pushspec.views.wrapping import hanging

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pushspec.api.doctor import Finding
    from pushspec.views.tones import Paint

FORMAT_VERSION = 1
_HEALTH = 11
_NAMES = {
    Health.OK: phrase("ok"),
    Health.WARNING: phrase("warning"),
    Health.WRONG: phrase("wrong"),
    Health.NOT_CHECKED: phrase("not checked"),
}
_TONES = {
    Health.OK: Tone.GOOD,
    Health.WARNING: Tone.WARNING,
    Health.WRONG: Tone.ERROR,
    Health.NOT_CHECKED: Tone.DIM,
}
_CHECKS = {
    str(it): it
    for it in (
        phrase("host"),
        phrase("clock"),
        phrase("signature"),
        phrase("administrator"),
        phrase("product"),
        phrase("lockfile"),
        phrase("quota"),
        phrase("audience store"),
        phrase("callbacks"),
    )
}


def _check(finding: Finding) -> str:
    """Return what was looked at; a database by its name."""
    if finding.check.startswith("source "):
        return say("source {name}", name=finding.check.removeprefix("source "))
    return said(_CHECKS.get(finding.check, finding.check))


def doctor_text(
    findings: Sequence[Finding],
    *,
    environment: str,
    folder: Path = Path(),
    width: int = 100,
    paint: Paint = unpainted,
) -> str:
    """Return a line for each finding, its fix below it, and how many there are of each kind."""
    longest = max(cell_len(_check(finding)) for finding in findings)
    lines = [environment, ""]
    for finding in findings:
        shown = _finding_lines(finding, longest, width, folder)
        health = _health(finding)
        lines += [next(shown).replace(health, paint(health, _TONES[finding.health]), 1), *shown]
    found = [finding.health for finding in findings]
    counts = [
        say("{number} {state}", number=found.count(health), state=_NAMES[health])
        for health in Health
        if health in found
    ]
    return "\n".join([*lines, "", say(", ").join(counts)]) + "\n"


def _health(finding: Finding) -> str:
    return set_cell_size(said(_NAMES[finding.health]), _HEALTH)


def _finding_lines(finding: Finding, longest: int, width: int, folder: Path) -> Iterator[str]:
    first = f"  {_health(finding)}  {set_cell_size(_check(finding), longest)}  "
    yield from hanging(printable(said(finding.text)), width, first=first)
    if finding.fix:
        yield from hanging(
            say("fix: {fix}", fix=printable(said(named_in(finding.fix, folder)))),
            width,
            first=" " * cell_len(first),
        )


def doctor_json(findings: Sequence[Finding], *, environment: str) -> str:
    """Return the same as JSON."""
    checks = [
        {"check": it.check, "health": it.health.value, "text": it.text, "fix": it.fix} for it in findings
    ]
    view = {"format_version": FORMAT_VERSION, "environment": environment, "checks": checks}
    return json_text(view)
