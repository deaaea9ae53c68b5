"""A made-up machine: a process that may die, sleep or have its clock set, and its way to the lockfile."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

import anyio

from pushspec.lockfile.stores import BrokenStoreError, SlotTakenError, StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from simulation.events import Apply
    from simulation.loop import VirtualClock


class KilledError(BaseException):
    """The process is gone; nothing of it runs any more."""


@dataclass
class Process:
    """One run of the program.

    Attributes:
        clock: Its own, which may be off.
        disk: Where its lockfile is.
        fate: What befalls it, and at which step.
        at_death: What its death does to others.
    """

    clock: VirtualClock
    disk: Disk
    fate: Apply
    at_death: Callable[[], None] = lambda: None
    steps: int = 0
    is_dead: bool = False
    wakes_at_s: float = 0

    def step(self) -> None:
        """Something is about to happen: die here, fall asleep here, or find the clock set."""
        if self.is_dead:
            raise KilledError
        number, self.steps = self.steps, self.steps + 1
        if number == self.fate.kill_at:
            self.is_dead = True
            self.at_death()
            raise KilledError
        if number == self.fate.pause_at:
            self.wakes_at_s = self.clock.monotonic() + self.fate.pause_s
        # Before the first record a clock is not set back but wrong: that only the service's Date can tell.
        if number == self.fate.jump_at and self.disk.lines:
            self.clock.error += timedelta(seconds=self.fate.jump_s)

    async def sleepy_step(self) -> None:
        """The same where other processes may go on meanwhile."""
        self.step()
        await anyio.sleep(max(0.0, self.wakes_at_s - self.clock.monotonic()))
        if self.is_dead:
            raise KilledError

    async def in_thread(self, function: Callable[[], None]) -> None:
        """Stand in for a worker thread."""
        await self.sleepy_step()
        function()
        await self.sleepy_step()


@dataclass
class Disk:
    """The lockfile that outlives every process, and what a power cut would leave of it."""

    lines: list[bytes] = field(default_factory=list)
    synced: int = 0

    def put(self, first: int, lines: Sequence[bytes]) -> None:
        """Write only where the slot is free."""
        if first != len(self.lines):
            raise SlotTakenError(f"slot {first} is taken")
        self.lines.extend(lines)

    def sync(self) -> None:
        """Let what was written outlive a power cut."""
        self.synced = len(self.lines)

    def lose_power(self, surviving: int) -> None:
        """Drop what was not synced, but for some lines that the disk happened to have written."""
        del self.lines[self.synced + surviving :]


@dataclass
class Handle:
    """A process's way to the lockfile, with the faults of its run."""

    disk: Disk
    process: Process
    faults: list[str] = field(default_factory=list)
    where: str = "disk"
    is_gone: bool = False
    is_stale: bool = False

    def read(self, first: int = 0) -> Iterator[bytes]:
        self.process.step()
        if self.is_gone:
            raise BrokenStoreError("the disk is gone")
        if self.is_stale and first:
            self.is_stale = False
            return iter(())
        return iter(self.disk.lines[first:])

    def append(self, first: int, lines: Sequence[bytes]) -> None:
        self.process.step()
        fault = self.faults.pop(0) if self.faults else "none"
        self.is_gone = self.is_gone or fault == "gone"
        if self.is_gone:
            raise BrokenStoreError("the disk is gone")
        if fault == "error before":
            raise StoreError("connection refused")
        self.disk.put(first, lines)
        self.process.step()
        if fault == "not synced":
            self.is_gone = True
            raise BrokenStoreError("the sync failed")
        self.disk.sync()
        self.process.step()
        if fault == "error after":
            raise StoreError("no answer")
        if fault in {"taken by itself", "stale read"}:
            self.is_stale = fault == "stale read"
            raise SlotTakenError("refused our own write")

    def probe(self) -> None:
        """The disk keeps its promise."""

    def close(self) -> None:
        """Nothing is open."""
