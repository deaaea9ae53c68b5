"""Lists that grew, shrank, or hold nearly everyone: looked at before they are sent to."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from workbench import COUNTED_PROJECT, FRIDAY

from pushspec.problems import Level

if TYPE_CHECKING:
    from workbench import Project

SENT = "accounts, 100 when sale@1 was sent"


def to(count: int, **keys: str) -> dict[str, str]:
    """Return the keys of a campaign to so many accounts."""
    accounts = ", ".join(f"guest{number}" for number in range(count))
    return {"endpoint": "timpush/batch", "from_": "news", "audience": f"{{accounts: [{accounts}]}}", **keys}


@pytest.mark.parametrize(
    ("before", "now", "policy", "name", "says"),
    [
        (100, 201, "{}", "growth", f"201 {SENT}: 101% more, 100% allowed"),
        (100, 200, "{}", "growth", None),
        (
            100,
            131,
            "{max_growth: 30%}",
            "growth",
            f"131 {SENT}: 31% more, 30% allowed",
        ),
        (100, 49, "{}", "shrinkage", f"49 {SENT}: 51% fewer, 50% allowed"),
        (100, 50, "{}", "shrinkage", None),
        (
            100,
            89,
            "{max_shrinkage: 10%}",
            "shrinkage",
            f"89 {SENT}: 11% fewer, 10% allowed",
        ),
        (99, 1, "{}", "shrinkage", None),
        (1, 99, "{}", "growth", None),
        (1, 100, "{}", "growth", "100 accounts, 1 when sale@1 was sent: 9900% more, 100% allowed"),
    ],
)
def test_a_list_is_compared_with_the_last_send(
    project: Project, before: int, now: int, policy: str, name: str, says: str | None
) -> None:
    """A join that multiplies rows and a half-filled table look like that."""
    state = project.policy(policy).add(**to(before)).sent(at=FRIDAY - timedelta(days=9))
    project.add(**to(now, version="2", title="News"))

    result = project.policy_result(name, now=FRIDAY, state=state)

    assert (result.message if result is not None else None) == says
    if result is not None:
        assert result.blocks
        assert result.path == ("audience",)
        reason = f"[{{policy: {name}, reason: a new shop}}]"
        project.add(**to(now, version="2", title="News", exceptions=reason))
        lifted = project.policy_result(name, now=FRIDAY, state=state)
        assert lifted is not None
        assert not lifted.blocks


@pytest.mark.parametrize(("before", "now"), [(to(300), {}), ({}, to(300))], ids=["tag now", "tag before"])
def test_a_list_is_compared_with_no_tag(
    project: Project, before: dict[str, str], now: dict[str, str]
) -> None:
    """Only the service knows how many have a tag, and nobody is not what it had or has."""
    state = project.add(**before).sent(at=FRIDAY - timedelta(days=9))
    project.add(**now, version="2", title="News")

    said = {it.policy for it in project.campaign(now=FRIDAY, state=state).policy_results}

    assert said & {"growth", "shrinkage"} == set()


def test_a_campaign_that_was_sent_is_not_compared_with_itself(project: Project) -> None:
    """Only another send of the name can be larger."""
    state = project.add(**to(300)).sent(at=FRIDAY)

    assert project.policy_result("growth", now=FRIDAY, state=state) is None


def test_a_list_holds_no_more_of_the_population_than_allowed(project: Project) -> None:
    """A list of nearly everyone was meant for some."""
    text = COUNTED_PROJECT.replace("1200000", "100")
    project.add(**to(61))
    project.write({"pushspec.yaml": f"{text}policy: {{max_population_share: 60%}}\n"})

    result = project.policy_result("population-share", now=FRIDAY)

    assert result is not None
    assert result.level is Level.ERROR
    assert result.message == "61 accounts are 61% of the 100 users, 60% allowed"
    assert result.path == ("audience",)
    project.add(**to(60))
    assert project.policy_result("population-share", now=FRIDAY) is None
    project.add(**to(61)).write({"pushspec.yaml": text})
    assert project.policy_result("population-share", now=FRIDAY) is None
    project.policy("{max_population_share: 60%}")
    assert project.policy_result("population-share", now=FRIDAY) is None, (
        "nobody says how many users there are"
    )
