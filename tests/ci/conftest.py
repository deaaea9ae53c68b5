"""A repository whose project sends to a sandbox of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from workflows.repository import Repository

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[Repository]:
    """A repository whose project sends to a sandbox of its own."""
    database = str(tmp_path / "sandbox.db")
    service = subprocess.Popen(
        [sys.executable, "-m", "pushspec", "sandbox", "serve", "--port", "0", "--database", database],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=dict(os.environ),
        text=True,
    )
    assert service.stdout is not None
    url = service.stdout.readline().removeprefix("base_url: ").strip()
    yield Repository(tmp_path, url)
    service.terminate()
    service.wait()
    service.stdout.close()
