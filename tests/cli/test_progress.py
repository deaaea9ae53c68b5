"""What a run says while it sends: how far a campaign is, seldom, and who was refused, at once."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from workbench import NOON

from pushspec.apply.classify import CallOutcome
from pushspec.cli.live import can_draw
from pushspec.cli.progress import LiveProgress, ProgressLines
from pushspec.lockfile.histories import CallState
from pushspec.tencent.answers import ServiceIds

if TYPE_CHECKING:
    from workbench import Project

    from pushspec.plan.planned import PlannedCampaign

SENT = CallOutcome(CallState.SENT, "ok", ids=ServiceIds("task-7"))


@pytest.fixture
def parcel(folder: Project) -> PlannedCampaign:
    """A campaign of three calls to 1,200 people."""
    folder.write({"people.txt": "".join(f"user{number}\n" for number in range(1_200))})
    return folder.add(
        "parcel", endpoint="timpush/batch", from_="admin", audience="{file: people.txt}"
    ).campaign("parcel")


def _run(
    campaign: PlannedCampaign, outcomes: list[CallOutcome], *, s_a_call: float, is_verbose: bool = False
) -> None:
    """Tell of the calls of a campaign, each of which takes so many seconds."""
    now = [100.0]
    progress = ProgressLines([campaign], is_verbose=is_verbose, steady=lambda: now[0])
    for call, outcome in zip(campaign.remaining_calls(), outcomes, strict=False):
        progress.calling(call, 1)
        now[0] += s_a_call
        progress.settled(call, 1, outcome)
    progress.finish()


def test_a_campaign_is_a_line_at_its_end(parcel: PlannedCampaign, capsys: pytest.CaptureFixture[str]) -> None:
    """A thousand calls are a thousand lines that nobody reads."""
    _run(parcel, [SENT] * 3, s_a_call=1)

    assert capsys.readouterr().out == "  + parcel@1  sent to 1,200 of 1,200 people\n"


def test_a_line_of_refused_people_folds_at_the_width_of_the_terminal(
    parcel: PlannedCampaign, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A terminal breaks a long line within a name, and its second half begins at the edge."""
    monkeypatch.setenv("COLUMNS", "80")
    refused = replace(SENT, refused={70107: tuple(f"user{number}" for number in range(20))})

    _run(parcel, [refused], s_a_call=1)

    first, second, *_ = capsys.readouterr().out.splitlines()
    assert first.startswith("  ! parcel@1#1  20 people refused (the account does not exist, 70107): user0,")
    assert len(first) <= 80
    assert second.startswith(" " * len("  ! parcel@1#1  ") + "user")


def test_a_long_one_says_every_ten_seconds_how_far_it_is(
    parcel: PlannedCampaign, capsys: pytest.CaptureFixture[str]
) -> None:
    """A log that is silent for an hour looks like a run that hangs."""
    _run(parcel, [SENT] * 3, s_a_call=10)

    assert capsys.readouterr().out.splitlines() == [
        "  … parcel@1  500 of 1,200 people, 50 a second, 14 s left",
        "  … parcel@1  1,000 of 1,200 people, 50 a second, 4 s left",
        "  + parcel@1  sent to 1,200 of 1,200 people",
    ]


def test_who_was_refused_is_said_at_once_and_in_words(
    parcel: PlannedCampaign, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A number of the vendor's is no reason."""
    monkeypatch.setenv("COLUMNS", "120")
    some = replace(SENT, refused={70107: ("user1", "user2"), 1: ("user3",)})

    _run(parcel, [some, SENT, SENT], s_a_call=1)

    assert capsys.readouterr().out.splitlines() == [
        "  ! parcel@1#1  2 people refused (the account does not exist, 70107): user1, user2",
        "  ! parcel@1#1  1 person refused (code 1): user3",
        "  + parcel@1  sent to 1,197 of 1,200 people",
    ]


def test_what_is_left_of_a_campaign_is_said_at_the_end(
    parcel: PlannedCampaign, capsys: pytest.CaptureFixture[str]
) -> None:
    """A run that stops must not hide how far it came."""
    doubt = CallOutcome(CallState.IN_DOUBT, "timeout", "no answer came")

    _run(parcel, [SENT, doubt], s_a_call=1)

    first, second = capsys.readouterr().out.splitlines()
    assert first == "  ? parcel@1#2  in doubt: no answer came"
    assert second.endswith("of 1,200 people")


def test_every_call_is_shown_on_request(parcel: PlannedCampaign, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever looks for a task asks for it."""
    _run(parcel, [SENT] * 3, s_a_call=1, is_verbose=True)

    assert capsys.readouterr().out.count("sent  task task-7") == 3


def _screens(written: str) -> list[list[str]]:
    """Return what a terminal shows after each piece between two redraws."""
    lines: list[str] = []
    screens = []
    for up, text in re.findall(r"(?:\x1b\[(\d+)A\r\x1b\[J)?((?:(?!\x1b\[\d+A).)*)", written, re.DOTALL):
        assert "\x1b" not in text
        lines = lines[: len(lines) - int(up or 0)] + text.splitlines()
        screens.append(list(lines))
    return screens


@pytest.fixture
def live(parcel: PlannedCampaign, monkeypatch: pytest.MonkeyPatch) -> tuple[LiveProgress, list[float]]:
    """The progress of a campaign on a terminal of 60 columns, and its clock."""
    monkeypatch.setenv("COLUMNS", "60")
    now = [100.0]
    return LiveProgress([parcel], steady=lambda: now[0]), now


def test_on_a_terminal_a_campaign_is_one_line_that_moves(
    parcel: PlannedCampaign,
    live: tuple[LiveProgress, list[float]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """People done of all, the rate, the time left and who was refused, in one place."""
    progress, now = live
    some = replace(SENT, refused={70107: ("user1", "user2")})
    for call, outcome in zip(parcel.remaining_calls(), [some, SENT, SENT], strict=True):
        progress.calling(call, 1)
        now[0] += 5
        progress.settled(call, 1, outcome)
    progress.finish()

    screens = _screens(capsys.readouterr().out)

    assert ["  … parcel@1  0 of 1,200 people"] in screens
    assert ["  … parcel@1  500 of 1,200 people, 100 a second, 7 s left,…"] in screens
    assert ["  … parcel@1  1,000 of 1,200 people, 100 a second, 2 s lef…"] in screens
    assert screens[-1] == [
        "  ! parcel@1  2 people refused (the account does not exist,",
        "              70107): user1, user2",
        "  + parcel@1  sent to 1,198 of 1,200 people",
    ]


def test_the_line_that_moves_is_drawn_ten_times_a_second_at_most(
    parcel: PlannedCampaign,
    live: tuple[LiveProgress, list[float]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A terminal over a slow line must not be what a run waits for."""
    progress, now = live
    for call in list(parcel.remaining_calls())[:2]:
        progress.calling(call, 1)
        now[0] += 0.01
        progress.settled(call, 1, SENT)

    assert capsys.readouterr().out.count("…") == 1


def test_a_wait_is_said_below_and_goes_with_it(
    parcel: PlannedCampaign,
    live: tuple[LiveProgress, list[float]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """An hour of waits for the pace is one line, not a thousand."""
    progress, now = live
    first, second, _ = parcel.remaining_calls()
    progress.calling(first, 1)
    now[0] += 1
    progress.settled(first, 1, SENT)
    progress.waiting(NOON + timedelta(minutes=1), "the pace")
    now[0] += 60
    progress.calling(second, 1)

    *_, waiting, after = _screens(capsys.readouterr().out.rstrip("\0"))[:-1]

    assert [line[:18] for line in waiting] == ["  … parcel@1  500 ", "  … waiting until "]
    assert [line[:18] for line in after] == ["  … parcel@1  500 "]


def test_what_stays_is_above_and_nothing_is_drawn_over_the_word_on_a_stop(
    parcel: PlannedCampaign,
    live: tuple[LiveProgress, list[float]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The two sentences after Ctrl-C tell somebody whether to press it again."""
    progress, now = live
    first, second, third = parcel.remaining_calls()
    progress.calling(first, 1)
    now[0] += 1
    progress.settled(first, 1, CallOutcome(CallState.IN_DOUBT, "timeout", "no answer came"))
    progress.calling(second, 1)
    progress.stop_told()
    print("Stopping (Ctrl-C): no new calls.")
    progress.settled(second, 1, SENT)
    progress.finish()
    del third

    last = _screens(capsys.readouterr().out)[-1]

    assert last[0] == "  ? parcel@1#1  in doubt: no answer came"
    assert "Stopping (Ctrl-C): no new calls." in last
    assert last[-1] == "  … parcel@1  500 of 1,200 people"


@pytest.mark.parametrize(
    ("environ", "draws"),
    [
        ({"TERM": "xterm-256color"}, True),
        ({"TERM": "xterm-256color", "CI": "true"}, False),
        ({"TERM": "dumb"}, False),
        ({}, False),
    ],
)
def test_lines_are_drawn_over_only_where_somebody_looks(
    environ: dict[str, str], draws: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A CI service with a terminal keeps every picture of the line: thousands of them."""
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)

    assert can_draw(environ) is draws
