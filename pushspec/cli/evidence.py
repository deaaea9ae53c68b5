"""Look for evidence on calls in doubt before a person has to."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pushspec.api.evidence import Findings
    from pushspec.api.project import LoadedProject


def look_for_evidence(project: LoadedProject, *, key: str | None = None) -> Findings:
    """Gather evidence, settle what is proved, and tell what could not be asked.

    Args:
        project: The project, at the environment.
        key: Only this call; all of them when left out.
    """
    from pushspec.api.evidence import gather_evidence, settle_proved
    from pushspec.cli.output import tell
    from pushspec.clock import SystemClock
    from pushspec.sanitize import printable

    clock = SystemClock()
    found = gather_evidence(project, clock=clock, environ=os.environ, key=key)
    findings = settle_proved(project, found, clock=clock)
    for warning in findings.warnings:
        tell(f"note: {printable(warning)}")
    return findings
