"""Audiences from ClickHouse: its engine runs in this process, behind the few lines of HTTP that it takes."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

import pytest
from pulls import BIG, PEOPLE, check_digits, check_people, define, pin_of, refused, with_source
from serving import Door, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench import Project

MEMBERS = ", ".join(f"('{name}', {tier}, 'x')" for name, tier in [*PEOPLE, PEOPLE[0]])
PASSWORD = "hunter2"
REFUSAL = "Code: 516. DB::Exception: default: Authentication failed. (AUTHENTICATION_FAILED)"


@pytest.fixture(scope="module")
def clickhouse() -> Iterator[str]:
    """The address of a server with a table."""
    from chdb.session import Session

    engine, turn = Session(), threading.Lock()
    engine.query("create table members (id String, tier Int64, lang LowCardinality(String)) engine = Memory")
    engine.query(f"insert into members values {MEMBERS}")

    class ClickhouseDoor(Door):
        """Does what https://clickhouse.com/docs/interfaces/http says of a query in the body."""

        def do_POST(self) -> None:  # noqa: N802 - the library's own name
            sql = self.rfile.read(int(self.headers["Content-Length"])).decode()
            settings = dict(parse_qsl(urlsplit(self.path).query))
            if self.headers["X-ClickHouse-Key"] != PASSWORD:
                self._answer(516, 403, f"{REFUSAL} (version 26.9.2.1)".encode())
                return
            assert settings["readonly"] == "2"
            settings.pop("database", "")
            given = ", ".join(f"{name} = {value}" for name, value in settings.items())
            try:
                with turn:
                    result = engine.query(f"{sql} settings {given}")
            except Exception as error:  # noqa: BLE001 - whatever the engine says goes to the client
                engine.query(
                    "select 1"
                )  # in the embedded engine, what is left of the failed result comes next
                self._answer(1, 500, f"{error} (version 26.9.2.1 (official build))\n".encode())
            else:
                self._answer(0, 200, result.bytes())

        def _answer(self, code: int, status: int, body: bytes) -> None:
            self.send_response(status)
            if code:
                self.send_header("X-ClickHouse-Exception-Code", str(code))
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    with serving(ClickhouseDoor) as url:
        yield url.replace("http://", f"clickhouse://default:{PASSWORD}@") + "/default"
    engine.close()


@pytest.fixture
def warehouse(project: Project, clickhouse: str, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project whose environment names the server."""
    return with_source(project, monkeypatch, clickhouse)


def test_clickhouse_gives_the_list_that_a_file_of_the_same_people_gives(warehouse: Project) -> None:
    """Moving a list into a warehouse must change nobody's push."""
    check_people(warehouse, "members")


def test_many_rows_come_in_batches_and_are_all_there(warehouse: Project) -> None:
    """A block is one batch, and the count of ClickHouse is the count of the rows."""
    define(warehouse, "select toNullable(number % 300000) as id from numbers(400000)")

    warehouse.run("audience", "pull").assert_ok()

    assert (pin_of(warehouse)["rows"], pin_of(warehouse)["count"]) == (400_000, 300_000)


@pytest.mark.parametrize("kind", ["Decimal(38, 0)", "Nullable(Decimal(76, 0))"])
def test_decimals_without_a_scale_give_their_digits(warehouse: Project, kind: str) -> None:
    """None of them is lost, and none is a float in between."""
    values = ", ".join(f"'{it}'" for it in BIG)

    check_digits(warehouse, f"(select cast(arrayJoin([{values}]) as {kind}) as id)")


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("select nope as id from members", "the query fails: Unknown expression identifier `nope`"),
        ("select id from nowhere", "the query fails: Unknown table expression identifier"),
        ("select id frm members where", "the query fails: Syntax error: failed at position"),
        ("drop table members", "the query is no SELECT"),
        ("select 1 as id) union all (select 2 as id", ""),
        ("select toFloat64(tier) as id from members", "the column id is of type Float64"),
        ("select toDecimal64(tier, 2) as id from members", "the column id is of type Decimal(18, 2)"),
        ("select toFixedString(id, 8) as id from members", "the column id is of type FixedString(8)"),
        ("select toUUID('61f0c404-5cb3-11e7-907b-a6006ad3dba0') as id", "the column id is of type UUID"),
        ("select cast(id as Int32) as id from members", "the query fails: CANNOT_PARSE_TEXT"),
        ("select concat(id, ' ') as id from members", "the account holds white space"),
        ("select nullIf(id, 'ada') as id from members", "the account is empty"),
        ("select id from members into outfile 'x.csv'", "the query fails: Syntax error"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_written(warehouse: Project, sql: str, says: str) -> None:
    """No message shows a row, and nothing but a SELECT runs."""
    define(warehouse, sql)

    said = refused(warehouse).err

    assert says in said
    assert "Expected one of" not in said


def test_a_query_that_takes_too_long_ends(
    project: Project, clickhouse: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pull in CI ends by itself, and the server stops working on it."""
    with_source(project, monkeypatch, clickhouse, timeout="1s")
    define(project, "select number as id from numbers(100000000000) where sipHash64(number) = 1")

    assert "the query took longer than 1 s" in refused(project).err


def test_a_wrong_password_is_said_without_it(
    project: Project, clickhouse: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The address is a secret."""
    with_source(project, monkeypatch, clickhouse.replace(PASSWORD, "swordfish"))
    define(project, "select id from members")

    said = refused(project).err

    assert "the source refuses this user" in said
    assert "swordfish" not in said
