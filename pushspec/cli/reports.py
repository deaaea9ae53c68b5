"""Problems in the forms that other programs mark lines with: GitHub's annotations, and SARIF."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pushspec.problems import Problem

REPORTS = frozenset({"github", "sarif"})
"""Values of ``--format`` that report problems and nothing else."""


def render_problems(problems: Sequence[Problem], form: str) -> str:
    """Return problems in one of :data:`REPORTS`."""
    if form == "sarif":
        from pushspec import __version__
        from pushspec.views.problems_sarif import problems_sarif

        return problems_sarif(problems, version=__version__)
    from pushspec.views.problems_github import problems_github

    return problems_github(problems)
