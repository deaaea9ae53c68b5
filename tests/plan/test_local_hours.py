"""Each person's hour: everybody once, at the time that was promised, and never in their night."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from story import Story, sent, story_of

from pushspec.errors import SpecError
from pushspec.plan.hour_progress import HourState
from pushspec.plan.rollout import open_keys, rollout_of
from pushspec.plan.states import CampaignState
from pushspec.views.hours import hour_texts
from pushspec.views.plan_json import plan_json
from pushspec.views.plan_text import plan_text
from pushspec.zones import zone_named, zone_names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench import Project

    from pushspec.plan.planned import PlannedCampaign

ZONES = sorted(zone_names())
AT_TEN = datetime(2026, 12, 1, 2, 0, tzinfo=UTC)
"""Ten in the morning in Shanghai."""
MINUTE = timedelta(minutes=1)


def write(
    folder: Project,
    zones: Sequence[str],
    schedule: str,
    *,
    policy: str = "{}",
    head: str = "user_id,tz",
    **keys: str,
) -> Project:
    """Write a campaign to one person a zone, named by the row."""
    rows = "".join(f"u{number},{zone}\n" for number, zone in enumerate(zones))
    folder.policy(policy).write({"people.csv": f"{head}\n{rows}"})
    audience = {
        "endpoint": "timpush/batch",
        "from_": "news",
        "audience": "{file: people.csv, column: user_id}",
    }
    return folder.add(**(audience | {"schedule": schedule} | keys))


def hours_of(campaign: PlannedCampaign) -> dict[str, list[str]]:
    """Return who is in which hour, by the calls themselves."""
    found: dict[str, list[str]] = {}
    for call in campaign.calls():
        found.setdefault(call.key.partition("#")[0].rpartition("/")[2], []).extend(call.accounts)
    return found


def faults(folder: Project) -> list[tuple[str, str, str]]:
    with pytest.raises(SpecError) as caught:
        folder.plan()
    return [(it.rule, f"{it.location.file}:{it.location.line}", it.message) for it in caught.value.problems]


@cache
def changes() -> list[datetime]:
    """Return the times that clocks somewhere show just before and just after they change, in two years."""
    found = set()
    for name in ZONES:
        zone, week = zone_named(name), datetime(2026, 1, 1, tzinfo=UTC)
        while week.year < 2028:
            before, after = week, week + timedelta(days=7)
            if before.astimezone(zone).utcoffset() != after.astimezone(zone).utcoffset():
                while after - before > MINUTE:
                    middle = before + (after - before) // 2
                    is_before = middle.astimezone(zone).utcoffset() == before.astimezone(zone).utcoffset()
                    before, after = (middle, after) if is_before else (before, middle)
                clocks = (moment.astimezone(zone).replace(tzinfo=None) for moment in (before, after))
                found |= {clock.replace(second=0, microsecond=0) for clock in clocks}
            week += timedelta(days=7)
    return sorted(found)


def test_clocks_do_change_in_these_years() -> None:
    """So that the test below looks at what it says."""
    days = {time.date() for time in changes()}
    assert {date(2026, 3, 8), date(2026, 3, 29), date(2027, 10, 31), date(2026, 4, 5)} <= days


@settings(max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_everybody_gets_it_once_at_their_own_time_and_never_in_their_night(
    folder: Project, data: st.DataObject
) -> None:
    """One person in every zone, around every change of clocks, with a run every quarter of an hour."""
    near = st.sampled_from([timedelta(0), MINUTE, -MINUTE, timedelta(minutes=30), timedelta(hours=-2)])
    begins = data.draw(st.sampled_from(changes())) + data.draw(near)
    until = begins + timedelta(minutes=data.draw(st.sampled_from([90, 180, 600])))
    quiet_from = (begins + timedelta(minutes=data.draw(st.sampled_from([45, 120, 700])))).strftime("%H:%M")
    quiet_to = (begins + timedelta(minutes=data.draw(st.sampled_from([75, 800])))).strftime("%H:%M")
    policy = f"{{quiet_hours: {{from: '{quiet_from}', to: '{quiet_to}', timezone: UTC}}}}"
    schedule = f"{{local: '{begins.isoformat()}', local_until: '{until.isoformat()}', timezone_column: tz}}"
    written = write(folder, ZONES, schedule, policy=policy)
    if any(is_skipped(zone, begins, until) for zone in ZONES):
        assert {rule for rule, _, _ in faults(written)} == {"local-skipped"}
        return
    campaign = written.campaign()
    calls = campaign.sending

    told = [account for people in hours_of(campaign).values() for account in people]
    assert sorted(told) == sorted(f"u{number}" for number in range(len(ZONES)))

    now = begins.replace(tzinfo=UTC) - timedelta(hours=15)
    left = {key: calls.call(row).accounts for row, key in enumerate(calls.table.keys)}
    state = Story().state
    while now < until.replace(tzinfo=UTC) + timedelta(hours=15):
        for key in set(open_keys(calls, rollout_of(calls, state, now), now)) & left.keys():
            for account in left.pop(key):
                check_clock(ZONES[int(account[1:])], now, begins, until, (quiet_from, quiet_to))
        now += timedelta(minutes=15)
    for account in (account for people in left.values() for account in people):
        check_missed(ZONES[int(account[1:])], begins, until, (quiet_from, quiet_to))


def is_skipped(zone: str, begins: datetime, until: datetime) -> bool:
    """Whether the clocks there are set forward past all of the hours: they never show a minute of them."""
    first, last = (
        time.replace(tzinfo=UTC) for time in (begins - timedelta(hours=15), until + timedelta(hours=15))
    )
    there = zone_named(zone)
    if first.astimezone(there).utcoffset() == last.astimezone(there).utcoffset():
        return False
    moments = (first + minutes * MINUTE for minutes in range((last - first) // MINUTE))
    return not any(begins <= moment.astimezone(there).replace(tzinfo=None) < until for moment in moments)


def is_quiet(clock: str, quiet: tuple[str, str]) -> bool:
    first, last = quiet
    return first <= clock < last if first <= last else clock >= first or clock < last


def check_clock(zone: str, now: datetime, begins: datetime, until: datetime, quiet: tuple[str, str]) -> None:
    """Check what somebody there sees on their clock as it leaves; written without a look at the code."""
    clock = now.astimezone(zone_named(zone)).replace(tzinfo=None)
    assert begins <= clock or ((begins - clock) <= timedelta(hours=1) and is_second(zone, now)), (zone, clock)
    assert clock <= until or jumped(zone, now, until), (zone, clock)
    assert not is_quiet(clock.strftime("%H:%M"), quiet), (zone, clock)


def is_second(zone: str, now: datetime) -> bool:
    """Whether the clocks were set back a moment ago, so that an earlier time is shown again."""
    return now.astimezone(zone_named(zone)).fold == 1


def jumped(zone: str, now: datetime, until: datetime) -> bool:
    """Whether the end itself is skipped there, so that the first moment after it counts."""
    before = (now - MINUTE).astimezone(zone_named(zone)).replace(tzinfo=None)
    return before < until


def check_missed(zone: str, begins: datetime, until: datetime, quiet: tuple[str, str]) -> None:
    """Check that there was no quarter of an hour at which it could have left."""
    shown = begins.replace(tzinfo=UTC) - timedelta(hours=15)
    while shown < until.replace(tzinfo=UTC) + timedelta(hours=15):
        clock = shown.astimezone(zone_named(zone)).replace(tzinfo=None)
        is_first = shown.astimezone(zone_named(zone)).fold == 0
        if begins <= clock <= until and is_first:
            assert is_quiet(clock.strftime("%H:%M"), quiet), (zone, clock)
        shown += timedelta(minutes=15)


def test_zones_that_open_and_close_together_share_calls(folder: Project) -> None:
    """Berlin and Paris are one hour, Shanghai and the default are one, and the dateline is no edge."""
    zones = ["Europe/Berlin", "Asia/Shanghai", "Europe/Paris", "", "Pacific/Kiritimati", "Pacific/Niue"]
    schedule = "{local: '2026-12-01T00:30', timezone_column: tz, default: Asia/Shanghai}"

    campaign = write(folder, zones, schedule).campaign()

    assert hours_of(campaign) == {
        "UTC+1400": ["u4"],
        "UTC+0800": ["u1", "u3"],
        "UTC+0100": ["u0", "u2"],
        "UTC-1100": ["u5"],
    }
    opens = [progress.hour.opens_at for progress in campaign.progress.hours]
    assert (opens[0], opens[-1]) == (
        datetime(2026, 11, 30, 10, 30, tzinfo=UTC),
        datetime(2026, 12, 1, 11, 30, tzinfo=UTC),
    )
    assert opens == sorted(opens)


def test_hours_that_open_together_and_close_apart_have_names_of_their_own(folder: Project) -> None:
    """In the night of the change, one zone moves and its neighbour does not: two ends, two names."""
    zones = ["Europe/Berlin", "Africa/Lagos"]
    schedule = "{local: '2027-03-28T01:30', local_until: '2027-03-28T04:00', timezone_column: tz}"

    assert hours_of(write(folder, zones, schedule).campaign()) == {
        "UTC+0100~+0200": ["u0"],
        "UTC+0100": ["u1"],
    }


def test_an_hour_lasts_an_hour_unless_written(folder: Project) -> None:
    """Also where the clocks skip or repeat one."""
    for local in ("2026-03-08T02:30", "2026-11-01T01:30", "2026-12-01T10:00"):
        campaign = write(
            folder, ["America/New_York"], f"{{local: '{local}', timezone_column: tz}}"
        ).campaign()
        (progress,) = campaign.progress.hours
        assert progress.hour.closes_at - progress.hour.opens_at == timedelta(hours=1)


def test_values_that_are_no_zone_are_told_with_row_and_count(folder: Project) -> None:
    """One bad zone must not mean that hundreds of thousands get nothing; that of a few is not shown."""
    zones = ["Asia/Shanghai", *["Asia/Shanghia"] * 5, "Mars", "Mars", "", ""]
    write(folder, zones, "{local: '2026-12-01T10:00', timezone_column: tz}")

    assert faults(folder) == [
        ("zone-unknown", "people.csv:3", "Asia/Shanghia is not a time zone; it is that of 5 accounts"),
        ("zone-unknown", "people.csv:8", "a value of tz, that of 2 accounts, is no zone"),
        ("zone-missing", "people.csv:10", "tz is empty for 2 accounts"),
    ]


def test_somebody_with_two_zones_is_told(folder: Project) -> None:
    """Which one counts, nobody can guess."""
    write(folder, [], "{local: '2026-12-01T10:00', timezone_column: tz}")
    folder.write({"people.csv": "user_id,tz\na,Asia/Tokyo\na,Asia/Manila\n"})
    assert faults(folder)[0][:2] == ("personal-conflict", "people.csv:3")


def test_a_list_without_the_column_is_told(folder: Project) -> None:
    """Nobody would have a zone."""
    write(folder, ["Asia/Tokyo"], "{local: '2026-12-01T10:00', timezone_column: zone}")
    assert faults(folder)[0][::2] == ("audience-column", "there is no column zone")


def test_listed_accounts_are_all_in_the_default(folder: Project) -> None:
    """An inline list has no columns."""
    folder.add(
        endpoint="timpush/batch",
        from_="news",
        audience="{accounts: [bonnie, rong]}",
        schedule="{local: '2026-12-01T10:00', default: Asia/Kolkata}",
    )
    assert hours_of(folder.campaign()) == {"UTC+0530": ["bonnie", "rong"]}


def test_texts_see_the_zone_only_if_it_personalizes_them(folder: Project) -> None:
    """The column is read for the hour; who wants it in a text says so."""
    schedule = "{local: '2026-12-01T10:00', timezone_column: tz}"
    title = "'{title: \"{{ user.tz }}\", desc: x}'"
    write(folder, ["Asia/Tokyo", "Europe/Berlin"], schedule, notification=title.strip("'"))
    assert faults(folder)[0][0] == "template-undefined"

    audience = "{file: people.csv, column: user_id, personalize: [tz]}"
    shown = write(
        folder, ["Asia/Tokyo", "Europe/Berlin"], schedule, notification=title.strip("'"), audience=audience
    ).campaign()
    assert [content.headline for content in shown.contents.values()] == ["Asia/Tokyo", "Europe/Berlin"]


QUIET = "{quiet_hours: {from: '22:00', to: '08:00', timezone: Asia/Shanghai}}"


def test_quiet_hours_are_those_of_each_zone(folder: Project) -> None:
    """Ten in Berlin is five in the afternoon in Shanghai, and ten in New York eleven at night there."""
    zones = ["Asia/Shanghai", "Europe/Berlin", "America/New_York"]
    schedule = "{local: '2026-12-01T10:00', timezone_column: tz}"
    assert write(folder, zones, schedule, policy=QUIET).policy_result("quiet-hours") is None

    late = write(folder, zones, schedule.replace("T10", "T23"), policy=QUIET)
    assert late.campaign().state is CampaignState.BLOCKED
    assert late.campaign().reason.startswith(
        "quiet-hours (22:00–08:00 Asia/Shanghai; the hour of UTC+0800 would run into it); quiet-hours ("
    )


@pytest.mark.parametrize(
    ("count", "more"), [(3, []), (4, ["the same in 1 more zone"]), (5, ["the same in 2 more zones"])]
)
def test_three_zones_are_named_and_the_others_counted(folder: Project, count: int, more: list[str]) -> None:
    """The world has hundreds of zones, and they all have a night."""
    zones = ["Asia/Tokyo", "Asia/Manila", "Asia/Kolkata", "Europe/Berlin", "America/New_York"][:count]
    write(folder, zones, "{local: '2026-12-01T23:00', timezone_column: tz}", policy=QUIET)

    said = [it.message for it in folder.campaign().policy_results if it.policy == "quiet-hours"]

    first = zip(zones[:3], ("UTC+0900", "UTC+0800", "UTC+0530"), strict=True)
    assert said == [
        *(f"22:00–08:00 {zone}; the hour of {hour} would run into it" for zone, hour in first),
        *more,
    ]


def test_an_hour_that_meets_quiet_hours_is_held_until_they_are_over(folder: Project) -> None:
    """From nine in the evening till nine in the morning: at night it waits, and others leave."""
    schedule = "{local: '2026-12-01T21:00', local_until: '2026-12-02T09:00', timezone_column: tz}"
    write(folder, ["Asia/Shanghai", "Europe/Berlin"], schedule, policy=QUIET)

    campaign = folder.campaign(now=datetime(2026, 12, 1, 20, 30, tzinfo=UTC))  # 04:30 and 21:30

    china, germany = campaign.progress.hours
    assert (china.state, china.leaves_at) == (HourState.WAITING, datetime(2026, 12, 2, 0, 0, tzinfo=UTC))
    assert germany.state is HourState.DUE
    assert campaign.state is CampaignState.SEND
    assert campaign.progress.due == ("sale@1/UTC+0100",)


def test_an_hour_may_end_in_quiet_hours_if_all_of_it_is_sent_before(folder: Project) -> None:
    """From half past nine till half past ten: nothing leaves from ten on, and who is left then misses it."""
    schedule = "{local: '2026-12-01T21:30', local_until: '2026-12-01T22:30', timezone_column: tz}"
    assert write(folder, ["Asia/Shanghai"], schedule, policy=QUIET).policy_result("quiet-hours") is None

    (before,) = folder.campaign(now=datetime(2026, 12, 1, 13, 50, tzinfo=UTC)).progress.hours  # 21:50
    (after,) = folder.campaign(now=datetime(2026, 12, 1, 14, 10, tzinfo=UTC)).progress.hours  # 22:10
    assert (before.state, after.state) == (HourState.DUE, HourState.EXPIRED)

    write(folder, ["Asia/Shanghai"] * 2_000, schedule, policy=QUIET)
    project = (folder.root / "pushspec.yaml").read_text()
    folder.write({"pushspec.yaml": project.replace("true,", "true, pace: {users_per_second: 1},")})
    result = folder.policy_result("quiet-hours")
    assert result is not None
    assert "the hour of UTC+0800 would run into it" in result.message


def test_blackout_dates_are_days_of_each_zone(folder: Project) -> None:
    """Ten in the morning on the first is no hour of the second, though Shanghai has that day already."""
    policy = "{blackout_dates: [2026-12-02], timezone: Asia/Shanghai}"
    schedule = "{local: '2026-12-01T22:00', timezone_column: tz}"
    write(folder, ["America/New_York"], schedule, policy=policy)
    assert folder.policy_result("blackout-dates") is None

    write(folder, ["America/New_York"], schedule.replace("01T22", "02T10"), policy=policy)
    result = folder.policy_result("blackout-dates")
    assert result is not None
    assert result.message == (
        "nothing is sent on 2026-12-02 (America/New_York); the hour of UTC-0500 would run into it"
    )


def test_an_hour_that_is_too_short_for_its_people_is_told(folder: Project) -> None:
    """Whom the pace leaves over would miss it."""
    folder.write({"pushspec.yaml": folder.text.replace("true,", "true, pace: {users_per_second: 1},")})
    text = (folder.root / "pushspec.yaml").read_text()
    schedule = "{local: '2026-12-01T10:00', local_until: '2026-12-01T10:01', timezone_column: tz}"
    write(folder, ["Asia/Shanghai"] * 90, schedule).write({"pushspec.yaml": text})

    result = folder.policy_result("local-hours")

    assert result is not None
    assert result.message == "UTC+0800: sending to 90 accounts takes at least 1 min, and the hour lasts 1 min"


@pytest.mark.parametrize(("people", "is_told"), [(4_001, False), (4_002, True)])
def test_an_hour_may_be_just_as_long_as_sending_takes(folder: Project, people: int, is_told: bool) -> None:
    """One a second, five thousandths of it to spare: 4,001 people take 67 minutes, the first one no time."""
    schedule = "{local: '2026-12-01T10:00', local_until: '2026-12-01T11:07', timezone_column: tz}"
    write(folder, ["Asia/Shanghai"] * people, schedule)
    project = folder.text.replace("true,", "true, pace: {users_per_second: 1},")

    result = folder.write({"pushspec.yaml": project}).policy_result("local-hours")

    assert (result is not None) is is_told


def test_an_hour_that_was_sent_is_not_too_short(folder: Project) -> None:
    """Nobody who is left shares it; the one that is to come is told."""
    schedule = "{local: '2026-12-01T10:00', local_until: '2026-12-01T10:01', timezone_column: tz}"
    write(folder, ["Asia/Tokyo", "Asia/Shanghai"] * 90, schedule)
    project = folder.text.replace("true,", "true, pace: {users_per_second: 1},")
    planned = folder.write({"pushspec.yaml": project}).campaign()
    story = Story(AT_TEN - timedelta(hours=1)).begun(planned)
    for call in planned.calls():
        if "UTC+0900" in call.key:
            story.tried(call, sent(call.key))

    told = folder.campaign(now=AT_TEN - timedelta(minutes=30), state=story.state).policy_results

    assert [it.message.partition(":")[0] for it in told if it.policy == "local-hours"] == ["UTC+0800"]


def test_the_plan_says_whom_an_hour_passed(folder: Project) -> None:
    """One of two hours is over and was not sent: the other goes, and the plan names who missed it."""
    schedule = "{local: '2026-12-01T10:00', timezone_column: tz}"
    write(folder, ["Asia/Tokyo", "Asia/Shanghai"], schedule)

    campaign = folder.campaign(now=AT_TEN + timedelta(minutes=30))

    assert campaign.state is CampaignState.SEND
    assert campaign.reason == "1 account in UTC+0900 missed its hour"
    assert campaign.progress.due == ("sale@1/UTC+0800",)


def test_a_campaign_whose_zones_moved_says_so(folder: Project) -> None:
    """Begun with other zone data, it stops: somebody could be in another hour by now."""
    schedule = "{local: '2026-12-01T10:00', timezone_column: tz}"
    story = story_of(write(folder, ["Asia/Tokyo", "Asia/Shanghai"], schedule).plan(), at=AT_TEN)
    older = {"digest": "0" * 64, "zone_data": "2025a"}
    story.records = [it.model_copy(update=older) if it.record == "begin" else it for it in story.records]

    campaign = folder.campaign(state=story.state)

    assert campaign.state is CampaignState.CHANGED
    assert campaign.reason == (
        "differs from what was sent, or its zones do: begun with zone data 2025a, "
        f"now {campaign.sending.zone_data}"
    )


def test_the_digest_is_of_the_moments_and_names(folder: Project) -> None:
    """Another hour, another end, another zone or another name of the same moment is another campaign."""
    schedules = [
        "{local: '2026-12-01T10:00', timezone_column: tz}",
        "{local: '2026-12-01T10:01', timezone_column: tz}",
        "{local: '2026-12-01T10:00', local_until: '2026-12-01T12:00', timezone_column: tz}",
    ]
    digests = [write(folder, ["Asia/Tokyo"], schedule).campaign().digest for schedule in schedules]
    eleven = "{local: '2026-12-01T11:00', timezone_column: tz}"
    digests += [write(folder, ["Asia/Manila"], schedules[0]).campaign().digest]
    digests += [write(folder, ["Asia/Tokyo"], eleven).campaign().digest]  # ten in Manila
    assert len(set(digests)) == 5


def test_a_list_of_many_zones_is_a_few_rows(folder: Project) -> None:
    """All the zones there are: hours that stand alike share a row, and the JSON has each."""
    write(folder, ZONES, "{local: '2026-12-01T10:00', timezone_column: tz}")

    plan = folder.plan()
    out = plan_text(plan, width=120)
    hours = json.loads(plan_json(plan))["campaigns"][0]["local_hours"]["hours"]

    assert len(hours) == 38
    assert sum(hour["accounts"] for hour in hours) == len(ZONES)
    assert "UTC+1400 to UTC-1200 (38 hours): " in out
    late = folder.plan(now=AT_TEN + timedelta(days=2))
    (_, row) = hour_texts(late.campaigns[0], late)
    assert row.endswith(f", missed by {len(ZONES)} accounts")


@pytest.mark.parametrize("key", ["not_before", "not_after"])
def test_each_person_s_hour_is_a_window(folder: Project, key: str) -> None:
    """A project that asks for windows has one here."""
    write(
        folder,
        ["Asia/Tokyo"],
        "{local: '2026-12-01T10:00', timezone_column: tz}",
        policy=f"{{require: [{key}]}}",
    )
    assert folder.policy_result("require") is None


def test_clocks_that_change_at_different_moments_within_an_hour_are_apart(folder: Project) -> None:
    """Beirut and Jerusalem open and close together that night, and are an hour apart between."""
    schedule = "{local: '2026-10-24T23:00', local_until: '2026-10-25T02:00', timezone_column: tz}"
    campaign = write(folder, ["Asia/Jerusalem", "Asia/Beirut"], schedule).campaign()
    assert hours_of(campaign) == {"UTC+0300~+0200": ["u1"], "UTC+0300~+0200~2": ["u0"]}


def test_an_hour_whose_rest_is_night_waits_for_nothing(folder: Project) -> None:
    """From nine to eleven in the evening: at half past ten the night has begun, and there is no tomorrow."""
    schedule = "{local: '2026-12-01T21:00', local_until: '2026-12-01T23:00', timezone_column: tz}"
    write(folder, ["Asia/Shanghai"], schedule, policy=QUIET)

    campaign = folder.campaign(now=datetime(2026, 12, 1, 14, 30, tzinfo=UTC))

    assert campaign.state is CampaignState.EXPIRED
    assert campaign.reason == "1 account in UTC+0800 missed its hour"


def test_nobody_has_missed_an_hour_that_is_to_come(folder: Project) -> None:
    """Eleven to midnight is closed as a whole: no minute of it may be used, and none has passed."""
    schedule = "{local: '2026-12-01T23:00', timezone_column: tz}"
    write(folder, ["Asia/Tokyo", "Asia/Shanghai", "Asia/Shanghai"], schedule, policy=QUIET)

    for hour, states in ((2, "closed closed"), (14, "closed closed"), (15, "expired closed")):
        campaign = folder.campaign(now=datetime(2026, 12, 1, hour, 0, 1, tzinfo=UTC))
        assert [progress.state for progress in campaign.progress.hours] == states.split(), hour
        assert [it.message for it in campaign.policy_results if "missed" in it.message] == (
            ["1 account in UTC+0900 missed its hour"] if "expired" in states else []
        )
        assert hour_texts(campaign, folder.plan())[-1].endswith(
            ", closed to 2 accounts: no minute of it is allowed"
        )


def test_what_is_over_is_expired_whatever_would_have_blocked_it(folder: Project) -> None:
    """Nobody has anything left to fix, and no pull request is red for it."""
    schedule = "{local: '2026-12-01T23:00', timezone_column: tz}"
    write(folder, ["Asia/Shanghai"], schedule, policy=QUIET)

    assert folder.campaign().state is CampaignState.BLOCKED
    assert folder.campaign(now=AT_TEN + timedelta(days=1)).state is CampaignState.EXPIRED


def test_somebody_who_moved_is_no_change_of_limits(folder: Project) -> None:
    """In another hour they are another call; to restore the edition would not help."""
    schedule = "{local: '2026-12-01T10:00', timezone_column: tz}"
    zones = ["Asia/Tokyo", "Asia/Shanghai", "Asia/Shanghai", "Europe/Berlin"]
    state = story_of(write(folder, zones, schedule).plan(), at=AT_TEN).state

    moved = write(folder, [*zones[:2], "Asia/Kolkata", zones[3]], schedule).campaign(state=state)

    assert moved.state is CampaignState.CHANGED
    assert moved.reason == "differs from what was sent; raise version to send it again"


@pytest.mark.parametrize(
    ("sent_to", "now", "state", "reason"),
    [
        ("", "2026-12-01T17:00:00Z", CampaignState.FROZEN, "stop"),
        (
            "",
            "2026-12-01T17:00:01Z",
            CampaignState.EXPIRED,
            "2 accounts in UTC+0900 and UTC-0500 missed their hour",
        ),
        ("New_York", "2026-12-01T16:00:00Z", CampaignState.EXPIRED, "1 account in UTC+0900 missed its hour"),
        ("Tokyo", "2026-12-01T16:00:00Z", CampaignState.FROZEN, "stop"),
    ],
)
def test_nothing_is_held_back_of_which_every_hour_has_passed(
    folder: Project, sent_to: str, now: str, state: CampaignState, reason: str
) -> None:
    """Who lifts the freeze must not wait for it to leave; what was sent has no hour to come."""
    schedule = "{local: '2026-12-01T10:00', local_until: '2026-12-01T12:00', timezone_column: tz}"
    zones = ["Asia/Tokyo", "America/New_York"]
    (before,) = write(folder, zones, schedule).plan(now=AT_TEN).campaigns
    tokyo, new_york = before.sending.calls()
    story = Story(AT_TEN).begun(before)
    if sent_to:
        call = new_york if sent_to == "New_York" else tokyo
        story.tried(call, sent(call.key))
    folder.write({"pushspec.yaml": folder.text + "frozen: stop\n"})

    (after,) = folder.plan(now=datetime.fromisoformat(now), state=story.state).campaigns

    assert (after.state, after.reason) == (state, reason)


def test_a_campaign_that_was_begun_for_everybody_at_once_has_no_zones_to_go_back_to(folder: Project) -> None:
    """Other zone data would not make it what was sent."""
    schedule = "{local: '2026-12-01T10:00', timezone_column: tz}"
    begun = write(folder, ["Asia/Tokyo"], "{not_before: 2026-12-01T02:00:00Z}").plan(now=AT_TEN)
    state = story_of(begun, at=AT_TEN).state

    moved = write(folder, ["Asia/Tokyo"], schedule).campaign(state=state)

    assert moved.reason == "differs from what was sent; raise version to send it again"
