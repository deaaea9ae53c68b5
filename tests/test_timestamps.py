"""One form of an instant, wherever people read one."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from pushspec.timestamps import in_zone, instant_text, local_text, zone_text

INSTANT = datetime(2026, 11, 2, 2, 0, 30, tzinfo=UTC)
CODE = Path(__file__).parent.parent / "pushspec"


@pytest.mark.parametrize(
    ("hours", "text"),
    [
        (8, "2026-11-02 10:00 +08:00"),
        (0, "2026-11-02 02:00 UTC"),
        (-3.5, "2026-11-01 22:30 -03:30"),
    ],
)
def test_an_instant_says_its_zone(hours: float, text: str) -> None:
    """At three in the morning nobody should have to guess an offset."""
    assert instant_text(INSTANT.astimezone(timezone(timedelta(hours=hours)))) == text


def test_what_a_machine_wrote_is_read_in_ones_own_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """The lockfile is in UTC; the clock on the wall is not."""
    try:
        with monkeypatch.context() as there:
            there.setenv("TZ", "Asia/Shanghai")
            time.tzset()
            assert local_text(INSTANT, seconds=True) == "2026-11-02 10:00:30 +08:00"
    finally:
        time.tzset()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("until 2026-11-02 02:00 UTC", "until 2026-11-02 10:00"),
        ("closed 2026-11-01 23:30 -05:00, or later", "closed 2026-11-02 12:30, or later"),
        ("free from 2026-11-02 02:00:59 UTC on", "free from 2026-11-02 10:00:59 on"),
        ("at 2026-02-31 10:00 UTC", "at 2026-02-31 10:00 UTC"),
        ("22:00–08:00 Asia/Shanghai", "22:00–08:00 Asia/Shanghai"),
    ],
)
def test_a_sentence_moves_into_the_zone_of_its_view(text: str, shown: str) -> None:
    """A view names its zone once; a sentence that keeps another one is misread."""
    assert in_zone(text, ZoneInfo("Asia/Shanghai")) == shown


@pytest.mark.parametrize(
    ("zone", "name"), [("America/New_York", "EST/EDT"), ("Asia/Kolkata", "+05:30"), ("UTC", "UTC")]
)
def test_a_machine_with_summer_time_names_both(monkeypatch: pytest.MonkeyPatch, zone: str, name: str) -> None:
    """One offset over a view that reaches from winter into summer is wrong for half of it."""
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    named = zone_text(None, datetime(2026, 12, 1, tzinfo=UTC))
    monkeypatch.undo()
    time.tzset()

    assert named == name


def test_no_other_place_writes_an_instant_for_people() -> None:
    """Three forms of one thing look like three things; what the service writes is not for people."""
    form = re.compile(r"%H:%M|timespec=.(minutes|seconds)")
    passed_over = {"timestamps.py", "task_bodies.py"}
    other = [
        f"{path.relative_to(CODE)}: {line.strip()}"
        for path in sorted(CODE.rglob("*.py"))
        if "sandbox" not in path.parts and path.name not in passed_over
        for line in path.read_text(encoding="utf-8").splitlines()
        if form.search(line)
    ]

    assert other == []
