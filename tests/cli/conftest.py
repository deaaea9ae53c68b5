"""The fixtures of the command line's tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from task_desk import TaskDesk

from cli.kit import APP, SECRET, address, campaign, machine, project, push_service

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cli.kit import PushService

__all__ = ["address", "campaign", "desk", "machine", "project", "push_service"]


@pytest.fixture
def desk(push_service: PushService) -> Iterator[TaskDesk]:
    """The sandbox behind the push service."""
    desk = TaskDesk(APP, SECRET)
    push_service.answer = desk.answer
    yield desk
    desk.sandbox.close()
