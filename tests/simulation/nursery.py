"""Where real processes are started, and where one learns how each ended."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simulation.worker import Job

KILLED = -9


@dataclass(frozen=True)
class Stopped:
    """A process that was stopped and can be woken."""

    pid: int


class Nursery:
    """Starts processes for jobs, one at a time, and tells how each one ended."""

    def __init__(self, bug: str = "") -> None:
        """Start the process that starts the others.

        Args:
            bug: The name of a planted bug that all of them have; mostly none.
        """
        self._process = subprocess.Popen(
            [sys.executable, "-m", "simulation.worker", bug],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
        )

    def run(self, job: Job) -> int | Stopped:
        """Return a process's exit code, minus the signal for one that was killed; or that it was stopped."""
        return self._order(asdict(job))

    def wake(self, process: Stopped) -> int | Stopped:
        """Let a stopped process go on; see :meth:`run`."""
        return self._order({"wake": process.pid})

    def _order(self, order: dict[str, Any]) -> int | Stopped:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        word, _, pid = answer.partition(" ")
        return Stopped(int(pid)) if word == "stopped" else int(answer)

    def close(self) -> None:
        """End the process that starts the others."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()
