"""Rehearsing a bad day: faults in the project file, and what an apply makes of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from workbench import CAMPAIGN, PROJECT

if TYPE_CHECKING:
    from workbench import Project


def rehearse(project: Project, fault: str) -> int:
    """Apply one campaign on a sandbox that plays a fault, and return the exit code."""
    environment = f"  sandbox: {{sandbox: true, faults: [{fault}]}}\n"
    project.write({"pushspec.yaml": PROJECT.replace("  sandbox: {sandbox: true}\n", environment)})
    project.write({"campaigns/hello.yaml": CAMPAIGN})
    digest = project.plan_json()["digest"]
    return project.run("apply", "--confirm", digest).code


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("{kind: slow, delay_s: 0.01}", 0),
        ("{kind: slow, endpoint: timpush/batch, delay_s: 60}", 0),
        ("{kind: reset_before}", 5),
        ("{kind: reset_after}", 5),
        ("{kind: no_answer}", 5),
        ("{kind: bad_gateway}", 5),
        ("{kind: cut_json}", 5),
        ("{kind: error, code: 91000}", 5),
        ("{kind: error, code: 90045}", 6),
    ],
)
def test_an_apply_on_a_bad_day_ends_as_it_would_in_earnest(project: Project, fault: str, code: int) -> None:
    """In doubt where the outcome is unknown, refused where the code says so; learnt before it is earnest."""
    assert rehearse(project, fault) == code


def test_a_push_without_an_answer_reached_people_all_the_same(project: Project) -> None:
    """Why pushspec does not try again by itself: people would have got it twice."""
    assert rehearse(project, "{kind: no_answer}") == 5

    shown = project.run("sandbox", "inbox", "rong").assert_ok().out

    assert "reached   Hello | A word to all" in shown
