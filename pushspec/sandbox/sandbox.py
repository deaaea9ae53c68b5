"""One running sandbox without HTTP around it: its app, its REST interface, and what people do with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pushspec.sandbox.answers import encode
from pushspec.sandbox.changes import Changes
from pushspec.sandbox.endpoints.scheduled import delete, dispatch_due, modify
from pushspec.sandbox.kept import hand_over
from pushspec.sandbox.service import Service
from pushspec.sandbox.snapshot import snapshot
from pushspec.sandbox.state import State
from pushspec.sandbox.store.database import writing

if TYPE_CHECKING:
    from pushspec.sandbox.settings import SandboxSettings


class Sandbox:
    """One running sandbox.

    Attributes:
        state: Its app, for looking inside.
        service: The REST interface.
        changes: Rings whenever there is something new to see.
    """

    def __init__(self, settings: SandboxSettings) -> None:
        self.state = State(settings)
        self.service = Service(settings, self.state)
        self.changes = Changes()

    def close(self) -> None:
        """Finish what is due and close the database."""
        self.tick()
        self.state.close()

    def tick(self, *, accounts: int | None = None) -> bool:
        """Send what is scheduled and bring fan-outs up to date.

        Args:
            accounts: Serve about so many accounts at most; without it, all.

        Returns:
            Whether something that is due is left.
        """
        self.state.callbacks.release(self.state.settings.clock.now())
        if self.state.scheduled.due(self.state.settings.clock.now()):
            with writing(self.state.connection):
                dispatch_due(self.state)
        if self.state.tasks.any_under_way():
            self.changes.ring()
        return self.state.delivery.advance(self.state.settings.clock.now(), accounts=accounts)

    def inbox(self, account: str, *, limit: int = 100) -> dict[str, Any] | None:
        """Return all that an account got, up to date; ``None`` when there is no such account."""
        self.tick()
        return self.state.inbox.of(account, now=self.state.settings.clock.now(), limit=limit)

    def snapshot(self) -> dict[str, Any]:
        """Return app, clock, gauges, pushes, groups and faults as JSON."""
        return snapshot(self.state, self.service.faults)

    def click(self, delivery: int) -> bool:
        """Tap a notification; ``False`` when it never arrived, or was tapped before."""
        return self.state.delivery.click(delivery, self.state.settings.clock.now())

    def change_device(self, device: int, values: dict[str, Any]) -> bool:
        """Change a device; one that comes online gets what waits for it.

        Returns:
            Whether there is such a device.

        Raises:
            ValueError: A field cannot be set, or has no such value.
        """
        now = self.state.settings.clock.now()
        with writing(self.state.connection):
            account = self.state.devices.change(device, values, now)
            if account is None:
                return False
            self.state.messages.receive_if_online(account, now)
            handed_over = hand_over(self.state.connection, self.state.tasks, account, now)
        self.state.delivery.tell(handed_over)
        return True

    def edit_in_console(self, task: int, changes: dict[str, Any] | None) -> None:
        """Change a scheduled push behind the back of whoever made it; the stream of calls shows nothing.

        Args:
            task: Its ``TaskID``.
            changes: ``SchedAt`` and ``Content`` as ``modify_sched_task`` takes them; ``None`` deletes it.

        Raises:
            ValueError: There is no such push, or the change is wrong.
        """
        found = self.state.scheduled.find(task)
        if found is None:
            raise ValueError(f"there is no scheduled push {task}")
        request = {"Sdkappid": self.state.settings.sdk_app_id, "TaskID": task, "Type": found.type}
        edit = delete if changes is None else modify
        with writing(self.state.connection):
            answer = edit(self.state, "", "console", encode({**request, **(changes or {})}))
        if answer["ErrorCode"]:
            raise ValueError(answer["ErrorInfo"])

    def seed(self, count: int, *, seed: int = 1, prefix: str = "crowd") -> int:
        """Add generated people and return how many were new."""
        return self.state.seed(count, seed=seed, prefix=prefix)

    def seed_csv(self, lines: list[str]) -> int:
        """Add the people of a CSV file and return how many were new.

        Raises:
            ValueError: A column or value is unknown, with its line.
        """
        return self.state.seed_csv(lines)

    def reset(self) -> None:
        """Reset the sandbox to its example accounts."""
        self.state.reset()
