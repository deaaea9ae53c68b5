"""A pull whose database is busy: it says so on a terminal, and Ctrl-C or SIGTERM ends it, and the query."""

from __future__ import annotations

import os
import pty
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import psycopg
import pytest
from pulls import HEAD, PIN, define, own_database, with_source

from pushspec.audience.sources.adbc import connected
from pushspec.audience.stoppable import StillRunningError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench import Project

PUSHSPEC = Path(sys.executable).with_name("pushspec")
WITHIN_S = 7
"""What docs/exit-codes.md allows a run; less than the 10 s after which a connection is given up anyhow."""
PATIENCE_S = 120
LONG = "select count(*) as id from range(100000000000) a where hash(a.range) = 1"
SLOW = "select 'x' as id from (select pg_sleep(100)) as slept"
ASLEEP = "select pid from pg_stat_activity where query like '%pg_sleep(100)%' and pid <> pg_backend_pid()"
STOPS = [signal.SIGINT, signal.SIGTERM]


@pytest.fixture(scope="module")
def server(postgres_server: str) -> Iterator[str]:
    """A database of the real server for the tests of this file."""
    with own_database(postgres_server, "busy") as url:
        yield url


class Pull:
    """A running pull on a terminal.

    Attributes:
        process: The command.
        shown: What it has written.
    """

    def __init__(self, process: subprocess.Popen[bytes], terminal: int) -> None:
        self.process, self._terminal = process, terminal
        self.shown = ""

    def until(self, pattern: str) -> None:
        """Read the terminal until a pattern is there; it must not end before."""
        until = time.monotonic() + PATIENCE_S
        while not re.search(pattern, self.shown):
            assert time.monotonic() < until, self.shown
            assert self._read(), self.shown

    def stop(self, number: int) -> int:
        """Tell it to stop, and return its exit code."""
        self.process.send_signal(number)
        code = self.process.wait(WITHIN_S)
        while self._read():
            pass
        return code

    def _read(self) -> bool:
        try:
            data = os.read(self._terminal, 65_536)
        except OSError:  # the other end is closed
            data = b""
        self.shown += data.decode(errors="replace")
        return bool(data)


@contextmanager
def pulling(project: Project) -> Iterator[Pull]:
    """Pull on a terminal; whatever still runs at the end is killed."""
    ours, its = pty.openpty()
    environ = {name: value for name, value in os.environ.items() if name != "CI"} | {"TERM": "xterm"}
    process = subprocess.Popen(
        [PUSHSPEC, "audience", "pull"],
        cwd=project.root,
        env=environ,
        stdin=its,
        stdout=its,
        stderr=its,
        start_new_session=True,
    )
    os.close(its)
    try:
        yield Pull(process, ours)
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def check_stopped(project: Project, pull: Pull, number: int) -> None:
    """Stop a pull, and check that it ends soon, as a stop and not as a query that failed."""
    code = pull.stop(number)

    assert code == 130, pull.shown
    assert pull.shown.endswith("Stopped.\r\n")
    assert "error" not in pull.shown
    assert not (project.root / PIN).exists()


@pytest.mark.parametrize("number", STOPS)
def test_a_stop_ends_the_pull_and_the_query_in_the_database(
    project: Project, server: str, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """The driver waits in C, where Python hears of no signal, and takes Ctrl-C for itself."""
    with_source(project, monkeypatch, server)
    define(project, SLOW)

    with pulling(project) as pull:
        pull.until(r"gold: running the query in warehouse, [1-9] s so far")
        check_stopped(project, pull, number)

    with psycopg.connect(server, autocommit=True) as connection:
        until = time.monotonic() + WITHIN_S
        while connection.execute(ASLEEP).fetchall():
            assert time.monotonic() < until


def test_a_stop_ends_the_pull_of_a_server_that_does_not_heed(
    project: Project, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thread is still in the driver: to close the connection below it would hang or crash."""
    with_source(project, monkeypatch, server)
    define(project, SLOW)

    with pulling(project) as pull, psycopg.connect(server, autocommit=True) as connection:
        pull.until(r"gold: running the query in warehouse, [1-9] s so far")
        ((backend,),) = connection.execute(ASLEEP).fetchall()
        os.kill(backend, signal.SIGSTOP)
        try:
            check_stopped(project, pull, signal.SIGTERM)
        finally:
            os.kill(backend, signal.SIGCONT)


def test_a_connection_that_a_thread_still_uses_stays_open(server: str) -> None:
    """Closing frees what the thread works with; the process ends anyhow."""
    connecting = connected("adbc_driver_postgresql", "postgresql", uri=server)
    with pytest.raises(StillRunningError), connecting as connection:
        raise StillRunningError

    with connection, connection.cursor() as cursor:
        cursor.execute("select 1")


@pytest.mark.parametrize("number", STOPS)
def test_a_stop_ends_a_query_of_a_duckdb_file(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """Its engine runs in this process, and must not keep it either."""
    duckdb.connect(f"{tmp_path}/busy.duckdb").close()
    with_source(project, monkeypatch, f"duckdb:///{tmp_path}/busy.duckdb")
    define(project, LONG)

    with pulling(project) as pull:
        pull.until(r"gold: running the query in warehouse, [1-9] s so far")
        check_stopped(project, pull, number)


@pytest.mark.parametrize("number", STOPS)
def test_a_stop_ends_a_query_over_files(project: Project, number: int) -> None:
    """The same engine, over rows that pushspec read."""
    rows = "".join(f"u{number}\n" for number in range(30_000))
    sql = "select a.id from 'p.csv' a, 'p.csv' b, 'p.csv' c where hash(a.id || b.id || c.id) = 1"
    project.write({"p.csv": f"id\n{rows}", "audiences/gold.yaml": f"{HEAD}sql: {sql}\ncolumn: id\n"})

    with pulling(project) as pull:
        pull.until(r"gold: running the query, [1-9] s so far")
        check_stopped(project, pull, number)


@pytest.mark.parametrize("number", STOPS)
def test_a_stop_ends_the_wait_for_a_server_that_says_nothing(
    project: Project, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """The driver knows no way to give up a connection that it is making: it is left behind."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        with_source(project, monkeypatch, f"postgresql://ada@127.0.0.1:{silent.getsockname()[1]}/x")
        define(project, "select 1 as id")

        with pulling(project) as pull:
            pull.until(r"gold: connecting to warehouse, [1-9] s so far")
            check_stopped(project, pull, number)
