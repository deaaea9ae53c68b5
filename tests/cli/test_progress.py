"""What a run says while it sends: how far a campaign is, seldom, and who was refused, at once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from plans import Folder

from pushspec.apply.classify import CallOutcome
from pushspec.cli.progress import ProgressLines
from pushspec.lockfile.state import CallState
from pushspec.tencent.answers import ServiceIds

if TYPE_CHECKING:
    from pathlib import Path

    from pushspec.plan.planned import PlannedCampaign

SENT = CallOutcome(CallState.SENT, "ok", ids=ServiceIds("task-7"))


@pytest.fixture
def parcel(tmp_path: Path) -> PlannedCampaign:
    """A campaign of three calls to 1,200 people."""
    folder = Folder(tmp_path).write({"people.txt": "".join(f"user{number}\n" for number in range(1_200))})
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
    parcel: PlannedCampaign, capsys: pytest.CaptureFixture[str]
) -> None:
    """A number of the vendor's is no reason."""
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
