"""What a pull or a fetch of ten million rows says: how far it is, how fast, and how long the rest takes."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import duckdb
import pytest
from pulls import HEAD, define, with_source
from workbench import PROJECT, campaign_text

from pushspec.audience.pinned import objects
from pushspec.cli import reading_progress
from pushspec.cli.reading_progress import ReadingProgress
from pushspec.language import Language, speaking

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from simulation.places import Place
    from workbench import Project


def _tell(*batches: tuple[str, int, int], s_a_batch: float) -> ReadingProgress:
    """Tell of rows of audiences, each of which take so many seconds."""
    now = [100.0]
    progress = ReadingProgress(steady=lambda: now[0])
    for batch in batches:
        name, more, expected = batch
        progress(name, "rows", more, expected)
        now[0] += s_a_batch
    return progress


def test_a_long_pull_says_every_ten_seconds_how_far_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    """A log that is silent for minutes looks like a query that hangs."""
    _tell(*[("gold", 1_000_000, 10_000_000)] * 5, s_a_batch=5)

    assert capsys.readouterr().err == (
        "  … gold: 3,000,000 of 10,000,000 rows, 300,000 a second, 23 s left\n"
        "  … gold: 5,000,000 of 10,000,000 rows, 250,000 a second, 20 s left\n"
    )


@pytest.mark.parametrize("expected", [0, 2_000_000])
def test_nobody_knows_how_much_is_left_at_first_or_when_a_list_has_grown(
    capsys: pytest.CaptureFixture[str], expected: int
) -> None:
    """A time that is wrong is worse than none."""
    _tell(*[("gold", 1_000_000, expected)] * 3, s_a_batch=5)

    assert capsys.readouterr().err == "  … gold: 3,000,000 rows, 300,000 a second\n"


def test_each_audience_is_counted_by_itself(capsys: pytest.CaptureFixture[str]) -> None:
    """The rate of one source says nothing of the next."""
    _tell(("gold", 900, 0), ("silver", 100, 0), ("silver", 100, 0), s_a_batch=10)

    assert capsys.readouterr().err == "  … silver: 200 rows, 20 a second\n"


def test_on_a_terminal_one_line_moves_and_goes(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What stays on the screen is the result."""
    monkeypatch.setattr(reading_progress, "can_draw", lambda: True)
    progress = _tell(*[("gold", 500, 2_000)] * 3, s_a_batch=1)
    progress.finish()

    shown, logged = capsys.readouterr()
    assert logged == ""
    assert "  … gold: 1,500 of 2,000 rows, 750 a second, 1 s left\n" in shown
    assert shown.endswith("\x1b[1A\r\x1b[J")


def test_the_first_line_on_a_terminal_claims_no_speed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A tenth of a second after the first batch it said six millions a second, and nothing left."""
    monkeypatch.setattr(reading_progress, "can_draw", lambda: True)

    _tell(*[("gold", 1_000_000, 100_000_000)] * 3, s_a_batch=0.2).finish()

    assert "  … gold: 2,000,000 of 100,000,000 rows\n" in capsys.readouterr().out


def _pull(wait: Callable[[float], bool], progress: ReadingProgress) -> None:
    """Read, sort and write, of which the sort tells nothing."""
    progress("gold", "rows", 4, 4)
    progress("gold", "sorting 4 accounts", None, 0)
    with progress.going_on(wait):
        pass


def _waiting(now: list[float], *, s_a_look: float, looks: int) -> Callable[[float], bool]:
    """Return how a thread waits that looks so many times, and for which time flies."""
    ends = iter([*[False] * looks, True])

    def wait(_s: float) -> bool:
        now[0] += s_a_look
        return next(ends)

    return wait


def test_a_log_goes_on_while_the_engine_sorts(capsys: pytest.CaptureFixture[str]) -> None:
    """The engine tells nothing for minutes, and a log without a line looks like a run that hangs."""
    now = [100.0]
    progress = ReadingProgress(steady=lambda: now[0])

    _pull(_waiting(now, s_a_look=5, looks=5), progress)

    assert capsys.readouterr().err == (
        "  … gold: sorting 4 accounts, 10 s so far\n  … gold: sorting 4 accounts, 20 s so far\n"
    )


def test_on_a_terminal_the_line_moves_while_the_engine_sorts(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody knows whether a picture that stands still still lives."""
    monkeypatch.setattr(reading_progress, "can_draw", lambda: True)
    now = [100.0]
    progress = ReadingProgress(steady=lambda: now[0])

    with speaking(Language.CHINESE):
        _pull(_waiting(now, s_a_look=1, looks=2), progress)
    progress.finish()

    shown = capsys.readouterr().out
    assert [f"已用 {seconds} 秒" in shown for seconds in range(4)] == [False, True, True, False]
    assert shown.endswith("\x1b[1A\r\x1b[J")


def test_nothing_is_said_of_an_audience_that_is_done(capsys: pytest.CaptureFixture[str]) -> None:
    """A line that comes into the result would be taken for a part of it."""
    now = [100.0]
    progress = ReadingProgress(steady=lambda: now[0])
    progress("gold", "sorting 4 accounts", None, 0)
    progress.finish()

    with progress.going_on(_waiting(now, s_a_look=60, looks=3)):
        pass

    assert capsys.readouterr() == ("", "")


def test_a_pull_says_each_thing_that_it_does(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading is half of the time: what follows has lines of its own."""
    monkeypatch.setattr(reading_progress, "_EVERY_S", 0.0)
    head = "apiVersion: pushspec/v1\nkind: Audience\nname: gold\nfile: people.txt\nexclude: [out.txt]\n"
    people = "ada\nbonnie\ncho\ndev\neve\nlin\nada\n"
    project.write({"audiences/gold.yaml": head, "people.txt": people, "out.txt": "lin\n"})
    looked_on: list[object] = []
    monkeypatch.setattr(ReadingProgress, "_look_on", lambda *given: looked_on.append(given))

    lines = project.run("audience", "pull").assert_ok().err.splitlines()

    told = [line.removeprefix("  … gold: ").split(",")[0] for line in lines]
    assert list(dict.fromkeys(told)) == [
        "7 rows",
        "looking for duplicates among 7 rows",
        "reading and leaving out the excluded",
        "sorting 5 accounts",
        "5 of 5 accounts written",
        "counting who has which values",
        "storing and verifying the list",
    ]
    assert len(looked_on) == 1


def test_a_pull_says_that_a_query_runs_before_its_first_row(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database groups and counts for minutes before it gives a row, and looks dead meanwhile."""
    monkeypatch.setattr(reading_progress, "_EVERY_S", 0.0)
    with duckdb.connect(f"{tmp_path}/people.duckdb") as connection:
        connection.execute("create table members as select 'lin' as id")
    with_source(project, monkeypatch, f"duckdb:///{tmp_path}/people.duckdb")
    define(project, "select id from members")
    from_database = project.run("audience", "pull").assert_ok().err.splitlines()
    sql = "select id from 'people.csv'"
    project.write({"people.csv": "id\nlin\n", "audiences/gold.yaml": f"{HEAD}sql: {sql}\n"})
    from_files = project.run("audience", "pull").assert_ok().err.splitlines()

    assert from_database[:3] == [
        "  … gold: connecting to warehouse, 0 s so far",
        "  … gold: running the query in warehouse, 0 s so far",
        "  … gold: 1 rows",
    ]
    assert from_files[0] == "  … gold: running the query, 0 s so far"


def test_a_pull_tells_of_its_rows_and_knows_the_last_ones(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first one cannot know; the next one compares with the pin that is there."""
    monkeypatch.setattr(reading_progress, "_EVERY_S", 0.0)
    head = "apiVersion: pushspec/v1\nkind: Audience\nname: gold\nfile: people.txt\n"
    project.write({"audiences/gold.yaml": head, "people.txt": "ada\nbonnie\nlin\n"})

    first = project.run("audience", "pull").assert_ok()
    project.write({"people.txt": "ada\nbonnie\n"})
    second = project.run("audience", "pull").assert_ok()

    assert first.err.startswith("  … gold: 3 rows")
    assert second.err.startswith("  … gold: 2 of 3 rows")


SALE = campaign_text(endpoint="timpush/batch", from_="admin", audience="{use: gold}")


@pytest.mark.parametrize("command", [("plan", "--online"), ("apply", "--confirm", "0" * 8)])
def test_a_fetch_says_how_far_it_is(
    project: Project, objects_place: Place, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    """A list may come over a slow network; what an earlier fetch left is not counted."""
    monkeypatch.setattr(reading_progress, "_EVERY_S", 0.0)
    monkeypatch.setattr(objects, "_AT_ONCE", 1_000)
    settings = PROJECT.replace("true}", f"true, audience_store: '{objects_place.address()[0]}'}}")
    head = "apiVersion: pushspec/v1\nkind: Audience\nname: gold\nfile: people.txt\n"
    people = "".join(f"{hashlib.md5(b'%d' % number).hexdigest()[:30]}\n" for number in range(300))
    project.write({"pushspec.yaml": settings, "audiences/gold.yaml": head, "people.txt": people})
    project.write({"campaigns/sale.yaml": SALE})
    project.run("audience", "pull").assert_ok()
    (fetched,) = project.root.glob(".pushspec/lists/*")
    whole = fetched.stat().st_size
    fetched.write_bytes(fetched.read_bytes()[:1_500])

    lines = project.run(*command).err.splitlines()

    told = [line for line in lines if line.startswith("  … gold: ")]
    left = (whole - 1_500) // 1_000
    assert len(told) == left + 1
    assert told[0].startswith(f"  … gold: 1 of {left} kB")
    assert told[-1].startswith(f"  … gold: {left} of {left} kB")
