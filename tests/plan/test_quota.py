"""What a plan says that it costs: calls beyond the edition, and the time that the service takes."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from workbench import COUNTED_PROJECT, FRIDAY

from pushspec.plan.quota import QuotaImpact

if TYPE_CHECKING:
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
