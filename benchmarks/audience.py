"""``python -m benchmarks.audience``: time and memory of very long lists, each beside its floor.

The floor of a pull is DuckDB alone, with the memory that pushspec allows it: read, leave out the excluded,
drop duplicates, order by account, SHA-256 over the Arrow batches, nothing written. The floor of a plan of a
file is ``sort -u``, and that of a plan from a pin the plan of one account.
"""

from __future__ import annotations

import argparse
import hashlib
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.measure import Command, Goal, python_main, run_in_turn, run_once, table

if TYPE_CHECKING:
    from collections.abc import Iterator

_PROJECT = """\
apiVersion: pushspec/v1
kind: Project
name: measured
environments:
  sandbox:
    sandbox: true
    limits: {batch_calls_per_second: 100000, batch_users_per_second: 50000000}
"""
_CAMPAIGN = """\
apiVersion: pushspec/v1
kind: Campaign
name: news
version: 1
endpoint: timpush/batch
from: administrator
audience: {AUDIENCE}
notification: {title: News, desc: For many}
"""
_AUDIENCE = """\
apiVersion: pushspec/v1
kind: Audience
name: all
file: FILE
column: user_id
keep: [lang]
exclude: [audiences/out.csv]
"""
_LANGUAGES = ("en", "fr", "id", "ja", "th", "vi", "zh")
_AT_ONCE = 500_000


def write_list(folder: Path, accounts: int) -> Path:
    """Write a project with one campaign to a text file of so many accounts, and return its folder."""
    write_project(folder, "file: audiences/all.txt")
    (folder / "audiences").mkdir(exist_ok=True)
    with (folder / "audiences" / "all.txt").open("w", encoding="utf-8") as file:
        file.writelines(f"user_{number:08}_of_app\n" for number in range(accounts))
    return folder


def names(rows: int) -> Iterator[str]:
    """Yield accounts in an order that is not theirs, every twentieth twice."""
    step = 7_919  # a prime, so that each number comes once
    for number in range(rows):
        yield f"user_{(number - number % 20 // 19) * step % rows:010}_of_app"


def write_project(folder: Path, audience: str, **files: str) -> Path:
    """Write a project with one campaign to an audience, and return its folder."""
    texts = {"pushspec.yaml": _PROJECT, "campaigns/news.yaml": _CAMPAIGN.replace("AUDIENCE", audience)}
    for name, text in {**texts, **files}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def write_lists(folder: Path, rows: int) -> None:
    """Write a list of so many rows as csv and parquet, and one of those whom it leaves out."""
    import pyarrow as pa
    from pyarrow import parquet

    (folder / "audiences").mkdir(parents=True, exist_ok=True)
    schema = pa.schema([("user_id", pa.string()), ("lang", pa.string())])
    accounts = names(rows)
    with (
        (folder / "audiences/all.csv").open("w") as csv,
        parquet.ParquetWriter(folder / "audiences/all.parquet", schema) as out,
    ):
        csv.write("user_id,lang\n")
        for start in range(0, rows, _AT_ONCE):
            some = [next(accounts) for _ in range(min(_AT_ONCE, rows - start))]
            langs = [_LANGUAGES[int(name[5:15]) % len(_LANGUAGES)] for name in some]
            csv.writelines(f"{name},{lang}\n" for name, lang in zip(some, langs, strict=True))
            out.write_table(pa.table([some, langs], schema=schema))
    excluded = "".join(f"user_{number * 100:010}_of_app\n" for number in range(rows // 100))
    (folder / "audiences/out.csv").write_text("user_id\n" + excluded, encoding="utf-8")


def floor(path: Path) -> str:
    """Return the SHA-256 of a list as DuckDB alone makes it."""
    import duckdb

    read = (
        f"read_csv('{path}', all_varchar = true, header = true)"
        if path.suffix == ".csv"
        else f"read_parquet('{path}')"
    )
    out = f"read_csv('{path.with_name('out.csv')}', all_varchar = true, header = true)"
    digest = hashlib.sha256()
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as connection:
        connection.execute(f"set memory_limit = '256MB'; set threads = 2; set temp_directory = '{folder}'")
        connection.execute("set preserve_insertion_order = false")
        left = f"{read} as a anti join {out} as x using (user_id)"
        sql = f"select distinct user_id, lang from {left} order by user_id"  # our own paths
        for batch in connection.sql(sql).to_arrow_reader(50_000):
            for column in batch.columns:
                digest.update(column.buffers()[2])
    return digest.hexdigest()


def pulls(folder: Path, rows: int) -> tuple[dict[str, Command], list[Goal]]:
    """Return pulls of csv and parquet, each with its floor."""
    commands, goals = {}, []
    for kind in ("csv", "parquet"):
        definition = _AUDIENCE.replace("FILE", f"audiences/all.{kind}")
        project = folder / kind
        write_project(project, "use: all", **{"audiences/all.yaml": definition})
        # A process that starts another counts as that one's memory, so this one stays small.
        write = python_main("benchmarks.audience", "--write", str(project), "--rows", str(rows))
        run_once(Command(write, project))
        name = f"pull of {rows:,} rows of {kind}"
        pull = python_main("pushspec.cli.main", "audience", "pull")
        commands[name] = Command(pull, project)
        floor_of = python_main("benchmarks.audience", "--floor", f"audiences/all.{kind}")
        commands[f"floor of {kind}"] = Command(floor_of, project)
        goals.append(Goal(name, f"floor of {kind}", 1.5))
    return commands, goals


def plans(folder: Path, rows: int) -> tuple[dict[str, Command], list[Goal]]:
    """Return plans of a pin and of a file, each with its floor; the lists of the pulls are there."""
    plan = python_main("pushspec.cli.main", "plan")
    one = write_project(folder / "one", "accounts: [rong]")
    whole = write_project(folder / "csv", "file: audiences/all.csv, column: user_id")
    pinned = write_project(folder / "parquet", "use: all")
    file, pin = f"plan of {rows:,} rows of csv", f"plan from a pin of {rows:,}"
    commands = {
        file: Command(plan, whole),
        "sort -u": Command(("sort", "-u", "audiences/all.csv"), whole),
        pin: Command(plan, pinned),
        "plan of one account": Command(plan, one),
    }
    return commands, [Goal(file, "sort -u", 4), Goal(pin, "plan of one account", 1.2)]


def main() -> None:
    """Measure and print one table for pulls and one for plans."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--floor", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--write", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.write is not None:
        write_lists(options.write, options.rows)
        return
    if options.floor is not None:
        print(floor(options.floor))
        return
    with tempfile.TemporaryDirectory() as folder:
        for measured in (pulls, plans):
            commands, goals = measured(Path(folder), options.rows)
            print(table(run_in_turn(commands, options.rounds), goals), end="\n\n")


if __name__ == "__main__":
    main()
