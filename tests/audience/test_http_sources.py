"""Audiences from databases over HTTP: from Trino as its documented protocol has it, not from a real one."""

from __future__ import annotations

import json
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from pulls import BIG, PEOPLE, check_digits, check_people, define, pin_of, refused, with_source
from serving import Door, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench import Project

ERRORS: dict[type[duckdb.Error], str] = {
    duckdb.BinderException: "COLUMN_NOT_FOUND",
    duckdb.CatalogException: "TABLE_NOT_FOUND",
    duckdb.ParserException: "SYNTAX_ERROR",
    duckdb.ConversionException: "INVALID_CAST_ARGUMENT",
}
PAGE = 3
"""Rows of one answer."""


@dataclass
class Trino:
    """A coordinator; the work is done by DuckDB (https://trino.io/docs/current/develop/client-protocol.html).

    Attributes:
        url: Where it listens.
        heard: The method, path and headers of each request.
        odd: Answers that are given first, each as a status and a body.
        cut: Whether the last page of a result is lost.
    """

    engine: Any
    url: str = ""
    heard: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    odd: deque[tuple[int, str]] = field(default_factory=deque)
    cut: bool = False
    pages: deque[dict[str, Any]] = field(default_factory=deque)

    def ask(self, sql: str) -> dict[str, Any]:
        """Run a statement and return its first answer: queued, without rows."""
        try:
            result = self.engine.execute(sql)
        except duckdb.Error as error:
            name = ERRORS.get(type(error), "GENERIC_INTERNAL_ERROR")
            self.pages = deque([{"error": {"message": str(error), "errorName": name}}])
            return self.page({})
        columns = [{"name": name, "type": str(kind).lower()} for name, kind, *_ in result.description]
        rows = result.fetchall()
        pages = [{"columns": columns, "data": rows[at : at + PAGE]} for at in range(0, len(rows), PAGE)]
        self.pages = deque([{"columns": columns}, *(pages[:-1] if self.cut else pages), {"columns": columns}])
        return self.page({})

    def page(self, content: dict[str, Any]) -> dict[str, Any]:
        """Return an answer, with where the next one is."""
        more = {"nextUri": f"{self.url}/v1/statement/executing/q1/{len(self.pages)}"} if self.pages else {}
        return {"id": "q1", "stats": {"state": "RUNNING"}, **content, **more}


@pytest.fixture
def trino() -> Iterator[Trino]:
    """A server with a table."""
    members = ", ".join(f"('{name}', {tier}, 'x')" for name, tier in [*PEOPLE, PEOPLE[0]])
    engine = duckdb.connect()
    engine.execute(f"create table members as from (values {members}) as t(id, tier, lang)")
    server = Trino(engine)

    class TrinoDoor(Door):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:  # noqa: N802 - the library's own name
            sql = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self._answer(lambda: server.ask(sql))

        def do_GET(self) -> None:  # noqa: N802 - the library's own name
            self._answer(lambda: server.page(server.pages.popleft()))

        def do_DELETE(self) -> None:  # noqa: N802 - the library's own name
            server.heard.append(("DELETE", self.path, dict(self.headers)))
            self.send_response(204)
            self.end_headers()

        def _answer(self, made: Any) -> None:
            server.heard.append((self.command, self.path, dict(self.headers)))
            status, body = server.odd.popleft() if server.odd else (200, json.dumps(made()))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body.encode())))
            self.end_headers()
            self.wfile.write(body.encode())

    with serving(TrinoDoor) as server.url:
        yield server
    engine.close()


@pytest.fixture
def warehouse(project: Project, trino: Trino, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project whose environment names the server."""
    return with_source(project, monkeypatch, trino.url.replace("http://", "trino://lin@") + "/hive/crm")


def test_trino_gives_the_list_that_a_file_of_the_same_people_gives(warehouse: Project, trino: Trino) -> None:
    """Moving a list into a warehouse must change nobody's push."""
    check_people(warehouse, "members")

    headers = trino.heard[0][2]
    assert headers["X-Trino-User"] == "lin"
    assert (headers["X-Trino-Catalog"], headers["X-Trino-Schema"]) == ("hive", "crm")
    assert headers["X-Trino-Session"] == "query_max_run_time=600s"


def test_decimals_without_a_scale_give_their_digits(warehouse: Project) -> None:
    """A type that says so is one of whole numbers in every database."""
    values = ", ".join(f"(cast({it} as decimal(38,0)))" for it in BIG)

    check_digits(warehouse, f"(values {values}) as t(id)")


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("select nope as id from members", "the query fails: Binder Error: Referenced column"),
        ("select id from nowhere", "the query fails: Catalog Error: Table with name nowhere"),
        ("select id frm members where", "the query fails: Parser Error"),
        ("drop table members", "the query is no SELECT"),
        ("select cast(tier as double) as id from members", "the column id is of type double"),
        ("select cast(tier as decimal(20,2)) as id from members", "the column id is of type decimal(20,2)"),
        ("select cast(id as integer) as id from members", "the query fails: INVALID_CAST_ARGUMENT"),
        ("select concat(id, ' ') as id from members", "the account holds white space"),
        ("select nullif(id, 'ada') as id from members", "the account is empty"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_written(warehouse: Project, sql: str, says: str) -> None:
    """No message shows a row."""
    define(warehouse, sql)

    assert says in refused(warehouse).err


def test_a_busy_coordinator_is_asked_again(warehouse: Project, trino: Trino) -> None:
    """The protocol says so of 502, 503, 504 and 429, and of nothing else."""
    define(warehouse, "select id from members")
    columns = [{"name": "id", "type": "varchar"}]
    trino.odd.extend([(503, ""), (429, ""), (200, json.dumps({"id": "q0", "columns": columns}))])

    warehouse.run("audience", "pull").assert_ok()

    assert pin_of(warehouse)["count"] == len(PEOPLE)


@pytest.mark.parametrize(
    ("status", "body", "says"),
    [
        (401, "hunter2", "the source refuses this user"),
        (500, "hunter2", "the source answers with status 500"),
        (200, "<html>hunter2</html>", "what answers there is no database of this kind"),
        (
            200,
            json.dumps({"error": {"errorName": "EXCEEDED_TIME_LIMIT", "message": "hunter2"}}),
            "the query took longer than 600 s",
        ),
    ],
)
def test_another_answer_ends_the_pull(
    warehouse: Project, trino: Trino, status: int, body: str, says: str
) -> None:
    """Its text may hold anything, so it is not shown."""
    define(warehouse, "select id from members")
    trino.odd.append((status, body))

    said = refused(warehouse).err

    assert says in said
    assert "hunter2" not in said


def test_a_result_without_its_end_is_no_list(warehouse: Project, trino: Trino) -> None:
    """The count of all rows is one of them, so a lost page shows."""
    define(warehouse, "select id from members")
    trino.cut = True

    assert "the result was cut off" in refused(warehouse).err


def test_a_query_that_nobody_waits_for_is_cancelled(
    project: Project, trino: Trino, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would go on, and hold up others."""
    with_source(project, monkeypatch, trino.url.replace("http://", "trino://lin@"), timeout="1s")
    define(project, "select id from members")
    waits = json.dumps({"id": "q1", "nextUri": f"{trino.url}/v1/statement/queued/q1/1"})
    trino.odd.extend([(200, waits), *[(503, "")] * 30])

    assert "the query took longer than 1 s" in refused(project).err

    assert trino.heard[-1][:2] == ("DELETE", "/v1/statement/queued/q1/1")


@pytest.mark.parametrize("kind", ["trino", "clickhouse"])
def test_another_machine_is_asked_over_tls_alone(
    project: Project, trino: Trino, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """People and passwords would come in the clear."""
    port = trino.url.rpartition(":")[2]
    with_source(project, monkeypatch, f"{kind}://lin:hunter2@0.0.0.0:{port}/hive")
    define(project, "select id from members")

    said = refused(project).err

    assert "the source cannot be reached: no TLS that this machine trusts" in said
    assert "hunter2" not in said
    assert trino.heard == []
