"""What an apply sends, what it leaves alone, and what it says at the end."""

from __future__ import annotations

import base64
import json
import zlib
from datetime import time, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

import anyio
import pytest
from simulation.calls import APP, accounts, campaign_calls
from simulation.loop import START
from simulation.service import fail, ok
from simulation.world import World, in_world

from pushspec.apply import engine
from pushspec.apply.result import RunResult, Stop
from pushspec.apply.run import RunOptions
from pushspec.errors import HeldLockError, LockError, RefusedError
from pushspec.lockfile.histories import CallState
from pushspec.lockfile.records import Begin, End, Frozen, Intent, NotSent, Sent
from pushspec.lockfile.stores import StoreError
from pushspec.plan.departure import Departure, QuietTimes
from pushspec.plan.local_hours import LocalHour
from pushspec.sandbox.app import create_app
from pushspec.sandbox.clock import Clock
from pushspec.sandbox.settings import PUBLIC_SECRET_KEY, SandboxSettings
from pushspec.tencent.client import Client
from pushspec.tencent.endpoints import EndpointName
from pushspec.tencent.limits import Edition, Limits, limits_for
from pushspec.tencent.usersig import Signer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pushspec.lockfile.state import LockState
    from pushspec.plan.calls import CampaignCalls

PLAIN_BASE64 = str.maketrans("*-_", "+/=")


def kinds(world: World) -> list[str]:
    return [record.record for record in world.records()]


def test_a_push_is_sent_once_and_recorded() -> None:
    """The whole of the product in one line: a second apply finds nothing to do."""

    async def story(world: World) -> None:
        first = await world.apply(campaign_calls())
        second = await world.apply(campaign_calls())

        assert (first.exit_code, first.sent) == (0, 1)
        assert (second.exit_code, second.sent) == (0, 0)

    world = in_world(story)

    assert len(world.sender.arrivals) == 1
    assert world.state().calls["hello@1"].ids.task_id == "task0"
    assert kinds(world) == ["header", "open", "begin", "intent", "sent", "end", "close", "open", "close"]


def test_the_lockfile_says_where_a_push_came_from() -> None:
    """Whoever reads it a year later finds the body, the commit and the person."""

    async def story(world: World) -> None:
        await world.apply(campaign_calls(text="你好"))

    begin = next(record for record in in_world(story).records() if isinstance(record, Begin))
    assert begin.contents == {"hello@1": {"From_Account": "admin", "OfflinePushInfo": {"Title": "你好"}}}
    assert (begin.commit, begin.actor, begin.spec) == ("c0ffee", "ada", "campaigns/hello.yaml")


def test_the_intent_is_durable_before_the_request_leaves() -> None:
    """Whatever dies in between, the lockfile knows that something may have gone out."""
    seen = []

    async def story(world: World) -> None:
        world.sender.before_gate = lambda: seen.append(world.state().calls["hello@1"].state)
        await world.apply(campaign_calls())

    in_world(story)
    assert seen == [CallState.INTENDED]


def test_an_intent_that_cannot_be_written_sends_nothing() -> None:
    """What cannot be written cannot be sent."""

    def refuse_intents(_first: int, lines: Sequence[bytes]) -> None:
        if b'"intent"' in lines[0]:
            raise StoreError("disk full")

    async def story(world: World) -> None:
        world.memory.before_append = refuse_intents
        result = await world.apply(campaign_calls())
        assert (result.exit_code, result.stop) == (8, Stop.LOCK)

    assert in_world(story).sender.arrivals == []


def test_silence_leaves_the_call_in_doubt_and_stops_the_run() -> None:
    """Nobody knows whether it went out, so nobody may try again by himself."""

    async def story(world: World) -> None:
        world.sender.script = lambda number, _body: "silent" if number == 0 else b""
        result = await world.apply(campaign_calls("one"), campaign_calls("two"))
        assert (result.exit_code, result.stop, result.left) == (5, Stop.IN_DOUBT, 1)
        assert result.doubts == ("one@1",)

        again = await world.apply(campaign_calls("one"))
        assert again.exit_code == 5
        assert "one@1" in world.notes.blocks

    assert len(in_world(story).sender.arrivals) == 1


def test_other_campaigns_go_on_in_a_later_run_yet_the_doubt_is_told() -> None:
    """A doubt is never forgotten: exit 5 until it is settled."""

    async def story(world: World) -> None:
        world.sender.script = lambda number, _body: "silent" if number == 0 else b""
        await world.apply(campaign_calls("one"))
        result = await world.apply(campaign_calls("two"))
        assert (result.exit_code, result.sent) == (5, 1)

    in_world(story)


def test_no_connection_is_tried_again_and_not_in_the_same_second() -> None:
    """Certainly not sent, so trying again cannot double it."""

    async def story(world: World) -> None:
        world.sender.script = lambda number, _body: "unreachable" if number == 0 else b""
        result = await world.apply(campaign_calls())
        assert (result.exit_code, result.sent) == (0, 1)

    world = in_world(story)
    intents = [record for record in world.records() if isinstance(record, Intent)]
    assert [intent.attempt for intent in intents] == [1, 2]
    assert intents[1].at - intents[0].at >= timedelta(seconds=2)


def test_no_connection_at_all_ends_the_run_after_a_few_attempts() -> None:
    """A service that cannot be reached is said so, exit 6, and a later apply starts afresh."""

    async def story(world: World) -> None:
        world.sender.script = lambda _number, _body: "unreachable"
        result = await world.apply(campaign_calls(), campaign_calls("two"))
        assert (result.exit_code, result.stop, result.not_sent) == (6, Stop.NO_CONNECTION, 1)
        world.sender.script = None
        assert (await world.apply(campaign_calls())).exit_code == 0

    world = in_world(story)
    assert world.state().calls["hello@1"].attempts == 5


def test_a_push_too_soon_after_another_is_tried_again() -> None:
    """90024 is the one refusal that passes by itself."""

    async def story(world: World) -> None:
        world.sender.script = lambda number, _body: fail(90024) if number == 0 else b""
        assert (await world.apply(campaign_calls())).exit_code == 0

    assert len(in_world(story).sender.arrivals) == 2


def test_a_refused_push_is_recorded_with_its_code_and_never_repeated() -> None:
    """The same bytes would be refused again: the campaign needs another version."""

    async def story(world: World) -> None:
        world.sender.script = lambda _number, _body: fail(90020)
        first = await world.apply(campaign_calls())
        second = await world.apply(campaign_calls())
        assert (first.exit_code, second.exit_code) == (6, 0)

    world = in_world(story)
    call = world.state().calls["hello@1"]
    assert (call.state, call.code) == (CallState.REFUSED, 90020)
    assert len(world.sender.arrivals) == 1


@pytest.mark.parametrize("code", [70009, 60010, 90009])
def test_refused_credentials_stop_the_run_and_may_be_mended(code: int) -> None:
    """Exit 9; once the key is right, the same campaign goes out without a new version."""

    async def story(world: World) -> None:
        world.sender.script = lambda _number, _body: fail(code)
        result = await world.apply(campaign_calls("one"), campaign_calls("two"))
        assert (result.exit_code, result.stop) == (9, Stop.CREDENTIALS)
        world.sender.script = None
        assert (await world.apply(campaign_calls("one"), campaign_calls("two"))).exit_code == 0

    assert len(in_world(story).sender.arrivals) == 3


@pytest.mark.parametrize("endpoint", [EndpointName.BATCH, EndpointName.BATCHSENDMSG])
@pytest.mark.parametrize("status", ["OK", "SomeError"])
def test_refused_accounts_are_kept_by_code(endpoint: EndpointName, status: str) -> None:
    """Both forms of a partial failure mean: sent, but not to these."""
    errors = [
        {"To_Account": "user00001", "ErrorCode": 70107},
        {"To_Account": "user00000", "ErrorCode": 70107},
    ]

    async def story(world: World) -> None:
        world.sender.script = lambda number, _body: ok(
            endpoint, number, ErrorList=errors, ActionStatus=status
        )
        result = await world.apply(campaign_calls(endpoint=endpoint, parts=[accounts(3)]))
        assert (result.exit_code, result.sent, result.refused_accounts) == (7, 1, 2)

    world = in_world(story)
    sent = next(record for record in world.records() if isinstance(record, Sent))
    assert sent.refused == {"70107": ["user00001", "user00000"]}
    assert world.state().calls["hello@1#1"].refused == {70107: 2}


def test_parts_of_a_list_stop_at_the_first_doubt_and_go_on_later() -> None:
    """The parts that were not tried are left, and only a person lets them follow a doubt."""
    parts = [accounts(300, first=300 * number) for number in range(4)]
    campaign = campaign_calls(endpoint=EndpointName.BATCH, parts=parts)

    async def story(world: World) -> None:
        world.sender.script = lambda number, _body: "silent" if number == 1 else b""
        result = await world.apply(campaign)
        assert (result.exit_code, result.sent, result.in_doubt, result.left) == (5, 1, 1, 2)
        world.options = RunOptions(Limits(), max_in_doubt=1)
        result = await world.apply(campaign)
        assert (result.exit_code, result.sent, result.left) == (5, 2, 0)

    world = in_world(story)
    told = [account for arrival in world.sender.arrivals for account in arrival.body["To_Account"]]
    assert sorted(told) == sorted(account for part in parts for account in part)


def test_a_begun_campaign_with_other_bytes_is_refused() -> None:
    """A version means one content for ever."""

    async def story(world: World) -> None:
        await world.apply(campaign_calls())
        with pytest.raises(RefusedError, match="different content"):
            await world.apply(campaign_calls(text="changed"))

    world = in_world(story)
    assert len(world.sender.arrivals) == 1
    assert world.state().run is None


def test_a_second_run_is_kept_out_while_the_first_one_lives() -> None:
    """Two CI jobs at once: one works, the other says who does."""

    async def story(world: World) -> None:
        world.journal().take(holder="bob@laptop")
        with pytest.raises(LockError, match="bob@laptop"):
            await world.apply(campaign_calls())
        await anyio.sleep(61)
        assert (await world.apply(campaign_calls())).exit_code == 0

    in_world(story)


def test_a_plan_under_the_lock_that_outlasts_the_lease_is_sent_all_the_same() -> None:
    """The machine slept meanwhile; nobody took the lock, so it is held anew as in the middle of a run."""

    async def story(world: World) -> None:
        def choose(_state: LockState) -> Sequence[CampaignCalls]:
            world.clock.start += timedelta(seconds=61)
            return [campaign_calls()]

        assert (await world.apply(choose=choose)).exit_code == 0

    world = in_world(story)
    assert kinds(world)[:4] == ["header", "open", "renew", "begin"]
    assert len(world.sender.arrivals) == 1


def test_a_run_that_was_overtaken_sends_nothing_more() -> None:
    """Whoever cannot write may not send."""

    async def story(world: World) -> None:
        def overtake(_first: int, lines: Sequence[bytes]) -> None:
            if b'"intent"' in lines[0] and b'"two@1"' in lines[0]:
                world.memory.before_append = lambda _first, _lines: None
                world.journal().take(holder="bob", force=True)

        world.memory.before_append = overtake
        result = await world.apply(campaign_calls("one"), campaign_calls("two"))
        assert (result.exit_code, result.sent) == (8, 1)

    assert len(in_world(story).sender.arrivals) == 1


def test_a_freeze_stops_a_run_that_is_under_way() -> None:
    """Somebody saw the wrong text on a phone: the next call does not leave."""

    async def story(world: World) -> None:
        def freeze(number: int, _body: object) -> bytes:
            if number == 0:
                eve = world.journal()
                eve.load()
                eve.append(Frozen(frozen=True, by="eve", why="wrong text"))
            return b""

        world.sender.script = freeze
        result = await world.apply(campaign_calls("one"), campaign_calls("two"))
        assert (result.exit_code, result.stop, result.sent, result.left) == (7, Stop.FROZEN, 1, 1)

    world = in_world(story)
    assert world.state().frozen_reason == "wrong text"


def test_ctrl_c_finishes_what_is_under_way_and_says_what_is_left() -> None:
    """No call is cut off in the middle, and exit 130 says why the rest did not follow."""

    async def story(world: World) -> None:
        stop = anyio.Event()
        world.sender.latency_s = 3

        async def interrupt() -> None:
            await anyio.sleep(1)
            stop.set()

        async with anyio.create_task_group() as group:
            group.start_soon(interrupt)
            result = await world.apply(campaign_calls("one"), campaign_calls("two"), stop=stop)
        assert (result.exit_code, result.sent, result.left) == (130, 1, 1)
        assert world.clock.monotonic() < 7

    world = in_world(story)
    assert world.state().calls["one@1"].state is CallState.SENT
    assert world.state().run is None


def test_nothing_leaves_outside_its_window() -> None:
    """The window is looked at when the connection is open, not when the run began."""

    async def story(world: World) -> None:
        world.sender.connect_s = 3
        closing = campaign_calls("closing", not_after=START + timedelta(seconds=2))
        coming = campaign_calls("coming", not_before=START + timedelta(hours=1))
        result = await world.apply(closing, coming)
        assert (result.exit_code, result.sent, result.not_sent, result.left) == (6, 0, 1, 1)

    world = in_world(story)
    assert world.sender.arrivals == []
    assert "coming@1" not in world.state().campaigns


def test_what_has_not_left_when_the_quiet_hours_begin_stays() -> None:
    """The plan was made by day; some slow answers later it is night. Each call is judged as it leaves."""
    quiet = QuietTimes(time(2, 1), time(8, 0), ZoneInfo("UTC"))

    async def story(world: World) -> None:
        await anyio.sleep(41)
        world.sender.latency_s = 4.5
        campaigns = [campaign_calls(f"c{number}", forbidden=(quiet,)) for number in range(6)]
        flight_change = campaign_calls("d")
        result = await world.apply(*campaigns, flight_change)
        assert (result.exit_code, result.sent, result.left) == (7, 5, 2)

    world = in_world(story)
    left = [arrival.body["OfflinePushInfo"] for arrival in world.sender.arrivals if arrival.at_s < 60]
    assert len(left) == 4
    assert len(world.sender.arrivals) == 5
    assert world.notes.blocks == dict.fromkeys(("c4@1", "c5@1"), "quiet-hours (02:01–08:00 UTC)")


def test_a_connection_that_opens_in_the_quiet_hours_carries_nothing() -> None:
    """The look is taken on the open connection, and the lockfile says why the call did not leave."""
    quiet = QuietTimes(time(2, 1), time(8, 0), ZoneInfo("UTC"))

    async def story(world: World) -> None:
        await anyio.sleep(58)
        world.sender.connect_s = 3
        result = await world.apply(campaign_calls(forbidden=(quiet,)))
        assert (result.exit_code, result.sent, result.not_sent) == (6, 0, 1)

    world = in_world(story)
    assert world.sender.arrivals == []
    assert [record.case for record in world.records() if isinstance(record, NotSent)] == ["quiet-hours"]


def test_a_retry_does_not_leave_in_the_quiet_hours() -> None:
    """Three attempts without a connection, and night falls before the fourth."""
    quiet = QuietTimes(time(2, 0, 5), time(8, 0), ZoneInfo("UTC"))

    async def story(world: World) -> None:
        world.sender.script = lambda number, _body: "unreachable" if number < 2 else b""
        result = await world.apply(campaign_calls(forbidden=(quiet,)))
        assert (result.exit_code, result.sent, result.not_sent) == (6, 0, 1)

    world = in_world(story)
    assert world.sender.arrivals == []
    assert "quiet-hours" in world.notes.blocks["hello@1"]


def test_a_wait_for_the_day_that_would_end_in_the_quiet_hours_is_not_begun() -> None:
    """At half past one the day has room again, and nobody wants to be woken then."""
    quiet = QuietTimes(time(1, 50), time(8, 0), ZoneInfo("UTC"))

    async def story(world: World) -> None:
        world.options = RunOptions(Limits().with_overrides({"push_calls_per_day": 1}))
        await world.apply(campaign_calls("one"))
        await anyio.sleep(23.5 * 3_600)
        began_s = world.clock.monotonic()
        result = await world.apply(campaign_calls("two", forbidden=(quiet,)))
        assert (result.exit_code, result.stop, result.left) == (6, Stop.DONE, 1)
        assert world.clock.monotonic() - began_s < 1

    world = in_world(story)
    assert world.notes.waits == []
    assert world.notes.blocks["two@1"].startswith(
        "quiet-hours (01:50–08:00 UTC) when the day has room again, 2026-11-22"
    )


def test_the_projects_own_limit_of_a_day_counts_every_attempt() -> None:
    """A push that came too soon was tried again: the plan could not know, and the limit holds."""

    async def story(world: World) -> None:
        world.sender.script = lambda number, _body: fail(90024) if number == 0 else b""
        campaigns = [campaign_calls(f"c{number}", max_push_calls_per_day=2) for number in range(2)]
        result = await world.apply(*campaigns, campaign_calls("lifted"))
        assert (result.exit_code, result.sent, result.left) == (7, 2, 1)

    world = in_world(story)
    assert world.notes.blocks == {"c1@1": "max-push-calls-per-day (2 of 2 calls of the day are used)"}


def test_a_paused_machine_sends_nothing_after_its_deadline() -> None:
    """A request that may still leave after half a minute could meet its own retry."""

    async def story(world: World) -> None:
        def sleep_through() -> None:
            world.clock.error += timedelta(seconds=31)
            world.sender.before_gate = lambda: None

        world.sender.before_gate = sleep_through
        await world.apply(campaign_calls())

    world = in_world(story)
    cases = [record.case for record in world.records() if isinstance(record, NotSent)]
    assert cases == ["deadline"]
    assert len(world.sender.arrivals) == 1


def test_the_quota_of_the_day_counts_every_attempt_and_is_waited_for() -> None:
    """The wait is shown with its end, and the run goes on where it stopped."""

    async def story(world: World) -> None:
        world.options = RunOptions(Limits().with_overrides({"push_calls_per_day": 2}), longest_wait_s=90_000)
        result = await world.apply(*(campaign_calls(f"c{number}") for number in range(3)))
        assert (result.exit_code, result.sent) == (0, 3)

    world = in_world(story)
    first, _, third = world.sender.arrivals
    assert third.at_s - first.at_s > 86_400
    assert any("used up" in why for _, why in world.notes.waits)


def test_room_within_the_hour_is_waited_for_and_the_end_of_the_wait_is_told() -> None:
    """Half an hour before yesterday's push is a day old: the run waits, and says until when."""

    async def story(world: World) -> None:
        world.options = RunOptions(Limits().with_overrides({"push_calls_per_day": 1}))
        await world.apply(campaign_calls("one"))
        await anyio.sleep(23.5 * 3_600)
        assert (await world.apply(campaign_calls("two"))).sent == 1

    world = in_world(story)
    one, two = world.sender.arrivals
    assert timedelta(days=1) < timedelta(seconds=two.at_s - one.at_s) < timedelta(days=1, minutes=1)
    until, why = world.notes.waits[0]
    assert why == "the day's pushes are used up"
    assert until - START == pytest.approx(timedelta(days=1, seconds=40), abs=timedelta(seconds=1))


def test_a_wait_for_the_day_that_the_duration_has_no_time_for_is_not_begun() -> None:
    """Ten minutes are left to the runner, and half an hour to the day."""

    async def story(world: World) -> None:
        world.options = RunOptions(Limits().with_overrides({"push_calls_per_day": 1}), max_duration_s=600)
        await world.apply(campaign_calls("one"))
        await anyio.sleep(23.5 * 3_600)
        began_s = world.clock.monotonic()
        result = await world.apply(campaign_calls("two"))
        assert (result.exit_code, result.stop, result.left) == (6, Stop.TIME, 1)
        assert world.clock.monotonic() - began_s < 1

    assert in_world(story).notes.waits == []


def test_what_a_dead_run_tried_counts_for_the_day() -> None:
    """Nobody knows whether it went out; the service may have counted it."""

    async def story(world: World) -> None:
        world.options = RunOptions(Limits().with_overrides({"push_calls_per_day": 1}))
        await world.apply(campaign_calls("one"))
        del world.memory.lines[kinds(world).index("intent") + 1 :]
        await anyio.sleep(61)
        result = await world.apply(campaign_calls("two"))
        assert (result.stop, result.sent, result.left) == (Stop.QUOTA, 0, 1)

    assert len(in_world(story).sender.arrivals) == 1


def test_a_quota_that_is_free_too_late_ends_the_run() -> None:
    """A CI job does not hang for a day; the next one goes on."""

    async def story(world: World) -> None:
        world.options = RunOptions(Limits().with_overrides({"push_calls_per_day": 1}))
        result = await world.apply(campaign_calls("one"), campaign_calls("two"))
        assert (result.exit_code, result.stop, result.left) == (7, Stop.QUOTA, 1)

    in_world(story)


def test_a_run_stops_in_time_for_its_duration() -> None:
    """With --max-duration the lock is left in order and the next run takes over."""
    parts = [accounts(500, first=500 * number) for number in range(60)]

    async def story(world: World) -> None:
        world.options = RunOptions(limits_for(Edition.STANDARD), max_duration_s=30)
        campaign = campaign_calls(endpoint=EndpointName.BATCH, parts=parts)
        result = await world.apply(campaign)
        assert (result.exit_code, result.stop) == (7, Stop.TIME)
        assert 0 < result.sent < 60
        assert result.sent + result.left == 60
        assert world.clock.monotonic() < 30
        world.options = RunOptions(limits_for(Edition.STANDARD))
        assert (await world.apply(campaign)).exit_code == 0

    world = in_world(story)
    assert len(world.sender.arrivals) == 60
    assert sum(isinstance(record, End) for record in world.records()) == 1


@pytest.mark.parametrize("latency_s", [0.1, 5.9])
@pytest.mark.parametrize("duration_s", [7, 29.9, 61, 66.2, 130])
@pytest.mark.parametrize("endpoint", [EndpointName.BATCH, EndpointName.BATCHSENDMSG])
def test_the_last_call_ends_within_the_duration(
    endpoint: EndpointName, duration_s: float, latency_s: float
) -> None:
    """A CI limit kills what is still under way, and leaves it in doubt."""
    parts = [accounts(500, first=500 * number) for number in range(150)]
    campaign = campaign_calls(endpoint=endpoint, parts=parts)

    async def story(world: World) -> None:
        world.sender.latency_s = latency_s
        world.options = RunOptions(Limits(), max_duration_s=duration_s)
        result = await world.apply(campaign)

        assert (result.exit_code, result.stop) == (7, Stop.TIME)
        assert "--max-duration" in result.text
        assert result.left > 0
        assert max(arrival.at_s for arrival in world.sender.arrivals) + latency_s <= duration_s
        assert world.clock.monotonic() <= duration_s
        assert not world.state().under_way

    in_world(story)


def test_a_wait_that_leaves_no_time_for_a_call_is_not_begun() -> None:
    """Half a minute of a runner's time for nothing: 24 full calls fill a minute of messages."""
    parts = [accounts(500, first=500 * number) for number in range(30)]

    async def story(world: World) -> None:
        world.options = RunOptions(Limits(), max_duration_s=50)
        result = await world.apply(campaign_calls(endpoint=EndpointName.BATCHSENDMSG, parts=parts))
        assert (result.sent, result.left) == (24, 6)
        assert world.clock.monotonic() < 5

    in_world(story)


@pytest.mark.parametrize("duration_s", [0.5, 5])
def test_a_duration_shorter_than_a_call_sends_nothing(duration_s: float) -> None:
    """A call may take six seconds; one that is cut off would be in doubt."""

    async def story(world: World) -> None:
        world.options = RunOptions(Limits(), max_duration_s=duration_s)
        result = await world.apply(campaign_calls())
        assert (result.exit_code, result.stop, result.left) == (6, Stop.TIME, 1)

    world = in_world(story)
    assert world.sender.arrivals == []
    assert world.state().calls == {}


def test_the_services_own_count_of_the_day_ends_the_run() -> None:
    """Somebody sent from the console, which no lockfile knows; the next day the same campaign goes out."""

    async def story(world: World) -> None:
        world.sender.script = lambda number, _body: fail(90047) if number == 1 else b""
        campaigns = [campaign_calls(name) for name in ("one", "two", "three")]
        result = await world.apply(*campaigns)
        assert (result.exit_code, result.stop, result.sent, result.left) == (7, Stop.QUOTA, 1, 1)
        assert "90047" in result.text
        await anyio.sleep(86_400)
        assert (await world.apply(*campaigns)).exit_code == 0

    assert len(in_world(story).sender.arrivals) == 4


def test_every_request_of_a_long_run_is_signed_with_time_to_spare() -> None:
    """A signature travels in URLs, so it lives minutes; a run of an hour needs several, and shows none."""
    signatures: list[str] = []

    async def story(world: World) -> None:
        def wall() -> float:
            return world.clock.now().timestamp()

        limits = Limits().with_overrides({"push_interval_s": 75})
        settings = SandboxSettings(":memory:", limits=limits, clock=Clock(source=wall), populate=False)
        app = create_app(settings)

        async def service(scope: Any, receive: Any, send: Any) -> None:
            query = parse_qs(scope["query_string"].decode())
            signatures.append(query["usersig"][0])
            fields = json.loads(zlib.decompress(base64.b64decode(signatures[-1].translate(PLAIN_BASE64))))
            age_s = wall() - fields["TLS.time"]
            assert 0 <= age_s <= fields["TLS.expire"] - 240
            assert fields["TLS.expire"] <= 15 * 60
            await app(scope, receive, send)

        sign = Signer(sdk_app_id=APP, identifier="administrator", key=PUBLIC_SECRET_KEY, now=world.clock.now)
        async with Client(
            base_url="https://sandbox.invalid",
            sdk_app_id=APP,
            identifier="administrator",
            sign=sign,
            now=world.clock.now,
            random32=lambda: 7,
            app=service,
        ) as client:
            world.sender = client  # type: ignore[assignment] # the real client instead of the scripted one
            world.options = RunOptions(limits)
            result = await world.apply(*(campaign_calls(f"c{number}") for number in range(48)))
        app.close()
        assert (result.exit_code, result.sent) == (0, 48)

    world = in_world(story)

    assert len(signatures) == 48
    assert 48 * 75 / 600 <= len(set(signatures)) <= 10
    shown = repr(world.notes) + b"".join(world.memory.lines).decode()
    assert not any(signature in shown for signature in signatures)
    assert PUBLIC_SECRET_KEY not in shown


def test_a_long_run_keeps_its_lease() -> None:
    """A lease is a sign of life; it must not run out under a run that lives."""

    async def story(world: World) -> None:
        parts = [accounts(500, first=500 * number) for number in range(120)]
        world.sender.before_gate = lambda: ends.append(world.state().live_run(world.clock.now()))
        await world.apply(campaign_calls(endpoint=EndpointName.BATCH, parts=parts))

    ends: list[object] = []
    in_world(story)
    assert None not in ends


def test_a_clock_far_from_the_services_stops_the_run() -> None:
    """Windows, quotas and signatures all hang on it."""

    async def story(world: World) -> None:
        world.sender.served_at = START + timedelta(minutes=5)
        result = await world.apply(campaign_calls("one"), campaign_calls("two"))
        assert (result.exit_code, result.stop, result.sent) == (7, Stop.CLOCK, 1)

    in_world(story)


def test_a_crash_before_the_end_record_is_mended_by_the_next_run() -> None:
    """Every call was sent; only the last line is missing."""

    async def story(world: World) -> None:
        await world.apply(campaign_calls())
        del world.memory.lines[-2:]
        await anyio.sleep(61)
        assert (await world.apply(campaign_calls())).exit_code == 0

    world = in_world(story)
    assert kinds(world)[-3:] == ["open", "end", "close"]
    assert len(world.sender.arrivals) == 1


def test_an_unknown_answer_to_a_listed_campaign_does_not_hide_those_under_way() -> None:
    """Calls under way when a doubt arises are finished and recorded."""
    campaign = campaign_calls(
        endpoint=EndpointName.BATCHSENDMSG, parts=[accounts(10, first=10 * number) for number in range(20)]
    )

    async def story(world: World) -> None:
        world.sender.script = lambda number, _body: b"[]" if number == 0 else b""
        result = await world.apply(campaign)
        assert result.exit_code == 5
        assert result.sent + result.not_sent + result.in_doubt + result.left == 20

    world = in_world(story)
    assert not world.state().under_way
    assert len(world.state().calls) == len({arrival.body["MsgRandom"] for arrival in world.sender.arrivals})


def test_a_run_waits_for_the_lease_of_one_elsewhere_and_says_for_whom() -> None:
    """Nobody here can tell whether a process of another machine is gone."""

    async def story(world: World) -> None:
        world.journal().take(holder="lin@build-9")
        world.options = RunOptions(Limits(), lock_timeout_s=120)
        start = world.clock.now()

        result = await world.apply(campaign_calls())

        assert result.sent == 1
        assert world.notes.waits == [(start + timedelta(seconds=120), "lin@build-9 holds the lock (apply)")]
        assert 60 <= world.clock.monotonic() <= 66

    in_world(story)


@pytest.mark.parametrize("timeout_s", [0, 30])
def test_a_run_waits_no_longer_than_it_may(timeout_s: float) -> None:
    """Nothing is sent, and the error says who holds the lock."""

    async def story(world: World) -> None:
        world.journal().take(holder="lin@build-9")
        world.options = RunOptions(Limits(), lock_timeout_s=timeout_s)

        with pytest.raises(HeldLockError, match="held by lin@build-9"):
            await world.apply(campaign_calls())

        assert world.clock.monotonic() == timeout_s
        assert not world.sender.arrivals

    in_world(story)


def local_hour(name: str, lasts_s: float, *, begins_s: float = 0) -> LocalHour:
    opens_at, closes_at = (START + timedelta(seconds=second) for second in (begins_s, begins_s + lasts_s))
    return LocalHour(name, (), opens_at, closes_at, Departure(opens_at, closes_at))


def test_calls_of_an_hour_that_ended_do_not_take_the_time_of_another() -> None:
    """A hundred of them would wait for the pace, one by one, while the other hour runs out."""
    hours = [local_hour("UTC+0900", 1.5), local_hour("UTC+0800", 30)]
    parts = [accounts(1, first=number) for number in range(101)]
    local = campaign_calls(endpoint=EndpointName.BATCH, parts=parts, hours=hours, stage_of=[*[0] * 100, 1])

    async def story(world: World) -> None:
        world.options = RunOptions(limits_for(Edition.STANDARD, {"batch_calls_per_second": 1}))
        result = await world.apply(local)
        assert (result.exit_code, result.sent, result.left) == (7, 3, 98)

    world = in_world(story)

    assert world.sender.arrivals[-1].at_s < 10
    assert world.notes.blocks == {"hello@1": "UTC+0900: its window has ended"}


def test_an_hour_that_did_not_open_yet_is_left_to_another_run() -> None:
    """The run ends with 0, and the begin says when the next hour opens."""
    hours = [local_hour("UTC+0900", 60), local_hour("UTC+0800", 60, begins_s=3600)]
    local = campaign_calls(endpoint=EndpointName.BATCH, parts=[["a"], ["b"]], hours=hours, stage_of=[0, 1])

    async def story(world: World) -> None:
        first = await world.apply(local)
        assert (first.exit_code, first.sent, first.left) == (0, 1, 0)
        await anyio.sleep(3600)
        second = await world.apply(local)
        assert (second.exit_code, second.sent) == (0, 1)

    world = in_world(story)

    begin = next(record for record in world.records() if isinstance(record, Begin))
    assert begin.hours is not None
    assert begin.hours["UTC+0800"].opens_at == START + timedelta(hours=1)
    assert (begin.hours["UTC+0800"].calls, begin.zone_data) == (1, "made up")


def test_a_run_keeps_nothing_of_its_own_for_each_call_that_was_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten million people are twenty thousand calls, and the lockfile's state knows all of them already."""
    calls, runs = 50, []
    result = engine._Run._result

    def noted(run: engine._Run, campaigns: Sequence[CampaignCalls]) -> RunResult:
        runs.append(run)
        return result(run, campaigns)

    monkeypatch.setattr(engine._Run, "_result", noted)
    batch = campaign_calls(endpoint=EndpointName.BATCH, parts=[[f"u{number}"] for number in range(calls)])

    async def story(world: World) -> None:
        assert (await world.apply(batch)).sent == calls

    in_world(story)

    run = runs[-1]
    refusals = run._guard._refusals[batch.campaign_key]
    kept = [*vars(run).values(), *vars(run._guard).values()]
    kept += [getattr(refusals, name) for name in type(refusals).__slots__]
    assert not [it for it in kept if isinstance(it, dict | set | list) and len(it) >= calls]
