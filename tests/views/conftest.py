"""The fixtures of the views' tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from plans import Folder

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """Return a project without campaigns and without a policy."""
    return Folder(tmp_path)
