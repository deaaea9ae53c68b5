"""One running app: its settings, and the parts that work on its database."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from pushspec.sandbox.callbacks import Callbacks
from pushspec.sandbox.delivery import Delivery
from pushspec.sandbox.rates import Rates
from pushspec.sandbox.store.accounts import Accounts
from pushspec.sandbox.store.calls import Calls
from pushspec.sandbox.store.database import clear, connect, writing
from pushspec.sandbox.store.devices import Devices
from pushspec.sandbox.store.inbox import Inbox
from pushspec.sandbox.store.labels import Labels
from pushspec.sandbox.store.messages import Messages
from pushspec.sandbox.store.overview import Overview
from pushspec.sandbox.store.scheduled import ScheduledTasks
from pushspec.sandbox.store.statistics import Statistics
from pushspec.sandbox.store.tasks import Tasks

if TYPE_CHECKING:
    from pushspec.sandbox.settings import SandboxSettings


class State:
    """Everything an endpoint may need.

    Attributes:
        settings: What the sandbox was told.
        connection: Its database.
        random: The only source of chance.
        accounts: People, and whom a push is meant for.
        labels: Their tags and attributes.
        devices: Their phones.
        messages: Their chats.
        inbox: All that they got.
        overview: What the page lists.
        tasks: Accepted pushes.
        scheduled: Pushes that wait for their time.
        statistics: What became of pushes.
        calls: The stream of calls.
        rates: The frequency limits.
        delivery: The fan-out.
        callbacks: What a URL is told.
        remarks: What a person should know of the call in hand.
    """

    def __init__(self, settings: SandboxSettings) -> None:
        self.settings = settings
        self.connection = connect(settings.database)
        self.random = random.Random(f"{settings.seed}:{settings.clock.now()}")  # noqa: S311 - no secret hangs on it
        self.accounts = Accounts(self.connection)
        self.tasks = Tasks(self.connection)
        self.calls = Calls(self.connection)
        self.labels = Labels(self.connection)
        self.devices = Devices(self.connection)
        self.messages = Messages(self.connection)
        self.scheduled = ScheduledTasks(self.connection)
        self.statistics = Statistics(self.connection)
        self.inbox = Inbox(self.connection)
        self.overview = Overview(self.connection)
        self.rates = Rates(settings.limits)
        self.delivery = Delivery(self.connection, self.tasks, self.messages, settings.limits)
        self.callbacks = Callbacks(settings, self.accounts.name_of)
        if settings.callback_url:
            self.delivery.listeners.append(self.callbacks.take)
        self.remarks: list[str] = []
        self._data_version = 0
        self._populate()

    def was_changed_elsewhere(self) -> bool:
        """Whether another process has written to the database since this was asked last."""
        version: int = self.connection.execute("pragma data_version").fetchone()[0]
        changed = version != self._data_version
        self._data_version = version
        return changed

    def seed(self, count: int, *, seed: int, prefix: str) -> int:
        """Add generated people and return how many were new."""
        from pushspec.sandbox.seeding import CITY, LEVEL, generated
        from pushspec.sandbox.store.newcomers import define_attributes, insert

        with writing(self.connection):
            define_attributes(self.connection, (LEVEL, CITY))
        people = generated(count, random.Random(seed), prefix=prefix)  # noqa: S311 - no secret hangs on it
        return insert(self.connection, people, now=self.settings.clock.now())

    def seed_csv(self, lines: list[str]) -> int:
        """Add the people of a CSV file and return how many were new.

        Raises:
            ValueError: A column or value is unknown, with its line.
        """
        from pushspec.sandbox.seeding import attributes_of_csv, from_csv
        from pushspec.sandbox.store.newcomers import define_attributes, insert

        people = list(from_csv(lines))
        with writing(self.connection):
            define_attributes(self.connection, attributes_of_csv(lines[0] if lines else ""))
            return insert(self.connection, people, now=self.settings.clock.now())

    def reset(self) -> None:
        """Reset the sandbox to its example accounts."""
        clear(self.connection)
        self.rates.clear()
        self.delivery.forget()
        self.overview.forget()
        self._populate()

    def close(self) -> None:
        """Post what is queued and close the database."""
        self.callbacks.close()
        self.connection.close()

    def _populate(self) -> None:
        if self.settings.populate and self.accounts.is_empty():
            from pushspec.sandbox.seeding import seed_examples

            seed_examples(self.connection, now=self.settings.clock.now(), seed=self.settings.seed)
