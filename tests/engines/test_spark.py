"""Audiences from Spark: the same people as from a file, and no row in any message."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from workbench import PROJECT, Outcome, Project

if TYPE_CHECKING:
    from collections.abc import Iterator

HEAD = "apiVersion: pushspec/v1\nkind: Audience\nname: gold\n"
PIN = "audiences/gold.sandbox.pin.json"
PEOPLE = [("Z", 1), ("a", 1), ("A", 2), ("ada", 2), ("rong", 1), ("é", 1), ("鱼", 2)]
URL = "PUSHSPEC_TEST_SOURCE"
MEMBERS = ", ".join(f"('{name}', {tier}L, 'x')" for name, tier in [*PEOPLE, PEOPLE[0]])
CANARIES = ("rong", "bonnie")


@pytest.fixture(scope="module")
def members(spark: str) -> Iterator[str]:
    """The address of a server with a view that every session sees."""
    from pyspark.sql.connect.session import SparkSession

    session = SparkSession.builder.remote(spark).create()
    view = f"create global temporary view members as select * from values {MEMBERS} as t(id, tier, lang)"
    session.sql(view).collect()
    yield spark
    session.stop()


@pytest.fixture
def warehouse(project: Project, members: str, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project whose environment names the server."""
    return with_source(project, members, monkeypatch)


def with_source(project: Project, url: str, monkeypatch: pytest.MonkeyPatch, timeout: str = "10m") -> Project:
    monkeypatch.setenv(URL, url)
    sources = f"{{warehouse: {{url: {{env: {URL}}}, timeout: {timeout}}}}}"
    return project.write({"pushspec.yaml": PROJECT.replace("true}", f"true, sources: {sources}}}")})


def define(project: Project, sql: str, keys: str = "column: id\n") -> Project:
    text = f"{HEAD}source: warehouse\nsql: {json.dumps(sql, ensure_ascii=False)}\n{keys}"
    return project.write({"audiences/gold.yaml": text})


def pin_of(project: Project) -> dict[str, Any]:
    pin: dict[str, Any] = json.loads((project.root / PIN).read_text("utf-8"))
    return pin


def refused(project: Project, capfd: pytest.CaptureFixture[str]) -> Outcome:
    """Pull, and return how it was refused: nothing was written, and no row was shown by anybody."""
    outcome = project.run("audience", "pull")
    assert outcome.code == 1, outcome.out + outcome.err
    assert not (project.root / PIN).exists()
    printed = capfd.readouterr()
    assert not any(name in outcome.out + outcome.err + printed.out + printed.err for name in CANARIES)
    return outcome


def test_spark_gives_the_list_that_a_file_of_the_same_people_gives(warehouse: Project) -> None:
    """Moving a list into a warehouse must change nobody's push."""
    define(warehouse, "select * from global_temp.members", "column: id\nkeep: [lang, tier]\n")
    warehouse.run("audience", "pull").assert_ok()
    pin = pin_of(warehouse)

    rows = "".join(f"{name},x,{tier}\n" for name, tier in reversed(PEOPLE))
    warehouse.write(
        {
            "p.csv": "id,lang,tier\n" + rows,
            "audiences/gold.yaml": f"{HEAD}file: p.csv\ncolumn: id\nkeep: [lang, tier]\n",
        }
    )
    warehouse.run("audience", "pull").assert_ok()

    assert (pin["rows"], pin["duplicates"], pin["count"]) == (8, 1, 7)
    assert pin_of(warehouse)["rows_sha256"] == pin["rows_sha256"]


def test_many_rows_come_in_batches_and_are_all_there(warehouse: Project) -> None:
    """A partition is one batch or several, and the count of Spark is the count of the rows."""
    define(warehouse, "select cast(id % 30000 as int) as id from range(0, 40000, 1, 3)")

    warehouse.run("audience", "pull").assert_ok()

    assert (pin_of(warehouse)["rows"], pin_of(warehouse)["count"]) == (40_000, 30_000)


def test_people_are_told_apart_by_bytes_whatever_the_collation(warehouse: Project) -> None:
    """A column may say that `a` equals `A`; the service does not."""
    define(warehouse, "select id collate UTF8_LCASE as id from global_temp.members")

    warehouse.run("audience", "pull").assert_ok()

    assert pin_of(warehouse)["count"] == len(PEOPLE)


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("select nope as id from global_temp.members", "the query fails: [UNRESOLVED_COLUMN"),
        ("select id from nowhere", "the query fails: [TABLE_OR_VIEW_NOT_FOUND]"),
        ("select id frm global_temp.members where", "the query fails: [PARSE_SYNTAX_ERROR]"),
        ("drop view global_temp.members", "the query is no SELECT"),
        ("select 1 as id) union (select 2 as id", "the query fails: [PARSE_SYNTAX_ERROR]"),
        ("select cast(id as double) as id from range(3)", "the column id is of type double"),
        ("select cast(id as decimal(20,0)) as id from range(3)", "the column id is of type decimal(20,0)"),
        ("select cast(id as int) as id from global_temp.members", "the query fails: CAST_INVALID_INPUT"),
        ("select concat(id, ' ') as id from global_temp.members", "the account holds white space"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_written(
    warehouse: Project, sql: str, says: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """Neither pushspec nor Spark's client shows a row, and nothing but a SELECT runs."""
    define(warehouse, sql)

    assert says in refused(warehouse, capfd).err


def test_a_query_that_takes_too_long_ends(
    project: Project, members: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """A pull in CI ends by itself, and the server stops working on it."""
    with_source(project, members, monkeypatch, timeout="2s")
    define(project, "select a.id from range(3000000) a, range(3000000) b where a.id * b.id = 1")

    assert "the query took longer than 2 s" in refused(project, capfd).err


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("sc://127.0.0.1:1", "nothing answers there"),
        ("sc://", "its variable holds no address of Spark"),
        ("sc://127.0.0.1:port", "its variable holds no address of Spark"),
        ("sc://0.0.0.0:15002", "people would come in the clear"),
        ("sc://0.0.0.0:15002/;use_ssl=false;user_id=hunter2", "people would come in the clear"),
        ("sc://0.0.0.0:1/;use_ssl=true;token=hunter2", "nothing answers there"),
    ],
)
def test_a_server_out_of_reach_is_said_without_its_address(
    project: Project, monkeypatch: pytest.MonkeyPatch, url: str, says: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """The address is a secret: it may hold a token. Nothing is tried for ten minutes."""
    with_source(project, url, monkeypatch)
    define(project, "select 1 as id")

    said = refused(project, capfd).err

    assert says in said
    assert "hunter2" not in said
