"""The project's own pace: listed accounts leave no faster, and the plan says how long that takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from workbench import COUNTED_PROJECT, PROJECT

from pushspec.errors import SpecError
from pushspec.plan.states import CampaignState

if TYPE_CHECKING:
    from workbench import Project

LISTED = {"endpoint": "timpush/batch", "from_": "news", "audience": "{file: people.txt}"}


def paced(folder: Project, pace: str, **keys: str) -> Project:
    """Write a project with a pace, and a campaign to 1,000 listed accounts unless the keys say otherwise."""
    people = "".join(f"u{number}\n" for number in range(1_000))
    text = COUNTED_PROJECT.replace("sandbox: true", f"sandbox: true, pace: {pace}")
    return folder.write({"pushspec.yaml": text, "people.txt": people}).add(**(LISTED | keys))


def test_the_plan_says_how_long_it_takes_and_what_it_brings(folder: Project) -> None:
    """1,000 people at 10 a second are a hundred seconds, of which the first is free."""
    plan = paced(folder, "{users_per_second: 10, opening_rate: 8%}").run("plan").assert_ok().out

    assert " ".join(plan.split("pace   ")[1].split("Plan:")[0].split()) == (
        "sending takes at least 2 min, at 10 users a second of the project's own pace: "
        "about 0.8 a second open it, if 8% do"
    )


def test_a_pace_of_one_is_said_of_one(folder: Project) -> None:
    """“1 users” looks like a slip in what people check letter by letter."""
    listed = paced(folder, "{users_per_second: 1}").run("plan").assert_ok().out
    tagged = paced(folder, "{users_per_second: 1}", endpoint="timpush/push", audience="{everyone: true}")

    assert "at 1 user a second of the project's own pace" in " ".join(listed.split())
    assert "not at 1 user a second" in " ".join(tagged.run("plan").out.split())


def test_without_an_opening_rate_the_plan_guesses_none(folder: Project) -> None:
    """How many open a push differs between apps by a factor of ten."""
    plan = paced(folder, "{users_per_second: 10}").run("plan").assert_ok().out
    assert "10 users a second of the project's own" in " ".join(plan.split())
    assert "open it" not in plan


@pytest.mark.parametrize("endpoint", ["timpush/batch", "openim/batchsendmsg"])
def test_no_call_names_more_people_than_a_second_takes(folder: Project, endpoint: str) -> None:
    """A call of 500 would bring all of them in one moment."""
    message = {"message": "[{text: Hi}]", "notification": ""} if endpoint == "openim/batchsendmsg" else {}
    paced(folder, "{users_per_second: 70}", endpoint=endpoint, **message)

    view = folder.plan_json()

    sizes = [len(call["body"]["To_Account"]) for call in view["campaigns"][0]["calls"]]
    assert (len(sizes), max(sizes)) == (15, 70)
    assert (view["users_per_second"], view["pacing_s"]) == (70, pytest.approx(14 * 1.005))


def test_a_pace_above_the_service_s_changes_nothing(folder: Project) -> None:
    """The service's own rates hold as before."""
    view = paced(folder, "{users_per_second: 100000}").plan_json()
    assert [len(call["body"]["To_Account"]) for call in view["campaigns"][0]["calls"]] == [500, 500]
    assert view["pacing_s"] == pytest.approx(1.005)


def test_a_push_that_nothing_holds_back_is_blocked_until_somebody_lifts_that(folder: Project) -> None:
    """Only the service knows who gets it, and delivers it as fast as it can."""
    to_all = {"endpoint": "timpush/push", "from_": "", "audience": "{everyone: true}"}
    paced(folder, "{users_per_second: 200, opening_rate: 8%}", **to_all)
    blocked = folder.campaign()
    assert blocked.state is CampaignState.BLOCKED
    assert blocked.reason == (
        "pace (the service delivers it at its own rate, not at 200 users a second, since only the service "
        "knows who gets it; 8% of all are 96,000 who open it)"
    )

    folder.add(**to_all, exceptions="[{policy: pace, reason: the servers bear it}]")
    assert folder.campaign().state is CampaignState.SEND


@pytest.mark.parametrize(
    ("pace", "audience", "project"),
    [
        ("{users_per_second: 200}", "{everyone: true}", COUNTED_PROJECT),
        ("{users_per_second: 200, opening_rate: 8%}", "{tags: {any: [A]}}", COUNTED_PROJECT),
        ("{users_per_second: 200, opening_rate: 8%}", "{everyone: true}", PROJECT),
    ],
    ids=["no rate", "a tag", "no population"],
)
def test_how_many_open_it_is_told_where_it_can_be_known(
    folder: Project, pace: str, audience: str, project: str
) -> None:
    """Only the service knows how many have a tag, and a guess is no number."""
    folder.write({"pushspec.yaml": project.replace("sandbox: true", f"sandbox: true, pace: {pace}")})

    result = folder.add(audience=audience).policy_result("pace")

    assert result is not None
    assert result.message.endswith("only the service knows who gets it")


@pytest.mark.parametrize(
    "pace", ["{users_per_second: 0}", "{opening_rate: 8%}", "{users_per_second: 9, a: b}"]
)
def test_a_pace_that_says_nothing_is_an_error(folder: Project, pace: str) -> None:
    """A pace of 0 would stop every list for ever."""
    with pytest.raises(SpecError):
        paced(folder, pace).plan()
