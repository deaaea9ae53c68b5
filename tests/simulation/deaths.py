"""Real processes that are killed at a step of an apply: a record, a request, a piece of a list.

Run as a program it forks one child for each job on its standard input, since starting Python takes far longer
than applying.
"""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import obstore
from task_desk import days_ahead, schedule_text
from workbench import PROJECT, Project

from pushspec.api.planning import build_plan
from pushspec.api.project import load_project
from pushspec.api.running import apply_plan
from pushspec.apply import task_doubts
from pushspec.audience.pinned import objects, reading
from pushspec.clock import SystemClock, utc_now
from pushspec.errors import RefusedError
from pushspec.lockfile.records import Cancelled, NotScheduled
from pushspec.lockfile.stores.file import FileStore
from pushspec.tencent.client import Client

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pushspec.audience.pinned.pin import Pin
    from pushspec.lockfile.histories import TaskHistory
    from pushspec.tencent.exchange import Exchange, Gate

KILLED = -signal.SIGKILL
SECRET = "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e"


@dataclass(frozen=True)
class Job:
    """One apply of a whole project.

    Attributes:
        root: The project folder.
        at: Where it dies: ``append 3 torn``, ``request 1 before``, ``fetch 2 after``; empty to live on.
        ahead_s: How far its clock is ahead.
        bug: A planted bug that it has; mostly none.
        environ: Variables that it has besides this process's.
        piece_bytes: How much of a list one request to a bucket fetches; 0 for the usual.
    """

    root: str
    at: str = ""
    ahead_s: float = 0
    bug: str = ""
    environ: dict[str, str] = field(default_factory=dict)
    piece_bytes: int = 0


class Deaths:
    """Starts processes for jobs, one at a time, and tells how each one ended."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "simulation.deaths"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
        )

    def run(self, job: Job) -> int:
        """Return a process's exit code, minus the signal for one that was killed."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(asdict(job)) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def close(self) -> None:
        """End the process that starts the others."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


@contextmanager
def deaths() -> Iterator[Deaths]:
    """Give a place to start processes."""
    place = Deaths()
    try:
        yield place
    finally:
        place.close()


class _Doom:
    """Counts what a process does, and ends it where its job says so."""

    def __init__(self, at: str) -> None:
        what, _, rest = at.partition(" ")
        number, _, self.when = rest.partition(" ")
        self._what, self._left = what, int(number or 0)

    def comes(self, what: str) -> bool:
        """Return whether this is the step at which the process dies."""
        if what != self._what:
            return False
        self._left -= 1
        return self._left == 0


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _doom_appends(doom: _Doom) -> None:
    append, write = FileStore.append, FileStore._write

    def doomed(self: FileStore, first: int, lines: Sequence[bytes]) -> None:
        is_last = doom.comes("append")
        if is_last and doom.when == "before":
            _die()
        if is_last and doom.when == "torn":

            def torn(self: FileStore, descriptor: int, data: bytes) -> None:
                write(self, descriptor, data[: len(data) // 2])
                _die()

            FileStore._write = torn  # type: ignore[method-assign] # the step at which it dies
        append(self, first, lines)
        if is_last:
            _die()

    FileStore.append = doomed  # type: ignore[method-assign] # the step at which it dies


def _doom_requests(doom: _Doom) -> None:
    send = Client.send

    async def doomed(self: Client, path: str, payload: bytes, gate: Gate) -> Exchange:
        is_last = doom.comes("request")
        if is_last and doom.when == "before":
            _die()
        exchange = await send(self, path, payload, gate)
        if is_last:
            _die()
        return exchange

    Client.send = doomed  # type: ignore[method-assign] # the step at which it dies


def _doom_fetches(doom: _Doom, piece_bytes: int) -> None:
    fetch = obstore.get_range
    objects._AT_ONCE = piece_bytes or objects._AT_ONCE

    def doomed(store: obstore.store.ObjectStore, path: str, *, start: int, end: int) -> obstore.Bytes:
        is_last = doom.comes("fetch")
        if is_last and doom.when == "before":
            _die()
        piece = fetch(store, path, start=start, end=end)
        if is_last:
            _die()
        return piece

    obstore.get_range = doomed  # type: ignore[assignment] # the step at which it dies


def _plant(bug: str) -> None:
    doubts: Any = task_doubts
    lists: Any = reading

    async def blindly(_: object, task: TaskHistory, *rest: object) -> NotScheduled:
        del rest
        return NotScheduled(key=task.key, attempt=task.attempts, found="no", case="bug")

    async def believed(_: object, task: TaskHistory, *rest: object) -> Cancelled:
        del rest
        return Cancelled(key=task.key, attempt=task.attempts, found="no")

    def unchecked(stored: Path, content: BinaryIO, pin: Pin) -> None:
        del pin
        content.write(gzip.decompress(stored.read_bytes()))

    match bug:
        case "what was lost is made again":
            doubts._made = blindly
        case "a lost cancellation counts as done":
            doubts._cancelled = believed
        case "a list is not held against its pin":
            lists.unpack = unchecked


def _apply(job: Job) -> int:
    doom = _Doom(job.at)
    _doom_appends(doom)
    _doom_requests(doom)
    _doom_fetches(doom, job.piece_bytes)
    _plant(job.bug)
    os.environ.update(job.environ)
    clock = SystemClock(lambda: utc_now() + timedelta(seconds=job.ahead_s))
    project = load_project(Path(job.root))
    environ = {"PUSH_SECRET": SECRET}
    try:
        plan = build_plan(project, now=clock.now(), state_required=True)
        if not plan.has_work:
            return 0
        return apply_plan(project, approval=plan.digest, environ=environ, clock=clock).exit_code
    except RefusedError as refused:
        return refused.exit_code


def _warm_up() -> None:
    """Load what an apply loads late, so that no child has to: each would take seconds."""
    with tempfile.TemporaryDirectory(prefix="pushspec-warm-") as folder:
        project = Project(Path(folder)).write({"pushspec.yaml": PROJECT})
        project.add("warm", schedule=schedule_text(days_ahead(3)))
        plan = build_plan(load_project(project.root))
        apply_plan(load_project(project.root), approval=plan.digest)


def main() -> None:
    """Fork a child for each job on standard input, and say how it ended."""
    _warm_up()
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            os._exit(_apply(Job(**json.loads(line))))
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()
