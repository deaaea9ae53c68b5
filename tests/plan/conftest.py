"""The fixtures of the plan's tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from plans import Folder

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """Return a project without campaigns and without a policy, and with a list of one who unsubscribed."""
    return Folder(tmp_path).write({"unsubscribed.csv": "user_id\n12345\n"})
