"""Tasks at the service whose maker is killed at each of its steps: never two, and never one unknown."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from cli.kit import APP, PushService, ServedProject, project, push_service
from simulation.deaths import KILLED, SECRET, Deaths, Job, deaths
from task_desk import TaskDesk, days_ahead, schedule_text
from workbench import campaign_text

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["project", "push_service"]

EVERYTHING = os.environ.get("PUSHSPEC_PROVE") == "all"
"""Every step; otherwise those around the request, which leave the most open."""

RECORDS = {
    "create": ["open", "schedule", "task_intent", "scheduled", "close"],
    "change": ["open", "schedule", "task_intent", "rescheduled", "close"],
    "cancel": ["open", "task_intent", "cancelled", "close"],
}
REQUESTS = {"create": 1, "change": 2, "cancel": 2}
_LATER_S = 20 * 60
"""Behind the deadline of a lost request, after which an empty list proves something."""


def _steps(what: str) -> list[str]:
    chosen = [
        f"append {number} {when}"
        for number, record in enumerate(RECORDS[what], 1)
        for when in ("before", "torn", "after")
        if EVERYTHING or (record, when) in {("task_intent", "after"), (RECORDS[what][-2], "torn")}
    ]
    last = REQUESTS[what]
    numbers = range(1, last + 1) if EVERYTHING else [last]
    return chosen + [f"request {number} {when}" for number in numbers for when in ("before", "after")]


@pytest.fixture(scope="module")
def place() -> Iterator[Deaths]:
    """One process that starts the others."""
    with deaths() as place:
        yield place


@pytest.fixture
def desk(push_service: PushService) -> Iterator[TaskDesk]:
    """The sandbox behind the push service."""
    desk = TaskDesk(APP, SECRET)
    push_service.answer = desk.answer
    yield desk
    desk.sandbox.close()


def _prepare(project: ServedProject, what: str) -> None:
    """Bring the project to the point before a task is made, changed or cancelled."""
    text = campaign_text("hello", schedule=schedule_text(days_ahead(3)))
    project.write({"campaigns/hello.yaml": text})
    if what != "create":
        project.apply().assert_ok()
    if what == "change":
        project.write({"campaigns/hello.yaml": text.replace("Until noon", "Until two")})
    if what == "cancel":
        (project.root / "campaigns/hello.yaml").unlink()


def _come_to_rest(project: ServedProject, place: Deaths, bug: str = "") -> None:
    """Apply until nothing is left to do: at once, and again when a lost request can no longer arrive."""
    root = str(project.root)
    if place.run(Job(root, bug=bug)) != 0:
        assert place.run(Job(root, ahead_s=_LATER_S, bug=bug)) == 0
    plan = project.plan_json()
    assert not [it for it in plan["campaigns"] if it["state"] != "scheduled"]
    assert plan["cancellations"] == []


@pytest.mark.parametrize(("what", "at"), [(what, at) for what in RECORDS for at in _steps(what)])
def test_a_run_may_die_at_each_step(
    project: ServedProject, desk: TaskDesk, place: Deaths, what: str, at: str
) -> None:
    """SIGKILL there; then the next runs leave exactly one task with the file's content, or none."""
    _prepare(project, what)

    assert place.run(Job(str(project.root), at)) == KILLED
    assert len(desk.tasks) <= 1
    _come_to_rest(project, place)

    texts = {"create": ["Until noon"], "change": ["Until two"], "cancel": []}
    assert [task.desc for task in desk.tasks] == texts[what]
    assert desk.most_at_once == 1
    asked = len(desk.asked)
    assert place.run(Job(str(project.root))) == 0
    assert len(desk.asked) == asked


@pytest.mark.parametrize(
    ("what", "at", "bug"),
    [
        ("create", "request 1 after", "what was lost is made again"),
        ("cancel", "request 2 before", "a lost cancellation counts as done"),
    ],
)
def test_a_planted_bug_is_found(
    project: ServedProject, desk: TaskDesk, place: Deaths, what: str, at: str, bug: str
) -> None:
    """An experiment that could not fail would show nothing."""
    _prepare(project, what)
    place.run(Job(str(project.root), at))

    _come_to_rest(project, place, bug)

    assert len(desk.tasks) != (1 if what == "create" else 0)
