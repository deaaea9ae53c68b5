"""What closes one hour of a campaign and no other, and what ends the run for all of them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from simulation.calls import accounts, campaign_calls
from simulation.loop import START

from apply.test_guard import LISTED, TO_ALL, closed, guarding
from pushspec.apply.classify import CallOutcome
from pushspec.apply.result import Stop
from pushspec.apply.run import RunOptions
from pushspec.lockfile.histories import CallState
from pushspec.plan.departure import BlackoutDays, Departure, QuietTimes
from pushspec.plan.local_hours import LocalHour
from pushspec.tencent.endpoints import EndpointName
from pushspec.tencent.exchange import Exchange
from pushspec.tencent.limits import Limits

if TYPE_CHECKING:
    from simulation.world import World

    from pushspec.apply.guard import Guard
    from pushspec.lockfile.journal import Journal
    from pushspec.plan.calls import CampaignCalls
    from pushspec.plan.departure import ForbiddenTimes

UTC = ZoneInfo("UTC")
ENDS = START + timedelta(hours=2)
NIGHT = QuietTimes(START.time(), ENDS.time(), UTC)
HOLIDAY = BlackoutDays(frozenset({START.date()}), UTC)


def hour(name: str, opens_in_min: float = 0, forbidden: tuple[ForbiddenTimes, ...] = ()) -> LocalHour:
    opens_at = START + timedelta(minutes=opens_in_min)
    return LocalHour(name, (), opens_at, ENDS, Departure(opens_at, ENDS, forbidden))


def at_hours(first: LocalHour) -> CampaignCalls:
    """Return a campaign of two hours: the first is given, the second is open."""
    return campaign_calls(
        "local",
        endpoint=EndpointName.BATCH,
        parts=[accounts(1), accounts(1, first=7)],
        hours=[first, hour("UTC+0000")],
        stage_of=[0, 1],
    )


@pytest.mark.parametrize(
    "shut",
    [hour("UTC+0800", 5), hour("UTC+0800", 0, (NIGHT,)), hour("UTC+0800", 0, (HOLIDAY,))],
    ids=["window", "quiet hours", "blackout dates"],
)
def test_an_hour_that_is_closed_leaves_the_others_open(shut: LocalHour) -> None:
    """People farther west still get it in time."""
    campaign = at_hours(shut)

    async def story(world: World, _journal: Journal, guard: Guard) -> None:
        assert not guard.is_clear(campaign, 0)
        assert not guard.is_clear(campaign, 0)
        assert guard.is_clear(campaign, 1)
        assert (guard.is_blocked(campaign, 0), guard.is_blocked(campaign, 1)) == (True, False)
        assert guard.blocked == set()
        assert list(world.notes.blocks) == ["local@1"]
        assert world.notes.blocks["local@1"].startswith("UTC+0800: ")

    guarding(story)


def test_an_hour_has_its_own_departure() -> None:
    """The campaign as a whole has no window of its own."""

    async def story(_world: World, _journal: Journal, guard: Guard) -> None:
        campaign = at_hours(hour("UTC+0800", 5))
        guard.check(campaign)
        guard.check(campaign, 1)
        assert not guard.is_clear(campaign, 0)

    guarding(story)


def test_another_reason_closes_all_hours() -> None:
    """A list of which too many are refused is no better an hour later."""
    campaign = at_hours(hour("UTC+0800"))
    refused = CallOutcome(CallState.NOT_SENT, "max-refused", "most were refused")

    async def story(_world: World, _journal: Journal, guard: Guard) -> None:
        guard.judge(campaign, campaign.call(0), refused, Exchange("answered", "", None, START))
        assert guard.is_blocked(campaign, 1)

    guarding(story)


@pytest.mark.parametrize("case", ["certificate", "proxy_refused"])
def test_a_way_that_is_wrong_for_every_call_ends_the_run(case: str) -> None:
    """Nobody wants one message a call about the same certificate."""
    outcome = CallOutcome(CallState.NOT_SENT, case, "the certificate is of another host")

    async def story(_world: World, _journal: Journal, guard: Guard) -> None:
        guard.judge(LISTED, LISTED.call(0), outcome, Exchange(case, "", None, START))
        assert (guard.stop, guard.text) == (Stop.NO_CONNECTION, "the certificate is of another host")
        assert guard.blocked == set()

    guarding(story)


def test_a_freeze_that_the_project_file_says_stops_the_run() -> None:
    """Somebody committed it while the run worked."""
    options = RunOptions(Limits(), frozen=lambda: "wrong price")

    async def story(_world: World, _journal: Journal, guard: Guard) -> None:
        assert closed(guard, TO_ALL) == ("frozen", "frozen: wrong price")
        assert not guard.is_clear(TO_ALL)
        assert guard.stop is Stop.FROZEN

    guarding(story, options)
