"""What the records of a recall add up to, and which of them cannot be true."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockfile.test_fold import AT, KEY, Story, intent, not_sent, resolved, sent, started, taken, unknown
from pushspec.errors import DamagedLockfileError
from pushspec.lockfile.fold import advance, fold
from pushspec.lockfile.histories import CallState, RecallHistory, RecallState
from pushspec.lockfile.records import Close, NotRecalled, Recalled, RecallIntent, RecallUnknown, Record
from pushspec.lockfile.state import LockState


def going_back(
    attempt: int = 1, *, requests: int = 1, task_id: str | None = "t", key: str = KEY
) -> RecallIntent:
    return RecallIntent(
        campaign="hello@1",
        key=key,
        attempt=attempt,
        endpoint="timpush/revoke",
        task_id=task_id,
        payload_sha256="p",
        requests=requests,
        not_after=AT + timedelta(seconds=30),
    )


def back(attempt: int = 1, taken_back: int = 1, **refused: int) -> Recalled:
    return Recalled(key=KEY, attempt=attempt, taken_back=taken_back, not_taken_back=refused)


def not_back(attempt: int = 1) -> NotRecalled:
    return NotRecalled(key=KEY, attempt=attempt, not_taken_back={"90051": 1})


def open_question(attempt: int = 1) -> RecallUnknown:
    return RecallUnknown(key=KEY, attempt=attempt, unknown=1)


def out() -> Story:
    """A call that was sent."""
    return started().then(intent(), sent())


def became(story: Story) -> RecallState:
    return story.state.recalls[KEY].state


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (back(), RecallState.TAKEN_BACK),
        (not_back(), RecallState.NOT_TAKEN_BACK),
        (open_question(), RecallState.IN_DOUBT),
    ],
)
def test_what_became_of_a_recall(outcome: Record, state: RecallState) -> None:
    """The call itself stays sent: a recall never makes it sendable again."""
    story = out().then(going_back())
    assert became(story) is RecallState.INTENDED

    assert became(story.then(outcome)) is state
    assert story.call() is CallState.SENT


@pytest.mark.parametrize("end", [taken(), Close()])
def test_a_recall_whose_run_ended_is_unknown(end: Record) -> None:
    """Nobody knows whether its request left."""
    story = out().then(going_back(), end)

    assert became(story) is RecallState.IN_DOUBT
    assert story.state.recalls[KEY].unknown == 1
    assert story.state.recalls[KEY].text == "the run ended before it wrote what became of this recall"


@pytest.mark.parametrize("end", [taken(), Close()])
@pytest.mark.parametrize(
    ("outcome", "state"), [(back(), RecallState.TAKEN_BACK), (not_back(), RecallState.NOT_TAKEN_BACK)]
)
def test_the_end_of_a_run_leaves_what_was_settled(end: Record, outcome: Record, state: RecallState) -> None:
    """Else each run that ends would make a question of all answers before it."""
    assert became(out().then(going_back(), outcome, end)) is state


def test_how_many_requests_are_open_is_kept() -> None:
    """A person who looks for them knows how many to find."""
    assert out().then(going_back(), open_question()).state.recalls[KEY].unknown == 1


def test_a_recall_of_another_campaign_is_damage() -> None:
    """The call is known, and it is not that campaign's."""
    foreign = going_back().model_copy(update={"campaign": "other@1"})

    with pytest.raises(DamagedLockfileError, match=r"hello@1#1 is no sent call of other@1"):
        _ = out().then(foreign).state


@pytest.mark.parametrize("end", [taken(), Close()])
def test_a_second_attempt_does_not_settle_what_a_dead_run_left_open(end: Record) -> None:
    """The request of the dead run may have taken it back, whatever the second one was told."""
    story = out().then(going_back(), end)
    if isinstance(end, Close):
        story.then(taken())

    assert became(story.then(going_back(2), not_back(2))) is RecallState.IN_DOUBT


def test_an_attempt_that_follows_a_clear_answer_is_no_doubt() -> None:
    """The first was told that nothing was taken back, and so was the second."""
    story = out().then(going_back(), not_back(), going_back(2), not_back(2))

    assert became(story) is RecallState.NOT_TAKEN_BACK
    assert story.state.recalls[KEY].settled_at == story.records[-1].at


def test_an_attempt_that_did_nothing_leaves_the_doubt_of_an_earlier_one() -> None:
    """The first request may have worked all the same, so "not taken back" would be a guess."""
    story = out().then(going_back(), open_question(), going_back(2), not_back(2))
    assert became(story) is RecallState.IN_DOUBT

    assert became(story.then(going_back(3), not_back(3))) is RecallState.IN_DOUBT
    assert became(story.then(going_back(4), back(4))) is RecallState.TAKEN_BACK


def test_counts_are_kept_for_people() -> None:
    """Of a message, each person is a request of its own."""
    record = Recalled(key=KEY, attempt=1, taken_back=2, not_taken_back={"20022": 1}, text="gone")
    recall = out().then(going_back(requests=3), record).state.recalls[KEY]

    assert (recall.taken_back, recall.not_taken_back, recall.unknown) == (2, {"20022": 1}, 0)
    assert (recall.requests, recall.text, recall.campaign) == (3, "gone", "hello@1")


@pytest.mark.parametrize(
    ("story", "record"),
    [
        (started(), going_back()),
        (started().then(intent()), going_back()),
        (started().then(intent(), unknown()), going_back()),
        (started().then(intent(), not_sent()), going_back()),
        (started().then(intent(), unknown()), going_back(task_id=None)),
        (started().then(intent(), not_sent()), going_back(task_id=None)),
        (out(), going_back(key="other@1")),
        (out(), going_back(task_id="another")),
        (out(), going_back(task_id=None)),
        (out(), going_back(2)),
        (out().then(going_back()), going_back(2)),
        (out().then(going_back(), back()), going_back(2)),
        (out().then(going_back(), not_back()), going_back(3)),
        (out(), back()),
        (out().then(going_back()), back(2)),
        (out().then(going_back(), back()), back()),
        (out().then(going_back()), Recalled(key=KEY, attempt=1, taken_back=2)),
        (out().then(going_back()), Recalled(key=KEY, attempt=1, not_taken_back={"1": 1})),
        (out().then(going_back()), Recalled(key=KEY, attempt=1, unknown=1)),
        (out().then(going_back()), NotRecalled(key=KEY, attempt=1, unknown=1)),
        (out().then(going_back()), RecallUnknown(key=KEY, attempt=1, taken_back=1)),
        (out().then(going_back(), not_back()), intent(1, "hello@1#2")),
    ],
)
def test_records_that_cannot_be_true(story: Story, record: Record) -> None:
    """Only what was sent is taken back, once, by the id it has; and then nothing more of it is sent."""
    fold(story.records)

    with pytest.raises(DamagedLockfileError, match="cannot be true"):
        fold(story.then(record).records)


RANDOM = st.sampled_from(
    [
        intent(1), sent(1), unknown(1), resolved("sent"), taken(), Close(),
        *(kind(number) for kind in (going_back, back, not_back, open_question) for number in (1, 2, 3)),
    ]
)  # fmt: skip


@given(st.lists(RANDOM, max_size=14))
def test_whatever_is_accepted_taken_back_stays_so_and_no_doubt_is_forgotten(attempts: list[Record]) -> None:
    """A doubt ends with proof that it is taken back, and with nothing else."""
    story, state = started(), LockState()
    for record in story.records:
        advance(state, record)
    was: RecallState | None = None
    for attempt in attempts:
        story.then(attempt)
        try:
            advance(state, story.records[-1])
        except DamagedLockfileError:
            story.records.pop()
            continue
        known = state.recalls.get(KEY)
        now = known.state if known is not None else None
        if was is RecallState.TAKEN_BACK:
            assert now is RecallState.TAKEN_BACK
        if known is not None and known.was_doubted:
            assert now is not RecallState.NOT_TAKEN_BACK
        was = now


def test_a_recall_under_way_has_taken_nothing_back_yet() -> None:
    """What it became is known from its outcome on; recalls are told of their own campaign only."""
    state = out().then(going_back()).state

    assert state.recalls_of("hello@1") == [
        RecallHistory(
            key=KEY,
            campaign="hello@1",
            state=RecallState.INTENDED,
            attempts=1,
            payload_sha256="p",
            requests=1,
            not_after=AT + timedelta(seconds=30),
            was_doubted=False,
            settled_at=None,
            taken_back=0,
            not_taken_back={},
            unknown=0,
            text="",
        )
    ]
    assert state.recalls_of("other@1") == []
