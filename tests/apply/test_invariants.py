"""Mistakes of pushspec itself, made on purpose: each is found before a byte leaves."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from simulation.calls import campaign_calls
from simulation.world import World, in_world

from pushspec.apply.invariants import check_leaving
from pushspec.errors import BrokenInvariantError, RefusedError
from pushspec.lockfile.fold import fold
from pushspec.lockfile.records import Intent
from pushspec.tencent.endpoints import EndpointName
from pushspec.tencent.exchange import GateClosedError

if TYPE_CHECKING:
    from pushspec.plan.calls import CampaignCalls

LISTED = campaign_calls("listed", endpoint=EndpointName.BATCH, parts=[["a", "b"], ["c"]])


def with_table(**changes: Any) -> CampaignCalls:
    """Return the campaign with other calls than those it was planned with."""
    return replace(LISTED, table=replace(LISTED.table, **changes))


def with_second(accounts: tuple[str, ...]) -> CampaignCalls:
    """Return the campaign with other accounts in its second part."""
    first, second = LISTED.table.groups
    part = second.parts[0]._replace(stop=len(accounts))
    return with_table(groups=[first, replace(second, accounts=accounts, parts=(part,))])


FIRST, SECOND = LISTED.table.groups
NUMBER, _ = LISTED.table.msg_randoms


@pytest.mark.parametrize(
    ("campaign", "text"),
    [
        (with_table(groups=[FIRST]), "different number of calls"),
        (with_table(groups=[FIRST, SECOND, FIRST]), "different number of calls"),
        (with_table(msg_randoms=[NUMBER]), "different number of calls"),
        (with_table(keys=["listed@1#1", "listed@1#1"]), "two calls are named listed@1#1"),
        (with_second(("b", "c")), "not its audience"),
        (with_second(()), "not its audience"),
        (with_table(groups=[SECOND, FIRST]), "not its audience"),
        (with_table(msg_randoms=[NUMBER, NUMBER]), "the random number of another call"),
        (replace(LISTED, is_about=True), "a list of listed@1 was not read"),
    ],
    ids=[
        "a part is lost",
        "a part too many",
        "a number is lost",
        "a part twice",
        "an account in two parts",
        "accounts lost",
        "parts in another order",
        "numbers alike",
        "a list that was not read",
    ],
)
def test_calls_that_are_not_their_campaign_are_not_made(campaign: CampaignCalls, text: str) -> None:
    """Promise 3: nothing is sent to other people than the file says."""

    async def story(world: World) -> None:
        with pytest.raises(BrokenInvariantError, match=text):
            await world.apply(campaign)

    world = in_world(story)
    assert world.sender.requests == 0
    assert [record.record for record in world.records()] == ["header", "open", "close"]


def test_the_calls_of_two_campaigns_never_share_a_number() -> None:
    """The service takes two alike within a second for one push, and one campaign would be lost."""
    first = campaign_calls("first")
    second = campaign_calls("second")
    alike = replace(second.table, msg_randoms=first.table.msg_randoms)

    async def story(world: World) -> None:
        with pytest.raises(BrokenInvariantError, match="second@1"):
            await world.apply(first, replace(second, table=alike))

    assert in_world(story).sender.requests == 0


def test_a_campaign_under_way_keeps_every_text_that_it_was_begun_with() -> None:
    """Another version may render the texts of a few otherwise, which the digest of a pin does not hold."""
    other = replace(LISTED, contents={name: {"other": True} for name in LISTED.contents})

    async def story(world: World) -> None:
        await world.apply(LISTED)
        with pytest.raises(RefusedError, match="started with different content"):
            await world.apply(other)

    in_world(story)


def test_a_push_to_everyone_has_no_accounts_to_compare() -> None:
    """What stands there for it is the digest of its condition."""

    async def story(world: World) -> None:
        result = await world.apply(replace(campaign_calls(), accounts_sha256="c" * 64))
        assert result.sent == 1
        assert (await world.apply(replace(campaign_calls(), accounts_sha256="c" * 64))).sent == 0

    in_world(story)


def test_bytes_that_are_not_the_intended_ones_do_not_leave(monkeypatch: pytest.MonkeyPatch) -> None:
    """Promise 2: what is sent is what the lockfile says was to be sent."""
    monkeypatch.setattr("pushspec.apply.attempt.sha256_hex", lambda _payload: "0" * 64)

    async def story(world: World) -> None:
        result = await world.apply(campaign_calls())
        assert (result.sent, result.not_sent) == (0, 1)

    world = in_world(story)
    assert world.sender.arrivals == []
    assert [outcome.case for _, _, outcome in world.notes.outcomes] == ["invariant"]


def test_only_what_is_intended_at_this_moment_may_leave() -> None:
    """Not before its intent, not after its outcome, not as another attempt, not with other bytes."""

    async def story(world: World) -> None:
        await world.apply(campaign_calls())

    (call,) = campaign_calls().calls()
    records = in_world(story).records()
    number, intent = next((n, r) for n, r in enumerate(records) if isinstance(r, Intent))
    before, under_way, after = (fold(records[:count]) for count in (number, number + 1, number + 2))

    check_leaving(under_way, intent, call.body)
    for state, intended, payload in (
        (before, intent, call.body),
        (after, intent, call.body),
        (under_way, intent.model_copy(update={"attempt": 2}), call.body),
        (under_way, intent, call.body + b" "),
    ):
        with pytest.raises(GateClosedError, match="a bug in pushspec") as closed:
            check_leaving(state, intended, payload)
        assert closed.value.case == "invariant"


def test_a_clock_set_back_during_a_run_stops_it() -> None:
    """The deadline in an intent would lie in the past, and a person could call it not sent too early."""

    async def story(world: World) -> None:
        def set_back() -> None:
            world.clock.error = timedelta(hours=-1)

        world.sender.before_gate = set_back
        result = await world.apply(campaign_calls("one"), campaign_calls("two"))
        assert result.stop.value == "clock is wrong"
        assert (result.sent, result.not_sent, result.left) == (0, 1, 1)

    assert in_world(story).sender.arrivals == []
