"""One attempt: what stands in the lockfile before it and after it, and when people are told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import anyio
import pytest
from simulation.calls import accounts, campaign_calls
from simulation.loop import START
from simulation.service import Notes, fail, ok
from simulation.world import World, in_world, said

from pushspec.apply import attempt
from pushspec.apply.attempt import INTENT_LIFE, outcome_record
from pushspec.apply.classify import CallOutcome
from pushspec.language import Phrase, phrase
from pushspec.lockfile.hidden import hidden_account
from pushspec.lockfile.histories import CallState
from pushspec.lockfile.records import Intent
from pushspec.lockfile.state import LockState
from pushspec.serialization import wire_json
from pushspec.tencent.endpoints import EndpointName
from pushspec.tencent.exchange import Exchange, Gate, GateClosedError

if TYPE_CHECKING:
    from pushspec.plan.calls import Call, CampaignCalls

PUSH = campaign_calls()
BATCH = campaign_calls(endpoint=EndpointName.BATCH, parts=[accounts(2)])


def after(world: World, kind: str) -> dict[str, Any]:
    """Return what the one record of a kind says."""
    (record,) = (record for record in world.records() if record.record == kind)
    return said(record)


def applied(campaign: CampaignCalls, what: bytes | tuple[int, bytes] | str = b"") -> World:
    """Apply a campaign; its first request meets what is given, every later one nothing but silence."""

    async def story(world: World) -> None:
        world.sender.script = lambda number, _body: what if number == 0 else "silent"
        await world.apply(campaign)

    return in_world(story)


@pytest.mark.parametrize("campaign", [PUSH, BATCH], ids=["push", "batch"])
def test_the_intent_says_which_bytes_may_leave_until_when(campaign: CampaignCalls) -> None:
    """From these a person finds the push in a callback or in the console, should its outcome stay unknown."""
    world = applied(campaign)
    (call,) = campaign.calls()
    intent = next(record for record in world.records() if isinstance(record, Intent))
    assert said(intent) == {
        "campaign": "hello@1",
        "key": call.key,
        "attempt": 1,
        "endpoint": call.endpoint.name,
        "msg_random": call.msg_random,
        "data_id": call.key if campaign is BATCH else None,
        "payload_sha256": call.payload_sha256(),
        "accounts": len(call.accounts),
        "not_after": "2026-11-21T02:00:30.000000Z",
    }
    assert wire_json(world.sender.arrivals[0].body) == call.body
    assert world.sender.arrivals[0].path == call.endpoint.path


def test_a_later_attempt_leaves_with_the_same_bytes() -> None:
    """It is the same operation: a callback's DataId names the call, and its TaskId the attempt."""
    world = applied(BATCH, "unreachable")
    (call,) = BATCH.calls()
    intents = [record for record in world.records() if isinstance(record, Intent)]
    assert [intent.data_id for intent in intents] == ["hello@1#1", "hello@1#1"]
    assert [intent.attempt for intent in intents] == [1, 2]
    assert intents[1].payload_sha256 == call.payload_sha256()
    assert wire_json(world.sender.arrivals[0].body) == call.body


REFUSED = [{"To_Account": "user00001", "ErrorCode": 70107}]
LEFT_AT, ANSWERED_AT = "2026-11-21T02:00:00.010000Z", "2026-11-21T02:00:00.110000Z"


@pytest.mark.parametrize(
    ("what", "kind", "record"),
    [
        (
            ok("timpush/batch", 0, MsgKey="k", MsgId="m", ErrorList=REFUSED),
            "sent",
            {
                "task_id": "task0",
                "msg_key": "k",
                "msg_id": "m",
                "refused": {"70107": ["user00001"]},
                "left_at": LEFT_AT,
                "answered_at": ANSWERED_AT,
            },
        ),
        (
            fail(90001, ErrorList=REFUSED),
            "not_sent",
            {
                "refused_by_service": True,
                "code": 90001,
                "http_status": None,
                "case": "refused",
                "text": "the JSON cannot be parsed (timpush/batch: or MsgRandom is wrong)",
                "refused": {"70107": ["user00001"]},
            },
        ),
        (
            (413, b"{}"),
            "unknown",
            {
                "code": None,
                "http_status": 413,
                "case": "http_status",
                "text": "HTTP 413 without the service's own answer",
            },
        ),
        (
            (502, b"{}"),
            "unknown",
            {
                "code": None,
                "http_status": 502,
                "case": "http_status",
                "text": "HTTP 502 without the service's own answer",
            },
        ),
        (
            fail(91000),
            "unknown",
            {
                "code": 91000,
                "http_status": None,
                "case": "error_code",
                "text": "internal error of the service",
            },
        ),
    ],
    ids=["sent", "refused", "turned away", "bad gateway", "doubtful code"],
)
def test_what_became_of_an_attempt_is_recorded_in_full(
    what: bytes, kind: str, record: dict[str, Any]
) -> None:
    """Promise 5: no answer of the service is lost."""
    assert after(applied(BATCH, what), kind) == {"key": "hello@1#1", "attempt": 1, **record}


def test_what_never_left_is_recorded_as_not_refused() -> None:
    """Nobody looked at it, so it may go as it is."""
    first = next(record for record in applied(PUSH, "unreachable").records() if record.record == "not_sent")
    assert said(first) == {
        "key": "hello@1",
        "attempt": 1,
        "refused_by_service": False,
        "code": None,
        "http_status": None,
        "case": "connect_failed",
        "text": "connect_failed",
        "refused": {},
    }


def test_no_answer_means_that_a_call_is_still_under_way() -> None:
    """A classifier that said so would leave a call without an outcome for ever."""
    for state in (CallState.INTENDED, CallState.ABANDONED):
        with pytest.raises(AssertionError, match="no answer means"):
            outcome_record("hello@1", 1, CallOutcome(state, "x"), Exchange("x", "", None, START))


class Watching(Notes):
    """Remembers what was durable when it was told something."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world
        self.seen: list[tuple[str, int, str]] = []

    def calling(self, call: Call, attempt: int) -> None:
        self.seen.append((f"calling {call.key}", attempt, self.world.records()[-1].record))

    def settled(self, call: Call, attempt: int, outcome: CallOutcome) -> None:
        self.seen.append((f"{outcome.state} {call.key}", attempt, self.world.records()[-1].record))


def test_people_are_told_only_what_is_durable() -> None:
    """A TaskId that was shown and then lost could never be recalled."""

    async def story(world: World) -> None:
        await world.apply(PUSH)

    world = World()
    world.notes = watching = Watching(world)
    in_world(story, world)
    assert watching.seen == [("calling hello@1", 1, "intent"), ("sent hello@1", 1, "sent")]


@pytest.mark.parametrize(("connect_s", "cases"), [(30.0, []), (30.001, ["deadline"])])
def test_a_request_leaves_within_half_a_minute_of_its_intent_or_not(
    connect_s: float, cases: list[str]
) -> None:
    """What could leave much later could meet its own retry; such a call gets a new intent instead."""

    async def story(world: World) -> None:
        def next_time() -> None:
            world.sender.connect_s = 0.01

        world.sender.connect_s = connect_s
        world.sender.before_gate = next_time
        assert (await world.apply(PUSH)).sent == 1

    world = in_world(story)
    assert [said(record)["case"] for record in world.records() if record.record == "not_sent"] == cases
    assert timedelta(seconds=30) == INTENT_LIFE


def test_a_cancelled_run_finishes_the_attempt_that_is_under_way() -> None:
    """A request that left gets its outcome, whoever has lost patience."""

    async def story(world: World) -> None:
        with anyio.move_on_after(0.05):
            await world.apply(PUSH)

    world = in_world(story)
    assert len(world.sender.arrivals) == 1
    assert world.state().calls["hello@1"].state is CallState.SENT


@pytest.mark.parametrize(
    ("passes_gate", "kind"), [(False, "not_sent"), (True, "unknown")], ids=["before the gate", "behind it"]
)
def test_a_mistake_of_ours_leaves_no_intent_open(*, passes_gate: bool, kind: str) -> None:
    """An open intent is in doubt, and a person would have to settle what never left."""

    class Crashing:
        async def send(self, _path: str, _payload: bytes, gate: Gate) -> Exchange:
            if passes_gate:
                gate.pass_through()
            raise ZeroDivisionError

    async def story(world: World) -> None:
        world.sender = Crashing()  # type: ignore[assignment] # all that the engine asks of a sender
        with pytest.RaisesGroup(ZeroDivisionError, flatten_subgroups=True, allow_unwrapped=True):
            await world.apply(PUSH)

    told = after(in_world(story), kind)

    assert told["case"] == "failed"
    assert "ZeroDivisionError" in told["text"]


@pytest.mark.parametrize(("reason", "told"), [("no answer", "no answer"), ("no user00001", "no ***")])
def test_a_reason_names_nobody_and_stays_one_that_can_be_translated(reason: str, told: str) -> None:
    """People of a pinned list are named nowhere; where nobody is named, each view says it in its language."""
    outcome = CallOutcome(CallState.IN_DOUBT, "timeout", phrase("{reason}", reason=reason))

    hidden = attempt._without_accounts(outcome, BATCH.call(0), LockState())

    assert hidden.text == told
    assert isinstance(hidden.text, Phrase) is (reason == told)


def test_a_wire_that_is_late_gets_nothing_through_after_a_mistake_of_ours() -> None:
    """What was recorded as not sent must not leave a moment later."""
    kept: list[Gate] = []

    class Crashing:
        async def send(self, _path: str, _payload: bytes, gate: Gate) -> Exchange:
            kept.append(gate)
            raise ZeroDivisionError

    async def story(world: World) -> None:
        world.sender = Crashing()  # type: ignore[assignment] # all that the engine asks of a sender
        with pytest.RaisesGroup(ZeroDivisionError, flatten_subgroups=True, allow_unwrapped=True):
            await world.apply(PUSH)

    in_world(story)

    with pytest.raises(GateClosedError):
        kept[0].pass_through()


def test_the_refused_of_a_pinned_list_are_kept_as_hashes() -> None:
    """Whoever has the lockfile alone learns nobody's name."""
    pinned = replace(BATCH, lists={"gold": "0" * 64})
    world = applied(pinned, ok("timpush/batch", 0, ErrorList=REFUSED))
    state = world.state()
    assert state.header is not None

    assert after(world, "sent")["refused"] == {"70107": [hidden_account("user00001", state.header.journal)]}


def test_what_was_not_sent_keeps_the_status_of_its_answer() -> None:
    """It tells a proxy's page from the service's word."""
    outcome = CallOutcome(CallState.NOT_SENT, "http_status", "no", http_status=407)

    record = outcome_record("hello@1", 1, outcome, Exchange("answered", "", START, START))

    assert said(record)["http_status"] == 407
