"""Findings about an environment, as text and as JSON: one list, from which the exit code comes, too."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pushspec.api.doctor import Health
from pushspec.sanitize import printable
from pushspec.views.tones import Tone, unpainted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pushspec.api.doctor import Finding
    from pushspec.views.tones import Paint

FORMAT_VERSION = 1
_TONES = {
    Health.OK: Tone.GOOD,
    Health.WARNING: Tone.WARNING,
    Health.WRONG: Tone.ERROR,
    Health.NOT_CHECKED: Tone.DIM,
}


def doctor_text(findings: Sequence[Finding], *, environment: str, paint: Paint = unpainted) -> str:
    """Return a line for each finding, its fix below it, and how many there are of each kind."""
    width = max(len(finding.check) for finding in findings)
    lines = [environment, ""]
    for finding in findings:
        health = paint(f"{finding.health:<11}", _TONES[finding.health])
        lines.append(f"  {health}  {finding.check:<{width}}  {printable(finding.text)}")
        if finding.fix:
            lines.append(f"  {'':<11}  {'':<{width}}  fix: {printable(finding.fix)}")
    found = [finding.health for finding in findings]
    counts = [f"{found.count(health)} {health}" for health in Health if health in found]
    return "\n".join([*lines, "", ", ".join(counts)]) + "\n"


def doctor_json(findings: Sequence[Finding], *, environment: str) -> str:
    """Return the same as JSON."""
    checks = [
        {"check": it.check, "health": it.health.value, "text": it.text, "fix": it.fix} for it in findings
    ]
    view = {"format_version": FORMAT_VERSION, "environment": environment, "checks": checks}
    return json.dumps(view, ensure_ascii=False, indent=2) + "\n"
