"""Packages and servers that are older than what pushspec was tried with are refused by name and version."""

from __future__ import annotations

import re
from importlib import import_module, metadata
from typing import TYPE_CHECKING

import psycopg
import pytest
from pulls import define, refused, with_source
from serving import Door, serving

from pushspec.audience.packages import OLDEST

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench import Project


def test_the_oldest_releases_are_those_that_the_extras_ask_for() -> None:
    """One number in two places drifts apart."""
    asked = {
        match[1].replace("-client", "").replace("-", "_"): match[2]
        for text in metadata.requires("pushspec") or ()
        if (match := re.match(r"([\w-]+)(?:\[\w+\])?>=([\d.]+).*extra == ['\"](source|audience)", text))
        or (match := re.match(r"([\w-]+)(?:\[\w+\])?<\d+,>=([\d.]+).*extra == ['\"](source|audience)", text))
    }

    assert {name: oldest for name, (oldest, _) in OLDEST.items()}.items() <= asked.items()


@pytest.mark.parametrize(
    ("package", "found", "says", "fix"),
    [
        ("adbc_driver_postgresql", "1.7.0", "adbc-driver-postgresql 1.7.0", "source-postgresql"),
        ("psycopg", "3.1.20", "psycopg 3.1.20", "source-postgresql"),
        ("duckdb", "1.4.2", "duckdb 1.4.2", "audience"),
        ("pyarrow", "19.0.1", "pyarrow 19.0.1", "audience"),
    ],
)
def test_a_package_that_is_too_old_is_refused(
    project: Project,
    postgres_server: str,
    monkeypatch: pytest.MonkeyPatch,
    package: str,
    found: str,
    says: str,
    fix: str,
) -> None:
    """pip only warns where another program wants an older one, and what that does to a list nobody tried."""
    with_source(project, monkeypatch, postgres_server)
    define(project, "select 'ada' as id")
    monkeypatch.setattr(import_module(package), "__version__", found)

    said = refused(project).err

    assert f"{says} is installed, and pushspec takes {OLDEST[package][0]} or newer" in said
    assert f"hint: pip install --upgrade 'pushspec[{fix}]'" in said


@pytest.fixture
def older(postgres_server: str) -> Iterator[str]:
    """A user to whom the server says that it is PostgreSQL 9.6, as warehouses with its protocol do."""
    url = postgres_server.replace("user=pushspec", "user=older")
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        for statement in (
            "create role older login",
            "create schema older authorization older",
            "alter role older set search_path = older, pg_catalog",
            "create function older.current_setting(text) returns text language sql as $$ select '90624' $$",
            "grant execute on function older.current_setting to older",
        ):
            connection.execute(statement)
        yield url
        connection.execute("drop schema older cascade")
        connection.execute("drop role older")


def test_a_server_that_is_too_old_is_refused(
    project: Project, older: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before it is asked for people."""
    with_source(project, monkeypatch, older)
    define(project, "select 'ada' as id")

    said = refused(project).err

    assert "the server is PostgreSQL 9.6, and pushspec takes 12 or newer" in said
    assert "hint: export its people to a file" in said


class OldClickhouse(Door):
    """Answers as one from before the settings that pushspec gives."""

    def do_POST(self) -> None:  # noqa: N802 - the library's own name
        """Answer one request."""
        self.rfile.read(int(self.headers["Content-Length"]))
        body = b"Code: 115. DB::Exception: Unknown setting hunter2. (UNKNOWN_SETTING) (version 22.8.5.29)"
        self.send_response(404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def test_a_clickhouse_that_is_too_old_is_refused(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the setting, an error in the middle of the rows would look like rows."""
    with serving(OldClickhouse) as url:
        with_source(project, monkeypatch, url.replace("http", "clickhouse"))
        define(project, "select 'ada' as id")

        said = refused(project).err

    assert "the server is ClickHouse 22.8, too old for this pushspec" in said
    assert "hint: update the server" in said
