"""What is read from the service's callback events, whatever kind of push they tell of."""

from __future__ import annotations

from typing import Any

import pytest

from pushspec.tencent.callbacks import read_event

COMMON: dict[str, Any] = {"EventType": 1, "To_Account": "bonnie", "PushStage": 2, "EventTime": 1_669_872_112}


@pytest.mark.parametrize(
    ("names", "task", "began"),
    [
        ({"TaskId": "task", "TaskTime": 7}, "task", 7),
        ({"PushID": "push", "TaskTime": 7}, "push", 7),
        ({"MsgKey": "key", "MsgTime": 8}, "key", 8),
        ({"TaskId": "task", "MsgKey": "key", "TaskTime": 7, "MsgTime": 8}, "task", 7),
        ({"TaskId": "task"}, "task", None),
    ],
)
def test_an_event_names_its_task_and_when_that_began(
    names: dict[str, Any], task: str, began: int | None
) -> None:
    """A chat message has a key and a time of its own, and no task."""
    event = read_event(COMMON | names)

    assert event is not None
    assert (event.task, event.task_at) == (task, began)


@pytest.mark.parametrize("missing", ["To_Account", "EventType", "PushStage", "EventTime"])
def test_an_event_without_who_or_what_is_not_understood(missing: str) -> None:
    """Its text is kept, and nobody is counted for it."""
    event = COMMON | {"TaskId": "task"}
    del event[missing]

    assert read_event(event) is None
