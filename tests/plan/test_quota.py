"""What a plan says that it costs: calls beyond the edition, and the time that the service takes."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from workbench import COUNTED_PROJECT, FRIDAY

from pushspec.lockfile.packed import AttemptLog
from pushspec.lockfile.state import LockState
from pushspec.plan.quota import DayBudget, QuotaImpact, room_text
from pushspec.spec.project import Environment
from pushspec.tencent.endpoints import Pace

if TYPE_CHECKING:
    from datetime import datetime

    from workbench import Project

MESSAGE = "[{text: Hi}]"


@pytest.mark.parametrize(
    ("used", "planned", "paid"), [(99, 1, 0), (99, 2, 1), (100, 9, 5), (105, 5, 5), (0, 200, 5)]
)
def test_nobody_pays_for_calls_that_the_day_does_not_allow(used: int, planned: int, paid: int) -> None:
    """What goes beyond the day's limit is not sent, and so costs nothing."""
    impact = QuotaImpact(used=used, planned=planned, limit=105, included=100)

    assert impact.paid_calls == paid
    assert impact.price == (
        f"{paid} beyond the included 100, 10 USD (20 CNY in China) a day each" if paid else "no extra cost"
    )


@pytest.mark.parametrize(
    ("keys", "seconds"),
    [
        ({"message": MESSAGE}, 6_000),
        ({"message": MESSAGE, "delivery": "{history: false}"}, None),
        ({}, None),
        ({"endpoint": "all_member_push/im_push", "notification": "", "message": MESSAGE}, None),
    ],
    ids=["stored", "for those online only", "no message", "im_push"],
)
def test_only_what_is_stored_takes_the_service_hours(
    folder: Project, keys: dict[str, str], seconds: float | None
) -> None:
    """200 users a second: a plan that promises an hour too much or too little is not believed again."""
    folder.add(**keys)

    assert folder.campaign().fan_out_s == seconds


def test_without_a_population_nobody_knows_how_long_it_takes(folder: Project) -> None:
    """A guess would be read as a promise."""
    folder.write({"pushspec.yaml": COUNTED_PROJECT.replace(", population: 1200000", "")})
    folder.add(message=MESSAGE)

    assert folder.campaign().fan_out_s is None


@pytest.mark.parametrize(("limit", "states"), [(1, ["schedule", "blocked"]), (2, ["schedule", "schedule"])])
def test_tasks_at_the_service_take_the_pushes_of_the_day_on_which_they_are_sent(
    project: Project, limit: int, states: list[str]
) -> None:
    """One too many would be refused by the service in the night, when nobody looks."""
    environment = "{sandbox: true, limits: {push_calls_per_day: LIMIT}}"
    head = "apiVersion: pushspec/v1\nkind: Project\nname: acme\nenvironments:\n"
    project.write({"pushspec.yaml": f"{head}  sandbox: {environment.replace('LIMIT', str(limit))}\n"})
    for name, hours in (("a", 0), ("b", 2)):
        at = (FRIDAY.replace(hour=10, minute=0) + timedelta(days=3, hours=hours)).isoformat()
        project.add(name, schedule=f'{{at: "{at}", by: service}}')

    found = [project.campaign(name, now=FRIDAY) for name in ("a", "b")]

    assert [str(it.state) for it in found] == states
    assert ("quota (1 of 1 calls of that day are used, 1 needed)" in found[1].reason) == (limit == 1)


def limited_to(project: Project, limit: int) -> None:
    """Let the app's day have so many pushes."""
    head = "apiVersion: pushspec/v1\nkind: Project\nname: acme\nenvironments:\n"
    environment = f"{{sandbox: true, limits: {{push_calls_per_day: {limit}}}}}"
    project.write({"pushspec.yaml": f"{head}  sandbox: {environment}\n"})


def kept_until(**later: int) -> str:
    """Return the schedule of a campaign that the service sends so much later."""
    return f'{{at: "{(FRIDAY + timedelta(**later)).isoformat()}", by: service}}'


def test_a_send_of_now_takes_a_push_of_a_task_that_is_due_on_the_same_day_only(project: Project) -> None:
    """The service counts both, whoever keeps the time."""
    limited_to(project, 1)
    project.add("a").add("b", schedule=kept_until(hours=3)).add("c", schedule=kept_until(days=3))

    found = {name: project.campaign(name, now=FRIDAY) for name in ("a", "b", "c")}

    assert {name: str(it.state) for name, it in found.items()} == {
        "a": "send",
        "b": "blocked",
        "c": "schedule",
    }
    assert "quota (1 of 1 calls of that day are used, 1 needed)" in found["b"].reason


def test_a_task_of_this_day_leaves_no_push_for_a_send_of_now(project: Project) -> None:
    """What was handed to the service leaves without anybody looking."""
    limited_to(project, 1)
    project.add("a", schedule=kept_until(hours=3)).add("b")

    found = {name: project.campaign(name, now=FRIDAY) for name in ("a", "b")}

    assert {name: str(it.state) for name, it in found.items()} == {"a": "schedule", "b": "blocked"}
    assert "quota (1 of 1 calls of the day are used, 1 needed" in found["b"].reason


def test_a_day_that_was_overdrawn_has_nothing_left_and_what_is_included_is_free() -> None:
    """A limit can be lowered in the middle of a day; less than nothing would be read as a mistake."""
    assert QuotaImpact(used=9, planned=0, limit=5, included=5).left == 0
    assert QuotaImpact(used=1, planned=1, limit=105, included=100).paid_calls == 0


def environment(**settings: object) -> Environment:
    return Environment.model_validate({"sandbox": True, **settings})


def pushed(*at: datetime, key: str = "sale@1") -> LockState:
    """Return the state of a lockfile whose pushes left at these moments."""
    log = AttemptLog()
    for moment in at:
        log.add(key, moment, 1)
    return LockState(attempts={Pace.PUSH: log})


@pytest.mark.parametrize(
    ("left_at", "day", "told"),
    [
        ((FRIDAY,), {}, "room from 2026-11-21 04:01 UTC on"),
        ((FRIDAY.replace(second=20),), {}, "room from 2026-11-21 04:01 UTC on"),
        ((FRIDAY.replace(second=21),), {}, "room from 2026-11-21 04:02 UTC on"),
        ((FRIDAY,), {"quota_day_starts": "00:00+08:00"}, "room from 2026-11-21 00:01 +08:00 on"),
    ],
    ids=["in the minute", "at its start", "rounded up", "on the clocks of the stated day"],
)
def test_room_is_told_to_the_minute_that_has_it(
    left_at: tuple[datetime, ...], day: dict[str, str], told: str
) -> None:
    """A push counts for a day and 40 seconds; whoever comes back a minute early is refused again."""
    limited = environment(limits={"push_calls_per_day": 1}, **day)

    assert room_text(limited, pushed(*left_at), 1, 0, FRIDAY + timedelta(hours=1)) == told


def test_room_is_told_for_all_calls_that_want_it() -> None:
    """Two wait until two are old; what no day has is not waited for."""
    limited = environment(limits={"push_calls_per_day": 2})
    state = pushed(FRIDAY, FRIDAY + timedelta(hours=1))

    assert room_text(limited, state, 2, 0, FRIDAY + timedelta(hours=2)) == "room from 2026-11-21 05:01 UTC on"
    assert room_text(limited, state, 3, 0, FRIDAY + timedelta(hours=2)) == "no day has that many"


def test_a_task_is_measured_against_the_others_of_its_day(project: Project) -> None:
    """What it takes itself is not counted twice; one that needs nothing fits on a full day, too."""
    project.add("sale", schedule=kept_until(hours=3))
    task = project.campaign("sale", now=FRIDAY).sending
    limited = environment(limits={"push_calls_per_day": 1})

    its_own, others = pushed(FRIDAY, key="sale@1"), pushed(FRIDAY, FRIDAY, key="other@1")

    assert DayBudget(limited, its_own, FRIDAY).take(1, of=task) == ""
    assert DayBudget(limited, others, FRIDAY).take(0, of=task) == ""
    assert DayBudget(limited, others, FRIDAY).take(1, of=task) == (
        "quota (2 of 1 calls of that day are used, 1 needed)"
    )


def test_what_fits_is_taken_without_a_word(project: Project) -> None:
    """The reason is for what does not."""
    now = project.add("sale").campaign("sale", now=FRIDAY).sending
    budget = DayBudget(environment(limits={"push_calls_per_day": 1}), pushed(), FRIDAY)

    assert budget.take(1, of=now) == ""
    assert budget.take(1, of=now).startswith("quota (1 of 1 calls of the day are used, 1 needed; room from")


def test_only_what_leaves_now_takes_time(folder: Project) -> None:
    """Whoever waits beside a terminal waits for that; the service's rates are free again next week."""
    folder.add("a").add("b", title="Two")
    alone = folder.plan().pacing_s
    folder.add("later", title="Three", schedule='{not_before: "2026-12-01T10:00:00+08:00"}')
    folder.add("over", title="Four", schedule='{not_after: "2026-11-19T10:00:00+08:00"}')

    assert alone > 0
    assert folder.plan().pacing_s == alone
