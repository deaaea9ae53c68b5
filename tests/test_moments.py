"""Tests that name dates: their commands go by a clock that a test sets, on whatever day they run."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from workbench import Project


@pytest.mark.parametrize("name", ["project", "folder"])
def test_a_command_begins_at_the_moment_of_its_project(request: pytest.FixtureRequest, name: str) -> None:
    """A window of a test is as far away on the day it runs as on the day it was written."""
    here: Project = request.getfixturevalue(name)
    opens, closes = (here.now + timedelta(hours=hours) for hours in (1, 2))
    here.add(schedule=f'{{not_before: "{opens.isoformat()}", not_after: "{closes.isoformat()}"}}')

    (campaign,) = here.plan_json()["campaigns"]

    assert campaign["state"] == "waiting"
