"""The fixtures of the plan's tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from workbench import Project


@pytest.fixture
def folder(folder: Project) -> Project:
    """A project without campaigns and without a policy, and with a list of one who unsubscribed."""
    return folder.write({"unsubscribed.csv": "user_id\n12345\n"})
