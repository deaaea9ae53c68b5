"""How long the service takes to tell what became of a push, and how often it says it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any


@dataclass(slots=True)
class Delays:
    """May be changed while the sandbox runs, like its clock, by whose time they go.

    Attributes:
        statistics_s: Until statistics of a push are complete, in seconds; meanwhile each maker's
            counts grow with the time, in whole people, rounded down.
        callbacks_s: How late callbacks are, in seconds.
        callback_copies: How often each callback is posted.
    """

    statistics_s: float = 0.0
    callbacks_s: float = 0.0
    callback_copies: int = 1

    def change(self, values: dict[str, Any]) -> None:
        """Set some of them.

        Raises:
            ValueError: A name or value is wrong.
        """
        for name, value in values.items():
            if name not in {each.name for each in fields(self)}:
                raise ValueError(f"there is no delay {name}")
            least = 1 if name == "callback_copies" else 0
            if not isinstance(value, int | float) or isinstance(value, bool) or value < least:
                raise ValueError(f"{name} is a number, {least} or more")
            setattr(self, name, int(value) if name == "callback_copies" else float(value))

    def settled_share(self, age_s: float) -> float:
        """Return how much of a push's statistics is known, from 0 to 1.

        Args:
            age_s: Seconds since the push began.
        """
        return 1.0 if age_s >= self.statistics_s else max(0.0, age_s / self.statistics_s)
