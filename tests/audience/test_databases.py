"""Audiences from databases: the same people as from a file, nothing written, and no row in any message."""

from __future__ import annotations

import json
import re
import socket
import threading
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import psycopg
import pyarrow as pa
import pytest
from pulls import BIG, CANARIES, PEOPLE, URL, check_people, define, own_database, pin_of, refused, with_source
from simulation.greedy import CANARY, Greedy
from workbench import PROJECT, Project

from pushspec.audience.sources.source import Column

if TYPE_CHECKING:
    from collections.abc import Iterator


class Database:
    """One database, and how its owner asks it something."""

    def __init__(self, url: str) -> None:
        self.url = url

    def _connect(self) -> Any:
        if self.url.startswith("duckdb:"):
            return duckdb.connect(self.url.removeprefix("duckdb:///"))
        return psycopg.connect(self.url, autocommit=True)

    def run(self, *statements: str) -> None:
        """Run statements as its owner."""
        with self._connect() as connection:
            for statement in statements:
                connection.execute(statement)

    def ask(self, query: str) -> Any:
        """Return the first row of a query."""
        with self._connect() as connection:
            return connection.execute(query).fetchone()

    def fill(self, kind: str = "text", values: list[str] | None = None) -> None:
        """Make the table members of rows that are written as SQL."""
        rows = values or [f"('{name}', {tier}, 'x')" for name, tier in [*PEOPLE, PEOPLE[0]]]
        self.run(
            "drop table if exists members",
            f"create table members (id {kind}, tier bigint, lang text)",
            f"insert into members values {', '.join(rows)}",
        )


@pytest.fixture(scope="module")
def postgresql(postgres_server: str) -> Iterator[str]:
    """A database of the real server for the tests of this file."""
    with own_database(postgres_server, "warehouse") as url:
        yield url


@pytest.fixture(params=["duckdb", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Database:
    """A database of each kind, with the table members."""
    if request.param == "duckdb":
        made = Database(f"duckdb:///{tmp_path}/people.duckdb")
    else:
        made = Database(request.getfixturevalue("postgresql"))
    made.fill()
    return made


@pytest.fixture
def warehouse(project: Project, database: Database, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project whose environment names the database."""
    return with_source(project, monkeypatch, database.url, timeout="20s")


def test_a_database_gives_the_list_that_a_file_of_the_same_people_gives(warehouse: Project) -> None:
    """Moving a list into a warehouse must change nobody's push."""
    check_people(warehouse, "members")


@pytest.mark.parametrize("kind", ["smallint", "integer", "bigint"])
def test_whole_numbers_give_their_digits(warehouse: Project, database: Database, kind: str) -> None:
    """An id is what the app calls the person, and every digit of it."""
    database.fill(kind, ["(7, 1, 'x')", "(12000, 1, 'x')"])
    define(warehouse, "select id from members")

    warehouse.run("audience", "pull").assert_ok()

    assert warehouse.run("audience", "show", "--samples", "5").out.endswith("account\n12000\n7\n")


@pytest.mark.parametrize("kind", ["numeric(38,0)", "numeric"])
def test_decimals_that_are_whole_give_their_digits(
    project: Project, database: Database, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """A warehouse stores ids as NUMBER, and a list of them is what a list of integers is."""
    if database.url.startswith("duckdb:"):
        kind = "decimal(38,0)"  # a bare one has three digits behind the point there
    warehouse = with_source(project, monkeypatch, database.url)
    database.run(
        "drop table if exists members",
        f"create table members (id {kind}, lang {kind})",
        f"insert into members values {', '.join(f'({it}, {it})' for it in BIG)}, (7, null)",
    )
    define(warehouse, "select id, lang from members", "column: id\nkeep: [lang]\n")

    warehouse.run("audience", "pull").assert_ok()

    rows = sorted([*(f"{it}\t{it}\n" for it in BIG), "7\t\n"])
    assert warehouse.run("audience", "show", "--samples", "9").out.endswith("account\tlang\n" + "".join(rows))


def test_a_sum_of_whole_numbers_is_one(warehouse: Project) -> None:
    """It has a wider type than what was summed: numeric in PostgreSQL, HUGEINT in DuckDB."""
    define(warehouse, "select sum(9000000000000000000 + tier) as id from members")

    warehouse.run("audience", "pull").assert_ok()

    assert warehouse.run("audience", "show", "--samples", "9").out.endswith("account\n72000000000000000011\n")


@pytest.fixture
def numerics(project: Project, postgresql: str, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project whose database has types that say nothing of digits behind the point."""
    return with_source(project, monkeypatch, postgresql)


@pytest.mark.parametrize(
    "value", ["1.5", "1.50", "7.0", "-0.000000000001", "'NaN'", "'Infinity'", "'-Infinity'"]
)
@pytest.mark.parametrize("is_kept", [False, True])
def test_a_numeric_with_a_value_that_is_not_whole_is_refused(
    numerics: Project, postgresql: str, value: str, is_kept: bool
) -> None:
    """A bare numeric is judged by its values: 7.0 has another text than the 7 that a campaign may mean."""
    Database(postgresql).run(
        "drop table if exists members",
        "create table members (nr bigint, n numeric)",
        f"insert into members values (1, 12345), (2, {value}), (3, {value}), (3, {value})",
    )
    if is_kept:
        define(numerics, "select nr, n from members", "column: nr\nkeep: [n]\n")
    else:
        define(numerics, "select n from members")

    said = " ".join(refused(numerics).err.split())

    assert (
        "gold.yaml:5:6: error[audience-type]: the column n is of type numeric "
        "and holds a fraction (also 7.0), NaN or infinity: 3 rows" in said
    )
    assert "cast(n as numeric(38,0)) in the query, which rounds" in said
    assert "cast(n as varchar), which keeps all digits" in said
    assert value.strip("'") not in said.replace("(also 7.0), NaN or infinity", "")
    assert said.endswith("1 error")


def test_the_casts_that_the_message_advises_are_taken(numerics: Project) -> None:
    """A hint that leads to the next error helps nobody."""
    define(
        numerics,
        "select cast(n as numeric(38,0)) as id, cast(n as varchar) as n from (values (7.0), (8.25)) as v(n)",
        "column: id\nkeep: [n]\n",
    )

    numerics.run("audience", "pull").assert_ok()

    assert numerics.run("audience", "show", "--samples", "9").out.endswith("account\tn\n7\t7.0\n8\t8.25\n")


def test_nan_fits_into_a_numeric_without_a_scale(numerics: Project) -> None:
    """Its type promises whole numbers, and does not keep the promise."""
    define(numerics, "select 1 as id, 'NaN'::numeric(20,0) as n", "column: id\nkeep: [n]\n")

    assert "is of type numeric(20,0) and holds" in " ".join(refused(numerics).err.split())


def test_a_numeric_rounded_before_the_point_is_refused_by_its_type(numerics: Project) -> None:
    """Ids lose digits there."""
    define(numerics, "select 1250::numeric(5,-2) as id")

    assert "the column id is of type numeric(5,-2), which is no text" in refused(numerics).err


@pytest.mark.parametrize(
    ("kind", "is_taken"),
    [(pa.decimal128(38, 0), True), (pa.decimal256(50, 0), True), (pa.decimal128(38, 9), False)],
)
def test_a_warehouse_tells_the_scale_by_its_arrow_type(kind: pa.DataType, is_taken: bool) -> None:
    """Snowflake's NUMBER(38,0) holds ids; BigQuery's NUMERIC has nine digits behind the point."""
    assert Column("id", str(kind), is_text_or_whole=False).is_decimal == is_taken


def test_a_driver_that_tells_no_scale_leaves_it_to_the_values(
    numerics: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before 1.13, the driver's fields have one of the three keys."""
    driver = "pushspec.audience.sources.adbc"
    monkeypatch.setattr(f"{driver}._POSTGRESQL_TYPE", (b"ADBC:postgresql:typname",))
    monkeypatch.setattr(f"{driver}._POSTGRESQL_MODIFIER", b"")
    define(numerics, "select 0::numeric(10,2) as id")
    assert "is of type numeric and holds a fraction" in " ".join(refused(numerics).err.split())

    define(numerics, "select 0::numeric as id")
    numerics.run("audience", "pull").assert_ok()
    assert numerics.run("audience", "show", "--samples", "9").out.endswith("account\n0\n")


def test_people_are_told_apart_by_bytes_whatever_the_collation(
    warehouse: Project, database: Database
) -> None:
    """A column may say that `a` equals `A`; the service does not."""
    if database.url.startswith("duckdb:"):
        database.fill("varchar collate nocase")
    else:
        database.run(
            "create collation if not exists folded "
            "(provider=icu, locale='und-u-ks-level2', deterministic=false)"
        )
        database.fill("text collate folded")
    define(warehouse, "select id from members")

    warehouse.run("audience", "pull").assert_ok()

    assert pin_of(warehouse)["count"] == len(PEOPLE)


@pytest.mark.parametrize(
    ("shown", "named"),
    [
        ("cast(1.5 as numeric(10,2))", r"DECIMAL\(10,2\)|numeric\(10,2\)"),
        ("cast(null as numeric(38,3))", r"DECIMAL\(38,3\)|numeric\(38,3\)"),
        ("cast(7 as double precision)", "DOUBLE|float8"),
        ("true", "BOOLEAN|bool"),
        ("cast('2026-12-01' as date)", "DATE|date"),
        ("cast('6b1f7c1e-2f0a-4a51-9c3c-4d8d6b3a0f11' as uuid)", "UUID|uuid"),
        ("cast('x' as bytea)", "BLOB|bytea"),
    ],
)
def test_other_types_are_refused_with_the_cast_to_write(warehouse: Project, shown: str, named: str) -> None:
    """A number with a fraction, or a date, has many spellings, and one of them is the person's name."""
    define(warehouse, f"select {shown} as id from members")

    said = refused(warehouse).err

    assert re.search(rf"gold.yaml:5:6: error.audience-type.: the column id is of type ({named}), which", said)
    assert "cast(id as varchar)" in said


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("select nope from members", "nope"),
        ("select id from nobody", "nobody"),
        ("selec id from members", "the query is no SELECT"),
        ("select id frm members where", "the query"),
        ("delete from members returning id", "the query is no SELECT"),
        ("drop table members", "the query is no SELECT"),
        ("select id from members; drop table members", "a semicolon"),
        ("with gone as (delete from members returning id) select id from gone", "the query"),
        ("select id from members) as q) as p; drop table members; --", "a semicolon"),
        ("select id from members) as q) as p) to '/tmp/pushspec-copied' --", "the query"),
        (
            "select id from members) as q) as p group by 1) to program 'touch /tmp/pushspec-copied' --",
            "the query",
        ),
        ("copy members to '/tmp/pushspec-copied'", "the query is no SELECT"),
        ("/* select */ update members set tier = 9", "the query is no SELECT"),
        ("select id, tier from members", "which column names the account?"),
        ("select tier as lang from members where tier = 99", "the source has no rows"),
        ("select id || ' ' as id from members", "the account holds white space"),
        ("select cast(null as text) as id from members", "the account is empty; 8 rows are like this"),
        ("select id, tier from members union all select id, tier + 1 from members", "which column"),
        ("select cast(id as integer) as id from members", "hint: run it in the database to see why"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_written(
    warehouse: Project, database: Database, sql: str, says: str
) -> None:
    """A door that lets only SELECT pass must not have a second one, and no error names a person."""
    define(warehouse, sql, "" if "lang" not in sql else "column: lang\n")

    assert says in refused(warehouse).err
    assert database.ask("select count(*), min(tier), max(tier) from members") == (8, 1, 2)
    assert not Path("/tmp/pushspec-copied").exists()


@pytest.mark.parametrize(
    ("sql", "hint"),
    [
        ("select id as uid, tier from members", "the columns are uid, tier"),
        ("select id as who from members", "the columns are who"),
        ("select id as nr, tier as nr2 from members where tier = 99", "the columns are nr, nr2"),
    ],
)
def test_a_missing_column_is_told_by_the_columns_of_the_query(
    warehouse: Project, sql: str, hint: str
) -> None:
    """A database knows what its columns are called: no header is missing, and none is a person."""
    define(warehouse, sql, "column: account\n")

    said = " ".join(refused(warehouse).err.split())

    assert "there is no column account" in said
    assert f"hint: {hint}" in said
    assert "header" not in said


def test_a_function_that_writes_is_refused(
    project: Project, postgresql: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A SELECT may call anything; the session only reads."""
    database = Database(postgresql)
    database.fill()
    insert = "insert into members values ('eve', 1, 'x') returning id"
    database.run(
        f"create or replace function sneak() returns text language sql as $$ {insert} $$",
    )
    with_source(project, monkeypatch, postgresql)
    define(project, "select sneak() as id")

    assert "the query fails: cannot execute INSERT in a read-only transaction" in refused(project).err
    assert database.ask("select count(*) from members") == (8,)


def test_two_values_of_one_person_are_refused(warehouse: Project) -> None:
    """Which text would this person get?"""
    sql = "select id, tier from members union all select id, tier + 1 from members"
    define(warehouse, sql, "column: id\nkeep: [tier]\n")

    assert "7 accounts have two rows with different tier" in refused(warehouse).err


def test_a_query_that_takes_too_long_ends(warehouse: Project, database: Database) -> None:
    """A pull in CI ends by itself."""
    settings = (warehouse.root / "pushspec.yaml").read_text()
    warehouse.write({"pushspec.yaml": settings.replace("20s", "1s")})
    slow = {
        "duckdb": "select count(*) as n from range(1000000000) a where hash(a.range) = 1",
        "postgresql": "select 'x' as id from (select pg_sleep(4)) as slept",
    }
    define(warehouse, slow[database.url.partition(":")[0]])

    assert "the query took longer than 1 s" in refused(warehouse).err


def test_what_the_database_warns_of_names_nobody(warehouse: Project, database: Database) -> None:
    """An unusual account is worth a warning, and the log of a pull is read by many."""
    database.fill(values=["('rong@home', 1, 'x')", "('bonnie@home', 1, 'x')"])
    define(warehouse, "select id from members")

    outcome = warehouse.run("audience", "pull").assert_ok()

    assert "audiences/gold.yaml:5:6: warning[account-characters]: an account holds more" in outcome.err
    assert "2 rows are like this" in outcome.err
    assert not any(name in outcome.out + outcome.err for name in CANARIES)


def test_values_that_mean_nothing_are_empty(warehouse: Project, database: Database) -> None:
    """NULL, `None ` and blanks are one thing, as in every file."""
    database.fill(
        values=["('rong', 1, null)", "('bonnie', 1, 'None ')", "('ada', 1, ' ')", "('lin', 1, 'fr')"]
    )
    define(warehouse, "select id, lang from members", "column: id\nkeep: [lang]\n")

    warehouse.run("audience", "pull").assert_ok()

    shown = warehouse.run("audience", "show", "--samples", "9").out
    assert shown.endswith("account\tlang\nada\t\nbonnie\t\nlin\tfr\nrong\t\n")


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("duckdb:///nowhere.duckdb", "the address names no file"),
        ("duckdb://people.duckdb", "the address names no file"),
        ("hunter2", "its variable holds no address of a database"),
        ("mysql://ada:hunter2@db/x", "its variable holds no address of a database"),
        ("postgresql://ada:hunter2@127.0.0.1:1/x", "nothing answers there"),
        ("postgresql://ada:hunter2@127.0.0.1:x:/x?nope=1", "no address that PostgreSQL reads"),
        ("snowflake://ada:hunter2@account/db", "pip install 'pushspec[source-snowflake]'"),
        ("bigquery://project/data", "pip install 'pushspec[source-bigquery]'"),
        ("trino://lin@127.0.0.1:1", "nothing answers there"),
        ("trino://127.0.0.1:8080", "its address names no user"),
        ("trino://", "its variable holds no address of this kind of database"),
        ("trino://lin@127.0.0.1:port", "its variable holds no address of this kind of database"),
        ("trino://lin:hunter2@127.0.0.1:8080", "Trino takes a password over TLS only"),
        ("clickhouse://lin:hunter2@127.0.0.1:1", "nothing answers there"),
        (f"trino://lin@{'h' * 64}:443", "the host's name is not known"),
        ("clickhouse:///hunter2", "its variable holds no address of this kind of database"),
    ],
)
def test_a_source_out_of_reach_is_said_without_its_address(
    project: Project, monkeypatch: pytest.MonkeyPatch, url: str, says: str
) -> None:
    """The address is a secret: it may hold a password."""
    with_source(project, monkeypatch, url)
    define(project, "select 1 as id")

    said = refused(project).err

    assert "gold.yaml:4:9: error[audience-source]: " in said
    assert says in said
    assert "hunter2" not in said


@pytest.mark.parametrize(
    "address", ["postgresql://ada:hunter2@{}/x", "trino://ada:hunter2@{}", "clickhouse://ada:hunter2@{}/x"]
)
def test_an_unknown_host_is_told_from_a_server_that_is_down(
    project: Project, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    """A typo is looked for in the address, and not on the server."""
    with_source(project, monkeypatch, address.format("x" * 64))  # no resolver takes a name as long as this
    define(project, "select 1 as id")

    said = refused(project).err

    assert "the source cannot be reached: the host's name is not known" in said
    assert "hint: check it in the address" in said
    assert "hunter2" not in said


@pytest.mark.parametrize(
    ("setup", "role", "database", "says", "hint"),
    [
        ("create role {0} nologin", "{0}", "", "the role may not log in", "alter role … login"),
        ("create role {0} login connection limit 0", "{0}", "", "takes no connection now", "try again later"),
        ("create database {0} allow_connections false", "", "{0}", "the database takes no", "check its name"),
        (
            "create role {0} login; create database {0}; revoke connect on database {0} from public",
            *("{0}", "{0}", "the role may not connect to this database", "grant connect on database …"),
        ),
        ("", "nobody", "", "the server knows no such database or role", "check both in the address"),
        ("", "", "nothing", "the server knows no such database or role", "check both in the address"),
    ],
)
def test_a_server_that_refuses_a_login_says_what_to_do(
    project: Project,
    postgres_server: str,
    monkeypatch: pytest.MonkeyPatch,
    *,
    setup: str,
    role: str,
    database: str,
    says: str,
    hint: str,
) -> None:
    """Each of them is mended in another place."""
    name = f"refused_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        for statement in filter(None, setup.format(name).split("; ")):
            connection.execute(statement)
    url = postgres_server
    url = url.replace("user=pushspec", f"user={role.format(name)}") if role else url
    url = url.replace("/postgres?", f"/{database.format(name)}?") if database else url
    with_source(project, monkeypatch, url)
    define(project, "select 1 as id")

    said = " ".join(refused(project).err.split())

    assert says in said.partition("the source cannot be reached: ")[2]
    assert hint in said.partition("hint: ")[2]
    assert name not in said


def test_another_server_on_that_port_is_no_database(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy or a web server answers, and the database does not."""

    def answer(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(1_000)
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=answer, args=(listener,))
        thread.start()
        with_source(project, monkeypatch, f"postgresql://ada@127.0.0.1:{listener.getsockname()[1]}/x")
        define(project, "select 1 as id")
        said = refused(project).err
        thread.join()

    assert "the source cannot be reached: what answers there does not speak as PostgreSQL does" in said
    assert "hint: check that host and port are those of the database" in said


def test_a_source_that_is_not_there_is_said(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """A typo is told from a missing secret, and a secret belongs into a variable."""
    define(project, "select 1 as id")
    assert "the environment sandbox has no source warehouse" in refused(project, 2).err

    with_source(project, monkeypatch, None)
    assert f"the environment variable {URL} is not set" in refused(project, 9).err

    literal = PROJECT.replace("true}", "true, sources: {warehouse: {url: 'postgresql://ada:hunter2@db/x'}}}")
    project.write({"pushspec.yaml": literal})
    said = refused(project).err
    assert "error[literal-secret]" in said
    assert "hunter2" not in said


@pytest.fixture(params=[False, True], ids=["without TLS", "with TLS"])
def greedy(request: pytest.FixtureRequest) -> Iterator[Greedy]:
    server = Greedy(has_tls=request.param)
    yield server
    server.close()


def test_no_other_machine_gets_the_password(
    project: Project, greedy: Greedy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever is between, or is named by a variable, is asked for TLS and SCRAM first."""
    monkeypatch.setenv("PGPASSWORD", CANARY)
    # This address reaches the same server, and is none that stands for this machine.
    with_source(project, monkeypatch, f"postgresql://ada@0.0.0.0:{greedy.port}/db?sslmode=disable")
    define(project, "select 1 as id")

    said = refused(project).err
    greedy.close()

    assert CANARY.encode() not in greedy.received
    assert "hint:" in said


def test_nothing_but_a_pull_connects(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever plans a stranger's pull request has the secrets of the warehouse at hand."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        with_source(project, monkeypatch, f"postgresql://ada@127.0.0.1:{listener.getsockname()[1]}/x")
        define(project, "select 1 as id").add(audience="{use: gold}", endpoint="timpush/batch", from_="ada")
        for command in (["plan"], ["plan", "--online"], ["validate"], ["audience", "show"]):
            project.run(*command)
        listener.settimeout(0)
        with pytest.raises(BlockingIOError):
            listener.accept()


def source_finding(project: Project) -> dict[str, str]:
    """Return what the doctor says of the database, after its exit code was seen to fit."""
    told = project.run("doctor", "--format", "json")
    (found,) = (it for it in json.loads(told.out)["checks"] if it["check"] == "source warehouse")
    assert told.code == (1 if found["health"] == "wrong" else 0), told.out
    return {key: found[key] for key in ("health", "text", "fix")}


def test_the_doctor_tries_each_source(warehouse: Project) -> None:
    """Better than an hour into the first pull."""
    assert source_finding(warehouse) == {"health": "ok", "text": "answers a query", "fix": ""}


@pytest.mark.parametrize(
    ("url", "says", "fix"),
    [
        (None, f"the environment variable {URL} is not set", "set it to the address of the source warehouse"),
        ("hunter2", "its variable holds no address of a database", "it begins with one of duckdb,"),
        ("duckdb:///hunter2.duckdb", "the address names no file", "write duckdb:///file.duckdb"),
        ("postgresql://lin:hunter2@127.0.0.1:1/x", "the source cannot be reached", "check"),
        ("trino://lin@127.0.0.1:1", "nothing answers there", "check that the server is up"),
    ],
)
def test_a_source_that_does_not_answer_is_wrong(
    project: Project, monkeypatch: pytest.MonkeyPatch, url: str | None, says: str, fix: str
) -> None:
    """The finding tells what to do, and nothing of the address."""
    with_source(project, monkeypatch, url)

    found = source_finding(project)

    assert (found["health"], says in found["text"], fix in found["fix"]) == ("wrong", True, True), found
    assert "hunter2" not in f"{found}"


def test_validate_knows_the_sources_of_all_environments(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A typo is found in the pull request, where nothing connects."""
    with_source(project, monkeypatch, None)
    define(project, "select id from members").run("validate").assert_ok()
    audience = (project.root / "audiences/gold.yaml").read_text()
    project.write({"audiences/gold.yaml": audience.replace("warehouse", "werehouse")})

    outcome = project.run("validate")

    assert outcome.code == 1
    assert "gold.yaml:4:9: error[audience-source]: no environment has a source werehouse" in outcome.out
    assert "did you mean" in outcome.out
