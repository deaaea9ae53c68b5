"""The machine on which the commands run: clock, terminal, network, and the moment at which it dies.

Replaced is what lies below pushspec: time, threads, sockets and the terminal. The commands are the real ones.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
import sys
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import TYPE_CHECKING, Any, Self
from unittest.mock import patch

import httpcore
from anyio._backends._asyncio import AsyncIOBackend
from simulation.loop import VirtualLoop

from pushspec import clock

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from pathlib import Path

START = datetime(2026, 11, 30, 4, 0, tzinfo=UTC)
"""A Monday, noon in Shanghai."""

_WRITES = ("write", "ftruncate", "replace", "rename", "unlink")
_STEPS_OF_A_RUN = 2_000


class KilledError(BaseException):
    """The process dies here; no part of it does anything more."""


@dataclass(frozen=True)
class Ended:
    """How a command ended, and what it printed."""

    code: int | None
    out: str
    err: str

    @property
    def is_killed(self) -> bool:
        """Whether it died on the way."""
        return self.code is None


@dataclass
class Fate:
    """What happens while one command runs.

    Attributes:
        kill_at: The step at which it dies: a write of the lockfile, a connection, a request, an answer.
        under_way: Done once, before the command's first write.
        answers: A person's answer on the terminal; None without a terminal.
    """

    kill_at: int | None = None
    under_way: Callable[[], None] | None = None
    answers: Callable[[str], str] | None = None
    steps: int = 0
    is_dead: bool = False

    def step(self) -> None:
        """Pass a step, or die at it."""
        self.steps += 1
        if self.is_dead or self.steps == self.kill_at or self.steps > _STEPS_OF_A_RUN:
            self.is_dead = True
            raise KilledError


class Terminal(io.StringIO):
    """A stream that says it is a terminal; what is read from it is what a person types."""

    def __init__(self, *, is_terminal: bool, type_answer: Callable[[], str] | None = None) -> None:
        super().__init__()
        self._is_terminal = is_terminal
        self._type_answer = type_answer

    def isatty(self) -> bool:
        return self._is_terminal

    def readline(self, size: int | None = -1, /) -> str:  # type: ignore[override] # as TextIO has it
        del size
        return "" if self._type_answer is None else self._type_answer()


class _Loop(VirtualLoop):
    """An event loop whose time goes on where the machine's is."""

    def __init__(self, machine: Machine) -> None:
        super().__init__()
        self._jump.now_s = machine.elapsed_s


@dataclass
class Machine:
    """One machine with a folder; use it as a context manager.

    Attributes:
        root: Where the commands run.
        dial: Opens a connection: takes port and machine, returns a stream of httpcore.
        environ: Environment variables besides those of every machine.
    """

    root: Path
    dial: Callable[[int, Machine], Awaitable[httpcore.AsyncNetworkStream]]
    environ: dict[str, str] = field(default_factory=dict)
    fate: Fate = field(default_factory=Fate)
    _elapsed_s: float = 0
    _loop: _Loop | None = None
    _stack: ExitStack = field(default_factory=ExitStack)

    @property
    def elapsed_s(self) -> float:
        """Seconds since the start."""
        return self._elapsed_s if self._loop is None else self._loop.time()

    def now(self) -> datetime:
        """Return the time."""
        return START + timedelta(seconds=self.elapsed_s)

    def unix(self) -> float:
        """Return the time in Unix seconds."""
        return self.now().timestamp()

    def wait(self, seconds: float) -> None:
        """Let time pass between two commands."""
        self._elapsed_s += seconds

    def run(self, arguments: list[str], fate: Fate | None = None) -> Ended:
        """Run ``pushspec ...`` in the folder."""
        outer, self.fate = self.fate, fate or Fate()
        is_terminal = self.fate.answers is not None
        out, err = Terminal(is_terminal=is_terminal), Terminal(is_terminal=is_terminal)
        typed = Terminal(is_terminal=is_terminal, type_answer=lambda: self._answer(out))
        with (
            patch.object(sys, "stdin", typed),
            patch.object(sys, "stdout", out),
            patch.object(sys, "stderr", err),
        ):
            code = self._run(arguments)
        self.fate = outer
        return Ended(code, out.getvalue(), err.getvalue())

    def _run(self, arguments: list[str]) -> int | None:
        from pushspec.cli.main import run

        try:
            return run(arguments)
        except BaseException:  # nobody hears what a dead process raises; a living one's error goes on
            if not self.fate.is_dead:
                raise
            return None
        finally:
            self._elapsed_s, self._loop = self.elapsed_s, None

    def _answer(self, out: Terminal) -> str:
        answers = self.fate.answers
        if answers is None:
            return ""
        question = out.getvalue().rpartition("\n\n")[2]  # it may be folded into some lines
        return f"{answers(' '.join(question.split()))}\n"

    def __enter__(self) -> Self:
        enter = self._stack.enter_context
        enter(contextlib.chdir(self.root))
        enter(patch.dict(os.environ, self.environ))
        for variable in ("COLUMNS", "PUSHSPEC_ENV", "PUSHSPEC_PROJECT", "CI"):
            os.environ.pop(variable, None)
        for name in _WRITES:
            enter(patch.object(os, name, self._dying(getattr(os, name))))
        enter(patch.object(time, "sleep", self._sleeping(time.sleep)))
        enter(patch.object(time, "monotonic", lambda: self.elapsed_s))
        enter(patch.object(asyncio, "new_event_loop", self._new_loop))
        enter(patch.object(AsyncIOBackend, "run_sync_in_worker_thread", _at_once))
        enter(patch.object(httpcore.AnyIOBackend, "connect_tcp", self._connect))
        enter(patch.object(clock, "datetime", _clock(self)))
        templates = import_module("pushspec.spec.templates")
        # That only gets ready early what most histories never need; whoever needs it starts it all the same.
        enter(patch.object(templates.Renderer, "start", lambda _: None))
        enter(patch.object(templates, "TemplateProcess", enter(_Kept(templates.TemplateProcess)).started))
        return self

    def __exit__(self, *exception: object) -> None:
        self._stack.close()

    def _sleeping(self, real: Callable[[float], None]) -> Callable[[float], None]:
        def sleep(seconds: float) -> None:
            # Whoever waits for a real process waits really, and no time of the history passes.
            is_real = sys._getframe(1).f_globals["__name__"] == "subprocess"
            (real if is_real else self.wait)(seconds)

        return sleep

    def _dying(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            if threading.current_thread() is not threading.main_thread():
                return real(*arguments, **options)  # the test runner's own threads live on
            if self.fate.under_way is not None:
                meanwhile, self.fate.under_way = self.fate.under_way, None
                meanwhile()
            self.fate.step()
            return real(*arguments, **options)

        return call

    def _new_loop(self) -> _Loop:
        self._loop = _Loop(self)
        return self._loop

    async def _connect(self, host: str, port: int, *_: Any, **__: Any) -> httpcore.AsyncNetworkStream:
        self.fate.step()
        return await self.dial(port, self)


@dataclass
class _Kept:
    """Keeps a template process for the history's next commands: one takes as long as ten plans to start."""

    start: Callable[..., Any]
    process: Any = None

    def started(self, *arguments: Any) -> Self:
        self.process = self.process or self.start(*arguments)
        return self

    def exchange(self, *arguments: Any) -> Iterator[Any]:
        try:
            yield from self.process.exchange(*arguments)
        except BaseException:  # one that is lost on the way is not used again
            self.__exit__()
            self.process = None
            raise

    def close(self) -> None:
        """Keep it: it holds no state."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process is not None:
            self.process.close()


async def _at_once(function: Callable[..., Any], arguments: tuple[Any, ...], *_: Any, **__: Any) -> Any:
    """Stand in for a thread: in virtual time nothing blocks."""
    return function(*arguments)


def _clock(machine: Machine) -> type[datetime]:
    """Return the class that tells the commands the time."""

    class MachineTime(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:  # type: ignore[override] # a moment of another class
            return machine.now().astimezone(tz)

    return MachineTime
