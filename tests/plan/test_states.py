"""Where a campaign stands, from what the lockfile recorded, the clock and what the files say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from story import Story, going_back, not_sent, sent
from workbench import NOON, PROJECT

from pushspec.lockfile.records import (
    Conflict,
    End,
    Frozen,
    NotRecalled,
    Recalled,
    RecallUnknown,
    Resolved,
    Unknown,
)
from pushspec.lockfile.state import LockState
from pushspec.plan.states import CampaignState

if TYPE_CHECKING:
    from workbench import Project

    from pushspec.plan.planned import PlannedCampaign

SALE = """\
apiVersion: pushspec/v1
kind: Campaign
name: sale
version: 1
owner: growth
endpoint: timpush/push
audience: {tags: {any: [readers]}}
notification: {title: Hello, desc: World}
"""
PEOPLE = SALE.replace("timpush/push", "timpush/batch\nfrom: admin").replace(
    "{tags: {any: [readers]}}", "{file: people.txt}"
)


def _only(project: Project, *, now: datetime = NOON, state: LockState | None = None) -> PlannedCampaign:
    (campaign,) = project.plan(now=now, state=state or LockState()).campaigns
    return campaign


def _told(project: Project, outcome: str, code: int | None = None) -> PlannedCampaign:
    """Return the campaign after its only call was tried, with this outcome."""
    before = _only(project)
    (call,) = before.remaining_calls()
    records = {
        "sent": sent(call.key),
        "not sent": not_sent(call.key, code),
        "unknown": Unknown(key=call.key, attempt=1, case="timeout"),
    }
    return _only(project, state=Story().begun(before).tried(call, records.get(outcome)).state)


@pytest.fixture
def sale(project: Project) -> Project:
    """A project with one campaign that is due."""
    return project.write({"campaigns/sale.yaml": SALE})


def test_states_keep_the_words_that_programs_read() -> None:
    """They stand in the JSON of plans and in saved plans, which a later version applies."""
    assert [state.value for state in CampaignState] == [
        *("send", "sent", "changed", "waiting", "expired", "abandoned", "blocked", "in doubt", "frozen"),
        *("schedule", "reschedule", "scheduled", "drifted"),
    ]


def test_what_only_a_person_can_free_is_held_back(sale: Project) -> None:
    """An apply beside it ends with the code of what was refused, and views say that it does not leave."""
    assert {state for state in CampaignState if state.is_refused} == {
        *(CampaignState.CHANGED, CampaignState.BLOCKED, CampaignState.FROZEN, CampaignState.DRIFTED),
    }
    assert sale.plan().held_back == ()
    sale.write({"pushspec.yaml": PROJECT + "frozen: incident 17\n"})
    assert sale.plan().held_back == ("sale@1",)


def test_a_new_campaign_is_to_be_sent(sale: Project) -> None:
    """Nothing is known of it, and nothing stands in its way."""
    assert _only(sale).state is CampaignState.SEND
    assert _only(sale).reason == ""


def test_a_sent_campaign_has_no_calls_left(sale: Project) -> None:
    """The promise of the product: what was sent is never sent again."""
    campaign = _told(sale, "sent")

    assert campaign.state is CampaignState.SENT
    assert list(campaign.remaining_calls()) == []
    assert campaign.progress.sent[0].ids.task_id == "task-7"


@pytest.mark.parametrize("change", ["Hallo", "Hello again"])
def test_a_campaign_that_differs_from_what_was_sent_is_changed(sale: Project, change: str) -> None:
    """It must not go out a second time by an edit; only a new version does that."""
    before = _only(sale)
    (call,) = before.remaining_calls()
    state = Story().begun(before).tried(call, sent(call.key)).state

    edited = _only(sale.write({"campaigns/sale.yaml": SALE.replace("Hello", change)}), state=state)
    raised = _only(sale.write({"campaigns/sale.yaml": SALE.replace("version: 1", "version: 2")}), state=state)

    assert edited.state is CampaignState.CHANGED
    assert "raise version" in edited.reason
    assert raised.state is CampaignState.SEND


@pytest.mark.parametrize("outcome", ["unknown", "none: the run died"])
def test_a_call_without_a_known_outcome_leaves_its_campaign_in_doubt(sale: Project, outcome: str) -> None:
    """It may have reached everybody; only a person can say."""
    campaign = _told(sale, outcome)

    assert campaign.state is CampaignState.IN_DOUBT
    assert list(campaign.remaining_calls()) == []
    assert campaign.reason == "its outcome is not known"


def test_a_call_that_another_run_is_making_is_not_said_to_have_gone_nowhere(sale: Project) -> None:
    """While that run lives it may well be on the phones already."""
    before = _only(sale)
    (call,) = before.remaining_calls()
    story = Story(at=NOON - timedelta(seconds=5)).begun(before).tried(call, None)

    assert _only(sale, state=story.state).reason == "a run has 1 call under way now"


def test_evidence_against_the_record_blocks_a_campaign(sale: Project) -> None:
    """Somebody was told that it did not go out, and it did."""
    before = _only(sale)
    (call,) = before.remaining_calls()
    story = Story().begun(before).tried(call, not_sent(call.key, None))
    story.then(Conflict(key=call.key, by="ada", why="a callback", evidence_sha256="e"))

    assert _only(sale, state=story.state).state is CampaignState.IN_DOUBT
    assert sale.plan(state=story.state).is_in_doubt, "what a job ends with 5 for"


def test_a_plan_knows_the_time_zone_that_the_project_names(sale: Project) -> None:
    """Its times are read by people of that place, wherever the job runs."""
    text = (sale.root / "pushspec.yaml").read_text()

    assert sale.plan().zone is None
    sale.write({"pushspec.yaml": f"{text}timezone: Asia/Shanghai\n"})
    assert str(sale.plan().zone) == "Asia/Shanghai"


def test_a_call_that_certainly_did_not_go_out_is_tried_again(sale: Project) -> None:
    """The network was down before the first byte left."""
    campaign = _told(sale, "not sent")

    assert campaign.state is CampaignState.SEND
    assert "nothing went out" in campaign.reason
    assert [call.key for call in campaign.remaining_calls()] == ["sale@1"]


def test_a_call_refused_for_its_content_needs_a_new_version(sale: Project) -> None:
    """The same bytes would be refused again."""
    campaign = _told(sale, "not sent", 90001)

    assert campaign.state is CampaignState.BLOCKED
    assert "90001" in campaign.reason
    assert "raise version" in campaign.reason


def test_a_call_refused_for_the_quota_may_go_out_later(sale: Project) -> None:
    """Tomorrow the same bytes are welcome."""
    assert _told(sale, "not sent", 90047).state is CampaignState.SEND


def test_a_campaign_that_was_sent_in_part_and_given_up_in_part_says_so(project: Project) -> None:
    """Whoever reads "sent" must not believe that everybody on the list got it."""
    people = "".join(f"user_{number}\n" for number in range(501))
    project.write({"campaigns/sale.yaml": PEOPLE, "people.txt": people})
    before = _only(project)
    first, second = before.remaining_calls()
    story = Story().begun(before).tried(first, sent(first.key))
    story.tried(second, Unknown(key=second.key, attempt=1, case="timeout"))
    story.then(Resolved(key=second.key, attempt=1, verdict="abandoned", by="ada", why="too late"))

    after = _only(project, state=story.state)

    assert (after.state, after.reason) == (CampaignState.SENT, "1 of 2 calls abandoned")


def test_a_campaign_that_is_taken_back_is_sent_and_says_how_far(sale: Project) -> None:
    """Nothing is left for a run, not even the record of its end."""
    before = _only(sale)
    (call,) = before.remaining_calls()
    story = Story().begun(before).tried(call, sent(call.key))
    story.then(going_back(call.key), Recalled(key=call.key, attempt=1, taken_back=1))

    after = _only(sale, state=story.state)

    assert (after.state, after.reason) == (CampaignState.SENT, "recalled (1 taken back)")
    assert not after.is_open


def test_a_sent_version_tells_of_a_later_one_behind_its_own_words(sale: Project) -> None:
    """Somebody who put back the file of version 1 takes nothing back with that; an edit has its own words."""
    story = Story()
    for version in (2, 1):
        sale.write({"campaigns/sale.yaml": SALE.replace("version: 1", f"version: {version}")})
        before = _only(sale)
        (call,) = before.remaining_calls()
        story.begun(before).tried(call, sent(call.key))
    alone = _only(sale, state=story.state)
    story.then(going_back("sale@1"), Recalled(key="sale@1", attempt=1, taken_back=1))
    recalled = _only(sale, state=story.state)
    edited = _only(sale.write({"campaigns/sale.yaml": SALE.replace("Hello", "Hallo")}), state=story.state)

    later = "version 2 was sent later; changing the file does not undo that"
    assert (alone.state, alone.reason) == (CampaignState.SENT, later)
    assert (recalled.state, recalled.reason) == (CampaignState.SENT, f"recalled (1 taken back); {later}")
    assert (edited.state, edited.reason) == (
        CampaignState.CHANGED,
        "differs from what was sent; raise version to send it again",
    )


def test_a_recall_that_was_wholly_refused_is_not_called_one(sale: Project) -> None:
    """Everybody still has it: "recalled" in a plan would say the opposite."""
    before = _only(sale)
    (call,) = before.remaining_calls()
    story = Story().begun(before).tried(call, sent(call.key))
    story.then(going_back(call.key), NotRecalled(key=call.key, attempt=1, not_taken_back={"90051": 1}))

    after = _only(sale, state=story.state)

    assert (after.state, after.reason) == (CampaignState.SENT, "a recall took nothing back")


@pytest.fixture
def listed(project: Project) -> Project:
    """A project with one campaign of three calls."""
    people = "".join(f"user{number}\n" for number in range(1_200))
    return project.write({"people.txt": people, "campaigns/sale.yaml": PEOPLE})


def test_how_far_a_recall_came_is_told_by_calls(listed: Project) -> None:
    """Somebody wrong may still have it, or get it back at this moment."""
    before = _only(listed)
    first, second, third = before.remaining_calls()
    story = Story().begun(before)
    for call in (first, second, third):
        story.tried(call, sent(call.key))
    story.then(*(going_back(call.key) for call in (first, second, third)))
    story.then(NotRecalled(key=second.key, attempt=1, not_taken_back={"90051": 1}))
    story.then(Recalled(key=third.key, attempt=1, taken_back=1))

    after = _only(listed, state=story.state)

    assert after.reason == "recalled (1 under way, 1 not taken back, 1 taken back)"


def test_calls_without_a_known_outcome_are_counted(listed: Project) -> None:
    """One of three is another trouble than all of them."""
    before = _only(listed)
    first, second, _ = before.remaining_calls()
    story = Story().begun(before).tried(first, sent(first.key))
    story.tried(second, Unknown(key=second.key, attempt=1, case="timeout"))

    assert _only(listed, state=story.state).reason == "the outcome of 1 of 3 calls is not known"


def test_the_last_failed_try_is_the_one_that_is_told(listed: Project) -> None:
    """It is the newest thing known about the service."""
    before = _only(listed)
    first, second, _ = before.remaining_calls()
    story = Story().begun(before).tried(first, not_sent(first.key, 90047))
    failed = _only(listed, state=story.state).reason
    story.tried(second, not_sent(second.key, None))

    assert failed == "tried before, nothing went out (90047: said no)"
    assert _only(listed, state=story.state).reason == "tried before, nothing went out (said no)"


def test_calls_that_were_refused_are_not_called_abandoned(listed: Project) -> None:
    """Nobody gave them up: the service did not take them, and why is said for the first of them."""
    before = _only(listed)
    first, second, third = before.remaining_calls()
    story = Story().begun(before).tried(first, not_sent(first.key, 90001))
    story.tried(second, not_sent(second.key, 90002))
    none_sent = Story().begun(before).tried(first, not_sent(first.key, 90001))
    none_sent.tried(second, not_sent(second.key, 90002)).tried(third, not_sent(third.key, 90002))
    story.tried(third, sent(third.key))

    assert _only(listed, state=story.state).reason == "2 of 3 calls refused"
    assert _only(listed, state=none_sent.state).reason.startswith("the service refused it (90001: ")


def test_a_finished_campaign_that_would_be_cut_otherwise_today_gave_nobody_up(listed: Project) -> None:
    """Smaller calls would be more of them than were ever made."""
    before = _only(listed)
    story = Story().begun(before)
    for call in before.remaining_calls():
        story.tried(call, sent(call.key))
    story.then(End(campaign="sale@1", sent=3, refused=0, abandoned=0, refused_accounts=0))
    smaller = PROJECT.replace("{sandbox: true}", "{sandbox: true, limits: {accounts_per_call: 100}}")

    after = _only(listed.write({"pushspec.yaml": smaller}), state=story.state)

    assert (after.state, after.reason) == (CampaignState.SENT, "")


def test_the_rest_of_a_campaign_that_is_taken_back_is_blocked(project: Project) -> None:
    """The rest of the list must not get what the others lose."""
    people = "".join(f"user{number}\n" for number in range(1_200))
    project.write({"people.txt": people, "campaigns/sale.yaml": PEOPLE})
    before = _only(project)
    first, second, _ = before.remaining_calls()
    story = Story().begun(before).tried(first, sent(first.key)).tried(second, sent(second.key))
    story.then(going_back(first.key), RecallUnknown(key=first.key, attempt=1, unknown=1))
    story.then(going_back(second.key), Recalled(key=second.key, attempt=1, taken_back=1))

    after = _only(project, state=story.state)

    assert after.state is CampaignState.BLOCKED
    assert after.reason == "recalled (1 unknown, 1 taken back); raise version to send it again"
    assert not after.is_open


def test_a_half_sent_campaign_goes_on_where_it_stopped(project: Project) -> None:
    """A resumed run sends the parts that the lockfile does not know, and only those."""
    people = "".join(f"user{number}\n" for number in range(1_200))
    project.write({"people.txt": people, "campaigns/sale.yaml": PEOPLE})
    before = _only(project)
    first, *rest = before.remaining_calls()

    after = _only(project, state=Story().begun(before).tried(first, sent(first.key)).state)

    assert after.state is CampaignState.SEND
    assert after.reason == "1 of 3 calls are done"
    assert [call.body for call in after.remaining_calls()] == [call.body for call in rest]


def test_the_rest_of_a_campaign_takes_the_time_of_its_own_calls(project: Project) -> None:
    """Most of it left before the run was stopped, and nobody waits for that again."""
    people = "".join(f"user{number}\n" for number in range(1_200))
    project.write({"people.txt": people, "campaigns/sale.yaml": PEOPLE})
    before = project.plan()
    *left, _ = before.campaigns[0].remaining_calls()
    story = Story().begun(before.campaigns[0])
    for call in left:
        story.tried(call, sent(call.key))

    after = project.plan(state=story.state)

    assert before.pacing_s > after.pacing_s == 0


def test_a_half_sent_campaign_whose_list_changed_is_refused(project: Project) -> None:
    """Parts of another list would reach people twice, or leave some out."""
    people = "".join(f"user{number}\n" for number in range(1_200))
    project.write({"people.txt": people, "campaigns/sale.yaml": PEOPLE})
    before = _only(project)
    first, *_ = before.remaining_calls()
    state = Story().begun(before).tried(first, sent(first.key)).state

    after = _only(project.write({"people.txt": "newcomer\n" + people}), state=state)

    assert after.state is CampaignState.CHANGED


@pytest.mark.parametrize(
    ("minutes", "state"),
    [
        (-1, CampaignState.WAITING),
        (0, CampaignState.SEND),
        (59, CampaignState.SEND),
        (60, CampaignState.EXPIRED),
        (61, CampaignState.EXPIRED),
    ],
)
def test_a_window_opens_at_its_first_moment_and_closes_at_its_last(
    project: Project, minutes: int, state: CampaignState
) -> None:
    """A flight notice after the flight is worse than none."""
    opens = datetime(2026, 12, 1, 2, 0, tzinfo=UTC)
    window = "schedule: {not_before: 2026-12-01T10:00:00+08:00, not_after: 2026-12-01T11:00:00+08:00}\n"
    project.write({"campaigns/sale.yaml": SALE + window})

    assert _only(project, now=opens + timedelta(minutes=minutes)).state is state


def test_a_freeze_in_the_project_file_stops_what_is_due(sale: Project) -> None:
    """One reviewed line stops every apply."""
    sale.write({"pushspec.yaml": PROJECT + "frozen: incident 17\n"})

    campaign = _only(sale)

    assert (campaign.state, campaign.reason) == (CampaignState.FROZEN, "incident 17")


def test_a_freeze_in_the_lockfile_stops_what_is_due(sale: Project) -> None:
    """In an incident nobody waits for a pull request."""
    story = Story().then(Frozen(frozen=True, why="wrong tag", by="ada"))

    assert _only(sale, state=story.state).state is CampaignState.FROZEN


def test_a_campaign_whose_end_is_recorded_leaves_a_run_nothing_to_do(sale: Project) -> None:
    """Only then is it closed in the lockfile as well."""
    before = _only(sale)
    (call,) = before.remaining_calls()
    story = Story().begun(before).tried(call, sent(call.key))

    assert _only(sale, state=story.state).is_open
    story.then(End(campaign="sale@1", sent=1, refused=0, abandoned=0, refused_accounts=0))
    assert not _only(sale, state=story.state).is_open


def test_the_day_quota_counts_the_last_24_hours(sale: Project) -> None:
    """Nobody knows in which time zone the service's day begins, so no day may hold too many."""
    sale.write(
        {
            "pushspec.yaml": PROJECT.replace(
                "{sandbox: true}", "{sandbox: true, limits: {push_calls_per_day: 1}}"
            )
        }
    )
    before = _only(sale)
    (call,) = before.remaining_calls()
    sale.write({"campaigns/more.yaml": SALE.replace("sale", "more").replace("Hello", "Other")})

    def more(hours: int) -> CampaignState:
        story = Story(NOON - timedelta(hours=hours)).begun(before).tried(call, sent(call.key))
        return next(c for c in sale.plan(state=story.state).campaigns if c.key == "more@1").state

    assert more(23) is CampaignState.BLOCKED
    assert more(25) is CampaignState.SEND


def test_a_stated_day_counts_from_its_start(sale: Project) -> None:
    """Where the start is known, yesterday evening's pushes do not count this morning."""
    setting = "{sandbox: true, limits: {push_calls_per_day: 1}, quota_day_starts: 08:00+08:00}"
    sale.write({"pushspec.yaml": PROJECT.replace("{sandbox: true}", setting)})
    before = _only(sale)
    (call,) = before.remaining_calls()

    used = {
        hours: sale.plan(
            state=Story(NOON - timedelta(hours=hours)).begun(before).tried(call, sent(call.key)).state
        ).quota.used
        for hours in (11, 13)
    }

    assert used == {11: 1, 13: 0}  # the day began at midnight UTC, twelve hours before noon


def test_what_the_quota_has_no_room_for_is_blocked_in_the_order_of_sending(project: Project) -> None:
    """The plan says today which one will not go out, instead of the service saying it at night."""
    project.write(
        {
            "pushspec.yaml": PROJECT.replace(
                "{sandbox: true}", "{sandbox: true, limits: {push_calls_per_day: 1}}"
            )
        }
    )
    project.write(
        {f"campaigns/{name}.yaml": SALE.replace("sale", name).replace("Hello", name) for name in "ba"}
    )

    plan = project.plan(state=LockState())

    assert {c.key: c.state for c in plan.campaigns} == {
        "a@1": CampaignState.SEND,
        "b@1": CampaignState.BLOCKED,
    }
    assert plan.campaigns[1].reason == (
        "quota (1 of 1 calls of the day are used, 1 needed; room from 2026-11-22 12:01 UTC on)"
    )
    assert (plan.quota.planned, plan.quota.left) == (1, 0)
