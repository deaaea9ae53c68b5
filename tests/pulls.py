"""The audience ``gold`` of tests: its file, its pin, and what each database must do with it."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import psycopg
from workbench import PROJECT

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest
    from workbench import Outcome, Project

HEAD = "apiVersion: pushspec/v1\nkind: Audience\nname: gold\n"
PIN = "audiences/gold.sandbox.pin.json"
PEOPLE = [("Z", 1), ("a", 1), ("A", 2), ("ada", 2), ("rong", 1), ("é", 1), ("鱼", 2)]
"""Who is in a database's table members, and each one's tier."""
BIG = (2**63 + 1, 10**30, 0, 1_000, -5)
"""Whole numbers that a float, an exponent or a truth value would spoil."""
URL = "PUSHSPEC_TEST_SOURCE"
"""The variable that holds the address."""
CANARIES = ("rong", "bonnie", "ada lin")
"""What no message may show."""


@contextmanager
def own_database(postgres_server: str, name: str) -> Iterator[str]:
    """Make a database of a real server for the tests of one file, and give its address."""
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f'create database "{name}" template template0')
    yield postgres_server.replace("/postgres?", f"/{name}?")
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f'drop database "{name}" with (force)')


def with_source(
    project: Project, monkeypatch: pytest.MonkeyPatch, url: str | None, timeout: str = "10m"
) -> Project:
    """Give the environment a database named warehouse; without a URL its variable is missing."""
    if url is None:
        monkeypatch.delenv(URL, raising=False)
    else:
        monkeypatch.setenv(URL, url)
    sources = f"{{warehouse: {{url: {{env: {URL}}}, timeout: {timeout}}}}}"
    return project.write({"pushspec.yaml": PROJECT.replace("true}", f"true, sources: {sources}}}")})


def define(project: Project, sql: str, keys: str = "") -> Project:
    """Write an audience file that reads from the database."""
    text = f"{HEAD}source: warehouse\nsql: {json.dumps(sql, ensure_ascii=False)}\n{keys}"
    return project.write({"audiences/gold.yaml": text})


def pin_of(project: Project) -> dict[str, Any]:
    """Return the pin that a pull wrote."""
    pin: dict[str, Any] = json.loads((project.root / PIN).read_text("utf-8"))
    return pin


def check_digits(project: Project, rows: str) -> None:
    """Check that the numbers of ``BIG``, in a column named id, come digit by digit."""
    define(project, f"select id from {rows}")

    project.run("audience", "pull").assert_ok()

    digits = "".join(f"{it}\n" for it in sorted(map(str, BIG)))
    assert project.run("audience", "show", "--samples", "9").out.endswith("account\n" + digits)


def refused(project: Project, code: int = 1) -> Outcome:
    """Pull, and return how it was refused: nothing was written, and no row was shown."""
    outcome = project.run("audience", "pull")
    assert outcome.code == code, outcome.out + outcome.err
    assert not (project.root / PIN).exists()
    assert not list(project.root.glob(".pushspec/audiences/*.gz"))
    assert not any(name in outcome.out + outcome.err for name in CANARIES)
    return outcome


def check_people(project: Project, table: str) -> None:
    """Check that a table of ``PEOPLE``, one of them twice, gives the list that a file of them gives."""
    define(project, f"select id, lang, tier from {table}", "column: id\nkeep: [lang, tier]\n")
    project.run("audience", "pull").assert_ok()
    pin = pin_of(project)

    rows = "".join(f"{name},x,{tier}\n" for name, tier in reversed(PEOPLE))
    keys = "file: p.csv\ncolumn: id\nkeep: [lang, tier]\n"
    project.write({"p.csv": "id,lang,tier\n" + rows, "audiences/gold.yaml": HEAD + keys})
    project.run("audience", "pull").assert_ok()

    assert (pin["rows"], pin["duplicates"], pin["count"]) == (8, 1, 7)
    assert pin_of(project)["rows_sha256"] == pin["rows_sha256"]
