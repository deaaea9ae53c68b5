"""What records add up to, and which records cannot be true."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from story import Records

from pushspec.errors import DamagedLockfileError
from pushspec.lockfile import records as kinds
from pushspec.lockfile.fold import advance, fold
from pushspec.lockfile.histories import CallHistory, CallState
from pushspec.lockfile.records import (
    AnyRecord,
    Begin,
    Close,
    Conflict,
    End,
    Frozen,
    Header,
    Intent,
    LossStats,
    Moved,
    NotSent,
    Open,
    Record,
    Renew,
    Resolved,
    Sent,
    Stats,
    Unknown,
)
from pushspec.lockfile.state import LockState, Run
from pushspec.tencent.answers import NO_IDS, ServiceIds
from pushspec.tencent.endpoints import Pace

AT = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
KEY = "hello@1#1"


class Story(Records):
    """Writes records one after the other, a second apart."""

    def __init__(self) -> None:
        super().__init__(AT, step=timedelta(seconds=1))

    def call(self, key: str = KEY) -> CallState:
        return self.state.calls[key].state


HEADER = Header(sdk_app_id=1, environment="prod")


def taken() -> Open:
    return Open(holder="ada", lease_end=AT + timedelta(minutes=10), tool="t")


def begin(campaign: str = "hello@1") -> Begin:
    return Begin(
        campaign=campaign,
        name="hello",
        version=1,
        digest="d",
        endpoint="timpush/batch",
        audience="2 accounts",
        contents={},
        accounts=4,
        accounts_sha256="a",
        calls=2,
        spec="s",
        spec_sha256="x",
    )


def intent(attempt: int = 1, key: str = KEY) -> Intent:
    return Intent(
        campaign="hello@1",
        key=key,
        attempt=attempt,
        endpoint="timpush/batch",
        msg_random=7,
        payload_sha256="p",
        accounts=4,
        not_after=AT + timedelta(seconds=30),
    )


def sent(attempt: int = 1) -> Sent:
    return Sent(
        key=KEY, attempt=attempt, task_id="t", refused={"70107": ["a", "b"]}, left_at=AT, answered_at=AT
    )


def not_sent(attempt: int = 1, code: int | None = None) -> NotSent:
    return NotSent(key=KEY, attempt=attempt, refused_by_service=code is not None, code=code, case="x")


def unknown(attempt: int = 1) -> Unknown:
    return Unknown(key=KEY, attempt=attempt, case="timeout")


def resolved(verdict: str, attempt: int = 1) -> Resolved:
    return Resolved.model_validate(
        {"key": KEY, "attempt": attempt, "verdict": verdict, "by": "ada", "why": "seen", "task_id": "t9"}
    )


def started() -> Story:
    return Story().then(HEADER, taken(), begin())


def test_nothing_adds_up_to_nothing() -> None:
    """No lockfile yet is the ordinary first day."""
    assert fold([]) == LockState()


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (sent(), CallState.SENT),
        (not_sent(), CallState.NOT_SENT),
        (not_sent(code=90001), CallState.REFUSED),
        (unknown(), CallState.IN_DOUBT),
    ],
)
def test_an_outcome_settles_its_intent(outcome: Record, state: CallState) -> None:
    """T4 to T7."""
    assert started().then(intent(), outcome).call() is state


def intended(seq: int = 3, attempt: int = 1) -> CallHistory:
    """Return all that is known of a call whose intent stands in record ``seq``."""
    return CallHistory(
        key=KEY,
        campaign="hello@1",
        endpoint="timpush/batch",
        state=CallState.INTENDED,
        attempts=attempt,
        msg_random=7,
        payload_sha256="p",
        accounts=4,
        intended_at=AT + timedelta(seconds=seq),
        not_after=AT + timedelta(seconds=30),
        settled_at=None,
        sent_at=None,
        ids=NO_IDS,
        refused={},
        code=None,
        http_status=None,
        case="",
        text="",
    )


SETTLED_AT = AT + timedelta(seconds=4)
REFUSED = {"refused": {"70107": ["a", "b"], "90048": ["c"]}}
IDS = ServiceIds("t", "k", "m")
WHY = {"code": 90048, "http_status": 413, "case": "why", "text": "in words"}


@pytest.mark.parametrize(
    ("outcome", "known"),
    [
        (
            Sent.model_validate(
                {"key": KEY, "attempt": 1, "left_at": AT, "answered_at": AT, **asdict(IDS), **REFUSED}
            ),
            {"state": CallState.SENT, "sent_at": AT, "ids": IDS, "refused": {70107: 2, 90048: 1}},
        ),
        (
            NotSent.model_validate({"key": KEY, "attempt": 1, "refused_by_service": True, **WHY, **REFUSED}),
            {"state": CallState.REFUSED, **WHY, "refused": {70107: 2, 90048: 1}},
        ),
        (
            Unknown.model_validate({"key": KEY, "attempt": 1, **WHY}),
            {"state": CallState.IN_DOUBT, **WHY},
        ),
    ],
    ids=["sent", "not sent", "unknown"],
)
def test_all_that_a_record_says_of_a_call_is_known(outcome: Record, known: dict[str, object]) -> None:
    """A report, a recall and a person with a doubt all read it from here, and nothing else."""
    story = started().then(intent())
    assert story.state.calls[KEY] == intended()
    expected = replace(intended(), settled_at=SETTLED_AT, **known)  # type: ignore[arg-type] # its own fields
    assert story.then(outcome).state.calls[KEY] == expected


def test_a_new_attempt_forgets_what_the_one_before_it_met() -> None:
    """A call under way must not look as if it had been refused already."""
    story = started().then(intent(), not_sent(code=90024), intent(2))
    assert story.state.calls[KEY] == intended(seq=5, attempt=2)


@pytest.mark.parametrize("end", [taken(), Close()])
def test_a_doubt_that_a_dead_run_left_says_so(end: Record) -> None:
    """Whoever settles it needs to know that nothing was seen on the wire."""
    call = started().then(intent(), end).state.calls[KEY]
    why = "the run ended before it wrote what became of this call"
    assert call == replace(intended(), state=CallState.IN_DOUBT, case="run_ended", text=why)


def test_a_resolved_doubt_says_who_settled_it_and_what_was_named() -> None:
    """The audit log is asked a year later; the time is that of the intent, for no other is known."""
    verdict = {"key": KEY, "attempt": 1, "verdict": "sent", "by": "ada", "why": "seen", **asdict(IDS)}
    call = started().then(intent(), unknown(), Resolved.model_validate(verdict)).state.calls[KEY]
    assert call == replace(
        intended(),
        state=CallState.SENT,
        settled_at=AT + timedelta(seconds=5),
        sent_at=intended().intended_at,
        case="timeout",
        text="ada: seen",
        ids=IDS,
    )


def test_the_calls_of_a_campaign_come_in_the_order_first_intended() -> None:
    """Another attempt does not move a call, nor show it twice."""
    other = intent(key="other@1").model_copy(update={"campaign": "other@1"})
    story = started().then(begin("other@1"), intent(key="hello@1#2"), other, intent(), not_sent(), intent(2))
    assert [call.key for call in story.state.calls_of("hello@1")] == ["hello@1#2", KEY]
    assert [call.key for call in story.state.calls_of("other@1")] == ["other@1"]
    assert list(story.state.calls_of("third@1")) == []


def test_who_holds_the_lock_since_when_and_for_what() -> None:
    """The next person reads it in the message that keeps him out."""
    opening = Open(holder="ada", purpose="resolve", lease_end=AT + timedelta(minutes=1), tool="t")
    story = Story().then(HEADER, opening)
    since, until = AT + timedelta(seconds=1), AT + timedelta(minutes=1)
    assert story.state.run == Run("run1", "ada", "resolve", since, until)
    assert story.state.ownership == (1, "run1", "ada", since)
    assert story.then(Close()).state.ownership is None


def test_what_was_frozen_of_a_campaign_is_known_until_its_end() -> None:
    """Its parts never change after this, and the diff of a later plan is made against it."""
    story = started()
    begun = story.state.campaigns["hello@1"]
    assert (begun.begin, begun.begun_at, begun.end) == (story.records[2], AT + timedelta(seconds=2), None)


def test_a_clock_that_was_set_back_does_not_set_back_the_last_record() -> None:
    """The next run compares its clock with the latest instant that anybody wrote."""
    assert LockState().updated_at is None
    story = started().then(intent())
    assert story.state.updated_at == AT + timedelta(seconds=3)
    story.records[-1] = story.records[-1].model_copy(update={"at": AT - timedelta(hours=1)})
    assert story.state.updated_at == AT + timedelta(seconds=2)


def test_a_lockfile_that_was_moved_says_where_it_lives() -> None:
    """Whoever still uses the old place is sent to the new one."""
    assert started().state.moved_to == ""
    assert started().then(Moved(to="s3://bucket/lock", by="ada")).state.moved_to == "s3://bucket/lock"


def test_anybody_may_freeze_without_holding_the_lock() -> None:
    """The wrong text is on the phones now, and the lock is somebody else's."""
    story = started().then(Frozen(frozen=True, by="eve", why="wrong text"))
    story.records[-1] = story.records[-1].model_copy(update={"run": "another"})
    assert story.state.frozen_reason == "wrong text"
    assert story.then(Close(), Frozen(frozen=False, by="eve", why="x")).state.frozen_reason == ""


def stats(task_id: str = "t", minutes: int = 0, **told: object) -> Stats:
    asked_at = AT + timedelta(minutes=minutes)
    return Stats.model_validate({"key": KEY, "task_id": task_id, "asked_at": asked_at} | told)


def test_a_later_look_that_tells_less_takes_no_number_back() -> None:
    """The service forgets losses after 7 days, and a bad day of it must not undo a good one."""
    losses = (LossStats(stage="after_sending", code="410", count=1),)
    story = started().then(intent(), sent(), stats(reached=3, losses=losses), stats(minutes=5, reached=4))
    nothing = story.then(stats(minutes=9)).state.stats[KEY]

    assert nothing.counts is not None
    assert nothing.losses is not None
    assert (nothing.counts.reached, nothing.losses.losses) == (4, losses)
    assert nothing.changed_at == AT + timedelta(minutes=9)


def test_numbers_change_nothing_of_a_call() -> None:
    """Whatever the service counts, what was sent was sent."""
    story = started().then(intent(), sent())
    before = story.state.calls, story.state.in_doubt(AT), story.state.campaigns

    after = story.then(stats(total=0, sent=0)).state

    assert (after.calls, after.in_doubt(AT), after.campaigns) == before


def test_anybody_may_record_numbers_without_holding_the_lock() -> None:
    """A report must not wait for an apply, nor stop one."""
    story = started().then(intent(), sent(), Close(), stats(reached=1))
    story.records[-1] = story.records[-1].model_copy(update={"run": "another"})

    assert story.state.stats[KEY].counts is not None


@pytest.mark.parametrize("record", [stats("t-of-another-call"), stats().model_copy(update={"key": "x@1"})])
def test_numbers_of_another_task_are_damage(record: Stats) -> None:
    """A report would add up what belongs to nobody."""
    with pytest.raises(DamagedLockfileError, match=r"is not the task of|has no intent"):
        _ = started().then(intent(), sent(), record).state


@pytest.mark.parametrize(
    ("code", "status", "endpoint", "is_settled"),
    [
        (90020, None, "timpush/push", True),
        (90045, None, "timpush/push", False),
        (90057, None, "timpush/batch", True),
        (90057, None, "openim/batchsendmsg", False),
        (None, 413, "timpush/push", True),
        (None, 403, "timpush/push", False),
    ],
)
def test_a_refusal_is_final_when_the_same_bytes_would_be_refused_again(
    code: int | None, status: int | None, endpoint: str, is_settled: bool
) -> None:
    """What lies outside the bytes may be mended, and the call then goes out without a new version."""
    refusal = NotSent(
        key=KEY, attempt=1, refused_by_service=True, code=code, http_status=status, case="refused"
    )
    story = started().then(intent().model_copy(update={"endpoint": endpoint}), refusal)
    assert story.state.calls[KEY].is_settled is is_settled
    assert story.state.is_open(KEY) is not is_settled


def test_a_call_whose_every_account_was_refused_was_not_sent_and_is_never_made_again() -> None:
    """The service took it and named it, so it stays over; yet nobody got anything."""
    everyone = {"70107": ["a", "b"], "90048": ["c", "d"]}
    story = started().then(intent(), sent().model_copy(update={"refused": everyone}))
    call = story.state.calls[KEY]

    assert (call.state, call.ids, call.sent_at) == (CallState.REFUSED, ServiceIds("t"), None)
    assert call.text == "every account was refused (70107, 90048)"
    assert call.is_settled
    assert not story.state.is_open(KEY)
    with pytest.raises(DamagedLockfileError, match="may not be tried again"):
        _ = story.then(intent(attempt=2)).state


def test_a_sent_call_keeps_what_the_service_named() -> None:
    """TaskIds are the only handle for a recall."""
    call = started().then(intent(), sent()).state.calls[KEY]
    assert (call.ids, call.refused, call.sent_at, call.attempts) == (ServiceIds("t"), {70107: 2}, AT, 1)
    assert call.is_settled


@pytest.mark.parametrize("end", [taken(), Close()])
def test_a_call_under_way_is_in_doubt_when_its_run_is_over(end: Record) -> None:
    """T8: nobody is left who could write what became of it."""
    story = started().then(intent())
    assert story.call() is CallState.INTENDED
    assert story.then(end).call() is CallState.IN_DOUBT
    assert (story.state.under_way, story.state.doubted) == (set(), {KEY})


def test_the_end_of_a_campaign_keeps_its_totals() -> None:
    """Nothing is left to send."""
    end = End(campaign="hello@1", sent=2, refused=0, abandoned=0, refused_accounts=1)
    campaigns = started().then(end).state.campaigns
    assert campaigns["hello@1"].end is not None
    assert campaigns["hello@1"].end.sent == 2


def test_doubts_are_told_in_key_order() -> None:
    """Every command, and every machine, names them in the same order."""
    keys = [f"hello@1#{number}" for number in range(1, 8)]
    story = started().then(*(intent(key=key) for key in reversed(keys)), Close())
    doubts = story.state.in_doubt(AT)
    assert [(call.key, call.state) for call in doubts] == [(key, CallState.IN_DOUBT) for key in keys]


def test_a_live_run_may_still_settle_what_it_has_under_way() -> None:
    """Only what is recorded as unknown is in doubt while it lives; afterwards both are."""
    state = started().then(intent(), unknown(), intent(key="hello@1#2")).state
    assert [call.key for call in state.in_doubt(AT)] == [KEY]
    later = state.in_doubt(AT + timedelta(minutes=11))
    assert [(call.key, call.state) for call in later] == [
        (KEY, CallState.IN_DOUBT),
        ("hello@1#2", CallState.IN_DOUBT),
    ]


def test_a_call_under_way_is_in_doubt_for_readers_once_the_lease_has_ended() -> None:
    """A plan must not wait for the next apply to see the doubt."""
    state = started().then(intent()).state
    assert state.in_doubt(AT + timedelta(minutes=9)) == []
    assert [call.key for call in state.in_doubt(AT + timedelta(minutes=11))] == [KEY]


def test_what_was_not_sent_may_be_tried_again() -> None:
    """T2 and T3: attempts are counted on."""
    call = started().then(intent(), not_sent(), intent(2), not_sent(2, 90024), intent(3)).state.calls[KEY]
    assert (call.state, call.attempts) == (CallState.INTENDED, 3)


@pytest.mark.parametrize(
    ("verdict", "state"),
    [("sent", CallState.SENT), ("not_sent", CallState.NOT_SENT), ("abandoned", CallState.ABANDONED)],
)
def test_a_doubt_is_resolved(verdict: str, state: CallState) -> None:
    """T9 to T11."""
    story = started().then(intent(), unknown(), resolved(verdict))
    assert story.call() is state
    assert story.state.in_doubt(AT + timedelta(days=1)) == []


def test_a_doubt_resolved_as_sent_has_its_id_and_time_and_no_other_has() -> None:
    """A recall needs the id; a call that was not sent must not look as if it had one."""
    was_sent = started().then(intent(), unknown(), resolved("sent")).state.calls[KEY]
    was_not = started().then(intent(), unknown(), resolved("not_sent")).state.calls[KEY]
    assert (was_sent.ids, was_sent.sent_at) == (ServiceIds("t9"), was_sent.intended_at)
    assert (was_not.ids, was_not.sent_at) == (NO_IDS, None)


@pytest.mark.parametrize("outcome", [not_sent(), not_sent(code=90001), unknown()])
def test_whatever_was_not_sent_may_be_abandoned(outcome: Record) -> None:
    """T11: a person gives it up."""
    assert started().then(intent(), outcome, resolved("abandoned")).call() is CallState.ABANDONED


def test_evidence_against_the_record_blocks_the_campaign() -> None:
    """The record said certainly not sent; somebody saw it on a phone."""
    state = started().then(intent(), not_sent(), Conflict(key=KEY, by="eve", why="seen")).state
    assert {key: conflict.why for key, conflict in state.conflicts.items()} == {KEY: "seen"}
    assert state.conflict_of("hello@1") == state.conflicts[KEY]
    assert state.conflict_of("other@1") is None
    assert state.calls[KEY].state is CallState.NOT_SENT


@pytest.mark.parametrize("before", [(), (resolved("abandoned"),)])
def test_giving_up_a_call_with_evidence_lets_the_campaign_go_on(before: tuple[Record, ...]) -> None:
    """Otherwise the campaign, and the exit code of every run, could never be settled."""
    evidence = Conflict(key=KEY, by="eve", why="seen")
    story = started().then(intent(), not_sent(), *before, evidence, resolved("abandoned"))
    assert story.state.conflict_of("hello@1") is None
    assert story.call() is CallState.ABANDONED


def test_only_giving_up_settles_evidence() -> None:
    """A person who says "not sent" against the evidence has not settled the contradiction."""
    evidence = Conflict(key=KEY, by="eve", why="seen")
    assert started().then(intent(), unknown(), evidence, resolved("not_sent")).state.conflicts


def test_of_several_pieces_of_evidence_the_first_is_told() -> None:
    """In key order, so that each command names the same one."""
    story = started()
    for key in ("hello@1#2", "hello@1#1"):
        failed = NotSent(key=key, attempt=1, refused_by_service=False, case="x")
        story.then(intent(key=key), failed, Conflict(key=key, by="eve", why=f"saw {key}"))
    evidence = story.state.conflict_of("hello@1")
    assert evidence is not None
    assert evidence.why == "saw hello@1#1"


FORBIDDEN: dict[str, tuple[Record, ...]] = {
    "a second intent under way": (intent(), intent(2)),
    "an intent after sent": (intent(), sent(), intent(2)),
    "an intent in doubt": (intent(), unknown(), intent(2)),
    "an intent after abandoned": (intent(), unknown(), resolved("abandoned"), intent(2)),
    "a skipped attempt": (intent(2),),
    "a repeated attempt": (intent(), not_sent(), intent(1)),
    "an outcome without intent": (sent(),),
    "an outcome of another attempt": (intent(), sent(2)),
    "a second outcome": (intent(), sent(), unknown()),
    "sent taken back": (intent(), sent(), resolved("not_sent")),
    "abandoning what was sent": (intent(), sent(), resolved("abandoned")),
    "abandoned twice": (intent(), unknown(), resolved("abandoned"), resolved("abandoned")),
    "sent after abandoned, whatever the evidence": (
        intent(),
        unknown(),
        resolved("abandoned"),
        Conflict(key=KEY, by="eve", why="seen"),
        resolved("sent"),
    ),
    "a call of two campaigns": (
        begin("other@1"),
        intent(),
        not_sent(),
        intent(2).model_copy(update={"campaign": "other@1"}),
    ),
    "a call of an endpoint that nobody knows": (intent().model_copy(update={"endpoint": "timpush/fax"}),),
    "abandoned taken back": (intent(), unknown(), resolved("abandoned"), resolved("sent")),
    "resolving what nobody doubts": (intent(), not_sent(), resolved("sent")),
    "resolving another attempt": (intent(), unknown(), resolved("sent", 2)),
    "a campaign begun twice": (begin(),),
    "a call of a campaign not begun": (intent().model_copy(update={"campaign": "other@1"}),),
    "the end of a campaign not begun": (
        End(campaign="other@1", sent=0, refused=0, abandoned=0, refused_accounts=0),
    ),
    "a renewal after closing": (Close(), Renew(lease_end=AT)),
    "an intent after closing": (Close(), intent()),
    "a second header": (HEADER,),
    "a record after moving": (Moved(to="x", by="a"), Close()),
    "evidence on an unknown call": (Conflict(key="x", by="a", why="b"),),
}


@pytest.mark.parametrize("name", FORBIDDEN)
def test_what_cannot_be_true_is_refused(name: str) -> None:
    """A lockfile that says it was edited, or written by a bug; nothing is sent from it."""
    with pytest.raises(DamagedLockfileError, match="cannot be true"):
        _ = started().then(*FORBIDDEN[name]).state


@pytest.mark.parametrize(
    "change",
    [{"epoch": 0}, {"journal": "other"}, {"seq": 7}, {"seq": 2}, {"epoch": 3}, {"run": "another"}],
    ids=str,
)
def test_a_record_out_of_place_is_refused(change: dict[str, object]) -> None:
    """Another lockfile's, an overtaken run's, or one lost in between."""
    story = started().then(intent())
    story.records[-1] = story.records[-1].model_copy(update=change)
    with pytest.raises(DamagedLockfileError):
        _ = story.state


def test_a_lockfile_begins_with_its_header() -> None:
    """Without it nobody knows whose lockfile it is."""
    with pytest.raises(DamagedLockfileError):
        _ = Story().then(taken()).state


def test_a_run_lives_until_it_closes_or_its_lease_ends() -> None:
    """The lease only saves waiting."""
    story = started()
    assert story.state.live_run(AT) is not None
    assert story.state.live_run(AT + timedelta(minutes=10)) is None
    story.then(Renew(lease_end=AT + timedelta(minutes=20)))
    assert story.state.live_run(AT + timedelta(minutes=15)) is not None
    assert story.then(Close()).state.live_run(AT) is None


def test_freezing_and_thawing() -> None:
    """The last word counts."""
    assert started().state.frozen_reason == ""
    story = started().then(Frozen(frozen=True, by="eve", why="wrong text"))
    assert story.state.frozen_reason == "wrong text"
    assert story.then(Frozen(frozen=False, by="eve", why="fixed")).state.frozen_reason == ""


def test_every_attempt_counts_for_the_pace() -> None:
    """Also those that were refused, since the service may have counted them."""
    state = started().then(intent(), not_sent(), intent(2)).state
    assert len(state.attempts[Pace.BATCH]) == 2
    assert state.pushes == []


def test_a_call_to_everyone_counts_as_one() -> None:
    """The pace counts calls; users it cannot know."""
    everyone = intent().model_copy(update={"accounts": 0, "endpoint": "timpush/push"})
    assert [attempt.weight for attempt in started().then(everyone).state.attempts[Pace.PUSH]] == [1]
    assert [attempt.weight for attempt in started().then(intent()).state.attempts[Pace.BATCH]] == [4]


def test_what_is_open() -> None:
    """What a later apply would make."""
    assert started().state.is_open(KEY)
    assert not started().then(intent()).state.is_open(KEY)
    assert started().then(intent(), not_sent()).state.is_open(KEY)
    assert started().then(intent(), not_sent(code=70009)).state.is_open(KEY)
    assert not started().then(intent(), not_sent(code=90001)).state.is_open(KEY)
    assert not started().then(intent(), unknown()).state.is_open(KEY)


def test_what_is_settled() -> None:
    """A campaign is finished when no later apply may make any of its calls."""
    for last, is_settled in ((unknown(), False), (sent(), True)):
        assert started().then(intent(), last).state.calls[KEY].is_settled is is_settled
    for verdict, is_settled in (("abandoned", True), ("not_sent", False)):
        story = started().then(intent(), unknown(), resolved(verdict))
        assert story.state.calls[KEY].is_settled is is_settled


def test_states_have_the_words_that_people_and_scripts_read() -> None:
    """`status` and `show` print them, their JSON holds them."""
    words = ["intended", "sent", "refused", "not sent", "in doubt", "abandoned"]
    assert [str(state) for state in CallState] == words


def test_no_kind_of_record_is_left_out_of_the_fold() -> None:
    """A new kind needs its meaning before it is written."""
    union, _ = get_args(AnyRecord)
    assert {kind.__name__ for kind in get_args(union)} == {
        name
        for name, kind in vars(kinds).items()
        if isinstance(kind, type)
        and issubclass(kind, Record)
        and name not in {"Record", "CampaignRecord", "OutcomeRecord", "RecallOutcome", "TaskOutcome"}
    }


RANDOM = st.sampled_from(
    [
        intent(1), intent(2), intent(3), sent(1), sent(2), not_sent(1), not_sent(2), not_sent(1, 90001),
        unknown(1), unknown(2), resolved("sent"), resolved("not_sent"), resolved("abandoned"), taken(),
        Close(), Renew(lease_end=AT), Conflict(key=KEY, by="a", why="b"),
        Frozen(frozen=True, by="a", why="b"),
    ]
)  # fmt: skip


@given(st.lists(RANDOM, max_size=12))
def test_whatever_is_accepted_keeps_the_promises(attempts: list[Record]) -> None:
    """Invariants 4 and 6: sent never changes, and no intent is ever forgotten."""
    story, state = started(), LockState()
    for record in story.records:
        advance(state, record)
    was_sent = False
    for attempt in attempts:
        story.then(attempt)
        try:
            advance(state, story.records[-1])
        except DamagedLockfileError:
            story.records.pop()
            story.epoch = state.epoch
            state = fold(story.records)
            continue
        call = state.calls.get(KEY)
        if was_sent:
            assert call is not None
            assert call.state is CallState.SENT
        was_sent = call is not None and call.state is CallState.SENT
        if call is not None and call.state is CallState.INTENDED:
            assert KEY in state.under_way
            assert state.run is not None
        assert (KEY in state.doubted) is (call is not None and call.state is CallState.IN_DOUBT)
        assert state == fold(story.records)


@pytest.mark.parametrize(
    ("accounts", "refused", "state"),
    [
        (0, {}, CallState.SENT),
        (1, {"70107": ["a"]}, CallState.REFUSED),
        (2, {"70107": ["a"]}, CallState.SENT),
        (2, {"70107": ["a"], "70169": ["b"]}, CallState.REFUSED),
    ],
)
def test_a_call_of_which_everybody_was_refused_was_not_sent(
    accounts: int, refused: dict[str, list[str]], state: CallState
) -> None:
    """A push to all users names no account, so none can be refused."""
    asked = intent().model_copy(update={"accounts": accounts, "data_id": "spring"})
    story = started().then(asked, sent().model_copy(update={"refused": refused}))

    assert story.call() is state
    assert story.state.calls[KEY].data_id == "spring"


def test_a_run_whose_process_is_gone_holds_nothing() -> None:
    """The kernel knows, whatever the lease says."""
    state = started().state
    run = state.run
    assert run is not None
    assert state.live_run(AT) == run

    state.run = replace(run, is_gone=True)

    assert state.live_run(AT) is None
