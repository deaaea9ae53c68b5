"""How an apply ends: what is left, why, and the next command."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from cli.kit import Machine, PushService, ServedProject

    CampaignText = Callable[..., str]

NO_SUCH_ACCOUNT = 70107


@pytest.fixture
def owned(project: ServedProject) -> ServedProject:
    """A project that asks each campaign for an owner."""
    text = (project.root / "pushspec.yaml").read_text()
    project.write({"pushspec.yaml": f"{text}policy: {{require: [owner]}}\n"})
    return project


def end(text: str) -> list[str]:
    """Return the lines after the one that says what was sent."""
    lines = text.rstrip("\n").split("\n")
    first = next(n for n, line in enumerate(lines) if line.startswith(("Applied:", "Nothing to send.")))
    return lines[first + 1 :]


def test_an_apply_that_sends_nothing_says_what_is_held_back(
    owned: ServedProject, campaign: CampaignText
) -> None:
    """Exit code 6 without a reason sends people to the plan, far above."""
    owned.write({"campaigns/noown.yaml": campaign("noown")})

    outcome = owned.apply()

    assert outcome.code == 6
    assert end(outcome.out) == [
        "Not sent: noown@1 is blocked by require",
        "Next: pushspec plan noown -e test",
    ]


def test_a_run_ends_with_what_it_held_back_and_who_was_refused(
    owned: ServedProject, push_service: PushService, campaign: CampaignText
) -> None:
    """One campaign has no owner, the other two people whom the service does not know."""
    people = ", ".join(f"u{number}" for number in range(10))
    listed = {"endpoint": "timpush/batch", "from": "news", "audience": f"{{accounts: [{people}]}}"}
    owned.write(
        {
            "campaigns/lst.yaml": campaign("lst", owner="growth", **listed),
            "campaigns/noown.yaml": campaign("noown"),
        }
    )
    push_service.answer = lambda _: {
        "ErrorList": [{"To_Account": f"u{number}", "ErrorCode": NO_SUCH_ACCOUNT} for number in range(2)]
    }

    outcome = owned.apply()

    assert outcome.code == 7
    assert end(outcome.out) == [
        "Not sent: noown@1 is blocked by require",
        "Next: pushspec show lst@1 --accounts -e test   # who was refused",
        "Next: pushspec plan noown -e test",
    ]


def test_a_refused_call_names_where_its_answer_is(
    project: ServedProject, push_service: PushService, campaign: CampaignText
) -> None:
    """It went to nobody, so there are no accounts to list."""
    project.write({"campaigns/bad.yaml": campaign("bad")})
    push_service.answer = lambda _: {"ErrorCode": 90020}

    outcome = project.apply()

    assert end(outcome.out) == ["Next: pushspec show bad@1 -e test   # what was refused"]


def test_a_run_ends_with_those_that_wait_and_from_when_on(
    project: ServedProject, campaign: CampaignText, machine: Machine
) -> None:
    """The plan above it named the moment, and the run looked only at campaigns that were begun."""
    machine.go_to("2026-12-01T10:00:00Z")
    project.write({"campaigns/now.yaml": campaign("now")})
    for hour in (12, 13, 14):
        schedule = f'{{not_before: "2026-12-01T{hour}:00:00Z"}}'
        text = campaign(f"later{hour}", schedule=schedule, title=f"At {hour}")
        project.write({f"campaigns/later{hour}.yaml": text})

    sent = project.apply()
    waiting = project.apply()

    assert (sent.code, waiting.code) == (0, 0), sent.err
    first = "Next: pushspec apply -e test   # from 2026-12-01 12:00"
    assert end(sent.out) == ["3 campaigns wait for their windows", first]
    assert end(waiting.out) == ["3 campaigns wait for their windows", f"{first}, in 2 h 0 min"]


def test_a_saved_plan_that_waits_goes_on_as_a_saved_plan(
    project: ServedProject, campaign: CampaignText, machine: Machine
) -> None:
    """What was approved is the file."""
    machine.go_to("2026-12-01T10:00:00Z")
    project.write({"campaigns/late.yaml": campaign("late", schedule='{not_before: "2026-12-01T12:00:00Z"}')})
    project.run("plan", "-o", "plan.json").assert_ok()

    outcome = project.run("apply", "plan.json").assert_ok()

    assert end(outcome.out) == [
        "1 campaign waits for its window",
        "Next: pushspec apply plan.json -e test   # from 2026-12-01 12:00, in 2 h 0 min",
    ]


@pytest.mark.parametrize("where", ["the lockfile", "the project file"])
def test_a_freeze_is_shown_where_nothing_is_left_to_send(
    project: ServedProject, campaign: CampaignText, where: str
) -> None:
    """The next campaign would not leave either, and the help of freeze says that every plan shows it."""
    project.write({"campaigns/hello.yaml": campaign()})
    project.apply().assert_ok()
    if where == "the lockfile":
        project.run("freeze", "wrong price").assert_ok()
    else:
        text = (project.root / "pushspec.yaml").read_text()
        project.write({"pushspec.yaml": f"{text}frozen: wrong price\n"})

    shown = [project.run("plan"), project.apply(), project.run("plan", "hello")]
    forms = [project.run("plan", "--format", form) for form in ("markdown", "html")]

    assert all("\n  ! frozen: wrong price\n" in it.assert_ok().out for it in shown)
    assert all("frozen: wrong price" in it.assert_ok().out for it in forms)
