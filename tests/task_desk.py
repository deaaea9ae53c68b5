"""Tasks at the service: the real sandbox behind the push service, with answers that a test can lose."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlencode

from pushspec.sandbox.clock import Clock
from pushspec.sandbox.sandbox import Sandbox
from pushspec.sandbox.settings import SandboxSettings

if TYPE_CHECKING:
    from collections.abc import Callable

    from cli.kit import Received

ADD, MODIFY, DELETE, GET, LIST = (
    f"/v4/timpush/{name}_sched_task" for name in ("add", "modify", "delete", "get", "list")
)
CHANGING = {ADD, MODIFY, DELETE}


@dataclass
class TaskDesk:
    """Answers requests about tasks as the sandbox does.

    Attributes:
        sandbox: It, in memory; its clock moves by :meth:`advance`.
        asked: Paths of all requests, in order.
        lose: Says which answers are lost, after the sandbox did the work.
        twist: Changes an answer before it goes out.
        most_at_once: How many tasks waited at once, at most.
        deaf: Says which requests never reach the sandbox, and get no answer.
        refuse: Says which requests the service refuses.
    """

    app: int
    secret: str
    asked: list[str] = field(default_factory=list)
    most_at_once: int = 0
    lose: Callable[[str], bool] = lambda _: False
    deaf: Callable[[str], bool] = lambda _: False
    refuse: Callable[[str], bool] = lambda _: False
    twist: Callable[[str, dict[str, Any]], dict[str, Any] | int] = lambda _, answer: answer

    def __post_init__(self) -> None:
        self.clock = Clock()
        self.sandbox = Sandbox(
            SandboxSettings(":memory:", sdk_app_id=self.app, secret_key=self.secret, clock=self.clock)
        )

    def answer(self, request: Received) -> dict[str, Any] | int:
        """Answer one request, as the push service's hook does."""
        self.asked.append(request.path)
        if self.deaf(request.path):
            return 504
        if self.refuse(request.path):
            return {"ErrorCode": 90104}
        query = urlencode({name: unquote(value) for name, value in request.query.items()})
        reply = self.sandbox.service.call(
            "POST", request.path, query.encode(), json.dumps(request.body).encode()
        )
        self.most_at_once = max(self.most_at_once, len(self.tasks))
        return 504 if self.lose(request.path) else self.twist(request.path, json.loads(reply.payload))

    @property
    def changes(self) -> list[str]:
        """The requests that make, change or delete, by their last word."""
        return [path.rsplit("/", 1)[1].split("_")[0] for path in self.asked if path in CHANGING]

    @property
    def tasks(self) -> list[Any]:
        """The tasks that wait, in the order of their time."""
        return self.sandbox.state.scheduled.pending()

    def send_what_is_due(self, *, after: timedelta) -> None:
        """Let time pass at the service, which sends what is due then."""
        self.clock.advance(after.total_seconds())
        self.sandbox.tick()


def days_ahead(days: float) -> datetime:
    """Return a moment so many days from now, on a full minute: commands read the real clock."""
    return (datetime.now(UTC) + timedelta(days=days)).replace(second=0, microsecond=0)


def schedule_text(at: datetime) -> str:
    """Return the ``schedule`` of a campaign that the service sends."""
    return f'{{at: "{at.isoformat()}", by: service}}'
