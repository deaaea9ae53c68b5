"""What devices show, kept once however many devices show it: the parts of a campaign look alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushspec.sandbox.rendering import Shown, render, rendered_language

if TYPE_CHECKING:
    import sqlite3

    from pushspec.sandbox.store.tasks import Task
    from pushspec.tencent.limits import Limits

_KEPT = 2_000


class Renderings:
    """Notifications as lock screens show them."""

    def __init__(self, connection: sqlite3.Connection, limits: Limits) -> None:
        self._db = connection
        self._limits = limits
        self._known: dict[tuple[str, str, str, str], tuple[int, Shown]] = {}

    def forget(self) -> None:
        """Drop what is kept in memory."""
        self._known.clear()

    def of(self, task: Task, *, vendor: str, language: str, sdk: str) -> tuple[int, Shown]:
        """Return what a device shows of a task, and its number in the database.

        Args:
            task: The push.
            vendor: Whose device, or that it came online.
            language: The device's language.
            sdk: The version of the device's SDK.
        """
        language = rendered_language(task.notification, language, sdk)
        key = (task.content_key, task.sender, vendor, language)
        found = self._known.get(key)
        if found is None:
            if len(self._known) >= _KEPT:
                self._known.clear()
            shown = render(
                task.body, vendor=vendor, language=language, sender=task.sender, limits=self._limits
            )
            found = self._known[key] = (self._keep(shown.to_json()), shown)
        return found

    def _keep(self, shown: str) -> int:
        self._db.execute("insert or ignore into renderings(shown) values (?)", (shown,))
        number: int = self._db.execute("select id from renderings where shown = ?", (shown,)).fetchone()[0]
        return number
