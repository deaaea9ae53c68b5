"""Lists of which the service refuses most: they stop, and nobody is called reached who got nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from cli.kit import PushService, Received, ServedProject

CampaignText = Callable[..., str]
NO_SUCH_ACCOUNT = 70107


def listed(project: ServedProject, campaign: CampaignText, count: int, *, policy: str = "") -> None:
    """Write a campaign to so many accounts, 30 a call, and one to everyone behind it."""
    text = (
        (project.root / "pushspec.yaml").read_text().replace("secret_key", "edition: free\n    secret_key", 1)
    )
    people = "".join(f"user{number}\n" for number in range(count))
    vip = campaign("list", endpoint="timpush/batch", audience="{file: people.txt}", **{"from": "news"})
    project.write(
        {
            "pushspec.yaml": text + policy,
            "people.txt": people,
            "campaigns/list.yaml": vip,
            "campaigns/other.yaml": campaign("other"),
        }
    )


def refusing(*counts: int) -> Callable[[Received], dict[str, Any]]:
    """Return a service that refuses so many accounts of the first call, of the second, and so on."""
    left = list(counts)

    def answer(request: Received) -> dict[str, Any]:
        accounts = request.body.get("To_Account", [])
        refused = accounts[: left.pop(0) if accounts and left else 0]
        found = [{"To_Account": account, "ErrorCode": NO_SUCH_ACCOUNT} for account in refused]
        return {"ErrorList": found} if found else {}

    return answer


@pytest.mark.parametrize(
    ("counts", "people", "calls"),
    [
        ((15, 15), 60, 2),  # half of them is what is allowed
        ((16,), 60, 1),
        ((10, 16), 90, 2),  # a part that is mostly refused stops the list, however well it began
        ((19,), 19, 1),
    ],
)
def test_a_list_that_is_mostly_refused_stops_before_its_next_call(
    project: ServedProject,
    push_service: PushService,
    campaign: CampaignText,
    counts: tuple[int, ...],
    people: int,
    calls: int,
) -> None:
    """A list of another app would be refused to its last account; 30 people are enough to see that."""
    listed(project, campaign, people)
    push_service.answer = refusing(*counts)

    outcome = project.apply()

    assert sum("To_Account" in request.body for request in push_service.received) == calls
    assert any("To_Account" not in request.body for request in push_service.received), "the other one goes on"
    assert outcome.code == 7


def test_what_was_stopped_is_blocked_until_the_file_lifts_it(
    project: ServedProject, push_service: PushService, campaign: CampaignText
) -> None:
    """The plan says why, and an exception with a reason lets it go on where it stopped."""
    listed(project, campaign, 90)
    push_service.answer = refusing(20, 25)

    stopped = project.apply()
    plan = project.run("plan")
    again = project.apply()

    why = "max-refused (20 of 30 people of list@1#1 were refused, 50% allowed)"
    assert f"! list@1 {why}" in " ".join(stopped.out.split())
    assert "Next: pushspec show list@1 --accounts -e test" in stopped.out
    assert "exceptions: [{policy: max-refused," in stopped.out
    assert "Next: pushspec apply" not in stopped.out
    assert f"blocked: {why}" in " ".join(plan.out.split())
    assert again.code == 6
    assert len(push_service.received) == 2

    path = project.root / "campaigns" / "list.yaml"
    path.write_text(path.read_text() + "exceptions: [{policy: max-refused, reason: old accounts}]\n")

    assert project.apply().code == 7
    assert len(push_service.received) == 4
    assert project.states() == {"list": "sent", "other": "sent"}


def test_the_project_chooses_the_share(
    project: ServedProject, push_service: PushService, campaign: CampaignText
) -> None:
    """A bank wants to know of one in ten."""
    listed(project, campaign, 60, policy="policy: {max_refused: 10%}\n")
    push_service.answer = refusing(4)

    assert "4 of 30 people of list@1#1 were refused, 10% allowed" in project.apply().out


def test_nobody_is_called_reached_who_got_nothing(
    project: ServedProject, push_service: PushService, campaign: CampaignText
) -> None:
    """The service answered OK and refused every account: no view may say that it was sent."""
    listed(project, campaign, 3)
    (project.root / "campaigns" / "other.yaml").unlink()
    push_service.answer = refusing(3)

    outcome = project.apply()

    assert outcome.code == 6
    assert "0 sent" in outcome.out
    assert outcome.out.count("! list@1  ") == 1, outcome.out
    assert "! list@1  3 people refused (the account does not exist, 70107): user" in outcome.out
    assert "0 calls sent, 1 refused · 3 people refused" in outcome.out
    plan = project.run("plan", "--format", "json").out
    assert '"state": "blocked"' in plan
    why = "blocked: the service refused it: every account was refused (70107); fix it and raise version"
    assert why in " ".join(project.run("plan").out.split())
    for command in (["plan"], ["status"], ["show", "list"], ["log", "list"]):
        said = project.run(*command).out
        for harmless in ("0 sent", "nothing sent", "is about to be sent"):
            said = said.replace(harmless, "")
        assert " sent" not in said, command
    assert project.apply().code == 6
    assert len(push_service.received) == 1


def test_people_of_a_refused_call_count_among_the_refused(
    project: ServedProject, push_service: PushService, campaign: CampaignText
) -> None:
    """A plan counted the call, and nobody in it."""
    listed(project, campaign, 90, policy="policy: {max_refused: 100%}\n")
    push_service.answer = refusing(3, 30)

    project.apply()

    assert "33 people refused; 1 of 3 calls refused" in " ".join(project.run("plan", "--all").out.split())
