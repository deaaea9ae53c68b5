"""What a plan and a status say to type next where nothing leaves now."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from cli.kit import Machine, PushService, ServedProject

    CampaignText = Callable[..., str]

QUIET = 'policy: {quiet_hours: {from: "22:00", to: "08:00", timezone: UTC}}\n'
LIFTED = "exceptions: [{policy: quiet-hours, reason: agreed with all of them}]\n"
PEOPLE = ", ".join(f"u{number}" for number in range(100))


def staged(campaign: CampaignText, first: str) -> str:
    keys = {"endpoint": "timpush/batch", "from": "news", "audience": f"{{accounts: [{PEOPLE}]}}"}
    return campaign(**keys, rollout=f"[{{stage: canary, share: 30%, {first}}}, {{stage: rest}}]")


def last_lines(text: str) -> list[str]:
    """Return the lines at the end that say what comes next."""
    lines = text.rstrip("\n").split("\n")
    return [line for line in lines[-3:] if line.startswith("Next: ")]


def test_a_plan_that_waits_for_its_window_says_from_when_on(
    project: ServedProject, campaign: CampaignText, machine: Machine
) -> None:
    """The command is the same as any day, and behind it stands when it makes sense."""
    machine.go_to("2026-12-01T10:00:00Z")
    project.write({"campaigns/hello.yaml": campaign(schedule='{not_before: "2026-12-01T12:00:00Z"}')})

    out = project.run("plan").assert_ok().out

    assert last_lines(out) == ["Next: pushspec apply -e test   # from 2026-12-01 12:00, in 2 h 0 min"]


def test_a_plan_that_waits_for_the_morning_says_from_when_on(
    project: ServedProject, campaign: CampaignText, machine: Machine
) -> None:
    """It is blocked for some hours only, and a later window does not hide that."""
    machine.go_to("2026-12-01T22:00:00Z")
    project.write(
        {
            "pushspec.yaml": (project.root / "pushspec.yaml").read_text() + QUIET,
            "campaigns/hello.yaml": campaign(),
            "campaigns/later.yaml": campaign(
                name="later", schedule='{not_before: "2026-12-03T12:00:00Z"}', title="Later"
            ),
        }
    )

    out = project.run("plan").assert_ok().out
    table = project.run("plan", "--format", "markdown").assert_ok().out

    assert last_lines(out) == ["Next: pushspec apply -e test   # from 2026-12-02 08:00, in 10 h 0 min"]
    assert "| from Wed 2026-12-02 08:00, in 10 h 0 min | " in table


def test_a_stage_that_holds_says_from_when_on(
    project: ServedProject, campaign: CampaignText, machine: Machine
) -> None:
    """Plan, apply and status name the same moment."""
    machine.go_to("2026-12-01T10:00:00Z")
    project.write({"campaigns/hello.yaml": staged(campaign, "hold: 1h")})

    sent, plan, status = project.apply(), project.run("plan"), project.run("status")

    assert "Next: pushspec apply -e test   # from 2026-12-01 11:00\n" in sent.out
    assert last_lines(plan.out)[0].startswith("Next: pushspec apply -e test   # from 2026-12-01 11:00, in ")
    assert last_lines(status.out) == ["Next: pushspec apply -e test   # from 2026-12-01 11:00"]


def test_a_stage_that_is_due_at_night_waits_for_the_morning(
    project: ServedProject, campaign: CampaignText, machine: Machine
) -> None:
    """Status and plan sent people to an apply that quiet hours would refuse."""
    machine.go_to("2026-12-01T21:30:00Z")
    project.write(
        {
            "pushspec.yaml": (project.root / "pushspec.yaml").read_text() + QUIET,
            "campaigns/hello.yaml": staged(campaign, "hold: 1h"),
        }
    )

    shown = [project.apply(), project.run("plan"), project.run("status")]
    machine.go_to("2026-12-01T23:00:00Z")
    late = project.run("status")

    for it in shown:
        assert last_lines(it.out)[0].startswith("Next: pushspec apply -e test   # from 2026-12-02 08:00")
    for it in (shown[-1], late):
        assert "stage rest: may open from 2026-12-02 08:00 on (" in " ".join(it.out.split())
    assert last_lines(late.out) == ["Next: pushspec apply -e test   # from 2026-12-02 08:00"]

    project.write({"campaigns/hello.yaml": f"{staged(campaign, 'hold: 1h')}{LIFTED}"})
    assert last_lines(project.run("status").out) == ["Next: pushspec apply -e test"]


def test_a_stage_that_waits_for_numbers_asks_for_a_report(
    project: ServedProject, campaign: CampaignText, machine: Machine
) -> None:
    """It is not late: nobody has told yet how many were lost."""
    machine.go_to("2026-12-01T10:00:00Z")
    project.write({"campaigns/hello.yaml": staged(campaign, 'continue_if: {lost: "< 5%"}')})

    sent, plan, status = project.apply(), project.run("plan"), project.run("status")

    for out in (sent.out, plan.out, status.out):
        assert "Next: pushspec report hello -e test\n" in out
        assert "was due" not in out
    assert "stage rest waits: lost not known; unknown is not continue" in status.out


def test_a_stage_that_waits_for_a_person_asks_for_no_report(
    project: ServedProject, campaign: CampaignText, machine: Machine
) -> None:
    """Nothing tells who opened it, so a report and another apply would change nothing."""
    machine.go_to("2026-12-01T10:00:00Z")
    project.write({"campaigns/hello.yaml": staged(campaign, 'continue_if: {opened: "> 5%"}')})

    sent, plan, status = project.apply(), project.run("plan"), project.run("status")

    for out in (sent.out, plan.out, status.out):
        assert last_lines(out) == ['Next: pushspec continue hello -e test --why "WHY"']
    assert "stage rest waits: opened not known; unknown is not continue" in status.out


def test_a_stage_that_waits_for_numbers_and_a_person_asks_for_the_report_first(
    project: ServedProject, campaign: CampaignText, machine: Machine
) -> None:
    """A person decides better with the number that can be had."""
    machine.go_to("2026-12-01T10:00:00Z")
    project.write({"campaigns/hello.yaml": staged(campaign, 'continue_if: {lost: "< 5%", opened: "> 5%"}')})

    project.apply()

    assert last_lines(project.run("plan").out) == ["Next: pushspec report hello -e test"]


def test_a_stopped_campaign_names_the_way_on(project: ServedProject, campaign: CampaignText) -> None:
    """A person stopped it, and a person's word lets it go on."""
    project.write({"campaigns/hello.yaml": campaign()})
    project.run("stop", "hello", "--why", "wrong price").assert_ok()

    plan = project.run("plan")

    assert plan.code == 6
    assert 'Next: pushspec continue hello -e test --why "WHY"\n' in plan.out
    (stopped,) = project.plan_json()["campaigns"]
    assert "; pushspec continue hello -e test --why REASON lets it go on" in stopped["reason"]


@pytest.mark.parametrize("width", [40, 60, 80])
def test_a_digest_stays_beside_its_word(
    project: ServedProject, campaign: CampaignText, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A double click takes it, wherever the line breaks."""
    monkeypatch.setenv("COLUMNS", str(width))
    project.write({"campaigns/hello.yaml": campaign()})

    plan, sent = project.run("plan").assert_ok(), project.apply().assert_ok()

    assert f"digest {project_digest(plan.out)}" in plan.out
    assert "in pushspec.test.lock" in sent.out


def project_digest(text: str) -> str:
    return text.partition("digest ")[2].split()[0]


def mostly_refused(project: ServedProject, push_service: PushService, campaign: CampaignText) -> None:
    """Begin a list of which the service refuses so many in the first call that a policy stops it."""
    project.configure("edition: free")
    people = ", ".join(f"u{number}" for number in range(90))
    listed = {"endpoint": "timpush/batch", "from": "news", "audience": f"{{accounts: [{people}]}}"}
    project.write({"campaigns/big.yaml": campaign("big", **listed)})
    push_service.answer = lambda request: {
        "ErrorList": [{"To_Account": it, "ErrorCode": 70107} for it in request.body["To_Account"][:20]]
    }
    project.apply()
    push_service.answer = lambda _: {}


def test_a_list_that_is_mostly_refused_asks_for_the_plan(
    project: ServedProject, push_service: PushService, campaign: CampaignText
) -> None:
    """An apply sends nothing more of it; the plan says which policy stopped it. Other runs say the same."""
    mostly_refused(project, push_service, campaign)

    status = project.run("status")
    project.write({"campaigns/other.yaml": campaign("other")})
    other = project.apply()

    assert last_lines(status.out) == ["Next: pushspec plan big -e test"]
    assert last_lines(other.out) == ["Next: pushspec plan big -e test"]
    assert "is blocked by max-refused" in project.run("plan", "big").err


def test_a_begun_campaign_whose_file_is_gone_asks_for_no_apply(
    project: ServedProject, push_service: PushService, campaign: CampaignText
) -> None:
    """Without its file nothing more of it is sent."""
    mostly_refused(project, push_service, campaign)
    (project.root / "campaigns/big.yaml").unlink()

    status = project.run("status")

    assert "its file campaigns/big.yaml is gone" in status.out
    assert last_lines(status.out) == ["Next: pushspec plan -e test"]
