"""The pytest fixture ``pushspec_sandbox``: the service on a free port of this machine, new for each test.

All but pytest is imported when a test asks for the fixture, for pytest loads this module in every run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pushspec.sandbox.remote import RemoteSandbox
    from pushspec.sandbox.settings import SandboxSettings


@pytest.fixture
def pushspec_sandbox_settings(tmp_path: Path) -> SandboxSettings:
    """What the sandbox is told; override this fixture to change limits, clock, faults or readings."""
    from pushspec.sandbox.settings import SandboxSettings

    return SandboxSettings(database=tmp_path / "sandbox.db")


@pytest.fixture
def pushspec_sandbox(pushspec_sandbox_settings: SandboxSettings) -> Iterator[RemoteSandbox]:
    """A running sandbox; point a client at its ``base_url``, then look into its ``inbox``."""
    from pushspec.sandbox.extra import require_extra

    require_extra()
    from pushspec.sandbox.background import running

    with running(pushspec_sandbox_settings) as sandbox:
        yield sandbox
