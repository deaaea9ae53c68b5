"""A table that is rebuilt while it is pulled: the list is of one state of it, or there is none."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import duckdb
import psycopg
import pytest
from pulls import define, own_database, pin_of, refused, with_source

import pushspec
from pushspec.api.audiences import pull_audiences
from pushspec.audience.sources import postgresql

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from workbench import Project

STAYED = "select id from members where id not in (select id from gone)"
"""Who did not leave: while gone is empty, everybody."""
LONG_S = 8
REFILLED = "insert into gone values ('bonnie'), ('rong')"
REBUILDS = {
    "truncated": ["truncate gone", REFILLED],
    "dropped": ["drop table gone", "create table gone (id text)", REFILLED],
    "swapped": [
        "create table fresh as select unnest(array['bonnie', 'rong']) as id",
        "alter table gone rename to old",
        "alter table fresh rename to gone",
        "drop table old",
    ],
}
WAITING = "select count(*) from pg_locks where not granted"
"""How many wait for a lock."""


@pytest.fixture(scope="module")
def server(postgres_server: str) -> Iterator[str]:
    """A database of the real server for the tests of this file."""
    with own_database(postgres_server, "rebuilt") as url:
        yield url


@pytest.fixture
def warehouse(project: Project, server: str, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project whose environment names the database: four members, of whom two are gone."""
    with psycopg.connect(server, autocommit=True) as connection:
        for statement in (
            "drop schema public cascade",
            "create schema public",
            "create table members as select unnest(array['ada', 'bonnie', 'lin', 'rong']) as id",
            "create table gone (id text)",
            REFILLED,
        ):
            connection.execute(statement)
    with_source(project, monkeypatch, server, timeout="10m")
    return define(project, STAYED)


class Rebuild:
    """A rebuild in one transaction, in a thread of its own; it is committed once others wait for locks.

    Attributes:
        has_run: Set once all its statements are done, and the commit is left.
        ends: Set where nobody will wait any more.
    """

    def __init__(self, server: str, statements: list[str], waiting: int = 1) -> None:
        self._server, self._statements, self._waiting = server, statements, waiting
        self._errors: list[BaseException] = []
        self.has_run, self.ends = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        try:
            with psycopg.connect(self._server) as connection:
                for statement in self._statements:
                    connection.execute(statement)
                self.has_run.set()
                wait_for_locks(self._server, self._waiting, self.ends)
        except BaseException as error:  # noqa: BLE001 - whatever it is, the test shows it
            self._errors.append(error)
        finally:
            self.has_run.set()

    def join(self) -> None:
        """Wait for its end."""
        self.ends.set()
        self._thread.join()
        assert self._errors == []


def wait_for_locks(server: str, count: int, ends: threading.Event) -> None:
    """Wait until so many wait for a lock."""
    with psycopg.connect(server, autocommit=True) as looking:
        until = time.monotonic() + LONG_S
        while looking.execute(WAITING).fetchall() < [(count,)] and time.monotonic() < until:
            if ends.wait(0.01):
                return


@pytest.mark.parametrize("statements", list(REBUILDS.values()), ids=list(REBUILDS))
def test_a_pull_that_waited_for_a_rebuild_sees_what_it_made(
    warehouse: Project, server: str, statements: list[str]
) -> None:
    """To a snapshot from before, the table would be empty: nobody would have left."""
    rebuild = Rebuild(server, statements)
    rebuild.has_run.wait()

    warehouse.run("audience", "pull").assert_ok()
    rebuild.join()

    assert pin_of(warehouse)["count"] == 2


def test_a_rebuild_cannot_begin_between_the_columns_and_the_rows(warehouse: Project, server: str) -> None:
    """The second one waits behind the pull, and would have its turn as soon as the columns are known."""
    first = Rebuild(server, REBUILDS["truncated"], waiting=2)
    first.has_run.wait()

    def queue_up() -> None:
        wait_for_locks(server, 1, threading.Event())
        second.append(Rebuild(server, REBUILDS["truncated"]))

    second: list[Rebuild] = []
    queueing = threading.Thread(target=queue_up)
    queueing.start()
    warehouse.run("audience", "pull").assert_ok()
    queueing.join()
    for rebuild in (first, *second):
        rebuild.join()

    assert pin_of(warehouse)["count"] == 2


def test_a_part_of_a_table_is_waited_for_too(warehouse: Project, server: str) -> None:
    """The server locks parts only when it plans the query."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("drop table gone")
        connection.execute("create table gone (id text) partition by hash (id)")
        connection.execute("create table part partition of gone for values with (modulus 1, remainder 0)")
        connection.execute(REFILLED)
    rebuild = Rebuild(server, ["truncate part", REFILLED.replace("gone", "part")])
    rebuild.has_run.wait()

    warehouse.run("audience", "pull").assert_ok()
    rebuild.join()

    assert pin_of(warehouse)["count"] == 2


def test_a_rebuild_that_takes_long_ends_the_pull(
    warehouse: Project, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever waits for ever holds up those behind them."""
    monkeypatch.setattr(postgresql, "_LOCK_S", 1)
    with psycopg.connect(server) as connection:
        connection.execute("truncate gone")

        said = refused(warehouse).err

    assert "the query waited too long for a table that somebody rebuilds" in said
    assert "hint: pull again once that is done" in said


def pulled(project: Project, meanwhile: Callable[[], object]) -> int:
    """Pull, do something after the first rows, and return how many accounts the list has."""
    todo = [meanwhile]
    loaded = pushspec.load_project(project.root)

    def on_progress(_name: str, _doing: str, more: int | None, _total: int) -> None:
        while todo and more:
            todo.pop()()

    (done,) = pull_audiences(loaded, environ=os.environ, on_progress=on_progress)
    assert todo == []
    return done.pin.count


MANY = "select 'user_of_the_app_' || n as id from {} as t(n)"
COUNT = 400_000
"""Rows of which the first are here before the last have left the server."""


def test_what_changes_between_two_batches_changes_nothing(warehouse: Project, server: str) -> None:
    """Rows may go and come; the table itself can be neither emptied nor dropped until all rows are here."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("drop table members")
        connection.execute(f"create table members as {MANY.format(f'generate_series(1, {COUNT})')}")
    define(warehouse, "select id from members")
    refusals = []

    def change() -> None:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute("delete from members where id like '%7'")
            connection.execute("insert into members select 'new_' || id from members")
            connection.execute("set lock_timeout = '50ms'")
            for statement in ("truncate members", "drop table members"):
                try:
                    connection.execute(statement)
                except psycopg.errors.LockNotAvailable:
                    refusals.append(statement)

    assert pulled(warehouse, change) == COUNT
    assert refusals == ["truncate members", "drop table members"]


@pytest.fixture
def in_a_file(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project whose environment names a DuckDB file, beside which a newer one lies."""
    for name, count in (("people", COUNT), ("newer", COUNT // 2)):
        with duckdb.connect(str(project.root / f"{name}.duckdb")) as connection:
            connection.execute(f"create table members as {MANY.format(f'range({count})')}")
    with_source(project, monkeypatch, "duckdb:///people.duckdb")
    return define(project, "select id from members")


def test_a_file_that_another_one_takes_the_place_of_is_read_to_its_end(in_a_file: Project) -> None:
    """As whoever renames a new database over the old one means it."""
    root = in_a_file.root

    assert pulled(in_a_file, lambda: (root / "newer.duckdb").rename(root / "people.duckdb")) == COUNT
    assert pulled(in_a_file, lambda: None) == COUNT // 2


def test_a_file_that_is_written_to_meanwhile_is_no_list(in_a_file: Project) -> None:
    """A copy takes no lock, and each of its blocks looks sound."""
    root = in_a_file.root

    with pytest.raises(pushspec.SpecError) as refusal:
        pulled(in_a_file, lambda: shutil.copyfile(root / "newer.duckdb", root / "people.duckdb"))

    (problem,) = refusal.value.problems
    assert problem.message == "the database file was written to while it was read"
    assert not list(root.glob("audiences/*.pin.json"))
    assert not list(root.glob(".pushspec/audiences/*.gz"))


WRITER = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print(flush=True); sys.stdin.read()"


def test_a_file_that_another_program_writes_to_is_said(in_a_file: Project) -> None:
    """As while dbt builds into it; the path is an address, which no message shows."""
    command = [sys.executable, "-c", WRITER, str(in_a_file.root / "people.duckdb")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        writer.stdout.readline()
        said = refused(in_a_file).err
        writer.communicate()

    assert "error[audience-source]: another program has the database open and may write to it" in said
    assert "people.duckdb" not in said


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda data: data[: len(data) // 2], "the database is damaged, or was cut off"),
        (lambda data: data[:100] + b"x" * 100 + data[200:], "the database is damaged, or was cut off"),
        (lambda _: b"id\nada\n" * 2_000, "what the address names is no DuckDB database"),
        (lambda _: b"", "what the address names is no DuckDB database"),
    ],
    ids=["cut", "damaged", "another kind", "empty"],
)
def test_a_file_that_cannot_be_read_is_said_without_its_address(
    in_a_file: Project, spoil: Callable[[bytes], bytes], says: str
) -> None:
    """The engine's own words hold the path, and advice to drop what is wrong."""
    file = in_a_file.root / "people.duckdb"
    file.write_bytes(spoil(file.read_bytes()))

    said = refused(in_a_file).err

    assert f"gold.yaml:4:9: error[audience-source]: {says}" in said
    assert "people.duckdb" not in said
