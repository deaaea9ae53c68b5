"""A saved plan holds for a day: what was approved long ago is not what people would approve now."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from lockfile.test_schedules import made
from story import Story, sent, story_of
from workbench import CAMPAIGN, NOON

from pushspec.api.approval import load_saved_plan
from pushspec.errors import RefusedError
from pushspec.plan.saved import SavedCampaign, SavedPlan, read_saved_plan, require_match, saved_plan
from pushspec.plan.schedules import Cancellation
from pushspec.plan.states import CampaignState
from pushspec.serialization import digest_of

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from workbench import Project

    from pushspec.plan.build import Plan

DAY = timedelta(hours=24)
LATER = CAMPAIGN.replace("name: hello", "name: later")
WINDOW = "schedule: {not_before: 2026-11-21T14:00:00Z, not_after: 2026-11-22T14:00:00Z}\n"


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


def test_a_file_is_read_up_to_a_bound(project: Project, tmp_path: Path) -> None:
    """A log that was named by mistake must not fill the memory, and is not called cut off."""
    file = tmp_path / "plan.json"
    file.write_bytes(made_at_noon(project).ljust(16 * 1024 * 1024))
    assert load_saved_plan(file, now=NOON).made_at == NOON

    file.write_bytes(made_at_noon(project).ljust(16 * 1024 * 1024 + 1))
    with pytest.raises(RefusedError, match="more than 16777216 bytes"):
        load_saved_plan(file, now=NOON)


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
    plan = project.write({"campaigns/hello.yaml": CAMPAIGN, "campaigns/later.yaml": LATER}).plan()
    saved = read_saved_plan(saved_plan(plan, made_at=NOON, names=(), selectors=()).encode(), now=NOON)
    require_match(saved, project.plan(now=now))
    project.write({"campaigns/later.yaml": LATER + WINDOW})

    with pytest.raises(RefusedError, match=r"later@1 .*changed"):
        require_match(saved, project.plan(now=now))


def test_it_is_written_for_people_who_review_it(project: Project) -> None:
    """One line a fact, and none that says nothing."""
    text = made_at_noon(project).decode()

    assert text.startswith('{\n  "kind": "pushspec/plan",\n  "format_version": 2,\n')
    assert text.endswith("\n}\n")
    assert "null" not in text
    assert list(json.loads(text)["campaigns"][0]) == ["key", "state", "digest"], "it has no hours to tell of"


def test_its_checksum_is_that_of_what_stands_in_the_file(project: Project) -> None:
    """A fact that a later version may add, and that this plan lacks, leaves the checksum as it is."""
    written = json.loads(made_at_noon(project))

    assert written.pop("checksum") == digest_of(written)


def test_one_without_its_checksum_is_refused(project: Project) -> None:
    """It may have been cut out together with whatever was changed."""
    written = json.loads(made_at_noon(project))
    del written["checksum"]

    with pytest.raises(RefusedError, match="changed after it was made"):
        read_saved_plan(json.dumps(written).encode(), now=NOON)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"project": "another"}, "changed after it was made"),
        ({"digest": "0" * 64}, "changed after it was made"),
        ({"checksum": ""}, "changed after it was made"),
        ({"approved": True}, "not a saved plan of this version"),
        ({"campaigns": [{"key": "a@1", "state": "send", "digest": "d", "by": "me"}]}, "of this version"),
        ({"campaigns": [{"key": "a@1", "state": "send", "digest": 7}]}, "of this version"),
    ],
    ids=["a value", "the digest", "no checksum", "a further key", "a further key below", "another type"],
)
def test_one_that_was_edited_is_refused(project: Project, change: dict[str, object], says: str) -> None:
    """What an approver saw is what the file says, to the letter."""
    edited = json.dumps(json.loads(made_at_noon(project)) | change).encode()

    with pytest.raises(RefusedError, match=says):
        read_saved_plan(edited, now=NOON)


@pytest.mark.parametrize(
    ("place", "value"),
    [("project", "other"), ("environment", "other"), ("sdk_app_id", 1_400_000_009), ("location", "other")],
)
def test_one_that_was_made_for_another_place_is_refused(
    project: Project, place: str, value: str | int
) -> None:
    """The same files in another app are another send."""
    saved = read_saved_plan(made_at_noon(project), now=NOON)

    with pytest.raises(RefusedError, match=r"the plan was made for .*, not for ") as refusal:
        require_match(saved.model_copy(update={place: value}), project.plan())

    made_for, here = refusal.value.message.removeprefix("the plan was made for ").split(", not for ")
    assert str(value) in made_for.split(" · ")
    assert here == " · ".join(
        str(getattr(saved, it)) for it in ("project", "environment", "sdk_app_id", "location")
    )


def test_what_was_sent_before_is_shown_and_no_part_of_the_digest(project: Project) -> None:
    """The digest that people confirm is that of what is still to be sent."""
    project.write({"campaigns/hello.yaml": CAMPAIGN})
    state = project.sent()
    plan = project.write({"campaigns/later.yaml": LATER}).plan(state=state)
    saved = read_saved_plan(saved_plan(plan, made_at=NOON, names=(), selectors=()).encode(), now=NOON)

    assert [(it.key, it.state) for it in saved.campaigns] == [("hello@1", "sent"), ("later@1", "send")]
    require_match(saved, plan)


def test_one_of_a_state_names_the_files_that_had_it(project: Project) -> None:
    """While it is applied they have another state, and would be found no more."""
    plan = project.write({"campaigns/hello.yaml": CAMPAIGN}).plan()

    chosen = ("state:send", "tag:vip")
    by_state = SavedPlan.model_validate_json(saved_plan(plan, made_at=NOON, names=(), selectors=chosen))
    by_name = SavedPlan.model_validate_json(
        saved_plan(plan, made_at=NOON, names=("hello",), selectors=("tag:vip",))
    )

    assert (by_state.names, by_state.selectors) == (("campaigns/hello.yaml",), ("tag:vip",))
    assert (by_name.names, by_name.selectors) == (("hello",), ("tag:vip",))


def test_tasks_to_cancel_are_approved_like_sends(project: Project) -> None:
    """A task that is cancelled is a push that people do not get."""
    plan = project.write({"campaigns/later.yaml": LATER}).plan()
    gone = Cancellation(made().state.schedules["hello@1"], "no file", is_replaced=False)
    both = replace(plan, cancellations=(gone,))
    shown = read_saved_plan(saved_plan(both, made_at=NOON, names=(), selectors=()).encode(), now=NOON)

    assert [(it.key, it.state, it.digest) for it in shown.campaigns][1:] == [
        (gone.key, "cancel", gone.digest)
    ]
    assert shown.campaigns[1].is_pending
    with pytest.raises(RefusedError, match="the plan does not show that hello@1 is cancelled"):
        require_match(
            read_saved_plan(saved_plan(plan, made_at=NOON, names=(), selectors=()).encode(), now=NOON), both
        )


def read(plan: Plan) -> SavedPlan:
    text = saved_plan(plan, made_at=NOON, names=(), selectors=())
    return read_saved_plan(text.encode(), now=NOON)


def shown_as(saved: SavedPlan, state: str) -> SavedPlan:
    """Return a saved plan that shows its first campaign in a state, and whose digest says so."""
    first, *others = saved.campaigns
    changed = saved.model_copy(update={"campaigns": (first.model_copy(update={"state": state}), *others)})
    return changed.model_copy(update={"digest": changed.expected_digest()})


def test_another_cancellation_than_the_one_shown_is_refused(project: Project) -> None:
    """Neither of the same campaign with other tasks, nor of another one."""
    plan = project.write({"campaigns/later.yaml": LATER}).plan()
    history = made().state.schedules["hello@1"]
    shown = Cancellation(history, "no file", is_replaced=False)
    saved = read(replace(plan, cancellations=(shown,)))
    saved = saved.model_copy(update={"digest": saved.expected_digest()})
    require_match(saved, replace(plan, cancellations=(shown,)))

    for change in ({"digest": "another"}, {"campaign": "other@1"}):
        record = history.record.model_copy(update=change)
        other = Cancellation(replace(history, record=record), "no file", is_replaced=False)
        with pytest.raises(RefusedError, match="the plan does not show that"):
            require_match(saved, replace(plan, cancellations=(other,)))


def test_a_cancellation_that_the_digest_does_not_cover_is_refused(project: Project) -> None:
    """What is over is no part of the digest, so that whoever may write the file could slip it in as such."""
    plan = project.write({"campaigns/later.yaml": LATER}).plan()
    gone = Cancellation(made().state.schedules["hello@1"], "no file", is_replaced=False)
    slipped_in = SavedCampaign(key=gone.key, state=CampaignState.SENT, digest=gone.digest)
    saved = read(plan)
    saved = saved.model_copy(update={"campaigns": (*saved.campaigns, slipped_in)})

    assert saved.digest == saved.expected_digest()
    with pytest.raises(RefusedError, match="the plan does not show that hello@1 is cancelled"):
        require_match(saved, replace(plan, cancellations=(gone,)))


def test_one_is_applied_once_its_tasks_are_cancelled_too(project: Project) -> None:
    """A run died behind the last send; the service still has the task that nobody wants any more."""
    project.write({"campaigns/later.yaml": LATER})
    gone = Cancellation(made().state.schedules["hello@1"], "no file", is_replaced=False)
    saved = read(replace(project.plan(), cancellations=(gone,)))
    saved = saved.model_copy(update={"digest": saved.expected_digest()})
    sent_since = project.plan(state=project.sent())

    require_match(saved, replace(sent_since, cancellations=(gone,)))
    with pytest.raises(RefusedError, match="the plan was already applied"):
        require_match(saved, sent_since)


def test_a_campaign_that_came_later_is_refused_by_name(project: Project) -> None:
    """It leaves in this run, and nobody saw it."""
    saved = read(project.write({"campaigns/hello.yaml": CAMPAIGN}).plan())
    later = project.write({"campaigns/later.yaml": LATER}).plan()

    with pytest.raises(RefusedError, match="later@1 is not in the plan") as refusal:
        require_match(saved, later)

    assert refusal.value.hint == "make a new plan"


@pytest.mark.parametrize("state", ["sent", "blocked", "cancel"])
def test_a_campaign_that_was_not_shown_as_one_to_send_is_refused(project: Project, state: str) -> None:
    """Its approver was told that it would not leave."""
    plan = project.write({"campaigns/hello.yaml": CAMPAIGN}).plan()

    with pytest.raises(RefusedError, match=f"the plan shows hello@1 as {state}, not as one to send"):
        require_match(shown_as(read(plan), state), plan)


def test_one_that_was_applied_is_refused_and_an_empty_one_is_not(project: Project) -> None:
    """Whoever applies it twice is told; where there was nothing to do, there still is not."""
    empty = project.plan()
    require_match(read(empty), empty)
    saved = read(project.write({"campaigns/hello.yaml": CAMPAIGN}).plan())
    sent = project.plan(state=project.sent())

    with pytest.raises(RefusedError, match="the plan was already applied: everything in it was sent"):
        require_match(saved, sent)
    require_match(read(sent), sent)


def test_tasks_that_were_made_since_are_applied_too(project: Project) -> None:
    """The service has them, so there is nothing left to hand over."""
    project.add(schedule='{at: "2026-11-24T12:00:00Z", by: service}')
    plan = project.plan()
    (campaign,) = plan.campaigns
    made_since = replace(plan, campaigns=(replace(campaign, state=CampaignState.SCHEDULED),))

    assert campaign.state is CampaignState.SCHEDULE
    require_match(read(plan), plan)
    with pytest.raises(RefusedError, match="the plan was already applied"):
        require_match(read(plan), made_since)


def test_one_is_applied_until_what_it_showed_as_waiting_has_left(project: Project) -> None:
    """A timer applies it every hour; before the window opens there is nothing to send, and nothing wrong."""
    project.write({"campaigns/hello.yaml": CAMPAIGN})
    state = project.sent()
    project.write({"campaigns/later.yaml": LATER + WINDOW})
    opened = NOON + timedelta(hours=3)
    saved, still_waits, may_leave = (
        read(project.plan()),
        project.plan(state=state),
        project.plan(state=state, now=opened),
    )

    require_match(saved, still_waits)
    require_match(saved, may_leave)
    assert [campaign.key for campaign in may_leave.due] == ["later@1"]
    with pytest.raises(RefusedError, match="the plan was already applied"):
        require_match(saved, project.plan(state=project.sent(at=opened), now=opened))


def test_one_of_which_something_is_not_sent_was_not_applied(project: Project) -> None:
    """Nothing is to be done now for what somebody has to look at, and that is no second run."""
    plan = project.write({"campaigns/hello.yaml": CAMPAIGN, "campaigns/later.yaml": LATER}).plan()
    states = CampaignState.SENT, CampaignState.IN_DOUBT
    now = [replace(it, state=state) for it, state in zip(plan.campaigns, states, strict=True)]

    require_match(read(plan), replace(plan, campaigns=tuple(now)))


def test_a_campaign_that_was_sent_otherwise_since_holds_up_none_of_the_others(project: Project) -> None:
    """Somebody changed it and had it approved again; nothing of it leaves in this run."""
    saved = read(project.write({"campaigns/hello.yaml": CAMPAIGN, "campaigns/later.yaml": LATER}).plan())
    changed = project.write({"campaigns/hello.yaml": CAMPAIGN.replace("A word", "Two words")}).plan()
    hello, later = changed.campaigns
    state = story_of(replace(changed, campaigns=(hello,)), at=NOON).state
    now = project.plan(state=state)

    assert (now.campaigns[0].state, now.due[0].key) == (CampaignState.SENT, later.key)
    require_match(saved, now)


def test_what_only_waits_and_was_not_shown_as_one_to_send_is_no_change(project: Project) -> None:
    """It will need a plan of its own; this one still holds for what it showed."""
    saved = read(project.write({"campaigns/hello.yaml": CAMPAIGN}).plan())
    waiting = project.write({"campaigns/later.yaml": LATER + WINDOW}).plan()

    assert [it.state.value for it in waiting.campaigns] == ["send", "waiting"]
    require_match(saved, waiting)
    require_match(shown_as(read(replace(waiting, campaigns=waiting.campaigns[::-1])), "blocked"), waiting)


def test_the_rest_of_a_campaign_may_leave_by_the_plan_that_showed_all_of_it(project: Project) -> None:
    """A run died half way; whoever starts it again needs no second approval, and no other rest leaves."""
    limits = project.text.replace("true}", "true, limits: {accounts_per_call: 1}}")
    project.write({"pushspec.yaml": limits})
    project.add(endpoint="timpush/batch", from_="news", audience="{accounts: [a, b, c]}")
    whole = project.plan()
    (planned,) = whole.campaigns
    first, second, _ = planned.sending.calls()
    story = Story().begun(planned).tried(first, sent(first.key))
    rest = project.plan(state=story.state)
    less = project.plan(state=story.tried(second, sent(second.key)).state)

    require_match(read(whole), rest)
    require_match(read(whole), less)
    require_match(read(rest), rest)
    with pytest.raises(RefusedError, match="sale@1 changed after the plan was made"):
        require_match(read(rest), less)
    with pytest.raises(RefusedError, match="sale@1 changed after the plan was made"):
        require_match(read(rest), whole)


def test_the_hours_of_each_zone_are_in_it(project: Project) -> None:
    """Newer zone data may move them, and then the file tells by how much."""
    schedule = "{local: '2026-12-01T10:00', timezone_column: tz, default: Asia/Shanghai}"
    project.write({"people.csv": "user_id,tz\na,Europe/Berlin\nb,Asia/Tokyo\n"})
    project.add(
        schedule=schedule,
        endpoint="timpush/batch",
        from_="news",
        audience="{file: people.csv, column: user_id}",
    )

    (saved,) = SavedPlan.model_validate_json(
        saved_plan(project.plan(), made_at=NOON, names=(), selectors=())
    ).campaigns

    assert saved.zone_data
    assert saved.hours == {
        "Asia/Tokyo": ("2026-12-01T01:00:00+00:00", "2026-12-01T02:00:00+00:00"),
        "Europe/Berlin": ("2026-12-01T09:00:00+00:00", "2026-12-01T10:00:00+00:00"),
    }


def with_other(saved: SavedPlan, **told: object) -> SavedPlan:
    """Return a saved plan that showed its one campaign with another digest, and told this about its hours."""
    (campaign,) = saved.campaigns
    changed = saved.model_copy(update={"campaigns": (campaign.model_copy(update={"digest": "d", **told}),)})
    return changed.model_copy(update={"digest": changed.expected_digest()})


def test_some_of_many_zones_that_moved_are_named(project: Project) -> None:
    """Three are enough to see what happened; where nobody lived then, nothing moved."""
    zones = ("Asia/Tokyo", "Asia/Seoul", "Europe/Berlin", "Europe/Paris", "Africa/Lagos")
    rows = "".join(f"u{number},{zone}\n" for number, zone in enumerate(zones))
    project.write({"people.csv": f"user_id,tz\n{rows}"}).add(
        schedule="{local: '2026-12-01T10:00', timezone_column: tz}",
        endpoint="timpush/batch",
        from_="news",
        audience="{file: people.csv, column: user_id}",
    )
    plan = project.plan()
    every = dict.fromkeys(zones, ("then", "then"))

    for hours, says in (
        (every, "Africa/Lagos, Asia/Seoul, Asia/Tokyo and 2 more"),
        ({"Asia/Seoul": ("then", "then")}, "Asia/Seoul"),
    ):
        with pytest.raises(RefusedError, match=f"which moves the hours of {says}$"):
            require_match(with_other(read(plan), zone_data="2020a", hours=hours), plan)


IN_HOURS = {"schedule": "{local: '2026-12-01T10:00', timezone_column: tz}"}


@pytest.mark.parametrize(
    ("then", "now"),
    [
        ({}, {}),
        ({}, IN_HOURS),
        (IN_HOURS, {}),
        (IN_HOURS, IN_HOURS),
    ],
    ids=["never any hours", "hours since", "no hours any more", "the same zone data"],
)
def test_a_pinned_list_that_changed_otherwise_is_not_blamed_on_zone_data(
    project: Project, then: dict[str, str], now: dict[str, str]
) -> None:
    """Going back to older zone data would mend nothing."""
    audience = "kind: Audience\nname: members\nfile: people.csv\ncolumn: user_id\nkeep: [tz]\n"
    project.write(
        {
            "people.csv": "user_id,tz\na,Europe/Berlin\nb,Asia/Tokyo\n",
            "audiences/members.yaml": f"apiVersion: pushspec/v1\n{audience}",
        }
    )
    members = {"endpoint": "timpush/batch", "from_": "news", "audience": "{use: members}"}
    project.add("hours", **members | IN_HOURS).run("audience", "pull").assert_ok()
    (project.root / "campaigns/hours.yaml").unlink()
    saved = read(project.add(**members | then).plan())
    changed = project.add(**members | {"title": "Changed"} | now).plan()

    with pytest.raises(RefusedError) as refusal:
        require_match(saved, changed)

    assert refusal.value.message == "sale@1 changed after the plan was made"
    assert refusal.value.hint == "make a new plan"
