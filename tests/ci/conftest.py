"""A repository whose project sends to a sandbox of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from workflows.repository import Repository

if TYPE_CHECKING:
    from pathlib import Path

    from pushspec.sandbox.remote import RemoteSandbox


@pytest.fixture
def repository(tmp_path: Path, pushspec_sandbox: RemoteSandbox) -> Repository:
    """A repository whose project sends to a sandbox of its own."""
    return Repository(tmp_path, pushspec_sandbox.base_url)
