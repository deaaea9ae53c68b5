"""``python -m benchmarks.sending``: processor time and memory of applies to very long pinned lists.

The sandbox runs in a process of its own and knows every account; its rates are so high that no call waits.
The figures are those of ``apply`` alone, all included: it reads pin and list, plans twice, sends, and keeps
its lockfile.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sqlite3
import subprocess
import tempfile
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.audience import write_project
from benchmarks.measure import Command, python_main, run_once

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from benchmarks.measure import Run

_HIGH = {"batch_calls_per_second": 10**6, "batch_users_per_second": 10**9}
_PROJECT = """\
apiVersion: pushspec/v1
kind: Project
name: measured
environments:
  prod:
    sdk_app_id: APP
    base_url: URL
    secret_key: {env: MEASURED_KEY}
    limits: {batch_calls_per_second: 1000000, batch_users_per_second: 1000000000}
"""
_AUDIENCE = """\
apiVersion: pushspec/v1
kind: Audience
name: all
file: audiences/all.parquet
column: user_id
"""
_KEY = "MEASURED_KEY"
_PER_CALL = 500
_MOST_MB, _MOST_MS, _MOST_GROWTH = 300, 5.0, 1.1
_AT_ONCE = 500_000


def write_people(path: Path, accounts: int) -> None:
    """Write a list of so many accounts, in an order that is not theirs."""
    import pyarrow as pa
    from pyarrow import parquet

    schema = pa.schema([("user_id", pa.string())])
    with parquet.ParquetWriter(path, schema) as out:
        for start in reversed(range(0, accounts, _AT_ONCE)):
            numbers = range(start, min(start + _AT_ONCE, accounts))
            out.write_table(pa.table([[_name(number) for number in numbers]], schema=schema))


def _name(number: int) -> str:
    return f"user_{number:010}_of_app"


def fill(database: Path | str, accounts: int) -> None:
    """Add the people of the list to a sandbox; without a journal, for there is nothing to lose."""
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("pragma journal_mode = off")
        connection.execute("pragma cache_size = -200000")
        known = ((_name(number),) for number in range(accounts))
        connection.executemany("insert into accounts(name, created_at) values (?, 0)", known)


def serve(folder: Path, accounts: int) -> None:
    """Write a list, serve a sandbox that knows its people, and print the address."""
    from pushspec.sandbox import serving
    from pushspec.sandbox.app import create_app
    from pushspec.sandbox.clock import Clock
    from pushspec.sandbox.sandbox import Sandbox
    from pushspec.sandbox.settings import SandboxSettings
    from pushspec.tencent.limits import Limits

    write_people(folder / "audiences/all.parquet", accounts)
    settings = SandboxSettings(
        database=folder / "sandbox.db", limits=Limits().with_overrides(_HIGH), clock=Clock(speed=0)
    )
    Sandbox(settings).close()
    fill(settings.database, accounts)
    app = create_app(settings)
    listener = serving.listen("127.0.0.1", 0)
    print(serving.base_url(listener), flush=True)
    asyncio.run(serving.run(app, serving.make_server(app), listener))


@contextmanager
def sandbox(folder: Path, accounts: int) -> Iterator[str]:
    """Run a sandbox in another process, and return its address."""
    command = python_main("benchmarks.sending", "--serve", str(folder), "--accounts", str(accounts))
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process.stdout.readline().strip() if process.stdout is not None else ""
        finally:
            process.terminate()


def applied(folder: Path, accounts: int) -> Run:
    """Pull a list of so many accounts, plan, and apply; return what the apply took.

    Raises:
        RuntimeError: A command failed.
    """
    from pushspec.sandbox.settings import PUBLIC_SECRET_KEY, SDK_APP_ID

    os.environ[_KEY] = PUBLIC_SECRET_KEY
    write_project(folder, "use: all", **{"audiences/all.yaml": _AUDIENCE})
    with sandbox(folder, accounts) as address:
        text = _PROJECT.replace("APP", str(SDK_APP_ID)).replace("URL", address)
        (folder / "pushspec.yaml").write_text(text, encoding="utf-8")
        for words in (("audience", "pull"), ("lock", "init"), ("plan", "-o", "plan.json")):
            run_once(Command(python_main("pushspec.cli.main", *words), folder))
        return run_once(Command(python_main("pushspec.cli.main", "apply", "plan.json"), folder))


def table(runs: Mapping[int, Run]) -> str:
    """Return what applies to lists of some lengths took, beside the goals, as a Markdown table."""
    lines = ["| accounts | calls | CPU s | CPU ms a call | memory MB |", "| --- | --- | --- | --- | --- |"]
    per_call = {accounts: run.cpu_s * 1000 / -(-accounts // _PER_CALL) for accounts, run in runs.items()}
    for accounts, run in runs.items():
        calls = -(-accounts // _PER_CALL)
        lines.append(
            f"| {accounts:,} | {calls:,} | {run.cpu_s:.1f} | {per_call[accounts]:.1f} | {run.rss_mb:.0f} |"
        )
    memories = [run.rss_mb for run in runs.values()]
    lines += ["", "| most of all | reached | goal | |", "| --- | --- | --- | --- |"]
    for what, reached, goal in (
        ("memory, MB", max(memories), _MOST_MB),
        ("memory / that of the shortest list", max(memories) / memories[0], _MOST_GROWTH),
        ("CPU ms a call", max(per_call.values()), _MOST_MS),
    ):
        lines.append(f"| {what} | {reached:.2f} | {goal:.1f} | {'met' if reached <= goal else 'missed'} |")
    return "\n".join(lines)


def main() -> None:
    """Measure an apply for each length of a list, and print what it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, nargs="+", default=[1_000_000, 3_000_000, 10_000_000])
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve is not None:
        serve(options.serve, options.accounts[0])
        return
    runs: dict[int, Run] = {}
    for accounts in options.accounts:
        with tempfile.TemporaryDirectory() as folder:
            runs[accounts] = applied(Path(folder), accounts)
    print(table(runs))


if __name__ == "__main__":
    main()
