"""What happens to a process at one step of its run: it is killed, stopped, told that the disk is full."""

from __future__ import annotations

import errno
import json
import os
import signal
import threading
from collections import Counter
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from simulation.crashpoints import CrashPoint

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    Points = tuple[CrashPoint, CrashPoint, CrashPoint, CrashPoint, CrashPoint]

KILL = "SIGKILL"
ENDINGS = {"SIGINT": signal.SIGINT, "SIGTERM": signal.SIGTERM}
STOP = "SIGSTOP"
STOP_ASLEEP = "SIGSTOP and the clock too"
STOP_SETTLED = "SIGSTOP while a person settles"
STOPS = (STOP, STOP_ASLEEP, STOP_SETTLED)
ERRORS = {"ENOSPC": errno.ENOSPC, "EROFS": errno.EROFS, "EIO": errno.EIO}
JUMPS = {f"clock {seconds:+} s": seconds for seconds in (31, 61, 600, 7200, -20, -31, -61, -7200)}


class Moment:
    """Indexes of the five moments of an append."""

    BEFORE, PART, UNSYNCED, DURABLE, KNOWN = range(5)


C = CrashPoint
READING: Points = (C.C1, C.C1, C.C1, C.C1, C.C1)
WRITING: dict[str, Points] = {
    "open": (C.C1, C.C20, C.C2, C.C2, C.C3),
    "begin": (C.C3, C.C20, C.C4, C.C4, C.C4),
    "intent": (C.C5, C.C6, C.C7, C.C8, C.C8),
    "outcome": (C.C16, C.C17, C.C17, C.C18, C.C18),
    "renew": (C.C5, C.C20, C.C20, C.C8, C.C8),
    "end": (C.C22, C.C20, C.C22, C.C22, C.C22),
    "close": (C.C22, C.C20, C.C22, C.C22, C.C22),
    "gate": (C.C30, C.C30, C.C30, C.C30, C.C30),
    "resolved": (C.C24, C.C24, C.C24, C.C24, C.C24),
}
"""Where dying is which crash point: before a record, within it, not synced, durable, acknowledged."""


class Step(NamedTuple):
    """A moment of a run at which something can happen to it.

    Attributes:
        name: ``what: when``.
        point: The crash point that it belongs to.
        can_fail: The system may refuse what is about to be done.
    """

    name: str
    point: CrashPoint
    can_fail: bool = False


@dataclass
class Doing:
    """What the process is at: the records it writes, or the call it makes."""

    subjects: tuple[str, ...]
    points: Points = READING
    has_begun: bool = False


_doing: ContextVar[Doing] = ContextVar("_doing")


@contextmanager
def doing(what: Doing) -> Iterator[None]:
    """Name the steps of the block."""
    token = _doing.set(what)
    try:
        yield
    finally:
        _doing.reset(token)


def current() -> Doing | None:
    """Return what is being done."""
    return _doing.get(None)


@dataclass
class WallClock:
    """A clock that can be wrong, and that can be set while its process is stopped.

    Attributes:
        ahead_s: How far it is ahead of the machine's.
        setting: A file with seconds to add.
    """

    ahead_s: float
    setting: Path

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self.ahead_s + float(self.setting.read_text()))


@dataclass
class Fate:
    """Lets one thing happen at one step.

    Attributes:
        at: The step's name; nothing happens where it is empty.
        blow: What happens: ``SIGKILL``, a signal, an error of the system, a jump of the clock.
        clock: The process's clock.
        overall: The crash point of every step, where the whole run is one.
        steps: The steps so far.
        has_struck: Whether it happened.
    """

    at: str
    blow: str
    clock: WallClock
    overall: CrashPoint | None = None
    steps: list[Step] = field(default_factory=list)
    has_struck: bool = False
    _times: Counter[str] = field(default_factory=Counter)

    def step(self, when: str, point: CrashPoint | int, *, can_fail: bool = False) -> None:
        """Pass a step of what is being done.

        Args:
            when: In words.
            point: Its crash point, or which moment of an append it is.
            can_fail: Something is about to be done that the system may refuse.

        Raises:
            OSError: The system refuses it.
        """
        what = _doing.get(Doing(("run",)))
        is_here = False
        for subject in what.subjects:
            name = self._counted(f"{subject}: {when}")
            where = what.points[point] if isinstance(point, int) else point
            self.steps.append(Step(name, self.overall or where, can_fail))
            is_here = is_here or name == self.at
        if is_here and not self.has_struck:
            self.has_struck = True
            self._strike()

    def write_down(self, path: Path) -> None:
        """Write the steps into a file, for whoever wants to know at which one something can happen."""
        path.write_text(json.dumps([(step.name, step.point.name, step.can_fail) for step in self.steps]))

    def _counted(self, name: str) -> str:
        self._times[name] += 1
        return name if self._times[name] == 1 else f"{name}, time {self._times[name]}"

    def _strike(self) -> None:
        if self.blow == KILL:
            os.kill(os.getpid(), signal.SIGKILL)
        elif self.blow in STOPS:
            # To this very thread: another one could be stopped a little later.
            signal.pthread_kill(threading.get_ident(), signal.SIGSTOP)
        elif self.blow in ENDINGS:
            os.kill(os.getpid(), ENDINGS[self.blow])
        elif self.blow in ERRORS:
            raise OSError(ERRORS[self.blow], os.strerror(ERRORS[self.blow]))
        else:
            self.clock.ahead_s += JUMPS[self.blow]
