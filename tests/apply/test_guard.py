"""What keeps a call from leaving, and what ends a run."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import anyio
import pytest
from simulation.calls import accounts, campaign_calls
from simulation.loop import START
from simulation.world import World, in_world
from story import begin_of, intent_of

from pushspec.apply.classify import CallOutcome
from pushspec.apply.guard import Guard
from pushspec.apply.result import Stop
from pushspec.apply.run import RunOptions
from pushspec.errors import LockError
from pushspec.lockfile.histories import CallState
from pushspec.lockfile.records import Conflict, Frozen, Intent, NotSent, RecallIntent, Sent, Unknown
from pushspec.tencent.endpoints import EndpointName
from pushspec.tencent.exchange import Exchange, GateClosedError
from pushspec.tencent.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from pushspec.lockfile.journal import Journal
    from pushspec.lockfile.records import Record
    from pushspec.plan.calls import CampaignCalls

TO_ALL = campaign_calls()
LISTED = campaign_calls("listed", endpoint=EndpointName.BATCH, parts=[accounts(1, first=n) for n in range(5)])


def guarding(
    story: Callable[[World, Journal, Guard], Awaitable[None]], options: RunOptions | None = None
) -> World:
    """Let a story happen to a run that has just taken the lock."""

    async def with_guard(world: World) -> None:
        journal = world.journal()
        journal.take(holder="ada")
        await story(world, journal, Guard(journal, world.clock, options or RunOptions(Limits()), world.notes))

    return in_world(with_guard)


def tried(journal: Journal, campaign: CampaignCalls, count: int, *, in_doubt: bool = True) -> None:
    """Let so many calls of a campaign end in doubt, or certainly not sent."""
    journal.append(begin_of(campaign))
    for call in list(campaign.calls())[:count]:
        journal.append(
            intent_of(call, not_after=START),
            Unknown(key=call.key, attempt=1, case="timeout")
            if in_doubt
            else NotSent(key=call.key, attempt=1, refused_by_service=False, case="stopped"),
        )


def taken_and_going_back(key: str) -> tuple[Record, ...]:
    """Return the records of a call that the service took, and that somebody is taking back."""
    campaign = key.split("#", maxsplit=1)[0]
    return (
        Intent(
            campaign=campaign,
            key=key,
            attempt=1,
            endpoint="timpush/push",
            msg_random=1,
            payload_sha256="p",
            not_after=START,
        ),
        Sent(key=key, attempt=1, task_id="t", left_at=START, answered_at=START),
        RecallIntent(
            campaign=campaign,
            key=key,
            attempt=1,
            endpoint="timpush/revoke",
            task_id="t",
            payload_sha256="q",
            requests=1,
            not_after=START,
        ),
    )


def closed(guard: Guard, campaign: CampaignCalls = TO_ALL) -> tuple[str, str]:
    """Return why a call of the campaign may not leave."""
    with pytest.raises(GateClosedError) as caught:
        guard.check(campaign)
    return caught.value.case, str(caught.value)


def test_nothing_in_the_way_lets_a_call_leave() -> None:
    """The ordinary case, at both ends of its window too."""

    async def story(_world: World, _journal: Journal, guard: Guard) -> None:
        assert guard.is_clear(TO_ALL)
        assert guard.is_clear(campaign_calls(not_before=START, not_after=START))

    world = guarding(story)
    assert (world.notes.blocks, world.notes.stops) == ({}, [])


def test_a_call_outside_its_window_stays() -> None:
    """Promise 4: a minute too early is as wrong as a minute too late."""

    async def story(_world: World, _journal: Journal, guard: Guard) -> None:
        moment = timedelta(microseconds=1)
        assert closed(guard, campaign_calls(not_before=START + moment)) == (
            "window",
            "its window is not open yet",
        )
        assert closed(guard, campaign_calls(not_after=START - moment)) == ("window", "its window has ended")

    guarding(story)


def test_a_run_that_stops_lets_nothing_more_leave() -> None:
    """Ctrl-C while a connection is being made."""

    async def story(_world: World, _journal: Journal, guard: Guard) -> None:
        guard.halt(Stop.INTERRUPTED, "stopped by the user")
        assert closed(guard) == ("stopped", "stopped by the user")

    guarding(story)


def test_a_run_whose_lease_has_ended_lets_nothing_leave() -> None:
    """Somebody else may hold the lock by now."""

    async def story(_world: World, _journal: Journal, guard: Guard) -> None:
        await anyio.sleep(60)
        assert closed(guard) == ("lease", "the lease on the lockfile has ended")

    guarding(story)


def test_a_clock_set_back_stops_the_run() -> None:
    """Two machines are never equal to the second; more than half a minute is a wrong clock."""

    async def story(world: World, _journal: Journal, guard: Guard) -> None:
        world.clock.error = timedelta(seconds=-30)
        assert guard.is_clear(TO_ALL)
        world.clock.error -= timedelta(seconds=1)
        assert not guard.is_clear(TO_ALL)
        assert closed(guard) == ("stopped", "this machine's clock was set back while the run was under way")
        assert guard.stop is Stop.CLOCK

    guarding(story)


def test_a_freeze_stops_the_run_with_its_reason() -> None:
    """Everybody who waits for the run reads who stopped it why."""

    async def story(world: World, journal: Journal, guard: Guard) -> None:
        journal.append(Frozen(frozen=True, by="eve", why="wrong text"))
        assert closed(guard) == ("frozen", "frozen: wrong text")
        assert not guard.is_clear(TO_ALL)
        assert (guard.stop, world.notes.blocks) == (Stop.FROZEN, {})

    assert guarding(story).notes.stops == ["frozen: wrong text"]


def test_evidence_against_the_record_blocks_its_campaign_alone() -> None:
    """Others go on; people are told once, not for each call."""

    async def story(world: World, journal: Journal, guard: Guard) -> None:
        tried(journal, TO_ALL, 1, in_doubt=False)
        journal.append(Conflict(key="hello@1", by="eve", why="seen"))
        assert closed(guard) == ("conflict", "evidence against the record: seen")
        assert not guard.is_clear(TO_ALL)
        assert guard.is_clear(LISTED)
        assert guard.blocked == {"hello@1"}
        world.notes.blocks.clear()
        assert not guard.is_clear(TO_ALL)

    assert guarding(story).notes.blocks == {}


def test_a_campaign_that_is_taken_back_sends_nothing_more() -> None:
    """From the first intent on: the recall may be under way on another machine."""

    async def story(_world: World, journal: Journal, guard: Guard) -> None:
        journal.append(begin_of(TO_ALL), *taken_and_going_back("hello@1"))
        assert closed(guard) == ("recalled", "it was to be taken back, and sends nothing more")
        assert guard.is_clear(LISTED)

    guarding(story)


@pytest.mark.parametrize(
    ("campaign", "most", "doubts", "may_leave"),
    [
        (TO_ALL, 0, 0, True),
        (TO_ALL, 3, 1, False),
        (LISTED, 0, 1, False),
        (LISTED, 2, 2, True),
        (LISTED, 2, 3, False),
    ],
)
def test_doubts_stop_a_campaign_beyond_what_was_allowed(
    campaign: CampaignCalls, most: int, doubts: int, may_leave: bool
) -> None:
    """A list may go on past some, by --max-in-doubt; a push to everyone never."""

    async def story(_world: World, journal: Journal, guard: Guard) -> None:
        tried(journal, campaign, doubts)
        other = LISTED if campaign is TO_ALL else TO_ALL
        assert guard.is_clear(other)
        if may_leave:
            guard.check(campaign)
        else:
            assert closed(guard, campaign) == ("in_doubt", "a call of this campaign is in doubt")

    guarding(story, RunOptions(Limits(), max_in_doubt=most))


def test_a_blocked_campaign_is_told_with_its_reason_unless_the_run_is_over() -> None:
    """Why each of the rest was held back says nothing once the run stops."""
    late = campaign_calls("late", not_after=START - timedelta(hours=1))

    async def story(world: World, _journal: Journal, guard: Guard) -> None:
        assert not guard.is_clear(late)
        assert world.notes.blocks == {"late@1": "its window has ended"}
        guard.halt(Stop.TIME, "time")
        assert not guard.is_clear(TO_ALL)
        assert guard.blocked == {"late@1"}

    guarding(story)


def test_the_first_reason_to_stop_is_the_one_that_counts() -> None:
    """What follows from it would hide it; an error that keeps the lockfile from being written is kept."""
    errors = LockError("one"), LockError("two")

    async def story(_world: World, _journal: Journal, guard: Guard) -> None:
        assert (guard.stop, guard.text, guard.error) == (Stop.DONE, "", None)
        guard.halt(Stop.TIME, "time")
        for error in errors:
            guard.halt(Stop.LOCK, "lock", error)
        assert (guard.stop, guard.text, guard.error) == (Stop.TIME, "time", errors[0])

    assert guarding(story).notes.stops == ["time"]


def test_a_call_that_could_not_end_in_time_is_not_begin_of() -> None:
    """Six seconds before the end is the last moment; a wait counts."""

    async def story(_world: World, _journal: Journal, guard: Guard) -> None:
        assert guard.has_time()
        assert guard.has_time(4)
        assert not guard.has_time(4.001)
        assert (guard.stop, guard.text) == (Stop.TIME, "another call might not end within --max-duration")

    guarding(story, RunOptions(Limits(), max_duration_s=10))


@pytest.mark.parametrize(("max_duration_s", "has_time"), [(6, True), (5.9, False)])
def test_a_call_may_leave_up_to_six_seconds_before_the_end(max_duration_s: float, has_time: bool) -> None:
    """As long as the longest call takes, and not a moment less."""

    async def story(_world: World, _journal: Journal, guard: Guard) -> None:
        assert guard.has_time() is has_time

    guarding(story, RunOptions(Limits(), max_duration_s=max_duration_s))


def test_a_run_without_a_duration_has_all_the_time() -> None:
    """Nobody asked for an end."""

    async def story(_world: World, _journal: Journal, guard: Guard) -> None:
        assert guard.has_time(1e9)

    guarding(story)


def test_a_run_is_stopped_in_time_whatever_it_waits_for() -> None:
    """A CI job that is killed leaves a doubt; one that ends leaves none."""

    async def story(world: World, _journal: Journal, guard: Guard) -> None:
        await anyio.sleep(1)
        await guard.watch_time()
        assert (world.clock.monotonic(), guard.stop) == (4, Stop.TIME)

    guarding(story, RunOptions(Limits(), max_duration_s=10))


def test_a_run_that_stopped_earlier_keeps_its_reason() -> None:
    """The watch on the time ends with the run."""

    async def story(_world: World, _journal: Journal, guard: Guard) -> None:
        guard.halt(Stop.QUOTA, "quota")
        await guard.watch_time()
        assert guard.stop is Stop.QUOTA

    guarding(story, RunOptions(Limits(), max_duration_s=10))


USED_UP = Limits().with_overrides({"push_calls_per_day": 1})
DAY_S = 86_440
"""A day and the 40 s by which a request may arrive late."""


def test_the_days_pushes_are_waited_for_and_the_wait_is_shown() -> None:
    """A run that may wait goes on the next day without anybody."""

    async def story(world: World, journal: Journal, guard: Guard) -> None:
        assert await guard.await_quota(TO_ALL)
        assert world.notes.waits == []
        tried(journal, TO_ALL, 1)
        assert await guard.await_quota(TO_ALL)
        assert world.clock.monotonic() == DAY_S

    shown = guarding(story, RunOptions(USED_UP, longest_wait_s=DAY_S)).notes.waits
    assert shown == [(START + timedelta(seconds=DAY_S), "the day's pushes are used up")]


def test_a_list_of_accounts_spends_none_of_the_days_pushes() -> None:
    """The quota is one of pushes to everyone, tags and attributes."""

    async def story(world: World, journal: Journal, guard: Guard) -> None:
        tried(journal, TO_ALL, 1)
        assert await guard.await_quota(LISTED)
        assert world.clock.monotonic() == 0

    guarding(story, RunOptions(USED_UP))


@pytest.mark.parametrize(
    ("options", "stop", "text"),
    [
        (
            RunOptions(USED_UP, longest_wait_s=DAY_S - 1),
            Stop.QUOTA,
            "the day's pushes are used up; the next are free from",
        ),
        (
            RunOptions(USED_UP, max_duration_s=60, longest_wait_s=DAY_S),
            Stop.TIME,
            "another call might not end",
        ),
        (
            RunOptions(Limits().with_overrides({"push_calls_per_day": 0})),
            Stop.QUOTA,
            "no pushes are allowed: push_calls_per_day is 0",
        ),
    ],
    ids=["too far away", "no time", "none at all"],
)
def test_a_quota_that_is_not_worth_the_wait_ends_the_run(options: RunOptions, stop: Stop, text: str) -> None:
    """A CI job does not hang for a day."""

    async def story(world: World, journal: Journal, guard: Guard) -> None:
        tried(journal, TO_ALL, 1)
        assert not await guard.await_quota(TO_ALL)
        assert guard.stop is stop
        assert guard.text.startswith(text)
        assert (world.clock.monotonic(), world.notes.waits) == (0, [])

    guarding(story, options)


OVER = Exchange("answered", "", START, START, 200)


@pytest.mark.parametrize(
    ("outcome", "stop", "text"),
    [
        (CallOutcome(CallState.SENT, "answered"), Stop.DONE, ""),
        (CallOutcome(CallState.REFUSED, "refused", "no such tag", 90020), Stop.DONE, ""),
        (CallOutcome(CallState.REFUSED, "refused", "no such path", 60009, http_status=404), Stop.DONE, ""),
        (
            CallOutcome(CallState.REFUSED, "refused", "wrong key", 70009),
            Stop.CREDENTIALS,
            "the service refused the credentials: wrong key",
        ),
        (
            CallOutcome(CallState.REFUSED, "refused", "used up", 90047),
            Stop.QUOTA,
            "the service says 90047: used up; apply again when the service's day is over",
        ),
        (CallOutcome(CallState.NOT_SENT, "frozen", "frozen: wrong text"), Stop.FROZEN, "frozen: wrong text"),
        (CallOutcome(CallState.NOT_SENT, "clock", "set back"), Stop.CLOCK, "set back"),
        (CallOutcome(CallState.NOT_SENT, "timeout", "no connection"), Stop.DONE, ""),
    ],
    ids=lambda value: f"{value.state} {value.code or value.case}" if isinstance(value, CallOutcome) else "",
)
def test_an_outcome_that_concerns_every_call_ends_the_run(
    outcome: CallOutcome, stop: Stop, text: str
) -> None:
    """The others would meet the same; what concerns one campaign stops no other."""

    async def story(_world: World, _journal: Journal, guard: Guard) -> None:
        guard.judge(TO_ALL, next(TO_ALL.calls()), outcome, OVER)
        assert (guard.stop, guard.text, guard.blocked) == (stop, text, set())

    guarding(story)


def test_a_call_held_back_on_purpose_blocks_the_rest_of_its_campaign() -> None:
    """The next part would meet the same closed gate."""

    async def story(world: World, _journal: Journal, guard: Guard) -> None:
        held_back = CallOutcome(CallState.NOT_SENT, "window", "its window has ended")
        guard.judge(TO_ALL, next(TO_ALL.calls()), held_back, OVER)
        assert (guard.stop, guard.blocked) == (Stop.DONE, {"hello@1"})
        assert world.notes.blocks == {"hello@1": "its window has ended"}

    guarding(story)


def test_a_doubt_ends_the_run_unless_it_was_allowed() -> None:
    """The first one of a push to everyone, the third of a list that may have two."""

    async def story(_world: World, journal: Journal, guard: Guard) -> None:
        doubt = CallOutcome(CallState.IN_DOUBT, "timeout", "no answer came")
        tried(journal, LISTED, 2)
        guard.judge(LISTED, next(LISTED.calls()), doubt, OVER)
        assert guard.stop is Stop.DONE
        tried(journal, TO_ALL, 1)
        guard.judge(TO_ALL, next(TO_ALL.calls()), doubt, OVER)
        assert (guard.stop, guard.text) == (Stop.IN_DOUBT, "hello@1 is in doubt: no answer came")

    guarding(story, RunOptions(Limits(), max_in_doubt=2))


@pytest.mark.parametrize("sign", [1, -1])
def test_a_service_whose_clock_is_far_from_ours_ends_the_run(sign: int) -> None:
    """Ahead or behind; its Date has whole seconds, so one second more is allowed."""

    async def story(_world: World, _journal: Journal, guard: Guard) -> None:
        for apart_s, stop in ((31, Stop.DONE), (31.5, Stop.CLOCK)):
            served_at = START + sign * timedelta(seconds=apart_s)
            exchange = Exchange("answered", "", START, START, 200, b"", served_at)
            guard.judge(TO_ALL, next(TO_ALL.calls()), CallOutcome(CallState.SENT, "answered"), exchange)
            assert guard.stop is stop
        assert guard.text == "this machine's clock and the service's are 32 s apart"

    guarding(story)
