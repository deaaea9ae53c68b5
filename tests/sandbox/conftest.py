"""Fixtures of the sandbox's tests."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

from pushspec.sandbox.app import create_app
from pushspec.sandbox.clock import Clock
from pushspec.sandbox.settings import SandboxSettings
from sandbox.kit import START, Caller

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def sandbox_with() -> Iterator[Callable[..., Caller]]:
    """Make sandboxes with other settings than the usual."""
    with ExitStack() as stack:

        def make(**settings: Any) -> Caller:
            clock = Clock(speed=0, source=lambda: START)
            wanted = SandboxSettings(**{"database": ":memory:", "clock": clock, **settings})
            app = create_app(wanted)
            stack.callback(app.close)
            return Caller(app, wanted)

        yield make


@pytest.fixture
def sandbox(sandbox_with: Callable[..., Caller]) -> Caller:
    """A sandbox in memory, with the example accounts and a clock that stands still."""
    return sandbox_with()
