"""A real process with a journal of its own that does what it is told, line by line: another machine."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Self

from pushspec.errors import LockError
from pushspec.lockfile.journal import Journal, Runtime
from pushspec.lockfile.records import Frozen, Renew
from pushspec.lockfile.stores import open_store
from simulation.loop import START

if TYPE_CHECKING:
    from types import TracebackType


class Rival:
    """A handle on such a process; commands are ``take``, ``seize``, ``note`` and ``renew``."""

    def __init__(self, lock: str, root: Path, name: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "simulation.rival", lock, str(root), name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate()

    def tell(self, command: str) -> None:
        """Let it begin with a command."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{command}\n")
        self._process.stdin.flush()

    def answer(self) -> str:
        """Wait until it is done, and return ``ok`` or the name of what went wrong."""
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def do(self, command: str) -> str:
        self.tell(command)
        return self.answer()

    def pause(self) -> None:
        """Stop it as a machine that sleeps is stopped."""
        self._process.send_signal(signal.SIGSTOP)

    def wake(self) -> None:
        self._process.send_signal(signal.SIGCONT)


def _carry_out(command: str, journal: Journal, name: str) -> None:
    match command:
        case "take" | "seize":
            journal.take(holder=name, force=command == "seize")
        case "note":
            journal.append(Frozen(frozen=True, by=name, why="a note"))
        case "renew":
            journal.append(Renew(lease_end=START))
        case _:
            raise ValueError(command)


def main() -> None:
    """Carry out one command a line of standard input."""
    lock, root, name = sys.argv[1:]
    runtime = Runtime(now=lambda: START, token=partial(secrets.token_hex, 8), pause=time.sleep, tool="rival")
    store = open_store(lock, root=Path(root))

    def another() -> Journal:
        journal = Journal(store, sdk_app_id=1, environment="prod", runtime=runtime)
        journal.load()
        return journal

    journal = another()
    for line in sys.stdin:
        try:
            _carry_out(line.strip(), journal, name)
        except LockError as error:
            print(type(error).__name__, flush=True)
            if line.strip() == "take":
                journal = another()
        else:
            print("ok", flush=True)
    store.close()


if __name__ == "__main__":
    main()
