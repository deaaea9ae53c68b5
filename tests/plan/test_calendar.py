"""The calendar: what went and what goes, week by week, as somebody asks for it."""

from __future__ import annotations

import re
import shutil
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from rich.cells import cell_len
from sandbox.browser import Browser
from story import Story, not_sent, sent
from workbench import campaign_text

from plan.ics import read_events
from pushspec import SystemClock, apply_plan, build_plan, load_project
from pushspec.api.calendar import calendar_of
from pushspec.api.planning import read_state
from pushspec.lockfile.records import Resolved, Unknown
from pushspec.plan.calendar import build_calendar
from pushspec.sanitize import printable
from pushspec.views.calendar_html import calendar_html
from pushspec.views.calendar_ics import calendar_ics
from pushspec.views.calendar_markdown import calendar_markdown
from pushspec.views.calendar_text import calendar_text
from pushspec.views.campaign_rows import campaign_rows
from pushspec.views.plan_html import plan_html
from pushspec.views.plan_markdown import plan_markdown
from pushspec.views.plan_text import plan_text

if TYPE_CHECKING:
    from pathlib import Path

    from workbench import Project

    from pushspec.api.calendar import Calendar

NOW = datetime(2026, 11, 30, 2, 0, tzinfo=UTC)
"""A Monday, 10 o'clock in Shanghai."""
PROJECT = """\
apiVersion: pushspec/v1
kind: Project
name: acme-push
timezone: Asia/Shanghai
environments:
  sandbox: {sandbox: true}
policy:
  quiet_hours: {from: "22:00", to: "08:00", timezone: Asia/Shanghai}
  blackout_dates: [2026-12-12]
"""


def campaign(
    name: str, schedule: str, audience: str = "{tags: {any: [vip]}}", title: str = "Spring sale"
) -> str:
    return campaign_text(name, title=title, audience=audience, schedule=schedule)


@pytest.fixture
def folder(project: Project) -> Path:
    """A project with three campaigns of one week, two of them for the same people on one day."""
    project.write(
        {
            "pushspec.yaml": PROJECT,
            "campaigns/a.yaml": campaign(
                "market-open",
                '{not_before: "2026-12-01T10:00:00+08:00", not_after: "2026-12-01T12:00:00+08:00"}',
                title="开盘提醒：您关注的股票已开始交易",
            ),
            "campaigns/b.yaml": campaign(
                "market-close", '{not_before: "2026-12-01T15:00:00+08:00"}', title="收盘"
            ),
            "campaigns/c.yaml": campaign("later", '{not_before: "2026-12-20T01:30:00Z"}', "{everyone: true}"),
        }
    )
    return project.root


def the(folder: Path, *, weeks: int = 5) -> Calendar:
    return calendar_of(load_project(folder), now=NOW, weeks=weeks)


@pytest.mark.parametrize("width", [80, 120])
def test_a_week_shows_its_days_in_the_project_s_zone(folder: Path, width: int) -> None:
    """Rows keep to the terminal; Chinese titles count two columns a character."""
    text = calendar_text(the(folder), width=width)

    assert max(cell_len(line) for line in text.splitlines()) <= width
    assert "times in Asia/Shanghai" in text
    assert "Week of Mon 2026-11-30" in text
    assert re.search(r"Tue 01 +10:00–12:00 +> market-open@1  开盘提醒：您关注的股票已开始交易", text)
    assert re.search(r"from 15:00 +> market-close@1", text)
    assert re.search(r"Sun 20 +from 09:30 +> later@1", text)
    assert "blackout date: nothing leaves" in text
    assert "pushes: 0 used + 2 planned = 2 of 100" in text
    assert text.count("twice: the same people (tag vip) get") == 1  # each of the two says it


def test_a_remark_dates_what_was_sent_on_the_project_s_clocks(project: Project) -> None:
    """Begun at 18:00 UTC, it went out on the next day of everybody who reads the plan."""
    begun_at = datetime(2026, 11, 29, 18, 0, tzinfo=UTC)
    bare = PROJECT.split("policy:", maxsplit=1)[0]
    project.write({"pushspec.yaml": bare, "campaigns/a.yaml": campaign_text("early")})
    loaded = load_project(project.root)
    digest = build_plan(loaded, now=begun_at).digest
    apply_plan(loaded, approval=digest, clock=SystemClock(read_wall=lambda: begun_at))
    project.write({"campaigns/b.yaml": campaign_text("late", title="Late")})
    state = read_state(loaded, required=False, online=False).state
    plan = build_plan(loaded, now=NOW, state=state)
    calendar = the(project.root)

    for view in (
        plan_text(plan, width=300),
        plan_markdown(plan, limit=100_000),
        plan_html(plan),
        calendar_text(calendar, width=300),
        calendar_markdown(calendar),
        calendar_html(calendar),
    ):
        assert "early@1 (begun 2026-11-30 02:00)" in view


def test_a_narrow_day_keeps_a_number_and_its_noun_on_one_line(folder: Path) -> None:
    """A column of a seventh of the page broke “1” from “call”."""
    assert "tags any [vip] · 1\u00a0call" in re.sub("<[^>]*>", "", calendar_html(the(folder)))


def test_a_closed_window_closed_on_the_calendar_s_clocks(project: Project) -> None:
    """An author far away wrote their own offset; the view tells one time."""
    window = '{not_before: "2026-11-28T10:00:00Z", not_after: "2026-11-28T18:00:00Z"}'
    project.write({"pushspec.yaml": PROJECT, "campaigns/a.yaml": campaign("late", window)})

    assert "its window closed 2026-11-29 02:00" in calendar_text(the(project.root), width=120)
    assert "its window closed 2026-11-29 02:00" in calendar_html(the(project.root))
    (row,) = campaign_rows(build_plan(load_project(project.root), now=NOW))
    assert row["reason"] == "its window closed 2026-11-29 02:00 +08:00"


def test_without_a_zone_of_the_project_the_machine_s_has_the_name_that_a_plan_gives_it(
    project: Project, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two views of one morning must not look as if they told different times."""
    project.write({"pushspec.yaml": PROJECT.replace("timezone: Asia/Shanghai\n", "", 1)})
    monkeypatch.setenv("TZ", "Asia/Kolkata")
    time.tzset()

    text = calendar_text(the(folder), width=80)

    monkeypatch.undo()
    time.tzset()
    assert "times in +05:30" in text


def test_what_was_sent_stays_when_its_file_is_gone(project: Project, folder: Path) -> None:
    """The lockfile remembers, and the calendar is where people look for it."""
    project.write(
        {"campaigns/now.yaml": campaign("now", '{not_before: "2026-01-01T00:00:00Z"}', title="Now")}
    )
    loaded = load_project(folder)
    digest = build_plan(loaded, now=NOW).digest
    apply_plan(loaded, approval=digest, clock=SystemClock(read_wall=lambda: NOW))
    (folder / "campaigns/now.yaml").unlink()
    sent = the(folder)

    (entry,) = [entry for entry in sent.entries() if entry.key == "now@1"]
    assert (entry.state, entry.audience) == ("sent", "tags any [vip]")
    assert sum(day.pushes_used for day in sent.days) == 1


@pytest.mark.parametrize(
    ("outcome", "states"),
    [
        ("unknown", ["in doubt"]),
        ("none", ["in doubt"]),
        ("abandoned", ["abandoned"]),
        ("sent", ["sent"]),
        ("refused", []),
    ],
)
def test_of_a_file_that_is_gone_the_calendar_says_no_more_than_the_lockfile_knows(
    project: Project, folder: Path, outcome: str, states: list[str]
) -> None:
    """Whoever reads "sent" does not look; and what never went out is on no day."""
    project.write(
        {"campaigns/now.yaml": campaign("now", '{not_before: "2026-01-01T00:00:00Z"}', title="Now")}
    )
    loaded = load_project(folder)
    (planned,) = build_plan(loaded, now=NOW, names=["now"]).campaigns
    (call,) = planned.sending.calls()
    unknown = Unknown(key=call.key, attempt=1, case="timeout")
    record = {"sent": sent(call.key), "refused": not_sent(call.key, 90001), "none": None}.get(
        outcome, unknown
    )
    story = Story(NOW).begun(planned).tried(call, record)
    if outcome == "abandoned":
        story.then(Resolved(key=call.key, attempt=1, verdict="abandoned", why="too late", by="ada"))
    (folder / "campaigns/now.yaml").unlink()

    found = build_calendar(
        build_plan(load_project(folder), now=NOW),
        story.left().state,
        loaded.spec.project.policy,
        now=NOW,
        zone=loaded.zone,
        zone_name="",
    )

    assert [entry.state for entry in found.entries() if entry.key == "now@1"] == states
    assert re.findall(r"(\S+) +\S now@1\n", calendar_text(found, width=80)) == ["10:00"] * len(states)


def test_icalendar_keeps_to_its_rules(folder: Path) -> None:
    """RFC 5545: CRLF, at most 75 bytes a line, text escaped, and one event that keeps its identity."""
    text = calendar_ics(the(folder))
    again = calendar_ics(the(folder, weeks=6))

    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    assert "\n" not in text.replace("\r\n", "")
    unfolded = text.replace("\r\n ", "")
    assert "SUMMARY:market-open@1 开盘提醒：您关注的股票已开始交易" in unfolded
    assert "DTSTART:20261201T020000Z\r\nDTEND:20261201T040000Z" in text
    assert text.count("BEGIN:VEVENT") == text.count("END:VEVENT") == 3
    uids = re.findall(r"UID:(\S+)", text)
    assert len(set(uids)) == 3
    assert set(uids) == set(re.findall(r"UID:(\S+)", again))


@pytest.mark.parametrize(
    "title",
    [
        "a;b,c\\ END:VEVENT",
        "line\\nBEGIN:VALARM",
        "股" * 80,
        "👩‍🚀" * 20,
        "\\",
        "x" * 74 + "\\;",
    ],
)
def test_a_strict_reader_takes_every_title_as_it_is(project: Project, folder: Path, title: str) -> None:
    """A calendar that cannot read one line shows no event at all."""
    window = "{not_before: 2026-12-01T10:00:00+08:00, not_after: 2026-12-01T12:00:00+08:00}"
    project.write({"campaigns/a.yaml": campaign("market-open", window, title=title)})

    events = read_events(calendar_ics(the(folder)))

    event = next(it for it in events if str(it["SUMMARY"]).startswith("market-open@1"))
    assert str(event["SUMMARY"]).removeprefix("market-open@1 ") == printable(title)
    assert event["DTSTART"] == datetime(2026, 12, 1, 2, tzinfo=UTC)
    assert event["DTEND"] == datetime(2026, 12, 1, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("\r\n", "\n"),
        ("UID:", "UID;"),
        ("DTSTAMP", "XSTAMP"),
        ("T020000Z", "T020000"),
        ("SUMMARY:", "SUMMARY:;"),
    ],
)
def test_the_strict_reader_refuses_what_breaks_the_rules(folder: Path, old: str, new: str) -> None:
    """One that takes anything proves nothing."""
    with pytest.raises((AssertionError, KeyError)):
        read_events(calendar_ics(the(folder)).replace(old, new))


def test_hostile_titles_stay_text_in_every_form(project: Project, folder: Path) -> None:
    """A title can hold what a calendar, a page or a comment would obey."""
    title = "a;b,c\\ [x](http://evil) <script>alert(1)</script> @team | end"
    project.write(
        {"campaigns/a.yaml": campaign("market-open", "{not_before: 2026-12-01T10:00:00+08:00}", title=title)}
    )
    calendar = the(folder)

    assert "SUMMARY:market-open@1 a\\;b\\,c\\\\" in calendar_ics(calendar).replace("\r\n ", "")
    assert "<script>" not in calendar_html(calendar)
    assert "`a;b,c\\ [x](http://evil) <script>alert(1)</script> @team ｜ end`" in calendar_markdown(calendar)


def test_everyone_is_red_on_the_page(project: Project) -> None:
    """It is what somebody has to see in a month of pushes."""
    window = '{not_before: "2026-12-01T10:00:00+08:00"}'
    project.write(
        {
            "pushspec.yaml": PROJECT,
            "campaigns/a.yaml": campaign("all", window, "{everyone: true}"),
            "campaigns/b.yaml": campaign("few", window),
        }
    )

    page = calendar_html(the(project.root))

    assert page.count('<span class="everyone">') == 1


def test_who_gets_it_and_the_calls_share_a_line_on_the_page(project: Project) -> None:
    """Red everyone stood on a line of its own, and the next one began with a dot."""
    driver = shutil.which("chromedriver")
    assert driver is not None, "install chromium-driver"
    window = '{not_before: "2026-12-01T10:00:00+08:00"}'
    file = campaign("all", window, "{everyone: true}")
    project.write({"pushspec.yaml": PROJECT, "campaigns/a.yaml": file})
    (project.root / "calendar.html").write_text(calendar_html(the(project.root)), encoding="utf-8")

    with Browser(driver) as browser:
        browser.open((project.root / "calendar.html").as_uri(), width=390, height=844)
        browser.run("window.it = document.querySelector('.everyone')")
        inner, line = browser.run("return [it, it.parentNode].map(it => it.offsetHeight)")

    assert line < 1.5 * inner


def test_a_week_without_pushes_says_so_on_the_page(project: Project) -> None:
    """On a phone, where days without pushes are hidden, it was a bare heading."""
    window = '{not_before: "2026-12-01T10:00:00+08:00"}'
    project.write({"pushspec.yaml": PROJECT, "campaigns/a.yaml": campaign("few", window)})

    calendar = the(project.root)
    headings = calendar_html(calendar).split("<h2>")[1:]
    is_bare = [
        not any(day.entries or day.is_blackout or day.date == calendar.made_at.date() for day in week)
        for week in calendar.weeks()
    ]

    assert any(is_bare)
    assert ['</h2><p class="soft">nothing</p>' in heading for heading in headings] == is_bare
    assert ['<div class="week">' in heading for heading in headings] == [not bare for bare in is_bare]


def test_a_change_of_clocks_moves_no_push(project: Project) -> None:
    """10:00 in New York before and after the change of clocks is 10:00 in the calendar."""
    project.write(
        {
            "pushspec.yaml": PROJECT.replace("timezone: Asia/Shanghai\n", "timezone: America/New_York\n", 1),
            "campaigns/a.yaml": campaign("before", '{not_before: "2026-10-31T10:00:00-04:00"}'),
            "campaigns/b.yaml": campaign("after", '{not_before: "2026-11-01T10:00:00-05:00"}'),
        }
    )

    calendar = calendar_of(load_project(project.root), now=datetime(2026, 10, 30, tzinfo=UTC))

    assert [(it.key, f"{it.starts_at:%a %H:%M}") for it in calendar.entries()] == [
        ("before@1", "Sat 10:00"),
        ("after@1", "Sun 10:00"),
    ]


def day_of(calendar: Calendar, text: str) -> tuple[int, int]:
    """Return how many pushes of the day's quota a day used, and how many are planned for it."""
    (day,) = (day for day in calendar.days if day.date.isoformat() == text)
    return day.pushes_used, day.pushes_planned


def test_a_day_counts_what_the_quota_counts(project: Project) -> None:
    """Calls to listed accounts take nothing from it, whether they were made or are to come."""
    project.write(
        {
            "pushspec.yaml": PROJECT,
            "campaigns/all.yaml": campaign("all", '{not_before: "2026-01-01T00:00:00Z"}'),
            "campaigns/few.yaml": campaign_text(
                "few", endpoint="timpush/batch", from_="admin", audience="{accounts: [user-1]}"
            ),
        }
    )
    loaded = load_project(project.root)
    planned = day_of(the(project.root), "2026-11-30")
    apply_plan(loaded, approval=build_plan(loaded, now=NOW).digest, clock=SystemClock(read_wall=lambda: NOW))

    assert planned == (0, 1)
    assert day_of(the(project.root), "2026-11-30") == (1, 0)


def test_a_push_that_is_too_late_is_not_planned(project: Project) -> None:
    """It stays in the calendar on the day on which it was meant, and takes nothing from that day."""
    late = '{not_before: "2026-11-30T00:30:00Z", not_after: "2026-11-30T01:00:00Z"}'
    project.write({"pushspec.yaml": PROJECT, "campaigns/late.yaml": campaign("late", late)})

    calendar = the(project.root)

    (entry,) = calendar.entries()
    assert (entry.state, entry.starts_at.isoformat()) == ("expired", "2026-11-30T08:30:00+08:00")
    assert day_of(calendar, "2026-11-30") == (0, 0)


def test_a_full_day_is_folded_on_the_page(project: Project) -> None:
    """Hundreds of campaigns on one day made a page of sixty screens, with the other days somewhere in it."""
    window = '{not_before: "2026-12-01T10:00:00+08:00"}'
    texts = {f"campaigns/{number}.yaml": campaign(f"push-{number:02}", window) for number in range(40)}
    project.write({"pushspec.yaml": PROJECT, **texts})

    page = calendar_html(the(project.root))
    full = next(day for day in page.split("<article") if "push-00@1" in day)
    shown, _, folded = full.partition("<details>")

    assert shown.count('<div class="entry') == 8
    assert folded.startswith("<summary>and 32 more</summary>")
    assert folded.partition("</details>")[0].count('<div class="entry') == 32


@pytest.mark.parametrize("verdict", ["unknown", "abandoned"])
def test_what_may_have_gone_out_stands_at_the_time_of_its_call(
    project: Project, folder: Path, verdict: str
) -> None:
    """At the moment of the calendar it would move with every look."""
    project.write({"campaigns/now.yaml": campaign_text("now")})
    loaded = load_project(folder)
    (planned,) = build_plan(loaded, now=NOW, names=["now"]).campaigns
    (call,) = planned.sending.calls()
    story = Story(NOW - timedelta(hours=5)).begun(planned)
    story.tried(call, Unknown(key=call.key, attempt=1, case="timeout"))
    if verdict == "abandoned":
        story.then(Resolved(key=call.key, attempt=1, verdict="abandoned", why="too late", by="ada"))

    assert re.findall(r"(\S+) +\S now@1 ", calendar_text(_told(folder, story), width=80)) == ["05:00"]


def test_a_rollout_stands_where_its_next_stage_may_leave(project: Project, folder: Path) -> None:
    """What is still to come of it comes then, and takes from the quota of that day."""
    people = ", ".join(f"user{number}" for number in range(100))
    stages = "[{stage: canary, share: 50%, hold: 2d}, {stage: rest}]"
    text = campaign_text(
        "roll",
        endpoint="timpush/batch",
        from_="news",
        audience=f"{{accounts: [{people}]}}",
        rollout=stages,
        schedule='{not_after: "2026-12-04T10:00:00+08:00"}',
    )
    project.write({"campaigns/roll.yaml": text})
    (planned,) = build_plan(load_project(folder), now=NOW, names=["roll"]).campaigns
    story = Story(NOW).begun(planned)
    canary = next(iter(planned.remaining_calls()))
    story.tried(canary, sent(canary.key, at=NOW))

    (entry,) = [it for it in _told(folder, story).entries() if it.key == "roll@1"]
    assert (entry.starts_at, entry.ends_at) == (NOW + timedelta(days=2), NOW + timedelta(days=4))


def _told(folder: Path, story: Story) -> Calendar:
    """Return the calendar of a project whose lockfile says so."""
    loaded, state = load_project(folder), story.left().state
    plan = build_plan(loaded, now=NOW, state=state)
    policy = loaded.spec.project.policy
    return build_calendar(plan, state, policy, now=NOW, zone=loaded.zone, zone_name="")


@pytest.mark.parametrize("width", [40, 60, 80])
def test_the_legend_of_a_calendar_is_that_of_the_plan(folder: Path, width: int) -> None:
    """The same symbols in the same words and order, in lines that fit."""
    text = calendar_text(the(folder), width=width)
    plan = plan_text(build_plan(load_project(folder), now=NOW), width=100)

    legend = re.search(r"^  (> .*)$", plan, flags=re.MULTILINE)
    assert legend is not None
    assert f"\n{legend[1]}  * today\n" in text
    assert max(cell_len(line) for line in text.splitlines()) <= width
