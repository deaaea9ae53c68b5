"""Whether a campaign could be recalled once it is sent, and what that would take: part of every plan."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pushspec.tencent.operations.revoke import RECALLS, REVOKE
from pushspec.tencent.rates import SPARE_S, rate_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pushspec.plan.calls import CampaignCalls
    from pushspec.tencent.limits import Limits
    from pushspec.tencent.operations.revoke import RecallFacts


@dataclass(frozen=True, slots=True)
class Recallable:
    """What a recall of a campaign would do, before it is sent.

    Attributes:
        facts: What the service does and does not do.
        text: The text that was written for it, as ``title`` and perhaps ``desc``; None without one.
        requests: How many requests it takes: one a call, or one a person.
        pacing_s: How long the service's rate makes them take, at least.
        window_s: How long after the send it is possible; None where no page states an end.
        is_about: How many requests it takes is an estimate.
    """

    facts: RecallFacts
    text: Mapping[str, str] | None
    requests: int
    pacing_s: float
    window_s: int | None
    is_about: bool = False


def recallable(calls: CampaignCalls, limits: Limits) -> Recallable:
    """Return what a recall of a campaign would do once all of it is sent."""
    facts = RECALLS[calls.endpoint.name]
    is_task = facts.operation is REVOKE
    requests = calls.call_count if is_task else calls.account_count
    return Recallable(
        facts=facts,
        text=calls.recall,
        requests=requests,
        pacing_s=recall_seconds(requests, facts, limits),
        window_s=limits.revoke_window_s.value if is_task else None,
        is_about=calls.is_about,
    )


def recall_seconds(requests: int, facts: RecallFacts, limits: Limits) -> float:
    """Return how long the service's rate makes so many requests take, at least."""
    rate = rate_of(facts.operation.limit, limits)
    return max(0, math.ceil(requests / rate.capacity) - 1) * (rate.period_s + SPARE_S)
