"""One running app: its settings, and the parts that work on its database."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from pushspec.sandbox.delivery import Delivery
from pushspec.sandbox.rates import Rates
from pushspec.sandbox.store.accounts import Accounts
from pushspec.sandbox.store.calls import Calls
from pushspec.sandbox.store.database import connect
from pushspec.sandbox.store.tasks import Tasks

if TYPE_CHECKING:
    from pushspec.sandbox.settings import SandboxSettings


class State:
    """Everything an endpoint may need.

    Attributes:
        settings: What the sandbox was told.
        connection: Its database.
        random: The only source of chance.
        accounts: People, tags, attributes.
        tasks: Accepted pushes.
        calls: The stream of calls.
        rates: The frequency limits.
        delivery: The fan-out.
    """

    def __init__(self, settings: SandboxSettings) -> None:
        self.settings = settings
        self.connection = connect(settings.database)
        self.random = random.Random(f"{settings.seed}:{settings.clock.now()}")  # noqa: S311 - no secret hangs on it
        self.accounts = Accounts(self.connection)
        self.tasks = Tasks(self.connection)
        self.calls = Calls(self.connection)
        self.rates = Rates(settings.limits)
        self.delivery = Delivery(self.connection, self.tasks, settings.limits)
        self._populate()

    def _populate(self) -> None:
        if self.settings.populate and self.accounts.is_empty():
            from pushspec.sandbox.seeding import seed_examples

            seed_examples(self.connection, now=self.settings.clock.now(), seed=self.settings.seed)
