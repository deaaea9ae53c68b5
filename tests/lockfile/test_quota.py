"""The day's pushes: counted so that no midnight, wherever it is, lets one too many through."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pushspec.lockfile.packed import AttemptLog
from pushspec.lockfile.quota import QuotaWindow
from pushspec.lockfile.state import LockState
from pushspec.tencent.endpoints import Pace

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
BEIJING = timezone(timedelta(hours=8))


def state_with(*at: datetime) -> LockState:
    log = AttemptLog()
    for number, when in enumerate(at):
        log.add(f"c{number}@1", when, 1)
    return LockState(attempts={Pace.PUSH: log})


def test_without_a_day_the_last_24_hours_count() -> None:
    """Safe in every time zone, since any day of the service lies within them."""
    quota = QuotaWindow(2)
    state = state_with(NOON - timedelta(hours=25), NOON - timedelta(hours=23), NOON - timedelta(hours=1))

    assert quota.used(state, NOON) == 2
    assert quota.left(state, NOON) == 0
    assert quota.free_at(state, NOON) == NOON + timedelta(hours=1, seconds=40)
    assert quota.left(state, NOON + timedelta(hours=1, seconds=40)) == 1


def test_with_a_day_its_start_counts() -> None:
    """The project says when the service's day starts."""
    quota = QuotaWindow(1, time(0, 0, tzinfo=BEIJING))
    start = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)

    assert quota.used(state_with(start - timedelta(minutes=1)), NOON) == 0
    assert quota.used(state_with(start + timedelta(minutes=1)), NOON) == 1
    assert quota.free_at(state_with(start + timedelta(minutes=1)), NOON) == start + timedelta(
        days=1, seconds=40
    )


def test_a_push_just_before_the_day_counts_in_it() -> None:
    """It may have reached the service after midnight."""
    quota = QuotaWindow(1, time(0, 0, tzinfo=BEIJING))
    start = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)
    assert quota.used(state_with(start - timedelta(seconds=5)), NOON) == 1


def test_a_raised_limit_leaves_more() -> None:
    """Bought calls count at once."""
    state = state_with(NOON)
    assert QuotaWindow(1).left(state, NOON) == 0
    assert QuotaWindow(3).left(state, NOON) == 2
    assert QuotaWindow(1).left(state_with(NOON, NOON), NOON) == 0


def test_no_pushes_at_all_may_be_allowed() -> None:
    """A limit of 0 is a way to say: never. No day has room, so nobody is told to come back."""
    assert QuotaWindow(0).free_at(LockState(), NOON) is None


@pytest.mark.parametrize("day_starts", [None, time(0, 0, tzinfo=BEIJING)], ids=["24 hours", "a stated day"])
def test_more_than_a_day_has_never_fits(day_starts: time | None) -> None:
    """A campaign of three pushes waits for ever where a day has two; that is said, not waited for."""
    quota = QuotaWindow(2, day_starts)
    assert quota.free_at(LockState(), NOON, need=3) is None
    assert quota.free_at(LockState(), NOON, need=2) == NOON


def test_room_for_several_comes_when_enough_of_them_are_old() -> None:
    """A plan of two pushes is told the moment at which both fit, counting what leaves before them."""
    quota = QuotaWindow(3)
    state = state_with(NOON - timedelta(hours=20), NOON - timedelta(hours=10))

    assert quota.free_at(state, NOON, need=1) == NOON
    assert quota.free_at(state, NOON, need=2) == NOON + timedelta(hours=4, seconds=40)
    assert quota.free_at(state, NOON, need=3) == NOON + timedelta(hours=14, seconds=40)
    assert quota.free_at(state, NOON, need=2, planned=1) == NOON + timedelta(hours=14, seconds=40)
    assert quota.free_at(state, NOON, need=3, planned=1) == NOON + timedelta(days=1, seconds=40)


def test_the_day_before_counts_until_every_clock_agrees_that_it_is_over() -> None:
    """With a clock half a minute ahead, the first pushes of the day would still fall into the last one."""
    quota = QuotaWindow(1, time(0, 0, tzinfo=BEIJING))
    midnight = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)
    state = state_with(midnight - timedelta(hours=3))

    assert quota.left(state, midnight + timedelta(seconds=39)) == 0
    assert quota.left(state, midnight + timedelta(seconds=40)) == 1


OFFSETS = st.integers(-12 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
DAYS = st.none() | st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30]), tzinfo=OFFSETS)
MOMENTS = st.integers(0, 4 * 86_400).map(lambda seconds: NOON + timedelta(seconds=seconds))


@example(time(12, tzinfo=UTC), [], NOON, 1, 1, 1)  # what leaves as a day begins counts in both days
@example(time(12, tzinfo=UTC), [NOON], NOON + timedelta(seconds=39), 1, 1, 0)
@given(DAYS, st.lists(MOMENTS, max_size=12), MOMENTS, st.integers(1, 5), st.integers(1, 3), st.integers(0, 3))
def test_room_is_there_at_the_moment_that_was_told_and_not_before(
    day_starts: time | None, tried: list[datetime], now: datetime, limit: int, need: int, planned: int
) -> None:
    """Whoever comes back then finds room, at any hour and in any zone; and nobody waits for longer."""
    quota = QuotaWindow(limit, day_starts)
    before = [at for at in tried if at <= now]
    state = state_with(*before, *[now] * planned)

    free_at = quota.free_at(state_with(*before), now, need=need, planned=planned)

    if free_at is None:
        assert need > limit
        return
    assert quota.left(state, free_at) >= need
    if free_at > now:
        assert quota.left(state, free_at - timedelta(seconds=1)) < need


LATE = st.sampled_from([0, 36]).map(lambda seconds: timedelta(seconds=seconds))
"""A request leaves at most 30 s after its intent and is answered within 6 s."""


@given(DAYS, st.lists(st.tuples(MOMENTS, LATE), max_size=40), st.integers(1, 5))
def test_no_day_of_the_service_holds_more_than_the_quota(
    day_starts: time | None, wishes: list[tuple[datetime, timedelta]], limit: int
) -> None:
    """However late each push arrives; without a stated day this holds for any 24 hours."""
    quota = QuotaWindow(limit, day_starts)
    made: list[datetime] = []
    arrivals: list[datetime] = []
    for wish, late in sorted(wishes):
        if quota.left(state_with(*made), wish) > 0:
            made.append(wish)
            arrivals.append(wish + late)

    for first in arrivals:
        if day_starts is None:
            inside = [at for at in arrivals if first <= at < first + timedelta(days=1)]
        else:
            inside = [at for at in arrivals if _day(at, day_starts) == _day(first, day_starts)]
        assert len(inside) <= limit


def _day(at: datetime, day_starts: time) -> object:
    since_midnight = timedelta(hours=day_starts.hour, minutes=day_starts.minute)
    return (at.astimezone(day_starts.tzinfo) - since_midnight).date()
