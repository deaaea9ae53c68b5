"""How long a plan says that sending takes: never more than it does, and close to it."""

from __future__ import annotations

import pytest
from simulation.loop import VirtualClock
from simulation.pacing import drive, own_pace

from pushspec.plan.chunking import most_accounts
from pushspec.plan.quota import Load, pacing_seconds
from pushspec.tencent.endpoints import ENDPOINTS, EndpointName, Pace
from pushspec.tencent.limits import Edition, Limits, limits_for
from pushspec.tencent.pacing import Pacer
from pushspec.tencent.rates import rates_of


@pytest.mark.parametrize("edition", Edition)
@pytest.mark.parametrize("name", list({endpoint.pace: name for name, endpoint in ENDPOINTS.items()}.values()))
@pytest.mark.parametrize("calls", [1, 2, 24, 25, 60])
def test_it_is_what_a_service_without_delay_needs(name: EndpointName, edition: Edition, calls: int) -> None:
    """Whoever plans a window of ten minutes for it must not be told nine."""
    endpoint, limits = ENDPOINTS[name], limits_for(edition)
    weight = most_accounts(endpoint, limits) if endpoint.to_accounts else 1
    at_once = Pacer(rates_of(endpoint.pace, limits), VirtualClock()).most_at_once

    seen = drive(lambda: own_pace(endpoint.pace, limits), [weight] * calls, at_once=at_once, latency=(0, 0))

    accounts = weight * calls if endpoint.to_accounts else 0
    said = pacing_seconds([Load(endpoint.pace, calls, accounts)], limits)
    assert said == pytest.approx(seen[-1][0] - seen[0][0], abs=1e-6)


def test_campaigns_of_one_pace_wait_for_each_other_and_others_follow() -> None:
    """Campaigns are sent one after the other."""
    push, batch = Load(Pace.PUSH, 2, 0), Load(Pace.BATCH, 2, 1_000)
    assert pacing_seconds([push, push], Limits()) == pytest.approx(3 * 1.005)
    assert pacing_seconds([push, batch], Limits()) == pytest.approx(2 * 1.005)
    assert pacing_seconds([], Limits()) == 0
