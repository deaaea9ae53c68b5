"""Which process a run is, and whether this machine's kernel still knows it."""

from __future__ import annotations

import os
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from pushspec.lockfile.state import LockState

_PROC = Path("/proc")
_DEAD = {"Z", "X", "x"}
"""States of a process that has ended and that its parent has not asked for yet."""


def this_process() -> str | None:
    """Return what names this process among all others; None where the kernel does not tell.

    Returns:
        ``BOOT/NAMESPACE/PID/START``: the kernel's boot id, its number of the namespace that counts the
        process id, the id, and when the process started, in clock ticks since boot. A process that is given
        the same id later has another start. See proc_pid_stat(5) and pid_namespaces(7).
    """
    pid = os.getpid()
    stat, kernel = _stat(pid), _kernel()
    return f"{kernel}/{pid}/{stat[1]}" if stat is not None and kernel else None


def has_ended(process: str | None) -> bool:
    """Whether a process of this machine has certainly ended; of any other nobody here can tell.

    A process that is stopped (SIGSTOP) is still there. One that has ended never comes back.
    """
    kernel, _, rest = (process or "").rpartition("/")
    kernel, _, pid = kernel.rpartition("/")
    if not kernel or kernel != _kernel() or not pid.isascii() or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):  # another user's process is there all the same
        pass
    stat = _stat(int(pid))
    return stat is not None and (stat[0] in _DEAD or stat[1] != rest)


def read_with_dead_run(read: Callable[[], LockState], is_gone: Callable[[str | None], bool]) -> LockState:
    """Return a lockfile's state, with the run that holds its lock marked where its process is gone.

    Args:
        read: Reads the lockfile from its beginning.
        is_gone: See :func:`has_ended`.
    """
    state, dead = read(), ""
    while state.run is not None and is_gone(state.run.process):
        if state.run.run_id == dead:
            state.run = replace(state.run, is_gone=True)
            break
        # It may have written after it was read. Now it can write no more, so this is all of it.
        dead, state = state.run.run_id, read()
    return state


@cache
def _kernel() -> str:
    """Return the running kernel's boot and this process's namespace; empty where there is no such thing."""
    try:
        boot = (_PROC / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        namespace = os.stat(_PROC / "self/ns/pid").st_ino  # noqa: PTH116 - of what the link names
    except (OSError, UnicodeDecodeError):
        return ""
    return f"{boot}/{namespace}"


def _stat(pid: int) -> tuple[str, str] | None:
    """Return the state of a process and when it started; None where this user may not see it."""
    try:
        text = (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    # The name in parentheses may hold anything, parentheses too.
    fields = text.rpartition(")")[2].split()
    return (fields[0], fields[19]) if len(fields) > 19 else None
