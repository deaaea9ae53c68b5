"""The day's pushes: counted so that no midnight, wherever it is, lets one too many through."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta, timezone

from pushspec.lockfile.quota import DayQuota
from pushspec.lockfile.state import Attempt, LockState
from pushspec.tencent.endpoints import Pace

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
BEIJING = timezone(timedelta(hours=8))


def state_with(*at: datetime) -> LockState:
    return LockState(attempts={Pace.PUSH: [Attempt(f"c{n}@1", when, 1) for n, when in enumerate(at)]})


def test_without_a_day_the_last_24_hours_count() -> None:
    """Safe in every time zone, since any day of the service lies within them."""
    quota = DayQuota(2)
    state = state_with(NOON - timedelta(hours=25), NOON - timedelta(hours=23), NOON - timedelta(hours=1))

    assert quota.used(state, NOON) == 2
    assert quota.left(state, NOON) == 0
    assert quota.free_at(state, NOON) == NOON + timedelta(hours=1, seconds=40)
    assert quota.left(state, quota.free_at(state, NOON)) == 1


def test_with_a_day_its_start_counts() -> None:
    """The project says when the service's day starts."""
    quota = DayQuota(1, time(0, 0, tzinfo=BEIJING))
    start = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)

    assert quota.used(state_with(start - timedelta(minutes=1)), NOON) == 0
    assert quota.used(state_with(start + timedelta(minutes=1)), NOON) == 1
    assert quota.free_at(state_with(start + timedelta(minutes=1)), NOON) == start + timedelta(
        days=1, seconds=40
    )


def test_a_push_just_before_the_day_counts_in_it() -> None:
    """It may have reached the service after midnight."""
    quota = DayQuota(1, time(0, 0, tzinfo=BEIJING))
    start = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)
    assert quota.used(state_with(start - timedelta(seconds=5)), NOON) == 1


def test_a_raised_limit_leaves_more() -> None:
    """Bought calls count at once."""
    state = state_with(NOON)
    assert DayQuota(1).left(state, NOON) == 0
    assert DayQuota(3).left(state, NOON) == 2
    assert DayQuota(1).left(state_with(NOON, NOON), NOON) == 0


def test_no_pushes_at_all_may_be_allowed() -> None:
    """A limit of 0 is a way to say: never."""
    assert DayQuota(0).free_at(LockState(), NOON) > NOON
