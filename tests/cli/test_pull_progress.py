"""What a pull says while it reads ten million rows: how far it is, how fast, and how long the rest takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pushspec.cli import pull_progress
from pushspec.cli.pull_progress import PullProgress

if TYPE_CHECKING:
    from workbench import Project


def _tell(*batches: tuple[str, int, int], s_a_batch: float) -> PullProgress:
    """Tell of rows of audiences, each of which take so many seconds."""
    now = [100.0]
    progress = PullProgress(steady=lambda: now[0])
    for batch in batches:
        progress(*batch)
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
    monkeypatch.setattr(pull_progress, "can_draw", lambda: True)
    progress = _tell(*[("gold", 500, 2_000)] * 3, s_a_batch=1)
    progress.finish()

    shown, logged = capsys.readouterr()
    assert logged == ""
    assert "  … gold: 1,500 of 2,000 rows, 750 a second, 1 s left\n" in shown
    assert shown.endswith("\x1b[1A\r\x1b[J")


def test_a_pull_tells_of_its_rows_and_knows_the_last_ones(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first one cannot know; the next one compares with the pin that is there."""
    monkeypatch.setattr(pull_progress, "_EVERY_S", 0.0)
    head = "apiVersion: pushspec/v1\nkind: Audience\nname: gold\nfile: people.txt\n"
    project.write({"audiences/gold.yaml": head, "people.txt": "ada\nbonnie\nlin\n"})

    first = project.run("audience", "pull").assert_ok()
    project.write({"people.txt": "ada\nbonnie\n"})
    second = project.run("audience", "pull").assert_ok()

    assert first.err.startswith("  … gold: 3 rows")
    assert second.err.startswith("  … gold: 2 of 3 rows")
