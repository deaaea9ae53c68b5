"""Write the records of many calls to one lockfile, batching those that wait for the same disk or network."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import anyio

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from pushspec.lockfile.journal import Journal
    from pushspec.lockfile.records import Record
    from pushspec.lockfile.state import LockState


@dataclass(slots=True)
class _Batch:
    records: list[Record] = field(default_factory=list)
    is_written: bool = False


class JournalWriter:
    """Writes records to the lockfile, one append at a time."""

    def __init__(
        self,
        journal: Journal,
        in_thread: Callable[[Callable[[], None]], Awaitable[None]],
        heard: Callable[[Record], None] = lambda _: None,
    ) -> None:
        """Take the lockfile, and whoever hears of each record once it is durable; hearing never waits."""
        self._journal = journal
        self._heard = heard
        self._in_thread = in_thread
        self._turn = anyio.Lock()
        self._next = _Batch()

    @property
    def state(self) -> LockState:
        """What the lockfile says."""
        return self._journal.state

    async def write(self, *records: Record) -> None:
        """Return once the records are durable.

        Whoever comes first writes for all who came while the last append was under way.

        Raises:
            LockError: They were not written, or nobody knows; nothing more may be sent.
        """
        batch = self._next
        batch.records.extend(records)
        async with self._turn:
            # What is prepared must be written: a cancelled task would leave a hole in the chain.
            with anyio.CancelScope(shield=True):
                if not batch.is_written:
                    self._next = _Batch()
                    prepared = self._journal.prepare(*batch.records)
                    await self._in_thread(partial(self._journal.write, prepared))
                    batch.is_written = True
                    for record in batch.records:
                        self._heard(record)
