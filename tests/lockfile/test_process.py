"""Whether a run's process is gone: what the kernel of this machine says, and nobody's guess."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from pushspec.lockfile.process import has_ended, this_process

if TYPE_CHECKING:
    from collections.abc import Iterator

_CODE = "from pushspec.lockfile.process import this_process; print(this_process(), flush=True); input()"


@pytest.fixture
def child() -> Iterator[subprocess.Popen[str]]:
    """A process that lives until somebody ends it."""
    process = subprocess.Popen(
        [sys.executable, "-c", _CODE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    yield process
    process.kill()
    process.communicate()


def named(child: subprocess.Popen[str]) -> str:
    assert child.stdout is not None
    return child.stdout.readline().strip()


def test_a_living_process_is_not_gone(child: subprocess.Popen[str]) -> None:
    """Taking the lock from it would leave its call in doubt for nothing."""
    assert not has_ended(this_process())
    assert not has_ended(named(child))


def test_a_stopped_process_is_not_gone(child: subprocess.Popen[str]) -> None:
    """It may go on at any moment."""
    name = named(child)

    child.send_signal(signal.SIGSTOP)
    os.waitid(os.P_PID, child.pid, os.WSTOPPED | os.WNOWAIT)

    assert not has_ended(name)


def test_a_killed_process_has_ended_before_its_parent_asks_for_it(child: subprocess.Popen[str]) -> None:
    """A container's first process may never ask."""
    name = named(child)

    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)

    assert has_ended(name)
    child.wait()
    assert has_ended(name)


def test_another_process_with_the_same_number_does_not_pass_for_it() -> None:
    """Numbers come around again."""
    name = this_process()
    assert name is not None
    rest, _, start = name.rpartition("/")

    assert has_ended(f"{rest}/{int(start) - 1}")


def test_of_processes_elsewhere_nobody_here_can_tell() -> None:
    """Another boot, another container, another form: there the lease decides."""
    name = this_process()
    assert name is not None
    boot, namespace, pid, start = name.split("/")

    for other in (
        None,
        "",
        "gone",
        "/".join(("0" * 8 + boot[8:], namespace, "999999999", start)),
        "/".join((boot, namespace + "1", "999999999", start)),
        "/".join((boot, namespace, "-1", start)),
        "/".join((boot, namespace, pid + "x", start)),
    ):
        assert not has_ended(other), other


def test_a_process_of_another_user_is_there() -> None:
    """Its start tells the same to everybody."""
    name = this_process()
    assert name is not None
    with open("/proc/1/stat", encoding="utf-8") as file:  # noqa: PTH123 - no file of ours
        start = file.read().rpartition(")")[2].split()[19]

    assert not has_ended("/".join((*name.split("/")[:2], "1", start)))
