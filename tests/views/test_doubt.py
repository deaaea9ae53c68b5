"""What the screen on calls in doubt says of each of them, and of the evidence beside the lockfile."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pushspec.api.evidence import Evidence, Sighting
from pushspec.lockfile.histories import CallHistory, CallState
from pushspec.lockfile.status import Doubt
from pushspec.views.commands import Typed
from pushspec.views.doubt import doubts_lines, evidence_lines

AT = datetime(2026, 12, 1, 10, tzinfo=UTC)
CALL = CallHistory(
    key="sale@1",
    campaign="sale@1",
    endpoint="timpush/push",
    state=CallState.IN_DOUBT,
    attempts=1,
    msg_random=7,
    payload_sha256="0" * 64,
    accounts=0,
    intended_at=AT,
    not_after=AT + timedelta(seconds=30),
)
DOUBT = Doubt(call=CALL, audience="everyone", resolvable_at=AT + timedelta(seconds=95))
SIGHTING = Sighting(
    key="sale@1",
    task_id="task-1",
    account="ada",
    began_at=AT,
    is_alone=True,
    names_account=True,
    is_in_time=True,
    has_waited=True,
    named=3,
    is_undisputed=True,
    known_by="statistics",
    counted=3,
)


def screen(*doubts: Doubt, population: int | None = None) -> str:
    lines = doubts_lines(doubts, typed=Typed(Path()), population=population, zone=UTC, evidence={})
    return "\n".join(lines)


def hints(*sightings: Sighting) -> list[str]:
    return [line.strip() for line in evidence_lines(Evidence(sightings), zone=UTC)]


@pytest.mark.parametrize(("attempts", "says"), [(1, "not at all\n"), (2, "not at all (attempt 2)\n")])
def test_a_second_attempt_is_told(attempts: int, says: str) -> None:
    """The first one is certain by then, and the log has it."""
    assert says in screen(replace(DOUBT, call=replace(CALL, attempts=attempts)))


def test_when_it_may_be_called_not_sent_is_told_and_when_it_left() -> None:
    """Its deadline is not that moment: the request may still be on its way then."""
    text = screen(DOUBT)

    assert "10:00:00 UTC, or up to 30 seconds later" in text
    assert "allowed from 2026-12-01 10:01:35 UTC on" in text


def test_one_doubt_is_named_in_the_commands_and_several_are_not() -> None:
    """Nobody should settle one call and believe to have settled all."""
    other = replace(DOUBT, call=replace(CALL, key="news@1", campaign="news@1"))

    assert "pushspec resolve sale@1 --as not-sent" in screen(DOUBT)
    assert "pushspec resolve KEY --as not-sent" in screen(DOUBT, other)
    assert "resolve sale@1" not in screen(DOUBT, other)


@pytest.mark.parametrize(
    ("doubt", "population", "says"),
    [
        (DOUBT, None, "all users of the app"),
        (DOUBT, 1200, "about 1,200, all users of the app"),
        (replace(DOUBT, audience="tag vip"), 1200, "only the service knows how many these are"),
        (replace(DOUBT, call=replace(CALL, accounts=2)), 1200, "2 accounts"),
    ],
)
def test_it_says_how_many_people_may_have_it(doubt: Doubt, population: int | None, says: str) -> None:
    """That decides how bad a wrong answer would be."""
    assert says in screen(doubt, population=population)


@pytest.mark.parametrize(
    ("count", "more"), [(5, []), (6, ["and 1 more task"]), (1005, ["and 1,000 more tasks"])]
)
def test_five_tasks_are_shown_of_a_call(count: int, more: list[str]) -> None:
    """Whoever forges callbacks must not bury the rest of the screen."""
    told = hints(*(replace(SIGHTING, task_id=f"task-{number}", has_waited=False) for number in range(count)))

    assert len([line for line in told if "a callback tells of task" in line]) == 5
    assert [line.removeprefix("hint").strip() for line in told if "more task" in line] == more


@pytest.mark.parametrize(("proofs", "is_told"), [(0, False), (1, False), (2, True), (3, True)])
def test_two_proved_tasks_mean_that_it_may_have_gone_out_twice(proofs: int, is_told: bool) -> None:
    """The one thing that must never happen is said in words."""
    weak = [replace(SIGHTING, task_id=f"weak-{number}", has_waited=False) for number in range(2)]
    proved = [replace(SIGHTING, task_id=f"task-{number}") for number in range(proofs)]

    told = hints(*proved, *weak)

    assert any("it may have gone out more than once" in line for line in told) == is_told


@pytest.mark.parametrize(
    ("counted", "named", "is_told"), [(3, 3, False), (9, 3, True), (None, 3, False), (9, 0, False)]
)
def test_another_number_of_people_is_told(counted: int | None, named: int, is_told: bool) -> None:
    """A task of other people is another push."""
    told = hints(replace(SIGHTING, counted=counted, named=named))

    assert any("for it; the call named" in line for line in told) == is_told
