"""Compressed files, parquet, workbooks and queries name the same people by the same rules."""

from __future__ import annotations

import datetime as dt
import gzip
import io
import threading
import zipfile
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from backports import zstd
from pyarrow import parquet

from pushspec.audience import query
from pushspec.audience.deadline import deadline
from pushspec.audience.engine import open_engine
from pushspec.audience.query import query_batches
from pushspec.audience.rows import FormatError
from pushspec.audience.spill import spill_folder
from pushspec.problems import Location

if TYPE_CHECKING:
    from pathlib import Path

    from workbench import Project

HEAD = (
    "apiVersion: pushspec/v1\nkind: Campaign\nname: sale\nversion: 1\nendpoint: timpush/batch\nfrom: admin\n"
)
NOTE = "notification: {title: Hi, desc: There}\n"
CSV = b"user_id,tier\nrong,gold\n007,gold\nada,tin\n"


def packed(data: bytes) -> bytes:
    """Return data as gzip writes it at no particular time: two test workers must collect the same tests."""
    return gzip.compress(data, mtime=0)


def _write(project: Project, audience: str) -> Project:
    return project.write({"campaigns/sale.yaml": f"{HEAD}audience: {audience}\n{NOTE}"})


def _named(project: Project) -> list[str]:
    campaign: dict[str, Any] = project.plan_json()["campaigns"][0]
    return [account for call in campaign["calls"] for account in call["body"]["To_Account"]]


def _parquet(**columns: Any) -> bytes:
    file = io.BytesIO()
    parquet.write_table(pa.table(columns), file)
    return file.getvalue()


def sheet(rows: list[list[Any]], sheets: int = 1) -> bytes:
    """Write the least workbook that a spreadsheet opens; numbers as numbers, texts as texts."""
    cells = "".join(f"<row>{''.join(_cell(value) for value in row)}</row>" for row in rows)
    names = "".join(f'<sheet name="S{n}" sheetId="{n}" r:id="r{n}"/>' for n in range(1, sheets + 1))
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    package = "http://schemas.openxmlformats.org/package/2006"
    links = "".join(
        f'<Relationship Id="r{n}" Type="{office}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in range(1, sheets + 1)
    )
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r0" '
        f'Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets>{names}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships">{links}'
        f'<Relationship Id="s" Type="{office}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": f'<styleSheet xmlns="{main}"><cellXfs><xf numFmtId="0"/>'
        '<xf numFmtId="14"/></cellXfs></styleSheet>',
    } | {
        f"xl/worksheets/sheet{n}.xml": f'<worksheet xmlns="{main}"><sheetData>{cells}</sheetData></worksheet>'
        for n in range(1, sheets + 1)
    }
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as book:
        for name, text in parts.items():
            book.writestr(name, text)
    return file.getvalue()


class Markup(str):
    """A cell as the file has it."""

    __slots__ = ()


def _cell(value: Any) -> str:
    if isinstance(value, Markup):
        return value
    if isinstance(value, str):
        return f'<c t="inlineStr"><is><t xml:space="preserve">{value}</t></is></c>'
    if isinstance(value, dt.date):
        return f'<c s="1"><v>{(value - dt.date(1899, 12, 30)).days}</v></c>'
    return f"<c><v>{value}</v></c>"


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("l.csv.gz", packed(CSV)),
        ("l.csv.gz", packed(CSV[:20]) + packed(CSV[20:])),
        ("l.csv.zst", zstd.compress(CSV)),
        ("l.csv.zst", zstd.compress(CSV[:20]) + zstd.compress(CSV[20:])),
        ("l.parquet", _parquet(user_id=["rong", "007", "ada"], n=[1.5, 2.5, 3.5])),
        ("l.parquet", _parquet(n=[1, 2, 3], user_id=pa.array(["rong", "007", "ada"]).dictionary_encode())),
        ("l.xlsx", sheet([["tier", "user_id"], ["gold", "rong"], ["x", "007"], ["", ""], ["tin", "ada"]])),
    ],
)
def test_a_file_of_any_format_names_its_people_in_order(project: Project, file: str, content: bytes) -> None:
    """Members and frames in a row are one file, and no account is ever cast."""
    project.write({file: content})
    _write(project, f"{{file: {file}, column: user_id}}")

    assert _named(project) == ["rong", "007", "ada"]


def test_whole_numbers_give_their_digits(project: Project) -> None:
    """A growth team keeps phone numbers as numbers."""
    project.write(
        {
            "a.parquet": _parquet(user_id=[13800000001, 2**53 + 1]),
            "b.xlsx": sheet([["user_id"], [13800000002]]),
        }
    )
    _write(
        project,
        "{file: a.parquet, exclude: [b.xlsx]}\nexceptions: [{policy: exclude-without-effect, reason: x}]",
    )
    assert _named(project) == ["13800000001", "9007199254740993"]

    _write(project, "{file: b.xlsx}")
    assert _named(project) == ["13800000002"]


@pytest.mark.parametrize(
    ("file", "content", "rule", "words"),
    [
        ("l.csv.gz", packed(CSV)[:-9], "audience-format", "damaged or cut"),
        ("l.csv.gz", packed(CSV) + b"x", "audience-format", "damaged or cut"),
        ("l.csv.gz", CSV, "audience-format", "damaged or cut"),
        ("l.csv.zst", zstd.compress(CSV)[:-3], "audience-format", "damaged or cut"),
        ("l.csv.zst", CSV, "audience-format", "damaged or cut"),
        ("l.xlsx.gz", packed(b""), "audience-format", "only .csv, .txt and .jsonl"),
        ("l.parquet", b"PAR1nonsense", "audience-format", "no parquet file"),
        ("l.parquet", _parquet(user_id=[1.0, 2.0]), "audience-type", "user_id is of type double"),
        ("l.parquet", _parquet(user_id=[True]), "audience-type", "user_id is of type bool"),
        ("l.parquet", _parquet(user_id=[dt.date(2026, 1, 1)]), "audience-type", "date32"),
        ("l.parquet", _parquet(user_id=[1, None]), "account-form", "the account is empty"),
        ("l.parquet", _parquet(id=["x"]), "audience-column", "no column user_id"),
        ("l.parquet", _parquet(user_id=["x"], USER_ID=["y"]), "audience-column", "two columns have one name"),
        ("l.xlsx", b"PK", "audience-format", "no .xlsx workbook"),
        (
            "l.xlsx",
            sheet([["user_id"], [123456789012345678]]),
            "audience-type",
            "S1!A2 is a number of 18 digits",
        ),
        ("l.xlsx", sheet([["n", "user_id"], [1, 1.5]]), "audience-type", "S1!B2 is a float, and no text"),
        ("l.xlsx", sheet([["user_id"], [dt.date(2026, 1, 1)]]), "audience-type", "S1!A2 is a date"),
        ("l.xlsx", sheet([["user_id"], ["bob "]]), "account-form", "U+0020 SPACE"),
        ("l.xlsx", sheet([["user_id"], ["bob"]], sheets=2), "audience-format", "2 sheets with rows"),
        (
            "l.xlsx",
            sheet([["user_id"], [Markup('<c t="e"><v>#REF!</v></c>')], ["a"]]),
            "audience-type",
            "S1!A2",
        ),
        ("l.xlsx", sheet([["user_id"], ["a"], [Markup("<c><f>B2</f></c>")]]), "audience-type", "S1!A3"),
        ("l.xlsx", sheet([["user_id"], ["1.59E+17"]]), "account-form", "that a spreadsheet has changed"),
        (
            "l.xlsx",
            sheet([["user_id", "n"], [Markup('<c t="e"><v>#REF!</v></c>'), 1]]),
            "audience-type",
            "!A2",
        ),
        ("l.xlsx", sheet([["user_id", "n"], [Markup("<c><f>B2</f></c>"), 1]]), "audience-type", "!A2"),
    ],
)
def test_a_damaged_or_untyped_file_stops_the_plan(
    project: Project, file: str, content: bytes, rule: str, words: str
) -> None:
    """Half a file is half the unsubscribed, and a cast account is another person."""
    project.write({file: content})
    _write(project, f"{{file: {file}, column: user_id}}")

    outcome = project.run("plan")

    assert outcome.code == 1
    assert outcome.err.startswith(file)
    assert f"error[{rule}]" in outcome.err
    assert words in outcome.err


def test_a_compressed_bomb_ends_at_its_bound(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """A few kilobytes of a pull request can hold terabytes."""
    monkeypatch.setattr("pushspec.audience.compressed.MAX_BYTES", 1_000_000)
    project.write({"l.txt.gz": packed(b"bob\n" * 1_000_000)})
    _write(project, "{file: l.txt.gz}")

    assert "it grows beyond 1,000,000 bytes" in project.run("plan").err


def test_a_query_chooses_people_and_their_values(project: Project) -> None:
    """Columns go by name in each file, every column of a csv is text, and the order is that of the bytes."""
    project.write(
        {
            "in/a.csv": "user_id;tier;lang\nrong;gold;zh\n0012;gold;en\nbonnie;tin;en\n",
            "in/b.csv.gz": packed(b"lang,user_id,tier\nen,Ada,gold\n"),
            "out.parquet": _parquet(user_id=["0012"]),
        }
    )
    sql = (
        "select m.user_id, lang from 'in/*' m anti join 'out.parquet' o using (user_id)"
        " where tier = 'gold' -- members;"
    )
    project.write(
        {
            "campaigns/sale.yaml": f"{HEAD}audience:\n  sql: |\n    {sql}\n"
            "  column: user_id\n  personalize: [lang]\n"
            "notification: {title: 'Hi {{ user.lang }}', desc: There}\n"
        }
    )

    assert _named(project) == ["Ada", "rong"]


HOSTILE = [
    ("copy (select 1) to 'pushspec.yaml'", "no SELECT"),
    ("select user_id from 'm.csv'; copy (select 1) to 'pushspec.yaml'", "no SELECT"),
    ("select user_id from 'm.csv'; select user_id from 'm.csv'", "2 statements"),
    ("attach 'x.db'", "no SELECT"),
    ("install httpfs", "no SELECT"),
    ("load httpfs", "no SELECT"),
    ("pragma database_list", "no SELECT"),
    ("set enable_external_access = true", "no SELECT"),
    ("export database 'x'", "no SELECT"),
    ("create table t as select 1", "no SELECT"),
    ("insert into 'm.csv' values ('eve', 'gold')", "no SELECT"),
    ("call duckdb_settings()", "no SELECT"),
    ("select content as user_id from read_text('pushspec.yaml')", "reads from read_text()"),
    ("select user_id from 'm.csv' union all select content from read_blob('/etc/passwd')", "read_blob()"),
    ("select * from read_csv('/etc/passwd')", "reads from read_csv()"),
    ("select * from glob('/*')", "reads from glob()"),
    ("select * from query('select 1')", "reads from query()"),
    ("select (select content from read_text('/etc/passwd')) as user_id from 'm.csv'", "read_text()"),
    ("select user_id from 'm.csv' where exists (from sniff_csv('/etc/passwd'))", "sniff_csv()"),
    ("select * from duckdb_secrets()", "reads from duckdb_secrets()"),
    ("select * from information_schema.tables", "reads from a schema"),
    ("show tables", "reads from a SHOW_REF"),
    ("select getenv('HOME') as user_id from 'm.csv'", "calls getenv()"),
    ("select current_setting('memory_limit') as user_id from 'm.csv'", "calls current_setting()"),
    ("select user_id from 'm.csv' where random() < 0.5", "calls random()"),
    ("select uuid() as user_id from 'm.csv'", "calls uuid()"),
    ("select user_id from 'm.csv' where now() > '2026-01-01'", "calls now()"),
    ("select user_id from 'm.csv' where current_date > date '2026-01-01'", "asks for current_date"),
    ("select sleep_ms(1000000) as user_id from 'm.csv'", "calls sleep_ms()"),
    ("select user_id from 'm.csv' using sample 1", "takes a sample"),
    ("select user_id from 'm.csv' tablesample 10%", "takes a sample"),
    ("select user_id from 'm.csv' limit 1", "need ORDER BY"),
    ("select distinct on (tier) user_id from 'm.csv'", "need ORDER BY"),
    ("select first(user_id) as user_id from 'm.csv'", "calls first()"),
    ("select user_id, row_number() over () from 'm.csv'", "no ORDER BY"),
    ("with recursive t(user_id) as (select '1' union all select user_id from t) from t", "recursive"),
    ("select * from range(1000000000000)", "reads from range()"),
    ("select user_id from '/etc/passwd'", "it is absolute"),
    ("select user_id from '../x.csv'", "it leaves its folder"),
    ("select user_id from 'notes.md'", "there is no such file"),
    ("select user_id from 'https://example.com/x.csv'", "it is a URL"),
    ("select 'eve' as user_id", "names no file"),
    ("select user_id frm 'm.csv'", "cannot be read"),
    ("select cast(user_id as integer) as user_id from 'm.csv'", "the query fails: ConversionException"),
    ("select cast(1.5 as double) as user_id from 'm.csv'", "user_id is of type DOUBLE"),
    ("select nobody as user_id from 'm.csv'", "asks for the column nobody, which is not there"),
    ("select m.user_id from 'm.csv' m where m.x = '1'", "asks for the column x, which is not there"),
    ("select user_id from 'm.csv' where tier > 3", "the query fails: Binder Error: Cannot compare"),
]


@pytest.mark.parametrize(("sql", "words"), HOSTILE)
def test_a_query_reads_its_files_and_does_nothing_else(project: Project, sql: str, words: str) -> None:
    """A stranger's pull request plans, and nothing of it is written, read, called or rolled."""
    project.write({"m.csv": CSV})
    project.write({"campaigns/sale.yaml": f"{HEAD}audience:\n  sql: |\n    {sql}\n  column: user_id\n{NOTE}"})
    before = {path: path.read_bytes() for path in project.root.rglob("*") if path.is_file()}

    outcome = project.run("plan")

    assert outcome.code == 1, outcome.out
    assert words in outcome.err
    assert "campaigns/sale.yaml:8:3: error[audience-" in outcome.err
    after = {path: path.read_bytes() for path in project.root.rglob("*") if path.is_file()}
    assert after == before


@pytest.mark.parametrize(
    "sql",
    [
        "select a.user_id from 'big.csv' a, 'big.csv' b, 'big.csv' c where a.user_id > c.user_id",
        "select repeat(user_id, 100000000) as user_id from 'big.csv'",
        "select unnest(generate_series(1, 1000000000000))::varchar as user_id from 'big.csv'",
    ],
)
def test_a_query_without_end_is_stopped(tmp_path: Path, sql: str) -> None:
    """10^12 rows end in bounded time and memory."""
    (tmp_path / "big.csv").write_text("user_id\n" + "".join(f"u{n}\n" for n in range(20_000)))

    with pytest.raises(FormatError, match=r"too long|OutOfMemory|calls "):
        for _ in query_batches(tmp_path, sql, "user_id", (), place=Location(""), seconds=1.0):
            pass


@pytest.mark.parametrize("step", ["parse", "load", "run"])
def test_the_end_of_the_time_is_told_alike_at_each_step(
    tmp_path: Path, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The engine parses and loads before it runs; on a busy machine the time may be over by then."""
    (tmp_path / "m.csv").write_text("user_id\nann\n")
    proceed = getattr(query._Query, step)

    def late(engine: Any, *arguments: Any) -> Any:
        """Let the time be over now: the next thing that the engine does is interrupted."""
        connection = engine.connection

        class Interrupted:
            def __getattr__(self, name: str) -> Any:
                if name == "execute":
                    raise engine._duckdb.InterruptException("INTERRUPT Error: Interrupted!")
                return getattr(connection, name)

        engine.connection = Interrupted()
        return proceed(engine, *arguments)

    monkeypatch.setattr(query._Query, step, late)
    with pytest.raises(FormatError, match="the query takes too long"):
        list(query_batches(tmp_path, "select user_id from 'm.csv'", "user_id", (), place=Location("")))


def test_a_query_that_begins_after_its_time_ends_all_the_same() -> None:
    """An interruption that finds nothing to interrupt is lost; on a busy machine the first one may."""
    is_over = threading.Event()
    with open_engine() as (duckdb, connection):

        def interrupt() -> None:
            connection.interrupt()
            is_over.set()

        with deadline(interrupt, 0.01):
            assert is_over.wait(10)
            with pytest.raises(duckdb.InterruptException):
                connection.execute("select count(*) from range(1000000000) a where hash(a.range) = 1")


def test_a_query_whose_order_has_ties_names_the_same_people_at_every_run(tmp_path: Path) -> None:
    """An approval is of these people; with two threads, nearly every run named others."""
    sql = (
        "select first_value(user_id) over (partition by tier order by s) as user_id from 'm.parquet'"
        " union select first_value(user_id) over (partition by s order by tier) from 'm.parquet'"
        " union select arg_max(user_id, s) from 'm.parquet' group by tier"
        " union (select user_id from 'm.parquet' join"
        " (select tier, max(s) as s from 'm.parquet' group by tier) using (tier, s) order by s limit 2000)"
    )
    rows = 150_000
    file = _parquet(
        user_id=[f"b{number}" for number in range(rows)],
        tier=[f"t{number * 31 % 50}" for number in range(rows)],
        s=[str(number * number % 1009 % 9) for number in range(rows)],
    )
    (tmp_path / "m.parquet").write_bytes(file)

    def named() -> list[str]:
        batches = query_batches(tmp_path, sql, "user_id", (), place=Location(""))
        return [account for batch in batches for account in batch.accounts]

    first = named()

    assert len(first) >= 50
    assert all(named() == first for _ in range(5))


def test_a_fault_in_a_file_of_a_query_is_shown_in_that_file(project: Project) -> None:
    """The query is right; row 3 of the export is not."""
    project.write({"m.csv": "user_id,tier\nrong,gold\nada\n"})
    _write(project, "{sql: \"select user_id from 'm.csv'\"}")

    assert project.run("plan").err.startswith("m.csv:3: error[audience-format]")


def test_a_query_over_a_csv_without_a_header_is_told_what_to_add(project: Project) -> None:
    """The engine's words have no advice but the first row, which is a person."""
    project.write({"m.csv": "rong\nada\n"})
    _write(project, "{sql: \"select user_id from 'm.csv'\"}")

    told = project.run("plan").err

    assert "error[audience-column]: the query asks for the column user_id, which is not there" in told
    assert "hint: the first line of a csv names its columns" in told
    assert "rong" not in told


def test_a_wrong_row_of_a_query_is_shown_at_the_query_with_its_number(project: Project) -> None:
    """No file is named "the query"; people look at the place where it stands."""
    project.write({"m.csv": "user_id,tier\nrong,gold\nb b,gold\nada,gold\nc c,gold\n"})
    sql = "select user_id from 'm.csv'"
    project.write({"campaigns/sale.yaml": f'{HEAD}audience:\n  sql: "{sql}"\n{NOTE}'})

    told = project.run("plan").err

    assert told.startswith("campaigns/sale.yaml:8: error[account-form]"), told
    assert "2 rows are like this: rows 2, 3 of the result" in told

    project.write({"m.csv": "user_id,tier\nrong,gold\nb b,gold\nada,gold\n"})

    for form in ("text", "github", "json"):
        assert "(U+0020 SPACE), in row 2 of the result" in project.run("validate", "--format", form).out


def test_what_spills_is_private_and_goes_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It holds accounts, and a killed run cannot remove it."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    left = tmp_path / "pushspec-spill-999999999-x"
    left.mkdir()

    with spill_folder() as folder:
        assert folder.parent == tmp_path
        assert folder.stat().st_mode & 0o777 == 0o700

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "statement",
    [
        "select content from read_text('/etc/passwd')",
        "copy (select 1) to 'out.csv'",
        "attach 'x.db'",
        "install httpfs",
        "set enable_external_access = true",
        "set temp_directory = '/'",
    ],
)
def test_the_engine_itself_is_locked(statement: str) -> None:
    """Whatever the look at the statement might miss, the engine has no way out."""
    with (
        open_engine() as (_, connection),
        pytest.raises(Exception, match=r"disabled|locked|cannot be changed"),
    ):
        connection.execute(statement).fetchall()
