"""When a call may leave, in every time zone and on the days on which the clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pushspec.plan.departure import BlackoutDays, Departure, QuietTimes, forbidden_within

ZONES = ("UTC", "Asia/Shanghai", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe")
"""With and without summer time, with half an hour's offset, and with a change of half an hour."""

zones = st.sampled_from(ZONES).map(ZoneInfo)
clocks = st.times().map(lambda clock: clock.replace(second=0, microsecond=0))
moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - in UTC


def wall_clock(moment: datetime, zone: ZoneInfo) -> str:
    """Return what a clock on the wall shows."""
    return moment.astimezone(zone).strftime("%H:%M:%S.%f")


@given(moments, clocks, clocks, zones)
def test_quiet_hours_are_what_the_clock_on_the_wall_shows(
    moment: datetime, start: time, end: time, zone: ZoneInfo
) -> None:
    """From the first moment of the one to the last before the other, past midnight too."""
    shown, first, last = wall_clock(moment, zone), f"{start:%H:%M}", f"{end:%H:%M}"
    expected = first <= shown < last if first <= last else shown >= first or shown < last

    assert QuietTimes(start, end, zone).forbid(moment) is expected


@given(moments, zones)
def test_a_blackout_date_is_a_whole_day_where_people_are(moment: datetime, zone: ZoneInfo) -> None:
    """23 or 25 hours long, where the clocks change."""
    today = date.fromisoformat(moment.astimezone(zone).strftime("%Y-%m-%d"))

    assert BlackoutDays(frozenset({today}), zone).forbid(moment)
    assert not BlackoutDays(frozenset({today - timedelta(days=1), today + timedelta(days=1)}), zone).forbid(
        moment
    )


@given(moments, clocks, clocks, zones, st.integers(0, 3 * 24 * 60))
def test_a_long_send_never_runs_into_quiet_hours_unnoticed(
    begins: datetime, start: time, end: time, zone: ZoneInfo, minutes: int
) -> None:
    """A call leaves at any second of it; looking at some of them must not find what the plan missed."""
    quiet = QuietTimes(start, end, zone)
    found = list(forbidden_within(quiet, begins, timedelta(minutes=minutes)))

    leaving = [begins + timedelta(minutes=7 * step) for step in range(minutes // 7 + 1)]
    if any(quiet.forbid(moment) for moment in leaving):
        assert found
    assert all(quiet.forbid(moment) and begins <= moment for moment in found)


@pytest.mark.parametrize(
    ("day", "quiet"),
    [
        ("2026-03-29", ["00:30", "00:59"]),  # 02:00 is skipped: 01:30 to 03:30 lasts one hour
        ("2026-10-25", ["23:30", "00:30", "00:59", "01:30", "01:59", "02:29"]),  # it comes twice: three hours
    ],
)
def test_hours_around_a_change_of_summer_time_are_shorter_or_longer(day: str, quiet: list[str]) -> None:
    """In Berlin, the clocks change at 01:00 UTC; people sleep by the clock that they see."""
    hours = QuietTimes(time(1, 30), time(3, 30), ZoneInfo("Europe/Berlin"))
    for text in quiet:
        at = datetime.fromisoformat(f"{day}T{text}:00+00:00")
        moment = at - timedelta(days=1) if text.startswith("23") else at
        assert hours.forbid(moment), moment
    after = "01:30" if day == "2026-03-29" else "02:30"
    assert not hours.forbid(datetime.fromisoformat(f"{day}T{after}:00+00:00"))


@given(moments, moments, moments)
def test_a_window_is_open_at_both_its_ends_and_nowhere_outside(
    moment: datetime, opens: datetime, closes: datetime
) -> None:
    """Without an end it stays open; without a beginning it always was."""
    window = Departure(opens, closes)

    assert (window.closed_at(moment) is None) is (opens <= moment <= closes)
    assert Departure().closed_at(moment) is None
    assert (window.closed_at(opens) is None) is (opens <= closes)
