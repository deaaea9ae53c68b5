"""Each person's hour: what each apply sends, in whose night nothing leaves, and who misses it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from cli.kit import Machine, PushService, ServedProject

ZONES = {
    "Asia/Tokyo": 5,
    "Asia/Shanghai": 40,
    "Asia/Manila": 3,
    "": 4,
    "Europe/Berlin": 20,
    "America/New_York": 10,
}
LOCAL = """\
{local: "2026-12-01T10:00", local_until: "2026-12-01T12:00", timezone_column: tz, default: Asia/Shanghai}"""


def rows(zones: dict[str, int] = ZONES) -> dict[str, str]:
    """Return the zone of each person, by account."""
    named = [zone for zone, count in zones.items() for _ in range(count)]
    return {f"user{number:04}": zone for number, zone in enumerate(named)}


def people(zones: dict[str, int] = ZONES) -> str:
    return "user_id,lang,tz\n" + "".join(
        f"{account},{'en' if int(account[-1]) % 3 else 'zh'},{zone}\n"
        for account, zone in rows(zones).items()
    )


def sale(schedule: str = LOCAL, *, version: int = 1, more: str = "", personal: str = "") -> str:
    return f"""\
apiVersion: pushspec/v1
kind: Campaign
name: sale
version: {version}
endpoint: timpush/batch
from: news
audience: {{file: people.csv, column: user_id{personal}}}
schedule: {schedule}
notification: {{title: Sale, desc: Today only}}
{more}"""


@pytest.fixture
def local(project: ServedProject) -> ServedProject:
    """A project with one campaign at ten in the morning of each person."""
    text = (project.root / "pushspec.yaml").read_text()
    limits = "{accounts_per_call: 30, batch_calls_per_second: 1000, batch_users_per_second: 100000}"
    text = text.replace("    secret_key", f"    limits: {limits}\n    secret_key", 1)
    project.write({"pushspec.yaml": text, "campaigns/sale.yaml": sale(), "people.csv": people()})
    return project


def reached(service: PushService) -> list[str]:
    return [account for request in service.received for account in request.body["To_Account"]]


def plan(project: ServedProject) -> dict[str, Any]:
    found: dict[str, Any] = project.plan_json()["campaigns"][0]
    return found


def waits(project: ServedProject) -> str:
    """Return what a campaign that waits is said to wait for."""
    found = plan(project)
    assert found["state"] == "waiting"
    reason: str = found["reason"]
    return reason


def states(project: ServedProject) -> dict[str, str]:
    return {hour["name"]: hour["state"] for hour in plan(project)["local_hours"]["hours"]}


def test_each_apply_sends_the_hours_that_are_open_and_everybody_gets_it_once(
    local: ServedProject, push_service: PushService, machine: Machine
) -> None:
    """Four applies over a day, each at somebody's ten in the morning."""
    zone_of = rows()
    machine.go_to("2026-12-01T00:30:00Z")
    assert waits(local) == "until 2026-12-01 01:00 UTC for 5 accounts in UTC+0900"
    assert "\nNothing to send.\n1 campaign waits for its window\nNext: " in local.apply().assert_ok().out

    seen = []
    for moment, after in (
        ("2026-12-01T01:10:00Z", "until 2026-12-01 02:00 UTC for 47 accounts in UTC+0800"),
        ("2026-12-01T02:00:01Z", "until 2026-12-01 09:00 UTC for 20 accounts in UTC+0100"),
        ("2026-12-01T09:30:00Z", "until 2026-12-01 15:00 UTC for 10 accounts in UTC-0500"),
        ("2026-12-01T15:00:01Z", ""),
    ):
        machine.go_to(moment)
        before = len(reached(push_service))
        out = local.apply().assert_ok().out
        seen.append({zone_of[account] for account in reached(push_service)[before:]})
        if after:
            assert waits(local) == after
            assert ": may leave from 2026-12-01 " in out

    assert seen == [
        {"Asia/Tokyo"},
        {"Asia/Shanghai", "Asia/Manila", ""},
        {"Europe/Berlin"},
        {"America/New_York"},
    ]
    assert sorted(reached(push_service)) == sorted(zone_of)
    assert local.states() == {"sale": "sent"}
    assert local.apply().assert_ok().out.endswith("Nothing to send.\n")


def test_the_plan_has_a_row_for_each_distance_from_utc(local: ServedProject, machine: Machine) -> None:
    """Whoever approves sees who gets it when, and how many count as somewhere."""
    machine.go_to("2026-12-01T01:30:00Z")

    out = " ".join(local.run("plan").assert_ok().out.split())

    assert (
        "2026-12-01 10:00 to 12:00 on each person's clock, zone data 2026f, "
        "Asia/Shanghai for 4 accounts without a zone"
    ) in out
    assert "UTC+0900: Asia/Tokyo, 5 accounts, 1 call:" in out
    assert "UTC+0800: Asia/Manila and Asia/Shanghai, 47 accounts, 2 calls:" in out
    assert states(local) == {
        "UTC+0900": "due",
        "UTC+0800": "waiting",
        "UTC+0100": "waiting",
        "UTC-0500": "waiting",
    }


def test_people_whose_hour_nobody_used_are_counted_and_get_nothing_late(
    local: ServedProject, push_service: PushService, machine: Machine
) -> None:
    """No run came between ten and twelve in Tokyo: they miss it, and everybody hears of that."""
    machine.go_to("2026-12-01T03:30:00Z")
    out = local.run("plan").assert_ok().out
    assert "5 accounts in UTC+0900 missed their hour" in " ".join(out.split())

    bodies = local.run("plan", "--bodies").out
    assert "sale@1/UTC+0900" not in bodies
    assert "timpush/batch  sale@1/UTC+0800" in bodies
    for form in ("html", "markdown"):
        view = local.run("plan", "--format", form).out
        assert "sale@1/UTC+0800" in view
        assert "Exactly what is sent: sale@1/UTC+0900" not in view
        assert "Exactly what is sent, `sale@1/UTC+0900" not in view

    local.apply().assert_ok()
    assert not {"Asia/Tokyo"} & {rows()[account] for account in reached(push_service)}

    machine.go_to("2026-12-02T03:30:00Z")
    late = plan(local)
    assert late["state"] == "expired"
    assert late["reason"] == "35 accounts in UTC+0900, UTC+0100 and UTC-0500 missed their hour"
    status = local.run("status", "--offline").out
    assert "calls in UTC+0900, UTC+0100 and UTC-0500 missed their hour" in status
    assert json.loads(local.run("status", "--offline", "--format", "json").out)["campaigns"][0]["hours"]


def test_one_call_that_missed_its_hour_is_one(local: ServedProject, machine: Machine) -> None:
    """A status is read aloud in meetings."""
    local.write({"people.csv": people({"Asia/Tokyo": 5, "Europe/Berlin": 20})})
    machine.go_to("2026-12-01T01:30:00Z")
    local.apply().assert_ok()
    machine.go_to("2026-12-01T11:30:00Z")

    assert "1 call in UTC+0100 missed its hour" in local.run("status", "--offline").out


def test_an_hour_that_ends_within_a_run_leaves_the_others_open(
    local: ServedProject, push_service: PushService, machine: Machine
) -> None:
    """Two hours are open, the first for another moment: its last calls stay, the other's go."""
    text = (local.root / "pushspec.yaml").read_text()
    local.write({"pushspec.yaml": text.replace("batch_calls_per_second: 1000", "batch_calls_per_second: 1")})
    zones = {"Asia/Tokyo": 61, "Asia/Shanghai": 20}
    schedule = LOCAL.replace("T12:00", "T11:30")
    local.write({"people.csv": people(zones), "campaigns/sale.yaml": sale(schedule)})
    machine.go_to("2026-12-01T02:29:00Z")

    def late(_request: object) -> dict[str, Any]:
        machine.go_to("2026-12-01T02:31:00Z")
        return {}

    push_service.answer = late
    ended = local.apply()

    got = [rows(zones)[account] for account in reached(push_service)]
    assert (got.count("Asia/Tokyo"), got.count("Asia/Shanghai")) == (30, 20)
    assert ended.code == 7
    assert "UTC+0900: its window has ended" in ended.out + ended.err


def test_variants_shares_and_personal_texts_keep_their_hours(
    local: ServedProject, push_service: PushService, machine: Machine
) -> None:
    """An arm has its own calls in each hour; a personal text is rendered once for all of them."""
    variants = """\
variants:
  - {name: a, share: 40%, notification: {title: "A {{ user.lang }}", desc: x}}
  - {name: b, share: 60%, notification: {title: "B {{ user.lang }}", desc: x}}
"""
    local.write({"campaigns/sale.yaml": sale(more=variants, personal=", personalize: [lang]")})
    for moment in (
        "2026-12-01T01:10:00Z",
        "2026-12-01T02:10:00Z",
        "2026-12-01T09:30:00Z",
        "2026-12-01T15:10:00Z",
    ):
        machine.go_to(moment)
        local.apply().assert_ok()

    assert sorted(reached(push_service)) == sorted(rows())
    titles = {request.body["OfflinePushInfo"]["Title"] for request in push_service.received}
    assert titles == {"A en", "A zh", "B en", "B zh"}
    begin = next(record for record in local.lockfile() if record["record"] == "begin")
    assert len(begin["contents"]) == 4
    assert begin["zone_data"] == "2026f"
    assert list(begin["hours"]) == ["UTC+0900", "UTC+0800", "UTC+0100", "UTC-0500"]


def test_a_person_who_moved_within_the_day_stops_the_rest(local: ServedProject, machine: Machine) -> None:
    """In another zone they could get it twice, or never."""
    machine.go_to("2026-12-01T01:10:00Z")
    local.apply().assert_ok()

    local.write({"people.csv": people().replace("user0000,zh,Asia/Tokyo", "user0000,zh,Europe/Berlin")})

    assert plan(local)["state"] == "changed"
    assert local.apply().code == 6


def test_another_hour_by_other_clocks_is_another_campaign(local: ServedProject, machine: Machine) -> None:
    """Eleven in Tokyo is ten in Shanghai: the same moment under another name would be sent again."""
    local.write({"people.csv": people({"Asia/Shanghai": 3})})
    machine.go_to("2026-12-01T02:10:00Z")
    local.apply().assert_ok()
    tokyo = LOCAL.replace("T12:00", "T13:00").replace("T10:00", "T11:00")

    local.write({"people.csv": people({"Asia/Tokyo": 3}), "campaigns/sale.yaml": sale(tokyo)})

    assert plan(local)["state"] == "changed"
