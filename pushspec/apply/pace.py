"""What earlier runs sent a moment ago and the pace still has to count."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from pushspec.tencent.endpoints import ENDPOINTS, EndpointName
from pushspec.tencent.exchange import TOTAL_S

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from pushspec.lockfile.state import LockState
    from pushspec.tencent.endpoints import Pace

_LONGEST = timedelta(seconds=TOTAL_S)
_MAY_LEAVE = timedelta(seconds=30)
"""How long after its intent a request may still leave, as :mod:`pushspec.apply.attempt` bounds it."""


def ended_attempts(state: LockState, pace: Pace, now: datetime) -> Iterator[tuple[int, datetime]]:
    """Yield weight and end of each attempt, those of tries too; one of a dead run may still be on its way."""
    for calls in state.tries.values():
        for tried in calls.values():
            if ENDPOINTS[EndpointName(tried.endpoint)].pace is pace:
                is_over = tried.step != "intended"
                yield tried.accounts, min(tried.at, now) if is_over else tried.at + _MAY_LEAVE + _LONGEST
    for attempt in state.attempts.get(pace, ()):
        call = state.calls[attempt.key]
        if attempt.at != call.intended_at:
            yield attempt.weight, call.intended_at  # a call is tried again only after the attempt before it
        elif call.settled_at is None:
            yield attempt.weight, call.not_after + _LONGEST
        else:
            # A clock that was set back makes an outcome of the future; what is settled is over by now.
            yield attempt.weight, min(call.settled_at, now)
