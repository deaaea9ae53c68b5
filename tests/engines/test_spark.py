"""Audiences from Spark: the same people as from a file, and no row in any message."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pulls import BIG, CANARIES, PEOPLE, check_digits, check_people, define, pin_of, refused, with_source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench import Project

MEMBERS = ", ".join(f"('{name}', {tier}L, 'x')" for name, tier in [*PEOPLE, PEOPLE[0]])


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
    return with_source(project, monkeypatch, members)


def refusal(project: Project, capfd: pytest.CaptureFixture[str]) -> str:
    """Pull, and return how it was refused; Spark's client printed no row either."""
    outcome = refused(project)
    printed = capfd.readouterr()
    assert not any(name in printed.out + printed.err for name in CANARIES)
    return outcome.err


def test_spark_gives_the_list_that_a_file_of_the_same_people_gives(warehouse: Project) -> None:
    """Moving a list into a warehouse must change nobody's push."""
    check_people(warehouse, "global_temp.members")


def test_many_rows_come_in_batches_and_are_all_there(warehouse: Project) -> None:
    """A partition is one batch or several, and the count of Spark is the count of the rows."""
    define(warehouse, "select cast(id % 30000 as int) as id from range(0, 40000, 1, 3)")

    warehouse.run("audience", "pull").assert_ok()

    assert (pin_of(warehouse)["rows"], pin_of(warehouse)["count"]) == (40_000, 30_000)


def test_decimals_without_a_scale_give_their_digits(warehouse: Project) -> None:
    """A sum of decimals is as wide as 38 digits, and none of them is lost."""
    values = ", ".join(f"(cast('{it}' as decimal(38,0)))" for it in BIG)

    check_digits(warehouse, f"values {values} as t(id)")


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
        ("select cast(id as decimal(20,2)) as id from range(3)", "the column id is of type decimal(20,2)"),
        ("select cast(id as int) as id from global_temp.members", "the query fails: CAST_INVALID_INPUT"),
        ("select concat(id, ' ') as id from global_temp.members", "the account holds white space"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_written(
    warehouse: Project, sql: str, says: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """Neither pushspec nor Spark's client shows a row, and nothing but a SELECT runs."""
    define(warehouse, sql)

    assert says in refusal(warehouse, capfd)


def test_a_query_that_takes_too_long_ends(
    project: Project, members: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """A pull in CI ends by itself, and the server stops working on it."""
    with_source(project, monkeypatch, members, timeout="2s")
    define(project, "select a.id from range(3000000) a, range(3000000) b where a.id * b.id = 1")

    assert "the query took longer than 2 s" in refusal(project, capfd)


def test_a_client_of_another_version_is_told_both(
    warehouse: Project, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """A server of another major version misunderstands plans, or does not answer."""
    monkeypatch.setattr("pyspark.__version__", "3.5.1")
    define(warehouse, "select id from global_temp.members")

    said = refusal(warehouse, capfd)

    assert "the client is Spark 3.5.1, the server 4." in said
    assert "install pyspark-client 4" in said


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
    with_source(project, monkeypatch, url)
    define(project, "select 1 as id")

    said = refusal(project, capfd)

    assert says in said
    assert "hunter2" not in said
