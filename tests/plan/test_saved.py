"""A saved plan holds for a day: what was approved long ago is not what people would approve now."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from workbench import CAMPAIGN, NOON

from pushspec.errors import RefusedError
from pushspec.plan.saved import SavedPlan, read_saved_plan, require_match, saved_plan

if TYPE_CHECKING:
    from datetime import datetime

    from workbench import Project

DAY = timedelta(hours=24)


def made_at_noon(project: Project) -> bytes:
    plan = project.write({"campaigns/hello.yaml": CAMPAIGN}).plan()
    return saved_plan(plan, made_at=NOON, names=(), selectors=()).encode()


@pytest.mark.parametrize("age", [timedelta(0), timedelta(hours=1), DAY])
def test_a_saved_plan_holds_for_a_day(age: timedelta, project: Project) -> None:
    """An approver has until the same hour of the next day."""
    assert read_saved_plan(made_at_noon(project), now=NOON + age).made_at == NOON


@pytest.mark.parametrize("age", [DAY + timedelta(seconds=1), timedelta(days=30), timedelta(seconds=-1)])
def test_an_older_one_is_refused_with_its_own_message(age: timedelta, project: Project) -> None:
    """Neither does one from the future hold: it was made by a clock that nobody can rely on."""
    with pytest.raises(RefusedError, match="from 2026-11-21 12:00 UTC and is valid for 24 hours") as refusal:
        read_saved_plan(made_at_noon(project), now=NOON + age)

    assert refusal.value.hint == "make a new one with `plan -o` and have it approved"
    assert refusal.value.exit_code == 6


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"", "was cut off or is not JSON"),
        (b'{"format_version": 2, "dig', "was cut off or is not JSON"),
        (b'{"format_version": 1}', "is not a saved plan of this version"),
    ],
)
def test_what_is_no_saved_plan_says_why(text: bytes, says: str) -> None:
    """A file that an upload cut off is not one of another version."""
    with pytest.raises(RefusedError, match=says) as refusal:
        read_saved_plan(text, now=NOON)

    assert refusal.value.hint == "make it with `plan -o`"


def with_other_campaigns(approved: bytes, newer: bytes) -> bytes:
    """Return an approved plan with the campaigns of a newer one: the digest kept, the checksum recomputed."""
    swapped = json.loads(approved) | {"campaigns": json.loads(newer)["campaigns"]}
    saved = SavedPlan.model_validate_json(json.dumps(swapped))
    return saved.model_copy(update={"checksum": saved.expected_checksum()}).model_dump_json().encode()


def test_campaigns_that_the_digest_does_not_cover_are_refused(project: Project) -> None:
    """The checksum keeps nobody out: whoever may write the file can compute it. People approve a digest."""
    approved = made_at_noon(project)
    project.write({"campaigns/evil.yaml": CAMPAIGN.replace("name: hello", "name: evil")})
    newer = project.plan()
    text = saved_plan(newer, made_at=NOON, names=(), selectors=()).encode()
    swapped = read_saved_plan(with_other_campaigns(approved, text), now=NOON)

    with pytest.raises(
        RefusedError, match=f"has the digest {swapped.digest[:12]}, and its campaigns have"
    ) as no:
        require_match(swapped, newer)

    assert no.value.exit_code == 6
    require_match(read_saved_plan(text, now=NOON), newer)


@pytest.mark.parametrize("now", [NOON, NOON + timedelta(hours=3)])
def test_a_campaign_that_waits_now_and_is_another_one_is_refused(project: Project, now: datetime) -> None:
    """Every campaign of the plan is compared, also one that would not leave in this run."""
    window = "schedule: {not_before: 2026-11-21T14:00:00Z, not_after: 2026-11-22T14:00:00Z}\n"
    later = CAMPAIGN.replace("name: hello", "name: later")
    plan = project.write({"campaigns/hello.yaml": CAMPAIGN, "campaigns/later.yaml": later}).plan()
    saved = read_saved_plan(saved_plan(plan, made_at=NOON, names=(), selectors=()).encode(), now=NOON)
    require_match(saved, project.plan(now=now))
    project.write({"campaigns/later.yaml": later + window})

    with pytest.raises(RefusedError, match=r"later@1 .*changed"):
        require_match(saved, project.plan(now=now))
