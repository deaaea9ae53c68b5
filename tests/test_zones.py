"""Times on people's own clocks: instants by hand for hours that are skipped and hours that come twice."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pushspec.zones import first_instant, zone_data_version, zone_named, zone_names, zone_of


@pytest.mark.parametrize(
    ("wall", "zone", "instant"),
    [
        ("2026-12-01T10:00", "Asia/Shanghai", "2026-12-01T02:00:00Z"),
        ("2026-12-01T10:00", "Asia/Kathmandu", "2026-12-01T04:15:00Z"),
        ("2026-12-01T10:00", "Pacific/Kiritimati", "2026-11-30T20:00:00Z"),
        ("2026-12-01T10:00", "Etc/GMT+12", "2026-12-01T22:00:00Z"),
        # New York goes from 02:00 to 03:00 at 07:00 UTC.
        ("2026-03-08T01:59:59", "America/New_York", "2026-03-08T06:59:59Z"),
        ("2026-03-08T02:00", "America/New_York", "2026-03-08T07:00:00Z"),
        ("2026-03-08T02:30", "America/New_York", "2026-03-08T07:00:00Z"),
        ("2026-03-08T02:59:59", "America/New_York", "2026-03-08T07:00:00Z"),
        ("2026-03-08T03:00", "America/New_York", "2026-03-08T07:00:00Z"),
        # It goes back from 02:00 to 01:00 at 06:00 UTC.
        ("2026-11-01T00:59", "America/New_York", "2026-11-01T04:59:00Z"),
        ("2026-11-01T01:00", "America/New_York", "2026-11-01T05:00:00Z"),
        ("2026-11-01T01:30", "America/New_York", "2026-11-01T05:30:00Z"),
        ("2026-11-01T02:00", "America/New_York", "2026-11-01T07:00:00Z"),
        ("2027-03-28T02:30", "Europe/Berlin", "2027-03-28T01:00:00Z"),
        ("2027-10-31T02:30", "Europe/Berlin", "2027-10-31T00:30:00Z"),
        # Half an hour only: from 02:00 to 02:30 at 15:30 UTC.
        ("2026-10-04T02:10", "Australia/Lord_Howe", "2026-10-03T15:30:00Z"),
        # The clocks went from midnight to one: the day had no 00:30.
        ("2026-09-06T00:30", "America/Santiago", "2026-09-06T04:00:00Z"),
        # A whole day that Samoa skipped.
        ("2011-12-30T12:00", "Pacific/Apia", "2011-12-30T10:00:00Z"),
    ],
)
def test_a_time_is_the_first_moment_at_which_the_clocks_show_it_or_a_later_one(
    wall: str, zone: str, instant: str
) -> None:
    """Written by hand from the transitions, not by another library."""
    found = first_instant(datetime.fromisoformat(wall), zone_named(zone))
    assert (found, found.tzinfo) == (datetime.fromisoformat(instant), UTC)


@pytest.mark.parametrize(
    "name", ["", "Mars", "asia/shanghai", "+08:00", "../zones", "Asia", "/etc/localtime"]
)
def test_what_is_no_name_of_the_data_is_no_zone(name: str) -> None:
    """A name in other letters is another name on some machines and none on others."""
    assert zone_of(name) is None
    with pytest.raises(KeyError):
        zone_named(name)


def test_every_zone_of_the_data_can_be_read() -> None:
    """By the installed data, whose release has a name."""
    assert len(zone_names()) > 590
    assert all(zone_named(name).key == name for name in zone_names())
    assert zone_data_version()[:4].isdecimal()
