"""One template process, seen from its parent: start it, exchange lines with it, and always end it."""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from pushspec.errors import PushspecError
from pushspec.files import FileAccessError
from pushspec.language import phrase

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pushspec.serialization import Json

_START_S = 60.0  # an import on a machine that is busy; no template runs yet
_BYTES_PER_BYTE = 6  # what JSON in ASCII may take for one byte of UTF-8

# Without them an interpreter built as a shared library does not start (actions/setup-python has such).
_LOADER_VARIABLES = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")


@dataclass(frozen=True, slots=True)
class RenderLimits:
    """What the templates of one campaign may use.

    Attributes:
        cpu_s: Processor time for all texts of one job, in seconds.
        wall_s: Time without any sign of life, in seconds; only a process that does not run reaches it.
        memory_bytes: Memory beyond what the interpreter itself takes (Linux; macOS does not enforce it).
        output_bytes: Length of one rendered text, in bytes of UTF-8.
        restarts: How often a process may die in one run before the rest is refused.
    """

    cpu_s: float = 0.8
    wall_s: float = 5.0
    memory_bytes: int = 128 * 1024 * 1024
    output_bytes: int = 64 * 1024
    restarts: int = 20


class ProcessLostError(Exception):
    """The process died, or had to be ended, while it rendered a text; the message says why."""


class TemplateProcess:
    """A running template process; not waited for until the first exchange."""

    def __init__(self, project: Path, limits: RenderLimits) -> None:
        self._process = _spawn([os.fspath(project.absolute()), json.dumps(asdict(limits))])
        self._limits = limits
        self._ready = False
        self._unread = b""

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def exchange(self, requests: bytes, replies: int) -> Iterator[Json]:
        """Send lines while reading the replies, so that neither side waits for the other.

        Raises:
            ProcessLostError: The process ended, or hung, before the last reply.
            PushspecError: It did not even start.
        """
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None  # noqa: S101  # both are pipes, as asked for above
        assert stdout is not None  # noqa: S101
        os.set_blocking(stdin.fileno(), False)
        outgoing = memoryview(requests)
        with selectors.DefaultSelector() as selector:
            selector.register(stdin, selectors.EVENT_WRITE)
            selector.register(stdout, selectors.EVENT_READ)
            while replies:
                ready = {key.fileobj for key, _ in selector.select(self._patience_s)}
                if not ready:
                    raise self._lost(phrase("no answer for {seconds:g} s", seconds=self._patience_s))
                if stdin in ready:
                    outgoing = outgoing[self._write(stdin.fileno(), outgoing) :]
                    if not outgoing:
                        selector.unregister(stdin)
                if stdout in ready:
                    for reply in self._read(stdout.fileno()):
                        replies -= 1
                        yield reply

    def close(self) -> None:
        """End the process now and leave nothing of it; it holds no state worth a farewell."""
        self._process.kill()
        self._process.__exit__(None, None, None)

    @property
    def _patience_s(self) -> float:
        return self._limits.wall_s if self._ready else _START_S

    def _write(self, descriptor: int, outgoing: memoryview) -> int:
        try:
            return os.write(descriptor, outgoing)
        except BrokenPipeError:
            return len(outgoing)  # it is gone: what it answered before can still be read

    def _read(self, descriptor: int) -> Iterator[Json]:
        chunk = os.read(descriptor, 1 << 16)
        if not chunk:
            raise self._lost("")
        *lines, self._unread = (self._unread + chunk).split(b"\n")
        if len(self._unread) > _BYTES_PER_BYTE * self._limits.output_bytes + 4_096:
            raise self._lost(phrase("the output is too long"))
        for line in lines:
            if self._ready:
                yield json.loads(line)
            self._ready = True  # the first line only says that it is

    def _lost(self, reason: str) -> Exception:
        if reason:
            self._process.kill()
        code = self._process.wait()
        if not self._ready:
            return PushspecError(
                phrase(
                    "the template process did not start ({reason})",
                    reason=reason or phrase("exit code {code}", code=code),
                ),
                hint=phrase("try: {executable} -I -c 'import jinja2, pushspec'", executable=sys.executable),
            )
        return ProcessLostError(reason or self._cause_of_death(code))

    def _cause_of_death(self, code: int) -> str:
        match -code:
            case signal.SIGPROF:
                return phrase(
                    "its templates take more than {seconds:g} s of processor time", seconds=self._limits.cpu_s
                )
            case signal.SIGKILL:
                return phrase("the system ended the template process, probably for its memory")
        if code == os.EX_OSERR:  # what the worker chooses at a MemoryError
            return phrase(
                "its templates take more than {mebibytes} MiB of memory",
                mebibytes=self._limits.memory_bytes // 1024**2,
            )
        return phrase("the template process crashed (exit code {code})", code=code)


def _spawn(arguments: list[str]) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(  # noqa: S603  # our own interpreter and module, no shell
            [sys.executable, "-I", "-m", "pushspec.spec.template_worker", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            env={name: os.environ[name] for name in _LOADER_VARIABLES if name in os.environ},
            process_group=0,  # Ctrl-C goes to the parent alone, which ends this process in its own order
        )
    except OSError as error:
        raise FileAccessError(phrase("the template process"), phrase("started"), error) from error
