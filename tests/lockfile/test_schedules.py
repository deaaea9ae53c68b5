"""What the records of tasks at the service add up to, and which of them cannot be true."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

import pytest

from lockfile.test_fold import AT, HEADER, KEY, Story, begin, intent, taken
from pushspec.errors import DamagedLockfileError
from pushspec.lockfile.histories import Attempt, CallState, TaskHistory, TaskState
from pushspec.lockfile.quota import QuotaWindow
from pushspec.lockfile.records import (
    CampaignRecord,
    Cancelled,
    Close,
    Dispatched,
    NotScheduled,
    Record,
    Rescheduled,
    Schedule,
    Scheduled,
    TaskIntent,
    TaskUnknown,
)

DUE_AT = AT + timedelta(days=3)
CREATED = Scheduled(key=KEY, attempt=1, task=4)


def schedule(digest: str = "d") -> Schedule:
    kept = {name: getattr(begin(), name) for name in CampaignRecord.model_fields if name != "record"}
    return Schedule(**kept | {"digest": digest, "contents": {"hello@1": {"a": 1}}}, due_at=DUE_AT)


def task_intent(
    action: Literal["create", "change", "cancel"] = "create",
    attempt: int = 1,
    *,
    task: int | None = None,
    accounts: int = 0,
) -> TaskIntent:
    return TaskIntent(
        campaign="hello@1",
        key=KEY,
        attempt=attempt,
        action=action,
        task=task,
        content="hello@1",
        msg_random=7,
        task_sha256="t",
        payload_sha256="p",
        accounts=accounts,
        accounts_sha256="a",
        due_at=DUE_AT,
        not_after=AT + timedelta(seconds=30),
    )


def planned() -> Story:
    return Story().then(HEADER, taken(), schedule())


def made() -> Story:
    return planned().then(task_intent(), CREATED)


def task_of(story: Story) -> TaskHistory:
    return story.state.schedules["hello@1"].tasks[KEY]


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (CREATED, TaskState.SCHEDULED),
        (NotScheduled(key=KEY, attempt=1, case="90104"), TaskState.NOT_SCHEDULED),
        (TaskUnknown(key=KEY, attempt=1, case="timeout"), TaskState.IN_DOUBT),
        (taken(), TaskState.IN_DOUBT),
        (Close(), TaskState.IN_DOUBT),
    ],
)
def test_what_became_of_a_task_that_was_to_be_made(outcome: Record, state: TaskState) -> None:
    """A run that ended without an outcome leaves a doubt, as for a send."""
    story = planned().then(task_intent())
    assert task_of(story).state is TaskState.UNDER_WAY

    assert task_of(story.then(outcome)).state is state


@pytest.mark.parametrize(
    ("outcomes", "can_send", "is_uncertain"),
    [
        ([], True, True),
        ([CREATED], True, False),
        ([TaskUnknown(key=KEY, attempt=1, case="timeout")], True, True),
        ([NotScheduled(key=KEY, attempt=1, case="90104")], False, False),
        ([CREATED, task_intent("cancel", 2, task=4), Cancelled(key=KEY, attempt=2)], False, False),
    ],
)
def test_what_the_service_may_still_send_counts_as_kept(
    outcomes: list[Record], can_send: bool, is_uncertain: bool
) -> None:
    """A task whose answer was lost may be there: what it sends, and its push of the day, are spoken for."""
    history = planned().then(task_intent(), *outcomes).state.schedules["hello@1"]

    assert history.key == "hello@1"
    assert [task.key for task in history.live] == [KEY] * can_send
    assert [task.key for task in history.doubted] == [KEY] * is_uncertain
    assert history.failed == []
    assert (history.tasks[KEY].spends is not None) == can_send


def test_a_change_that_did_nothing_leaves_what_was_kept() -> None:
    """The service still holds the earlier content, under its number."""
    story = made().then(task_intent("change", 2, task=4), NotScheduled(key=KEY, attempt=2, case="90107"))

    assert task_of(story).state is TaskState.SCHEDULED
    assert task_of(story).held == task_of(made()).held


@pytest.mark.parametrize(
    "records",
    [
        [task_intent(attempt=2)],
        [task_intent("cancel", task=4)],
        [task_intent(), task_intent(attempt=2)],
        [task_intent(), TaskUnknown(key=KEY, attempt=1, case="timeout"), task_intent(attempt=2)],
        [task_intent(), CREATED, task_intent(attempt=2)],
        [task_intent(), CREATED, task_intent("change", 2, task=5)],
        [task_intent(), CREATED, CREATED],
        [task_intent(), Rescheduled(key=KEY, attempt=1)],
        [task_intent(), Scheduled(key=KEY, attempt=2, task=4)],
        [task_intent(), TaskUnknown(key=KEY, attempt=1, case="timeout"), CREATED],
        [task_intent(), CREATED, Dispatched(key=KEY, task=5, task_id="x")],
        [task_intent(), Dispatched(key=KEY, task=4, task_id="x")],
        [task_intent(), CREATED, begin(), intent()],
        [task_intent(), CREATED, Dispatched(key=KEY, task=4, task_id="x"), schedule("e")],
        [CREATED],
    ],
)
def test_what_cannot_be_true(records: list[Record]) -> None:
    """A task is made once, changed and cancelled while it is kept, and its campaign is not sent beside it."""
    with pytest.raises(DamagedLockfileError):
        _ = planned().then(*records).state


def test_what_settles_a_doubt_says_how_it_was_found() -> None:
    """A plain outcome belongs to a request under way; a later one has to have a reason."""
    story = planned().then(task_intent(), TaskUnknown(key=KEY, attempt=1, case="timeout"))

    found = story.then(Scheduled(key=KEY, attempt=1, task=4, found="the service lists it"))

    assert task_of(found).state is TaskState.SCHEDULED


def test_a_task_that_was_sent_is_a_call_that_was_sent() -> None:
    """From then on everything that knows sends knows it, at the time that the service sent it."""
    story = made().then(Dispatched(key=KEY, task=4, task_id="x"), Dispatched(key=KEY, task=4, task_id="x"))
    state = story.state

    call = state.calls[KEY]
    assert (call.state, call.ids.task_id, call.sent_at) == (CallState.SENT, "x", DUE_AT)
    assert state.campaigns["hello@1"].begun_at == DUE_AT
    assert list(state.calls_of("hello@1")) == [call]


def test_the_service_may_send_nothing() -> None:
    """Then nothing was sent, and the task takes no push of its day any more."""
    state = made().then(Dispatched(key=KEY, task=4, text="90045")).state

    assert state.schedules["hello@1"].tasks[KEY].state is TaskState.FAILED
    assert (state.calls, state.own_pushes) == ({}, [])


@pytest.mark.parametrize(("days", "used"), [(-3, 0), (-0.5, 1), (0, 1), (0.5, 1), (2, 0)])
def test_a_task_takes_a_push_of_the_day_of_its_time(days: float, used: int) -> None:
    """Three days before, today is free; around its time it counts, for nobody knows when the day starts."""
    state = made().state

    assert QuotaWindow(5).used(state, DUE_AT + timedelta(days=days)) == used
    assert QuotaWindow(5).used(state, DUE_AT, but="hello@1") == 0
    cancelled = made().then(task_intent("cancel", 2, task=4), Cancelled(key=KEY, attempt=2)).state
    assert QuotaWindow(5).used(cancelled, DUE_AT) == 0


def test_a_cancellation_wants_no_content_and_a_settled_task_has_no_trouble() -> None:
    """What is to go is compared with nothing, and a trouble that is over is told no more."""
    doubted = planned().then(task_intent(), TaskUnknown(key=KEY, attempt=1, case="timeout", text="silence"))
    settled = doubted.then(CREATED.model_copy(update={"found": "the service lists it"}))
    assert task_of(settled).text == ""

    nameless = task_intent("cancel", 2, task=4).model_copy(update={"content": ""})

    assert task_of(settled.then(nameless)).wanted is None


def test_a_task_that_was_not_made_may_be_made_again() -> None:
    """A refusal of today may be a success of tomorrow."""
    refusal = NotScheduled(key=KEY, attempt=1, case="90104", text="a parameter is wrong")
    refused = planned().then(task_intent(), refusal)
    assert task_of(refused).text == "a parameter is wrong"

    story = refused.then(task_intent(attempt=2), Scheduled(key=KEY, attempt=2, task=9))

    assert story.state.task_numbers() == {9}


def test_what_counts_as_sent_is_what_the_task_was_made_with() -> None:
    """A change that never reached the service is not what people got."""
    story = made().then(schedule("e"), task_intent("change", 2, task=4))
    story = story.then(NotScheduled(key=KEY, attempt=2, case="timeout"))

    story = story.then(Dispatched(key=KEY, task=4, task_id="t"))

    assert story.state.campaigns["hello@1"].begin.digest == "d"


OTHER = "hello@1#2"


def test_tasks_are_found_by_call_name_and_number() -> None:
    """Only those that can still send count by name, and only those that were made have a number."""
    state = made().then(task_intent().model_copy(update={"key": OTHER})).state

    assert (state.task(KEY), state.task("other@1#1"), state.task("hello@1#3")) == (
        state.schedules["hello@1"].tasks[KEY],
        None,
        None,
    )
    assert state.task_numbers() == {4}
    assert [it.key for it in state.schedules_of("hello")] == ["hello@1"]
    assert state.schedules_of("other") == []
    cancelled = made().then(task_intent("cancel", 2, task=4), Cancelled(key=KEY, attempt=2)).state
    assert cancelled.schedules_of("hello") == []


def test_a_task_under_way_is_in_doubt_once_nobody_can_settle_it() -> None:
    """A live run may still write what became of it; doubts are told in the order of their keys."""
    second = task_intent().model_copy(update={"key": OTHER})
    answer = TaskUnknown(key=OTHER, attempt=1, case="timeout")
    story = planned().then(second, answer, task_intent())
    ends = story.state.run.lease_end if story.state.run is not None else AT

    assert [task.key for task in story.state.tasks_in_doubt(AT)] == [OTHER]
    assert [task.key for task in story.state.tasks_in_doubt(ends)] == [KEY, OTHER]
    assert made().state.tasks_in_doubt(ends) == []


@pytest.mark.parametrize(("accounts", "pushes"), [(0, [Attempt(KEY, DUE_AT, 1, is_task=True)]), (4, [])])
def test_a_task_for_everyone_is_a_push_of_its_day(accounts: int, pushes: list[Attempt]) -> None:
    """No page says that pushes to listed accounts count."""
    state = planned().then(task_intent(accounts=accounts), CREATED).state

    assert state.own_pushes == state.pushes == pushes


def test_a_campaign_whose_tasks_were_cancelled_may_be_sent_here() -> None:
    """Its file asks for a window instead of the service's clock by now."""
    cancelled = made().then(task_intent("cancel", 2, task=4), Cancelled(key=KEY, attempt=2))

    asked = intent().model_copy(update={"endpoint": "timpush/push", "accounts": 0})
    state = cancelled.then(begin(), asked).state

    assert state.calls[KEY].state is CallState.INTENDED
    assert [it.is_task for it in state.own_pushes] == [False]


def test_what_is_known_of_a_task_that_was_asked_for() -> None:
    """Nothing is kept before the service says so, and no number is known."""
    task = task_of(planned().then(task_intent()))

    assert (task.state, task.held, task.text, task.attempts) == (TaskState.UNDER_WAY, None, "", 1)
    assert task.wanted is not None
    assert (task.wanted.number, task.spends) == (0, task.wanted)
    assert task_of(made()).spends == task_of(made()).held
    sent = task_of(made().then(Dispatched(key=KEY, task=4, task_id="x")))
    assert (sent.state, sent.spends) == (TaskState.SENT, sent.held)


def test_states_of_a_task_have_the_words_that_json_shows() -> None:
    """Programs compare them."""
    assert [state.value for state in TaskState] == [
        *("under way", "scheduled", "not scheduled", "cancelled", "in doubt", "sent", "failed")
    ]
