"""What the gate behind a stage says, at a moment and by what the lockfile knows."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from story import Story, sent
from workbench import NOON

from pushspec.lockfile.records import Gate, LossStats, Resolved, Stats, Unknown
from pushspec.plan.rollout import Verdict, rollout_of
from pushspec.plan.states import CampaignState

if TYPE_CHECKING:
    from collections.abc import Callable

    from workbench import Project

    from pushspec.plan.planned import PlannedCampaign
    from pushspec.plan.rollout import GateReading, Rollout

SENT_AT = NOON - timedelta(hours=1)
PEOPLE = ", ".join(f"u{number}" for number in range(200))


@pytest.fixture
def planned(project: Project) -> Callable[..., PlannedCampaign]:
    """Return a function that plans a campaign whose canary has the given keys."""

    def plan(gate: str = "", *, state: Story | None = None, now: datetime = NOON) -> PlannedCampaign:
        text = f"""\
apiVersion: pushspec/v1
kind: Campaign
name: sale
version: 1
endpoint: timpush/batch
from: news
audience: {{accounts: [{PEOPLE}]}}
notification: {{title: Hi, desc: There}}
rollout: [{{stage: canary, share: 50%{gate}}}, {{stage: half, share: 30%}}, {{stage: rest}}]
"""
        limits = "environments:\n  sandbox: {sandbox: true, limits: {accounts_per_call: 40}}\n"
        head = "apiVersion: pushspec/v1\nkind: Project\nname: acme\ndefault_environment: sandbox\n"
        project.write({"pushspec.yaml": head + limits, "campaigns/sale.yaml": text})
        found = project.plan(now=now, state=state.state if state is not None else None).campaigns
        return found[0]

    return plan


def canary_of(campaign: PlannedCampaign, *refused: int, calls: int | None = None) -> Story:
    """Return a story in which the canary's calls were sent; of each so many accounts were refused."""
    story = Story(SENT_AT).begun(campaign)
    keys = campaign.sending.table.keys_of_stage(0)
    for number, call in enumerate(campaign.calls()):
        if call.key in keys[:calls]:
            count = refused[number] if number < len(refused) else 0
            story.tried(call, sent(call.key, {"70107": list(call.accounts[:count])} if count else {}))
    return story


def rollout(campaign: PlannedCampaign, story: Story, now: datetime = NOON) -> Rollout:
    return rollout_of(campaign.sending, story.state, now)


def gate(campaign: PlannedCampaign, story: Story, now: datetime = NOON) -> GateReading:
    found = rollout(campaign, story, now).gate
    assert found is not None
    return found


REFUSED = ", continue_if: {refused: '< 5%'}"


def test_a_gate_opens_when_the_hold_is_over_and_not_before(planned: Any) -> None:
    """To the microsecond, by the last call's outcome."""
    campaign = planned(", hold: 30m" + REFUSED)
    story, opens = canary_of(campaign), SENT_AT + timedelta(minutes=30)

    before = gate(campaign, story, opens - timedelta(microseconds=1))
    assert (before.verdict, before.opens_at) == (Verdict.HELD, opens)
    assert gate(campaign, story, opens).verdict is Verdict.OPENED


def test_a_failed_condition_stops_within_the_hold_and_half_way(planned: Any) -> None:
    """Something else that the campaign waits for is no reason to go on."""
    campaign = planned(", hold: 24h" + REFUSED)

    in_hold = gate(campaign, canary_of(campaign, 10))
    half_way = gate(campaign, canary_of(campaign, 10, calls=1))

    assert (in_hold.verdict, half_way.verdict) == (Verdict.STOPPED, Verdict.STOPPED)
    assert half_way.why.startswith("refused 10 of ")
    assert half_way.why.endswith(" (must be < 5%)")


def test_a_share_is_compared_exactly(planned: Any) -> None:
    """5 of 100 are 5%: < does not hold, <= does, and no double rounds it away."""
    for condition, verdict in (
        ("< 5%", Verdict.STOPPED),
        ("<= 5%", Verdict.OPENED),
        ("< 5.001%", Verdict.OPENED),
    ):
        campaign = planned(f", continue_if: {{refused: '{condition}'}}")
        story = Story(SENT_AT).begun(campaign)
        for call in campaign.calls():
            if "canary" in call.key:
                named = call.accounts[:20]  # of whom exactly one was refused
                story.tried(replace(call, accounts=named), sent(call.key, {"70107": list(named[:1])}))
        assert gate(campaign, story).verdict is verdict


def test_too_few_known_are_no_pass(planned: Any) -> None:
    """Of three calls one was sent and two were resolved by a person: nobody knows whom the service took."""
    campaign = planned(", continue_if: {refused: '< 5%'}, min_count: 80")
    story = canary_of(campaign, calls=1)
    for call in campaign.calls():
        if call.key in campaign.sending.table.keys_of_stage(0)[1:]:
            story.tried(call, Unknown(key=call.key, attempt=1, case="timeout"))
            story.then(Resolved(key=call.key, attempt=1, verdict="sent", by="ada", why="console"))

    found = gate(campaign, story)

    assert found.verdict is Verdict.HELD
    assert "(80 must be known); unknown is not continue" in found.why


@pytest.mark.parametrize(
    ("hours", "verdict"),
    [(1, Verdict.HELD), (6.99, Verdict.HELD), (7, Verdict.STOPPED), (900, Verdict.STOPPED)],
)
def test_unknown_waits_and_then_stops(planned: Any, hours: float, verdict: Verdict) -> None:
    """Null never becomes zero, neither of what is lost nor of what is reached."""
    for condition in ("lost: '< 3%'", "reached: '> 50%'", "opened: '>= 1%'"):
        campaign = planned(f", hold: 1h, max_wait: 6h, continue_if: {{{condition}}}")
        found = gate(campaign, canary_of(campaign), SENT_AT + timedelta(hours=hours))
        assert found.verdict is verdict
        assert "not known" in found.why


def test_a_stage_in_doubt_opens_nothing(planned: Any) -> None:
    """What cannot be known is no evidence, and the campaign is in doubt anyway."""
    campaign = planned()
    story = canary_of(campaign, calls=1)
    call = next(it for it in campaign.calls() if it.key == campaign.sending.table.keys_of_stage(0)[1])
    story.tried(call, Unknown(key=call.key, attempt=1, case="timeout"))

    assert gate(campaign, story).verdict is Verdict.HELD
    assert planned(state=story).state is CampaignState.IN_DOUBT


def stats(key: str, task_id: str, total: int, reached: int, *losses: int | None) -> Stats:
    return Stats(
        key=key,
        task_id=task_id,
        asked_at=NOON,
        total=total,
        reached=reached,
        losses=tuple(LossStats(stage="after_sending", count=count) for count in losses),
    )


@pytest.mark.parametrize(
    ("told", "verdict"),
    [
        ((0, 100, 97, 3), Verdict.OPENED),
        ((0, 100, 90, 10), Verdict.STOPPED),
        ((0, 100, 90, 4), Verdict.HELD),
        ((0, 100, 97, None), Verdict.HELD),
        ((0, 100, 97), Verdict.HELD),
        ((0, 10, 10, 0), Verdict.HELD),
    ],
    ids=[
        "everybody is known",
        "too many",
        "six move still",
        "a loss without a number",
        "no losses",
        "too few",
    ],
)
def test_counts_of_the_service_decide_once_everybody_is_known(
    planned: Any, told: tuple[int, int, int, int | None], verdict: Verdict
) -> None:
    """While people can still change sides nothing is known, and nothing unknown is zero."""
    campaign = planned(", continue_if: {lost: '< 5%', reached: '> 50%'}")
    story = canary_of(campaign)
    _, total, reached, *losses = told
    story.then(stats(campaign.sending.table.keys_of_stage(0)[0], "task-7", total, reached, *losses))

    assert gate(campaign, story).verdict is verdict


def word(verdict: str, *, by: str = "ada", stage: str = "canary") -> Gate:
    return Gate.model_validate(
        {"campaign": "sale@1", "stage": stage, "verdict": verdict, "by": by, "why": "w"}
    )


@pytest.mark.parametrize(
    ("records", "open_stages"),
    [
        ([], 2),
        ([word("stopped", stage="")], 0),
        ([word("stopped", by="")], 0),
        ([word("stopped", by=""), word("opened", by="")], 0),
        ([word("stopped", stage=""), word("opened", by="")], 0),
        ([word("stopped", by=""), word("opened")], 2),
        ([word("opened"), word("stopped", by="")], 2),
        ([word("opened"), word("held", by="")], 2),
        ([word("opened"), word("stopped", stage="")], 0),
    ],
    ids=[
        "nothing said", "a person stopped it", "evidence stopped it", "nothing opens a stop by itself",
        "nothing opens a person's stop", "a person lifts a stop",
        "a late look does not close a person's gate", "nor does a late hold", "a person may stop later",
    ],
)  # fmt: skip
def test_a_persons_word_holds(planned: Any, records: list[Gate], open_stages: int) -> None:
    """Only a person lifts a stop, and what a run found out before it saw that does not count."""
    campaign = planned()
    found = rollout(campaign, canary_of(campaign).then(*records))

    assert found.open_stages == open_stages
    assert planned(state=canary_of(campaign).then(*records)).state is (
        CampaignState.SEND if open_stages else CampaignState.BLOCKED
    )


def test_a_verdict_is_recorded_once(planned: Any) -> None:
    """Every apply looks at the gate; the lockfile hears of what is new, in the words that others read."""
    campaign = planned(", hold: 30m" + REFUSED)
    for story, words in (
        (canary_of(campaign), ("opened", "held")),
        (canary_of(campaign, 10), ("stopped", "stopped")),
    ):
        found = gate(campaign, story)
        written, at_the_end = found.record("sale@1"), found.record("sale@1", is_over=True)

        assert (written.verdict, at_the_end.verdict) == words
        assert (written.stage, written.opens, written.why) == ("canary", "half", found.why)
        assert at_the_end.why.startswith("the next apply may open it: ") == (words[1] == "held")
        assert rollout(campaign, story).is_new
        assert not rollout(campaign, story.then(written)).is_new
